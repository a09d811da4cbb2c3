/* SPDX-License-Identifier: Apache-2.0 */
/* What the packet side costs: CPU of its thread, ns a packet, from the bytes of a capture to
 * the rows, traits and samples that it hands on, with stages left out at will. What it hands on
 * is counted and digested by another thread, as the storing one takes it from the queue; so two
 * versions of the program, or two ways to run it, can be compared.
 *
 *   bench-packet [-x STAGE]... FILE...    STAGE: relation, order, sample, state (left out with
 *                                         any other) */
#define XXH_INLINE_ALL
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "pipeline/internal.h"

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
        for (size_t i = 0; i < batch->visit_count; i++) {
            struct visit visit;

            batch_visit(batch, i, &visit);
            digest_visit(drain, &visit);
        }
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

/* ---- the way of a packet ---- */

static int run(struct pipeline *pl, bool state, const char *path, double *ret_state_s,
               uint64_t *ret_packets, struct nj_err *err)
{
    struct source_input input = {.stream = NULL};
    struct frame frames[PIPELINE_ROUND];
    size_t count;
    int rc = nj_stream_open(path, &input.stream, err);

    if (rc == 0)
        rc = reader_open(input.stream, &input.reader, err);
    if (rc > 0)
        rc = nj_fail(err, NJ_FORMAT, "%s is no capture", path);
    while (rc == 0 &&
           (rc = reader_read(input.reader, frames, PIPELINE_ROUND, &count, err)) == 0) {
        rc = input_frames(pl, &input, frames, count, err);
        *ret_packets += count;
        if (rc == 0 && state && pl->uncommitted >= STORE_COMMIT_ROWS) {
            FILE *out = fopen("/dev/null", "we");
            double before = cpu_s();

            rc =
                out == NULL ? nj_fail(err, NJ_IO, "open /dev/null") : stages_save(pl, out, err);
            if (out != NULL)
                (void)fclose(out);
            *ret_state_s += cpu_s() - before;
            pl->uncommitted = 0;
        }
    }
    input_close(&input);
    return rc < 0 ? -1 : 0;
}

/* @param ret_state  false when the state can't be kept: it is that of all stages */
static bool leave_out(struct pipeline *pl, const char *stage, bool *ret_state)
{
    if (strcmp(stage, "relation") == 0) {
        relations_free(pl->relations);
        pl->relations = NULL;
    } else if (strcmp(stage, "order") == 0) {
        order_free(pl->orders);
        pl->orders = NULL;
    } else if (strcmp(stage, "sample") == 0) {
        sampler_free(pl->sampler);
        pl->sampler = NULL;
    } else if (strcmp(stage, "state") != 0) {
        return false;
    }
    *ret_state = false;
    return true;
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
    bool state = true;
    struct drain drain = {.visit_count = 0};
    struct nj_err err = {0};
    uint64_t packets = 0;
    pthread_t thread;
    double state_s = 0, began, cpu;
    int rc, option;

    rc = stages_make(&pl, &err);
    while (rc == 0 && (option = getopt(argc, argv, "x:")) != -1)
        if (option != 'x' || !leave_out(&pl, optarg, &state))
            return 2;
    drain.queue = pl.queue;
    (void)XXH3_64bits_reset(&drain.visits);
    (void)XXH3_64bits_reset(&drain.traits);
    (void)XXH3_64bits_reset(&drain.samples);
    if (rc < 0 || pthread_create(&thread, NULL, drain_run, &drain) != 0)
        return 1;
    began = cpu_s();
    for (int i = optind; i < argc && rc == 0; i++)
        rc = run(&pl, state, argv[i], &state_s, &packets, &err);
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
