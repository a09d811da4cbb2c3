/* SPDX-License-Identifier: Apache-2.0 */
#include "model/instance.h"
#include "source/silence.h"
#include "visit/visit_table.h"
#include "world.h"

#define DAY 86400

/* One session each `every_s` from `from_s` until before `to_s`, log rows, with a step each
 * minute. */
static void steady(struct world *w, struct addr src, int64_t from_s, int64_t to_s, int every_s)
{
    for (int64_t s = from_s; s < to_s; s += every_s) {
        while (s / 60 > (w->step_s - T0) / 60)
            world_step(w, (w->step_s - T0) / 60 * 60 + 60);
        add_row(w, src, (double)s);
    }
}

static void quiet(struct world *w, int64_t to_s)
{
    while (w->step_s < T0 + to_s)
        world_step(w, (w->step_s - T0) / 60 * 60 + 60);
}

static void steady_scanner_ceases_within_minutes(void **state)
{
    struct world w;
    const struct told *ceased;

    (void)state;
    world_open(&w, 100, 10);
    steady(&w, SRC(1), 0, 6 * 3600, 10);
    assert_int_equal(count_told(&w, EPISODE_BEGUN, SRC(1)), 1);
    assert_int_equal(count_told(&w, EPISODE_CEASED, SRC(1)), 0);
    quiet(&w, 7 * 3600);
    ceased = last_told(&w, EPISODE_CEASED, SRC(1));
    assert_non_null(ceased);
    assert_int_equal(ceased->episode.sessions, 2160);
    assert_int_equal(ceased->episode.last_us, (T0 + 6 * 3600 - 10) * 1000000);
    assert_true(ceased->episode.ceased_us <= (T0 + 6 * 3600 + 600) * 1000000);
    assert_true(ceased->episode.ceased_us > (T0 + 6 * 3600 + 100) * 1000000);
    assert_int_equal(ceased->episode.ceased_us, ceased->step_s * 1000000);
    assert_true(ceased->episode.rate > 0.099 && ceased->episode.rate < 0.101);
    assert_int_equal(ceased->episode.gaps[3], 2159);
    assert_int_equal(ceased->episode.hours, 6);
    assert_int_equal(ceased->episode.bursts, 1);
    assert_int_equal(source_table_counts(w.table)->ceased, 1);
    world_close(&w);
}

static void one_burst_ceases_after_half_an_hour(void **state)
{
    struct world w;
    const struct told *ceased;

    (void)state;
    world_open(&w, 100, 10);
    for (int i = 0; i < 200; i++)
        add_row(&w, SRC(1), 0.1 * i);
    quiet(&w, 29 * 60);
    assert_int_equal(count_told(&w, EPISODE_CEASED, SRC(1)), 0);
    quiet(&w, 31 * 60);
    ceased = last_told(&w, EPISODE_CEASED, SRC(1));
    assert_non_null(ceased);
    assert_int_equal(ceased->episode.sessions, 200);
    world_close(&w);
}

static void twelve_events_in_nine_days_are_one_episode(void **state)
{
    static const double at_h[] = {0, 15, 41, 60, 62, 90, 111, 130, 158, 170, 199, 215};
    struct world w;
    const struct told *grew;

    (void)state;
    world_open(&w, 100, 10);
    for (unsigned i = 0; i < 12; i++) {
        struct visit visit = row(SRC(1), at_h[i] * 3600);

        visit.no_fields = true;
        quiet(&w, (int64_t)(at_h[i] * 3600));
        add(&w, &visit);
    }
    quiet(&w, 225 * 3600);
    assert_int_equal(count_told(&w, EPISODE_BEGUN, SRC(1)), 1);
    assert_int_equal(count_told(&w, EPISODE_CEASED, SRC(1)), 0);
    grew = last_told(&w, EPISODE_GREW, SRC(1));
    assert_non_null(grew);
    assert_int_equal(grew->episode.sessions, 12);
    assert_int_equal(grew->episode.first_us, T0 * 1000000);
    assert_int_equal(w.facts.days, 0x1ff);
    assert_true(w.facts.slow);
    world_close(&w);
}

