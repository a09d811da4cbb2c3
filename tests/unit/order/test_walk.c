/* SPDX-License-Identifier: Apache-2.0 */
#include "order/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "model/zmap.h"

#define SIZE 4096u /* a /20 */
#define BITS 30.0f

static struct nj_logs *logs;
static uint64_t exponents[SIZE];

static int open_logs(void **state)
{
    (void)state;
    logs = nj_logs_new(&zmap_ipv4);
    for (uint32_t i = 0; logs != NULL && i < SIZE; i++)
        exponents[i] = nj_log(logs, (uint64_t)zmap_index(0x2d210000 + i, ZMAP_BLOCK) + 1);
    return logs == NULL ? -1 : 0;
}

static int close_logs(void **state)
{
    (void)state;
    nj_logs_free(logs);
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const struct walk_point *left = a, *right = b;

    return left->time_s < right->time_s ? -1 : left->time_s > right->time_s;
}

/* The first `count` addresses that a telescope of `size` sees of a scan whose walk is done by
 * `parts` threads in an hour. */
static void walk_of(uint64_t g, uint64_t start, uint32_t parts, uint32_t size, unsigned count,
                    struct walk_point *ret)
{
    static struct walk_point all[SIZE];
    uint64_t m = zmap_ipv4.prime - 1, part = m / parts;
    uint64_t u = nj_mod_inverse(nj_log(logs, g), m);

    for (uint32_t i = 0; i < size; i++) {
        uint64_t n = nj_mod_mul((exponents[i] + m - start) % m, u, m);

        all[i] = (struct walk_point){.log = exponents[i],
                                     .time_s = (double)(n % part) / (double)part * 3600};
    }
    qsort(all, size, sizeof(all[0]), by_time);
    memcpy(ret, all, count * sizeof(*ret));
}

static uint64_t generator(uint64_t limit, struct nj_rng *rng)
{
    uint64_t g;

    do {
        g = 2 + nj_rng_below64(rng, limit - 2);
    } while (!nj_group_generates(&zmap_ipv4, g));
    return g;
}

static void ten_packets_tell_the_generator(void **state)
{
    struct nj_rng rng = nj_rng(1, 0);

    (void)state;
    for (int i = 0; i < 20; i++) {
        uint64_t g = generator(ZMAP_ROOT_LIMIT, &rng);
        struct walk_point points[12];
        struct walk walk;

        walk_of(g, nj_rng_next(&rng) % (zmap_ipv4.prime - 1), 1, SIZE, 12, points);
        assert_true(walk_find(logs, NULL, points, 12, BITS, WALK_NEAR, &walk));
        assert_int_equal(walk.generator, g);
        assert_int_equal(walk.parts, 1);
        assert_false(walk.old);
        assert_true(walk.bits > 60);
    }
}

static void threads_and_shards_are_counted(void **state)
{
    struct nj_rng rng = nj_rng(2, 0);
    struct walk_point points[24];
    struct walk walk;

    (void)state;
    for (uint32_t parts = 2; parts <= 16; parts *= 2) {
        uint64_t g = generator(ZMAP_ROOT_LIMIT, &rng);

        walk_of(g, 17, parts, SIZE, 24, points);
        assert_true(walk_find(logs, NULL, points, 24, BITS, WALK_NEAR, &walk));
        assert_int_equal(walk.generator, g);
        assert_int_equal(walk.parts, parts);
    }
}

static void small_telescope_is_enough_for_a_thorough_search(void **state)
{
    struct nj_rng rng = nj_rng(3, 0);
    uint64_t g = generator(ZMAP_ROOT_LIMIT, &rng);
    struct walk_point points[16];
    struct walk walk;

    (void)state;
    walk_of(g, 99, 1, 32, 16, points);
    assert_true(walk_find(logs, NULL, points, 16, BITS, WALK_THOROUGH, &walk));
    assert_int_equal(walk.generator, g);
}

static void old_scan_is_called_old(void **state)
{
    struct nj_rng rng = nj_rng(4, 0);
    struct walk_point points[12];
    struct walk walk;
    uint64_t g;

    (void)state;
    do {
        g = generator(ZMAP_ROOT_LIMIT_OLD, &rng);
    } while (g < ZMAP_ROOT_LIMIT);
    walk_of(g, 99, 1, SIZE, 12, points);
    assert_true(walk_find(logs, NULL, points, 12, BITS, WALK_FAR, &walk));
    assert_int_equal(walk.generator, g);
    assert_true(walk.old);
}

