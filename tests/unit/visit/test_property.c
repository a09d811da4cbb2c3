/* SPDX-License-Identifier: Apache-2.0 */
/* The visit table against the naive model, over random streams. A failing seed is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "naive.h"

#define STEPS 3000
#define SENSORS 2

/* What a stream is like. */
struct scene {
    uint64_t seed;
    bool prefixes;   /* the sensor has prefixes: its own packets are OUT */
    bool back_jumps; /* the time may go back by days, and stay there */
    int64_t gather_s[SENSORS];
    size_t max_visits;
    int64_t part_s;
    unsigned speed; /* 0 dense, 1, 2 sparse */
};

struct step {
    bool tick;
    struct packet packet;
};

static const uint8_t payload_bytes[] = "GET / HTTP/1.0";

static struct scene make_scene(uint64_t seed)
{
    static const int64_t gathers[] = {0, 1, 30, 600, 5000};
    uint64_t random = seed;
    struct scene scene = {.seed = seed};

    scene.prefixes = random_below(&random, 2) == 0;
    scene.back_jumps = random_below(&random, 3) == 0;
    for (unsigned i = 0; i < SENSORS; i++)
        scene.gather_s[i] = gathers[random_below(&random, 5)];
    scene.max_visits = random_below(&random, 3) == 0 ? 1 + random_below(&random, 12) : 10000;
    scene.part_s = random_below(&random, 2) == 0 ? 1 + random_below(&random, 100) : 300;
    scene.speed = random_below(&random, 3);
    return scene;
}

static struct addr source(uint32_t i)
{
    if (i >= 5)
        return (struct addr){.hi = 0x20010db800000000ull + i, .lo = 7};
    return addr_from_v4(0xc6336400u + i); /* 198.51.100.0/24 */
}

static struct addr target(uint32_t i, bool v6)
{
    if (v6)
        return (struct addr){.hi = 0x20010db8ffff0000ull, .lo = i};
    return addr_from_v4(0xcb007100u + i); /* 203.0.113.0/24 */
}

static void random_ports(uint64_t *random, struct packet *p)
{
    static const uint8_t flags[] = {TCP_SYN, TCP_SYN, TCP_SYN,
                                    TCP_ACK, TCP_RST, TCP_SYN | TCP_ACK};

    p->sport = (uint16_t)(1000 + 700 * random_below(random, 3));
    p->dport = (uint16_t)(22 + random_below(random, 2));
    switch (random_below(random, 8)) {
    case 0:
    case 1:
        p->proto = PROTO_UDP;
        break;
    case 2:
        p->proto = p->ip_version == 4 ? PROTO_ICMP : PROTO_ICMPV6;
        p->sport = (uint16_t)random_below(random, 2);
        p->dport = p->ip_version == 4 ? 8 << 8 : 128 << 8;
        if (random_below(random, 3) == 0)
            p->dport = 3 << 8 | 1;
        break;
    case 3:
        p->proto = random_below(random, 2) == 0 ? 47 : PROTO_TCP;
        p->fragment = p->proto == PROTO_TCP;
        break;
    default:
        p->proto = PROTO_TCP;
        p->tcp_flags = flags[random_below(random, 6)];
        p->seq = 77 + random_below(random, 2);
        p->window = (uint16_t)random_below(random, 3);
    }
}

/* The other end speaks. Never a SYN without ACK unless it may (own clients). */
static void turn_round(uint64_t *random, const struct scene *scene, struct packet *p)
{
    struct addr src = p->src;
    uint16_t sport = p->sport;

    p->src = p->dst;
    p->dst = src;
    if (p->proto == PROTO_ICMP && p->dport == 8 << 8) {
        p->dport = 0;
    } else if (p->proto == PROTO_ICMPV6 && p->dport == 128 << 8) {
        p->dport = 129 << 8;
    } else if (p->proto == PROTO_TCP || p->proto == PROTO_UDP) {
        p->sport = p->dport;
        p->dport = sport;
    }
    if ((p->tcp_flags & TCP_SYN) != 0 && !(scene->prefixes && random_below(random, 4) == 0))
        p->tcp_flags |= TCP_ACK;
    p->direction = scene->prefixes ? DIRECTION_OUT : DIRECTION_IN;
}