static void blocks_become_a_habit(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 100, 10);
    for (int block = 0; block < 14; block++) {
        steady(&w, SRC(1), block * 43200, block * 43200 + 21600, 20);
        quiet(&w, (block + 1) * 43200);
    }
    /* the first pauses are taken for the end; then they are known */
    assert_true(count_told(&w, EPISODE_CEASED, SRC(1)) <= 2);
    assert_true(count_told(&w, EPISODE_BEGUN, SRC(1)) <= 3);
    quiet(&w, 14 * 43200 + 5 * DAY);
    assert_true(last_told(&w, EPISODE_CEASED, SRC(1))->episode.first_us >= T0 * 1000000);
    assert_true(last_told(&w, EPISODE_CEASED, SRC(1))->step_s > T0 + 14 * 43200);
    world_close(&w);
}

static void a_return_is_a_new_episode(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 100, 10);
    steady(&w, SRC(1), 0, 4 * 3600, 10);
    steady(&w, SRC(1), DAY, DAY + 3600, 10);
    assert_int_equal(count_told(&w, EPISODE_BEGUN, SRC(1)), 2);
    assert_int_equal(last_told(&w, EPISODE_BEGUN, SRC(1))->episode.id, 2);
    assert_int_equal(last_told(&w, EPISODE_BEGUN, SRC(1))->episode.first_us,
                     (T0 + DAY) * 1000000);
    assert_int_equal(count_told(&w, EPISODE_CEASED, SRC(1)), 1);
    assert_int_equal(count_told(&w, EPISODE_RESUMED, SRC(1)), 0);
    world_close(&w);
}

static void a_wrong_decision_is_taken_back(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 100, 10);
    steady(&w, SRC(1), 0, 6 * 3600, 10);
    steady(&w, SRC(1), 6 * 3600 + 1200, 8 * 3600, 10);
    assert_int_equal(count_told(&w, EPISODE_CEASED, SRC(1)), 1);
    assert_int_equal(count_told(&w, EPISODE_RESUMED, SRC(1)), 1);
    assert_int_equal(last_told(&w, EPISODE_RESUMED, SRC(1))->episode.id, 1);
    assert_int_equal(last_told(&w, EPISODE_RESUMED, SRC(1))->episode.ceased_us, 0);
    assert_int_equal(source_table_counts(w.table)->resumed, 1);
    world_close(&w);
}

/* Twenty sources, one row each 7 s in turn, but not between the two times. */
static void crowd(struct world *w, int64_t to_s, int64_t dead_from_s, int64_t dead_to_s)
{
    for (int64_t s = 0; s < to_s; s += 7) {
        if (s >= dead_from_s && s < dead_to_s)
            continue;
        while (s / 60 > (w->step_s - T0) / 60)
            world_step(w, (w->step_s - T0) / 60 * 60 + 60);
        add_row(w, SRC(s / 7 % 20), (double)s);
    }
}

static void a_source_is_quiet_before_its_silence_is_decided(void **state)
{
    struct gaps gaps = {.count = 2000, .total_s = 40000};
    struct pauses pauses = {.count = {0}};
    double quiet_s, needed_s;

    (void)state;
    pauses_add(&pauses, 3600, 6);
    quiet_s = silence_quiet_s(&gaps, &pauses, 3700, 40000, 600);
    needed_s = silence_needed_s(&gaps, &pauses, 40000, 40000, 600);
    /* longer than every pause so far, and hardly more */
    assert_true(quiet_s >= 3700 && quiet_s < 4400);
    assert_true(needed_s > 2 * quiet_s);
}

static void an_outage_is_no_silence_of_sources(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 100, 50);
    crowd(&w, 2 * DAY, DAY, DAY + 8 * 3600);
    assert_int_equal(source_table_counts(w.table)->episodes, 20);
    assert_int_equal(source_table_counts(w.table)->ceased, 0);
    assert_in_range(source_table_counts(w.table)->outages_s, 28000, 28810);
    world_close(&w);
}

static void one_of_many_that_stops_has_ceased(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 100, 50);
    for (int64_t s = 0; s < 2 * DAY; s += 7) {
        while (s / 60 > (w.step_s - T0) / 60)
            world_step(&w, (w.step_s - T0) / 60 * 60 + 60);
        if (s / 7 % 20 != 3 || s < DAY)
            add_row(&w, SRC(s / 7 % 20), (double)s);
    }
    assert_int_equal(source_table_counts(w.table)->ceased, 1);
    assert_int_equal(count_told(&w, EPISODE_CEASED, SRC(3)), 1);
    assert_true(last_told(&w, EPISODE_CEASED, SRC(3))->step_s < T0 + DAY + 7200);
    world_close(&w);
}

