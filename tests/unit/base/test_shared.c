/* SPDX-License-Identifier: Apache-2.0 */
/* What many have alike stands once, and a shelf gives out each place once. */
#include "base/shared.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

static void a_shelf_gives_out_each_place_once(void **state)
{
    enum { RUNS = 5000 };
    static struct {
        uint32_t place;
        unsigned units;
    } runs[RUNS];
    struct nj_shelf shelf = {.boards = NULL};
    struct nj_rng rng = nj_rng(21, 0);

    (void)state;
    for (unsigned turn = 0; turn < 20 * RUNS; turn++) {
        unsigned i = (unsigned)nj_rng_below(&rng, RUNS);

        for (unsigned k = 0; k < runs[i].units * NJ_SHELF_UNIT; k++)
            assert_int_equal(nj_shelf_at(&shelf, runs[i].place)[k], (uint8_t)i);
        if (runs[i].units > 0)
            nj_shelf_give(&shelf, runs[i].place, runs[i].units);
        runs[i].units = 1 + (unsigned)nj_rng_below(&rng, NJ_SHELF_UNITS_MAX);
        assert_int_equal(nj_shelf_take(&shelf, runs[i].units, &runs[i].place), 0);
        memset(nj_shelf_at(&shelf, runs[i].place), (uint8_t)i,
               (size_t)runs[i].units * NJ_SHELF_UNIT);
    }
    nj_shelf_empty(&shelf);
    assert_int_equal(shelf.board_count, 0);
}

/* Bytes that follow from a number, which no other number has, and how many. */
static size_t run_of(uint64_t i, uint8_t ret[NJ_SHARED_MAX])
{
    struct nj_rng rng = nj_rng(i, 0);
    size_t size = sizeof(i) + (size_t)nj_rng_below(&rng, i % 100 == 0 ? 1000 : 60);

    memcpy(ret, &i, sizeof(i));
    for (size_t k = sizeof(i); k < size; k++)
        ret[k] = (uint8_t)nj_rng_next(&rng);
    return size;
}

/* Many who change what they have again and again. */
static void each_has_the_bytes_it_took(void **state)
{
    enum { USERS = 20000, RUNS = 5000 };
    static struct {
        uint32_t number;
        uint64_t run;
    } users[USERS];
    static uint32_t had[RUNS];
    uint8_t bytes[NJ_SHARED_MAX];
    struct nj_rng rng = nj_rng(22, 0);
    struct nj_shared shared;
    uint32_t distinct = 0;

    (void)state;
    assert_int_equal(nj_shared_init(&shared, 7), 0);
    for (unsigned turn = 0; turn < 10 * USERS; turn++) {
        unsigned i = (unsigned)nj_rng_below(&rng, USERS);

        if (users[i].number != 0) {
            nj_shared_give(&shared, users[i].number);
            distinct -= --had[users[i].run] == 0;
        }
        users[i].run = nj_rng_below(&rng, 1 + nj_rng_below(&rng, RUNS));
        users[i].number = nj_shared_take(&shared, bytes, run_of(users[i].run, bytes));
        assert_int_not_equal(users[i].number, 0);
        distinct += had[users[i].run]++ == 0;
        assert_int_equal(shared.by_hash.count, distinct);
        if (turn % USERS == 0)
            nj_shared_tidy(&shared);
    }
    for (unsigned i = 0; i < USERS; i++) {
        size_t size;
        const uint8_t *have;

        if (users[i].number == 0)
            continue;
        have = nj_shared_bytes(&shared, users[i].number, &size);
        assert_int_equal(size, run_of(users[i].run, bytes));
        assert_memory_equal(have, bytes, size);
        nj_shared_give(&shared, users[i].number);
    }
    assert_int_equal(shared.by_hash.count, 0);
    assert_int_equal(shared.shelf.taken, 0);
    nj_shared_done(&shared);
}

/* Runs that grow leave places that are too short for the next. */
static void runs_that_grow_take_no_more_than_they_need(void **state)
{
    enum { GROWING = 100000 };
    uint32_t *numbers = calloc(GROWING, sizeof(*numbers));
    struct nj_shared shared;

    (void)state;
    assert_non_null(numbers);
    assert_int_equal(nj_shared_init(&shared, 7), 0);
    for (size_t size = 20; size <= 300; size += 40) {
        uint64_t needed;

        for (uint32_t i = 0; i < GROWING; i++) {
            uint8_t bytes[300] = {0};

            memcpy(bytes, &i, sizeof(i));
            if (numbers[i] != 0)
                nj_shared_give(&shared, numbers[i]);
            numbers[i] = nj_shared_take(&shared, bytes, size);
            assert_int_not_equal(numbers[i], 0);
        }
        nj_shared_tidy(&shared);
        needed = shared.shelf.taken * (uint64_t)NJ_SHELF_UNIT;
        assert_true(shared.shelf.board_count * UINT64_C(10485760) <= needed * 3 / 2 + 31457280);
    }
    for (uint32_t i = 0; i < GROWING; i++) {
        size_t size;

        assert_memory_equal(nj_shared_bytes(&shared, numbers[i], &size), &i, sizeof(i));
        assert_int_equal(size, 300);
    }
    nj_shared_done(&shared);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shelf_gives_out_each_place_once),
        cmocka_unit_test(each_has_the_bytes_it_took),
        cmocka_unit_test(runs_that_grow_take_no_more_than_they_need),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
