/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint/fingerprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fingerprint/sender.h"
#include "traffic.h"

#define TRAITS_MAX 20000

struct run {
    struct nj_intern *names;
    struct fingerprint *fp;
    struct trait traits[TRAITS_MAX];
    size_t trait_count;
};

static int keep(void *ctx, const struct trait *trait, struct nj_err *err)
{
    struct run *run = ctx;

    (void)err;
    assert_true(run->trait_count < TRAITS_MAX);
    run->traits[run->trait_count++] = *trait;
    return 0;
}

static struct run *run_new(size_t max_senders)
{
    struct run *run = calloc(1, sizeof(*run));

    assert_non_null(run);
    run->names = nj_intern_new(10000);
    assert_int_equal(fingerprint_new(run->names, max_senders, keep, run, &run->fp, NULL), 0);
    return run;
}

static void run_free(struct run *run)
{
    fingerprint_free(run->fp);
    nj_intern_free(run->names);
    free(run);
}

static void add(struct run *run, struct packet *p)
{
    fingerprint_prepare(run->fp, p);
    assert_int_equal(fingerprint_add(run->fp, p, NULL), 0);
}

static const char *tool_of(const struct run *run, const struct packet *p)
{
    return nj_intern_text(run->names, p->tool);
}

static struct addr source(uint32_t i)
{
    return (struct addr){.hi = 0x20010db800000000ull | i >> 16, .lo = i};
}

static void tool_includes_the_packet_itself(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(1);

    (void)state;
    for (unsigned n = 1; n <= 3; n++) {
        struct packet p = traffic_masscan(&t);

        add(run, &p);
        assert_string_equal(tool_of(run, &p), n < 2 ? "" : "masscan");
        assert_int_equal(p.episode_packets, n);
        assert_string_equal(nj_intern_text(run->names, p.stack), "4|255|-|-|1024|-|-|-|-");
    }
    assert_int_equal(run->trait_count, 1);
    assert_string_equal(run->traits[0].kind, "tool");
    assert_string_equal(run->traits[0].value, "masscan");
    assert_int_equal(run->traits[0].packets, 2);
    assert_true(run->traits[0].bits == 32);
    assert_true(run->traits[0].time_ns == T0 + SECOND);
    run_free(run);
}

static void silence_of_half_an_hour_ends_the_episode(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(2);
    struct packet p = {0};
    int64_t last;

    (void)state;
    for (unsigned n = 0; n < 8; n++) {
        p = traffic_masscan(&t);
        add(run, &p);
    }
    last = p.time_ns;
    p = traffic_masscan(&t);
    p.time_ns = last + EPISODE_GAP_NS;
    add(run, &p);
    assert_int_equal(p.episode_packets, 9);
    assert_int_equal(run->trait_count, 1);

    last = p.time_ns;
    p = traffic_masscan(&t);
    p.time_ns = last + EPISODE_GAP_NS + 1;
    add(run, &p);
    assert_int_equal(p.episode_packets, 1);
    assert_string_equal(tool_of(run, &p), "");
    /* told again, as the evidence had grown from 2 to 9 packets */
    assert_int_equal(run->trait_count, 2);
    assert_int_equal(run->traits[1].packets, 9);
    assert_true(run->traits[1].time_ns == last);
    run_free(run);
}

static void evidence_that_hardly_grew_is_not_told_again(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(3);

    (void)state;
    for (unsigned n = 0; n < 7; n++) {
        struct packet p = traffic_masscan(&t);

        add(run, &p);
    }
    assert_int_equal(fingerprint_flush(run->fp, NULL), 0);
    assert_int_equal(run->trait_count, 1);
    run_free(run);
}

static void flush_ends_episodes_and_keeps_senders(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(4);
    struct packet p;

    (void)state;
    for (unsigned n = 0; n < 8; n++) {
        p = traffic_masscan(&t);
        add(run, &p);
    }
    assert_int_equal(fingerprint_flush(run->fp, NULL), 0);
    assert_int_equal(run->trait_count, 2);
    assert_int_equal(fingerprint_flush(run->fp, NULL), 0);
    assert_int_equal(run->trait_count, 2);
    assert_int_equal(fingerprint_counts(run->fp)->senders, 1);
    p = traffic_masscan(&t);
    add(run, &p);
    assert_int_equal(p.episode_packets, 1);
    run_free(run);
}