static void a_clock_jump_ends_nothing(void **state)
{
    struct world w;
    struct visit visit;

    (void)state;
    world_open(&w, 100, 50);
    crowd(&w, DAY, 0, 0);
    add_row(&w, SRC(99), 40.0 * 365 * DAY);
    /* the clock stays there, the rows are from before */
    for (int64_t s = DAY; s < DAY + 7200; s += 7) {
        visit = part(SRC(s / 7 % 20), (double)s, (double)s, 40.0 * 365 * DAY, 1);
        add(&w, &visit);
    }
    world_step(&w, 40 * 365 * (int64_t)DAY + 60);
    assert_int_equal(source_table_counts(w.table)->ceased, 0);
    assert_int_equal(source_table_counts(w.table)->episodes, 20);
    world_close(&w);
}

static void parts_of_nine_ports_make_one_pace(void **state)
{
    struct world w;
    struct episode e;

    (void)state;
    world_open(&w, 100, 50);
    /* each port: 30 sessions in 300 s, the ports ten seconds apart */
    for (int round = 0; round < 48; round++)
        for (int port = 0; port < 9; port++) {
            double from = round * 300 + port * 10;
            struct visit visit = part(SRC(1), from, from + 299, from + 300, 30);

            visit.dport = (uint16_t)(20 + port);
            while ((int64_t)(from + 300) / 60 > (w.step_s - T0) / 60)
                world_step(&w, (w.step_s - T0) / 60 * 60 + 60);
            add(&w, &visit);
        }
    quiet(&w, 5 * 3600);
    assert_int_equal(count_told(&w, EPISODE_BEGUN, SRC(1)), 1);
    assert_int_equal(count_told(&w, EPISODE_CEASED, SRC(1)), 1);
    e = last_told(&w, EPISODE_CEASED, SRC(1))->episode;
    assert_int_equal(e.port_count, 9);
    for (unsigned i = 0; i < 9; i++)
        assert_int_equal(e.ports[i].sessions, 1440);
    assert_int_equal(e.sessions, 48 * 270);
    /* 270 sessions in 300 s: gaps of 1.1 s */
    assert_true(e.gaps[0] + e.gaps[1] > 11000);
    assert_int_equal(e.gaps[3] + e.gaps[4] + e.gaps[5] + e.gaps[6] + e.gaps[7], 0);
    world_close(&w);
}

static void other_classes_make_no_episodes_but_are_counted(void **state)
{
    struct world w;
    struct source_facts facts;

    (void)state;
    world_open(&w, 100, 50);
    for (int i = 0; i < 100; i++) {
        struct visit visit = row(SRC(1), i);

        visit.class = CLASS_BACKSCATTER;
        add(&w, &visit);
    }
    world_step(&w, 120);
    assert_false(source_table_find(w.table, SRC(1), &facts));
    assert_int_equal(w.told_count, 0);
    for (int i = 0; i < 10; i++)
        add_row(&w, SRC(1), 120 + i);
    world_step(&w, 180);
    assert_true(source_table_find(w.table, SRC(1), &facts));
    assert_int_equal(facts.class_sessions[CLASS_BACKSCATTER], 100);
    assert_int_equal(facts.class_sessions[CLASS_SCAN], 10);
    assert_int_equal(facts.sessions, 110);
    assert_int_equal(w.told[0].episode.sessions, 10);
    world_close(&w);
}

static void a_tool_or_a_key_is_followed_at_once(void **state)
{
    struct world w;
    struct visit visit = row(SRC(1), 1);
    struct trait trait = {
        .time_ns = T0 * 1000000000, .src = SRC(1), .packets = 7, .bits = 30, .kind = "tool"};

    (void)state;
    world_open(&w, 100, 50);
    visit.tool = 5;
    visit.instance = 77;
    add(&w, &visit);
    assert_int_equal(source_table_trait(w.table, &trait, NULL), 0);
    world_step(&w, 60);
    assert_int_equal(w.told_count, 1);
    assert_int_equal(w.told[0].episode.tool, 5);
    assert_int_equal(w.told[0].episode.instances[0], 77);
    assert_int_equal(w.facts.tool_packets, 7);
    assert_true(w.facts.tool_bits > 29 && w.facts.tool_bits < 31);
    (void)strcpy(trait.value, "unknown"); /* the verdict fell */
    assert_int_equal(source_table_trait(w.table, &trait, NULL), 0);
    world_step(&w, 120);
    assert_int_equal(w.facts.tool_packets, 0);
    world_close(&w);
}

