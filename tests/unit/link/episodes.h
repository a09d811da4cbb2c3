/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of link/: episodes that grow session by session, a background of many kinds of
 * scanners, and a sink that keeps the last word on every link and actor. */
#ifndef NJ_TESTS_LINK_EPISODES_H
#define NJ_TESTS_LINK_EPISODES_H

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "link/linker.h"

#define S_US INT64_C(1000000)
#define H_US (3600 * S_US)
#define DAY (24 * H_US)
#define T0 (INT64_C(1402444800) * S_US) /* 2014-06-11 */
#define LINKS_MAX 4096
#define CHANGES_MAX 16384

struct told {
    struct link links[LINKS_MAX]; /* by id; the last word */
    uint64_t count;               /* highest id */
    struct actor_change changes[CHANGES_MAX];
    size_t change_count;
    uint64_t digest; /* of all that was told, in order */
};

static inline void mix(uint64_t *digest, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < size; i++)
        *digest = (*digest ^ bytes[i]) * 0x100000001b3u;
}

static inline int take_link(void *ctx, const struct link *link, struct nj_err *err)
{
    struct told *told = ctx;

    (void)err;
    if (link->id < LINKS_MAX) {
        told->links[link->id] = *link;
        told->count = link->id > told->count ? link->id : told->count;
    }
    mix(&told->digest, &link->id, sizeof(link->id));
    mix(&told->digest, &link->state, sizeof(link->state));
    mix(&told->digest, &link->probability, sizeof(link->probability));
    mix(&told->digest, &link->bits, sizeof(link->bits));
    mix(&told->digest, &link->actor, sizeof(link->actor));
    for (uint32_t i = 0; i < link->evidence_count; i++)
        mix(&told->digest, link->evidence[i].text, strlen(link->evidence[i].text));
    return 0;
}

static inline int take_actor(void *ctx, const struct actor_change *change, struct nj_err *err)
{
    struct told *told = ctx;

    (void)err;
    if (told->change_count < CHANGES_MAX)
        told->changes[told->change_count++] = *change;
    mix(&told->digest, &change->kind, sizeof(change->kind));
    mix(&told->digest, &change->actor, sizeof(change->actor));
    mix(&told->digest, &change->source, sizeof(change->source));
    return 0;
}

/* The actor that the told changes leave a source with. */
static inline uint64_t actor_of(const struct told *told, struct addr src)
{
    uint64_t actor = 0;

    for (size_t i = 0; i < told->change_count; i++) {
        const struct actor_change *c = &told->changes[i];

        if (c->kind == ACTOR_MERGED && c->other == actor)
            actor = c->actor;
        else if (c->kind == ACTOR_LEFT && addr_equal(c->source, src))
            actor = 0;
        else if (c->kind != ACTOR_MERGED && addr_equal(c->source, src))
            actor = c->actor;
    }
    return actor;
}

static inline const struct link *link_between(const struct told *told, struct addr a,
                                              struct addr b, enum link_kind kind)
{
    for (uint64_t i = told->count; i > 0; i--)
        if (told->links[i].kind == kind && addr_equal(told->links[i].a_src, a) &&
            addr_equal(told->links[i].b_src, b))
            return &told->links[i];
    return NULL;
}

static inline size_t accepted(const struct told *told)
{
    size_t count = 0;

    for (uint64_t i = 1; i <= told->count; i++)
        count += told->links[i].state == LINK_ACCEPTED;
    return count;
}

/* One scanner: what it does and when. */
struct plan {
    struct addr src;
    uint32_t asn;
    const char *country;
    const char *tool, *stack;
    uint16_t ports[EPISODE_PORTS]; /* ascending */
    unsigned port_count;
    enum sport_model model;
    uint16_t sport_min, sport_max;
    uint16_t window;
    uint8_t ttl;
    uint64_t instance;
    double rate;                 /* sessions per second */
    int64_t start, stop, silent; /* `silent`: from the last packet to its decision */
    bool no_fields;
};

