/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar policy show|test|set|confirm [FILE]: the rules that decisions are made by. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/page.h"
#include "cli/policy.h"
#include "store/candidates.h"
#include "store/decisions.h"

struct asked {
    const struct cli *cli;
    const struct setup *setup;
    const char *verb, *file;
    int64_t at_us;
    unsigned limit;
    bool empty; /* an allow list may have none */
};

/* ---- test: what would change ---- */

static const char *const change_columns[] = {"net",   "before",        "after", "until",
                                             "level", "grade",         "hop",   "rule_before",
                                             "rule",  "reason_before", "reason"};
#define CHANGE_CELLS (sizeof(change_columns) / sizeof(change_columns[0]))

static enum action action_of(const struct decision *decision)
{
    return decision == NULL || decision->state != DECISION_ACTIVE ? ACTION_NONE
                                                                  : decision->action;
}

static int send_change(const struct row_sink *sink, const struct decision *before,
                       const struct decision *after, struct nj_err *err)
{
    const struct decision *of = after != NULL ? after : before;
    char net[PREFIX_TEXT_MAX];
    char grade[2] = {"ABCD"[of->grade], '\0'};
    struct cell cells[CHANGE_CELLS] = {
        text_cell(prefix_text(&of->net, net)),
        text_cell(action_names[action_of(before)]),
        text_cell(action_names[action_of(after)]),
        {.kind = CELL_NULL},
        text_cell(risk_level_names[of->level]),
        text_cell(grade),
        {.kind = CELL_NULL},
        text_cell(before == NULL ? NULL : before->rule),
        text_cell(after == NULL ? NULL : after->rule),
        text_cell(before == NULL ? NULL : before->reason),
        text_cell(after == NULL ? NULL : after->reason),
    };

    if (action_of(after) != ACTION_NONE)
        cells[3] = (struct cell){.kind = CELL_TIME, .number = after->until_us};
    if (of->hop > 0)
        cells[6] = (struct cell){.kind = CELL_REAL, .real = of->hop};
    return sink->row(sink->ctx, cells, CHANGE_CELLS, err);
}

static int order(const struct decision *a, const struct decision *b)
{
    int order = addr_compare(a->net.first, b->net.first);

    return order != 0 ? order : addr_compare(b->net.last, a->net.last);
}

struct change {
    const struct decision *before, *after;
};

static int change_worse(const void *left, const void *right)
{
    const struct change *a = left, *b = right;
    const struct decision *x = a->after != NULL ? a->after : a->before;
    const struct decision *y = b->after != NULL ? b->after : b->before;

    return decision_worse(x, y);
}

/* Both are in the order of addresses. */
static size_t list_changes(const struct decisions *old, const struct decisions *new,
                           struct change *changes)
{
    size_t i = 0, j = 0, count = 0;

    while (i < old->count || j < new->count) {
        int which = i == old->count   ? 1
                    : j == new->count ? -1
                                      : order(&old->items[i], &new->items[j]);
        struct change change = {.before = which <= 0 ? &old->items[i] : NULL,
                                .after = which >= 0 ? &new->items[j] : NULL};

        i += which <= 0;
        j += which >= 0;
        if (action_of(change.before) != action_of(change.after))
            changes[count++] = change;
    }
    return count;
}