/* ACKs alone, of a source that the walk of a lit network has judged, or not. */
static void the_stray_packets_of_a_scanner_are_scans(void **state)
{
    struct world w;
    struct trait trait = {.time_ns = T0 * 1000000000,
                          .src = SRC(1),
                          .packets = 9,
                          .bits = 18,
                          .kind = "trw",
                          .value = "client; 2 answered, 1 failed, 0 dark"};
    struct source_facts facts;

    (void)state;
    world_open(&w, 100, 50);
    for (int i = 0; i < 20; i++) {
        struct visit visit = row(SRC(1), i);

        visit.class = CLASS_OTHER;
        visit.proto = PROTO_TCP;
        visit.no_fields = false;
        visit.tcp_flags = TCP_ACK;
        visit.answered = 1;
        add(&w, &visit);
        visit.src = SRC(2); /* nobody has judged it */
        add(&w, &visit);
        if (i == 4)
            assert_int_equal(source_table_trait(w.table, &trait, NULL), 0);
        assert_false(source_table_find(w.table, SRC(1), &facts) && i < 9);
        if (i == 9) {
            (void)strcpy(trait.value, "scanner; 0 answered, 9 failed, 0 dark");
            assert_int_equal(source_table_trait(w.table, &trait, NULL), 0);
        }
    }
    world_step(&w, 60);
    assert_true(source_table_find(w.table, SRC(1), &facts));
    assert_int_equal(facts.class_sessions[CLASS_SCAN], 20);
    assert_int_equal(facts.class_sessions[CLASS_OTHER], 0);
    assert_in_range(facts.answered, 0, 10); /* none from the verdict on */
    assert_int_equal(count_told(&w, EPISODE_BEGUN, SRC(1)), 1);
    assert_false(source_table_find(w.table, SRC(2), &facts));
    world_close(&w);
}

static void a_trait_may_hold_an_instance_key(void **state)
{
    struct world w;
    struct trait trait = {.time_ns = T0 * 1000000000,
                          .src = SRC(1),
                          .packets = 7,
                          .kind = "zmap",
                          .value = "g=1234567;shard 3"};
    uint64_t key = instance_of_trait("zmap", "g=1234567;shard 4");

    (void)state;
    assert_int_equal(key >> 56, INSTANCE_GENERATOR);
    assert_true(key != instance_of_trait("zmap", "g=1234568;shard 4"));
    assert_int_equal(instance_of_trait("tool", "zmap"), 0);
    world_open(&w, 100, 50);
    add_row(&w, SRC(1), 1);
    assert_int_equal(source_table_trait(w.table, &trait, NULL), 0);
    for (int i = 0; i < 10; i++)
        add_row(&w, SRC(1), 2 + i);
    world_step(&w, 60);
    assert_int_equal(w.told_count, 1);
    assert_true(w.told[0].episode.instances[0] == key);
    world_close(&w);
}

/* Eight sessions of one program, which has a key, and eight of a stack without one, as the next
 * to get a dynamic address would send. @return how many episodes began, and what they count */
static unsigned episodes_of_two_stacks(const uint8_t ttls[16], double pause_s,
                                       uint64_t *ret_sessions)
{
    struct world w;
    unsigned begun = 0;

    *ret_sessions = 0;
    world_open(&w, 100, 50);
    for (int i = 0; i < 16; i++) {
        struct visit visit = row(SRC(1), i + (i < 8 ? 0 : pause_s));

        if (i == 8 && pause_s > 60)
            world_step(&w, 60);
        visit.instance = i < 8 ? 77 : 0;
        visit.stack = i < 8 ? 4 : 5;
        visit.ttl = visit.ttl_min = visit.ttl_max = ttls[i];
        add(&w, &visit);
    }
    quiet(&w, 86400);
    for (size_t i = 0; i < w.told_count; i++) {
        begun += w.told[i].change == EPISODE_BEGUN;
        if (w.told[i].change == EPISODE_CEASED)
            *ret_sessions += w.told[i].episode.sessions;
    }
    world_close(&w);
    return begun;
}

