/* SPDX-License-Identifier: Apache-2.0 */
/* The stages behind derive.c: made, saved and loaded together. A checkpoint is
 *
 *   "nightjar-derive 1\n"  last step, last one with rows, number of sensors, their names by
 * length and bytes, then the states of source, link and score one behind the other
 */
#include "pipeline/derive_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX (1u << 18)
#define SENSORS_MAX 65536u

/* ---- sensors -------------------------------------------------------------------------------
 */

static void forget_sensors(struct derive *d)
{
    for (uint32_t i = 0; i < d->sensor_count; i++)
        free(d->sensors[i]);
    free(d->sensors);
    d->sensors = NULL;
    d->sensor_count = d->last_sensor = 0;
}

static bool add_sensor(struct derive *d, const char *name, size_t length)
{
    char **more = reallocarray(d->sensors, d->sensor_count + 1, sizeof(*more));

    if (more == NULL)
        return false;
    d->sensors = more;
    more[d->sensor_count] = strndup(name, length);
    if (more[d->sensor_count] == NULL)
        return false;
    d->last_sensor = d->sensor_count++;
    return true;
}

uint32_t derive_sensor(struct derive *d, const char *name)
{
    if (d->sensor_count > 0 && strcmp(d->sensors[d->last_sensor], name) == 0)
        return d->last_sensor;
    for (uint32_t i = 0; i < d->sensor_count; i++) {
        if (strcmp(d->sensors[i], name) == 0) {
            d->last_sensor = i;
            return i;
        }
    }
    /* beyond the bound they are one */
    if (d->sensor_count < SENSORS_MAX)
        (void)add_sensor(d, name, strlen(name));
    return d->last_sensor;
}

/* Addresses that the configured sensors watch; 0: at least one does not say. */
static uint64_t watched(const struct derive_options *options)
{
    uint64_t addresses = 0;

    for (size_t i = 0; i < options->sensor_count; i++) {
        const struct sensor *sensor = &options->sensors[i];

        for (size_t j = 0; j < sensor->prefix_count; j++) {
            const struct prefix *prefix = &sensor->prefixes[j].prefix;

            if (prefix->first.hi == prefix->last.hi && addr_is_v4(prefix->first))
                addresses += prefix->last.lo - prefix->first.lo + 1;
        }
    }
    return addresses;
}

/* ---- the stages ----------------------------------------------------------------------------
 */

static void drop_stages(struct derive *d)
{
    score_table_free(d->score);
    linker_free(d->linker);
    source_table_free(d->source);
    d->score = NULL;
    d->linker = NULL;
    d->source = NULL;
    forget_sensors(d);
}

int derive_renew(struct derive *d, struct nj_err *err)
{
    const struct derive_options *options = &d->options;
    const struct source_options source = {.max_sources = options->max_sources,
                                          .max_followed = options->max_followed};
    const struct linker_options link = {
        .names = d->names, .fdr = options->fdr, .max_episodes = options->max_episodes};
    const struct score_options score = {
        .names = d->names,
        .port_risk = options->port_risk,
        .port_ctx = options->port_ctx,
        .addresses = watched(options),
        .sensors = (uint32_t)options->sensor_count,
        .max_sources = options->max_sources,
    };

    drop_stages(d);
    d->now_us = d->rows_us = DERIVED_NO_POSITION;
    d->pending = false;
    derived_forget(d->derived);
    if (source_table_new(&source, &d->source, err) < 0 ||
        linker_new(&link, &d->linker, err) < 0 || score_table_new(&score, &d->score, err) < 0)
        return -1;
    return 0;
}

int derive_save(void *ctx, FILE *out, struct nj_err *err)
{
    struct derive *d = ctx;

    (void)fprintf(out, "nightjar-derive 1\n%" PRId64 " %" PRId64 " %u\n", d->now_us, d->rows_us,
                  d->sensor_count);
    for (uint32_t i = 0; i < d->sensor_count; i++)
        (void)fprintf(out, "%zu %s\n", strlen(d->sensors[i]), d->sensors[i]);
    if (ferror(out))
        return nj_fail(err, NJ_IO, "write a checkpoint");
    if (source_table_save(d->source, d->names, out, err) < 0 ||
        linker_save(d->linker, d->names, out, err) < 0 ||
        score_table_save(d->score, d->names, out, err) < 0)
        return -1;
    return 0;
}

static int load_sensor(struct derive *d, FILE *in, struct nj_err *err)
{
    char name[512];
    size_t length;

    if (fscanf(in, "%zu", &length) != 1 || length >= sizeof(name) || fgetc(in) != ' ' ||
        fread(name, 1, length, in) != length || fgetc(in) != '\n')
        return nj_fail(err, NJ_FORMAT, "checkpoint: sensor %u", d->sensor_count);
    return add_sensor(d, name, length) ? 0 : nj_fail(err, NJ_NOMEM, "no memory for sensors");
}

int derive_load(struct derive *d, FILE *in, struct nj_err *err)
{
    uint32_t sensors;

    if (fscanf(in, "nightjar-derive 1\n%" SCNd64 " %" SCNd64 " %u", &d->now_us, &d->rows_us,
               &sensors) != 3 ||
        fgetc(in) != '\n' || sensors > SENSORS_MAX)
        return nj_fail(err, NJ_FORMAT, "checkpoint: not of this version");
    for (uint32_t i = 0; i < sensors; i++)
        if (load_sensor(d, in, err) < 0)
            return -1;
    if (source_table_load(d->source, d->names, in, err) < 0 ||
        linker_load(d->linker, d->names, in, err) < 0 ||
        score_table_load(d->score, d->names, in, err) < 0)
        return -1;
    return 0;
}

/* ---- the whole -----------------------------------------------------------------------------
 */

int derive_new(const struct derive_options *options, struct derive **ret_derive,
               struct nj_err *err)
{
    struct derive *d = calloc(1, sizeof(*d));

    if (d == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the later stages");
    d->options = *options;
    d->names = nj_intern_new(NAMES_MAX);
    if (d->names == NULL) {
        derive_free(d);
        return nj_fail(err, NJ_NOMEM, "no memory for the later stages");
    }
    if (derived_open(options->store, &d->derived, err) < 0 ||
        derived_last_event(d->derived, &d->told_us, err) < 0 ||
        testimony_nets(options->store, TESTIMONY_DECLARED, &d->declared, err) < 0 ||
        replay_new(options->store, d->names, options->line, options->line_ctx, &d->replay,
                   err) < 0) {
        derive_free(d);
        return -1;
    }
    *ret_derive = d;
    return 0;
}

void derive_free(struct derive *d)
{
    if (d == NULL)
        return;
    drop_stages(d);
    replay_free(d->replay);
    derived_close(d->derived);
    nj_intern_free(d->names);
    nets_free(d->declared);
    free(d);
}
