/* SPDX-License-Identifier: Apache-2.0 */
#include "order/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "order/view.h"

#define NET 0x2d210000u /* no documentation range is large and allowed by ZMap's block list */
#define SIZE 1024u

static struct searcher *searcher;

static int open_searcher(void **state)
{
    (void)state;
    searcher = searcher_new();
    return searcher == NULL ? -1 : 0;
}

static int close_searcher(void **state)
{
    (void)state;
    searcher_free(searcher);
    return 0;
}

struct seen {
    uint64_t step;
    uint32_t dst;
    uint16_t port;
};

static int by_step(const void *a, const void *b)
{
    const struct seen *left = a, *right = b;

    return left->step < right->step ? -1 : left->step > right->step;
}

#define PORTS_MAX 200u

/* What is seen first of the scan with the smallest generator from `from` on. */
static uint64_t scan_ports(const struct numbering *numbering, const uint16_t *port,
                           uint32_t ports, uint64_t from, struct target_sample *ret)
{
    static struct seen all[SIZE * 4];
    const unsigned port_bits = view_port_bits(ports);
    const struct zmap_size *size = zmap_size_for(numbering->ip_bits + port_bits);
    struct nj_logs *logs = nj_logs_new(size->group);
    uint64_t m = size->group->prime - 1, g = from, u;
    uint32_t targets = (ports <= 4 ? SIZE : SIZE * 4 / ports) * ports;

    assert_non_null(logs);
    while (!nj_group_generates(size->group, g))
        g++;
    u = nj_mod_inverse(nj_log(logs, g), m);
    for (uint32_t i = 0; i < targets; i++) {
        uint64_t number = numbering_index(numbering, NET + i / ports) << port_bits | i % ports;

        all[i] = (struct seen){nj_mod_mul(nj_log(logs, number + 1), u, m), NET + i / ports,
                               port[i % ports]};
    }
    nj_logs_free(logs);
    qsort(all, targets, sizeof(all[0]), by_step);
    memset(ret, 0, sizeof(*ret));
    for (uint32_t i = 0; i < ORDER_TARGETS; i++)
        assert_true(sample_add(ret, all[i].dst, all[i].port,
                               (int64_t)((double)all[i].step / (double)m * 1e13)));
    return g;
}

/* The same of the ports 80, 81 ... */
static uint64_t scan(const struct numbering *numbering, unsigned port_bits, uint64_t from,
                     struct target_sample *ret)
{
    static const uint16_t port[] = {80, 81, 82, 83};

    return scan_ports(numbering, port, 1u << port_bits, from, ret);
}

static unsigned ports_seen(const struct target_sample *sample)
{
    struct view one;

    view_one_port(sample, &one);
    return one.ports;
}

static int search(const struct target_sample *sample, struct numbering_memory *memory,
                  enum search_reach reach, uint32_t *tries, struct search_found *ret)
{
    int rc = search_walk(searcher, sample, SEARCH_THOROUGH, ret, NULL);

    if (rc == 0)
        rc = search_numberings(searcher, sample, memory, reach, tries, ret, NULL);
    assert_true(rc >= 0);
    return rc;
}