static const uint8_t two_programs[16] = {51,  51,  52,  51,  51,  51,  51,  51,
                                         118, 118, 118, 118, 118, 118, 118, 118};

static void the_next_at_a_dynamic_address_begins_an_episode(void **state)
{
    uint64_t sessions;

    (void)state;
    assert_int_equal(episodes_of_two_stacks(two_programs, 100, &sessions), 2);
    assert_int_equal(sessions, 16);
}

/* nmap does, so that its packets are of two stacks; and those that come before it is known
 * which tool that is have no key. */
static void who_sets_ttls_at_random_is_no_second_program(void **state)
{
    static const uint8_t ttls[16] = {21, 14, 14, 24, 25, 18, 32, 25,
                                     35, 40, 33, 36, 38, 34, 41, 35};
    uint64_t sessions;

    (void)state;
    assert_int_equal(episodes_of_two_stacks(ttls, 100, &sessions), 1);
    assert_int_equal(sessions, 16);
}

/* No address is given to another so soon: they share it. */
static void nothing_is_lost_of_two_programs_within_a_minute(void **state)
{
    uint64_t sessions;

    (void)state;
    assert_int_equal(episodes_of_two_stacks(two_programs, 0, &sessions), 1);
    assert_int_equal(sessions, 16);
}

static void addresses_of_one_64_are_one_source(void **state)
{
    struct world w;
    struct source_facts facts;

    (void)state;
    world_open(&w, 100, 50);
    for (uint64_t i = 0; i < 5000; i++) {
        struct addr src = {.hi = 0x20010db800000001u, .lo = nj_mix64(i)};

        add_row(&w, src, (double)i);
    }
    world_step(&w, 6000);
    assert_int_equal(source_table_counts(w.table)->sources, 1);
    assert_true(
        source_table_find(w.table, (struct addr){.hi = 0x20010db800000001u, .lo = 4}, &facts));
    assert_int_equal(facts.sessions, 5000);
    assert_int_equal(facts.src.lo, 0);
    world_close(&w);
}

/* Forty sources with exponential gaps of 30 s to 3 h on average, for nine days. */
static void a_steady_random_source_is_not_called_ceased(void **state)
{
    static const int every_s[] = {30, 120, 900, 3600, 10800};
    struct world w;
    double next_s[40];
    struct nj_rng rng = nj_rng(7, 7);

    (void)state;
    world_open(&w, 100, 50);
    for (int i = 0; i < 40; i++)
        next_s[i] = i;
    for (;;) {
        int first = 0;

        for (int i = 1; i < 40; i++)
            if (next_s[i] < next_s[first])
                first = i;
        if (next_s[first] > 9.0 * DAY)
            break;
        quiet(&w, (int64_t)next_s[first] / 60 * 60);
        add_row(&w, SRC(first), next_s[first]);
        next_s[first] += (double)nj_rng_wait16(&rng) / 65536 * every_s[first % 5];
    }
    assert_int_equal(source_table_counts(w.table)->episodes, 40);
    assert_int_equal(source_table_counts(w.table)->ceased, 0);
    world_close(&w);
}

static void slow_halving_is_no_stop(void **state)
{
    struct world w;
    struct nj_rng rng = nj_rng(3, 3);
    double at_s = 0;

    (void)state;
    world_open(&w, 100, 50);
    while (at_s < 2.5 * DAY) {
        double mean_s = (double)(1u << (unsigned)(at_s / 21600));

        quiet(&w, (int64_t)at_s / 60 * 60);
        add_row(&w, SRC(1), at_s);
        at_s += (double)nj_rng_wait16(&rng) / 65536 * mean_s;
    }
    assert_int_equal(count_told(&w, EPISODE_BEGUN, SRC(1)), 1);
    assert_int_equal(source_table_counts(w.table)->ceased, 0);
    world_close(&w);
}

static int on_part(void *ctx, const struct visit *visit, struct nj_err *err)
{
    struct world *w = ctx;

    while (visit->handed_ns / 1000000000 >= w->step_s + 60)
        world_step(w, w->step_s - T0 + 60);
    return source_table_add(w->table, visit, 64500, "ZZ", err);
}

