/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"

#define DAY_US 86400000000ll
#define WORD_MAX 256u

struct reader {
    const char *path;
    unsigned line;
    const char *start, *pos, *end; /* of the line, without comment and blanks at its end */
    struct policy *policy;
    const struct filter_field *fields;
    size_t field_count;
    struct policy_rule *rule; /* the one that is being read; NULL before the first */
    char *when, *unless;      /* its conditions so far */
    bool done;                /* it has said what to do */
    struct nj_err *err;
};

/* "FILE:LINE:COLUMN: ..." */
static int fault(struct reader *r, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int fault(struct reader *r, const char *at, const char *format, ...)
{
    char message[200];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return nj_fail(r->err, NJ_CONFIG, "%.80s:%u:%d: %s", r->path, r->line,
                   (int)(at - r->start) + 1, message);
}

/* ---- words ---------------------------------------------------------------------------------
 */

static void skip_blanks(struct reader *r)
{
    while (r->pos < r->end && (*r->pos == ' ' || *r->pos == '\t'))
        r->pos++;
}

/* The next word of the line. @return where it stands; NULL at the end */
static const char *next_word(struct reader *r, char word[WORD_MAX])
{
    const char *at;
    size_t length = 0;

    skip_blanks(r);
    at = r->pos;
    while (r->pos < r->end && *r->pos != ' ' && *r->pos != '\t') {
        if (length + 1 < WORD_MAX)
            word[length++] = *r->pos;
        r->pos++;
    }
    word[length] = '\0';
    return length == 0 ? NULL : at;
}

static int read_number(struct reader *r, const char *what, unsigned max, unsigned *ret)
{
    char word[WORD_MAX], *end;
    const char *at = next_word(r, word);
    unsigned long number;

    if (at == NULL)
        return fault(r, r->end, "expected a number for %s", what);
    number = strtoul(word, &end, 10);
    if (!isdigit((unsigned char)word[0]) || *end != '\0' || number > max)
        return fault(r, at, "%s \"%.40s\" is no number from 0 to %u", what, word, max);
    *ret = (unsigned)number;
    return 0;
}

static int read_end(struct reader *r)
{
    char word[WORD_MAX];
    const char *at = next_word(r, word);

    return at == NULL ? 0 : fault(r, at, "\"%.40s\" was not expected here", word);
}

static int read_rest(struct reader *r, char *to, size_t size)
{
    size_t length;

    skip_blanks(r);
    length = (size_t)(r->end - r->pos);
    if (length == 0)
        return fault(r, r->end, "expected a text");
    if (length >= size)
        return fault(r, r->pos, "a text of %zu bytes, at most %zu fit", length, size - 1);
    for (const char *c = r->pos; c < r->end; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return fault(r, c, "a control character");
    }
    memcpy(to, r->pos, length);
    to[length] = '\0';
    return 0;
}

/* ---- rules ---------------------------------------------------------------------------------
 */

/* Move the message of the filter to the place in the file: its column counts from the
 * condition. */
static int condition_fault(struct reader *r, const struct nj_err *inner)
{
    const char *message = inner->msg;
    const char *at = r->pos;
    unsigned column = 0;
    int used = 0;

    if (sscanf(message, "filter: column %u: %n", &column, &used) == 1 && used > 0) {
        message += used;
        at += inner->offset != NJ_NO_OFFSET && inner->offset <= (uint64_t)(r->end - r->pos)
                  ? (size_t)inner->offset
                  : column - 1;
    }
    return fault(r, at, "%s", message);
}

/* Add a line to a condition: "(before) and (line)". */
static int add_condition(struct reader *r, char **to, const char *joined_by)
{
    struct nj_err inner = {0};
    struct filter filter;
    char *joined = NULL;
    int length;

    skip_blanks(r);
    if (r->rule == NULL)
        return fault(r, r->start, "a condition stands outside of a rule");
    if (r->done)
        return fault(r, r->start, "conditions stand before \"do\"");
    if (r->pos == r->end)
        return fault(r, r->end, "expected a condition");
    length = (int)(r->end - r->pos);
    if (filter_compile_bytes(r->pos, (size_t)length, r->fields, r->field_count, &filter,
                             &inner) < 0) {
        if (inner.code == NJ_NOMEM)
            return nj_fail(r->err, NJ_NOMEM, "%s", inner.msg);
        return condition_fault(r, &inner);
    }
    filter_done(&filter);
    if (*to == NULL)
        length = asprintf(&joined, "(%.*s)", length, r->pos);
    else
        length = asprintf(&joined, "%s %s (%.*s)", *to, joined_by, length, r->pos);
    if (length < 0)
        return nj_fail(r->err, NJ_NOMEM, "no memory for a condition");
    free(*to);
    *to = joined;
    return 0;
}

/* "7d", "36h", "30m" */
static int read_span(struct reader *r, int64_t *ret_us)
{
    char word[WORD_MAX], *end;
    const char *at = next_word(r, word);
    int64_t unit;
    long number;

    if (at == NULL)
        return fault(r, r->end, "expected a time such as 7d behind \"for\"");
    number = strtol(word, &end, 10);
    unit = strcmp(end, "d") == 0   ? DAY_US
           : strcmp(end, "h") == 0 ? DAY_US / 24
           : strcmp(end, "m") == 0 ? 60000000
                                   : 0;
    if (!isdigit((unsigned char)word[0]) || unit == 0 || number < 1 ||
        number > POLICY_FOR_MAX_US / unit)
        return fault(r, at, "\"%.40s\" is no time such as 7d, 36h, 30m, up to 400d", word);
    *ret_us = number * unit;
    return 0;
}

static const char *action_word(const void *ctx, size_t i)
{
    (void)ctx;
    return action_names[i];
}

static int read_action(struct reader *r, enum action *ret)
{
    char word[WORD_MAX], hint[NJ_SUGGEST_MAX];
    const char *at = next_word(r, word);

    if (at == NULL)
        return fault(r, r->end, "expected block, quarantine, monitor or none");
    for (unsigned i = 0; i < ACTIONS; i++) {
        if (strcmp(word, action_names[i]) == 0) {
            *ret = (enum action)i;
            return 0;
        }
    }
    return fault(r, at, "there is no action \"%.40s\"; %s", word,
                 nj_suggest_text(word, action_word, NULL, ACTIONS, hint));
}

static int read_do(struct reader *r)
{
    struct policy_rule *rule = r->rule;
    char word[WORD_MAX];
    const char *at;

    if (rule == NULL)
        return fault(r, r->start, "\"do\" stands outside of a rule");
    if (r->done)
        return fault(r, r->start, "the rule \"%s\" says twice what to do", rule->name);
    if (read_action(r, &rule->action) < 0)
        return -1;
    while ((at = next_word(r, word)) != NULL) {
        if (strcmp(word, "for") == 0) {
            if (read_span(r, &rule->for_us) < 0)
                return -1;
        } else if (strcmp(word, "at") == 0) {
            at = next_word(r, word);
            if (at == NULL || strcmp(word, "most") != 0)
                return fault(r, at == NULL ? r->end : at, "expected \"most\" behind \"at\"");
            if (read_number(r, "at most", 10000000, &rule->at_most) < 0)
                return -1;
        } else {
            return fault(r, at, "\"%.40s\": expected \"for\" or \"at most\"", word);
        }
    }
    r->done = true;
    return 0;
}

/* The rule before is complete: compile what it says. */
static int end_rule(struct reader *r)
{
    struct policy_rule *rule = r->rule;
    int rc = 0;

    if (rule == NULL)
        return 0;
    if (!r->done)
        return nj_fail(r->err, NJ_CONFIG, "%.80s:%u:1: the rule \"%s\" does not say what to do",
                       r->path, rule->line, rule->name);
    if (filter_compile(r->when == NULL ? "" : r->when, r->fields, r->field_count, &rule->when,
                       r->err) < 0)
        rc = nj_within(r->err, "%.80s:%u:1: rule %s", r->path, rule->line, rule->name);
    if (rc == 0 && r->unless != NULL) {
        if (filter_compile(r->unless, r->fields, r->field_count, &rule->unless, r->err) < 0)
            rc = nj_within(r->err, "%.80s:%u:1: rule %s", r->path, rule->line, rule->name);
        else
            rule->has_unless = true;
    }
    free(r->when);
    free(r->unless);
    r->when = r->unless = NULL;
    r->rule = NULL;
    return rc;
}

static int read_rule(struct reader *r)
{
    struct policy *policy = r->policy;
    char word[WORD_MAX];
    const char *at;

    if (end_rule(r) < 0)
        return -1;
    at = next_word(r, word);
    if (at == NULL)
        return fault(r, r->end, "expected the name of the rule");
    for (const char *c = word; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            return fault(r, at, "the name \"%.40s\" has more than letters, digits, - and _",
                         word);
    }
    if (strlen(word) >= sizeof(policy->rules->name))
        return fault(r, at, "the name is longer than %zu", sizeof(policy->rules->name) - 1);
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (strcmp(policy->rules[i].name, word) == 0)
            return fault(r, at, "there is a rule \"%s\" already, in line %u", word,
                         policy->rules[i].line);
    }
    if (policy->rule_count == POLICY_RULES_MAX)
        return fault(r, at, "more than %d rules", POLICY_RULES_MAX);
    r->rule = &policy->rules[policy->rule_count++];
    *r->rule = (struct policy_rule){.line = r->line, .for_us = 7 * DAY_US};
    (void)snprintf(r->rule->name, sizeof(r->rule->name), "%s", word);
    r->done = false;
    return read_end(r);
}

