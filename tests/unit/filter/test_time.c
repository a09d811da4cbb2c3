/* SPDX-License-Identifier: Apache-2.0 */
#include "filter/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static void assert_time(const char *text, bool last, int64_t us)
{
    struct nj_err err = {.code = NJ_OK};
    int64_t found;

    if (filter_parse_time(text, last, &found, &err) < 0)
        fail_msg("%s", err.msg);
    assert_true(found == us);
}

static void day_has_a_first_and_a_last_microsecond(void **state)
{
    (void)state;
    assert_time("1970-01-01", false, 0);
    assert_time("1970-01-01", true, 86399999999);
    assert_time("2020-05-01", false, 1588291200000000);
    assert_time("2020-05-01", true, 1588377599999999);
}

static void instant_may_leave_out_seconds_fraction_and_zone(void **state)
{
    static const char *const texts[] = {"2020-05-01T10:00:00Z", "2020-05-01 10:00",
                                        "2020-05-01t10:00z", "2020-05-01T10:00:00.000000"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_time(texts[i], false, 1588327200000000);
        assert_time(texts[i], true, 1588327200000000);
    }
    assert_time("2020-05-01T10:00:01.25Z", false, 1588327201250000);
}

static void every_day_is_where_the_c_library_puts_it(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 2932896; day += 97) { /* to the end of 9999 */
        time_t seconds = (time_t)(day * 86400);
        struct tm tm;
        char text[16];

        assert_non_null(gmtime_r(&seconds, &tm));
        assert_true(strftime(text, sizeof(text), "%Y-%m-%d", &tm) > 0);
        assert_time(text, false, day * 86400 * 1000000);
    }
}

static void assert_refused(const char *text, const char *message)
{
    struct nj_err err = {.code = NJ_OK};
    int64_t us = 7;

    assert_int_equal(filter_parse_time(text, false, &us, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_string_equal(err.msg, message);
    assert_true(us == 7);
}

static void impossible_times_are_refused_with_the_part_that_is_wrong(void **state)
{
    (void)state;
    assert_refused("2021-02-29", "\"2021-02-29\": day 29, expected 01 to 28");
    assert_refused("2020-02-30", "\"2020-02-30\": day 30, expected 01 to 29");
    assert_refused("2100-02-29", "\"2100-02-29\": day 29, expected 01 to 28");
    assert_refused("2020-13-01", "\"2020-13-01\": month 13, expected 01 to 12");
    assert_refused("2020-00-01", "\"2020-00-01\": month 00, expected 01 to 12");
    assert_refused("1969-12-31", "\"1969-12-31\": year 1969, expected 1970 to 9999");
    assert_refused("2020-05-01T24:00", "\"2020-05-01T24:00\": hour 24, expected 00 to 23");
    assert_refused("2020-05-01T10:60", "\"2020-05-01T10:60\": minute 60, expected 00 to 59");
}

static void everything_else_is_refused_with_the_form(void **state)
{
    static const char *const texts[] = {
        "",
        "2020",
        "2020-5-1",
        "2020-05-01T",
        "2020-05-01x",
        "2020-05-01T10",
        "2020-05-01T10:00+02",
        "2020-05-01T10:00:00.",
    };
    struct nj_err err;
    int64_t us;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(filter_parse_time(texts[i], false, &us, &err), -1);
    assert_refused("2020-05-01T10:00+02", "\"2020-05-01T10:00+02\" is no time, expected "
                                          "2020-05-01 or 2020-05-01T10:00:00Z (UTC)");
    assert_refused("2020\x1b", "character 5 of the time is not ASCII, expected 2020-05-01 or "
                               "2020-05-01T10:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(day_has_a_first_and_a_last_microsecond),
        cmocka_unit_test(instant_may_leave_out_seconds_fraction_and_zone),
        cmocka_unit_test(every_day_is_where_the_c_library_puts_it),
        cmocka_unit_test(impossible_times_are_refused_with_the_part_that_is_wrong),
        cmocka_unit_test(everything_else_is_refused_with_the_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
