/* SPDX-License-Identifier: Apache-2.0 */
/* A rule has alternatives (its lines "match"), an alternative has patterns that must all be
 * there. Each pattern of an alternative is a use of that pattern; while the search runs, uses
 * that are seen for the first time count for their alternatives. */
#include "classify/payload_rules.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "classify/search.h"

#define USES_MAX 8192u
#define ALTERNATIVES_MAX 4096u
#define CONDITIONS_MAX 8
#define PATTERN_MAX 256
#define NAME_MAX_LENGTH 40

struct rule_entry {
    struct payload_rule shown;
    bool has_class;
    uint8_t app_count, port_count;
    uint32_t apps[CONDITIONS_MAX];
    uint16_t ports[CONDITIONS_MAX];
    unsigned line;
    size_t alternatives;
};

struct alternative {
    uint16_t rule;
    uint8_t needed;
};

struct use {
    uint32_t pattern;
    uint16_t alternative;
    uint16_t only_end; /* where it must end: its length if it stands at the beginning, 0 any */
};

struct payload_rules {
    char *text; /* the file, cut into texts */
    struct rule_entry *list;
    size_t count;
    struct alternative *alternatives;
    size_t alternative_count;
    struct use *uses; /* sorted by pattern */
    size_t use_count;
    uint32_t *first_use; /* of each pattern, and the end */
    uint32_t patterns;
    struct search *search;
};

struct parser {
    struct payload_rules *rules;
    struct nj_intern *names;
    const char *name;
    unsigned line;
    struct nj_err *err;
};

#define FAULT(PARSER, CODE, FORMAT, ...)                                                       \
    nj_fail((PARSER)->err, CODE, "%s:%u: " FORMAT, (PARSER)->name, (PARSER)->line, __VA_ARGS__)

/* ---- one line ---- */

static int parse_class(struct parser *parser, struct rule_entry *rule, const char *word)
{
    static const enum class allowed[] = {CLASS_EXPLOIT, CLASS_CREDENTIAL, CLASS_SCAN};

    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
        if (strcmp(word, class_names[allowed[i]]) == 0) {
            rule->shown.class = allowed[i];
            rule->has_class = true;
            return 0;
        }
    }
    return FAULT(parser, NJ_FORMAT, "class \"%.20s\", expected exploit, credential or scan",
                 word);
}

static int parse_apps(struct parser *parser, struct rule_entry *rule, char *words)
{
    for (char *word; (word = strsep(&words, " \t")) != NULL;) {
        if (word[0] == '\0')
            continue;
        if (rule->app_count == CONDITIONS_MAX)
            return FAULT(parser, NJ_LIMIT, "more than %d applications", CONDITIONS_MAX);
        rule->apps[rule->app_count++] = nj_intern_z(parser->names, word);
    }
    return 0;
}

static int parse_ports(struct parser *parser, struct rule_entry *rule, char *words)
{
    for (char *word; (word = strsep(&words, " \t")) != NULL;) {
        char *end;
        unsigned long port = strtoul(word, &end, 10);

        if (word[0] == '\0')
            continue;
        if (*end != '\0' || port == 0 || port > 65535)
            return FAULT(parser, NJ_FORMAT, "port \"%.20s\", expected 1 to 65535", word);
        if (rule->port_count == CONDITIONS_MAX)
            return FAULT(parser, NJ_LIMIT, "more than %d ports", CONDITIONS_MAX);
        rule->ports[rule->port_count++] = (uint16_t)port;
    }
    return 0;
}

/* The byte behind a backslash. @return characters read, 0 if there is no such escape */
static size_t escape(const char *at, uint8_t *ret_byte)
{
    static const char from[] = "\\\"nrt0", to[] = "\\\"\n\r\t";
    const char *found = at[0] == '\0' ? NULL : strchr(from, at[0]);

    if (found != NULL) {
        *ret_byte = (uint8_t)to[found - from]; /* "0": the end of `to` */
        return 1;
    }
    if (at[0] != 'x' || text_hex_digit(at[1]) < 0 || text_hex_digit(at[2]) < 0)
        return 0;
    *ret_byte = (uint8_t)(text_hex_digit(at[1]) << 4 | text_hex_digit(at[2]));
    return 3;
}

