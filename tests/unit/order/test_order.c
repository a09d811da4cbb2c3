/* SPDX-License-Identifier: Apache-2.0 */
#include "order/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "model/masscan.h"
#include "model/zmap.h"
#include "order/state.h"

#define SECOND INT64_C(1000000000)
#define T0 (INT64_C(1411430400) * SECOND)
#define NET 0x2d210000u /* no documentation range is large and allowed by ZMap's block list */
#define SIZE 4096u

struct world {
    struct nj_intern *names;
    struct order_table *table;
    struct trait told[64];
    size_t count;
    uint32_t episode; /* packets of the present one */
};

static int hear(void *ctx, const struct trait *trait, struct nj_err *err)
{
    struct world *w = ctx;

    (void)err;
    if (w->count < 64)
        w->told[w->count++] = *trait;
    return 0;
}

static void open_world(struct world *w)
{
    memset(w, 0, sizeof(*w));
    w->names = nj_intern_new(100);
    assert_int_equal(order_new(w->names, 16000, hear, w, &w->table, NULL), 0);
}

static void close_world(struct world *w)
{
    order_free(w->table);
    nj_intern_free(w->names);
}

static const struct trait *find(const struct world *w, const char *kind)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->told[i].kind, kind) == 0)
            return &w->told[i];
    return NULL;
}

static void send_port(struct world *w, uint32_t src, uint32_t dst, uint16_t dport,
                      int64_t time_ns, uint32_t tool)
{
    struct packet packet = {
        .time_ns = time_ns,
        .src = addr_from_v4(src),
        .dst = addr_from_v4(dst),
        .dport = dport,
        .proto = PROTO_TCP,
        .ip_version = 4,
        .tcp_flags = TCP_SYN,
        .tool = tool,
        .src_hash = nj_mix64(src),
        .episode_packets = ++w->episode,
    };

    order_prefetch(w->table, &packet);
    assert_int_equal(order_add(w->table, &packet, NULL), 0);
}

static void send_as(struct world *w, uint32_t src, uint32_t dst, int64_t time_ns, uint32_t tool)
{
    send_port(w, src, dst, 443, time_ns, tool);
}

#define SRC 0xc6336409u /* 198.51.100.9 */

static void send_to(struct world *w, uint32_t dst, int64_t time_ns)
{
    send_as(w, SRC, dst, time_ns, 0);
}

struct seen {
    uint64_t step;
    uint32_t dst;
};

static int by_step(const void *a, const void *b)
{
    const struct seen *left = a, *right = b;

    return left->step < right->step ? -1 : left->step > right->step;
}

static struct seen walk[SIZE];
#define GENERATOR 2893004u

/* The walk of one generator over the telescope, made once. */
static int make_walk(void **state)
{
    struct nj_logs *logs = nj_logs_new(&zmap_ipv4);
    uint64_t m = zmap_ipv4.prime - 1, u;

    (void)state;
    if (logs == NULL)
        return -1;
    u = nj_mod_inverse(nj_log(logs, GENERATOR), m);
    for (uint32_t i = 0; i < SIZE; i++) {
        uint64_t e = nj_log(logs, (uint64_t)zmap_index(NET + i, ZMAP_BLOCK) + 1);

        walk[i] = (struct seen){nj_mod_mul(e, u, m), NET + i};
    }
    qsort(walk, SIZE, sizeof(walk[0]), by_step);
    nj_logs_free(logs);
    return 0;
}

static void zmap_scan_is_named_with_its_generator(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 14; i++)
        send_to(&w, walk[i].dst, T0 + i * SECOND);
    assert_non_null(find(&w, "zmap"));
    assert_string_equal(find(&w, "zmap")->value, "generator 2893004 of 2^32 + 15; one thread");
    assert_true(find(&w, "zmap")->bits > 30);
    assert_non_null(find(&w, "tool"));
    assert_string_equal(find(&w, "tool")->value, "zmap");
    assert_int_equal(order_counts(w.table)->walks, 1);
    close_world(&w);
}