static void lost_label_is_told_as_unknown(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(5);
    struct packet p = traffic_mirai(&t);

    (void)state;
    add(run, &p);
    for (unsigned n = 0; n < 10; n++) {
        p = traffic_syn(&t);
        add(run, &p);
    }
    assert_int_equal(run->trait_count, 3);
    assert_string_equal(run->traits[0].value, "mirai");
    assert_string_equal(run->traits[1].value, "mixed");
    assert_string_equal(run->traits[2].value, "unknown");
    assert_string_equal(tool_of(run, &p), "");
    run_free(run);
}

static void what_looks_like_an_answer_is_a_scanners_once_it_is_named(void **state)
{
    static const uint8_t mss[] = {2, 4, 5, 0xb4};

    (void)state;
    for (unsigned zmap = 0; zmap < 2; zmap++) {
        struct run *run = run_new(10);
        struct traffic t = traffic_new(3);

        for (unsigned n = 1; n <= 12; n++) {
            struct packet p = traffic_syn(&t);

            p.tcp_flags = zmap ? TCP_SYN | TCP_ACK : TCP_ACK;
            p.window = zmap ? 65535 : 1024;
            p.ack = zmap ? p.seq * 3 : 0x8f3a21c4;
            p.seq = zmap ? p.seq : 0;
            p.sport = zmap ? (uint16_t)(32768 + p.ack % 28233) : 40000;
            if (zmap)
                traffic_options(&p, mss, sizeof(mss));
            fingerprint_prepare(run->fp, &p);
            p.bad_checksum = n == 11; /* of class other, whoever sent it */
            assert_int_equal(fingerprint_add(run->fp, &p, NULL),
                             n >= (zmap ? 10 : 2) && n != 11 ? FINGERPRINT_SCANNER : 0);
        }
        assert_string_equal(run->traits[0].value, zmap ? "zmap" : "nmap");
        run_free(run);
    }
}

/* Mirai and strangers: what a victim answers meets hping3's relation now and
 * then, by chance. */
static void chance_hits_of_a_mixed_sender_are_no_scan(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(3);

    (void)state;
    for (unsigned n = 0; n < 40; n++) {
        struct packet p = n % 2 == 0 ? traffic_mirai(&t) : traffic_syn(&t);

        add(run, &p);
        if (n == 39)
            assert_string_equal(tool_of(run, &p), "mixed");
    }
    for (unsigned n = 0; n < 3; n++) {
        struct packet p = traffic_hping3(&t);

        p.tcp_flags = TCP_ACK;
        p.sport = (uint16_t)(2000 + 40 * n);
        fingerprint_prepare(run->fp, &p);
        assert_int_equal(fingerprint_add(run->fp, &p, NULL), 0);
    }
    run_free(run);
}

static void rows_without_fields_count_but_judge_nothing(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(6);

    (void)state;
    for (unsigned n = 1; n <= 5; n++) {
        struct packet p = traffic_mirai(&t);

        p.no_fields = true;
        add(run, &p);
        assert_int_equal(p.episode_packets, n);
        assert_int_equal(p.tool, NJ_INTERN_NONE);
        assert_int_equal(p.stack, NJ_INTERN_NONE);
    }
    run_free(run);
}

static void our_own_packets_belong_to_no_sender(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(7);
    struct packet p = traffic_mirai(&t);

    (void)state;
    p.direction = DIRECTION_OUT;
    add(run, &p);
    assert_int_equal(p.episode_packets, 0);
    assert_int_equal(fingerprint_counts(run->fp)->senders, 0);
    run_free(run);
}

static void one_source_at_two_sensors_is_two_senders(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(8);

    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        struct packet p = traffic_masscan(&t);

        p.sensor = n;
        add(run, &p);
        assert_int_equal(p.episode_packets, 1);
        assert_string_equal(tool_of(run, &p), "");
    }
    assert_int_equal(fingerprint_counts(run->fp)->senders, 2);
    run_free(run);
}

static void small_steps_back_in_time_do_no_harm(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(9);
    struct packet p = traffic_syn(&t);

    (void)state;
    add(run, &p);
    p = traffic_syn(&t);
    p.time_ns = T0 - 5 * SECOND;
    add(run, &p);
    assert_int_equal(p.episode_packets, 2);
    p.time_ns = T0 + EPISODE_GAP_NS; /* counted from the higher one */
    add(run, &p);
    assert_int_equal(p.episode_packets, 3);
    run_free(run);
}

