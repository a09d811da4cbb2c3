/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/suggest.h"
#include "store/derived_ask.h"

const struct alert_kind alert_kinds[] = {
    {"hop", ALERT_STORED},     {"withdrawn", ALERT_STORED},  {"level", ALERT_STORED},
    {"actor", ALERT_STORED},   {"joined", ALERT_STORED},     {"left", ALERT_STORED},
    {"merged", ALERT_STORED},  {"started", ALERT_STORED},    {"ceased", ALERT_STORED},
    {"resumed", ALERT_STORED}, {"newcomer", ALERT_FINDING},  {"new-port", ALERT_FINDING},
    {"burst", ALERT_FINDING},  {"neighbour", ALERT_FINDING}, {"share", ALERT_FINDING},
    {"touch", ALERT_TOUCH},    {"silent", ALERT_SILENT},
};
const size_t alert_kind_count = sizeof(alert_kinds) / sizeof(alert_kinds[0]);

struct reader {
    struct rule_lines lines;
    struct alerts *alerts;
    struct alert_rule *rule; /* the one that is being read; NULL before the first */
    bool told;               /* it has said whom to tell */
};

static const char *kind_word(const void *ctx, size_t i)
{
    (void)ctx;
    return alert_kinds[i].name;
}

/* ---- rules ---- */

static int end_rule(struct reader *r)
{
    struct alert_rule *rule = r->rule;

    if (rule == NULL)
        return 0;
    if (rule->on == 0 || !r->told)
        return nj_fail(r->lines.err, NJ_CONFIG, "%.80s:%u:1: the rule \"%s\" does not say %s",
                       r->lines.path, rule->line, rule->name,
                       rule->on == 0 ? "on what" : "whom to tell");
    if (r->lines.when != NULL) {
        rule->condition = strdup(r->lines.when);
        if (rule->condition == NULL)
            return nj_fail(r->lines.err, NJ_NOMEM, "no memory for a rule");
    }
    if (rule_compile(&r->lines, rule->name, rule->line, &rule->when, &rule->unless,
                     &rule->has_unless) < 0)
        return -1;
    r->rule = NULL;
    return 0;
}

static int read_rule(struct reader *r)
{
    struct alerts *alerts = r->alerts;
    char name[RULE_NAME_MAX] = "";

    if (end_rule(r) < 0 || rule_begin(&r->lines, name) < 0)
        return -1;
    r->rule = &alerts->rules[alerts->rule_count++];
    *r->rule = (struct alert_rule){.line = r->lines.line, .at_most = ALERT_AT_MOST_DEFAULT};
    memcpy(r->rule->name, name, sizeof(name));
    r->told = false;
    return 0;
}

static int in_rule(struct reader *r, bool before_tell)
{
    if (r->rule == NULL)
        return rule_fault(&r->lines, r->lines.start, "this stands outside of a rule");
    if (before_tell && r->told)
        return rule_fault(&r->lines, r->lines.start, "this stands before \"tell\"");
    return 0;
}

static int read_on(struct reader *r)
{
    const struct rule_choice events = {.before = "there is no event ",
                                       .behind = "",
                                       .name = kind_word,
                                       .count = alert_kind_count};
    char word[RULE_WORD_MAX];
    const char *at;

    if (in_rule(r, true) < 0)
        return -1;
    while ((at = rule_word(&r->lines, word)) != NULL) {
        size_t i;

        if (rule_choose(&r->lines, &events, word, at, &i) < 0)
            return -1;
        r->rule->on |= 1u << i;
        if (alert_kinds[i].from == ALERT_SILENT &&
            rule_span(&r->lines, &r->rule->silent_us) < 0)
            return -1;
    }
    return r->rule->on == 0 ? rule_fault(&r->lines, r->lines.end, "expected an event") : 0;
}

static int read_if(struct reader *r)
{
    return in_rule(r, true) < 0 ? -1 : rule_condition(&r->lines, &r->lines.when, "and");
}

static int read_unless(struct reader *r)
{
    return in_rule(r, true) < 0 ? -1 : rule_condition(&r->lines, &r->lines.unless, "or");
}

