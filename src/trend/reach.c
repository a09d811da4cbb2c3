/* SPDX-License-Identifier: Apache-2.0 */
#include "trend/reach.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/reach.h"
#include "trend/telescope.h"

struct loading {
    struct reach *reach;
    const struct reach_sensor *sensors;
    size_t sensor_count;
    double days[REACH_SENSORS_MAX], sizes[REACH_SENSORS_MAX];
    size_t known; /* sensors with a size */
    bool other;   /* and one without */
    struct reach_row row;
    double hits[REACH_SENSORS_MAX]; /* of `row` */
    bool begun;
};

/* The place of a sensor whose size is known; SIZE_MAX: it has none. */
static size_t sensor_of(const struct loading *loading, const struct cell *cell)
{
    for (size_t i = 0; i < loading->sensor_count; i++)
        if (!isnan(loading->sensors[i].addresses) && cell->kind == CELL_TEXT &&
            strlen(loading->sensors[i].name) == cell->length &&
            memcmp(loading->sensors[i].name, cell->text, cell->length) == 0)
            return i;
    return SIZE_MAX;
}

static int take_days(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct loading *loading = ctx;
    size_t at = sensor_of(loading, &cells[0]);

    (void)count;
    (void)err;
    if (at == SIZE_MAX) {
        loading->other = true;
        return 0;
    }
    loading->days[at] = (double)cells[1].number;
    loading->sizes[at] = loading->days[at] * loading->sensors[at].addresses;
    loading->known += loading->sizes[at] > 0;
    return 0;
}

static int end_row(struct loading *loading, struct nj_err *err)
{
    struct reach *reach = loading->reach;
    double hits[REACH_SENSORS_MAX], sizes[REACH_SENSORS_MAX];
    size_t count = 0;

    if (!loading->begun)
        return 0;
    for (size_t i = 0; i < loading->sensor_count; i++)
        if (loading->sizes[i] > 0) {
            hits[count] = loading->hits[i];
            sizes[count++] = loading->sizes[i];
        }
    loading->row.p = telescope_uniform(hits, sizes, count);
    if (reach->count == reach->room) {
        size_t room = reach->room == 0 ? 256 : 2 * reach->room;
        struct reach_row *bigger = reallocarray(reach->rows, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for what sensors see");
        reach->rows = bigger;
        reach->room = room;
    }
    reach->rows[reach->count++] = loading->row;
    return 0;
}

static int take(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct loading *loading = ctx;
    struct reach_row row = {.proto = -1};
    size_t at = sensor_of(loading, &cells[3]);

    (void)count;
    if (cells[0].kind == CELL_TEXT && cells[0].length < sizeof(row.country))
        memcpy(row.country, cells[0].text, cells[0].length);
    if (cells[1].kind != CELL_NULL) {
        row.proto = (int)cells[1].unsigned_number;
        row.port = (uint16_t)cells[2].unsigned_number;
    }
    if (!loading->begun || row.proto != loading->row.proto || row.port != loading->row.port ||
        strcmp(row.country, loading->row.country) != 0) {
        if (end_row(loading, err) < 0)
            return -1;
        loading->row = row;
        loading->begun = true;
        memset(loading->hits, 0, sizeof(loading->hits));
    }
    if (at != SIZE_MAX)
        loading->hits[at] += (double)cells[4].number;
    return 0;
}

int reach_load(struct store *store, const struct store_scope *scope,
               const struct reach_sensor *sensors, size_t sensor_count,
               const char *const *countries, size_t country_count, struct reach *ret,
               struct nj_err *err)
{
    struct loading loading = {.reach = ret, .sensors = sensors, .sensor_count = sensor_count};
    const struct row_sink days = {.row = take_days, .ctx = &loading};
    const struct row_sink rows = {.row = take, .ctx = &loading};
    size_t sized = 0;

    *ret = (struct reach){0};
    if (loading.sensor_count > REACH_SENSORS_MAX)
        loading.sensor_count = REACH_SENSORS_MAX;
    for (size_t i = 0; i < loading.sensor_count; i++)
        sized += sensors[i].addresses > 0;
    if (sized < 2) {
        ret->why = "it takes two sensors or more whose IPv4 prefixes are configured";
        return 0;
    }
    if (store_reach_days(store, scope, &days, err) < 0)
        return -1;
    if (loading.known < 2 || loading.other) {
        ret->why = loading.known < 2 ? "fewer than two sensors of IPv4 captured anything"
                                     : "the prefixes of a sensor are not configured";
        return 0;
    }
    if (store_reach(store, scope, countries, country_count, &rows, err) < 0)
        return -1;
    return end_row(&loading, err);
}

void reach_done(struct reach *reach)
{
    free(reach->rows);
    *reach = (struct reach){0};
}

double reach_of(const struct reach *reach, const char *country, int proto, uint16_t port)
{
    for (size_t i = 0; i < reach->count; i++)
        if (reach->rows[i].proto == proto && reach->rows[i].port == port &&
            strcmp(reach->rows[i].country, country) == 0)
            return reach->rows[i].p;
    return NAN;
}

const char *reach_word(double p)
{
    return isnan(p) ? "unknown" : p < REACH_LOCALISED ? "localised" : "uniform";
}
