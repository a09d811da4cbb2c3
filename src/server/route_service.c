/* SPDX-License-Identifier: Apache-2.0 */
/* What the service says of itself and of its store as a whole. */
#include <math.h>
#include <string.h>

#include "server/internal.h"

int route_status(struct ask *ask, struct nj_err *err)
{
    json_t *object;
    int rc = store_status(ask->store, &object, err);

    if (rc < 0)
        return -1;
    rc = answer_object(ask->answer, object, err);
    json_decref(object);
    return rc;
}

/* From when to when the store has visits: the ends of a time bar. */
int route_span(struct ask *ask, struct nj_err *err)
{
    struct map_span span;
    json_t *object = json_object();
    struct text first = {0}, last = {0};
    int rc = store_span(ask->store, &span, err);

    if (rc == 0) {
        bool none = span.first_us > span.last_us;

        text_time(&first, none ? 0 : span.first_us);
        text_time(&last, none ? 0 : span.last_us);
        (void)json_object_set_new(object, "first",
                                  none ? json_null() : json_stringn(first.bytes, first.length));
        (void)json_object_set_new(object, "last",
                                  none ? json_null() : json_stringn(last.bytes, last.length));
        rc = answer_object(ask->answer, object, err);
    }
    text_done(&first);
    text_done(&last);
    json_decref(object);
    return rc;
}

static const char *const sensor_columns[] = {"sensor", "lat", "lon", "gather_s", "prefixes"};

int route_sensors(struct ask *ask, struct nj_err *err)
{
    const struct config *config = ask->server->settings->config;
    struct answer_rows rows;
    struct row_sink sink;
    int rc;

    answer_rows_init(&rows, ask->answer, 0, UINT32_MAX);
    sink = answer_rows_sink(&rows);
    rc = sink.head(sink.ctx, sensor_columns, 5, err);
    for (size_t i = 0; rc == 0 && i < config->sensor_count; i++) {
        const struct sensor *sensor = &config->sensors[i];
        enum cell_kind place = isnan(sensor->lat) ? CELL_NULL : CELL_REAL;
        const struct cell cells[] = {
            {.kind = CELL_TEXT, .text = sensor->name, .length = strlen(sensor->name)},
            {.kind = place, .real = sensor->lat},
            {.kind = place, .real = sensor->lon},
            {.kind = sensor->gather_s < 0 ? CELL_NULL : CELL_INT, .number = sensor->gather_s},
            {.kind = CELL_UINT, .unsigned_number = sensor->prefix_count},
        };

        rc = sink.row(sink.ctx, cells, 5, err);
    }
    return answer_rows_finish(&rows, rc, err);
}

int route_openapi(struct ask *ask, struct nj_err *err)
{
    return answer_object(ask->answer, ask->server->openapi, err);
}