static void shards_of_one_scan_tell_the_same_generator(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t shard = 0; shard < 4; shard++)
        for (uint32_t i = 0; i < 14; i++)
            send_as(&w, SRC + shard, walk[shard * SIZE / 4 + i].dst, T0 + i * SECOND, 0);
    for (size_t i = 0, walks = 0; i < w.count; i++)
        if (strcmp(w.told[i].kind, "zmap") == 0) {
            walks++;
            assert_string_equal(w.told[i].value, find(&w, "zmap")->value);
            assert_true(walks <= 4);
        }
    assert_int_equal(order_counts(w.table)->walks, 4);
    close_world(&w);
}

static void known_other_tool_is_not_searched(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 50; i++)
        send_as(&w, SRC, walk[i].dst, T0 + i * SECOND, nj_intern_z(w.names, "masscan"));
    assert_null(find(&w, "zmap"));
    assert_int_equal(order_counts(w.table)->searches, 0);
    close_world(&w);
}

static void repeated_targets_and_clock_jumps_change_nothing(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 14; i++)
        for (int again = 0; again < 3; again++) /* probes sent three times, a clock set back */
            send_to(&w, walk[i].dst, T0 + (i == 7 ? -3600 : (int64_t)i) * SECOND);
    assert_non_null(find(&w, "zmap"));
    assert_int_equal(find(&w, "zmap")->packets, 10);
    close_world(&w);
}

static void few_targets_say_nothing(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 1000; i++)
        send_to(&w, NET + i % 5, T0 + i * SECOND);
    for (uint32_t i = 0; i < 9; i++)
        send_as(&w, SRC + 1, walk[i].dst, T0 + i * SECOND, 0);
    assert_null(find(&w, "zmap"));
    assert_null(find(&w, "pool"));
    assert_int_equal(order_counts(w.table)->searches, 0);
    close_world(&w);
}

/* @param times  each target is sent to */
static void send_at_random(struct world *w, uint32_t times)
{
    for (uint32_t s = 0; s < 8000; s++)
        for (uint32_t i = 0; i < 42 * times; i++)
            send_as(w, SRC + s,
                    NET + (nj_rng_u32(&(struct nj_rng){.state = s * 99 + i / times}) >> 20),
                    T0 + i * SECOND, 0);
}

static void work_is_bounded_by_packets(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    send_at_random(&w, 1);
    assert_true(order_counts(w.table)->deferred > 1000);
    assert_true(order_counts(w.table)->searches < 8000 * 42 / 341 + 12288 + 1);
    assert_null(find(&w, "zmap"));
    close_world(&w);
}

static void who_sends_twice_to_a_target_is_searched_less(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    send_at_random(&w, 2);
    assert_true(order_counts(w.table)->searches < 2 * 8000 * 42 / 2730 + 1536 + 1);
    assert_null(find(&w, "zmap"));
    close_world(&w);
}

static void pool_of_sources_shows_its_residue(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 8; i++) /* else nothing tells the pool from a strange sensor */
        send_as(&w, SRC + 1, walk[i].dst, T0 + i * SECOND, 0);
    for (uint32_t i = 0, sent = 0; sent < 24; i++)
        if (walk[i].dst % 16 == 3) {
            send_to(&w, walk[i].dst, T0 + i * SECOND);
            sent++;
        }
    assert_non_null(find(&w, "pool"));
    assert_string_equal(find(&w, "pool")->value,
                        "16 addresses of 198.51.100.0/24, port 443; targets 3 mod 16");
    close_world(&w);
}

static void sensor_with_even_addresses_makes_no_pool(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t s = 0; s < 20; s++)
        for (uint32_t i = 0; i < 50; i++)
            send_as(&w, SRC + s, NET + 16 * (uint32_t)(nj_mix64(s * 1000 + i) % 256),
                    T0 + i * SECOND, 0);
    assert_null(find(&w, "pool"));
    close_world(&w);
}

static void sweep_is_called_sequential(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 30; i++)
        send_to(&w, NET + 7 * i, T0 + i * SECOND);
    assert_non_null(find(&w, "order"));
    assert_string_equal(find(&w, "order")->value, "sequential, step 7");
    close_world(&w);
}

static void sweep_in_steps_of_16_is_no_pool(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 8; i++) /* the sensor has other addresses, too */
        send_as(&w, SRC + 1, NET + 5 + i * 3, T0 + i * SECOND, 0);
    for (uint32_t i = 0; i < 14; i++)
        send_to(&w, NET + 16 * i, T0 + i * SECOND);
    assert_null(find(&w, "pool"));
    close_world(&w);
}

