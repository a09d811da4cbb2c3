/* SPDX-License-Identifier: Apache-2.0 */
#include "base/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"

#define NUMBERS 20000u

/* Numbers in pairs have one hash, and those of a hundred pairs one home. */
static uint64_t hash_of(const void *ctx, uint32_t number)
{
    const uint64_t *salt = ctx;
    uint64_t pair = number / 2;

    return nj_mix64(pair ^ *salt) << 32 | (uint32_t)nj_mix64(pair / 100 ^ *salt);
}

static bool finds(const struct nj_index *index, uint32_t number)
{
    uint32_t cursor = 0, found;

    do
        found = nj_index_next(index, hash_of(index->ctx, number), &cursor);
    while (found != 0 && found != number);
    return found == number;
}

static void finds_what_stands_in_it_and_nothing_else(void **state)
{
    static bool stands[NUMBERS + 1];
    const uint64_t salt = 5;
    struct nj_rng rng = nj_rng(31, 0);
    struct nj_index index;
    uint32_t count = 0;

    (void)state;
    assert_int_equal(nj_index_init(&index, hash_of, &salt), 0);
    for (unsigned turn = 0; turn < 10 * NUMBERS; turn++) {
        uint32_t number = 1 + (uint32_t)nj_rng_below(&rng, NUMBERS);

        if (stands[number])
            nj_index_remove(&index, hash_of(&salt, number), number);
        else
            assert_int_equal(nj_index_add(&index, hash_of(&salt, number), number), 0);
        stands[number] = !stands[number];
        count += stands[number] ? 1 : UINT32_MAX;
        assert_int_equal(index.count, count);
        assert_int_equal(finds(&index, number), stands[number]);
    }
    for (uint32_t number = 1; number <= NUMBERS; number++)
        assert_int_equal(finds(&index, number), stands[number]);
    nj_index_clear(&index);
    for (uint32_t number = 1; number <= NUMBERS; number++)
        assert_false(finds(&index, number));
    nj_index_done(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_stands_in_it_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
