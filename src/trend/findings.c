/* SPDX-License-Identifier: Apache-2.0 */
/* All findings of a period: each week is tested as one family against the weeks before it. A
 * week of which only some weekdays were captured is compared with the same weekdays of the
 * others, since distinct sources do not grow in proportion to days. */
#include "trend/findings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/stat.h"
#include "trend/internal.h"
#include "trend/load.h"

#define ALL_WEEKDAYS 0x7fu

const char *const finding_names[FINDING_KINDS] = {
    [FINDING_NEWCOMER] = "newcomer", [FINDING_NEW_PORT] = "new-port",
    [FINDING_BURST] = "burst",       [FINDING_NEIGHBOUR] = "neighbour",
    [FINDING_SHARE] = "share",
};
const char *const finding_state_names[FINDING_STATES] = {
    [FINDING_PROVISIONAL] = "provisional",
    [FINDING_CONFIRMED] = "confirmed",
    [FINDING_PASSED] = "passed",
};

size_t family_add(struct week_test *test, double p, struct nj_err *err)
{
    if (test->family_count == test->family_room) {
        size_t room = test->family_room == 0 ? 1024 : 2 * test->family_room;
        double *bigger = reallocarray(test->family, room, sizeof(*bigger));

        if (bigger == NULL) {
            (void)nj_fail(err, NJ_NOMEM, "no memory for %zu tests", room);
            return SIZE_MAX;
        }
        test->family = bigger;
        test->family_room = room;
    }
    test->family[test->family_count] = p;
    return test->family_count++;
}

static int findings_add(struct findings *findings, const struct finding *finding,
                        struct nj_err *err)
{
    if (findings->count == findings->room) {
        size_t room = findings->room == 0 ? 64 : 2 * findings->room;
        struct finding *bigger = reallocarray(findings->items, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu findings", room);
        findings->items = bigger;
        findings->room = room;
    }
    findings->items[findings->count++] = *finding;
    return 0;
}

int candidate_add(struct week_test *test, const struct finding *finding, size_t at,
                  struct nj_err *err)
{
    struct finding candidate = *finding;

    candidate.q = (double)at; /* until the family is complete: its place there */
    return findings_add(&test->found, &candidate, err);
}

struct finding finding_of(const struct week_test *test, enum finding_kind kind,
                          struct history_series series, const struct surprise *surprise)
{
    const struct history_cell *cell = history_cell_of(series, test->week);
    struct finding finding = {
        .kind = kind,
        .monday = test->history->weeks[test->week].monday,
        .count = surprise->count,
        .baseline = surprise->mean,
        .ratio = surprise->ratio,
        .p = surprise->p,
        .unit = test->question->unit,
    };

    if (cell != NULL) {
        finding.port = cell->port;
        finding.sources = cell->sources;
        finding.networks = cell->networks;
        finding.actors = cell->actors;
        memcpy(finding.country, test->history->groups[cell->group].country,
               sizeof(finding.country));
    }
    return finding;
}

const struct pairs *week_pairs(struct week_test *test, struct nj_err *err)
{
    if (!test->pairs_loaded) {
        test->pairs_loaded = true;
        if (pairs_load(test->store, test->history, test->week, &test->pairs, err) < 0)
            return NULL;
    }
    return &test->pairs;
}

static bool group_asked(const struct week_test *test, uint32_t group)
{
    const struct findings_question *question = test->question;
    const char *country = test->history->groups[group].country;

    if (country[0] == '\0')
        return true;
    if (country[0] == '?' || /* no place, and nobody can be asked there */
        history_total_of(test->history, group, test->week)->sources < FINDINGS_SOURCES_MIN)
        return false;
    for (size_t i = 0; i < question->country_count; i++)
        if (strcmp(question->countries[i], country) == 0)
            return true;
    return question->countries == NULL;
}

/* Adjust the family's p-values, and keep what is accepted. */
static int accept(struct week_test *test, struct findings *findings, struct nj_err *err)
{
    double *q = calloc(test->family_count + 1, sizeof(*q));

    if (q == NULL || nj_benjamini(test->family, test->family_count, q) < 0) {
        free(q);
        return nj_fail(err, NJ_NOMEM, "no memory for %zu tests", test->family_count);
    }
    for (size_t i = 0; i < test->found.count; i++) {
        struct finding *finding = &test->found.items[i];

        finding->q = q[(size_t)finding->q];
        if (finding->q > test->question->q)
            continue;
        finding->uniform = test->reach == NULL
                               ? NAN
                               : reach_of(test->reach, finding->country, finding->port.proto,
                                          finding->port.port);
        finding_tell(test, finding);
        if (findings_add(findings, finding, err) < 0) {
            free(q);
            return -1;
        }
    }
    free(q);
    return 0;
}

/* One kind in all groups of the week is a family: many sure findings of one kind must not make
 * room for doubtful ones of another. */
static int test_kind(struct week_test *test, kind_fn kind, struct findings *findings,
                     struct nj_err *err)
{
    test->family_count = 0;
    test->found.count = 0;
    for (uint32_t group = 0; group < test->history->group_count; group++) {
        struct surprise_model model;

        if (!group_asked(test, group))
            continue;
        surprise_model_init(&model, test->history, group, test->week);
        if (kind(test, &model, err) < 0)
            return -1;
    }
    findings->tested += test->family_count;
    return accept(test, findings, err);
}

static int test_week(struct week_test *test, struct findings *findings, struct nj_err *err)
{
    static const kind_fn kinds[] = {newcomer_test, neighbour_test, share_test, burst_test};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        rc = test_kind(test, kinds[i], findings, err);
    findings_done(&test->found);
    pairs_done(&test->pairs);
    free(test->family);
    return rc;
}

int findings_week(const struct history *history, uint32_t week, const struct hours *hours,
                  const struct findings_question *question, struct findings *findings,
                  struct nj_err *err)
{
    struct week_test test = {
        .history = history, .week = week, .hours = hours, .question = question};