/* The reference scanner, as packets: nine ports, one packet in ten seconds, twelve hours. */
static void a_capture_gives_the_same_episodes(void **state)
{
    static const uint16_t ports[] = {21, 22, 23, 25, 53, 80, 443, 3389, 8080};
    struct visit_table_options options = {
        .max_visits = 1000, .max_sessions = 10000, .part_s = 600, .payload_bytes = 16};
    struct visit_table *visits = NULL;
    struct nj_rng rng = nj_rng(5, 5);
    struct world w;
    double at_s = 0;
    const struct told *ceased;
    uint64_t sent = 0;

    (void)state;
    world_open(&w, 100, 50);
    assert_int_equal(visit_table_new(&options, 1, on_part, &w, &visits, NULL), 0);
    while (at_s < 43200) {
        struct packet p = {
            .time_ns = T0 * 1000000000 + (int64_t)(at_s * 1e9),
            .src = SRC(1),
            .dst = addr_from_v4(0xcb007100u + nj_rng_below(&rng, 256)),
            .sport = (uint16_t)nj_rng_between(&rng, 32000, 62000),
            .dport = ports[nj_rng_below(&rng, 9)],
            .proto = PROTO_TCP,
            .tcp_flags = TCP_SYN,
            .seq = nj_rng_u32(&rng),
            .ip_length = 40,
            .ttl = 44,
            .episode_packets = (uint32_t)++sent,
        };

        assert_int_equal(visit_table_add(visits, &p, 600, NULL), 0);
        at_s += (double)nj_rng_wait16(&rng) / 65536 * 10;
    }
    assert_int_equal(count_told(&w, EPISODE_CEASED, SRC(1)), 0);
    assert_int_equal(visit_table_tick(visits, (T0 + 43200 + 3600) * 1000000000, NULL), 0);
    quiet(&w, 43200 + 3600);
    ceased = last_told(&w, EPISODE_CEASED, SRC(1));
    assert_non_null(ceased);
    assert_int_equal(count_told(&w, EPISODE_BEGUN, SRC(1)), 1);
    assert_int_equal(source_table_counts(w.table)->ceased, 1);
    assert_int_equal(ceased->episode.sessions, sent);
    assert_int_equal(ceased->episode.port_count, 9);
    assert_int_equal(ceased->episode.sport_model, SPORT_RANGE);
    assert_int_equal(ceased->episode.hours, 12);
    /* what the rows may be late, and a few minutes */
    assert_true(ceased->step_s - T0 <= 43200 + 1200);
    visit_table_free(visits);
    world_close(&w);
}

static void one_packet_sources_are_bounded_and_counted(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 1000, 100);
    steady(&w, SRC(1), 0, 3600, 10);
    for (unsigned i = 0; i < 50000; i++) {
        add_row(&w, addr_from_v4(0x0a000000u + i), 3600 + i * 0.1);
        if (i % 100 == 0)
            add_row(&w, SRC(1), 3600 + i * 0.1);
    }
    assert_int_equal(source_table_counts(w.table)->sources, 1000);
    assert_int_equal(source_table_counts(w.table)->sources_evicted, 50001 - 1000);
    assert_int_equal(source_table_counts(w.table)->followed, 1);
    assert_int_equal(count_told(&w, EPISODE_FORGOTTEN, SRC(1)), 0);
    world_close(&w);
}

static void a_full_second_tier_forgets_and_says_so(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 100, 4);
    for (int i = 0; i < 10; i++) {
        struct visit visit = part(SRC(i), i * 60, i * 60 + 30, i * 60 + 30, 20);

        add(&w, &visit);
        world_step(&w, i * 60 + 60);
    }
    assert_int_equal(source_table_counts(w.table)->followed, 4);
    assert_int_equal(source_table_counts(w.table)->followed_evicted, 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(count_told(&w, EPISODE_FORGOTTEN, SRC(i)), 1);
    assert_int_equal(last_told(&w, EPISODE_FORGOTTEN, SRC(2))->episode.sessions, 20);
    world_close(&w);
}

