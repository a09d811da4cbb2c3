/* SPDX-License-Identifier: Apache-2.0 */
/* What the packet side costs: CPU of its thread, ns a packet, from the bytes of a capture to
 * the rows, traits and samples that it hands on, with stages left out at will. What it hands on
 * is counted and digested by another thread, as the storing one takes it from the queue; so two
 * versions of the program, or two ways to run it, can be compared.
 *
 *   bench-packet [-x STAGE]... FILE...    STAGE: relation, order, sample, state */
#define XXH_INLINE_ALL
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "decode/decode.h"
#include "pipeline/internal.h"

struct stages {
    bool relation, order, sample, state;
};

struct drain {
    struct queue *queue;
    XXH3_state_t visits, traits, samples;
    uint64_t visit_count, trait_count, sample_count;
};

static double cpu_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- what comes out ---- */

static void digest_visit(struct drain *drain, const struct visit *v)
{
    const int64_t times[] = {v->first_ns, v->last_ns, v->handed_ns};
    const uint64_t wide[] = {v->seq,     v->src.hi, v->src.lo,      v->dst.hi,  v->dst.lo,
                             v->packets, v->bytes,  v->sport_bands, v->instance};
    const uint32_t mid[] = {v->sessions, v->targets, v->repeats, v->answered, v->sensor,
                            v->rule,     v->tool,    v->stack,   v->app,      v->conn_state};
    const uint16_t small[] = {
        v->dport,       v->sport,        v->sport_min, v->sport_max, v->sports[0],
        v->sports[1],   v->sports[2],    v->sports[3], v->window,    v->payload_length,
        v->user_length, v->sports_count, v->proto,     v->ttl,       v->ttl_min,
        v->ttl_max,     v->tcp_flags,    v->class};

    (void)XXH3_64bits_update(&drain->visits, times, sizeof(times));
    (void)XXH3_64bits_update(&drain->visits, wide, sizeof(wide));
    (void)XXH3_64bits_update(&drain->visits, mid, sizeof(mid));
    (void)XXH3_64bits_update(&drain->visits, small, sizeof(small));
    (void)XXH3_64bits_update(&drain->visits, v->payload, v->payload_length);
    (void)XXH3_64bits_update(&drain->visits, v->user, v->user_length);
}

static void digest_trait(struct drain *drain, const struct trait *t)
{
    (void)XXH3_64bits_update(&drain->traits, &t->time_ns, sizeof(t->time_ns));
    (void)XXH3_64bits_update(&drain->traits, &t->src, sizeof(t->src));
    (void)XXH3_64bits_update(&drain->traits, &t->packets, sizeof(t->packets));
    (void)XXH3_64bits_update(&drain->traits, &t->bits, sizeof(t->bits));
    (void)XXH3_64bits_update(&drain->traits, t->kind, strlen(t->kind));
    (void)XXH3_64bits_update(&drain->traits, t->value, strlen(t->value));
    if (getenv("BENCH_TRAITS") != NULL) {
        char src[ADDR_TEXT_MAX];

        fprintf(stderr, "%lld %s %s %u %.1f %s\n", (long long)t->time_ns,
                addr_text(t->src, src), t->kind, t->packets, (double)t->bits, t->value);
    }
}

static void *drain_run(void *ctx)
{
    struct drain *drain = ctx;
    struct batch *batch;

    while ((batch = queue_next(drain->queue)) != NULL) {
        for (size_t i = 0; i < batch->visit_count; i++)
            digest_visit(drain, &batch->visits[i]);
        for (size_t i = 0; i < batch->trait_count; i++)
            digest_trait(drain, &batch->traits[i]);
        for (size_t i = 0; i < batch->sample_count; i++)
            (void)XXH3_64bits_update(&drain->samples, batch->samples[i].bytes,
                                     batch->samples[i].captured);
        drain->visit_count += batch->visit_count;
        drain->trait_count += batch->trait_count;
        drain->sample_count += batch->sample_count;
        queue_return(drain->queue, batch);
    }
    return NULL;
}

/* ---- the way of a packet, as pipeline/input.c and stages.c go it ---- */

static void prefetch(struct pipeline *pl, const struct stages *on, size_t count)
{
    struct packet *packets = pl->round;

    for (size_t i = 0; i < count; i++) {
        fingerprint_prepare(pl->fingerprints, &packets[i]);
        visit_table_prefetch(pl->visits, &packets[i]);
        if (on->sample)
            sampler_prefetch(pl->sampler, &packets[i]);
        if (on->order)
            order_prefetch(pl->orders, &packets[i]);
        if (on->relation)
            relations_prefetch_index(pl->relations, &packets[i]);
    }
    for (size_t i = 0; i < count; i++) {
        fingerprint_prefetch(pl->fingerprints, &packets[i]);
        visit_table_prefetch_visit(pl->visits, &packets[i]);
        if (on->order)
            order_prefetch_source(pl->orders, &packets[i]);
        if (on->relation)
            relations_prefetch(pl->relations, &packets[i]);
    }
    for (size_t i = 0; i < count; i++)
        visit_table_prefetch_targets(pl->visits, &packets[i]);
}

static int process(struct pipeline *pl, const struct stages *on, size_t count,
                   struct nj_err *err)
{
    struct packet *packets = pl->round;

