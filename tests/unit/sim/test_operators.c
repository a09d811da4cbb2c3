/* SPDX-License-Identifier: Apache-2.0 */
/* The scenarios s1 to s9: what the truth says of operators, groups and hand-overs must be what
 * the packets show. Small runs without geo data; the packets are read back from the capture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/engine.h"
#include "sim/scenario.h"
#include "sim/tool.h"
#include "sim/truth.h"

static const char *const names[] = {
    "s1-reference", "s2-hoppers", "s3-lookalikes", "s4-shards",    "s5-slow",
    "s6-churn",     "s7-evasion", "s8-nat",        "s9-imitation",
};
#define NAMES (sizeof(names) / sizeof(names[0]))

struct packet_seen {
    int64_t us;
    uint32_t src, dst, seq;
    uint16_t sport, dport, window, ip_id;
    uint8_t proto, ttl, flags;
};

struct run {
    struct sim_options options;
    struct sim_world world;
    struct sim_geo *geo;
    struct sim_counts counts;
    struct packet_seen *packets;
    size_t packet_count;
    char *log, *truth, *hops; /* the files' text */
};

static uint32_t at32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint16_t at16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint8_t *take_file(const char *path, size_t *ret_length)
{
    FILE *in = fopen(path, "re");
    uint8_t *bytes;
    long length;

    assert_non_null(in);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    length = ftell(in);
    rewind(in);
    bytes = malloc((size_t)length + 1);
    assert_int_equal(fread(bytes, 1, (size_t)length, in), length);
    bytes[length] = 0;
    if (ret_length != NULL)
        *ret_length = (size_t)length;
    (void)fclose(in);
    (void)unlink(path);
    return bytes;
}

static void read_packets(struct run *run, const uint8_t *bytes, size_t length)
{
    run->packets = calloc(run->counts.packets, sizeof(*run->packets));
    for (size_t at = 24; at + 16 <= length;) {
        const uint8_t *ip = bytes + at + 16 + 14, *l4 = ip + 20;
        struct packet_seen *packet = &run->packets[run->packet_count++];
        uint32_t seconds, us, size;

        memcpy(&seconds, bytes + at, 4);
        memcpy(&us, bytes + at + 4, 4);
        memcpy(&size, bytes + at + 8, 4);
        packet->us = seconds * INT64_C(1000000) + us;
        packet->src = at32(ip + 12);
        packet->dst = at32(ip + 16);
        packet->ip_id = at16(ip + 4);
        packet->ttl = ip[8];
        packet->proto = ip[9];
        packet->sport = at16(l4);
        packet->dport = at16(l4 + 2);
        if (packet->proto == PROTO_TCP) {
            packet->seq = at32(l4 + 4);
            packet->flags = l4[13];
            packet->window = at16(l4 + 14);
        }
        at += 16 + size;
    }
}

/* A run with a small crowd; both a capture and a log. */
static struct run *play(const char *name, uint64_t seed)
{
    struct run *run = calloc(1, sizeof(*run));
    char pcap[] = "/tmp/test_sim_op_XXXXXX", log[64], truth[64], hops[64];
    const struct sim_scenario *scenario;
    struct sim_sinks sinks;
    struct nj_err err;
    size_t length;
    uint8_t *bytes;