static void make_row(uint64_t *random, struct packet *p)
{
    p->row = true;
    p->no_fields = random_below(random, 2) == 0;
    p->answered = random_below(random, 2) == 0;
    p->row_packets = random_below(random, 5);
    p->row_bytes = random_below(random, 500);
    p->row_duration_us = (int64_t)random_below(random, 3) * 400000000;
    p->country = random_below(random, 3);
    p->user = random_below(random, 2) == 0 ? "root" : NULL;
}

static struct packet random_packet(uint64_t *random, const struct scene *scene,
                                   uint32_t *episodes)
{
    uint32_t src = random_below(random, 7);
    struct packet p = {
        .src = source(src),
        .dst = target(random_below(random, 8), src >= 5),
        .ip_version = src >= 5 ? 6 : 4,
        .sensor = random_below(random, SENSORS),
        .ip_length = 40 + random_below(random, 20),
        .ttl = (uint8_t)(50 + random_below(random, 4)),
        .class = random_below(random, 6) == 0 ? CLASS_EXPLOIT : random_below(random, 2),
        .rule = 2 + random_below(random, 2),
        .stack = random_below(random, 2),
        .tool = random_below(random, 3),
        .instance = random_below(random, 5) == 0 ? random_below(random, 100) : 0,
        .app = random_below(random, 6) == 0 ? 3 : 0,
    };

    random_ports(random, &p);
    if (random_below(random, 4) == 0) {
        p.payload = payload_bytes;
        p.payload_length = 1 + random_below(random, 12);
    }
    p.episode_packets = random_below(random, 200) == 0 ? (episodes[src] = 1) : ++episodes[src];
    if (random_below(random, 12) == 0)
        make_row(random, &p);
    else if (random_below(random, 4) == 0)
        turn_round(random, scene, &p);
    return p;
}

static int64_t random_gap_ns(uint64_t *random, unsigned speed)
{
    static const uint32_t usual_ms[] = {50, 2000, 20000};
    uint32_t kind = random_below(random, 100);

    if (kind == 0)
        return random_below(random, 8000) * NS_PER_S; /* over an hour's end */
    if (kind < 5)
        return random_below(random, 130) * NS_PER_S; /* whole: due times are hit exactly */
    if (kind < 10)
        return 0;
    return (int64_t)random_below(random, usual_ms[speed]) * 1000000 +
           random_below(random, 1000) * 1000;
}

static struct step *make_stream(const struct scene *scene)
{
    struct step *steps = calloc(STEPS, sizeof(*steps));
    uint64_t random = scene->seed * 77 + 1;
    uint32_t episodes[7] = {0};
    int64_t now_ns = T0 + 1000;
    unsigned jumps = 0;

    for (unsigned i = 0; i < STEPS; i++) {
        int64_t time_ns;

        now_ns += random_gap_ns(&random, scene->speed);
        /* to days that no packet has seen; all within the 12 days that a
         * session's time spans */
        if (scene->back_jumps && jumps < 4 && random_below(&random, 500) == 0)
            now_ns = T0 - (int64_t)++jumps * 200000 * NS_PER_S + 1000;
        time_ns = now_ns;
        if (random_below(&random, 20) == 0)
            time_ns -= random_below(&random, 2000000) * 1000; /* late by up to 2 s */
        else if (random_below(&random, 300) == 0)
            time_ns -= random_below(&random, 10) * NS_PER_S;
        steps[i].tick = random_below(&random, 30) == 0;
        steps[i].packet = random_packet(&random, scene, episodes);
        steps[i].packet.time_ns = time_ns;
    }
    return steps;
}

static struct visit_table *new_table(const struct scene *scene, uint64_t seed,
                                     struct parts *parts)
{
    const struct visit_table_options options = {
        .max_visits = scene->max_visits,
        .max_sessions = 100000,
        .part_s = scene->part_s,
        .payload_bytes = 8,
    };
    struct visit_table *table = NULL;

    assert_int_equal(visit_table_new_seeded(&options, seed, 1, parts_add, parts, &table, NULL),
                     0);
    return table;
}