static int compare(const struct asked *asked, const struct decisions *old,
                   const struct decisions *new, const struct row_sink *sink, struct nj_err *err)
{
    struct change *changes = calloc(old->count + new->count + 1, sizeof(*changes));
    size_t count;
    int rc;

    if (changes == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a comparison");
    count = list_changes(old, new, changes);
    qsort(changes, count, sizeof(*changes), change_worse);
    rc = sink->head(sink->ctx, change_columns, CHANGE_CELLS, err);
    for (size_t i = 0; rc == 0 && i < count && (asked->limit == 0 || i < asked->limit); i++)
        rc = send_change(sink, changes[i].before, changes[i].after, err);
    if (rc == 0 && !asked->cli->quiet)
        cli_say("%zu addresses would be treated in another way%s", count,
                asked->limit > 0 && count > asked->limit ? "; --number 0 shows all" : "");
    free(changes);
    return rc;
}

static int decide_by(const struct asked *asked, struct store *store, const char *file,
                     int64_t at_us, struct decisions *ret, struct nj_err *err)
{
    struct policy_ready ready;
    int rc;

    if (policy_load_ready(asked->setup, store, file, true, &ready, err) < 0)
        return -1;
    rc = policy_decide(store, &ready.policy, ready.allow, at_us, ret, err);
    policy_ready_done(&ready);
    return rc;
}

static int test(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    struct asked *asked = ctx;
    struct decisions old = {0}, new = {0};
    int rc = policy_instant(store, &asked->at_us, err);

    /* the new one first: an error in it is what the user came for */
    if (rc == 0)
        rc = decide_by(asked, store, asked->file, asked->at_us, &new, err);
    if (rc == 0)
        rc = decide_by(asked, store, NULL, asked->at_us, &old, err);
    if (rc == 0)
        rc = compare(asked, &old, &new, sink, err);
    decisions_done(&old);
    decisions_done(&new);
    return rc;
}

/* ---- show, set, confirm ---- */

/* The rules as the policy has them. NULL when out of memory */
static json_t *rules_json(const struct policy *policy)
{
    json_t *list = json_array();

    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct policy_rule *rule = &policy->rules[i];
        json_t *at_most = rule->at_most > 0 ? json_integer(rule->at_most) : json_null();

        if (json_array_append_new(list, json_pack("{ss ss sf so si}", "rule", rule->name,
                                                  "action", action_names[rule->action], "hours",
                                                  (double)rule->for_us / 3.6e9, "at_most",
                                                  at_most, "line", (int)rule->line)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *allow_lists_json(const struct policy_ready *ready)
{
    json_t *list = json_array();

    for (size_t i = 0; i < ready->policy.file_count; i++)
        if (json_array_append_new(list, json_pack("{so? sI}", "list",
                                                  json_string(ready->files[i].path), "entries",
                                                  (json_int_t)ready->files[i].entries)) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static int show(struct store *store, const struct asked *asked, struct nj_err *err)
{
    struct policy_ready ready;
    json_t *object;
    int rc;

    if (policy_load_ready(asked->setup, store, asked->file, true, &ready, err) < 0)
        return -1;
    /* a path may be no UTF-8, which JSON can't tell */
    object = json_pack("{so? ss# si so so}", "policy", json_string(ready.path), "grade",
                       &"ABCD"[ready.policy.grade], 1, "follow",
                       (int)(ready.policy.follow * 100 + 0.5), "rules",
                       rules_json(&ready.policy), "allow_lists", allow_lists_json(&ready));
    rc = object == NULL ? nj_fail(err, NJ_NOMEM, "no memory for the answer")
                        : page_print(asked->cli->format, object, err);
    json_decref(object);
    policy_ready_done(&ready);
    return rc;
}

static int put_in_force(struct store *store, const struct asked *asked, struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = candidate_fields(&count);
    struct policy_ready ready;
    struct policy policy;
    char *text = NULL;
    int rc;

    if (policy_load_ready(asked->setup, store, asked->file, asked->empty, &ready, err) < 0)
        return -1;
    rc = policy_load(ready.path, fields, count, &policy, &text, err);
    if (rc == 0) {
        policy_done(&policy);
        rc = store_set_policy(store, ready.path, text, nj_wall_us(), err);
    }
    if (rc == 0)
        rc = policy_remember(store, &ready, err);
    if (rc == 0 && !asked->cli->quiet)
        cli_say("%s is in force: %zu rules", ready.path, ready.policy.rule_count);
    free(text);
    policy_ready_done(&ready);
    return rc;
}

static int confirm(struct store *store, const struct asked *asked, struct nj_err *err)
{
    struct policy_ready ready;
    int rc;

    if (policy_load_ready(asked->setup, store, NULL, true, &ready, err) < 0)
        return -1;
    rc = policy_remember(store, &ready, err);
    for (size_t i = 0; rc == 0 && !asked->cli->quiet && i < ready.policy.file_count; i++)
        cli_say("%s: %zu entries", ready.files[i].path, ready.files[i].entries);
    policy_ready_done(&ready);
    return rc;
}

/* ---- the command ---- */

static int run(struct asked *asked, struct nj_err *err)
{
    static const char *const brief[] = {"net",   "before", "after",       "until", "level",
                                        "grade", "hop",    "rule_before", "rule",  NULL};
    struct store *store;
    int rc;

    if (strcmp(asked->verb, "test") == 0)
        return ask_rows(asked->cli, asked->setup, asked->cli->verbose ? NULL : brief, test,
                        asked, err);
    if (ask_open(asked->setup, &store, err) < 0)
        return -1;
    if (strcmp(asked->verb, "show") == 0)
        rc = show(store, asked, err);
    else if (strcmp(asked->verb, "set") == 0)
        rc = put_in_force(store, asked, err);
    else
        rc = confirm(store, asked, err);
    store_close(store);
    return rc;
}

static int check_words(const struct cli *cli, struct asked *asked)
{
    static const char *const verbs[] = {"show", "test", "set", "confirm", NULL};
    char hint[CLI_SUGGEST_MAX];
    bool needs_file;

    if (cli->word_count == 0)
        return cli_usage(cli, "expected show, test FILE, set FILE or confirm");
    asked->verb = cli->words[0];
    for (size_t i = 0; verbs[i] != NULL; i++) {
        if (strcmp(asked->verb, verbs[i]) != 0)
            continue;
        needs_file = i == 1 || i == 2;
        if (cli->word_count != 1 + (size_t)needs_file && !(i == 0 && cli->word_count == 2))
            return cli_usage(cli,
                             needs_file ? "expected one file behind \"%s\""
                                        : "nothing was expected behind \"%s\"",
                             asked->verb);
        asked->file = cli->word_count > 1 ? cli->words[1] : NULL;
        return 0;
    }
    return cli_usage(cli, "policy %s: %s", asked->verb, cli_suggest(asked->verb, verbs, hint));
}

int cmd_policy(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct asked asked = {.cli = cli, .at_us = INT64_MAX, .limit = 50};
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "test: rows at most (50; 0: all)",
         .number = &asked.limit},
        {.name = "at",
         .argument = "TIME",
         .help = "test: as of this day's end or instant (the last packet)",
         .to = &asked.at_us},
        {.name = "allow-empty",
         .help = "set: an allow list may have become empty",
         .flag = &asked.empty},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = check_words(cli, &asked);
    if (rc != 0)
        return rc;
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    asked.setup = &setup;
    rc = run(&asked, err);
    setup_done(&setup);
    return rc;
}