/* "at most N" an hour. */
static int read_at_most(struct reader *r)
{
    char word[RULE_WORD_MAX];
    const char *at = rule_word(&r->lines, word);

    if (at == NULL || strcmp(word, "most") != 0)
        return rule_fault(&r->lines, at == NULL ? r->lines.end : at,
                          "expected \"most\" behind \"at\"");
    return rule_number(&r->lines, "at most", 100000, &r->rule->at_most);
}

static const char *outlet_word(const void *ctx, size_t i)
{
    return ((const struct alerts *)ctx)->outlets[i].name;
}

static int read_tell(struct reader *r)
{
    const struct alerts *alerts = r->alerts;
    char word[RULE_WORD_MAX], hint[NJ_SUGGEST_MAX];
    const char *at;

    if (in_rule(r, true) < 0)
        return -1;
    while ((at = rule_word(&r->lines, word)) != NULL) {
        size_t i = 0;

        if (strcmp(word, "at") == 0) {
            if (read_at_most(r) < 0)
                return -1;
            continue;
        }
        if (strcmp(word, "once") == 0) {
            if (rule_span(&r->lines, &r->rule->once_us) < 0)
                return -1;
            if (r->rule->once_us > 7 * DAY_US)
                return rule_fault(&r->lines, at, "\"once\" goes up to 7d");
            continue;
        }
        while (i < alerts->outlet_count && strcmp(word, alerts->outlets[i].name) != 0)
            i++;
        if (i == alerts->outlet_count)
            return rule_fault(
                &r->lines, at, "no \"to\" line above names \"%.40s\"%s%s", word,
                alerts->outlet_count == 0 ? "" : "; ",
                alerts->outlet_count == 0
                    ? ""
                    : nj_suggest_text(word, outlet_word, alerts, alerts->outlet_count, hint));
        r->rule->to |= 1u << i;
    }
    if (r->rule->to == 0)
        return rule_fault(&r->lines, r->lines.end, "expected a name of a \"to\" line");
    r->told = true;
    return 0;
}

/* ---- settings ---- */

static int read_host(struct reader *r)
{
    char word[RULE_WORD_MAX];
    const char *at = rule_word(&r->lines, word);

    if (at == NULL)
        return rule_fault(&r->lines, r->lines.end, "expected the name of a host");
    for (const char *c = word; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~')
            return rule_fault(&r->lines, at, "a host's name is printable ASCII");
    }
    memcpy(r->alerts->host, word, sizeof(r->alerts->host));
    return rule_end(&r->lines);
}

static int read_own(struct reader *r)
{
    struct alerts *alerts = r->alerts;
    char word[RULE_WORD_MAX];
    struct nj_err inner;
    const char *at;

    while ((at = rule_word(&r->lines, word)) != NULL) {
        if (alerts->own_count == ALERT_OWN_MAX)
            return rule_fault(&r->lines, at, "more than %d prefixes", ALERT_OWN_MAX);
        if (prefix_parse(word, &alerts->own[alerts->own_count], &inner) < 0)
            return rule_fault(&r->lines, at, "%s", inner.msg);
        alerts->own_count++;
    }
    return 0;
}

static int read_watch(struct reader *r)
{
    struct alerts *alerts = r->alerts;
    char word[RULE_WORD_MAX];
    struct nj_err inner;
    const char *at;

    while ((at = rule_word(&r->lines, word)) != NULL) {
        uint64_t actor = 0;

        if (alerts->actor_count == ALERT_WATCHED_MAX ||
            alerts->source_count == ALERT_WATCHED_MAX)
            return rule_fault(&r->lines, at, "more than %d are watched", ALERT_WATCHED_MAX);
        if (actor_parse(word, &actor, &inner) == 0)
            alerts->actors[alerts->actor_count++] = actor;
        else if (addr_parse(word, &alerts->sources[alerts->source_count], &inner) == 0)
            alerts->source_count++;
        else
            return rule_fault(&r->lines, at,
                              "\"%.60s\": expected an actor (NJ-000042) or an address", word);
    }
    return 0;
}