    (void)close(mkstemp(pcap));
    (void)snprintf(log, sizeof(log), "%s.log", pcap);
    (void)snprintf(truth, sizeof(truth), "%s.truth", pcap);
    (void)snprintf(hops, sizeof(hops), "%s.hops", pcap);
    run->options = (struct sim_options){
        .scenario = name, .seed = seed, .sources = 300, .packets = 2000, .scale = 0.1};
    assert_int_equal(sim_scenario_choose(&run->options, &scenario, &err), 0);
    run->geo = sim_geo_nowhere();
    sim_world_init(&run->world, &run->options, run->geo);
    assert_int_equal(scenario->plan(&run->world, &err), 0);
    assert_int_equal(sim_pcap_open(pcap, &sinks.pcap, &err), 0);
    assert_int_equal(sim_log_open(log, &sinks.log, &err), 0);
    assert_int_equal(sim_engine_run(&run->world, sinks, &run->counts, &err), 0);
    assert_int_equal(sim_pcap_close(sinks.pcap, &err), 0);
    assert_int_equal(sim_log_close(sinks.log, &err), 0);
    assert_int_equal(sim_truth_write(&run->world, truth, &err), 0);
    assert_int_equal(sim_hops_write(&run->world, hops, &err), 0);
    bytes = take_file(pcap, &length);
    read_packets(run, bytes, length);
    free(bytes);
    assert_int_equal(run->packet_count, run->counts.packets);
    run->log = (char *)take_file(log, NULL);
    run->truth = (char *)take_file(truth, NULL);
    run->hops = (char *)take_file(hops, NULL);
    return run;
}

static void run_free(struct run *run)
{
    sim_world_done(&run->world);
    sim_geo_free(run->geo);
    free(run->packets);
    free(run->log);
    free(run->truth);
    free(run->hops);
    free(run);
}

static const char *kind_of(const struct run *run, uint32_t sender)
{
    const char *kind = run->world.identities[sender].kind;

    return kind == NULL ? "" : kind;
}

/* ---- hand-overs ---- */

static bool has_port(const struct sim_sender *sender, uint16_t port)
{
    for (unsigned p = 0; p < sender->ports->count; p++) {
        if (sender->ports->port[p] == port)
            return true;
    }
    return false;
}

/* Whether only this operator asks for the port at this address: in a NAT the other program's
 * packets do not count. */
static bool only_his(const struct run *run, const struct sim_sender *sender, uint16_t port)
{
    for (uint32_t i = 0; i < run->world.sender_count; i++) {
        const struct sim_sender *other = &run->world.senders[i];

        if (other->addr == sender->addr && other->tool != sender->tool && has_port(other, port))
            return false;
    }
    return has_port(sender, port);
}

/* How many of his packets came between two instants. */
static size_t packets_between(const struct run *run, const struct sim_sender *sender,
                              int64_t after_us, int64_t before_us)
{
    size_t count = 0;

    for (size_t i = 0; i < run->packet_count; i++) {
        const struct packet_seen *packet = &run->packets[i];

        if (packet->src == sender->addr && packet->us > after_us && packet->us < before_us)
            count += only_his(run, sender, packet->dport);
    }
    return count;
}

static bool seen_at(const struct run *run, uint32_t addr, int64_t us)
{
    for (size_t i = 0; i < run->packet_count; i++) {
        if (run->packets[i].src == addr && run->packets[i].us == us)
            return true;
    }
    return false;
}

/* When the address is next given to somebody, or to the same operator again. */
static int64_t next_lease_us(const struct run *run, const struct sim_sender *old)
{
    int64_t next = run->options.to_ns / 1000;

    for (uint32_t i = 0; i < run->world.sender_count; i++) {
        const struct sim_sender *sender = &run->world.senders[i];

        if (sender != old && sender->addr == old->addr && sender->packets > 0 &&
            sender->first_ns > old->last_ns && sender->first_ns / 1000 < next)
            next = sender->first_ns / 1000;
    }
    return next;
}

/* Since when nobody has used the address of `to`, but not before `from` fell silent. */
static int64_t free_since_us(const struct run *run, const struct sim_sender *from,
                             const struct sim_sender *to)
{
    int64_t since = from->last_ns / 1000;

    for (uint32_t i = 0; i < run->world.sender_count; i++) {
        const struct sim_sender *sender = &run->world.senders[i];

        if (sender->addr == to->addr && sender->packets > 0 && sender->last_ns < to->first_ns &&
            sender->last_ns / 1000 > since)
            since = sender->last_ns / 1000;
    }
    return since;
}

