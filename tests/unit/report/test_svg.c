/* SPDX-License-Identifier: Apache-2.0 */
#include "report/svg.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/plot.h"

static char *finish(struct text *text)
{
    text_add(text, "", 1);
    assert_false(text->no_memory);
    return text->bytes;
}

static unsigned count_of(const char *in, const char *what)
{
    unsigned count = 0;

    for (const char *at = in; (at = strstr(at, what)) != NULL; at += strlen(what))
        count++;
    return count;
}

static void ticks_are_round_and_cover_the_range(void **state)
{
    double ticks[SVG_TICKS];
    size_t count = svg_ticks(0, 0.37, 5, ticks);

    (void)state;
    assert_true(count >= 3 && count <= SVG_TICKS);
    assert_true(fabs(ticks[1] - 0.1) < 1e-12);
    assert_true(ticks[count - 1] >= 0.37);
    count = svg_ticks(32000, 62000, 4, ticks);
    assert_true(ticks[0] <= 32000 && ticks[count - 1] >= 62000);
}

static void a_range_of_nothing_has_ticks_all_the_same(void **state)
{
    double ticks[SVG_TICKS];

    (void)state;
    assert_true(svg_ticks(5, 5, 4, ticks) >= 2);
    assert_true(svg_ticks(NAN, NAN, 4, ticks) >= 1);
}

static void text_in_a_picture_is_never_markup(void **state)
{
    static const char hostile[] = "</text><script>alert(1)</script>\x1b[31m\" onload=\"x";
    struct text text = {0};
    struct plot_bar bar = {.label = hostile,
                           .value = 0.5,
                           .low = NAN,
                           .high = NAN,
                           .before = NAN,
                           .note = hostile};
    const struct plot_bars plot = {.head = {.width = 400,
                                            .title = hostile,
                                            .description = hostile,
                                            .source = hostile,
                                            .id = 1},
                                   .unit = hostile,
                                   .bars = &bar,
                                   .count = 1};
    char *made;

    (void)state;
    plot_bars(&text, &plot);
    made = finish(&text);
    assert_null(strstr(made, "<script"));
    assert_null(strchr(made, '\x1b'));
    assert_null(strstr(made, "\" onload"));
    assert_non_null(strstr(made, "&lt;script&gt;"));
    text_done(&text);
}

static void a_bar_is_as_long_as_its_share_of_the_axis(void **state)
{
    struct text text = {0};
    const struct plot_bar bars[] = {
        {.label = "a", .value = 0.4, .low = NAN, .high = NAN, .before = NAN, .note = ""},
        {.label = "b", .value = 0.1, .low = NAN, .high = NAN, .before = NAN, .note = ""}};
    const struct plot_bars plot = {
        .head = {.width = 760, .title = "t", .description = "d", .source = "s", .id = 1},
        .unit = "share",
        .bars = bars,
        .count = 2};
    double first, second;
    const char *at;

    (void)state;
    plot_bars(&text, &plot);
    at = strstr(finish(&text), "class=\"bar s0\"");
    assert_non_null(at);
    first = strtod(strstr(at, "width=\"") + 7, NULL);
    at = strstr(at + 1, "class=\"bar s0\"");
    second = strtod(strstr(at, "width=\"") + 7, NULL);
    assert_true(fabs(first / second - 4) < 0.01);
    text_done(&text);
}

static void the_name_of_an_axis_covers_none_of_its_numbers(void **state)
{
    struct text text = {0};
    const struct plot_bar bar = {
        .label = "a", .value = 0.23, .low = NAN, .high = NAN, .before = 0.235, .note = ""};
    const struct plot_bars plot = {
        .head = {.width = 920, .title = "t", .description = "d", .source = "s", .id = 1},
        .unit = "share of sessions",
        .bars = &bar,
        .count = 1};
    const char *name, *tick;
    double of_name, of_tick;

    (void)state;
    plot_bars(&text, &plot);
    name = strstr(finish(&text), ">share of sessions;");
    tick = strstr(text.bytes, ">25 %<");
    assert_non_null(name);
    assert_non_null(tick);
    for (of_name = 0; name > text.bytes && of_name == 0; name--)
        of_name = strncmp(name, " y=\"", 4) == 0 ? strtod(name + 4, NULL) : 0;
    for (of_tick = 0; tick > text.bytes && of_tick == 0; tick--)
        of_tick = strncmp(tick, " y=\"", 4) == 0 ? strtod(tick + 4, NULL) : 0;
    assert_true(fabs(of_name - of_tick) > 12);
    text_done(&text);
}

static void a_line_with_a_gap_is_drawn_in_two_pieces(void **state)
{
    struct text text = {0};
    const double xs[] = {0, 1, 2, 3, 4}, ys[] = {1, 2, NAN, 3, 4};

    (void)state;
    svg_path(&text, 0, xs, ys, 5);
    assert_int_equal(count_of(finish(&text), "M"), 2);
    assert_null(strstr(text.bytes, "nan"));
    text_done(&text);
}

static void each_series_has_its_own_shape_and_colour(void **state)
{
    char *marks[SVG_SERIES];

    (void)state;
    for (unsigned i = 0; i < SVG_SERIES; i++) {
        struct text text = {0};

        svg_mark(&text, i, 0, 0, 8);
        marks[i] = finish(&text);
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(strstr(marks[k], " d="), strstr(marks[i], " d="));
    }
    for (unsigned i = 0; i < SVG_SERIES; i++)
        free(marks[i]);
}

static void pictures_without_numbers_are_still_pictures(void **state)
{
    struct text text = {0};
    const struct plot_lines lines = {
        .head = {.width = 400, .height = 200, .title = "t", .description = "d", .source = "s"},
        .unit = "u"};
    const struct plot_bars bars = {
        .head = {.width = 400, .title = "t", .description = "d", .source = "s"}, .unit = "u"};

    (void)state;
    plot_lines(&text, &lines);
    plot_bars(&text, &bars);
    assert_int_equal(count_of(finish(&text), "</svg>"), 2);
    assert_null(strstr(text.bytes, "nan"));
    assert_null(strstr(text.bytes, "inf"));
    text_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round_and_cover_the_range),
        cmocka_unit_test(a_range_of_nothing_has_ticks_all_the_same),
        cmocka_unit_test(text_in_a_picture_is_never_markup),
        cmocka_unit_test(a_bar_is_as_long_as_its_share_of_the_axis),
        cmocka_unit_test(the_name_of_an_axis_covers_none_of_its_numbers),
        cmocka_unit_test(a_line_with_a_gap_is_drawn_in_two_pieces),
        cmocka_unit_test(each_series_has_its_own_shape_and_colour),
        cmocka_unit_test(pictures_without_numbers_are_still_pictures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