static void full_table_evicts_and_counts(void **state)
{
    struct run *run = run_new(100);
    struct traffic t = traffic_new(10);

    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        struct packet p = traffic_syn(&t);

        p.src = source(i);
        add(run, &p);
        assert_int_equal(p.episode_packets, 1);
        assert_int_equal(fingerprint_counts(run->fp)->senders, i < 100 ? i + 1 : 100);
        assert_int_equal(fingerprint_counts(run->fp)->senders_evicted, i < 100 ? 0 : i - 99);
    }
    run_free(run);
}

static void evicted_sender_tells_what_was_known(void **state)
{
    struct run *run = run_new(1);
    struct traffic t = traffic_new(11);
    struct packet p;

    (void)state;
    for (unsigned n = 0; n < 8; n++) {
        p = traffic_masscan(&t);
        add(run, &p);
    }
    p = traffic_syn(&t);
    p.src = source(1);
    add(run, &p);
    assert_int_equal(run->trait_count, 2);
    assert_int_equal(run->traits[1].packets, 8);
    run_free(run);
}

static void over_episodes_make_room_before_the_table_grows(void **state)
{
    struct run *run = run_new(100000);
    struct traffic t = traffic_new(12);

    (void)state;
    for (uint32_t i = 0; i < 50000; i++) {
        struct packet p = traffic_syn(&t);

        p.src = source(i);
        p.time_ns = T0 + i * 10 * SECOND; /* 180 in half an hour */
        add(run, &p);
    }
    assert_in_range(fingerprint_counts(run->fp)->senders, 180, 1000);
    assert_int_equal(fingerprint_counts(run->fp)->senders_evicted, 0);
    run_free(run);
}

static void many_senders_are_kept_apart(void **state)
{
    struct run *run = run_new(100000);
    struct traffic t = traffic_new(13);

    (void)state;
    for (uint32_t round = 1; round <= 3; round++)
        for (uint32_t i = 0; i < 50000; i++) {
            struct packet p = traffic_syn(&t);

            p.src = source(i * 7919);
            p.time_ns = T0;
            add(run, &p);
            assert_int_equal(p.episode_packets, round);
        }
    assert_int_equal(fingerprint_counts(run->fp)->senders, 50000);
    run_free(run);
}

/* A day of everything at once; small enough a table that senders must leave. */
static struct packet medley(struct traffic *t)
{
    static struct packet (*const makers[])(struct traffic *) = {
        traffic_syn,   traffic_zmap,        traffic_zmap_4, traffic_masscan,
        traffic_xmap,  traffic_zmap_start,  traffic_mirai,  traffic_hping3,
        traffic_linux, traffic_unicornscan, traffic_nmap,   traffic_windows_10,
    };
    uint32_t who = traffic_random(t) % 300;
    struct packet p = makers[who % 12](t);

    p.src = addr_is_v4(p.dst) && who % 2 == 0 ? addr_from_v4(0xc6336400 + who) : source(who);
    if (traffic_random(t) % 100 == 0)
        t->number += 600;
    return p;
}

static void expect_same(const struct run *a, const struct packet *pa, const struct run *b,
                        const struct packet *pb)
{
    assert_string_equal(tool_of(a, pa), tool_of(b, pb));
    assert_string_equal(nj_intern_text(a->names, pa->stack),
                        nj_intern_text(b->names, pb->stack));
    assert_true(pa->instance == pb->instance);
    assert_true(pa->src_hash == pb->src_hash);
    assert_int_equal(pa->episode_packets, pb->episode_packets);
}

static void expect_same_traits(const struct run *a, const struct run *b)
{
    assert_int_equal(a->trait_count, b->trait_count);
    for (size_t i = 0; i < a->trait_count; i++) {
        assert_true(addr_equal(a->traits[i].src, b->traits[i].src));
        assert_string_equal(a->traits[i].value, b->traits[i].value);
        assert_true(a->traits[i].time_ns == b->traits[i].time_ns);
        assert_true(a->traits[i].bits == b->traits[i].bits);
        assert_int_equal(a->traits[i].packets, b->traits[i].packets);
    }
}

/* Each table has a secret of its own, so this is about hashing, too. */
static void two_runs_give_the_same(void **state)
{
    struct run *a = run_new(120), *b = run_new(120);
    struct traffic t = traffic_new(14);

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct packet pa = medley(&t), pb = pa;

        add(a, &pa);
        add(b, &pb);
        expect_same(a, &pa, b, &pb);
    }
    assert_int_equal(fingerprint_flush(a->fp, NULL), 0);
    assert_int_equal(fingerprint_flush(b->fp, NULL), 0);
    expect_same_traits(a, b);
    assert_true(fingerprint_counts(a->fp)->senders_evicted > 100);
    run_free(a);
    run_free(b);
}

