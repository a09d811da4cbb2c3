/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

struct reader {
    struct rule_lines lines;
    struct policy *policy;
    struct policy_rule *rule; /* the one that is being read; NULL before the first */
    bool done;                /* it has said what to do */
};

/* ---- rules ---- */

/* Add a line to a condition: "(before) and (line)". */
static int add_condition(struct reader *r, char **to, const char *joined_by)
{
    if (r->rule == NULL)
        return rule_fault(&r->lines, r->lines.start, "a condition stands outside of a rule");
    if (r->done)
        return rule_fault(&r->lines, r->lines.start, "conditions stand before \"do\"");
    return rule_condition(&r->lines, to, joined_by);
}

static const char *action_word(const void *ctx, size_t i)
{
    (void)ctx;
    return action_names[i];
}

static int read_action(struct reader *r, enum action *ret)
{
    static const struct rule_choice actions = {
        .before = "there is no action ", .behind = "", .name = action_word, .count = ACTIONS};
    char word[RULE_WORD_MAX];
    const char *at = rule_word(&r->lines, word);
    size_t i;

    if (at == NULL)
        return rule_fault(&r->lines, r->lines.end,
                          "expected block, quarantine, monitor or none");
    if (rule_choose(&r->lines, &actions, word, at, &i) < 0)
        return -1;
    *ret = (enum action)i;
    return 0;
}

/* A number that also has a lower bound: 0 would say the opposite of what is meant. */
static int at_least(struct reader *r, const char *what, unsigned min, unsigned max,
                    unsigned *ret)
{
    const char *at;

    rule_skip_blanks(&r->lines);
    at = r->lines.pos;
    if (rule_number(&r->lines, what, max, ret) < 0)
        return -1;
    if (*ret < min)
        return rule_fault(&r->lines, at, "%s %u: expected at least %u", what, *ret, min);
    return 0;
}

static int read_do(struct reader *r)
{
    struct policy_rule *rule = r->rule;
    char word[RULE_WORD_MAX];
    const char *at;

    if (rule == NULL)
        return rule_fault(&r->lines, r->lines.start, "\"do\" stands outside of a rule");
    if (r->done)
        return rule_fault(&r->lines, r->lines.start, "the rule \"%s\" says twice what to do",
                          rule->name);
    if (read_action(r, &rule->action) < 0)
        return -1;
    while ((at = rule_word(&r->lines, word)) != NULL) {
        if (strcmp(word, "for") == 0) {
            if (rule_span(&r->lines, &rule->for_us) < 0)
                return -1;
        } else if (strcmp(word, "at") == 0) {
            at = rule_word(&r->lines, word);
            if (at == NULL || strcmp(word, "most") != 0)
                return rule_fault(&r->lines, at == NULL ? r->lines.end : at,
                                  "expected \"most\" behind \"at\"");
            if (at_least(r, "at most", 1, 10000000, &rule->at_most) < 0)
                return -1;
        } else {
            return rule_fault(&r->lines, at, "\"%.40s\": expected \"for\" or \"at most\"",
                              word);
        }
    }
    r->done = true;
    return 0;
}

/* The rule before is complete: compile what it says. */
static int end_rule(struct reader *r)
{
    struct policy_rule *rule = r->rule;

    if (rule == NULL)
        return 0;
    if (!r->done)
        return nj_fail(r->lines.err, NJ_CONFIG,
                       "%.80s:%u:1: the rule \"%s\" does not say what to do", r->lines.path,
                       rule->line, rule->name);
    r->rule = NULL;
    return rule_compile(&r->lines, rule->name, rule->line, &rule->when, &rule->unless,
                        &rule->has_unless);
}

static int read_rule(struct reader *r)
{
    struct policy *policy = r->policy;
    char name[RULE_NAME_MAX] = "";

    if (end_rule(r) < 0 || rule_begin(&r->lines, name) < 0)
        return -1;
    r->rule = &policy->rules[policy->rule_count++];
    *r->rule = (struct policy_rule){.line = r->lines.line, .for_us = 7 * DAY_US};
    memcpy(r->rule->name, name, sizeof(name));
    r->done = false;
    return 0;
}

static int read_if(struct reader *r)
{
    return add_condition(r, &r->lines.when, "and");
}

static int read_unless(struct reader *r)
{
    return add_condition(r, &r->lines.unless, "or");
}

/* ---- settings ---- */

static int read_publisher(struct reader *r)
{
    return rule_rest(&r->lines, r->policy->publisher, sizeof(r->policy->publisher));
}

static int read_contact(struct reader *r)
{
    return rule_rest(&r->lines, r->policy->contact, sizeof(r->policy->contact));
}

static int read_licence(struct reader *r)
{
    return rule_rest(&r->lines, r->policy->licence, sizeof(r->policy->licence));
}