/* A port after the other of a host, then the next host. */
static void sweep(struct world *w, uint32_t ports, uint32_t step, uint32_t targets)
{
    for (uint32_t i = 0; i < targets; i++)
        send_port(w, SRC, NET + step * (i / ports), (uint16_t)(443 + i % ports),
                  T0 + i * SECOND, 0);
}

static void sweep_of_several_ports_is_sequential(void **state)
{
    (void)state;
    for (uint32_t ports = 2; ports <= 5; ports++)
        for (uint32_t step = 1; step <= 7; step += 6) {
            struct world w;
            char said[32];

            open_world(&w);
            sweep(&w, ports, step, 60);
            (void)snprintf(said, sizeof(said), "sequential, step %u", step);
            assert_non_null(find(&w, "order"));
            assert_string_equal(find(&w, "order")->value, said);
            close_world(&w);
        }
}

/* Be it so short that little else would be said of it. */
static void sweep_of_several_ports_is_no_pool(void **state)
{
    (void)state;
    for (uint32_t ports = 2; ports <= 3; ports++)
        for (uint32_t step = 16; step <= 256; step *= 4)
            for (uint32_t targets = 12; targets <= 44; targets += 4) {
                struct world w;

                open_world(&w);
                for (uint32_t i = 0; i < 8; i++) /* the sensor has other addresses, too */
                    send_as(&w, SRC + 1, NET + 5 + i * 3, T0 + i * SECOND, 0);
                sweep(&w, ports, step, targets);
                assert_null(find(&w, "pool"));
                close_world(&w);
            }
}

/* One port of five hosts, then the next one. */
static void ports_of_few_hosts_may_have_an_order(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 62; i++)
        send_port(&w, SRC, NET + i % 5 * 3 % 5, (uint16_t)(8000 + i / 5), T0 + i * SECOND, 0);
    assert_non_null(find(&w, "order"));
    assert_string_equal(find(&w, "order")->value, "ports sequential, step 1");
    close_world(&w);
}

/* Ports of a host after each other, but hosts in any order: no sweep. */
static void hosts_of_several_ports_may_be_permuted(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 60; i++)
        send_port(&w, SRC, NET + i / 2 * 13 % 32, (uint16_t)(443 + i % 2), T0 + i * SECOND, 0);
    assert_non_null(find(&w, "order"));
    assert_string_equal(find(&w, "order")->value, "permuted");
    close_world(&w);
}

static void order_with_and_without_repeats_is_told_apart(void **state)
{
    struct world drawn, permuted;

    (void)state;
    open_world(&drawn);
    open_world(&permuted);
    for (uint32_t i = 0; i < 200; i++)
        send_to(&drawn, NET + (uint32_t)(nj_mix64(i) % 64), T0 + (int64_t)i * SECOND);
    for (uint32_t i = 0; i < 62; i++)
        send_to(&permuted, NET + i * 37 % 64, T0 + (int64_t)i * SECOND);
    assert_non_null(find(&drawn, "order"));
    assert_string_equal(find(&drawn, "order")->value, "random, targets repeat");
    assert_non_null(find(&permuted, "order"));
    assert_string_equal(find(&permuted, "order")->value, "permuted");
    close_world(&drawn);
    close_world(&permuted);
}

/* A sweep of a second port begins where that of the first one did. */
static void sweep_that_begins_anew_is_sequential(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 40; i++)
        send_to(&w, NET + (i + 54) % 64, T0 + i * SECOND);
    assert_non_null(find(&w, "order"));
    assert_string_equal(find(&w, "order")->value, "sequential, step 1");
    close_world(&w);
}

/* A sensor of one address has no order of addresses. */
static void ports_of_one_address_have_an_order_of_their_own(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 60; i++) {
        send_port(&w, SRC, NET, (uint16_t)(8000 + i), T0 + i * SECOND, 0);
        send_port(&w, SRC + 1, NET, (uint16_t)nj_mix64(i), T0 + i * SECOND, 0);
    }
    assert_non_null(find(&w, "order"));
    assert_string_equal(find(&w, "order")->value, "ports sequential, step 1");
    for (size_t i = 0; i < w.count; i++) /* nothing of who asks for ports in any order */
        assert_false(addr_equal(w.told[i].src, addr_from_v4(SRC + 1)) &&
                     strcmp(w.told[i].kind, "order") == 0);
    close_world(&w);
}

