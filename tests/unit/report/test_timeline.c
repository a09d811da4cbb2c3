/* SPDX-License-Identifier: Apache-2.0 */
#include "report/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The picture of one address with source ports from `low` to `high`. */
static void draw(uint16_t low, uint16_t high, struct text *to)
{
    struct timeline_cell cell = {.start_us = 1411430400000000,
                                 .port = 23,
                                 .proto = 6,
                                 .sessions = 7,
                                 .sport_min = low,
                                 .sport_max = high};
    const struct timeline timeline = {
        .source_count = 1, .by = PERIOD_DAY, .cells = &cell, .count = 1};

    timeline_svg(&timeline, 1, to);
    text_add(to, "", 1);
    assert_false(to->no_memory);
}

static void the_axis_of_source_ports_ends_where_ports_end(void **state)
{
    static const uint16_t lows[] = {0, 1024, 32000, 49152, 65000, 65530};

    (void)state;
    for (size_t i = 0; i < sizeof(lows) / sizeof(lows[0]); i++) {
        struct text text = {0};
        double last = -1;

        draw(lows[i], 65535, &text);
        for (const char *at = text.bytes; (at = strstr(at, "text-anchor=\"end\">")) != NULL;) {
            char *end;
            double tick = strtod(at += strlen("text-anchor=\"end\">"), &end);

            if (*end != '<')
                continue;
            assert_true(tick <= 65535 && tick > last);
            last = tick;
        }
        assert_true(last == 65535);
        text_done(&text);
    }
}

static void a_tick_too_near_to_the_end_gives_way(void **state)
{
    struct text text = {0};

    (void)state;
    draw(50000, 65535, &text);
    assert_non_null(strstr(text.bytes, ">65535<"));
    assert_non_null(strstr(text.bytes, ">60000<"));
    assert_null(strstr(text.bytes, ">65000<"));
    text_done(&text);
}

/* ---- several addresses ---- */

#define MANY 9u

/* The picture of so many addresses that ask for the same port in the same period, the earlier
 * ones more often. */
static void draw_many(size_t count, enum period by, struct text *to)
{
    struct timeline_cell cells[MANY];
    struct timeline timeline = {
        .source_count = count, .by = by, .cells = cells, .count = count};

    for (uint32_t i = 0; i < count; i++) {
        cells[i] = (struct timeline_cell){.source = i,
                                          .start_us = 1411430400000000,
                                          .port = 23,
                                          .proto = 6,
                                          .sessions = 100 - i,
                                          .sport_min = 2000,
                                          .sport_max = 2000};
        timeline.sources[i] = addr_from_v4(0xcb007101 + i);
    }
    timeline_svg(&timeline, 1, to);
    text_add(to, "", 1);
    assert_false(to->no_memory);
}

/* How often it is there; the last place is given back. */
static size_t times(const char *text, const char *wanted, const char **ret_last)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, wanted)) != NULL; at++, count++)
        *ret_last = at;
    return count;
}

static void addresses_of_one_port_and_time_do_not_hide_each_other(void **state)
{
    double heights[TIMELINE_LANES];
    struct text text = {0};

    (void)state;
    draw_many(TIMELINE_LANES, PERIOD_DAY, &text);
    for (size_t i = 0; i < TIMELINE_LANES; i++) {
        char mark[48];
        const char *at = text.bytes;

        /* one beside its name, one in the row of the port, one for the source port */
        (void)snprintf(mark, sizeof(mark), "class=\"mark s%zu\" transform=\"translate(", i);
        assert_int_equal(times(text.bytes, mark, &at), 3);
        at = strstr(strstr(text.bytes, mark) + 1, mark);
        heights[i] = strtod(strchr(at, ',') + 1, NULL);
        assert_true(i == 0 || heights[i] - heights[i - 1] > 9);
    }
    assert_null(strstr(text.bytes, "only the times"));
    text_done(&text);
}

static void addresses_without_a_lane_are_said_to_be_left_out(void **state)
{
    struct text text = {0};
    const char *at;

    (void)state;
    draw_many(MANY, PERIOD_DAY, &text);
    assert_non_null(strstr(text.bytes, ">203.0.113.9<")); /* when it was active, all the same */
    assert_int_equal(times(text.bytes, "class=\"rest\"", &at), 2);
    assert_non_null(strstr(text.bytes, "of the 7 addresses with the most sessions; of the other"
                                       " 2 only the times above are drawn"));
    text_done(&text);
}

static void times_by_the_hour_have_a_year(void **state)
{
    struct text text = {0};

    (void)state;
    draw_many(1, PERIOD_HOUR, &text);
    assert_non_null(strstr(text.bytes, "2014-09-23 00:00 to 2014-09-23 00:00, 100 sessions"));
    text_done(&text);
}

/* A long address in both pictures. */
static void a_long_address_has_room(void **state)
{
    struct timeline_cell cell = {
        .start_us = 1411430400000000, .port = 23, .proto = 6, .sessions = 7};
    struct timeline timeline = {
        .source_count = 1, .by = PERIOD_DAY, .cells = &cell, .count = 1};
    struct text text = {0};
    const char *stripe;

    (void)state;
    assert_int_equal(
        addr_parse("2001:db8:85a3:8d3:1319:8a2e:a370:7348", &timeline.sources[0], NULL), 0);
    timeline_svg(&timeline, 1, &text);
    text_add(&text, "", 1);
    stripe = strstr(text.bytes, "class=\"stripe\" x=\"");
    assert_non_null(stripe); /* the plot begins behind 37 letters of more than 6 pixels */
    assert_true(strtod(strstr(stripe, "x=\"") + 3, NULL) > 26 + 37 * 6);
    text_done(&text);

    timeline_text(&timeline, 100, &text);
    text_add(&text, "", 1);
    assert_non_null(strstr(text.bytes, "2001:db8:85a3:8d3:1319:8a2e:a370:7348 23 tcp "));
    text_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_axis_of_source_ports_ends_where_ports_end),
        cmocka_unit_test(a_tick_too_near_to_the_end_gives_way),
        cmocka_unit_test(addresses_of_one_port_and_time_do_not_hide_each_other),
        cmocka_unit_test(addresses_without_a_lane_are_said_to_be_left_out),
        cmocka_unit_test(times_by_the_hour_have_a_year),
        cmocka_unit_test(a_long_address_has_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