/* `"text"` at *at, which moves behind it. */
static int parse_pattern(struct parser *parser, const char **at, uint8_t bytes[PATTERN_MAX],
                         size_t *ret_length)
{
    const char *c = *at + 1;
    size_t length = 0;

    if (**at != '"')
        return FAULT(parser, NJ_FORMAT, "\"%.20s\", expected a pattern in quotes", *at);
    while (*c != '"') {
        uint8_t byte = (uint8_t)*c;

        if (*c == '\0')
            return FAULT(parser, NJ_FORMAT, "%s", "a pattern without its last quote");
        if (length == PATTERN_MAX)
            return FAULT(parser, NJ_LIMIT, "a pattern of more than %d bytes", PATTERN_MAX);
        if (*c++ == '\\') {
            size_t read = escape(c, &byte);

            if (read == 0)
                return FAULT(parser, NJ_FORMAT, "\"\\%.3s\" is no escape", c);
            c += read;
        }
        bytes[length++] = byte;
    }
    if (length == 0)
        return FAULT(parser, NJ_FORMAT, "%s", "an empty pattern");
    *at = c + 1;
    *ret_length = length;
    return 0;
}

static int parse_match(struct parser *parser, struct rule_entry *rule, const char *at)
{
    struct payload_rules *rules = parser->rules;
    struct alternative *alternative = &rules->alternatives[rules->alternative_count];
    uint8_t bytes[PATTERN_MAX];
    size_t length = 0;

    if (rules->alternative_count == ALTERNATIVES_MAX)
        return FAULT(parser, NJ_LIMIT, "more than %u lines \"match\"", ALTERNATIVES_MAX);
    *alternative = (struct alternative){.rule = (uint16_t)(rules->count - 1)};
    while (*at != '\0') {
        struct use *use = &rules->uses[rules->use_count];
        bool at_start = *at == '^';

        if (rules->use_count == USES_MAX || alternative->needed == UINT8_MAX)
            return FAULT(parser, NJ_LIMIT, "%s", "too many patterns");
        at += at_start;
        if (parse_pattern(parser, &at, bytes, &length) < 0)
            return -1;
        *use = (struct use){.alternative = (uint16_t)rules->alternative_count,
                            .only_end = at_start ? (uint16_t)length : 0};
        if (search_add(rules->search, bytes, length, &use->pattern, parser->err) < 0)
            return nj_within(parser->err, "%s:%u", parser->name, parser->line);
        if (use->pattern >= rules->patterns)
            rules->patterns = use->pattern + 1;
        rules->use_count++;
        alternative->needed++;
        at += strspn(at, " \t");
    }
    if (alternative->needed == 0)
        return FAULT(parser, NJ_FORMAT, "%s", "match without a pattern");
    rules->alternative_count++;
    rule->alternatives++;
    return 0;
}

/* The rule before is complete. */
static int end_rule(struct parser *parser)
{
    const struct payload_rules *rules = parser->rules;
    const struct rule_entry *rule;

    if (rules->count == 0)
        return 0;
    rule = &rules->list[rules->count - 1];
    if (rule->has_class && rule->alternatives > 0 && rule->shown.source[0] != '\0')
        return 0;
    return nj_fail(parser->err, NJ_FORMAT, "%s:%u: rule %s has no %s", parser->name, rule->line,
                   rule->shown.name,
                   !rule->has_class          ? "class"
                   : rule->alternatives == 0 ? "match"
                                             : "source");
}

static int begin_rule(struct parser *parser, const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    struct payload_rules *rules = parser->rules;
    char full[NAME_MAX_LENGTH + 16];
    size_t length = strlen(name);

    if (end_rule(parser) < 0)
        return -1;
    if (length == 0 || length > NAME_MAX_LENGTH || strspn(name, letters) != length)
        return FAULT(parser, NJ_FORMAT,
                     "rule \"%.40s\", expected a name of a-z, 0-9 and -, up to %d long", name,
                     NAME_MAX_LENGTH);
    for (size_t i = 0; i < rules->count; i++)
        if (strcmp(rules->list[i].shown.name, name) == 0)
            return FAULT(parser, NJ_FORMAT, "a second rule %s", name);
    if (rules->count == PAYLOAD_RULES_MAX)
        return FAULT(parser, NJ_LIMIT, "more than %u rules", PAYLOAD_RULES_MAX);
    (void)snprintf(full, sizeof(full), "payload:%s", name);
    rules->list[rules->count++] = (struct rule_entry){
        .shown = {.name = name,
                  .cve = "",
                  .source = "",
                  .rule = nj_intern_z(parser->names, full)},
        .line = parser->line,
    };
    return 0;
}

