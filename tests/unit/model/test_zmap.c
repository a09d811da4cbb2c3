/* SPDX-License-Identifier: Apache-2.0 */
#include "model/zmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"

static void roots_generate_their_groups(void **state)
{
    (void)state;
    for (size_t i = 0; i < ZMAP_SIZES; i++) {
        const struct nj_group *group = zmap_sizes[i].group;
        uint64_t order = 1;

        for (int k = 0; k < NJ_GROUP_FACTORS_MAX && group->factors[k] != 0; k++)
            order *= group->factors[k];
        assert_int_equal(order, group->prime - 1);
        assert_true(nj_group_generates(group, group->root));
        assert_in_range(group->prime, (UINT64_C(1) << zmap_sizes[i].bits) + 1,
                        (UINT64_C(1) << zmap_sizes[i].bits) + 64);
    }
}

static void logarithms_lead_back_to_their_numbers(void **state)
{
    struct nj_rng rng = nj_rng(1, 1);

    (void)state;
    for (size_t i = 0; i < ZMAP_SIZES; i++) {
        const struct nj_group *group = zmap_sizes[i].group;
        struct nj_logs *logs = nj_logs_new(group);

        assert_non_null(logs);
        for (unsigned n = 0; n < 1000; n++) {
            uint64_t x = n == 0   ? 1
                         : n == 1 ? group->prime - 1
                                  : 1 + nj_rng_below64(&rng, group->prime - 1);
            uint64_t e = nj_log(logs, x);

            assert_true(e < group->prime - 1);
            assert_int_equal(nj_mod_pow(group->root, e, group->prime), x);
        }
        nj_logs_free(logs);
    }
}

static void logarithms_of_several_are_those_of_each(void **state)
{
    struct nj_rng rng = nj_rng(1, 2);

    (void)state;
    for (size_t i = 0; i < ZMAP_SIZES; i++) {
        const struct nj_group *group = zmap_sizes[i].group;
        struct nj_logs *logs = nj_logs_new(group);

        assert_non_null(logs);
        for (unsigned count = 0; count <= 9; count++) {
            uint64_t x[9], e[10];

            for (unsigned n = 0; n < count; n++)
                x[n] = 1 + nj_rng_below64(&rng, group->prime - 1);
            e[count] = 7;
            nj_logs_of(logs, x, count, e);
            for (unsigned n = 0; n < count; n++)
                assert_int_equal(nj_mod_pow(group->root, e[n], group->prime), x[n]);
            assert_int_equal(e[count], 7);
        }
        nj_logs_free(logs);
    }
}

static void logarithms_that_are_asked_for_again_are_the_same(void **state)
{
    struct nj_rng rng = nj_rng(1, 3);

    (void)state;
    for (size_t i = 0; i < ZMAP_SIZES; i++) {
        const struct nj_group *group = zmap_sizes[i].group;
        struct nj_logs *logs = nj_logs_new(group);
        uint64_t x[12], e[12];

        assert_non_null(logs);
        for (unsigned n = 0; n < 12; n++) /* some are remembered at one place */
            x[n] = 1 + (n % 3 != 2 ? nj_rng_below64(&rng, group->prime - 1)
                                   : (x[n - 1] - 1 + 65536 * n) % (group->prime - 1));
        for (unsigned n = 0; n < 200; n++) {
            unsigned first = nj_rng_between(&rng, 0, 11);
            unsigned count = nj_rng_between(&rng, 1, 12 - first);

            nj_logs_of(logs, x + first, count, e);
            for (unsigned k = 0; k < count; k++)
                assert_int_equal(nj_mod_pow(group->root, e[k], group->prime), x[first + k]);
        }
        nj_logs_free(logs);
    }
}

static void products_are_what_is_left_of_them(void **state)
{
    struct nj_rng rng = nj_rng(1, 4);

    (void)state;
    for (unsigned n = 0; n < 100000; n++) {
        uint64_t m = 2 + nj_rng_below64(&rng, (UINT64_C(1) << (1 + n % 41)) - 1);
        uint64_t a = n % 7 == 0 ? m - 1 : nj_rng_below64(&rng, m);
        uint64_t b = n % 5 == 0 ? m - 1 : nj_rng_below64(&rng, m);
        uint64_t slow = 0;

        for (int bit = 40; bit >= 0; bit--) /* as by hand */
            slow = (slow * 2 + (b >> bit & 1) * a) % m;
        assert_int_equal(nj_mod_mul(a, b, m), slow);
    }
}

static void logarithms_of_primes_are_those_of_the_first_ones(void **state)
{
    const struct nj_group *group = zmap_sizes[ZMAP_SIZES - 1].group;
    unsigned found = 0;

    (void)state;
    for (uint64_t n = 2; n < 1000; n++) {
        uint64_t d = 2;

        while (d * d <= n && n % d != 0)
            d++;
        if (d * d > n)
            assert_int_equal(nj_mod_pow(group->root, zmap_prime_logs[found++], group->prime),
                             n);
    }
    assert_int_equal(found, NJ_GROUP_PRIMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_generate_their_groups),
        cmocka_unit_test(logarithms_lead_back_to_their_numbers),
        cmocka_unit_test(logarithms_of_several_are_those_of_each),
        cmocka_unit_test(logarithms_that_are_asked_for_again_are_the_same),
        cmocka_unit_test(products_are_what_is_left_of_them),
        cmocka_unit_test(logarithms_of_primes_are_those_of_the_first_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
