/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <xxhash.h>

#include "stream.h"

static const struct visit_table_options options = {
    .max_visits = 1000, .max_sessions = 10000, .part_s = 300, .payload_bytes = 16};

static struct visit_table *new_table(struct parts *parts)
{
    struct visit_table *table = NULL;

    assert_int_equal(visit_table_new(&options, 1, parts_add, parts, &table, NULL), 0);
    return table;
}

/* Visits with all that a visit may have: many targets, IPv6, payload, user. */
static void fill(struct visit_table *table, struct nj_intern *names)
{
    for (unsigned i = 0; i < 60; i++) {
        struct packet p = {
            .time_ns = T0 + i * NS_PER_S,
            .src = addr_from_v4(0xc6336400u + i % 5),
            .dst = addr_from_v4(0xcb007100u + i),
            .sport = (uint16_t)(1000 * i),
            .dport = (uint16_t)(20 + i % 2),
            .proto = i % 3 == 0 ? PROTO_UDP : PROTO_TCP,
            .tcp_flags = TCP_SYN,
            .seq = i,
            .ip_length = 40,
            .rule = nj_intern_z(names, "a rule"),
            .stack = nj_intern_z(names, "a stack"),
            .tool = nj_intern_z(names, "a tool"),
            .episode_packets = 100,
            .payload = (const uint8_t *)"payload",
            .payload_length = i % 4 == 0 ? 7 : 0,
            .row = i % 10 == 0,
            .user = "root",
        };

        if (i % 7 == 0) {
            p.src.hi = 0x20010db800000000ull;
            p.dst.hi = 0x20010db800000001ull;
        }
        assert_int_equal(visit_table_add(table, &p, 600, NULL), 0);
    }
}

static uint8_t *saved_state(size_t *ret_size, struct nj_intern *names)
{
    struct parts parts = {.count = 0};
    struct visit_table *table = new_table(&parts);
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, ret_size);

    fill(table, names);
    assert_int_equal(visit_table_save(table, names, out, NULL), 0);
    (void)fclose(out);
    visit_table_free(table);
    free(parts.list);
    return (uint8_t *)bytes;
}

/* Load bytes, and if they load, use the table to its end. @return 0, or the error's code */
static int try_load(uint8_t *bytes, size_t size, struct nj_intern *names)
{
    struct parts parts = {.count = 0};
    struct visit_table *table = new_table(&parts);
    struct nj_err err = {.code = NJ_OK};
    FILE *in = fmemopen(bytes, size, "rb");
    int rc = visit_table_load(table, names, in, &err);

    if (rc < 0)
        assert_int_equal(visit_table_counts(table)->open, 0);
    fill(table, names);
    assert_int_equal(visit_table_tick(table, T0 + 5000 * NS_PER_S, NULL), 0);
    assert_int_equal(visit_table_close(table, NULL), 0);
    (void)fclose(in);
    visit_table_free(table);
    free(parts.list);
    return rc < 0 ? (int)err.code : 0;
}

static void names_are_kept_as_texts(void **state)
{
    struct nj_intern *names = nj_intern_new(100), *others = nj_intern_new(100);
    struct parts parts = {.count = 0};
    struct visit_table *table = new_table(&parts);
    size_t size;
    uint8_t *bytes = saved_state(&size, names);
    FILE *in = fmemopen(bytes, size, "rb");

    (void)state;
    (void)nj_intern_z(others, "something else before");
    assert_int_equal(visit_table_load(table, others, in, NULL), 0);
    assert_int_equal(visit_table_close(table, NULL), 0);
    assert_true(parts.count > 10);
    for (size_t i = 0; i < parts.count; i++) {
        assert_string_equal(nj_intern_text(others, parts.list[i].rule), "a rule");
        assert_string_equal(nj_intern_text(others, parts.list[i].stack), "a stack");
        assert_string_equal(nj_intern_text(others, parts.list[i].tool), "a tool");
    }
    (void)fclose(in);
    visit_table_free(table);
    free(parts.list);
    free(bytes);
    nj_intern_free(names);
    nj_intern_free(others);
}

static void state_that_is_cut_anywhere_is_refused(void **state)
{
    struct nj_intern *names = nj_intern_new(100);
    size_t size;
    uint8_t *bytes = saved_state(&size, names);

    (void)state;
    assert_int_equal(try_load(bytes, size, names), 0);
    for (size_t cut = 1; cut < size; cut += 1 + cut / 97)
        assert_int_equal(try_load(bytes, cut, names), NJ_FORMAT);
    free(bytes);
    nj_intern_free(names);
}

static void any_flipped_bit_is_noticed(void **state)
{
    struct nj_intern *names = nj_intern_new(1000);
    size_t size;
    uint8_t *bytes = saved_state(&size, names);

    (void)state;
    for (size_t at = 0; at < size; at += 1 + at / 97) {
        int code;

        bytes[at] ^= (uint8_t)(1 << at % 8);
        code = try_load(bytes, size, names);
        assert_true(code == NJ_FORMAT || code == NJ_LIMIT);
        bytes[at] ^= (uint8_t)(1 << at % 8);
    }
    free(bytes);
    nj_intern_free(names);
}

static void lies_with_a_right_checksum_do_no_harm(void **state)
{
    struct nj_intern *names = nj_intern_new(1000);
    uint64_t random = 1;
    size_t size;
    uint8_t *bytes = saved_state(&size, names);
    uint8_t *lies = malloc(size);
    unsigned loaded = 0;

    (void)state;
    for (unsigned i = 0; i < 1500; i++) {
        uint64_t digest;

        memcpy(lies, bytes, size);
        for (unsigned k = 0; k < 1 + i % 3; k++)
            lies[random_below(&random, (uint32_t)size - 8)] = (uint8_t)random_next(&random);
        digest = XXH3_64bits(lies, size - 8);
        for (unsigned k = 0; k < 8; k++)
            lies[size - 8 + k] = (uint8_t)(digest >> 8 * k);
        loaded += try_load(lies, size, names) == 0;
    }
    assert_true(loaded > 0); /* some lies are possible truths */
    free(lies);
    free(bytes);
    nj_intern_free(names);
}

static void too_many_visits_for_the_table_are_refused_with_the_limit(void **state)
{
    const struct visit_table_options few = {
        .max_visits = 2, .max_sessions = 10000, .part_s = 300, .payload_bytes = 16};
    struct nj_intern *names = nj_intern_new(100);
    struct parts parts = {.count = 0};
    struct visit_table *table = NULL;
    struct nj_err err;
    size_t size;
    uint8_t *bytes = saved_state(&size, names);
    FILE *in = fmemopen(bytes, size, "rb");

    (void)state;
    assert_int_equal(visit_table_new(&few, 1, parts_add, &parts, &table, NULL), 0);
    assert_int_equal(visit_table_load(table, names, in, &err), -1);
    assert_int_equal(err.code, NJ_LIMIT);
    (void)fclose(in);
    visit_table_free(table);
    free(bytes);
    nj_intern_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_kept_as_texts),
        cmocka_unit_test(state_that_is_cut_anywhere_is_refused),
        cmocka_unit_test(any_flipped_bit_is_noticed),
        cmocka_unit_test(lies_with_a_right_checksum_do_no_harm),
        cmocka_unit_test(too_many_visits_for_the_table_are_refused_with_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