static int read_if(struct reader *r)
{
    return add_condition(r, &r->when, "and");
}

static int read_unless(struct reader *r)
{
    return add_condition(r, &r->unless, "or");
}

/* ---- settings ------------------------------------------------------------------------------
 */

static int read_publisher(struct reader *r)
{
    return read_rest(r, r->policy->publisher, sizeof(r->policy->publisher));
}

static int read_contact(struct reader *r)
{
    return read_rest(r, r->policy->contact, sizeof(r->policy->contact));
}

static int read_licence(struct reader *r)
{
    return read_rest(r, r->policy->licence, sizeof(r->policy->licence));
}

static int read_grade(struct reader *r)
{
    char word[WORD_MAX];
    const char *at = next_word(r, word);

    if (at == NULL || word[0] < 'A' || word[0] > 'D' || word[1] != '\0')
        return fault(r, at == NULL ? r->end : at, "expected a grade: A, B, C or D");
    r->policy->grade = (enum grade)(word[0] - 'A');
    return read_end(r);
}

static int read_follow(struct reader *r)
{
    unsigned per_cent;

    if (read_number(r, "follow", 101, &per_cent) < 0)
        return -1;
    r->policy->follow = per_cent / 100.0;
    return read_end(r);
}

static int add_file(struct reader *r)
{
    struct policy *policy = r->policy;
    const char *slash = strrchr(r->path, '/');
    char name[WORD_MAX];
    const char *at = next_word(r, name);
    int length;

    if (at == NULL)
        return fault(r, r->end, "expected the name of a file");
    if (policy->file_count == POLICY_FILES_MAX)
        return fault(r, at, "more than %d files", POLICY_FILES_MAX);
    if (name[0] == '/' || slash == NULL)
        length = asprintf(&policy->files[policy->file_count], "%s", name);
    else
        length = asprintf(&policy->files[policy->file_count], "%.*s/%s", (int)(slash - r->path),
                          r->path, name);
    if (length < 0) {
        policy->files[policy->file_count] = NULL;
        return nj_fail(r->err, NJ_NOMEM, "no memory for a policy");
    }
    policy->file_count++;
    return 0;
}

