/* SPDX-License-Identifier: Apache-2.0 */
/* Findings on histories made by hand: what must be found, and what must not. */
#include "trend/findings.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "trend/hours.h"

#define WEEKS 10u
#define PORTS 60u
#define MONDAY 18393 /* 2020-05-11 */

static struct nj_err err;
static const struct findings_question plain = {.unit = UNIT_SOURCES, .q = FINDINGS_Q};

static void cell(struct history *history, uint32_t week, uint16_t port, uint64_t count)
{
    const struct history_cell added = {.week = week,
                                       .port = {.port = port, .proto = 6},
                                       .count = count,
                                       .sources = count,
                                       .networks = count < 40 ? count : 40};

    assert_int_equal(history_add_cell(history, &added, &err), 0);
}

/* About Poisson: the sum of many small chances. */
static uint64_t scattered(struct nj_rng *rng, uint32_t mean)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < 4 * mean; i++)
        count += nj_rng_below(rng, 4) == 0;
    return count;
}

/* Sixty ports of 20 to 433 sources each, week after week the same but for chance. */
static struct history quiet(uint64_t seed)
{
    struct nj_rng rng = nj_rng(seed, 0);
    struct history history;

    assert_int_equal(history_init(&history, &err), 0);
    for (uint32_t week = 0; week < WEEKS; week++)
        assert_int_equal(history_add_week(&history, MONDAY + 7 * (int32_t)week, 168, &err), 0);
    for (uint32_t week = 0; week < WEEKS; week++)
        for (uint32_t port = 0; port < PORTS; port++)
            cell(&history, week, (uint16_t)(47000 + port), scattered(&rng, 20 + 7 * port));
    return history;
}

static void set_totals(struct history *history, uint64_t count)
{
    for (uint32_t week = 0; week < history->week_count; week++) {
        const struct history_total total = {.count = count, .sources = count};

        assert_int_equal(history_set_total(history, 0, week, &total, &err), 0);
    }
}

static struct findings find(struct history *history, uint32_t week, const struct hours *hours)
{
    struct findings findings = {0};

    history_sort(history);
    assert_int_equal(findings_week(history, week, hours, &plain, &findings, &err), 0);
    return findings;
}

static const struct finding *only(const struct findings *findings, enum finding_kind kind)
{
    const struct finding *found = NULL;

    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].kind != kind)
            continue;
        assert_null(found);
        found = &findings->items[i];
    }
    assert_non_null(found);
    return found;
}

static void weeks_that_differ_by_chance_alone_are_no_news(void **state)
{
    size_t reports = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct history history = quiet(seed);
        struct findings findings = find(&history, WEEKS - 1, NULL);

        reports += findings.count;
        findings_done(&findings);
        history_done(&history);
    }
    assert_in_range(reports, 0, 10); /* one in four weeks */
}

static void a_port_that_jumps_into_the_top_ten_is_a_newcomer(void **state)
{
    struct history history = quiet(1);
    struct findings findings;
    const struct finding *found;

    (void)state;
    for (uint32_t week = 0; week < WEEKS - 1; week++)
        cell(&history, week, 9530, 30);
    cell(&history, WEEKS - 1, 9530, 500);
    findings = find(&history, WEEKS - 1, NULL);
    found = only(&findings, FINDING_NEWCOMER);
    assert_int_equal(found->port.port, 9530);
    assert_int_equal(found->state, FINDING_PROVISIONAL);
    assert_true(found->q < 0.05 && found->ratio > 10);
    assert_non_null(strstr(found->text, "TCP 9530 came into the top ten: 500 sources"));
    findings_done(&findings);
    history_done(&history);
}

static void a_newcomer_is_confirmed_or_passes_by_the_week_after(void **state)
{
    (void)state;
    for (int stays = 0; stays <= 1; stays++) {
        struct history history = quiet(1);
        struct findings findings;

        cell(&history, WEEKS - 2, 9530, 500);
        if (stays)
            cell(&history, WEEKS - 1, 9530, 400);
        findings = find(&history, WEEKS - 2, NULL);
        assert_int_equal(only(&findings, FINDING_NEWCOMER)->state,
                         stays ? FINDING_CONFIRMED : FINDING_PASSED);
        findings_done(&findings);
        history_done(&history);
    }
}

static void a_port_without_history_is_new_without_the_top_ten(void **state)
{
    struct history history = quiet(1);
    struct findings findings;

    (void)state;
    cell(&history, WEEKS - 1, 5977, 12);
    findings = find(&history, WEEKS - 1, NULL);
    assert_int_equal(only(&findings, FINDING_NEW_PORT)->port.port, 5977);
    findings_done(&findings);
    history_done(&history);
}

static void few_networks_are_called_perhaps_one_operator(void **state)
{
    struct history history = quiet(1);
    struct history_cell lone = {.week = WEEKS - 1,
                                .port = {.port = 5977, .proto = 6},
                                .count = 40,
                                .sources = 40,
                                .networks = 1};
    struct findings findings;

    (void)state;
    assert_int_equal(history_add_cell(&history, &lone, &err), 0);
    findings = find(&history, WEEKS - 1, NULL);
    assert_true(only(&findings, FINDING_NEW_PORT)->single_operator);
    findings_done(&findings);
    history_done(&history);
}