    return test_week(&test, findings, err);
}

/* ---- a period of a store ---- */

static int compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order;

    if (x->monday != y->monday)
        return x->monday > y->monday ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->q != y->q)
        return x->q < y->q ? -1 : 1;
    order = strcmp(x->country, y->country);
    if (order != 0)
        return order;
    if (x->port.proto != y->port.proto)
        return x->port.proto < y->port.proto ? -1 : 1;
    return x->port.port < y->port.port ? -1 : x->port.port > y->port.port;
}

static bool in_period(const struct captured_week *week, const struct store_scope *scope)
{
    int64_t from = (int64_t)week->monday * DAY_US;

    return from + 7 * DAY_US > scope->from_us && from <= scope->to_us;
}

static bool is_tested(const struct captured_week *week, unsigned weekdays,
                      const struct findings_question *question)
{
    return week->weekdays == weekdays && in_period(week, &question->scope);
}

/* The hours of all ports that lead some tested group in some tested week. */
static int load_hours(struct store *store, const struct findings_question *question,
                      const struct captured_weeks *weeks, unsigned weekdays,
                      const struct weeks_question *counting, const struct history *history,
                      struct hours *ret, struct nj_err *err)
{
    struct week_test test = {.history = history, .question = question};
    struct weeks_question period = *counting;
    uint32_t *ports =
        calloc(history->group_count * history->week_count * BURST_PORTS + 1, sizeof(*ports));
    size_t count = 0;
    int rc;

    if (ports == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for leading ports");
    for (size_t i = 0; i < weeks->count; i++) {
        size_t at = history_find_week(history, weeks->items[i].monday);

        if (!is_tested(&weeks->items[i], weekdays, question) || at == history->week_count)
            continue;
        test.week = (uint32_t)at;
        if (count == 0) /* the first one */
            period.scope.from_us = ((int64_t)weeks->items[i].monday - 7) * DAY_US;
        for (uint32_t group = 0; group < history->group_count; group++)
            if (group_asked(&test, group))
                count += burst_ports(history, group, test.week, ports + count);
    }
    rc = hours_load(store, &period, history, ports, count, ret, err);
    free(ports);
    return rc;
}

/* Whether a week has what surprise_model_init asks for, before anything is counted. */
static bool has_baseline(const struct captured_weeks *weeks, int32_t monday)
{
    uint32_t before = 0;
    bool own = false;

    for (size_t i = 0; i < weeks->count; i++) {
        const struct captured_week *week = &weeks->items[i];

        if (week->hours < SURPRISE_HOURS_MIN)
            continue;
        own = own || week->monday == monday;
        before +=
            week->monday < monday && week->monday >= monday - 7 * (int32_t)HISTORY_BASELINE;
    }
    return own && before >= 2;
}

/* How many weeks could be tested on these weekdays, and how many not. */
static int count_testable(const struct findings_question *question,
                          const struct captured_days *days, const struct captured_weeks *weeks,
                          unsigned weekdays, uint32_t *ret_can, uint32_t *ret_not,
                          struct nj_err *err)
{
    struct captured_weeks cut = {0};