static int parse_line(struct parser *parser, char *line)
{
    char *key = line + strspn(line, " \t"), *value = key + strcspn(key, " \t");
    size_t length = strlen(value);
    struct rule_entry *rule = NULL;

    while (length > 0 && strchr(" \t\r", value[length - 1]) != NULL)
        value[--length] = '\0';
    if (key[0] == '\0' || key[0] == '#' || key[0] == '\r')
        return 0;
    if (*value != '\0') {
        *value++ = '\0';
        value += strspn(value, " \t");
    }
    if (strcmp(key, "rule") == 0)
        return begin_rule(parser, value);
    if (parser->rules->count == 0)
        return FAULT(parser, NJ_FORMAT, "\"%.20s\" before the first rule", key);
    rule = &parser->rules->list[parser->rules->count - 1];
    if (strcmp(key, "class") == 0)
        return parse_class(parser, rule, value);
    if (strcmp(key, "app") == 0)
        return parse_apps(parser, rule, value);
    if (strcmp(key, "port") == 0)
        return parse_ports(parser, rule, value);
    if (strcmp(key, "match") == 0)
        return parse_match(parser, rule, value);
    if (strcmp(key, "cve") == 0)
        rule->shown.cve = value;
    else if (strcmp(key, "source") == 0)
        rule->shown.source = value;
    else
        return FAULT(parser, NJ_FORMAT, "there is no \"%.20s\" in a rule", key);
    return 0;
}

/* ---- the whole file ---- */

static int by_pattern(const void *left, const void *right)
{
    const struct use *a = left, *b = right;

    if (a->pattern != b->pattern)
        return a->pattern < b->pattern ? -1 : 1;
    return (a->alternative > b->alternative) - (a->alternative < b->alternative);
}

static int finish(struct parser *parser)
{
    struct payload_rules *rules = parser->rules;

    if (end_rule(parser) < 0 || search_build(rules->search, parser->err) < 0)
        return -1;
    qsort(rules->uses, rules->use_count, sizeof(rules->uses[0]), by_pattern);
    rules->first_use = calloc(rules->patterns + 1, sizeof(*rules->first_use));
    if (rules->first_use == NULL)
        return nj_fail(parser->err, NJ_NOMEM, "no memory for %s", parser->name);
    for (size_t i = 0; i < rules->use_count; i++)
        rules->first_use[rules->uses[i].pattern + 1] = (uint32_t)i + 1;
    return 0;
}

static int parse_lines(struct parser *parser, size_t length)
{
    char *next = parser->rules->text;

    if (memchr(next, '\0', length) != NULL)
        return nj_fail(parser->err, NJ_FORMAT, "%s: a byte 0 in a text", parser->name);
    while (next != NULL) {
        parser->line++;
        if (parse_line(parser, strsep(&next, "\n")) < 0)
            return -1;
    }
    return finish(parser);
}

int payload_rules_parse(const char *text, size_t length, const char *name,
                        struct nj_intern *names, struct payload_rules **ret_rules,
                        struct nj_err *err)
{
    struct payload_rules *rules = NULL;
    struct parser parser = {.names = names, .name = name, .err = err};
    int rc = -1;