/* Ports of one's own; a session in a minute. */
static inline struct plan own_plan(struct addr src, uint32_t asn, int64_t start, int64_t stop)
{
    return (struct plan){
        .src = src,
        .asn = asn,
        .country = asn == 65000   ? "NL"
                   : asn == 65001 ? "SE"
                                  : "AT",
        .stack = "64:0:0:1024:",
        .ports = {22, 80, 1471, 4004, 8080, 9898},
        .port_count = 6,
        .model = SPORT_RANGE,
        .sport_min = 1024,
        .sport_max = 65535,
        .window = 1024,
        .ttl = 50,
        .rate = 1.0 / 60,
        .start = start,
        .stop = stop,
        .silent = 30 * 60 * S_US,
    };
}

struct actor_sim {
    struct plan plan;
    struct episode e;
    struct nj_rng rng;
    bool begun, ceased;
};

static inline void sim_start(struct actor_sim *s, uint64_t id, const struct plan *plan,
                             struct nj_intern *names)
{
    memset(s, 0, sizeof(*s));
    s->plan = *plan;
    s->rng = nj_rng(7, id);
    s->e.id = id;
    s->e.src = plan->src;
    s->e.asn = plan->asn;
    (void)snprintf(s->e.country, sizeof(s->e.country), "%s", plan->country);
    s->e.first_us = s->e.last_us = plan->start;
    s->e.tool = plan->tool != NULL ? nj_intern_z(names, plan->tool) : 0;
    s->e.stack = plan->stack != NULL ? nj_intern_z(names, plan->stack) : 0;
    s->e.stacks = 1;
    s->e.window = plan->window;
    s->e.ttl_min = s->e.ttl_max = plan->ttl;
    s->e.no_fields = plan->no_fields;
    s->e.instances[0] = plan->instance;
    s->e.sport_model = SPORT_UNKNOWN;
    s->e.sport_min = UINT16_MAX;
}

static inline void sim_session(struct actor_sim *s, int64_t at)
{
    struct episode *e = &s->e;
    uint16_t port = s->plan.ports[nj_rng_below(&s->rng, s->plan.port_count)];
    uint32_t at_port = 0;
    uint16_t sport = (uint16_t)nj_rng_between(&s->rng, s->plan.sport_min, s->plan.sport_max);

    if (s->plan.model == SPORT_EVEN)
        sport &= 0xfffe;
    while (at_port < e->port_count && e->ports[at_port].port < port)
        at_port++;
    if (at_port == e->port_count || e->ports[at_port].port != port) {
        memmove(&e->ports[at_port + 1], &e->ports[at_port],
                (e->port_count - at_port) * sizeof(e->ports[0]));
        e->ports[at_port] = (struct episode_port){.port = port, .proto = 6};
        e->port_count++;
        e->ports_seen++;
    }
    e->ports[at_port].sessions++;
    int64_t gap_s = (at - e->last_us) / S_US;
    unsigned bin = 0;

    while (bin + 1 < EPISODE_GAP_BINS && gap_s >> (bin + 1) > 0)
        bin++;
    if (e->sessions > 0)
        e->gaps[bin]++;
    if (e->sessions == 0 || at / H_US != e->last_us / H_US)
        e->hours++;
    e->day_hours[at / H_US % 24]++;
    e->sessions++;
    e->packets++;
    e->last_us = at;
    e->sport_min = sport < e->sport_min ? sport : e->sport_min;
    e->sport_max = sport > e->sport_max ? sport : e->sport_max;
    if (e->sessions >= 4)
        e->sport_model = s->plan.model;
    if (at > e->first_us)
        e->rate = (double)(e->sessions - 1) / ((double)(at - e->first_us) / 1e6);
}

/* All that the plan sends up to `now`, then what the source table would tell. @return 0 */
static inline int sim_step(struct actor_sim *s, struct linker *linker, int64_t now)
{
    int64_t gap = (int64_t)(1e6 / s->plan.rate);
    bool grew = false;
    int64_t until = now < s->plan.stop ? now : s->plan.stop;
    int64_t next = s->e.sessions == 0 ? s->plan.start : s->e.last_us + gap;

    /* a long step brings more sessions than need be made one by one */
    if (until - next > 400 * gap)
        gap = (until - next) / 400;
    while (next <= until) {
        sim_session(s, next);
        grew = true;
        next = s->e.last_us + gap;
    }
    if (!s->begun) {
        if (s->e.sessions < 8)
            return 0;
        s->begun = true;
        return linker_episode(linker, EPISODE_BEGUN, &s->e, NULL);
    }
    if (grew)
        return linker_episode(linker, EPISODE_GREW, &s->e, NULL);
    if (!s->ceased && now > s->e.last_us + s->plan.silent) {
        s->ceased = true;
        s->e.ceased_us = now;
        return linker_episode(linker, EPISODE_CEASED, &s->e, NULL);
    }
    return 0;
}

