/* SPDX-License-Identifier: Apache-2.0 */
#include "log/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HOUR 3600000000ll
#define DAY (24 * HOUR)

static int64_t utc(struct duck *duck, const char *name, int64_t local_us)
{
    struct zone *zone = NULL;
    struct nj_err err = {.msg = ""};
    int64_t result = 0;

    if (zone_new(name, duck, &zone, &err) < 0 || zone_to_utc(zone, local_us, &result, &err) < 0)
        fail_msg("%s", err.msg);
    zone_free(zone);
    return result;
}

static void offsets_need_no_engine(void **state)
{
    (void)state;
    assert_int_equal(utc(NULL, NULL, 5), 5);
    assert_int_equal(utc(NULL, "UTC", 5), 5);
    assert_int_equal(utc(NULL, "+02:00", 10 * HOUR), 8 * HOUR);
    assert_int_equal(utc(NULL, "-0330", 10 * HOUR), 13 * HOUR + HOUR / 2);
    assert_int_equal(utc(NULL, "+9", 10 * HOUR), HOUR);
}

static void named_zones_follow_summer_time(void **state)
{
    const int64_t change = 1648342800000000; /* 2022-03-27 01:00 UTC: 02:00 becomes 03:00 */
    struct duck *duck = NULL;

    (void)state;
    assert_int_equal(duck_open(&(struct duck_options){.threads = 1}, &duck, NULL), 0);
    assert_int_equal(utc(duck, "Europe/Berlin", change + HOUR - 1), change - 1);
    assert_int_equal(utc(duck, "Europe/Berlin", change + 2 * HOUR), change);
    assert_int_equal(utc(duck, "Europe/Berlin", 0), -HOUR);
    assert_int_equal(utc(duck, "Asia/Kathmandu", 1648342800000000),
                     1648342800000000 - 5 * HOUR - 45 * HOUR / 60);
    duck_close(duck);
}

static int64_t local(struct duck *duck, const char *name, int64_t utc_us)
{
    struct zone *zone = NULL;
    struct nj_err err = {.msg = ""};
    int64_t result = 0;

    if (zone_new(name, duck, &zone, &err) < 0 || zone_to_local(zone, utc_us, &result, &err) < 0)
        fail_msg("%s", err.msg);
    zone_free(zone);
    return result;
}

static void a_new_year_comes_when_the_zone_has_it(void **state)
{
    const int64_t new_year = 1672531200000000; /* 2023-01-01 00:00 */
    struct duck *duck = NULL;

    (void)state;
    assert_int_equal(duck_open(&(struct duck_options){.threads = 1}, &duck, NULL), 0);
    assert_int_equal(local(NULL, NULL, new_year), new_year);
    assert_int_equal(local(NULL, "-05:00", new_year), new_year - 5 * HOUR);
    assert_int_equal(local(duck, "America/New_York", new_year), new_year - 5 * HOUR);
    assert_int_equal(local(duck, "America/New_York", new_year + 180 * DAY),
                     new_year + 180 * DAY - 4 * HOUR);
    assert_int_equal(local(duck, "Asia/Tokyo", new_year - HOUR), new_year + 8 * HOUR);
    duck_close(duck);
}

static void unknown_zones_are_refused(void **state)
{
    static const char *const bad[] = {"Mars/Base", "+25:00", "+02:00x", "", "+", "+1:99"};
    struct duck *duck = NULL;
    struct zone *zone = NULL;
    struct nj_err err;

    (void)state;
    assert_int_equal(duck_open(&(struct duck_options){.threads = 1}, &duck, NULL), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(zone_new(bad[i], duck, &zone, &err), -1);
        assert_int_equal(err.code, NJ_CONFIG);
        assert_null(zone);
    }
    duck_close(duck);
}

/* Days of the year 2000, a leap year. */
static int64_t yearless(int day_of_year)
{
    return (10957 + day_of_year - 1) * DAY;
}

static void year_is_that_of_the_first_row_until_the_months_jump_back(void **state)
{
    struct year_clock clock = {.first = 2023};
    int64_t us;

    (void)state;
    assert_int_equal(year_clock_set(&clock, yearless(366) + HOUR, &us), 0);
    assert_int_equal(us, 1703980800000000 + HOUR); /* 2023-12-31 */
    assert_int_equal(year_clock_set(&clock, yearless(1), &us), 0);
    assert_int_equal(us, 1704067200000000); /* 2024-01-01 */
    assert_int_equal(year_clock_set(&clock, yearless(366), &us), 0);
    assert_int_equal(us, 1703980800000000);
    assert_int_equal(year_clock_set(&clock, yearless(60), &us), 0);
    assert_int_equal(us, 1709164800000000); /* 2024-02-29 */
}

static void silence_of_months_is_no_new_year(void **state)
{
    struct year_clock clock = {.first = 2023};
    int64_t us;

    (void)state;
    assert_int_equal(year_clock_set(&clock, yearless(1), &us), 0);
    assert_int_equal(year_clock_set(&clock, yearless(366), &us), 0);
    assert_int_equal(us, 1703980800000000);
    assert_int_equal(year_clock_set(&clock, yearless(300), &us), 0);
    assert_int_equal(clock.year, 2023);
    assert_int_equal(year_clock_set(&clock, yearless(60), &us), 0);
    assert_int_equal(clock.year, 2024);
    assert_int_equal(year_clock_set(&clock, yearless(300), &us), 0);
    assert_int_equal(clock.year, 2024);
}

static void clock_goes_on_behind_a_known_row(void **state)
{
    struct year_clock clock = {.first = 2023};
    int64_t us;

    (void)state;
    year_clock_resume(&clock, 1703980800000000);
    assert_int_equal(year_clock_set(&clock, yearless(60), &us), 0);
    assert_int_equal(us, 1709164800000000);
    year_clock_resume(&clock, 1709164800000000 - 365 * DAY);
    assert_int_equal(year_clock_set(&clock, yearless(60), &us), YEAR_NO_SUCH_DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_need_no_engine),
        cmocka_unit_test(named_zones_follow_summer_time),
        cmocka_unit_test(a_new_year_comes_when_the_zone_has_it),
        cmocka_unit_test(unknown_zones_are_refused),
        cmocka_unit_test(year_is_that_of_the_first_row_until_the_months_jump_back),
        cmocka_unit_test(silence_of_months_is_no_new_year),
        cmocka_unit_test(clock_goes_on_behind_a_known_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