static void evidence_grows_with_the_packets_and_is_never_more_than_they_hold(void **state)
{
    struct nj_rng rng = nj_rng(5, 0);
    struct walk_point points[32];
    uint64_t g = generator(ZMAP_ROOT_LIMIT, &rng);
    float before = 0;

    (void)state;
    walk_of(g, 5, 1, SIZE, 32, points);
    for (unsigned n = 8; n <= 32; n += 8) {
        struct walk walk;

        assert_true(walk_find(logs, NULL, points, n, BITS, WALK_NEAR, &walk));
        assert_true(walk.bits > before);
        assert_true(walk.bits <= 32.0f * (float)n);
        before = walk.bits;
    }
}

static void targets_in_other_orders_are_no_walk(void **state)
{
    struct nj_rng rng = nj_rng(6, 0);

    (void)state;
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < 100; i++) {
            uint32_t at = nj_rng_u32(&rng);
            struct walk_point points[24];
            struct walk walk;

            for (uint32_t k = 0; k < 24; k++) {
                uint32_t place = kind == 0   ? at + k
                                 : kind == 1 ? at + 7 * k
                                             : at + 1021 * k * k;

                points[k] = (struct walk_point){.log = exponents[place % SIZE], .time_s = k};
            }
            assert_false(walk_find(logs, NULL, points, 24, BITS, WALK_THOROUGH, &walk));
        }
}

static void walk_dealt_out_anew_is_no_walk(void **state)
{
    struct nj_rng rng = nj_rng(7, 0);

    (void)state;
    for (int i = 0; i < 50; i++) {
        struct walk_point points[SIZE];
        struct walk walk;

        /* all of a scan, any 24 of it in any order */
        walk_of(generator(ZMAP_ROOT_LIMIT, &rng), 7, 1, SIZE, SIZE, points);
        for (uint32_t k = 0; k < 24; k++) {
            uint32_t other = nj_rng_between(&rng, k, SIZE - 1);
            struct walk_point kept = points[k];

            points[k] = points[other];
            points[other] = kept;
            points[k].time_s = k;
        }
        assert_false(walk_find(logs, NULL, points, 24, BITS, WALK_THOROUGH, &walk));
    }
}

static void times_without_meaning_do_no_harm(void **state)
{
    struct walk_point points[16];
    struct walk walk;

    (void)state;
    walk_of(2893004, 3, 1, SIZE, 16, points);
    for (unsigned i = 0; i < 16; i++)
        points[i].time_s = 0; /* a log with whole seconds */
    assert_true(walk_find(logs, NULL, points, 16, BITS, WALK_THOROUGH, &walk));
    for (unsigned i = 0; i < 16; i++)
        points[i].log = 77; /* one target again and again: never asked for, but no crash */
    (void)walk_find(logs, NULL, points, 16, BITS, WALK_THOROUGH, &walk);
}

/* A point of which nothing but the number is known. */
static struct walk_point asked(const struct walk_point *point)
{
    return (struct walk_point){
        .number = nj_mod_pow(zmap_ipv4.root, point->log, zmap_ipv4.prime),
        .time_s = point->time_s,
    };
}

static void what_is_worked_out_late_and_what_is_remembered_say_the_same(void **state)
{
    static struct lattice_memory memory;
    struct nj_rng rng = nj_rng(8, 0);
    unsigned walks = 0;

    (void)state;
    for (int i = 0; i < 60; i++) {
        struct walk_point points[24], late[24];

        walk_of(generator(ZMAP_ROOT_LIMIT, &rng), nj_rng_u32(&rng), 1u << i % 5, SIZE, 24,
                points);
        for (unsigned k = 12; k < 24 && i % 3 == 0; k++) /* what begins as a walk, */
            points[k].log = exponents[nj_rng_between(&rng, 0, SIZE - 1)];
        for (unsigned k = 0; k < 24 && i % 6 == 1; k++) /* or is none */
            points[k].log = exponents[nj_rng_between(&rng, 0, SIZE - 1)];
        for (unsigned count = 10; count <= 24; count += 7)
            for (enum walk_effort effort = WALK_LINE; effort <= WALK_THOROUGH; effort++) {
                struct walk walk = {.bits = 0}, again = {.bits = 0};
                bool is = walk_find(logs, NULL, points, count, BITS, effort, &walk);

                for (unsigned k = 0; k < count; k++)
                    late[k] = asked(&points[k]);
                assert_int_equal(walk_find(logs, &memory, late, count, BITS, effort, &again),
                                 is);
                assert_true(again.bits == walk.bits && again.span == walk.span);
                assert_int_equal(again.generator, walk.generator);
                walks += is;
            }
    }
    assert_true(walks > 100);
}