static int add_list(struct reader *r)
{
    struct policy *policy = r->policy;
    char name[WORD_MAX];
    const char *at = next_word(r, name);

    if (at == NULL)
        return fault(r, r->end, "expected the name of an imported list");
    if (policy->file_count == POLICY_FILES_MAX)
        return fault(r, at, "more than %d files", POLICY_FILES_MAX);
    if (asprintf(&policy->files[policy->file_count], POLICY_LIST "%s", name) < 0) {
        policy->files[policy->file_count] = NULL;
        return nj_fail(r->err, NJ_NOMEM, "no memory for a policy");
    }
    policy->file_count++;
    return 0;
}

static int read_allow(struct reader *r)
{
    struct policy *policy = r->policy;
    char word[WORD_MAX];
    const char *at = next_word(r, word);
    struct nj_err inner;

    if (at == NULL)
        return fault(r, r->end, "expected own, declared, file NAME, list NAME, or addresses");
    for (; at != NULL; at = next_word(r, word)) {
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
            return fault(r, at, "more than %d addresses: use a file", POLICY_ALLOW_MAX);
        } else if (prefix_parse(word, &policy->allowed[policy->allowed_count], &inner) < 0) {
            return fault(r, at,
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
    char word[WORD_MAX];
    const char *at;
    unsigned number;

    prefixes->on = true;
    while ((at = next_word(r, word)) != NULL) {
        if (strcmp(word, "off") == 0) {
            prefixes->on = false;
        } else if (strcmp(word, "v4") == 0) {
            if (read_number(r, "v4", 32, &number) < 0)
                return -1;
            if (number < 16)
                return fault(r, at, "prefixes shorter than /16 are never listed");
            prefixes->v4 = (int)number;
        } else if (strcmp(word, "v6") == 0) {
            if (read_number(r, "v6", 128, &number) < 0)
                return -1;
            if (number < 48)
                return fault(r, at, "IPv6 prefixes shorter than /48 are never listed");
            prefixes->v6 = (int)number;
        } else if (strcmp(word, "least") == 0) {
            if (read_number(r, "least", 1000000, &prefixes->least) < 0)
                return -1;
        } else if (strcmp(word, "share") == 0) {
            if (read_number(r, "share", 100, &prefixes->share) < 0)
                return -1;
        } else {
            return fault(r, at, "\"%.40s\": expected off, v4, v6, least or share", word);
        }
    }
    return 0;
}

static int read_shared(struct reader *r)
{
    struct policy *policy = r->policy;
    unsigned number;

    for (skip_blanks(r); r->pos < r->end; skip_blanks(r)) {
        const char *at = r->pos;

        if (policy->shared_count == POLICY_SHARED_MAX)
            return fault(r, at, "more than %d AS numbers", POLICY_SHARED_MAX);
        if (read_number(r, "AS number", UINT32_MAX, &number) < 0)
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

static const char *word_name(const void *ctx, size_t i)
{
    (void)ctx;
    return words[i].name;
}

/* ---- lines ---------------------------------------------------------------------------------
 */

/* Where the line ends: at a comment outside of quotes, without blanks before. */
static const char *line_end(const char *start, const char *end)
{
    char quote = '\0';
    const char *c = start;

    for (; c < end; c++) {
        if (quote != '\0') {
            if (*c == '\\' && c + 1 < end)
                c++;
            else if (*c == quote)
                quote = '\0';
        } else if (*c == '"' || *c == '\'') {
            quote = *c;
        } else if (*c == '#' && (c == start || c[-1] == ' ' || c[-1] == '\t')) {
            break;
        }
    }
    while (c > start && (c[-1] == ' ' || c[-1] == '\t' || c[-1] == '\r'))
        c--;
    return c;
}

static int read_line(struct reader *r, const char *start, const char *end)
{
    char word[WORD_MAX], hint[NJ_SUGGEST_MAX];
    const char *at;

    r->start = r->pos = start;
    r->end = line_end(start, end);
    at = next_word(r, word);
    if (at == NULL)
        return 0;
    for (size_t i = 0; i < WORDS; i++) {
        if (strcmp(word, words[i].name) == 0) {
            if (i < 8 && r->rule != NULL && !r->done)
                return fault(r, at, "the rule \"%s\" does not say yet what to do",
                             r->rule->name);
            return words[i].read(r);
        }
    }
    return fault(r, at, "\"%.40s\" is no word of a policy; %s", word,
                 nj_suggest_text(word, word_name, NULL, WORDS, hint));
}

int policy_parse(const char *text, size_t length, const char *path,
                 const struct filter_field *fields, size_t field_count,
                 struct policy *ret_policy, struct nj_err *err)
{
    struct policy policy = {.grade = GRADE_B,
                            .follow = 0.99,
                            .prefixes = {.v4 = 26, .v6 = 56, .least = 8, .share = 50}};
    struct reader r = {.path = path,
                       .policy = &policy,
                       .fields = fields,
                       .field_count = field_count,
                       .err = err};
    const char *end = text + length;
    int rc = 0;

    if (length > POLICY_SIZE_MAX)
        return nj_fail(err, NJ_LIMIT, "%.80s: %zu bytes, at most %d are read", path, length,
                       POLICY_SIZE_MAX);
    if (memchr(text, '\0', length) != NULL)
        return nj_fail(err, NJ_CONFIG, "%.80s: a NUL: this is no text", path);
    policy.rules = calloc(POLICY_RULES_MAX, sizeof(*policy.rules));
    policy.allowed = calloc(POLICY_ALLOW_MAX, sizeof(*policy.allowed));
    policy.shared = calloc(POLICY_SHARED_MAX, sizeof(*policy.shared));
    if (policy.rules == NULL || policy.allowed == NULL || policy.shared == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a policy");
    while (rc == 0 && text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline == NULL ? end : newline;

        r.line++;
        rc = read_line(&r, text, stop);
        text = newline == NULL ? end : newline + 1;
    }
    if (rc == 0)
        rc = end_rule(&r);
    if (rc == 0 && policy.rule_count == 0)
        rc = nj_fail(err, NJ_CONFIG, "%.80s:%u:1: a policy without a rule", path, r.line);
    free(r.when);
    free(r.unless);
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
    FILE *in = fopen(path, "rbe");
    char *text = NULL;
    size_t length = 0;
    int rc = -1;

    if (in == NULL)
        return nj_fail(err, NJ_IO, "open the policy %s", path);
    text = malloc(POLICY_SIZE_MAX + 2);
    if (text == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a policy");
        goto out;
    }
    length = fread(text, 1, POLICY_SIZE_MAX + 1, in);
    if (ferror(in)) {
        (void)nj_fail(err, NJ_IO, "read the policy %s", path);
        goto out;
    }
    text[length] = '\0';
    rc = policy_parse(text, length, path, fields, field_count, ret_policy, err);
    if (rc == 0 && ret_text != NULL) {
        *ret_text = text;
        text = NULL;
    }
out:
    (void)fclose(in);
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
