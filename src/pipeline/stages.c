/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a packet, and what the stages on it tell and keep. */
#include "pipeline/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/saved.h"

#define NAMES_MAX (1u << 18)
#define MAGIC "NJHANDED"

/* ---- parts and traits to the queue ---- */

int stages_send(struct pipeline *pl, struct nj_err *err)
{
    queue_send(pl->queue, pl->batch);
    pl->batch = queue_empty(pl->queue);
    return pl->batch == NULL ? storer_error(pl->storer, err) : 0;
}

static int on_visit(void *ctx, const struct visit *visit, struct nj_err *err)
{
    struct pipeline *pl = ctx;

    batch_add_visit(pl->batch, visit, ++pl->last_seq);
    pl->handed_ns = visit->handed_ns;
    pl->uncommitted++;
    return batch_is_full(pl->batch) ? stages_send(pl, err) : 0;
}

static int on_trait(void *ctx, const struct trait *trait, struct nj_err *err)
{
    struct pipeline *pl = ctx;

    struct trait *to = &pl->batch->traits[pl->batch->trait_count++];

    /* a statement at the end of an episode is made when its silence was noticed: no trait is
     * older than the rows that were handed on before it (store/replay.h) */
    *to = *trait;
    if (to->time_ns < pl->handed_ns)
        to->time_ns = pl->handed_ns;
    return batch_is_full(pl->batch) ? stages_send(pl, err) : 0;
}

static int on_sample(void *ctx, const struct sample *sample, struct nj_err *err)
{
    struct pipeline *pl = ctx;

    batch_add_sample(pl->batch, sample);
    return batch_is_full(pl->batch) ? stages_send(pl, err) : 0;
}

/* ---- state ---- */

static int walk_handed(struct nj_saved *saved, void *state, struct nj_err *err)
{
    (void)err;
    nj_saved_i64(saved, state);
    return 0;
}

/* A state of before does not tell. */
static int load_handed(struct pipeline *pl, FILE *in, struct nj_err *err)
{
    int next = getc(in);

    if (next == EOF)
        return 0;
    (void)ungetc(next, in);
    return nj_saved_read(in, MAGIC, NULL, walk_handed, &pl->handed_ns, err);
}

int stages_save(void *ctx, FILE *out, struct nj_err *err)
{
    struct pipeline *pl = ctx;
    int rc = visit_table_save(pl->visits, pl->names, out, err);

    if (rc == 0)
        rc = fingerprint_save(pl->fingerprints, out, err);
    if (rc == 0)
        rc = order_save(pl->orders, out, err);
    if (rc == 0)
        rc = fragment_table_save(pl->fragments, out, err);
    if (rc == 0)
        rc = app_save(pl->apps, out, err);
    if (rc == 0)
        rc = sampler_save(pl->sampler, out, err);
    if (rc == 0)
        rc = relations_save(pl->relations, out, err);
    if (rc == 0)
        rc = trw_save(pl->walks, out, err);
    if (rc == 0)
        rc = nj_saved_write(out, MAGIC, NULL, walk_handed, &pl->handed_ns, err);
    return rc;
}

int stages_load(struct pipeline *pl, const char *stream, struct nj_err *err)
{
    FILE *in = NULL;
    int rc;

    if (pl->options.drop_open)
        return store_drop_snapshot(pl->options.store, stream, err);
    rc = store_snapshot(pl->options.store, stream, &in, err);
    if (rc == STORE_NO_SNAPSHOT)
        return 0;
    if (rc == 0)
        rc = visit_table_load(pl->visits, pl->names, in, err);
    if (rc == 0)
        rc = fingerprint_load(pl->fingerprints, in, err);
    if (rc == 0)
        rc = order_load(pl->orders, in, err);
    if (rc == 0)
        rc = fragment_table_load(pl->fragments, in, err);
    if (rc == 0)
        rc = app_load(pl->apps, in, err);
    if (rc == 0)
        rc = sampler_load(pl->sampler, in, err);
    if (rc == 0)
        rc = relations_load(pl->relations, in, err);
    if (rc == 0)
        rc = trw_load(pl->walks, in, err);
    if (rc == 0)
        rc = load_handed(pl, in, err);
    if (in != NULL)
        (void)fclose(in);
    return rc < 0 ? nj_within(err, "state of sensor %s (ingest --drop-open goes on without it)",
                              stream)
                  : 0;
}

/* ---- packets ---- */

/* Who scans hosts, where hosts are. */
static int walk_packet(struct pipeline *pl, const struct packet *packet, struct nj_err *err)
{
    enum sensor_place src, dst;

    if (pl->walks == NULL || !sensors_places(pl->sensors, packet, &src, &dst))
        return 0;
    return trw_add(pl->walks, packet, src, dst, err);
}

/* Load what a round of packets will touch, step by step: what one step has loaded says what the
 * next one loads. */