static void add_step(struct visit_table *table, const struct scene *scene,
                     const struct step *step)
{
    const struct packet *p = &step->packet;

    if (step->tick)
        assert_int_equal(visit_table_tick(table, p->time_ns, NULL), 0);
    else
        assert_int_equal(visit_table_add(table, p, scene->gather_s[p->sensor], NULL), 0);
}

static void run_naive(const struct scene *scene, const struct step *steps, struct naive *n)
{
    memset(n, 0, sizeof(*n));
    n->clock_ns = INT64_MIN;
    n->max_visits = scene->max_visits;
    n->part_ns = scene->part_s * NS_PER_S;
    n->payload_bytes = 8;
    for (unsigned i = 0; i < STEPS; i++) {
        const struct packet *p = &steps[i].packet;

        if (steps[i].tick)
            naive_advance(n, p->time_ns);
        else
            naive_add(n, p, scene->gather_s[p->sensor]);
    }
    naive_close(n);
}

static void print_part(const char *name, const struct visit *v)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];

    print_message("%s: seq %llu first %lld last %lld handed %lld %s:%u > %s:%u proto %u "
                  "sensor %u class %u rule %u stack %u tool %u packets %llu sessions %u "
                  "targets %u repeats %u answered %u sports %u..%u flags %x no_fields %d "
                  "app %u payload %u\n",
                  name, (unsigned long long)v->seq, (long long)(v->first_ns - T0),
                  (long long)(v->last_ns - T0), (long long)(v->handed_ns - T0),
                  addr_text(v->src, src), v->sport, addr_text(v->dst, dst), v->dport, v->proto,
                  v->sensor, v->class, v->rule, v->stack, v->tool,
                  (unsigned long long)v->packets, v->sessions, v->targets, v->repeats,
                  v->answered, v->sport_min, v->sport_max, v->tcp_flags, v->no_fields, v->app,
                  v->payload_length);
}

static void assert_same_parts(const struct scene *scene, const struct parts *want,
                              const struct parts *have)
{
    for (size_t i = 0; i < want->count && i < have->count; i++) {
        if (same_part(&want->list[i], &have->list[i]))
            continue;
        print_part("expected", &want->list[i]);
        print_part("found", &have->list[i]);
        fail_msg("seed %llu: part %zu differs", (unsigned long long)scene->seed, i + 1);
    }
    if (want->count != have->count)
        fail_msg("seed %llu: %zu parts, expected %zu", (unsigned long long)scene->seed,
                 have->count, want->count);
}

/* Runs a stream in batches of random size, prefetched or not. */
static void run(const struct scene *scene, struct step *steps, struct visit_table *table)
{
    uint64_t random = scene->seed + 5;

    for (unsigned i = 0; i < STEPS;) {
        unsigned until = i + 1 + random_below(&random, 64);
        bool ahead = random_below(&random, 4) != 0;

        if (until > STEPS)
            until = STEPS;
        for (unsigned k = i; k < until; k++) {
            steps[k].packet.flow_hash = steps[k].packet.visit_hash = 0;
            if (!ahead || steps[k].tick)
                continue;
            visit_table_prefetch(table, &steps[k].packet);
            visit_table_prefetch_visit(table, &steps[k].packet);
            visit_table_prefetch_targets(table, &steps[k].packet);
        }
        for (; i < until; i++)
            add_step(table, scene, &steps[i]);
    }
    assert_int_equal(visit_table_close(table, NULL), 0);
}

#define SEEDS 40