/* Once over 32 addresses, and once more in another order. */
static void second_pass_is_not_drawn_at_random(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t pass = 0; pass < 4; pass++)
        for (uint32_t i = 0; i < 32; i++)
            send_to(&w, NET + i * (13 + 4 * pass) % 32, T0 + (int64_t)(32 * pass + i) * SECOND);
    assert_non_null(find(&w, "order"));
    assert_string_equal(find(&w, "order")->value, "permuted, in passes");
    close_world(&w);
}

/* With the sequence number that masscan gives it. */
static void send_probe(struct world *w, uint32_t dst, const char *tool, uint64_t seed)
{
    const struct masscan_probe probe = {.src = SRC, .dst = dst, .dport = 443};
    struct packet packet = {
        .time_ns = T0 + w->episode * SECOND,
        .src = addr_from_v4(probe.src),
        .dst = addr_from_v4(probe.dst),
        .dport = probe.dport,
        .proto = PROTO_TCP,
        .tcp_flags = TCP_SYN,
        .seq = masscan_seq(seed, &probe),
        .tool = nj_intern_z(w->names, tool),
        .src_hash = nj_mix64(SRC),
        .episode_packets = ++w->episode,
    };

    assert_int_equal(order_add(w->table, &packet, NULL), 0);
}

/* Without a walk and a seed the same targets are drawn. */
static void who_goes_over_a_permutation_draws_nothing_at_random(void **state)
{
    static const struct {
        const char *tool, *shown;
        uint64_t seed;
        bool drawn;
    } senders[] = {
        {"nmap", NULL, 1337, true},
        {"masscan", NULL, 0x123456789abcdef0, true},
        {"masscan", "seed", 1337, false},
        {"zmap", "zmap", 1337, false},
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
        struct world w;

        open_world(&w);
        for (uint32_t k = 0; k < 68; k++) /* some of the first targets come again soon */
            send_probe(&w,
                       walk[k < 16   ? k
                            : k < 24 ? k - 14
                                     : k - 8]
                           .dst,
                       senders[i].tool, senders[i].seed);
        assert_true(senders[i].shown == NULL || find(&w, senders[i].shown) != NULL);
        assert_int_equal(find(&w, "order") != NULL, senders[i].drawn);
        if (senders[i].drawn)
            assert_string_equal(find(&w, "order")->value, "random, targets repeat");
        close_world(&w);
    }
}

static void order_of_one_with_a_seed_is_told_if_nothing_repeats(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 62; i++)
        send_probe(&w, NET + i * 37 % 64, "masscan", 1337);
    assert_non_null(find(&w, "seed"));
    assert_non_null(find(&w, "order"));
    assert_string_equal(find(&w, "order")->value, "permuted");
    close_world(&w);
}

static void steady_and_bursty_schedules_are_told(void **state)
{
    struct world steady, bursts;

    (void)state;
    open_world(&steady);
    open_world(&bursts);
    for (uint32_t i = 0; i < 60; i++) {
        send_to(&steady, walk[i * 60].dst, T0 + (int64_t)i * 3 * SECOND);
        send_to(&bursts, walk[i * 60].dst,
                T0 + (int64_t)(i / 4) * 600 * SECOND + (int64_t)(i % 4) * SECOND);
    }
    assert_non_null(find(&steady, "schedule"));
    assert_string_equal(find(&steady, "schedule")->value, "one each 3 s");
    assert_non_null(find(&bursts, "schedule"));
    assert_non_null(strstr(find(&bursts, "schedule")->value, "bursts of"));
    close_world(&steady);
    close_world(&bursts);
}

static void next_episode_is_looked_at_again(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);
    for (uint32_t i = 0; i < 60; i++)
        send_to(&w, NET + i, T0 + i * SECOND);
    assert_null(find(&w, "zmap"));
    w.episode = 0;
    for (uint32_t i = 0; i < 10; i++) /* from its first packet on */
        send_to(&w, walk[i].dst, T0 + (10000 + (int64_t)i) * SECOND);
    assert_non_null(find(&w, "zmap"));
    close_world(&w);
}