static int read_grade(struct reader *r)
{
    char word[RULE_WORD_MAX];
    const char *at = rule_word(&r->lines, word);

    if (at == NULL || word[0] < 'A' || word[0] > 'D' || word[1] != '\0')
        return rule_fault(&r->lines, at == NULL ? r->lines.end : at,
                          "expected a grade: A, B, C or D");
    r->policy->grade = (enum grade)(word[0] - 'A');
    return rule_end(&r->lines);
}

static int read_follow(struct reader *r)
{
    unsigned per_cent;

    if (rule_number(&r->lines, "follow", 101, &per_cent) < 0)
        return -1;
    r->policy->follow = per_cent / 100.0;
    return rule_end(&r->lines);
}

static int add_file(struct reader *r)
{
    struct policy *policy = r->policy;
    const char *slash = strrchr(r->lines.path, '/');
    char name[RULE_WORD_MAX];
    const char *at = rule_word(&r->lines, name);
    int length;

    if (at == NULL)
        return rule_fault(&r->lines, r->lines.end, "expected the name of a file");
    if (policy->file_count == POLICY_FILES_MAX)
        return rule_fault(&r->lines, at, "more than %d files", POLICY_FILES_MAX);
    if (name[0] == '/' || slash == NULL)
        length = asprintf(&policy->files[policy->file_count], "%s", name);
    else
        length = asprintf(&policy->files[policy->file_count], "%.*s/%s",
                          (int)(slash - r->lines.path), r->lines.path, name);
    if (length < 0) {
        policy->files[policy->file_count] = NULL;
        return nj_fail(r->lines.err, NJ_NOMEM, "no memory for a policy");
    }
    policy->file_count++;
    return 0;
}

static int add_list(struct reader *r)
{
    struct policy *policy = r->policy;
    char name[RULE_WORD_MAX];
    const char *at = rule_word(&r->lines, name);

    if (at == NULL)
        return rule_fault(&r->lines, r->lines.end, "expected the name of an imported list");
    if (policy->file_count == POLICY_FILES_MAX)
        return rule_fault(&r->lines, at, "more than %d files", POLICY_FILES_MAX);
    if (asprintf(&policy->files[policy->file_count], POLICY_LIST "%s", name) < 0) {
        policy->files[policy->file_count] = NULL;
        return nj_fail(r->lines.err, NJ_NOMEM, "no memory for a policy");
    }
    policy->file_count++;
    return 0;
}

static int read_allow(struct reader *r)
{
    struct policy *policy = r->policy;
    char word[RULE_WORD_MAX];
    const char *at = rule_word(&r->lines, word);
    struct nj_err inner;

    if (at == NULL)
        return rule_fault(&r->lines, r->lines.end,
                          "expected own, declared, file NAME, list NAME, or addresses");
    for (; at != NULL; at = rule_word(&r->lines, word)) {
        if (strcmp(word, "own") == 0) {
            policy->allow_own = true;
        } else if (strcmp(word, "declared") == 0) {
            policy->allow_declared = true;
        } else if (strcmp(word, "file") == 0) {
            if (add_file(r) < 0)
                return -1;
        } else if (strcmp(word, "list") == 0) {
            if (add_list(r) < 0)
                return -1;
        } else if (policy->allowed_count == POLICY_ALLOW_MAX) {
            return rule_fault(&r->lines, at, "more than %d addresses: use a file",
                              POLICY_ALLOW_MAX);
        } else if (prefix_parse(word, &policy->allowed[policy->allowed_count], &inner) < 0) {
            return rule_fault(&r->lines, at,
                              "%s (expected own, declared, file NAME, list NAME, or addresses)",
                              inner.msg);
        } else {
            policy->allowed_count++;
        }
    }
    return 0;
}

static int read_prefixes(struct reader *r)
{
    struct policy_prefixes *prefixes = &r->policy->prefixes;
    char word[RULE_WORD_MAX];
    const char *at;
    unsigned number;

    prefixes->on = true;
    while ((at = rule_word(&r->lines, word)) != NULL) {
        if (strcmp(word, "off") == 0) {
            prefixes->on = false;
        } else if (strcmp(word, "v4") == 0) {
            if (rule_number(&r->lines, "v4", 32, &number) < 0)
                return -1;
            if (number < 16)
                return rule_fault(&r->lines, at, "prefixes shorter than /16 are never listed");
            prefixes->v4 = (int)number;
        } else if (strcmp(word, "v6") == 0) {
            if (rule_number(&r->lines, "v6", 128, &number) < 0)
                return -1;
            if (number < 48)
                return rule_fault(&r->lines, at,
                                  "IPv6 prefixes shorter than /48 are never listed");
            prefixes->v6 = (int)number;
        } else if (strcmp(word, "least") == 0) {
            if (at_least(r, "least", 2, 1000000, &prefixes->least) < 0)
                return -1;
        } else if (strcmp(word, "share") == 0) {
            if (at_least(r, "share", 1, 100, &prefixes->share) < 0)
                return -1;
        } else {
            return rule_fault(&r->lines, at, "\"%.40s\": expected off, v4, v6, least or share",
                              word);
        }
    }
    return 0;
}