/* The reference scanner of the first story: nine ports in equal shares, an event in 10 s. */
static inline struct plan reference_plan(struct addr src, int64_t start, int64_t stop)
{
    return (struct plan){
        .src = src,
        .asn = 4134,
        .country = "CN",
        .stack = "64:0:0:1024:",
        .ports = {21, 22, 23, 25, 53, 80, 443, 3389, 8080},
        .port_count = 9,
        .model = SPORT_RANGE,
        .sport_min = 32000,
        .sport_max = 62000,
        .window = 1024,
        .ttl = 51,
        .rate = 0.1,
        .start = start,
        .stop = stop,
        .silent = 30 * 60 * S_US,
    };
}

/* A background scanner of the kinds that every sensor sees most. */
static inline struct plan background_plan(unsigned i, int64_t from, int64_t to)
{
    struct nj_rng rng = nj_rng(99, i);
    static const uint16_t usual[] = {22, 23, 80, 443, 445, 1433, 2323, 3389, 5555, 8080};
    static const char *const countries[] = {"CN", "US", "BR", "RU", "TW", "IN", "VN", "DE"};
    uint32_t network = nj_rng_below(&rng, 200);
    struct plan plan = {
        .src = addr_from_v4(0x0a000000u | network << 16 | nj_rng_below(&rng, 65536)),
        .asn = network % 20 == 0 ? 4134 : 64512 + network / 3,
        .country = countries[network % 8],
        .model = SPORT_RANGE,
        .sport_min = 1024,
        .sport_max = 65535,
        .ttl = (uint8_t)(40 + nj_rng_below(&rng, 20)),
        .silent = 30 * 60 * S_US,
        .rate = 0.001 * (double)(1 + nj_rng_below(&rng, 200)),
    };
    unsigned kind = nj_rng_below(&rng, 10);

    plan.start = from + (int64_t)nj_rng_below64(&rng, (uint64_t)(to - from));
    plan.stop = plan.start + H_US + (int64_t)nj_rng_below64(&rng, (uint64_t)(3 * DAY));
    if (kind < 4) { /* Mirai: each bot its own key */
        plan.tool = "mirai";
        plan.stack = "64:0:0:*:";
        plan.ports[0] = 23;
        plan.ports[1] = 2323;
        plan.port_count = nj_rng_below(&rng, 3) == 0 ? 1 : 2;
        plan.model = SPORT_FIXED;
        plan.sport_min = plan.sport_max = (uint16_t)nj_rng_between(&rng, 1024, 65535);
        plan.instance = UINT64_C(1) << 56 | nj_rng_next(&rng) >> 8;
    } else if (kind < 6) { /* ZMap as it comes */
        plan.tool = "zmap";
        plan.stack = "255:0:0:65535:";
        plan.ports[0] = usual[nj_rng_below(&rng, 4)];
        plan.port_count = 1;
        plan.sport_min = 32768;
        plan.sport_max = 61000;
        plan.window = 65535;
    } else if (kind < 8) { /* Windows worms */
        plan.stack = "128:1:0:8192:mss,nop,ws,nop,nop,sok";
        plan.ports[0] = 445;
        plan.port_count = 1;
        plan.ttl = (uint8_t)(105 + nj_rng_below(&rng, 20));
    } else { /* some ports of one's own */
        plan.stack = "64:0:0:1024:";
        plan.port_count = 0;
        for (unsigned k = 0; k < 10; k++)
            if (nj_rng_below(&rng, 3) == 0)
                plan.ports[plan.port_count++] = usual[k];
        if (plan.port_count == 0)
            plan.ports[plan.port_count++] = 8080;
    }
    return plan;
}