static void state_goes_on_where_it_was(void **state)
{
    struct world w, other;
    char *bytes = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&bytes, &size);

    (void)state;
    open_world(&w);
    open_world(&other);
    for (uint32_t i = 0; i < 8; i++)
        send_to(&w, walk[i].dst, T0 + i * SECOND);
    assert_non_null(file);
    assert_int_equal(order_save(w.table, file, NULL), 0);
    (void)fclose(file);
    file = fmemopen(bytes, size, "rb");
    assert_non_null(file);
    assert_int_equal(order_load(other.table, file, NULL), 0);
    (void)fclose(file);
    other.episode = 8;
    for (uint32_t i = 8; i < 14; i++) {
        send_to(&w, walk[i].dst, T0 + i * SECOND);
        send_to(&other, walk[i].dst, T0 + i * SECOND);
    }
    assert_non_null(find(&other, "zmap"));
    assert_int_equal(w.count, other.count);
    assert_string_equal(find(&other, "zmap")->value, find(&w, "zmap")->value);

    bytes[size / 2] ^= 1; /* damaged: refused, and nothing is known */
    file = fmemopen(bytes, size, "rb");
    assert_non_null(file);
    assert_int_equal(order_load(other.table, file, NULL), -1);
    (void)fclose(file);
    free(bytes);
    close_world(&w);
    close_world(&other);
}

/* Searches are work that senders could ask for: a state can't bring the means
 * for any amount. */
static void more_credit_than_can_be_saved_up_is_refused(void **state)
{
    struct world w;

    (void)state;
    open_world(&w);

    uint32_t *const credits[] = {&w.table->zmap_credit, &w.table->other_credit,
                                 &w.table->try_credit, &w.table->seeds.credit};

    for (size_t i = 0; i < sizeof(credits) / sizeof(credits[0]); i++) {
        const uint32_t most = *credits[i]; /* as it is in a new table */

        for (uint32_t more = 0; more < 2; more++) {
            char *bytes = NULL;
            size_t size = 0;
            FILE *file = open_memstream(&bytes, &size);

            assert_non_null(file);
            *credits[i] = most + more;
            assert_int_equal(order_save(w.table, file, NULL), 0);
            (void)fclose(file);
            *credits[i] = 0;
            file = fmemopen(bytes, size, "rb");
            assert_non_null(file);
            assert_int_equal(order_load(w.table, file, NULL), more == 0 ? 0 : -1);
            assert_int_equal(*credits[i], most); /* loaded, or as new */
            (void)fclose(file);
            free(bytes);
        }
    }
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zmap_scan_is_named_with_its_generator),
        cmocka_unit_test(shards_of_one_scan_tell_the_same_generator),
        cmocka_unit_test(known_other_tool_is_not_searched),
        cmocka_unit_test(repeated_targets_and_clock_jumps_change_nothing),
        cmocka_unit_test(few_targets_say_nothing),
        cmocka_unit_test(work_is_bounded_by_packets),
        cmocka_unit_test(who_sends_twice_to_a_target_is_searched_less),
        cmocka_unit_test(pool_of_sources_shows_its_residue),
        cmocka_unit_test(sensor_with_even_addresses_makes_no_pool),
        cmocka_unit_test(sweep_is_called_sequential),
        cmocka_unit_test(sweep_in_steps_of_16_is_no_pool),
        cmocka_unit_test(sweep_of_several_ports_is_sequential),
        cmocka_unit_test(sweep_of_several_ports_is_no_pool),
        cmocka_unit_test(ports_of_few_hosts_may_have_an_order),
        cmocka_unit_test(hosts_of_several_ports_may_be_permuted),
        cmocka_unit_test(order_with_and_without_repeats_is_told_apart),
        cmocka_unit_test(sweep_that_begins_anew_is_sequential),
        cmocka_unit_test(ports_of_one_address_have_an_order_of_their_own),
        cmocka_unit_test(second_pass_is_not_drawn_at_random),
        cmocka_unit_test(who_goes_over_a_permutation_draws_nothing_at_random),
        cmocka_unit_test(order_of_one_with_a_seed_is_told_if_nothing_repeats),
        cmocka_unit_test(steady_and_bursty_schedules_are_told),
        cmocka_unit_test(next_episode_is_looked_at_again),
        cmocka_unit_test(state_goes_on_where_it_was),
        cmocka_unit_test(more_credit_than_can_be_saved_up_is_refused),
    };

    return cmocka_run_group_tests_name("order/order", tests, make_walk, NULL);
}
