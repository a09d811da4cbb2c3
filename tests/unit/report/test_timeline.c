/* SPDX-License-Identifier: Apache-2.0 */
#include "report/timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_axis_of_source_ports_ends_where_ports_end),
        cmocka_unit_test(a_tick_too_near_to_the_end_gives_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