static void ports_around_a_known_one_stand_out_as_far_as_the_run_goes(void **state)
{
    struct history history = quiet(1);
    struct findings findings;
    size_t neighbours = 0;

    (void)state;
    for (uint32_t week = 0; week < WEEKS; week++) {
        for (uint16_t port = 3380; port <= 3400; port++)
            cell(&history, week, port, port == 3389 ? 500 : 40);
        cell(&history, week, 3420, 40); /* away from the run */
    }
    findings = find(&history, WEEKS - 1, NULL);
    for (size_t i = 0; i < findings.count; i++) {
        if (findings.items[i].kind != FINDING_NEIGHBOUR)
            continue;
        assert_int_equal(findings.items[i].near, 3389);
        assert_in_range(findings.items[i].port.port, 3380, 3400);
        neighbours++;
    }
    assert_int_equal(neighbours, 20);
    findings_done(&findings);
    history_done(&history);
}

static bool is_own(void *ctx, uint16_t port, uint8_t proto, uint16_t near)
{
    (void)ctx;
    return proto == 6 && port == 1080 && near == 80;
}

static void a_port_with_a_service_of_its_own_is_no_neighbour(void **state)
{
    struct findings_question knowing = plain;
    struct history history = quiet(1);
    struct findings findings = {0};

    (void)state;
    for (uint32_t week = 0; week < WEEKS; week++) {
        cell(&history, week, 80, 500);
        cell(&history, week, 1080, 40);
        cell(&history, week, 8080, 500);
        cell(&history, week, 8081, 40);
    }
    knowing.own_service = is_own;
    history_sort(&history);
    assert_int_equal(findings_week(&history, WEEKS - 1, NULL, &knowing, &findings, &err), 0);
    assert_int_equal(only(&findings, FINDING_NEIGHBOUR)->port.port, 8081);
    findings_done(&findings);
    history_done(&history);
}

/* Twenty ports of 20 to 153 sources, of which in the last week all have four times as many. */
static void a_rise_of_everything_is_no_news_of_one_port(void **state)
{
    struct nj_rng rng = nj_rng(3, 0);
    struct history history;
    struct findings findings;

    (void)state;
    assert_int_equal(history_init(&history, &err), 0);
    for (uint32_t week = 0; week < WEEKS; week++) {
        assert_int_equal(history_add_week(&history, MONDAY + 7 * (int32_t)week, 168, &err), 0);
        for (uint32_t port = 0; port < 20; port++)
            cell(&history, week, (uint16_t)(47000 + port),
                 scattered(&rng, (week == WEEKS - 1 ? 4 : 1) * (20 + 7 * port)));
        /* the twelfth of them rises a little more and so comes into the top ten */
        cell(&history, week, 48000, week == WEEKS - 1 ? 500 : 80);
    }
    findings = find(&history, WEEKS - 1, NULL);
    assert_int_equal(findings.count, 0);
    findings_done(&findings);
    history_done(&history);
}

static void a_changed_share_of_the_leading_port_is_told_with_both_shares(void **state)
{
    struct history history = quiet(1);
    struct findings findings;
    const struct finding *found;

    (void)state;
    for (uint32_t week = 0; week < WEEKS; week++)
        cell(&history, week, 1433, week == WEEKS - 1 ? 4500 : 3000 + week);
    set_totals(&history, 10000);
    findings = find(&history, WEEKS - 1, NULL);
    found = only(&findings, FINDING_SHARE);
    assert_int_equal(found->port.port, 1433);
    assert_true(fabs(found->share - 0.45) < 1e-9);
    assert_non_null(strstr(found->text, "has 45.0 % of all sources, against 30.0 %"));
    findings_done(&findings);
    history_done(&history);
}

static void hours_of_many_beginners_are_a_burst_with_its_hours(void **state)
{
    const int32_t monday_hour = (MONDAY + 7 * ((int32_t)WEEKS - 1)) * 24;
    struct history history = quiet(1);
    struct nj_rng rng = nj_rng(7, 7);
    struct hours hours = {0};
    struct findings findings;
    const struct finding *found;

    (void)state;
    for (uint32_t week = 0; week < WEEKS; week++)
        cell(&history, week, 23, 2000);
    for (int32_t hour = -168; hour < 168; hour++) {
        const struct hour_cell beginners = {
            .port = {.port = 23, .proto = 6},
            .hour = monday_hour + hour,
            .count = (uint32_t)scattered(&rng, hour >= 50 && hour < 56 ? 60 : 10)};

        assert_int_equal(hours_add(&hours, &beginners, &err), 0);
    }
    hours_sort(&hours);
    findings = find(&history, WEEKS - 1, &hours);
    found = only(&findings, FINDING_BURST);
    assert_int_equal(found->start_us / 3600000000, monday_hour + 50);
    assert_int_equal(found->end_us / 3600000000, monday_hour + 56);
    findings_done(&findings);
    hours_done(&hours);
    history_done(&history);
}

static void a_first_week_is_not_tested(void **state)
{
    struct history history = quiet(1);
    struct findings findings = find(&history, 0, NULL);

    (void)state;
    assert_int_equal(findings.count, 0);
    findings_done(&findings);
    history_done(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weeks_that_differ_by_chance_alone_are_no_news),
        cmocka_unit_test(a_port_that_jumps_into_the_top_ten_is_a_newcomer),
        cmocka_unit_test(a_newcomer_is_confirmed_or_passes_by_the_week_after),
        cmocka_unit_test(a_port_without_history_is_new_without_the_top_ten),
        cmocka_unit_test(few_networks_are_called_perhaps_one_operator),
        cmocka_unit_test(ports_around_a_known_one_stand_out_as_far_as_the_run_goes),
        cmocka_unit_test(a_port_with_a_service_of_its_own_is_no_neighbour),
        cmocka_unit_test(a_rise_of_everything_is_no_news_of_one_port),
        cmocka_unit_test(a_changed_share_of_the_leading_port_is_told_with_both_shares),
        cmocka_unit_test(hours_of_many_beginners_are_a_burst_with_its_hours),
        cmocka_unit_test(a_first_week_is_not_tested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