static void scans_with_lists_of_their_own_are_found(void **state)
{
    static const struct numbering truths[] = {
        {.ip_bits = 32, .base = 1 << 24},                       /* only 10.0.0.0/8 before it */
        {.ip_bits = 32, .block = ZMAP_BLOCK, .base = 13 << 24}, /* 13 /8 more */
        {.ip_bits = 24, .base = 0x2d000000},                    /* 45.0.0.0/8 */
        {.ip_bits = 16, .base = NET},                           /* 45.33.0.0/16 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(truths) / sizeof(truths[0]); i++) {
        struct numbering_memory memory = {.count = 0};
        uint32_t tries = NUMBERINGS_PLAUSIBLE;
        struct target_sample sample;
        struct search_found found;
        uint64_t g = scan(&truths[i], 0, 5000 + 100 * i, &sample);

        assert_int_equal(search(&sample, &memory, REACH_PLAUSIBLE, &tries, &found), 1);
        assert_int_equal(found.walk.generator, g);
        assert_int_equal(found.walk.parts, 1);
        assert_int_equal(memory.count, 1);
    }
}

static void list_that_is_found_by_one_source_is_known_for_the_next(void **state)
{
    const struct numbering truth = {
        .ip_bits = 32, .block = ZMAP_BLOCK, .base = 77 * (int64_t)ZMAP_BLOCK};
    struct numbering_memory memory = {.count = 0};
    uint32_t none = 4, some = 400;
    struct target_sample sample;
    struct search_found found;
    uint64_t g = scan(&truth, 0, 70000, &sample);

    (void)state;
    assert_int_equal(search(&sample, &memory, REACH_LEARNED, &none, &found), 0);
    assert_int_equal(search(&sample, &memory, REACH_ALL, &some, &found), 1);
    assert_int_equal(found.walk.generator, g);
    g = scan(&truth, 0, 90000, &sample);
    assert_int_equal(search(&sample, &memory, REACH_LEARNED, &none, &found), 1);
    assert_int_equal(found.walk.generator, g);
}

static void slices_go_on_where_the_last_one_ended(void **state)
{
    const struct numbering truth = {
        .ip_bits = 32, .block = ZMAP_BLOCK, .base = 77 * (int64_t)ZMAP_BLOCK};
    struct numbering_memory memory = {.count = 0};
    struct target_sample sample;
    struct search_found found;
    unsigned sources = 0;

    (void)state;
    for (int rc = 0; rc == 0 && sources < 10; sources++) {
        uint32_t tries = 120;

        (void)scan(&truth, 0, 70000 + 1000 * sources, &sample);
        rc = search(&sample, &memory, REACH_ALL, &tries, &found);
        assert_true(tries <= 120);
    }
    assert_in_range(sources, 3, 9);
}

static void ports_in_ascending_order_are_one_walk(void **state)
{
    const struct numbering all = {.ip_bits = 32, .block = ZMAP_BLOCK},
                           part = {.ip_bits = 24, .base = 0x2d000000};
    struct numbering_memory memory = {.count = 0};
    uint32_t tries = NUMBERINGS_PLAUSIBLE;
    struct target_sample sample;
    struct search_found found;
    uint64_t g = scan(&all, 2, 3000, &sample);

    (void)state;
    assert_int_equal(search_walk(searcher, &sample, SEARCH_THOROUGH, &found, NULL), 1);
    assert_int_equal(found.walk.generator, g);
    assert_int_equal(found.size->bits, 34);
    g = scan(&part, 1, 3000, &sample);
    assert_int_equal(search(&sample, &memory, REACH_PLAUSIBLE, &tries, &found), 1);
    assert_int_equal(found.walk.generator, g);
    assert_int_equal(found.size->bits, 28);
}

/* How many of `asked` scans of so many ports are found; *missed counts those of which no target
 * of some port is among the first forty. */
static unsigned scans_found(unsigned ports, unsigned asked, unsigned *missed)
{
    const struct numbering all = {.ip_bits = 32, .block = ZMAP_BLOCK};
    unsigned found = 0;
    uint16_t port[24];

    for (uint16_t i = 0; i < 24; i++)
        port[i] = (uint16_t)(21 + 97 * i);
    for (unsigned trial = 0; trial < asked; trial++) {
        struct target_sample sample;
        struct search_found walk;
        uint64_t g = scan_ports(&all, port, ports, 3000 + 1000 * trial, &sample);

        *missed += ports_seen(&sample) < ports;
        if (search_walk(searcher, &sample, SEARCH_THOROUGH, &walk, NULL) == 1) {
            assert_int_equal(walk.walk.generator, g);
            found++;
        }
    }
    return found;
}

static void ports_that_were_not_seen_are_guessed(void **state)
{
    static const unsigned counts[] = {12, 14, 16, 20};
    unsigned found = 0, missed = 0;

    (void)state;
    for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++)
        found += scans_found(counts[k], 8, &missed);
    assert_true(missed * 3 > 32);
    assert_true(found * 10 > 32 * 8);
}

/* Of 24 ports each third has lost one in most scans. */
static void a_port_between_those_of_a_third_is_guessed(void **state)
{
    unsigned missed = 0, found = scans_found(24, 16, &missed);

    (void)state;
    assert_true(missed >= 14);
    assert_true(found >= 13);
}

static void ports_of_a_range_have_their_places_in_it(void **state)
{
    const struct numbering all = {.ip_bits = 32, .block = ZMAP_BLOCK};
    struct target_sample sample;
    struct search_found found;
    uint16_t port[PORTS_MAX];
    uint64_t g;

    (void)state;
    for (uint16_t i = 0; i < PORTS_MAX; i++)
        port[i] = (uint16_t)(8000 + i);
    for (unsigned ports = 100; ports <= PORTS_MAX; ports += 50) {
        g = scan_ports(&all, port, ports, 3000 + ports, &sample);
        assert_int_equal(search_walk(searcher, &sample, SEARCH_THOROUGH, &found, NULL), 1);
        assert_int_equal(found.walk.generator, g);
        assert_int_equal(found.size->bits, 40);
    }
}

/* Many ports, and none of a walk: what guesses may do by chance they don't. */
static void random_ports_and_targets_are_no_walk(void **state)
{
    struct nj_rng rng = nj_rng(4, 1);
    struct search_found found;

    (void)state;
    for (unsigned ports = 2; ports < 250; ports += 3) {
        struct target_sample sample = {.count = 0};

        for (uint32_t n = 0; sample.count < ORDER_TARGETS; n++)
            (void)sample_add(&sample, NET + nj_rng_below(&rng, SIZE),
                             (uint16_t)(8000 + nj_rng_below(&rng, ports)),
                             n * INT64_C(1000000000));
        assert_int_equal(search_walk(searcher, &sample, SEARCH_THOROUGH, &found, NULL), 0);
    }
}

static void random_targets_are_behind_no_list(void **state)
{
    struct nj_rng rng = nj_rng(1, 0);
    uint32_t tries = 3000;
    struct numbering_memory memory = {.count = 0};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct target_sample sample = {.count = 0};
        struct search_found found;
        uint32_t left = tries;

        for (uint32_t n = 0; sample.count < ORDER_TARGETS; n++)
            (void)sample_add(&sample, NET + nj_rng_below(&rng, SIZE), 80,
                             (int64_t)n * 1000000000);
        assert_int_equal(search(&sample, &memory, REACH_ALL, &left, &found), 0);
        assert_int_equal(left, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scans_with_lists_of_their_own_are_found),
        cmocka_unit_test(list_that_is_found_by_one_source_is_known_for_the_next),
        cmocka_unit_test(slices_go_on_where_the_last_one_ended),
        cmocka_unit_test(ports_in_ascending_order_are_one_walk),
        cmocka_unit_test(ports_that_were_not_seen_are_guessed),
        cmocka_unit_test(a_port_between_those_of_a_third_is_guessed),
        cmocka_unit_test(ports_of_a_range_have_their_places_in_it),
        cmocka_unit_test(random_ports_and_targets_are_no_walk),
        cmocka_unit_test(random_targets_are_behind_no_list),
    };

    return cmocka_run_group_tests(tests, open_searcher, close_searcher);
}
