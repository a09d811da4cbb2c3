/* SPDX-License-Identifier: Apache-2.0 */
/* The stages behind derive.c: made, saved and loaded together. A checkpoint is a state
 * (base/saved.h) of last step, last one with rows and names of sensors, then the states of
 * source, link and score one behind the other. */
#include "pipeline/derive_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/saved.h"

#define MAGIC "NJDERIV\2"
#define NAMES_MAX (1u << 18)
#define SENSORS_MAX 65536u
#define SENSOR_BYTES 512u

/* ---- sensors ---- */

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

/* Addresses that the configured sensors watch; 0: none says. */
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

/* Sensors that a source can be seen by: the catch-all is one only where it is the only one. */
static uint32_t seeing(const struct derive_options *options)
{
    uint32_t count = 0;

    for (size_t i = 0; i < options->sensor_count; i++)
        count += options->sensors[i].prefix_count > 0;
    return count > 0 ? count : (uint32_t)options->sensor_count;
}

/* ---- the stages ---- */

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
        .sensors = seeing(options),
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

/* A sensor's name by its length and bytes. */
static int walk_sensor(struct nj_saved *saved, struct derive *d, uint32_t i, struct nj_err *err)
{
    char name[SENSOR_BYTES] = "";
    uint16_t length = 0;

    if (!nj_saved_reading(saved)) {
        (void)snprintf(name, sizeof(name), "%s", d->sensors[i]);
        length = (uint16_t)strlen(name);
    }
    nj_saved_u16(saved, &length);
    nj_saved_check(saved, length < sizeof(name));
    if (nj_saved_bad(saved))
        return 0;
    nj_saved_bytes(saved, name, length);
    if (nj_saved_reading(saved) && !add_sensor(d, name, length))
        return nj_fail(err, NJ_NOMEM, "no memory for sensors");
    return 0;
}

static int walk(struct nj_saved *saved, void *state, struct nj_err *err)
{
    struct derive *d = state;
    uint32_t sensors = d->sensor_count;

    nj_saved_i64(saved, &d->now_us);
    nj_saved_i64(saved, &d->rows_us);
    nj_saved_u32(saved, &sensors);
    nj_saved_check(saved, sensors <= SENSORS_MAX);
    for (uint32_t i = 0; i < sensors && !nj_saved_bad(saved); i++)
        if (walk_sensor(saved, d, i, err) < 0)
            return -1;
    return 0;
}

int derive_save(void *ctx, FILE *out, struct nj_err *err)
{
    struct derive *d = ctx;

    if (nj_saved_write(out, MAGIC, NULL, walk, d, err) < 0 ||
        source_table_save(d->source, d->names, out, err) < 0 ||
        linker_save(d->linker, d->names, out, err) < 0 ||
        score_table_save(d->score, d->names, out, err) < 0)
        return nj_within(err, "write a checkpoint");
    return 0;
}

int derive_load(struct derive *d, FILE *in, struct nj_err *err)
{
    if (nj_saved_read(in, MAGIC, NULL, walk, d, err) < 0 ||
        source_table_load(d->source, d->names, in, err) < 0 ||
        linker_load(d->linker, d->names, in, err) < 0 ||
        score_table_load(d->score, d->names, in, err) < 0)
        return nj_within(err, "checkpoint");
    return 0;
}

/* ---- the whole ---- */

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