/* A relative path counts from the folder of the rules. */
static int resolve(struct reader *r, const char *at, const char *word, char *value)
{
    const char *slash = strrchr(r->lines.path, '/');
    int length = word[0] == '/' || slash == NULL
                     ? snprintf(value, OUTLET_PATH_MAX, "%s", word)
                     : snprintf(value, OUTLET_PATH_MAX, "%.*s/%s", (int)(slash - r->lines.path),
                                r->lines.path, word);

    return length < OUTLET_PATH_MAX ? 0 : rule_fault(&r->lines, at, "the path is too long");
}

static int read_settings(struct reader *r, struct outlet *outlet)
{
    char word[RULE_WORD_MAX], value[RULE_WORD_MAX], path[OUTLET_PATH_MAX];
    struct nj_err inner;
    const char *at;

    while ((at = rule_word(&r->lines, word)) != NULL) {
        const char *behind = rule_word(&r->lines, value);
        bool is_file = strcmp(word, "from") != 0 && strcmp(word, "by") != 0;
        int rc;

        if (behind == NULL)
            return rule_fault(&r->lines, r->lines.end, "expected something behind \"%.20s\"",
                              word);
        if (is_file && resolve(r, behind, value, path) < 0)
            return -1;
        rc = outlet_set(outlet, word, is_file ? path : value, &inner);
        if (rc == OUTLET_NO_WORD)
            return rule_fault(&r->lines, at, "\"%.40s\" was not expected here", word);
        if (rc < 0)
            return rule_fault(&r->lines, behind, "%s", inner.msg);
    }
    return outlet_complete(outlet, &inner) < 0
               ? rule_fault(&r->lines, r->lines.start, "%s", inner.msg)
               : 0;
}

static int check_new(struct reader *r, const char *at, const struct alert_outlet *outlet)
{
    const struct alerts *alerts = r->alerts;

    for (size_t i = 0; i < alerts->outlet_count; i++) {
        if (strcmp(alerts->outlets[i].name, outlet->name) == 0 ||
            strcmp(alerts->outlets[i].outlet.url, outlet->outlet.url) == 0)
            return rule_fault(&r->lines, at, "there is such a receiver already: \"%s\"",
                              alerts->outlets[i].name);
    }
    return 0;
}

static int read_to(struct reader *r)
{
    static const struct {
        const char *name;
        int (*parse)(const char *text, struct outlet *ret, struct nj_err *err);
    } kinds[] = {{"syslog", outlet_syslog}, {"webhook", outlet_webhook}, {"mail", outlet_mail}};
    struct alerts *alerts = r->alerts;
    struct alert_outlet outlet = {.name = ""};
    char kind[RULE_WORD_MAX], target[RULE_WORD_MAX];
    const char *name_at = rule_name(&r->lines, outlet.name, sizeof(outlet.name)), *at, *behind;
    struct nj_err inner;
    size_t i = 0;

    if (name_at == NULL)
        return -1;
    if (strcmp(outlet.name, "at") == 0 || strcmp(outlet.name, "once") == 0)
        return rule_fault(&r->lines, name_at, "\"%s\" has a meaning behind \"tell\"",
                          outlet.name);
    at = rule_word(&r->lines, kind);
    while (i < 3 && (at == NULL || strcmp(kinds[i].name, kind) != 0))
        i++;
    if (i == 3)
        return rule_fault(&r->lines, at == NULL ? r->lines.end : at,
                          "expected syslog, webhook or mail");
    behind = rule_word(&r->lines, target);
    if (behind == NULL)
        return rule_fault(&r->lines, r->lines.end, "expected where to");
    if (kinds[i].parse(target, &outlet.outlet, &inner) < 0)
        return rule_fault(&r->lines, behind, "%s", inner.msg);
    if (read_settings(r, &outlet.outlet) < 0 || check_new(r, name_at, &outlet) < 0)
        return -1;
    if (alerts->outlet_count == ALERT_OUTLETS_MAX)
        return rule_fault(&r->lines, name_at, "more than %d receivers", ALERT_OUTLETS_MAX);
    alerts->outlets[alerts->outlet_count++] = outlet;
    return 0;
}