static void random_streams_give_the_parts_of_the_naive_model(void **state)
{
    uint64_t parts_seen = 0, forced_seen = 0, own_seen = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct scene scene = make_scene(seed);
        struct step *steps = make_stream(&scene);
        struct parts parts = {.count = 0};
        struct visit_table *table = new_table(&scene, VISIT_SEED, &parts);
        const struct visit_table_counts *counts = visit_table_counts(table);
        struct naive naive;
        uint64_t packets = 0, sessions = 0;

        run_naive(&scene, steps, &naive);
        run(&scene, steps, table);
        assert_int_equal(counts->sessions_evicted, 0);
        assert_same_parts(&scene, &naive.parts, &parts);
        assert_int_equal(counts->sessions, naive.session_total);
        assert_int_equal(counts->recounted, naive.recounted);
        assert_int_equal(counts->packets, naive.packets);
        assert_int_equal(counts->own, naive.own);
        assert_int_equal(counts->visits_forced, naive.forced);
        assert_int_equal(counts->parts, parts.count);
        assert_int_equal(counts->open, 0);
        for (size_t i = 0; i < parts.count; i++) {
            const struct visit *part = &parts.list[i];

            packets += part->packets;
            sessions += part->sessions;
            assert_true(part->packets > 0);
            assert_true(part->first_ns <= part->last_ns);
            /* in order of time, but where it goes back by more than an hour */
            assert_true(i == 0 || part->handed_ns >= part[-1].handed_ns ||
                        part[-1].handed_ns - part->handed_ns > HOUR_NS);
            if (scene.gather_s[part->sensor] > 0)
                assert_int_equal(part->first_ns / HOUR_NS, part->last_ns / HOUR_NS);
        }
        assert_int_equal(packets + counts->own, counts->packets);
        assert_int_equal(sessions, counts->sessions + counts->recounted);
        parts_seen += parts.count;
        forced_seen += counts->visits_forced;
        own_seen += counts->own;
        visit_table_free(table);
        naive_done(&naive);
        free(parts.list);
        free(steps);
    }
    assert_true(parts_seen > 30000); /* the streams do what they are for */
    assert_true(forced_seen > 500);
    assert_true(own_seen > 500);
}

static void another_hash_seed_gives_the_same_parts(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
        struct scene scene = make_scene(seed);
        struct step *steps = make_stream(&scene);
        struct parts parts[2] = {{.count = 0}, {.count = 0}};

        for (unsigned i = 0; i < 2; i++) {
            struct visit_table *table = new_table(&scene, 12345 + i * seed, &parts[i]);

            run(&scene, steps, table);
            visit_table_free(table);
        }
        assert_same_parts(&scene, &parts[0], &parts[1]);
        free(parts[0].list);
        free(parts[1].list);
        free(steps);
    }
}

/* Save a table, and go on with a fresh one that has loaded it. */
static struct visit_table *hand_over(const struct scene *scene, struct visit_table *table,
                                     struct nj_intern *names, struct parts *parts)
{
    struct visit_table *next = new_table(scene, VISIT_SEED, parts);
    FILE *file = tmpfile();

    assert_non_null(file);
    assert_int_equal(visit_table_save(table, names, file, NULL), 0);
    rewind(file);
    assert_int_equal(visit_table_load(next, names, file, NULL), 0);
    assert_int_equal(fgetc(file), EOF);
    assert_memory_equal(visit_table_counts(next), visit_table_counts(table),
                        sizeof(struct visit_table_counts));
    assert_int_equal(fclose(file), 0);
    visit_table_free(table);
    return next;
}

static void saving_and_loading_at_any_packet_changes_nothing(void **state)
{
    struct nj_intern *names = nj_intern_new(100);

    (void)state;
    (void)nj_intern_z(names, "two");
    (void)nj_intern_z(names, "three");
    for (uint64_t seed = 1; seed <= SEEDS / 4; seed++) {
        struct scene scene = make_scene(seed);
        struct parts whole = {.count = 0}, cut = {.count = 0};
        struct visit_table *table = new_table(&scene, VISIT_SEED, &whole);
        uint64_t random = seed;
        struct step *steps;

        scene.back_jumps = false; /* sessions of long before are not saved */
        steps = make_stream(&scene);
        run(&scene, steps, table);
        visit_table_free(table);
        table = new_table(&scene, VISIT_SEED, &cut);
        for (unsigned i = 0; i < STEPS; i++) {
            if (random_below(&random, 200) == 0)
                table = hand_over(&scene, table, names, &cut);
            steps[i].packet.visit_hash = 0; /* it was another table's */
            add_step(table, &scene, &steps[i]);
        }
        assert_int_equal(visit_table_close(table, NULL), 0);
        assert_same_parts(&scene, &whole, &cut);
        visit_table_free(table);
        free(whole.list);
        free(cut.list);
        free(steps);
    }
    nj_intern_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_streams_give_the_parts_of_the_naive_model),
        cmocka_unit_test(another_hash_seed_gives_the_same_parts),
        cmocka_unit_test(saving_and_loading_at_any_packet_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