static void from_is_silent_after_each_hop_and_to_starts_behind_it(void **state)
{
    static const char *const with_hops[] = {"s1-reference", "s2-hoppers", "s6-churn",
                                            "s7-evasion",   "s8-nat",     "s9-imitation"};

    (void)state;
    for (size_t n = 0; n < sizeof(with_hops) / sizeof(with_hops[0]); n++) {
        struct run *run = play(with_hops[n], 7);
        uint32_t real = 0;

        for (uint32_t h = 0; h < run->world.hop_count && real < 150; h++) {
            const struct sim_hop *hop = &run->world.hops[h];
            const struct sim_sender *from = &run->world.senders[hop->from];
            const struct sim_sender *to = &run->world.senders[hop->to];

            if (from->packets == 0 || to->packets == 0)
                continue;
            real++;
            assert_int_equal(run->world.identities[hop->from].actor,
                             run->world.identities[hop->to].actor);
            assert_int_not_equal(from->addr, to->addr);
            assert_true(from->last_ns < to->first_ns);
            assert_true(seen_at(run, from->addr, from->last_ns / 1000));
            assert_true(seen_at(run, to->addr, to->first_ns / 1000));
            assert_int_equal(
                packets_between(run, from, from->last_ns / 1000, next_lease_us(run, from)), 0);
            assert_int_equal(
                packets_between(run, to, free_since_us(run, from, to), to->first_ns / 1000), 0);
        }
        assert_true(real >= 2);
        run_free(run);
    }
}

static unsigned lines_with(const char *text, const char *wanted)
{
    unsigned count = 0;

    for (const char *at = strstr(text, wanted); at != NULL; at = strstr(at + 1, wanted))
        count++;
    return count;
}

static void reference_moves_within_its_24_and_back(void **state)
{
    struct run *run = play("s1-reference", 3);
    const struct sim_sender *s = run->world.senders;

    (void)state;
    assert_string_equal(kind_of(run, 0), "reference");
    assert_int_equal(s[0].addr >> 8, s[1].addr >> 8);
    assert_int_equal(s[0].addr, s[2].addr);
    assert_true(s[0].packets > 1500 && s[1].packets > 1500 && s[2].packets > 1500);
    assert_int_equal(__builtin_popcountll(s[1].ports_used), 9);
    assert_int_equal(lines_with(run->hops, ",first,"), 1);
    assert_int_equal(lines_with(run->hops, ",return,"), 1);
    assert_memory_equal(run->hops, "actor,from,to,stopped,started,kind,changed\n", 43);
    run_free(run);
}

static void lookalikes_have_no_hop_and_no_group(void **state)
{
    struct run *run = play("s3-lookalikes", 3);

    (void)state;
    assert_string_equal(run->hops, "actor,from,to,stopped,started,kind,changed\n");
    for (uint32_t i = 0; i < run->world.sender_count; i++) {
        assert_null(run->world.identities[i].relation);
        assert_int_equal(run->world.identities[i].actor, i + 1); /* each its own */
    }
    run_free(run);
}