/* Source port 6000 to TCP 1433: one program, some 1,500 users. */
static inline struct plan sql_plan(unsigned i, int64_t from, int64_t to)
{
    struct nj_rng rng = nj_rng(1433, i);
    uint32_t network = nj_rng_below(&rng, 120);
    int64_t start = from + (int64_t)nj_rng_below64(&rng, (uint64_t)(to - from));

    return (struct plan){
        .src = addr_from_v4(0x0a800000u | network << 12 | nj_rng_below(&rng, 4096)),
        .asn = network < 60 ? 4134 : 4837 + network % 10,
        .country = "CN",
        .stack = "128:0:0:16384:mss",
        .ports = {1433},
        .port_count = 1,
        .model = SPORT_FIXED,
        .sport_min = 6000,
        .sport_max = 6000,
        .window = 16384,
        .ttl = (uint8_t)(105 + network % 9),
        .rate = 0.01,
        .start = start,
        .stop = start + H_US + (int64_t)nj_rng_below64(&rng, (uint64_t)(2 * DAY)),
        .silent = 30 * 60 * S_US,
    };
}

/* ---- a whole run ---- */

struct run {
    struct linker *linker;
    struct nj_intern *names;
    struct told *told;
    struct actor_sim *sims;
    size_t count, room;
};

static inline void run_new(struct run *run)
{
    struct linker_options options = {.fdr = 0.01, .max_episodes = 100000};

    memset(run, 0, sizeof(*run));
    run->names = nj_intern_new(4096);
    options.names = run->names;
    run->told = calloc(1, sizeof(*run->told));
    assert_int_equal(linker_new(&options, &run->linker, NULL), 0);
}

static inline void run_free(struct run *run)
{
    linker_free(run->linker);
    nj_intern_free(run->names);
    free(run->told);
    free(run->sims);
}

static inline void run_add(struct run *run, struct plan plan)
{
    if (run->count == run->room) {
        run->room = run->room == 0 ? 64 : run->room * 2;
        run->sims = realloc(run->sims, run->room * sizeof(*run->sims));
        assert_non_null(run->sims);
    }
    sim_start(&run->sims[run->count], run->count + 1, &plan, run->names);
    run->count++;
}

static inline void run_step(struct run *run, int64_t now)
{
    const struct linker_sink sink = {.link = take_link, .actor = take_actor, .ctx = run->told};

    for (size_t i = 0; i < run->count; i++)
        if (run->sims[i].plan.start <= now && !run->sims[i].ceased)
            assert_int_equal(sim_step(&run->sims[i], run->linker, now), 0);
    assert_int_equal(linker_step(run->linker, now, &sink, NULL), 0);
}

static inline void run_until(struct run *run, int64_t *now, int64_t end, int64_t step)
{
    while (*now < end) {
        *now += step;
        run_step(run, *now);
    }
}

/* The state as bytes, and a linker made from them instead of the old one. */
static inline void run_reload(struct run *run)
{
    struct linker_options options = {.fdr = 0.01, .max_episodes = 100000};
    struct nj_intern *names = nj_intern_new(4096);
    char *bytes = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&bytes, &size);
    struct nj_err err = {.code = NJ_OK};

    assert_int_equal(linker_save(run->linker, run->names, file, NULL), 0);
    (void)fclose(file);
    linker_free(run->linker);
    run->linker = NULL;
    (void)nj_intern_z(names, "numbers differ in the next run");
    options.names = names;
    assert_int_equal(linker_new(&options, &run->linker, NULL), 0);
    file = fmemopen(bytes, size, "r");
    if (linker_load(run->linker, names, file, &err) < 0)
        fail_msg("%s", err.msg);
    (void)fclose(file);
    free(bytes);
    for (size_t i = 0; i < run->count; i++) {
        struct actor_sim *s = &run->sims[i];

        s->e.tool = s->plan.tool != NULL ? nj_intern_z(names, s->plan.tool) : 0;
        s->e.stack = s->plan.stack != NULL ? nj_intern_z(names, s->plan.stack) : 0;
    }
    nj_intern_free(run->names);
    run->names = names;
}

#endif