static void order_of_senders_does_not_matter(void **state)
{
    enum { SENDERS = 200, PACKETS = 20 };
    const char *tools[SENDERS];
    struct run *forward = run_new(1000), *backward = run_new(1000);

    (void)state;
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned n = 0; n < PACKETS; n++)
            for (unsigned i = 0; i < SENDERS; i++) {
                unsigned who = pass == 0 ? i : SENDERS - 1 - i;
                struct traffic t = traffic_new(who * 1000 + n);
                struct packet p = who % 2 == 0 ? traffic_masscan(&t) : traffic_zmap(&t);
                struct run *run = pass == 0 ? forward : backward;

                p.src = source(who);
                p.time_ns = T0 + n * SECOND;
                add(run, &p);
                if (n == PACKETS - 1 && pass == 0)
                    tools[who] = tool_of(run, &p);
                else if (n == PACKETS - 1)
                    assert_string_equal(tool_of(run, &p), tools[who]);
            }
    run_free(forward);
    run_free(backward);
}

struct bytes {
    char *data;
    size_t length;
};

static struct bytes save(const struct run *run)
{
    struct bytes bytes = {0};
    FILE *out = open_memstream(&bytes.data, &bytes.length);

    assert_non_null(out);
    assert_int_equal(fingerprint_save(run->fp, out, NULL), 0);
    assert_int_equal(fclose(out), 0);
    return bytes;
}

static int load(struct run *run, struct bytes bytes, struct nj_err *err)
{
    FILE *in = fmemopen(bytes.data, bytes.length, "rb");
    int rc;

    assert_non_null(in);
    rc = fingerprint_load(run->fp, in, err);
    assert_int_equal(fclose(in), 0);
    return rc;
}

static void saved_and_loaded_goes_on_the_same(void **state)
{
    struct run *a = run_new(120), *b = run_new(120);
    struct traffic t = traffic_new(15);
    struct bytes bytes, again;

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        struct packet p = medley(&t);

        add(a, &p);
    }
    bytes = save(a);
    assert_int_equal(load(b, bytes, NULL), 0);
    assert_int_equal(fingerprint_counts(a->fp)->senders, fingerprint_counts(b->fp)->senders);
    assert_int_equal(fingerprint_counts(a->fp)->senders_evicted,
                     fingerprint_counts(b->fp)->senders_evicted);
    again = save(b);
    assert_int_equal(again.length, bytes.length);
    assert_memory_equal(again.data, bytes.data, bytes.length);

    a->trait_count = 0;
    for (unsigned i = 0; i < 5000; i++) {
        struct packet pa = medley(&t), pb = pa;

        add(a, &pa);
        add(b, &pb);
        expect_same(a, &pa, b, &pb);
    }
    expect_same_traits(a, b);
    free(bytes.data);
    free(again.data);
    run_free(a);
    run_free(b);
}

static void loading_into_a_smaller_table_evicts_and_counts(void **state)
{
    struct run *a = run_new(1000), *b = run_new(10);
    struct traffic t = traffic_new(16);
    struct bytes bytes;

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        struct packet p = traffic_syn(&t);

        p.src = source(i);
        add(a, &p);
    }
    bytes = save(a);
    assert_int_equal(load(b, bytes, NULL), 0);
    assert_int_equal(fingerprint_counts(b->fp)->senders, 10);
    assert_int_equal(fingerprint_counts(b->fp)->senders_evicted, 90);
    free(bytes.data);
    run_free(a);
    run_free(b);
}

static void damaged_state_is_refused_and_leaves_an_empty_table(void **state)
{
    struct run *a = run_new(100), *b = run_new(100);
    struct traffic t = traffic_new(17);
    struct bytes bytes;

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        struct packet p = medley(&t);

        add(a, &p);
    }
    bytes = save(a);
    for (size_t i = 0; i < bytes.length; i++) {
        struct nj_err err = {0};

        bytes.data[i] ^= (char)(1 << i % 8);
        assert_int_equal(load(b, bytes, &err), -1);
        assert_int_equal(err.code, NJ_FORMAT);
        assert_int_equal(fingerprint_counts(b->fp)->senders, 0);
        bytes.data[i] ^= (char)(1 << i % 8);
    }
    for (size_t cut = 1; cut < bytes.length; cut += 7) {
        struct bytes part = {bytes.data, cut};
        struct nj_err err = {0};

        assert_int_equal(load(b, part, &err), -1);
        assert_int_equal(err.code, NJ_FORMAT);
    }
    assert_int_equal(load(b, bytes, NULL), 0);
    assert_int_equal(fingerprint_counts(b->fp)->senders, fingerprint_counts(a->fp)->senders);
    free(bytes.data);
    run_free(a);
    run_free(b);
}