    *ret_can = *ret_not = 0;
    if (weeks_of(days, weekdays, &cut, err) < 0) {
        free(cut.items);
        return -1;
    }
    for (size_t i = 0; i < weeks->count; i++)
        if (is_tested(&weeks->items[i], weekdays, question)) {
            if (has_baseline(&cut, weeks->items[i].monday))
                (*ret_can)++;
            else
                (*ret_not)++;
        }
    free(cut.items);
    return 0;
}

/* Test those weeks of the period that were captured on exactly these weekdays. */
static int find_on(struct store *store, const struct findings_question *question,
                   const struct captured_days *days, const struct captured_weeks *weeks,
                   unsigned weekdays, struct weeks_question *counting,
                   struct findings *findings, struct nj_err *err)
{
    struct history history = {0};
    struct hours hours = {0};
    uint32_t can, others;
    int rc = -1;

    if (count_testable(question, days, weeks, weekdays, &can, &others, err) < 0)
        return -1;
    if (can == 0) { /* nothing need be counted */
        findings->weeks_untested += others;
        return 0;
    }
    counting->weekdays = weekdays;
    if (load_history(store, counting, days, &history, err) < 0 ||
        (weekdays == ALL_WEEKDAYS &&
         load_hours(store, question, weeks, weekdays, counting, &history, &hours, err) < 0))
        goto out;
    for (size_t i = 0; i < weeks->count; i++) {
        const struct captured_week *week = &weeks->items[i];
        size_t at = history_find_week(&history, week->monday);
        struct surprise_model model;
        struct week_test test = {.history = &history,
                                 .week = (uint32_t)at,
                                 .store = store,
                                 .question = question,
                                 .reach = &findings->reach,
                                 .hours = &hours};

        if (!is_tested(week, weekdays, question) || at == history.week_count)
            continue;
        surprise_model_init(&model, &history, 0, (uint32_t)at);
        if (model.baseline_count == 0) {
            findings->weeks_untested++;
            continue;
        }
        findings->weeks++;
        if (test_week(&test, findings, err) < 0)
            goto out;
    }
    rc = 0;
out:
    store_weeks_end(store);
    hours_done(&hours);
    history_done(&history);
    return rc;
}

int findings_find(struct store *store, const struct findings_question *question,
                  struct findings *ret, struct nj_err *err)
{
    struct weeks_question counting = {.scope = question->scope,
                                      .unit = question->unit,
                                      .weekdays = ALL_WEEKDAYS,
                                      .focus = HISTORY_FOCUS};
    struct captured_days days = {0};
    struct captured_weeks weeks = {0};
    bool done[ALL_WEEKDAYS + 1] = {false};
    int rc = -1;

    *ret = (struct findings){0};
    if (reach_load(store, &question->scope, question->sensors, question->sensor_count,
                   question->countries, question->country_count, &ret->reach, err) < 0)
        goto out;
    /* whole days, so that summaries can answer; and the weeks before, to compare with */
    if (counting.scope.from_us != INT64_MIN)
        counting.scope.from_us =
            (counting.scope.from_us / DAY_US - 7 * ((int64_t)HISTORY_BASELINE + 1)) * DAY_US;
    if (counting.scope.to_us != INT64_MAX)
        counting.scope.to_us = (counting.scope.to_us / DAY_US + 1) * DAY_US - 1;
    if (load_days(store, &counting, &days, err) < 0 ||
        weeks_of(&days, ALL_WEEKDAYS, &weeks, err) < 0)
        goto out;
    for (size_t i = 0; i < weeks.count; i++) {
        unsigned weekdays = weeks.items[i].weekdays & ALL_WEEKDAYS;

        if (done[weekdays] || !in_period(&weeks.items[i], &question->scope))
            continue;
        done[weekdays] = true;
        if (find_on(store, question, &days, &weeks, weekdays, &counting, ret, err) < 0)
            goto out;
    }
    if (ret->count > 0)
        qsort(ret->items, ret->count, sizeof(*ret->items), compare);
    rc = 0;
out:
    free(weeks.items);
    free(days.items);
    if (rc < 0)
        findings_done(ret);
    return rc;
}

void findings_done(struct findings *findings)
{
    free(findings->items);
    reach_done(&findings->reach);
    *findings = (struct findings){0};
}