static void evaders_change_what_the_truth_says(void **state)
{
    struct run *run = play("s7-evasion", 5);
    unsigned seen[4] = {0};

    (void)state;
    for (uint32_t h = 0; h < run->world.hop_count; h++) {
        const struct sim_hop *hop = &run->world.hops[h];
        const struct sim_sender *from = &run->world.senders[hop->from];
        const struct sim_sender *to = &run->world.senders[hop->to];
        const struct sim_style *a = from->style, *b = to->style;
        unsigned changes = 0;

        if (strcmp(kind_of(run, hop->from), "evader") != 0)
            continue;
        assert_int_equal(strstr(hop->changed, "tool") != NULL, from->tool != to->tool);
        assert_int_equal(strstr(hop->changed, "ports") != NULL, from->ports != to->ports);
        assert_int_equal(strstr(hop->changed, "range") != NULL,
                         a->sport_first != b->sport_first || a->sport_last != b->sport_last);
        assert_int_equal(a->window, b->window);
        changes += hop->changed[0] != '\0';
        for (const char *at = hop->changed; *at != '\0'; at++)
            changes += *at == ';';
        assert_true(changes < 4);
        seen[changes]++;
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(seen[i], 30);
    run_free(run);
}

/* ---- groups: the secrets are in the packets ---- */

/* A packet's value that all members of an instance group share; false: the tool has none. */
static bool secret(const struct run *run, uint32_t sender, const struct packet_seen *packet,
                   uint32_t *ret_value)
{
    const char *kind = kind_of(run, sender);

    if (strcmp(kind, "unicornscan-drone") == 0)
        *ret_value =
            sim_unicornscan_seq(packet->seq, packet->dst, packet->dport, packet->sport);
    else if (strcmp(kind, "moving-bot") == 0)
        *ret_value = (uint32_t)packet->sport << 16 | packet->window;
    else if (strcmp(kind, "masscan-shard") == 0)
        *ret_value = packet->sport;
    else
        return false;
    return true;
}

static void members_of_an_instance_share_its_secret(void **state)
{
    struct run *run = play("s4-shards", 11);
    struct known {
        bool set;
        uint32_t value;
    } *known = calloc(run->world.group_count + 1, sizeof(*known));
    size_t checked = 0;

    (void)state;
    for (uint32_t i = 0; i < run->world.sender_count; i++) {
        const struct sim_sender *sender = &run->world.senders[i];
        struct known *group = &known[run->world.identities[i].group];

        for (size_t p = 0; run->world.identities[i].group != 0 && p < run->packet_count; p++) {
            const struct packet_seen *packet = &run->packets[p];
            uint32_t value;

            if (packet->src != sender->addr || !secret(run, i, packet, &value))
                continue;
            if (strcmp(kind_of(run, i), "moving-bot") == 0)
                assert_int_equal(packet->seq, packet->dst);
            if (!group->set)
                *group = (struct known){.set = true, .value = value};
            assert_int_equal(value, group->value);
            checked++;
        }
    }
    assert_true(checked > 100);
    free(known);
    run_free(run);
}

static void pools_share_the_targets_by_residue(void **state)
{
    struct run *run = play("s4-shards", 11);
    size_t checked = 0;

    (void)state;
    for (uint32_t i = 0; i < run->world.sender_count; i++) {
        const struct sim_sender *sender = &run->world.senders[i];

        if (strcmp(kind_of(run, i), "zmap-pool") != 0)
            continue;
        for (size_t p = 0; p < run->packet_count; p++) {
            if (run->packets[p].src != sender->addr)
                continue;
            assert_int_equal(run->packets[p].dst % sender->style->modulus,
                             sender->style->residue);
            checked++;
        }
    }
    assert_true(checked > 100);
    run_free(run);
}

/* Shards of one scan do not meet at a target, but for the few at the seam of two. */
static void shards_share_the_targets_among_them(void **state)
{
    struct run *run = play("s4-shards", 11);
    static uint8_t taken[1 << 12];
    unsigned long all = 0, again = 0;

    (void)state;
    for (uint32_t g = 1; g <= run->world.group_count; g++) {
        memset(taken, 0, sizeof(taken));
        for (uint32_t i = 0; i < run->world.sender_count; i++) {
            if (run->world.identities[i].group != g ||
                (strcmp(kind_of(run, i), "zmap-shard") != 0 &&
                 strcmp(kind_of(run, i), "masscan-shard") != 0))
                continue;
            for (size_t p = 0; p < run->packet_count; p++) {
                if (run->packets[p].src != run->world.senders[i].addr)
                    continue;
                all++;
                again += taken[run->packets[p].dst & 4095]++ != 0;
            }
        }
    }
    assert_true(all > 200);
    assert_true(again * 50 < all);
    run_free(run);
}

static void decoys_copy_each_packet_but_its_source(void **state)
{
    struct run *run = play("s4-shards", 11);
    size_t checked = 0;

    (void)state;
    for (uint32_t i = 0; i < run->world.sender_count; i++) {
        const struct sim_sender *real = &run->world.senders[i];

        if (strcmp(kind_of(run, i), "nmap-decoyed") != 0)
            continue;
        for (uint32_t d = 1; d <= real->style->decoys; d++)
            assert_int_equal(real[d].packets, real->packets);
        for (size_t p = 0; p < run->packet_count; p++) {
            if (run->packets[p].src != real->addr)
                continue;
            for (uint32_t d = 1; d <= real->style->decoys; d++) {
                struct packet_seen copy = run->packets[p + d];

                assert_int_equal(copy.src, real[d].addr);
                copy.src = real->addr;
                assert_memory_equal(&copy.us, &run->packets[p].us, sizeof(copy.us));
                assert_int_equal(copy.dst, run->packets[p].dst);
                assert_int_equal(copy.seq, run->packets[p].seq);
                assert_int_equal(copy.sport, run->packets[p].sport);
                assert_int_equal(copy.ip_id, run->packets[p].ip_id);
                assert_int_equal(copy.ttl, run->packets[p].ttl);
            }
            checked++;
        }
    }
    assert_true(checked > 20);
    run_free(run);
}

static void slow_teams_send_a_packet_an_hour(void **state)
{
    struct run *run = play("s5-slow", 2);
    unsigned members = 0;

    (void)state;
    for (uint32_t i = 0; i < run->world.sender_count; i++) {
        if (strncmp(kind_of(run, i), "slow-", 5) != 0)
            continue;
        members++;
        assert_in_range(run->world.senders[i].packets, 30, 35); /* 14 days, a tenth of them */
    }
    assert_int_equal(members, 160);
    run_free(run);
}

static void an_address_of_a_pool_serves_one_bot_at_a_time(void **state)
{
    struct run *run = play("s6-churn", 2);
    unsigned reused = 0;

    (void)state;
    for (uint32_t i = 0; i < run->world.sender_count; i++) {
        const struct sim_sender *a = &run->world.senders[i];

        if (strstr(kind_of(run, i), "-bot") == NULL || a->packets == 0)
            continue;
        for (uint32_t j = i + 1; j < run->world.sender_count; j++) {
            const struct sim_sender *b = &run->world.senders[j];

            if (b->addr != a->addr || b->packets == 0)
                continue;
            assert_true(a->last_ns < b->first_ns || b->last_ns < a->first_ns);
            reused += run->world.identities[i].actor != run->world.identities[j].actor;
        }
    }
    assert_true(reused > 1000);
    run_free(run);
}

static void two_programs_behind_one_address_are_two_actors(void **state)
{
    struct run *run = play("s8-nat", 2);
    unsigned shared = 0;

    (void)state;
    for (uint32_t i = 0; i + 1 < run->world.sender_count; i++) {
        for (uint32_t j = i + 1; j < run->world.sender_count && j < i + 3; j++) {
            if (strncmp(kind_of(run, i), "nat-", 4) != 0 ||
                run->world.senders[i].addr != run->world.senders[j].addr)
                continue;
            shared++;
            assert_int_not_equal(run->world.identities[i].actor,
                                 run->world.identities[j].actor);
        }
    }
    assert_true(shared >= 60);
    run_free(run);
}

static void imitators_are_not_their_victims(void **state)
{
    struct run *run = play("s9-imitation", 2);
    unsigned imitators = 0;

    (void)state;
    for (uint32_t i = 1; i < run->world.sender_count; i++) {
        if (strncmp(kind_of(run, i), "imitator-", 9) != 0)
            continue;
        imitators++;
        assert_string_equal(kind_of(run, i - 1), "victim-of-copy");
        assert_ptr_equal(run->world.senders[i].ports, run->world.senders[i - 1].ports);
        assert_int_not_equal(run->world.identities[i].actor,
                             run->world.identities[i - 1].actor);
    }
    assert_int_equal(imitators, 90);
    assert_int_equal(lines_with(run->hops, ",first,"), 30);
    run_free(run);
}

/* ---- all of them ---- */

static void every_scenario_is_the_same_for_the_same_seed_only(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        struct run *a = play(names[n], 21), *b = play(names[n], 21), *c = play(names[n], 22);

        assert_int_equal(a->packet_count, b->packet_count);
        for (size_t i = 0; i < a->packet_count; i++) {
            assert_int_equal(a->packets[i].us, b->packets[i].us);
            assert_int_equal(a->packets[i].src, b->packets[i].src);
            assert_int_equal(a->packets[i].seq, b->packets[i].seq);
        }
        assert_string_equal(a->log, b->log);
        assert_string_equal(a->truth, b->truth);
        assert_string_equal(a->hops, b->hops);
        assert_string_not_equal(a->truth, c->truth);
        run_free(a);
        run_free(b);
        run_free(c);
    }
}