static int refuse(void *ctx, const struct trait *trait, struct nj_err *err)
{
    (void)ctx;
    (void)trait;
    return nj_fail(err, NJ_STORE, "no");
}

static void fault_of_the_sink_is_passed_on(void **state)
{
    struct nj_intern *names = nj_intern_new(1000);
    struct fingerprint *fp = NULL;
    struct traffic t = traffic_new(18);
    struct packet p = traffic_mirai(&t);
    struct nj_err err = {0};

    (void)state;
    assert_int_equal(fingerprint_new(names, 10, refuse, NULL, &fp, NULL), 0);
    fingerprint_prepare(fp, &p);
    assert_int_equal(fingerprint_add(fp, &p, &err), -1);
    assert_int_equal(err.code, NJ_STORE);
    fingerprint_free(fp);
    nj_intern_free(names);
}

static const struct trait *trait_of(const struct run *run, const char *kind)
{
    const struct trait *found = NULL;

    for (size_t i = 0; i < run->trait_count; i++)
        if (strcmp(run->traits[i].kind, kind) == 0)
            found = &run->traits[i];
    return found;
}

static void real_stack_behind_a_hand_made_syn_to_the_same_place_is_two_phase(void **state)
{
    (void)state;
    for (int same_place = 0; same_place < 2; same_place++) {
        struct run *run = run_new(10);
        struct traffic t = traffic_new(3);
        struct packet first = traffic_zmap(&t), second = traffic_linux(&t);

        second.dst = first.dst;
        second.dport = same_place ? first.dport : 80;
        second.time_ns = first.time_ns + 3 * SECOND;
        add(run, &first);
        add(run, &second);
        if (same_place)
            assert_string_equal(trait_of(run, "two-phase")->value,
                                nj_intern_text(run->names, second.stack));
        else
            assert_null(trait_of(run, "two-phase"));
        run_free(run);
    }
}

static void copies_of_one_probe_from_several_sources_are_decoys(void **state)
{
    struct run *run = run_new(10);
    struct traffic t = traffic_new(3);
    unsigned told = 0;

    (void)state;
    for (int probe = 0; probe < 20; probe++) {
        struct packet p = traffic_nmap(&t);

        for (uint32_t i = 0; i < 3; i++) {
            struct packet copy = p;

            copy.src = source(i);
            copy.time_ns += i * (SECOND / 1000);
            add(run, &copy);
        }
    }
    for (size_t i = 0; i < run->trait_count; i++)
        told += strcmp(run->traits[i].kind, "decoy") == 0;
    assert_int_equal(told, 3); /* each source once */
    assert_string_equal(trait_of(run, "decoy")->value, "same packets as 2001:db8::");
    run_free(run);
}

/* What is said of `count` packets of a source. */
static void add_many(struct run *run, struct traffic *t,
                     struct packet (*make)(struct traffic *), unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct packet p = make(t);

        add(run, &p);
    }
}

static void habits_are_told_once_when_there_is_enough(void **state)
{
    struct run *run = run_new(100);
    struct traffic t = traffic_new(5);
    size_t before;

    (void)state;
    add_many(run, &t, traffic_zmap, 7 + 15);
    assert_null(trait_of(run, "ports"));
    add_many(run, &t, traffic_zmap, 1);
    assert_string_equal(trait_of(run, "ip-id")->value, "constant: 54321");
    assert_string_equal(trait_of(run, "hops")->value, "15 from TTL 255");
    assert_non_null(trait_of(run, "ports"));
    add_many(run, &t, traffic_zmap, 48 + 192);
    assert_non_null(strstr(trait_of(run, "ports")->value, "32768-61000"));
    before = run->trait_count;
    add_many(run, &t, traffic_zmap, 10000);
    assert_int_equal(run->trait_count, before);
    run_free(run);
}

static struct packet even_ports(struct traffic *t)
{
    struct packet p = traffic_linux(t);

    p.sport = (uint16_t)(32768 + traffic_random(t) % 14116 * 2);
    return p;
}

static struct packet counting(struct traffic *t)
{
    struct packet p = traffic_linux(t);