/* As many as are found when all candidates are judged by all points. */
static void walk_that_is_just_worth_enough_is_found(void **state)
{
    static const uint32_t sizes[] = {24, 128, 512, SIZE};
    struct nj_rng rng = nj_rng(9, 0);
    unsigned found = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct walk_point points[20];
        uint64_t g = generator(ZMAP_ROOT_LIMIT, &rng);
        uint64_t start = nj_rng_u32(&rng);
        unsigned count = nj_rng_between(&rng, 7, 20);
        struct walk walk;

        walk_of(g, start, 1u << i % 5, sizes[i % 4], count, points);
        for (unsigned k = 0; k < count; k++) /* a line in time, and less and less of one */
            points[k].time_s += nj_rng_between(&rng, 0, 1u << i % 18) / 1000.0;
        if (i % 3 == 0) { /* of two threads one was faster */
            struct walk_point second = points[1];

            points[1] = points[2];
            points[2] = second;
        }
        found += walk_find(logs, NULL, points, count, BITS, WALK_THOROUGH, &walk);
    }
    assert_int_equal(found, 934);
}

/* What a walk shows decides what is asked of its points one by one: that they come in its
 * order, lie close together on it, or come at a steady rate. */
static void a_walk_is_found_when_just_its_bits_are_asked_for(void **state)
{
    static const struct {
        uint32_t size;
        unsigned count;
        enum walk_effort effort;
    } WAYS[] = {{SIZE, 6, WALK_NEAR},    {SIZE, 12, WALK_FAR},    {64, 9, WALK_LINE},
                {64, 16, WALK_NEAR},     {32, 16, WALK_THOROUGH}, {SIZE, 24, WALK_NEAR},
                {20, 12, WALK_THOROUGH}, {SIZE, 8, WALK_THOROUGH}};
    struct nj_rng rng = nj_rng(9, 0);
    unsigned found = 0;

    (void)state;
    for (unsigned i = 0; i < 48 * sizeof(WAYS) / sizeof(WAYS[0]); i++) {
        unsigned way = i % (sizeof(WAYS) / sizeof(WAYS[0])), count = WAYS[way].count;
        uint64_t g = generator(ZMAP_ROOT_LIMIT, &rng);
        struct walk_point points[WALK_POINTS_MAX];
        struct walk walk, again;

        walk_of(g, nj_rng_next(&rng) % (zmap_ipv4.prime - 1), 1 + i / 8 % 2, WAYS[way].size,
                count, points);
        if (i / 16 % 3 == 0) { /* close together only: two came in the other order, */
            uint64_t second = points[1].log;

            points[1].log = points[2].log;
            points[2].log = second;
        }
        for (unsigned k = 0; k < count && i / 16 % 3 < 2; k++) /* or at no steady rate */
            points[k].time_s = k * k;
        if (!walk_find(logs, NULL, points, count, 8, WAYS[way].effort, &walk))
            continue;
        found++;
        assert_true(
            walk_find(logs, NULL, points, count, walk.bits - 0.01f, WAYS[way].effort, &again));
        assert_true(again.bits == walk.bits);
        assert_int_equal(again.generator, walk.generator);
        assert_false(
            walk_find(logs, NULL, points, count, walk.bits + 0.01f, WAYS[way].effort, &again));
    }
    assert_true(found > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_packets_tell_the_generator),
        cmocka_unit_test(threads_and_shards_are_counted),
        cmocka_unit_test(small_telescope_is_enough_for_a_thorough_search),
        cmocka_unit_test(old_scan_is_called_old),
        cmocka_unit_test(evidence_grows_with_the_packets_and_is_never_more_than_they_hold),
        cmocka_unit_test(targets_in_other_orders_are_no_walk),
        cmocka_unit_test(walk_dealt_out_anew_is_no_walk),
        cmocka_unit_test(times_without_meaning_do_no_harm),
        cmocka_unit_test(what_is_worked_out_late_and_what_is_remembered_say_the_same),
        cmocka_unit_test(walk_that_is_just_worth_enough_is_found),
        cmocka_unit_test(a_walk_is_found_when_just_its_bits_are_asked_for),
    };

    return cmocka_run_group_tests_name("order/walk", tests, open_logs, close_logs);
}