static const struct word {
    const char *name;
    int (*read)(struct reader *r);
} words[] = {
    {"host", read_host}, {"own", read_own},       {"watch", read_watch},
    {"to", read_to},     {"rule", read_rule},     {"on", read_on},
    {"if", read_if},     {"unless", read_unless}, {"tell", read_tell},
};
#define WORDS (sizeof(words) / sizeof(words[0]))
#define SETTINGS 4 /* the words before "rule" */

static const char *word_name(const void *ctx, size_t i)
{
    (void)ctx;
    return words[i].name;
}

/* ---- the file ---- */

static int read_line(void *ctx, const char *word, const char *at)
{
    static const struct rule_choice choice = {
        .before = "", .behind = " is no word of the alerts", .name = word_name, .count = WORDS};
    struct reader *r = ctx;
    size_t i;

    if (rule_choose(&r->lines, &choice, word, at, &i) < 0)
        return -1;
    if (i < SETTINGS && r->rule != NULL && !r->told)
        return rule_fault(&r->lines, at, "the rule \"%s\" does not say yet whom to tell",
                          r->rule->name);
    return words[i].read(r);
}

int alerts_parse(const char *text, size_t length, const char *path,
                 const struct filter_field *fields, size_t field_count, struct alerts *ret,
                 struct nj_err *err)
{
    struct alerts alerts = {
        .rules = calloc(RULES_MAX, sizeof(*alerts.rules)),
        .outlets = calloc(ALERT_OUTLETS_MAX, sizeof(*alerts.outlets)),
        .own = calloc(ALERT_OWN_MAX, sizeof(*alerts.own)),
        .actors = calloc(ALERT_WATCHED_MAX, sizeof(*alerts.actors)),
        .sources = calloc(ALERT_WATCHED_MAX, sizeof(*alerts.sources)),
    };
    struct reader r = {
        .lines = {.path = path, .fields = fields, .field_count = field_count, .err = err},
        .alerts = &alerts};
    int rc = 0;

    if (alerts.rules == NULL || alerts.outlets == NULL || alerts.own == NULL ||
        alerts.actors == NULL || alerts.sources == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for alerts");
    if (rc == 0)
        rc = rule_read(&r.lines, text, length, read_line, &r);
    if (rc == 0)
        rc = end_rule(&r);
    rule_lines_done(&r.lines);
    if (rc < 0) {
        alerts_done(&alerts);
        return -1;
    }
    *ret = alerts;
    return 0;
}

int alerts_load(const char *path, const struct filter_field *fields, size_t field_count,
                struct alerts *ret, struct nj_err *err)
{
    char *text = NULL;
    size_t length = 0;
    int rc;

    if (rule_load(path, &text, &length, err) < 0)
        return nj_within(err, "alerts");
    rc = alerts_parse(text, length, path, fields, field_count, ret, err);
    free(text);
    return rc;
}

int alerts_default_own(struct alerts *alerts, const struct sensor *sensors, size_t count,
                       struct nj_err *err)
{
    size_t total = 0;
    struct prefix *own;

    for (size_t i = 0; i < count; i++)
        total += sensors[i].prefix_count;
    if (alerts->own_count > 0 || total == 0)
        return 0;
    own = calloc(total, sizeof(*own));
    if (own == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for prefixes");
    for (int lit = 1; lit >= 0 && alerts->own_count == 0; lit--) {
        for (size_t i = 0; i < count; i++) {
            for (size_t j = 0; j < sensors[i].prefix_count; j++) {
                if (lit == 0 || sensors[i].prefixes[j].lit)
                    own[alerts->own_count++] = sensors[i].prefixes[j].prefix;
            }
        }
    }
    free(alerts->own);
    alerts->own = own;
    return 0;
}

void alerts_done(struct alerts *alerts)
{
    for (size_t i = 0; alerts->rules != NULL && i < alerts->rule_count; i++) {
        filter_done(&alerts->rules[i].when);
        filter_done(&alerts->rules[i].unless);
        free(alerts->rules[i].condition);
    }
    free(alerts->rules);
    free(alerts->outlets);
    free(alerts->own);
    free(alerts->actors);
    free(alerts->sources);
    *alerts = (struct alerts){0};
}