    p.sport = (uint16_t)(2000 + t->number);
    p.ip_id = __builtin_bswap16((uint16_t)(700 + 3 * t->number));
    return p;
}

static struct packet clock_of_250(struct traffic *t)
{
    struct packet p = traffic_linux(t);
    uint32_t value = 1000000 + 250 * t->number;

    for (unsigned i = 0; i < 4; i++)
        p.options[8 + i] = (uint8_t)(value >> (24 - 8 * i));
    return p;
}

static void habits_are_what_the_sender_does(void **state)
{
    static const struct {
        struct packet (*make)(struct traffic *t);
        const char *kind, *word;
    } cases[] = {
        {traffic_mirai, "ports", "fixed"},
        {counting, "ports", "counter"},
        {even_ports, "ports", "even"},
        {counting, "ip-id", "counter +256"},
        {traffic_scapy, "ip-id", "constant: 1"},
        {clock_of_250, "timestamp", "clock of 250 Hz"},
        {traffic_linux, "timestamp", "no common clock"},
        {traffic_zmap_start, "timestamp", "constant: 1411426800"},
        {traffic_nmap, "hops", "varies"},
        {traffic_linux, "hops", "13 from TTL 64"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run *run = run_new(100);
        struct traffic t = traffic_new(5 + i);
        const struct trait *trait;

        add_many(run, &t, cases[i].make, 100);
        trait = trait_of(run, cases[i].kind);
        assert_non_null(trait);
        assert_non_null(strstr(trait->value, cases[i].word));
        run_free(run);
    }
}

static void repeats_on_a_kernels_schedule_are_told(void **state)
{
    static const struct {
        int seconds[3];
        const char *value;
    } cases[] = {
        {{1, 3, 7}, "linux: 1 3 7 15 31 s"},
        {{1, 2, 3}, "linux from 6.5: 1 2 3 4 s"},
        {{3, 9, 0}, "windows: 3 9 s"},
        {{2, 4, 6}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct run *run = run_new(100);
        struct traffic t = traffic_new(5);
        struct packet p;

        add_many(run, &t, traffic_linux, 10);
        p = traffic_linux(&t);
        add(run, &p);
        for (int k = 0; k < 3 && cases[i].seconds[k] != 0; k++) {
            struct packet again = p;

            again.time_ns += cases[i].seconds[k] * SECOND + SECOND / 50;
            add(run, &again);
        }
        if (cases[i].value == NULL)
            assert_null(trait_of(run, "repeats"));
        else
            assert_string_equal(trait_of(run, "repeats")->value, cases[i].value);
        run_free(run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_stack_behind_a_hand_made_syn_to_the_same_place_is_two_phase),
        cmocka_unit_test(copies_of_one_probe_from_several_sources_are_decoys),
        cmocka_unit_test(habits_are_told_once_when_there_is_enough),
        cmocka_unit_test(habits_are_what_the_sender_does),
        cmocka_unit_test(repeats_on_a_kernels_schedule_are_told),
        cmocka_unit_test(tool_includes_the_packet_itself),
        cmocka_unit_test(silence_of_half_an_hour_ends_the_episode),
        cmocka_unit_test(evidence_that_hardly_grew_is_not_told_again),
        cmocka_unit_test(flush_ends_episodes_and_keeps_senders),
        cmocka_unit_test(lost_label_is_told_as_unknown),
        cmocka_unit_test(what_looks_like_an_answer_is_a_scanners_once_it_is_named),
        cmocka_unit_test(chance_hits_of_a_mixed_sender_are_no_scan),
        cmocka_unit_test(rows_without_fields_count_but_judge_nothing),
        cmocka_unit_test(our_own_packets_belong_to_no_sender),
        cmocka_unit_test(one_source_at_two_sensors_is_two_senders),
        cmocka_unit_test(small_steps_back_in_time_do_no_harm),
        cmocka_unit_test(full_table_evicts_and_counts),
        cmocka_unit_test(evicted_sender_tells_what_was_known),
        cmocka_unit_test(over_episodes_make_room_before_the_table_grows),
        cmocka_unit_test(many_senders_are_kept_apart),
        cmocka_unit_test(two_runs_give_the_same),
        cmocka_unit_test(order_of_senders_does_not_matter),
        cmocka_unit_test(saved_and_loaded_goes_on_the_same),
        cmocka_unit_test(loading_into_a_smaller_table_evicts_and_counts),
        cmocka_unit_test(damaged_state_is_refused_and_leaves_an_empty_table),
        cmocka_unit_test(fault_of_the_sink_is_passed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
