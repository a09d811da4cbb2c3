/* SPDX-License-Identifier: Apache-2.0 */
/* The engine is asked once per year for the quarter hours at which the offset changes (all
 * changes since 1970 fall on one), instead of for every row. Days: H. Hinnant's chrono
 * algorithms, days_from_civil and civil_from_days. */
#include "log/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/span.h"

#define FIRST_YEAR 1970
#define YEARS 292 /* what 64 bits of nanoseconds reach */

struct change {
    int64_t local_us; /* from here on */
    int64_t offset_us;
};

struct year {
    size_t count; /* 0: not asked yet */
    struct change *changes;
};

struct zone {
    struct duck *duck; /* NULL: a fixed offset */
    int64_t offset_us;
    char name[64];
    struct year years[YEARS];
};

static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *ret_day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *ret_month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *ret_year = (int)(yoe + era * 400 + (*ret_month <= 2));
}

/* "+02:00", "-0330", "+2" @return whether it is one */
static bool parse_offset(const char *text, int64_t *ret_us)
{
    unsigned hours = 0, minutes = 0;
    int end = 0;
    char sign = text[0];

    if (sign != '+' && sign != '-')
        return false;
    if (sscanf(text + 1, "%2u:%2u%n", &hours, &minutes, &end) != 2 &&
        sscanf(text + 1, "%2u%2u%n", &hours, &minutes, &end) != 2 &&
        sscanf(text + 1, "%2u%n", &hours, &end) != 1)
        return false;
    if (text[1 + end] != '\0' || hours > 14 || minutes > 59)
        return false;
    *ret_us = (int64_t)(hours * 60 + minutes) * 60 * US_PER_S * (sign == '-' ? -1 : 1);
    return true;
}

static int read_changes(struct duck_query *query, struct year *year, struct nj_err *err)
{
    duckdb_data_chunk chunk = NULL;

    while (duck_query_next(query, &chunk) == 0) {
        size_t count = duckdb_data_chunk_get_size(chunk);
        int64_t *local = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
        int64_t *offset = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1));
        struct change *more =
            realloc(year->changes, (year->count + count) * sizeof(*year->changes));

        if (more == NULL)
            return nj_fail(err, NJ_NOMEM, "time zone");
        year->changes = more;
        for (size_t i = 0; i < count; i++)
            year->changes[year->count++] =
                (struct change){.local_us = local[i], .offset_us = offset[i]};
    }
    return 0;
}

static int load_year(struct zone *zone, int number, struct nj_err *err)
{
    static const char sql[] =
        "SELECT l, o FROM (SELECT epoch_us(t) l, epoch_us(t) - epoch_us(timezone($1, t)) o, "
        "lag(o) OVER (ORDER BY t) p FROM range(make_timestamp($2::BIGINT, 1, 1, 0, 0, 0), "
        "make_timestamp($2::BIGINT + 1, 1, 1, 0, 0, 0), INTERVAL 15 MINUTE) r(t)) "
        "WHERE p IS NULL OR p <> o ORDER BY l";
    const struct duck_value values[] = {{.kind = DUCK_TEXT, .text = zone->name},
                                        {.kind = DUCK_INT, .integer = number}};
    struct duck_query *query = NULL;
    int rc;

    if (duck_query_open(zone->duck, sql, values, 2, &query, err) < 0)
        return -1;
    rc = read_changes(query, &zone->years[number - FIRST_YEAR], err);
    duck_query_close(query);
    return rc;
}

int zone_new(const char *name, struct duck *duck, struct zone **ret_zone, struct nj_err *err)
{
    struct zone *zone = calloc(1, sizeof(*zone));

    if (zone == NULL)
        return nj_fail(err, NJ_NOMEM, "time zone");
    if (name != NULL && strcmp(name, "UTC") != 0 && !parse_offset(name, &zone->offset_us)) {
        zone->duck = duck;
        if (snprintf(zone->name, sizeof(zone->name), "%s", name) >= (int)sizeof(zone->name) ||
            load_year(zone, FIRST_YEAR, NULL) < 0) {
            zone_free(zone);
            return nj_fail(err, NJ_CONFIG,
                           "time zone \"%.60s\" is not known: expected UTC, an offset like "
                           "+02:00, or a name like Europe/Berlin",
                           name);
        }
    }
    *ret_zone = zone;
    return 0;
}

void zone_free(struct zone *zone)
{
    if (zone == NULL)
        return;
    for (size_t i = 0; i < YEARS; i++)
        free(zone->years[i].changes);
    free(zone);
}

int zone_to_utc(struct zone *zone, int64_t local_us, int64_t *ret_utc_us, struct nj_err *err)
{
    const struct year *year;
    int number, month, day;
    size_t i;

    *ret_utc_us = local_us - zone->offset_us;
    if (zone->duck == NULL)
        return 0;
    civil_from_days(nj_floor_div(local_us, DAY_US), &number, &month, &day);
    if (number < FIRST_YEAR || number >= FIRST_YEAR + YEARS)
        return 0;
    year = &zone->years[number - FIRST_YEAR];
    if (year->count == 0 && load_year(zone, number, err) < 0)
        return -1;
    for (i = year->count - 1; i > 0 && year->changes[i].local_us > local_us; i--)
        ;
    *ret_utc_us = local_us - year->changes[i].offset_us;
    return 0;
}

int zone_to_local(struct zone *zone, int64_t utc_us, int64_t *ret_local_us, struct nj_err *err)
{
    int64_t there_us = 0; /* UTC of what the zone's clocks show when those of UTC show it */

    if (zone_to_utc(zone, utc_us, &there_us, err) < 0)
        return -1;
    *ret_local_us = utc_us + (utc_us - there_us);
    return 0;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int year_clock_set(struct year_clock *clock, int64_t yearless_us, int64_t *ret_local_us)
{
    int64_t days = nj_floor_div(yearless_us, DAY_US);
    int number, month, day, year = clock->year;

    civil_from_days(days, &number, &month, &day);
    if (year == 0)
        year = clock->first;
    else if (month - clock->month <= -6)
        year++;
    else if (month == 12 && clock->month == 1 && year > clock->first)
        year--;
    if (month == 2 && day == 29 && !leap(year))
        return YEAR_NO_SUCH_DAY;
    clock->year = year;
    clock->month = month;
    *ret_local_us = days_from_civil(year, month, day) * DAY_US + (yearless_us - days * DAY_US);
    return 0;
}

void year_clock_resume(struct year_clock *clock, int64_t local_us)
{
    int day;

    civil_from_days(nj_floor_div(local_us, DAY_US), &clock->year, &clock->month, &day);
}
