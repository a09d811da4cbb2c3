/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample/sampler.h"

#define SECOND 1000000000ll
#define T0 (1411430400ll * SECOND) /* 2014-09-23T00:00:00Z */

static const uint8_t bytes[600] = {0x45};

struct got {
    size_t count;
    uint32_t nth[4096];
    uint16_t captured;
};

static int on_sample(void *ctx, const struct sample *sample, struct nj_err *err)
{
    struct got *got = ctx;

    (void)err;
    if (got->count < 4096)
        got->nth[got->count] = sample->nth;
    got->count++;
    got->captured = sample->captured;
    return 0;
}

struct world {
    struct nj_intern *names;
    struct sampler *sampler;
    struct got got;
};

static struct sampler *make(struct world *world, uint32_t per_day)
{
    struct sampler *sampler = NULL;
    struct nj_err err;

    assert_int_equal(sampler_new(per_day, world->names, on_sample, &world->got, &sampler, &err),
                     0);
    return sampler;
}

static struct world begin(void)
{
    struct world world = {.names = nj_intern_new(100)};

    assert_non_null(world.names);
    return world;
}

static void end(struct world *world)
{
    sampler_free(world->sampler);
    nj_intern_free(world->names);
}

static struct packet packet(uint32_t source, uint16_t dport, int64_t time_ns)
{
    return (struct packet){.time_ns = time_ns,
                           .src = addr_from_v4(0xc6336400u + source),
                           .src_hash = nj_mix64(source + 1),
                           .dport = dport,
                           .proto = PROTO_TCP,
                           .episode_packets = 1,
                           .ip = bytes,
                           .ip_captured = sizeof(bytes),
                           .ip_length = 1400};
}

static void offer(struct world *world, const struct packet *p)
{
    struct nj_err err;

    sampler_prefetch(world->sampler, p);
    assert_int_equal(sampler_add(world->sampler, p, &err), 0);
}

static void first_packets_are_kept_and_then_one_of_each_octave(void **state)
{
    struct world world = begin();

    (void)state;
    world.sampler = make(&world, 1000);
    for (uint32_t i = 0; i < 100000; i++) {
        struct packet p = packet(1, 23, T0 + i * SECOND / 10);

        p.episode_packets = i + 1;
        offer(&world, &p);
    }
    assert_int_equal(world.got.captured, SAMPLE_BYTES_MAX);
    for (uint32_t i = 0; i < SAMPLER_FIRST; i++)
        assert_int_equal(world.got.nth[i], i + 1);
    assert_in_range(world.got.count, SAMPLER_FIRST + 14, SAMPLER_FIRST + 15);
    for (size_t i = SAMPLER_FIRST; i < world.got.count; i++)
        assert_int_equal(31 - __builtin_clz(world.got.nth[i]), i - SAMPLER_FIRST + 2);
    end(&world);
}

static void each_port_tool_and_day_has_its_own_first_packets(void **state)
{
    struct world world = begin();
    struct packet p;

    (void)state;
    world.sampler = make(&world, 1000);
    for (unsigned i = 0; i < 4; i++) { /* the fourth may be its octave's */
        p = packet(1, 23, T0);
        offer(&world, &p);
    }
    world.got.count = 0;
    p = packet(1, 24, T0);
    offer(&world, &p);
    p = packet(1, 23, T0);
    p.tool = nj_intern_z(world.names, "zmap");
    offer(&world, &p);
    p = packet(1, 23, T0 + 86400 * SECOND);
    offer(&world, &p);
    assert_int_equal(world.got.count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(world.got.nth[i], 1);
    end(&world);
}

static void a_scan_of_all_ports_is_thinned(void **state)
{
    struct world world = begin();

    (void)state;
    world.sampler = make(&world, 10000000);
    for (uint32_t i = 0; i < 65536; i++) {
        struct packet p = packet(1, (uint16_t)i, T0 + i * SECOND / 100);

        p.episode_packets = i + 1;
        offer(&world, &p);
    }
    assert_in_range(world.got.count, 150, 450); /* 32 + 32 * ln(2048) = 276 */
    end(&world);
}

static void the_budget_is_never_exceeded_and_leaves_room_for_others(void **state)
{
    struct world world = begin();
    size_t before;

    (void)state;
    world.sampler = make(&world, 8000);
    for (uint32_t i = 0; i < 50000; i++) { /* a flood in one second */
        struct packet p = packet(i + 10, 80, T0);

        offer(&world, &p);
    }
    assert_in_range(world.got.count, 500, 1001);
    assert_int_equal(sampler_counts(world.sampler)->kept, world.got.count);
    assert_int_equal(sampler_counts(world.sampler)->refused, 50000 - world.got.count);
    before = world.got.count;
    for (uint32_t i = 0; i < 5000; i++) { /* one source goes on and on */
        struct packet p = packet(1, 22, T0 + SECOND);

        p.episode_packets = i + 1;
        offer(&world, &p);
    }
    assert_true(world.got.count >= before + 5);
    end(&world);
}

static void our_own_packets_and_log_rows_are_not_kept(void **state)
{
    struct world world = begin();
    struct packet p = packet(1, 22, T0);

    (void)state;
    world.sampler = make(&world, 1000);
    p.direction = DIRECTION_OUT;
    offer(&world, &p);
    p = packet(1, 22, T0);
    p.ip = NULL;
    offer(&world, &p);
    assert_int_equal(world.got.count, 0);
    end(&world);
}

static void a_loaded_state_goes_on_as_if_nothing_had_been(void **state)
{
    struct world one = begin(), two = begin();
    struct nj_err err;
    char *saved = NULL;
    size_t size;
    FILE *file;

    (void)state;
    one.sampler = make(&one, 20);
    two.sampler = make(&two, 20);
    for (uint32_t i = 0; i < 2000; i++) {
        struct packet p = packet(i % 37, (uint16_t)(i % 5), T0 + i * 40 * SECOND);

        if (i == 1000) {
            file = open_memstream(&saved, &size);
            assert_int_equal(sampler_save(two.sampler, file, &err), 0);
            assert_int_equal(fclose(file), 0);
            sampler_free(two.sampler);
            two.sampler = make(&two, 20);
            file = fmemopen(saved, size, "r");
            assert_int_equal(sampler_load(two.sampler, file, &err), 0);
            assert_int_equal(fclose(file), 0);
        }
        p.tool = nj_intern_z(one.names, i % 2 == 0 ? "zmap" : "nmap");
        offer(&one, &p);
        p.tool = nj_intern_z(two.names, i % 2 == 0 ? "zmap" : "nmap");
        offer(&two, &p);
    }
    assert_true(one.got.count > 5);
    assert_int_equal(one.got.count, two.got.count);
    assert_memory_equal(one.got.nth, two.got.nth, one.got.count * sizeof(uint32_t));
    for (size_t cut = 1; cut < size; cut += 7) {
        sampler_free(two.sampler);
        two.sampler = make(&two, 20);
        file = fmemopen(saved, cut, "r");
        assert_int_equal(sampler_load(two.sampler, file, &err), -1);
        assert_int_equal(fclose(file), 0);
    }
    free(saved);
    end(&one);
    end(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_packets_are_kept_and_then_one_of_each_octave),
        cmocka_unit_test(each_port_tool_and_day_has_its_own_first_packets),
        cmocka_unit_test(a_scan_of_all_ports_is_thinned),
        cmocka_unit_test(the_budget_is_never_exceeded_and_leaves_room_for_others),
        cmocka_unit_test(our_own_packets_and_log_rows_are_not_kept),
        cmocka_unit_test(a_loaded_state_goes_on_as_if_nothing_had_been),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