    prefetch(pl, on, count);
    for (size_t i = 0; i < count; i++) {
        if (fingerprint_add(pl->fingerprints, &packets[i], err) < 0 ||
            (on->relation && relations_add(pl->relations, &packets[i], err) < 0) ||
            (on->order && order_add(pl->orders, &packets[i], err) < 0) ||
            (on->sample && sampler_add(pl->sampler, &packets[i], err) < 0) ||
            visit_table_add(pl->visits, &packets[i], sensors_gather_s(pl->sensors, &packets[i]),
                            err) < 0)
            return -1;
    }
    return 0;
}

static int take(struct pipeline *pl, const struct stages *on, const struct frame *frames,
                size_t frame_count, struct nj_err *err)
{
    size_t count = 0;

    for (size_t i = 0; i < frame_count; i++) {
        struct packet *packet = &pl->round[count];

        if (decode(&frames[i], packet) != DECODE_OK || !sensors_assign(pl->sensors, packet))
            continue;
        if (!pl->options.judge_checksums)
            packet->bad_checksum = false;
        if (packet->fragment || packet->first_fragment)
            fragment_table_add(pl->fragments, packet);
        if (app_read(pl->apps, packet, pl->users[count], err) < 0)
            return -1;
        classify(pl->classifier, packet);
        count++;
    }
    return process(pl, on, count, err);
}

static int run(struct pipeline *pl, const struct stages *on, const char *path,
               double *ret_state_s, uint64_t *ret_packets, struct nj_err *err)
{
    struct nj_stream *stream = NULL;
    struct reader *reader = NULL;
    struct frame frames[PIPELINE_ROUND];
    size_t count;
    int rc = nj_stream_open(path, &stream, err);

    if (rc == 0)
        rc = reader_open(stream, &reader, err);
    if (rc > 0)
        rc = nj_fail(err, NJ_FORMAT, "%s is no capture", path);
    while (rc == 0 && (rc = reader_read(reader, frames, PIPELINE_ROUND, &count, err)) == 0) {
        rc = take(pl, on, frames, count, err);
        *ret_packets += count;
        if (rc == 0 && on->state && pl->uncommitted >= STORE_COMMIT_ROWS) {
            struct commit commit = {.snapshot = NULL};
            double before = cpu_s();

            rc = stages_save(pl, &commit, err);
            free(commit.snapshot);
            *ret_state_s += cpu_s() - before;
            pl->uncommitted = 0;
        }
    }
    reader_free(reader);
    nj_stream_free(stream);
    return rc < 0 ? -1 : 0;
}

static bool leave_out(struct stages *on, const char *stage)
{
    bool *const which = strcmp(stage, "relation") == 0 ? &on->relation
                        : strcmp(stage, "order") == 0  ? &on->order
                        : strcmp(stage, "sample") == 0 ? &on->sample
                        : strcmp(stage, "state") == 0  ? &on->state
                                                       : NULL;

    if (which != NULL)
        *which = false;
    return which != NULL;
}

static void report(struct drain *drain, double cpu, double state_s, uint64_t packets)
{
    (void)printf("%.1f ns a packet, and %.1f to keep the state; %llu packets\n",
                 (cpu - state_s) * 1e9 / (double)packets, state_s * 1e9 / (double)packets,
                 (unsigned long long)packets);
    (void)printf("%llu rows %016llx, %llu traits %016llx, %llu samples %016llx\n",
                 (unsigned long long)drain->visit_count,
                 (unsigned long long)XXH3_64bits_digest(&drain->visits),
                 (unsigned long long)drain->trait_count,
                 (unsigned long long)XXH3_64bits_digest(&drain->traits),
                 (unsigned long long)drain->sample_count,
                 (unsigned long long)XXH3_64bits_digest(&drain->samples));
}

int main(int argc, char **argv)
{
    static struct pipeline pl = {
        .options = {.max_senders = 1000000,
                    .max_visits = 1000000,
                    .max_sessions = 4000000,
                    .part_s = 600,
                    .payload_bytes = 64,
                    .payload_rules = NJ_SOURCE_DATA "/payload-rules.txt",
                    .judge_checksums = true,
                    .samples_per_day = 200000},
    };
    struct stages on = {true, true, true, true};
    struct drain drain = {.visit_count = 0};
    struct nj_err err = {0};
    uint64_t packets = 0;
    pthread_t thread;
    double state_s = 0, began, cpu;
    int rc, option;

    while ((option = getopt(argc, argv, "x:")) != -1)
        if (option != 'x' || !leave_out(&on, optarg))
            return 2;
    rc = stages_make(&pl, &err);
    drain.queue = pl.queue;
    (void)XXH3_64bits_reset(&drain.visits);
    (void)XXH3_64bits_reset(&drain.traits);
    (void)XXH3_64bits_reset(&drain.samples);
    if (rc < 0 || pthread_create(&thread, NULL, drain_run, &drain) != 0)
        return 1;
    began = cpu_s();
    for (int i = optind; i < argc && rc == 0; i++)
        rc = run(&pl, &on, argv[i], &state_s, &packets, &err);
    if (rc == 0)
        rc = visit_table_close(pl.visits, &err);
    if (rc == 0)
        rc = stages_send(&pl, &err);
    cpu = cpu_s() - began;
    queue_close(pl.queue);
    (void)pthread_join(thread, NULL);
    if (rc == 0)
        report(&drain, cpu, state_s, packets);
    else
        (void)fprintf(stderr, "%s\n", err.msg);
    stages_free(&pl);
    return rc == 0 ? 0 : 1;
}