static void sport_models_are_told_apart(void **state)
{
    static const enum sport_model want[] = {SPORT_FIXED, SPORT_RANGE, SPORT_EVEN, SPORT_ODD};
    struct world w;

    (void)state;
    world_open(&w, 100, 50);
    for (int kind = 0; kind < 4; kind++)
        for (int i = 0; i < 40; i++) {
            struct visit visit = row(SRC(kind), i);
            uint16_t odd = (uint16_t)(nj_mix64((uint64_t)i) % 20000 * 2 + 20001);

            visit.sport = (uint16_t)(kind == 0   ? 6000
                                     : kind == 1 ? odd + i % 2
                                     : kind == 2 ? odd + 1
                                                 : odd);
            visit.sport_min = visit.sport_max = visit.sport;
            add(&w, &visit);
        }
    world_step(&w, 60);
    for (int kind = 0; kind < 4; kind++)
        assert_int_equal(last_told(&w, EPISODE_BEGUN, SRC(kind))->episode.sport_model,
                         want[kind]);
    world_close(&w);
}

static void many_ports_and_targets_are_bounded_from_below(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 100, 50);
    for (unsigned i = 0; i < 4000; i++) {
        struct visit visit = row(SRC(i % 2), i * 0.01);

        visit.dport = (uint16_t)(i % 2 == 0 ? i : i % 80);
        visit.dst.lo += i % 2 == 0 ? i : i % 30;
        add(&w, &visit);
    }
    world_step(&w, 60);
    assert_in_range(w.told[0].episode.ports_seen, 600, 2000);
    assert_in_range(w.told[0].episode.targets, 550, 2000);
    assert_int_equal(w.told[0].episode.port_count, EPISODE_PORTS);
    assert_int_equal(w.told[1].episode.ports_seen, 40);
    assert_in_range(w.told[1].episode.targets, 13, 15);
    world_close(&w);
}

static void ports_of_several_runs_are_not_counted_twice(void **state)
{
    struct source_facts facts;
    struct world w;

    (void)state;
    world_open(&w, 100, 50);
    for (unsigned i = 0; i < 94; i++) {
        struct visit visit = row(SRC(1), i + (i < EPISODE_PORTS ? 0 : 20 * 86400));

        visit.dport = (uint16_t)(1000 + i);
        add(&w, &visit);
    }
    world_step(&w, 21 * 86400);
    assert_true(source_table_find(w.table, SRC(1), &facts));
    assert_in_range(facts.ports_seen, 75, 94);
    world_close(&w);
}

static void a_sweep_first_does_not_hide_the_port_asked_after_it(void **state)
{
    struct world w;
    bool kept = false;

    (void)state;
    world_open(&w, 100, 50);
    for (unsigned i = 0; i < EPISODE_PORTS + 50; i++) {
        struct visit visit = row(SRC(1), i * 0.01);

        visit.dport = i < EPISODE_PORTS ? (uint16_t)(50000 + i) : 3389;
        add(&w, &visit);
    }
    world_step(&w, 60);
    for (unsigned i = 0; i < w.facts.port_count; i++)
        kept = kept || (w.facts.ports[i].port == 3389 && w.facts.ports[i].sessions == 50);
    assert_true(kept);
    world_close(&w);
}

static void only_an_acknowledged_answer_proves_an_address(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 100, 50);
    for (unsigned i = 0; i < 20; i++) {
        struct visit visit = row(SRC(i % 2), i);

        visit.answered = 1;
        visit.tcp_flags = i % 2 == 0 ? TCP_SYN : TCP_SYN | TCP_ACK;
        add(&w, &visit);
    }
    world_step(&w, 60);
    assert_true(source_table_find(w.table, SRC(0), &w.facts));
    assert_int_equal(w.facts.answered, 0);
    assert_true(source_table_find(w.table, SRC(1), &w.facts));
    assert_int_equal(w.facts.answered, 10);
    world_close(&w);
}

static void what_an_application_was_told_by_tcp_proves_an_address_in_a_log(void **state)
{
    static const struct {
        bool app;
        uint8_t proto;
        uint64_t answered;
    } cases[] = {{true, PROTO_TCP, 10}, {false, PROTO_TCP, 0}, {true, PROTO_UDP, 0}};
    struct world w;

    (void)state;
    world_open(&w, 100, 50);
    for (unsigned i = 0; i < 30; i++) {
        struct visit visit = row(SRC(i % 3), i);

        visit.answered = 1;
        visit.no_fields = true;
        visit.proto = cases[i % 3].proto;
        visit.app = cases[i % 3].app ? 1 : 0;
        add(&w, &visit);
    }
    world_step(&w, 60);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(source_table_find(w.table, SRC(i), &w.facts));
        assert_int_equal(w.facts.answered, cases[i].answered);
    }
    world_close(&w);
}

