/* SPDX-License-Identifier: Apache-2.0 */
/* Rows for a source table in tests, and a record of what it tells. Times in seconds since T0,
 * a midnight. */
#ifndef NJ_TESTS_SOURCE_WORLD_H
#define NJ_TESTS_SOURCE_WORLD_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "source/source_table.h"

#define T0 INT64_C(1400025600) /* 2014-05-14 */
#define SRC(n) addr_from_v4(0xc6336400u + (unsigned)(n))

static const char *const change_names[] = {"begun", "grew", "ceased", "resumed", "forgotten"};

struct told {
    enum episode_change change;
    int64_t step_s;
    struct episode episode;
};

struct world {
    struct source_table *table;
    struct told *told;
    size_t told_count, told_room, facts_count;
    struct source_facts facts; /* the last told */
    int64_t step_s;
    char *log; /* all that was told, as text */
    size_t log_length;
    FILE *log_out;
};

static int on_episode(void *ctx, enum episode_change change, const struct episode *e,
                      struct nj_err *err)
{
    struct world *w = ctx;

    (void)err;
    if (w->told_count == w->told_room) {
        w->told_room = w->told_room * 2 + 16;
        w->told = realloc(w->told, w->told_room * sizeof(*w->told));
        assert_non_null(w->told);
    }
    w->told[w->told_count++] =
        (struct told){.change = change, .step_s = w->step_s, .episode = *e};
    (void)fprintf(w->log_out, "%" PRId64 " %s %" PRIu64, w->step_s, change_names[change],
                  e->id);
    (void)fprintf(w->log_out, " %" PRIx64 " %" PRId64 " %" PRId64 " %" PRId64, e->src.lo,
                  e->first_us, e->last_us, e->ceased_us);
    (void)fprintf(w->log_out, " s%" PRIu64 " p%" PRIu64 " t%" PRIu64 " h%u b%u r%a",
                  e->sessions, e->packets, e->targets, e->hours, e->bursts, e->rate);
    for (unsigned i = 0; i < e->port_count; i++)
        (void)fprintf(w->log_out, " %u/%u", e->ports[i].port, e->ports[i].sessions);
    (void)fprintf(w->log_out, " m%d tool%u stack%u/%u w%u i%" PRIx64, (int)e->sport_model,
                  e->tool, e->stack, e->stacks, e->window, e->instances[0]);
    for (unsigned i = 0; i < EPISODE_GAP_BINS; i++)
        (void)fprintf(w->log_out, " %u", e->gaps[i]);
    (void)fputc('\n', w->log_out);
    return 0;
}

static int on_source(void *ctx, const struct source_facts *f, struct nj_err *err)
{
    struct world *w = ctx;

    (void)err;
    w->facts = *f;
    w->facts_count++;
    (void)fprintf(w->log_out, "%" PRId64 " source %" PRIx64 " %" PRId64 " %" PRIu64, w->step_s,
                  f->src.lo, f->last_us, f->sessions);
    (void)fprintf(w->log_out, " %" PRIu64 " d%x h%u t%" PRIu64 " s%u\n", f->packets, f->days,
                  f->hours, f->targets, f->stacks);
    return 0;
}

static void world_open(struct world *w, size_t max_sources, size_t max_followed)
{
    struct source_options options = {.max_sources = max_sources, .max_followed = max_followed};

    *w = (struct world){.step_s = T0};
    w->log_out = open_memstream(&w->log, &w->log_length);
    assert_non_null(w->log_out);
    assert_int_equal(source_table_new(&options, &w->table, NULL), 0);
}

static void world_close(struct world *w)
{
    source_table_free(w->table);
    (void)fclose(w->log_out);
    free(w->log);
    free(w->told);
}

static inline void world_step(struct world *w, int64_t at_s)
{
    struct source_sink sink = {.episode = on_episode, .source = on_source, .ctx = w};

    w->step_s = T0 + at_s;
    assert_int_equal(source_table_step(w->table, w->step_s * 1000000, &sink, NULL), 0);
}

/* A part of a TCP scan. Defaults: one port, one packet a session. */
static struct visit part(struct addr src, double first_s, double last_s, double handed_s,
                         uint32_t sessions)
{
    return (struct visit){
        .first_ns = T0 * 1000000000 + (int64_t)(first_s * 1e9),
        .last_ns = T0 * 1000000000 + (int64_t)(last_s * 1e9),
        .handed_ns = T0 * 1000000000 + (int64_t)(handed_s * 1e9),
        .src = src,
        .dst = addr_from_v4(0xcb007100u),
        .packets = sessions,
        .sessions = sessions,
        .targets = 1,
        .dport = 23,
        .sport = 40000,
        .sport_min = 40000,
        .sport_max = 40000,
        .proto = PROTO_TCP,
        .ttl = 50,
        .ttl_min = 50,
        .ttl_max = 50,
        .window = 1024,
        .class = CLASS_SCAN,
    };
}

static inline struct visit row(struct addr src, double at_s)
{
    return part(src, at_s, at_s, at_s, 1);
}

static void add(struct world *w, const struct visit *visit)
{
    assert_int_equal(source_table_add(w->table, visit, 64500, "ZZ", NULL), 0);
}

static inline void add_row(struct world *w, struct addr src, double at_s)
{
    struct visit visit = row(src, at_s);

    add(w, &visit);
}

static inline size_t count_told(const struct world *w, enum episode_change change,
                                struct addr src)
{
    size_t count = 0;

    for (size_t i = 0; i < w->told_count; i++)
        count += w->told[i].change == change && addr_equal(w->told[i].episode.src, src);
    return count;
}

/* The last such change, NULL if none. */
static inline const struct told *last_told(const struct world *w, enum episode_change change,
                                           struct addr src)
{
    const struct told *last = NULL;

    for (size_t i = 0; i < w->told_count; i++)
        if (w->told[i].change == change && addr_equal(w->told[i].episode.src, src))
            last = &w->told[i];
    return last;
}

#endif
