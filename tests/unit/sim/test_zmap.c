/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/zmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void walk_visits_each_target_of_the_small_group_once(void **state)
{
    struct nj_rng rng = nj_rng(3, 0);
    uint64_t g = zmap_generator(&zmap_small, 1 << 16, &rng), x = 1234;
    uint8_t *seen = calloc(65537, 1);

    (void)state;
    for (uint32_t i = 0; i < 65536; i++) {
        assert_in_range(x, 1, 65536);
        assert_int_equal(seen[x], 0);
        seen[x] = 1;
        x = nj_mod_mul(x, g, zmap_small.prime);
    }
    assert_int_equal(x, 1234);
    free(seen);
}

static void number_that_is_no_generator_is_refused(void **state)
{
    (void)state;
    assert_true(nj_group_generates(&zmap_small, 3));
    assert_false(nj_group_generates(&zmap_small, 9)); /* a square has half the order */
    assert_true(nj_group_generates(&zmap_ipv4, 3));
    assert_false(nj_group_generates(&zmap_ipv4, 27));
    assert_false(nj_group_generates(&zmap_ipv4, zmap_ipv4.prime));
}

static void generators_stay_below_their_limit(void **state)
{
    struct nj_rng rng = nj_rng(4, 0);

    (void)state;
    for (int i = 0; i < 50; i++) {
        uint64_t g = zmap_generator(&zmap_ipv4, 1u << 22, &rng);

        assert_true(g < 1u << 22);
        assert_true(nj_group_generates(&zmap_ipv4, g));
    }
}

static void logarithm_undoes_the_power(void **state)
{
    const struct nj_group *groups[] = {&zmap_ipv4, &zmap_small};
    struct nj_rng rng = nj_rng(5, 0);

    (void)state;
    for (int k = 0; k < 2; k++) {
        struct nj_logs *logs = nj_logs_new(groups[k]);

        assert_non_null(logs);
        for (int i = 0; i < 200; i++) {
            uint64_t e = nj_rng_below64(&rng, groups[k]->prime - 1);

            assert_int_equal(nj_log(logs, nj_mod_pow(groups[k]->root, e, groups[k]->prime)), e);
        }
        nj_logs_free(logs);
    }
}

/* The small group is walked step by step, and the telescope looks on. */
static void telescope_sees_what_the_walk_touches_in_its_order(void **state)
{
    const struct sim_net net = {.first = 0x00003200, .bits = 8}; /* targets 0x3200 .. 0x32ff */
    struct nj_rng rng = nj_rng(6, 0);
    struct nj_logs *logs = nj_logs_new(&zmap_small);
    struct zmap_telescope *telescope = zmap_telescope_new(logs, net, 4096);
    uint64_t g = zmap_generator(&zmap_small, 1 << 16, &rng), x, last_step = 0;
    uint64_t first = nj_mod_pow(zmap_small.root, 777, zmap_small.prime);
    struct zmap_seen seen[200];
    uint32_t found = 0;
    uint64_t steps[200];

    (void)state;
    assert_int_equal(zmap_scan(telescope, g, 777, 200, seen, NULL), 0);
    x = first;
    for (uint64_t step = 0; found < 200 && step < 65536; step++) {
        if (x - 1 >= net.first && x - 1 < net.first + 256) {
            assert_int_equal(seen[found].offset, x - 1 - net.first);
            steps[found++] = step;
        }
        x = nj_mod_mul(x, g, zmap_small.prime);
    }
    assert_int_equal(found, 200);
    last_step = steps[199];
    for (uint32_t i = 0; i < 200; i++) { /* the clock of the scan is its number of steps */
        double share = (double)steps[i] / (double)(last_step + 1) * 4294967296.0;

        assert_true((double)seen[i].at > share - 2 && (double)seen[i].at < share + 2);
    }
    zmap_telescope_free(telescope);
    nj_logs_free(logs);
}

static void whole_space_scan_shows_each_address_once_and_at_its_step(void **state)
{
    const struct sim_net net = {.first = 0xcb007100, .bits = 8};
    const uint64_t p = zmap_ipv4.prime, units = UINT64_C(6) * 4 * 130 * 364288; /* phi(p - 1) */
    struct nj_logs *logs = nj_logs_new(&zmap_ipv4);
    struct zmap_telescope *telescope = zmap_telescope_new(logs, net, 16384);
    struct nj_rng rng = nj_rng(7, 0);
    uint64_t g = zmap_generator(&zmap_ipv4, 1u << 22, &rng), start = 99, steps, e;
    uint64_t first_index = zmap_index(net.first, 16384);
    struct zmap_seen seen[256];
    uint8_t count[256] = {0};

    (void)state;
    assert_int_equal(zmap_scan(telescope, g, start, 256, seen, NULL), 0);
    /* the length of the scan: log of its last x over log of g */
    e = (nj_log(logs, first_index + seen[255].offset + 1) + (p - 1) - start) % (p - 1);
    steps = nj_mod_mul(e, nj_mod_pow(nj_log(logs, g), units - 1, p - 1), p - 1);
    for (int i = 0; i < 256; i++) {
        uint64_t near = (uint64_t)((double)seen[i].at / 4294967296.0 * (double)(steps + 1));
        uint64_t x, found = 0;

        assert_int_equal(count[seen[i].offset]++, 0);
        near = near < 4 ? 0 : near - 4;
        x = nj_mod_mul(nj_mod_pow(zmap_ipv4.root, start, p), nj_mod_pow(g, near, p), p);
        for (int k = 0; k < 9; k++) { /* the walk is at this address then */
            found += x == first_index + seen[i].offset + 1;
            x = nj_mod_mul(x, g, p);
        }
        assert_int_equal(found, 1);
    }
    zmap_telescope_free(telescope);
    nj_logs_free(logs);
}

static void block_list_shifts_the_addresses_behind_it(void **state)
{
    (void)state;
    assert_int_equal(zmap_index(0x01000000, 16384), 0);
    assert_int_equal(zmap_index(0x0b000000, 16384), 0x0b000000 - (2u << 24));
    assert_int_equal(zmap_index(0x2c000000, 4096), 0x2c000000 - (2u << 24));
    /* behind 192.0.0.0/24 and 192.0.2.0/24, which spoil one block of either size */
    assert_int_equal(zmap_index(0xc0100000, 4096) - zmap_index(0xc0100000, 16384), 12288);
    assert_int_equal((0xc6400000 - zmap_index(0xc6400000, 16384)) % 16384, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walk_visits_each_target_of_the_small_group_once),
        cmocka_unit_test(number_that_is_no_generator_is_refused),
        cmocka_unit_test(generators_stay_below_their_limit),
        cmocka_unit_test(logarithm_undoes_the_power),
        cmocka_unit_test(telescope_sees_what_the_walk_touches_in_its_order),
        cmocka_unit_test(whole_space_scan_shows_each_address_once_and_at_its_step),
        cmocka_unit_test(block_list_shifts_the_addresses_behind_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