    if (length > PAYLOAD_FILE_MAX)
        return nj_fail(err, NJ_LIMIT, "%s: %zu bytes, at most %u are read", name, length,
                       PAYLOAD_FILE_MAX);
    rules = calloc(1, sizeof(*rules));
    if (rules != NULL) {
        rules->text = malloc(length + 1);
        rules->list = calloc(PAYLOAD_RULES_MAX, sizeof(*rules->list));
        rules->alternatives = calloc(ALTERNATIVES_MAX, sizeof(*rules->alternatives));
        rules->uses = calloc(USES_MAX, sizeof(*rules->uses));
        rules->search = search_new();
    }
    if (rules == NULL || rules->text == NULL || rules->list == NULL ||
        rules->alternatives == NULL || rules->uses == NULL || rules->search == NULL) {
        nj_fail(err, NJ_NOMEM, "no memory for %s", name);
        goto out;
    }
    memcpy(rules->text, text, length);
    rules->text[length] = '\0';
    parser.rules = rules;
    rc = parse_lines(&parser, length);
    if (rc == 0) {
        *ret_rules = rules;
        rules = NULL;
    }
out:
    payload_rules_free(rules);
    return rc;
}

int payload_rules_load(const char *path, struct nj_intern *names,
                       struct payload_rules **ret_rules, struct nj_err *err)
{
    FILE *in = fopen(path, "rbe");
    char *text = malloc(PAYLOAD_FILE_MAX + 1);
    size_t length;
    int rc;

    if (in == NULL) {
        rc = nj_fail(err, NJ_IO, "open %s", path);
    } else if (text == NULL) {
        rc = nj_fail(err, NJ_NOMEM, "no memory for %s", path);
    } else {
        length = fread(text, 1, PAYLOAD_FILE_MAX + 1, in);
        rc = ferror(in) != 0 ? nj_fail(err, NJ_IO, "read %s", path)
                             : payload_rules_parse(text, length, path, names, ret_rules, err);
    }
    if (in != NULL)
        (void)fclose(in);
    free(text);
    return rc;
}

void payload_rules_free(struct payload_rules *rules)
{
    if (rules == NULL)
        return;
    search_free(rules->search);
    free(rules->first_use);
    free(rules->uses);
    free(rules->alternatives);
    free(rules->list);
    free(rules->text);
    free(rules);
}

/* ---- one payload ---- */

/* What the search has found so far; cleared when the first pattern is seen. */
struct match {
    const struct payload_rules *rules;
    const struct packet *packet;
    bool any;
    size_t best; /* number of a rule, or the number of rules */
    uint64_t seen[USES_MAX / 64];
    uint8_t counts[ALTERNATIVES_MAX];
};

static bool conditions_hold(const struct rule_entry *rule, const struct packet *packet)
{
    bool app = rule->app_count == 0, port = rule->port_count == 0;

    for (unsigned i = 0; i < rule->app_count; i++)
        app |= rule->apps[i] == packet->app;
    for (unsigned i = 0; i < rule->port_count; i++)
        port |= rule->ports[i] == packet->dport;
    return app && port;
}

static void on_pattern(void *ctx, uint32_t pattern, size_t end)
{
    struct match *match = ctx;
    const struct payload_rules *rules = match->rules;

    if (!match->any) {
        memset(match->seen, 0, (rules->use_count + 63) / 64 * sizeof(match->seen[0]));
        memset(match->counts, 0, rules->alternative_count);
        match->any = true;
    }
    for (uint32_t i = rules->first_use[pattern]; i < rules->first_use[pattern + 1]; i++) {
        const struct use *use = &rules->uses[i];
        const struct alternative *alternative = &rules->alternatives[use->alternative];

        if ((use->only_end != 0 && use->only_end != end) ||
            (match->seen[i / 64] & 1ull << i % 64) != 0)
            continue;
        match->seen[i / 64] |= 1ull << i % 64;
        if (++match->counts[use->alternative] == alternative->needed &&
            alternative->rule < match->best &&
            conditions_hold(&rules->list[alternative->rule], match->packet))
            match->best = alternative->rule;
    }
}

const struct payload_rule *payload_rules_find(const struct payload_rules *rules,
                                              const struct packet *packet)
{
    size_t length = packet->payload_length;
    struct match match;

    match.rules = rules;
    match.packet = packet;
    match.any = false;
    match.best = rules->count;
    if (length > PAYLOAD_SEARCHED)
        length = PAYLOAD_SEARCHED;
    search_run(rules->search, packet->payload, length, on_pattern, &match);
    return match.best < rules->count ? &rules->list[match.best].shown : NULL;
}