/* What the truth counts as sessions of scans is what the log has lines of. */
static void log_has_a_line_for_each_session_of_the_capture(void **state)
{
    static const char *const some[] = {"s1-reference", "s4-shards", "s8-nat"};

    (void)state;
    for (size_t n = 0; n < sizeof(some) / sizeof(some[0]); n++) {
        struct run *run = play(some[n], 4);
        unsigned long sessions = 0, packets = 0, lines = 0;

        for (uint32_t i = 0; i < run->world.sender_count; i++) {
            packets += run->world.senders[i].packets;
            if (run->world.senders[i].tool->class == CLASS_SCAN)
                sessions += run->world.senders[i].sessions;
        }
        for (const char *at = run->log; *at != '\0'; at++)
            lines += *at == '\n';
        assert_int_equal(lines, sessions + 1); /* and a header */
        assert_int_equal(packets, run->packet_count);
        assert_memory_equal(run->log, "timestamp,src_ip,src_port,dst_ip,dst_port,protocol", 50);
        run_free(run);
    }
}

/* The log's rows, in order, are packets of the capture. */
static void each_line_of_the_log_is_a_packet_of_the_capture(void **state)
{
    struct run *run = play("s8-nat", 4);
    char *line = strchr(run->log, '\n') + 1, *end;
    size_t at = 0, rows = 0;

    (void)state;
    while (*line != '\0') {
        unsigned s[4], d[4], sport, dport, hour, minute, day, us, second;

        for (end = line; *end != '\n'; end++)
            ;
        *end = '\0'; /* sscanf measures all that follows */
        if (sscanf(line, "2024-09-%2uT%2u:%2u:%2u.%6uZ,%u.%u.%u.%u,%u,%u.%u.%u.%u,%u,", &day,
                   &hour, &minute, &second, &us, &s[0], &s[1], &s[2], &s[3], &sport, &d[0],
                   &d[1], &d[2], &d[3], &dport) == 15) {
            uint32_t src = s[0] << 24 | s[1] << 16 | s[2] << 8 | s[3];
            int64_t time = sim_date(2024, 9, day) / 1000 +
                           ((hour * 60 + minute) * 60 + second) * INT64_C(1000000) + us;

            while (at < run->packet_count &&
                   !(run->packets[at].us == time && run->packets[at].src == src &&
                     run->packets[at].sport == sport && run->packets[at].dport == dport))
                at++;
            assert_true(at < run->packet_count);
            rows++;
        }
        line = end + 1;
    }
    assert_true(rows > 1000);
    run_free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_is_silent_after_each_hop_and_to_starts_behind_it),
        cmocka_unit_test(reference_moves_within_its_24_and_back),
        cmocka_unit_test(lookalikes_have_no_hop_and_no_group),
        cmocka_unit_test(evaders_change_what_the_truth_says),
        cmocka_unit_test(members_of_an_instance_share_its_secret),
        cmocka_unit_test(pools_share_the_targets_by_residue),
        cmocka_unit_test(shards_share_the_targets_among_them),
        cmocka_unit_test(decoys_copy_each_packet_but_its_source),
        cmocka_unit_test(slow_teams_send_a_packet_an_hour),
        cmocka_unit_test(an_address_of_a_pool_serves_one_bot_at_a_time),
        cmocka_unit_test(two_programs_behind_one_address_are_two_actors),
        cmocka_unit_test(imitators_are_not_their_victims),
        cmocka_unit_test(every_scenario_is_the_same_for_the_same_seed_only),
        cmocka_unit_test(log_has_a_line_for_each_session_of_the_capture),
        cmocka_unit_test(each_line_of_the_log_is_a_packet_of_the_capture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