static void growth_is_told_with_measure(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, 100, 50);
    steady(&w, SRC(1), 0, DAY, 6);
    /* 14,400 sessions in 1,440 steps: some while young, then by quarters and hours */
    assert_in_range(count_told(&w, EPISODE_GREW, SRC(1)), 24, 60);
    assert_true(last_told(&w, EPISODE_GREW, SRC(1))->episode.sessions > 13000);
    world_close(&w);
}

static int keep_state(void *ctx, const struct episode *episode, struct nj_err *err)
{
    struct told *told = ctx;

    (void)err;
    assert_true(told->episode.id < episode->id);
    told->episode = *episode;
    told->step_s++;
    return 0;
}

static void what_goes_on_is_flushed_once_and_as_it_is_now(void **state)
{
    struct told states = {0};
    struct world w;

    (void)state;
    world_open(&w, 100, 50);
    steady(&w, SRC(1), 0, 3600, 10);
    quiet(&w, 3600);
    assert_int_equal(source_table_flush(w.table, keep_state, &states, NULL), 0);
    assert_int_equal(states.step_s, 1);
    assert_int_equal(states.episode.sessions, 360);
    assert_int_equal(states.episode.ceased_us, 0);
    states = (struct told){0};
    assert_int_equal(source_table_flush(w.table, keep_state, &states, NULL), 0);
    assert_int_equal(states.step_s, 0); /* nothing changed */
    quiet(&w, 86400);
    assert_int_equal(w.told[w.told_count - 1].change, EPISODE_CEASED);
    assert_int_equal(source_table_flush(w.table, keep_state, &states, NULL), 0);
    assert_int_equal(states.step_s, 0); /* a step told it for good */
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_scanner_ceases_within_minutes),
        cmocka_unit_test(one_burst_ceases_after_half_an_hour),
        cmocka_unit_test(twelve_events_in_nine_days_are_one_episode),
        cmocka_unit_test(blocks_become_a_habit),
        cmocka_unit_test(a_return_is_a_new_episode),
        cmocka_unit_test(a_wrong_decision_is_taken_back),
        cmocka_unit_test(a_source_is_quiet_before_its_silence_is_decided),
        cmocka_unit_test(an_outage_is_no_silence_of_sources),
        cmocka_unit_test(one_of_many_that_stops_has_ceased),
        cmocka_unit_test(a_clock_jump_ends_nothing),
        cmocka_unit_test(parts_of_nine_ports_make_one_pace),
        cmocka_unit_test(other_classes_make_no_episodes_but_are_counted),
        cmocka_unit_test(a_tool_or_a_key_is_followed_at_once),
        cmocka_unit_test(the_stray_packets_of_a_scanner_are_scans),
        cmocka_unit_test(a_trait_may_hold_an_instance_key),
        cmocka_unit_test(the_next_at_a_dynamic_address_begins_an_episode),
        cmocka_unit_test(who_sets_ttls_at_random_is_no_second_program),
        cmocka_unit_test(nothing_is_lost_of_two_programs_within_a_minute),
        cmocka_unit_test(addresses_of_one_64_are_one_source),
        cmocka_unit_test(a_steady_random_source_is_not_called_ceased),
        cmocka_unit_test(slow_halving_is_no_stop),
        cmocka_unit_test(a_capture_gives_the_same_episodes),
        cmocka_unit_test(one_packet_sources_are_bounded_and_counted),
        cmocka_unit_test(a_full_second_tier_forgets_and_says_so),
        cmocka_unit_test(sport_models_are_told_apart),
        cmocka_unit_test(many_ports_and_targets_are_bounded_from_below),
        cmocka_unit_test(ports_of_several_runs_are_not_counted_twice),
        cmocka_unit_test(a_sweep_first_does_not_hide_the_port_asked_after_it),
        cmocka_unit_test(only_an_acknowledged_answer_proves_an_address),
        cmocka_unit_test(what_an_application_was_told_by_tcp_proves_an_address_in_a_log),
        cmocka_unit_test(growth_is_told_with_measure),
        cmocka_unit_test(what_goes_on_is_flushed_once_and_as_it_is_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