static void prefetch(struct pipeline *pl, struct packet *packets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fingerprint_prepare(pl->fingerprints, &packets[i]);
        visit_table_prefetch(pl->visits, &packets[i]);
        if (pl->sampler != NULL)
            sampler_prefetch(pl->sampler, &packets[i]);
        if (pl->orders != NULL)
            order_prefetch(pl->orders, &packets[i]);
        if (pl->relations != NULL)
            relations_prefetch_index(pl->relations, &packets[i]);
    }
    for (size_t i = 0; i < count; i++) {
        fingerprint_prefetch(pl->fingerprints, &packets[i]);
        visit_table_prefetch_visit(pl->visits, &packets[i]);
        if (pl->orders != NULL)
            order_prefetch_source(pl->orders, &packets[i]);
        if (pl->relations != NULL)
            relations_prefetch(pl->relations, &packets[i]);
    }
    for (size_t i = 0; i < count; i++)
        visit_table_prefetch_targets(pl->visits, &packets[i]);
}

/* Its flags said that it may be an answer, or nothing; who made it says what it is. */
static void call_scan(struct pipeline *pl, struct packet *packet)
{
    char rule[64];

    if (packet->tool != pl->named.tool) { /* as a rule one scan has them all */
        (void)snprintf(rule, sizeof(rule), "tool:%s", nj_intern_text(pl->names, packet->tool));
        pl->named.tool = packet->tool;
        pl->named.rule = nj_intern_z(pl->names, rule);
    }
    packet->class = CLASS_SCAN;
    packet->rule = pl->named.rule;
    packet->visit_hash = 0; /* was made of the class */
}

/* The way of a round of packets that know their sensor: fingerprint, relation, order, walk,
 * sample, visit. */
int stages_process(struct pipeline *pl, struct packet *packets, size_t count,
                   struct nj_err *err)
{
    prefetch(pl, packets, count);
    for (size_t i = 0; i < count; i++) {
        int made = fingerprint_add(pl->fingerprints, &packets[i], err);

        if (made == FINGERPRINT_SCANNER)
            call_scan(pl, &packets[i]);
        if (made < 0 ||
            (pl->relations != NULL && relations_add(pl->relations, &packets[i], err) < 0) ||
            (pl->orders != NULL && order_add(pl->orders, &packets[i], err) < 0) ||
            walk_packet(pl, &packets[i], err) < 0 ||
            (pl->sampler != NULL && sampler_add(pl->sampler, &packets[i], err) < 0))
            return -1;
        if (visit_table_add(pl->visits, &packets[i], sensors_gather_s(pl->sensors, &packets[i]),
                            err) < 0)
            return -1;
    }
    return 0;
}

/* ---- made and freed ---- */

int stages_make(struct pipeline *pl, struct nj_err *err)
{
    const struct pipeline_options *options = &pl->options;
    struct visit_table_options table = {
        .max_visits = options->max_visits,
        .max_sessions = options->max_sessions,
        .part_s = options->part_s,
        .payload_bytes = options->payload_bytes,
    };

    pl->names = nj_intern_new(NAMES_MAX);
    pl->queue = queue_new();
    pl->fragments = fragment_table_new();
    if (pl->names == NULL || pl->queue == NULL || pl->fragments == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the pipeline");
    pl->batch = queue_empty(pl->queue);
    if (options->payload_rules != NULL &&
        payload_rules_load(options->payload_rules, pl->names, &pl->payload_rules, err) < 0)
        return -1;
    pl->options.payload_rules = NULL; /* was borrowed for the call */
    pl->classifier = classifier_new(pl->names, pl->payload_rules);
    pl->sensors =
        sensors_new(options->sensors, options->sensor_count, options->sensor, pl->names);
    if (pl->classifier == NULL || pl->sensors == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the pipeline");
    if (app_new(pl->names, on_trait, pl, &pl->apps, err) < 0 ||
        fingerprint_new(pl->names, options->max_senders, on_trait, pl, &pl->fingerprints, err) <
            0 ||
        relations_new(&(struct relation_options){.names = pl->names}, on_trait, pl,
                      &pl->relations, err) < 0 ||
        order_new(pl->names, options->max_senders, on_trait, pl, &pl->orders, err) < 0 ||
        (sensors_have_lit(pl->sensors) &&
         trw_new(options->max_senders, on_trait, pl, &pl->walks, err) < 0) ||
        sampler_new((uint32_t)options->samples_per_day, pl->names, on_sample, pl, &pl->sampler,
                    err) < 0)
        return -1;
    return visit_table_new(&table, 1, on_visit, pl, &pl->visits, err);
}

void stages_free(struct pipeline *pl)
{
    queue_free(pl->queue);
    visit_table_free(pl->visits);
    sampler_free(pl->sampler);
    relations_free(pl->relations);
    trw_free(pl->walks);
    order_free(pl->orders);
    fingerprint_free(pl->fingerprints);
    fragment_table_free(pl->fragments);
    classifier_free(pl->classifier);
    payload_rules_free(pl->payload_rules);
    app_free(pl->apps);
    sensors_free(pl->sensors);
    nj_intern_free(pl->names);
}