static int read_shared(struct reader *r)
{
    struct policy *policy = r->policy;
    unsigned number;

    for (rule_skip_blanks(&r->lines); r->lines.pos < r->lines.end;
         rule_skip_blanks(&r->lines)) {
        const char *at = r->lines.pos;

        if (policy->shared_count == POLICY_SHARED_MAX)
            return rule_fault(&r->lines, at, "more than %d AS numbers", POLICY_SHARED_MAX);
        if (rule_number(&r->lines, "AS number", UINT32_MAX, &number) < 0)
            return -1;
        policy->shared[policy->shared_count++] = number;
    }
    return 0;
}

static const struct word {
    const char *name;
    int (*read)(struct reader *r);
} words[] = {
    {"publisher", read_publisher}, {"contact", read_contact},
    {"licence", read_licence},     {"grade", read_grade},
    {"follow", read_follow},       {"allow", read_allow},
    {"prefixes", read_prefixes},   {"shared", read_shared},
    {"rule", read_rule},           {"if", read_if},
    {"unless", read_unless},       {"do", read_do},
};
#define WORDS (sizeof(words) / sizeof(words[0]))
#define SETTINGS 8 /* the words before "rule" */

static const char *word_name(const void *ctx, size_t i)
{
    (void)ctx;
    return words[i].name;
}

/* ---- lines ---- */

static int read_line(void *ctx, const char *word, const char *at)
{
    static const struct rule_choice choice = {
        .before = "", .behind = " is no word of a policy", .name = word_name, .count = WORDS};
    struct reader *r = ctx;
    size_t i;

    if (rule_choose(&r->lines, &choice, word, at, &i) < 0)
        return -1;
    if (i < SETTINGS && r->rule != NULL && !r->done)
        return rule_fault(&r->lines, at, "the rule \"%s\" does not say yet what to do",
                          r->rule->name);
    return words[i].read(r);
}

int policy_parse(const char *text, size_t length, const char *path,
                 const struct filter_field *fields, size_t field_count,
                 struct policy *ret_policy, struct nj_err *err)
{
    struct policy policy = {.grade = GRADE_B,
                            .follow = 0.99,
                            .prefixes = {.v4 = 26, .v6 = 56, .least = 8, .share = 50}};
    struct reader r = {
        .lines = {.path = path, .fields = fields, .field_count = field_count, .err = err},
        .policy = &policy};
    int rc = 0;

    policy.rules = calloc(RULES_MAX, sizeof(*policy.rules));
    policy.allowed = calloc(POLICY_ALLOW_MAX, sizeof(*policy.allowed));
    policy.shared = calloc(POLICY_SHARED_MAX, sizeof(*policy.shared));
    if (policy.rules == NULL || policy.allowed == NULL || policy.shared == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a policy");
    if (rc == 0)
        rc = rule_read(&r.lines, text, length, read_line, &r);
    if (rc == 0)
        rc = end_rule(&r);
    if (rc == 0 && policy.rule_count == 0)
        rc = nj_fail(err, NJ_CONFIG, "%.80s:%u:1: a policy without a rule", path,
                     r.lines.line == 0 ? 1 : r.lines.line);
    rule_lines_done(&r.lines);
    if (rc < 0) {
        policy_done(&policy);
        return -1;
    }
    *ret_policy = policy;
    return 0;
}

int policy_load(const char *path, const struct filter_field *fields, size_t field_count,
                struct policy *ret_policy, char **ret_text, struct nj_err *err)
{
    char *text = NULL;
    size_t length = 0;
    int rc;

    if (rule_load(path, &text, &length, err) < 0)
        return nj_within(err, "policy");
    rc = policy_parse(text, length, path, fields, field_count, ret_policy, err);
    if (rc == 0 && ret_text != NULL) {
        *ret_text = text;
        text = NULL;
    }
    free(text);
    return rc;
}

void policy_done(struct policy *policy)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        filter_done(&policy->rules[i].when);
        filter_done(&policy->rules[i].unless);
    }
    for (size_t i = 0; i < policy->file_count; i++)
        free(policy->files[i]);
    free(policy->rules);
    free(policy->allowed);
    free(policy->shared);
    *policy = (struct policy){0};
}

int64_t policy_longest_us(const struct policy *policy)
{
    int64_t longest = 0;

    for (size_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].for_us > longest)
            longest = policy->rules[i].for_us;
    }
    return longest;
}
