/* SPDX-License-Identifier: Apache-2.0 */
#include "order/seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/masscan.h"

#define NOW (INT64_C(1700000000) * 1000000000)

static struct packet packet_of(uint64_t seed, uint32_t n)
{
    struct masscan_probe probe = {
        .src = 0xc6336409, .dst = 0xc0000200 + n, .sport = 40123, .dport = 6379};

    return (struct packet){.time_ns = NOW,
                           .src = addr_from_v4(probe.src),
                           .dst = addr_from_v4(probe.dst),
                           .sport = probe.sport,
                           .dport = probe.dport,
                           .proto = PROTO_TCP,
                           .seq = masscan_seq(seed, &probe)};
}

/* How many packets it takes; 0: not within ten. */
static unsigned needed(struct seed_memory *memory, uint64_t seed)
{
    struct seed_guess guess = {.hits = 0};

    for (uint32_t n = 0; n < 10; n++) {
        const struct packet packet = packet_of(seed, n);

        if (seed_add(memory, &guess, &packet)) {
            assert_int_equal(guess.seed, seed);
            return n + 1;
        }
    }
    return 0;
}

static void hash_is_that_of_its_authors(void **state)
{
    (void)state;
    /* key 00 01 .. 0f, bytes 00 01 .. 0f: the authors' 17th vector */
    assert_int_equal(masscan_siphash(0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x0706050403020100,
                                     0x0f0e0d0c0b0a0908),
                     0x3f2acc7f57c29bdb);
}

static void three_packets_tell_a_seed_that_somebody_typed(void **state)
{
    static const uint64_t seeds[] = {0, 1, 1337, 60001, 1234567, NOW / 1000000000 - 3600};

    (void)state;
    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        struct seed_memory memory;

        seed_init(&memory);
        assert_int_equal(needed(&memory, seeds[i]), SEED_CONFIRMED);
    }
}

static void random_seed_is_not_found_but_known_again(void **state)
{
    struct seed_memory memory;

    (void)state;
    seed_init(&memory);
    assert_int_equal(needed(&memory, 0x123456789abcdef0), 0);
    memory.learned[0] = 0x123456789abcdef0;
    memory.count = 1;
    assert_int_equal(needed(&memory, 0x123456789abcdef0), SEED_CONFIRMED);
}

static void seed_that_another_source_shows_is_tried_again(void **state)
{
    struct seed_memory memory;
    struct seed_guess early = {.hits = 0};
    bool told = false;

    (void)state;
    seed_init(&memory);
    memory.credit = 0;
    for (uint32_t n = 0; n < 5; n++) {
        const struct packet packet = packet_of(900, n);

        assert_false(seed_add(&memory, &early, &packet));
    }
    memory.credit = 1;
    assert_int_equal(needed(&memory, 900), SEED_CONFIRMED);
    for (uint32_t n = 5; n < 5 + SEED_CONFIRMED; n++) {
        const struct packet packet = packet_of(900, n);

        told |= seed_add(&memory, &early, &packet);
    }
    assert_true(told);
}

static void packet_that_disagrees_ends_the_guess(void **state)
{
    struct seed_memory memory;
    struct seed_guess guess = {.hits = 0};

    (void)state;
    seed_init(&memory);
    for (uint32_t n = 0; n < 10; n++) {
        const struct packet packet = packet_of(n == 1 ? 8 : 7, n);

        assert_false(seed_add(&memory, &guess, &packet));
    }
}

static void work_is_bounded_and_packets_pay_for_it(void **state)
{
    struct seed_memory memory;
    unsigned found = 0;

    (void)state;
    seed_init(&memory);
    for (uint32_t i = 0; i < 600; i++) /* sources whose seed is random */
        assert_int_equal(needed(&memory, UINT64_C(1) << 40 | i), 0);
    assert_int_equal(memory.credit, 0);
    assert_int_equal(needed(&memory, 5), 0);
    for (uint64_t packets = 1; packets <= 2048; packets++)
        seed_earn(&memory, packets);
    found += needed(&memory, 5) > 0;
    assert_int_equal(found, 1);
    assert_int_equal(needed(&memory, 5), SEED_CONFIRMED); /* what is known costs nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_is_that_of_its_authors),
        cmocka_unit_test(three_packets_tell_a_seed_that_somebody_typed),
        cmocka_unit_test(random_seed_is_not_found_but_known_again),
        cmocka_unit_test(seed_that_another_source_shows_is_tried_again),
        cmocka_unit_test(packet_that_disagrees_ends_the_guess),
        cmocka_unit_test(work_is_bounded_and_packets_pay_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
