/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/fragment.h"

#include <stdlib.h>

#include "frame.h"

#define SECOND 1000000000ll

/* Its bytes stay until eight identifications later. */
static struct packet fragment(uint32_t id, bool first, int64_t time_ns)
{
    static struct build builds[8];
    struct build *b = &builds[id % 8];
    struct packet packet;

    *b = (struct build){.length = 0};
    build_ipv4(b, &(struct build_ipv4){.proto = PROTO_UDP,
                                       .ttl = 60,
                                       .id = (uint16_t)id,
                                       .fragment = first ? 0x2000 : 0x0005});
    if (first)
        build_udp(b, 1000, 2000);
    build_zeros(b, 32);
    build_end(b);
    assert_int_equal(decode_whole(b, LINK_RAW, &packet), DECODE_OK);
    assert_int_equal(packet.first_fragment, first);
    assert_int_equal(packet.fragment, !first);
    packet.time_ns = time_ns;
    return packet;
}

static void later_fragment_gets_the_ports_of_the_first(void **state)
{
    struct fragment_table *table = fragment_table_new();
    struct packet first = fragment(7, true, 0), later = fragment(7, false, 29 * SECOND);

    (void)state;
    fragment_table_add(table, &first);
    fragment_table_add(table, &later);
    assert_true(later.joined);
    assert_false(later.fragment);
    assert_int_equal(later.sport, 1000);
    assert_int_equal(later.dport, 2000);
    assert_int_equal(later.payload_length, 0);
    assert_int_equal(fragment_table_counts(table)->joined, 1);
    fragment_table_free(table);
}

static void fragment_without_a_first_one_stays_alone_and_is_counted(void **state)
{
    struct fragment_table *table = fragment_table_new();
    struct packet first = fragment(7, true, 0);
    struct packet others[] = {fragment(8, false, 0), fragment(7, false, 31 * SECOND),
                              fragment(7, false, 0), fragment(7, false, 0)};
    struct packet packet;

    (void)state;
    assert_true(fragment_table_add(table, &first));
    others[2].src = addr_from_v4(0xc0000263);
    others[3].proto = PROTO_TCP;
    for (int i = 0; i < 4; i++) {
        assert_false(fragment_table_add(table, &others[i]));
        assert_false(fragment_table_due(table, others[i].time_ns));
        assert_true(fragment_table_due(table, others[i].time_ns + SECOND));
        assert_true(fragment_table_take(table, others[i].time_ns + SECOND, &packet));
        assert_true(packet.fragment);
        assert_true(addr_equal(packet.src, others[i].src));
        assert_int_equal(packet.proto, others[i].proto);
        assert_int_equal(packet.dport, 0);
        assert_int_equal(packet.payload_length, 32);
        assert_false(fragment_table_take(table, INT64_MAX, &packet));
    }
    assert_int_equal(fragment_table_counts(table)->alone, 4);
    fragment_table_free(table);
}

static void fragments_before_their_first_one_wait_for_it_in_their_order(void **state)
{
    struct fragment_table *table = fragment_table_new();
    struct packet packets[] = {fragment(7, false, 2), fragment(8, false, 3),
                               fragment(7, false, 4), fragment(7, true, SECOND)};
    struct packet packet;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_false(fragment_table_add(table, &packets[i]));
    assert_true(fragment_table_add(table, &packets[3]));
    for (int i = 0; i < 2; i++) {
        assert_true(fragment_table_due(table, SECOND));
        assert_true(fragment_table_take(table, SECOND, &packet));
        assert_int_equal(packet.time_ns, i == 0 ? 2 : 4);
        assert_true(packet.joined);
        assert_int_equal(packet.sport, 1000);
        assert_int_equal(packet.dport, 2000);
        assert_int_equal(packet.payload_length, 0);
        assert_ptr_not_equal(packet.ip, packets[0].ip); /* its own copy */
        assert_int_equal(packet.ip_captured, packets[0].ip_captured);
    }
    assert_false(fragment_table_due(table, SECOND));
    assert_true(fragment_table_due(table, SECOND + 3)); /* number 8, alone */
    assert_true(fragment_table_take(table, SECOND + 3, &packet));
    assert_true(packet.fragment);
    assert_int_equal(fragment_table_counts(table)->joined, 2);
    assert_int_equal(fragment_table_counts(table)->alone, 1);
    assert_int_equal(fragment_table_counts(table)->held, 3);
    fragment_table_free(table);
}

static void held_fragments_are_bounded_and_the_oldest_goes_on(void **state)
{
    struct fragment_table *table = fragment_table_new();
    struct packet packet, taken;
    uint32_t next = 0;

    (void)state;
    for (uint32_t id = 0; id < 5000; id++) {
        packet = fragment(id, false, SECOND);
        assert_false(fragment_table_add(table, &packet));
        assert_int_equal(fragment_table_due(table, SECOND), id >= 960);
        while (fragment_table_take(table, SECOND, &taken))
            assert_int_equal(taken.fragment_id, next++);
    }
    assert_int_equal(next, 5000 - 960);
    assert_int_equal(fragment_table_counts(table)->hurried, 5000 - 960);
    assert_int_equal(fragment_table_waiting(table), 960);
    while (fragment_table_take(table, INT64_MAX, &taken))
        assert_int_equal(taken.fragment_id, next++);
    assert_int_equal(next, 5000);
    assert_int_equal(fragment_table_waiting(table), 0);
    assert_int_equal(fragment_table_counts(table)->alone, 5000);
    fragment_table_free(table);
}

static void full_table_forgets_the_oldest_and_counts_it(void **state)
{
    struct fragment_table *table = fragment_table_new();
    struct packet packet;

    (void)state;
    for (uint32_t id = 0; id < 4096 + 10; id++) {
        packet = fragment(id, true, 0);
        fragment_table_add(table, &packet);
    }
    assert_int_equal(fragment_table_counts(table)->forgotten, 10);
    packet = fragment(9, false, 0);
    assert_false(fragment_table_add(table, &packet));
    packet = fragment(10, false, 0);
    assert_true(fragment_table_add(table, &packet));
    assert_true(packet.joined);
    fragment_table_free(table);
}

static void assert_same_are_taken(struct fragment_table *table, struct fragment_table *loaded,
                                  int64_t now_ns)
{
    struct packet one, two;

    while (fragment_table_take(table, now_ns, &one)) {
        assert_true(fragment_table_take(loaded, now_ns, &two));
        assert_int_equal(one.time_ns, two.time_ns);
        assert_true(addr_equal(one.src, two.src));
        assert_true(addr_equal(one.dst, two.dst));
        assert_int_equal(one.proto, two.proto);
        assert_int_equal(one.ip_version, two.ip_version);
        assert_int_equal(one.fragment_id, two.fragment_id);
        assert_int_equal(one.joined, two.joined);
        assert_int_equal(one.fragment, two.fragment);
        assert_int_equal(one.first_fragment, two.first_fragment);
        assert_int_equal(one.sport, two.sport);
        assert_int_equal(one.dport, two.dport);
        assert_int_equal(one.ttl, two.ttl);
        assert_int_equal(one.tos, two.tos);
        assert_int_equal(one.ip_id, two.ip_id);
        assert_int_equal(one.df, two.df);
        assert_int_equal(one.rerouted, two.rerouted);
        assert_int_equal(one.bad_checksum, two.bad_checksum);
        assert_int_equal(one.ip_length, two.ip_length);
        assert_int_equal(one.ip_captured, two.ip_captured);
        assert_memory_equal(one.ip, two.ip, one.ip_captured);
        assert_int_equal(one.payload - one.ip, two.payload - two.ip);
        assert_int_equal(one.payload_length, two.payload_length);
    }
    assert_false(fragment_table_take(loaded, now_ns, &two));
}

/* @return a new one with what was saved of the other; NULL if that is refused */
static struct fragment_table *copy_of(struct fragment_table *table)
{
    struct fragment_table *loaded = fragment_table_new();
    char *bytes;
    size_t size;
    FILE *file = open_memstream(&bytes, &size);
    int rc;

    assert_int_equal(fragment_table_save(table, file, NULL), 0);
    (void)fclose(file);
    file = fmemopen(bytes, size, "r");
    rc = fragment_table_load(loaded, file, NULL);
    (void)fclose(file);
    free(bytes);
    if (rc == 0)
        return loaded;
    fragment_table_free(loaded);
    return NULL;
}

static void joined_ones_that_were_not_taken_are_saved_with_all_they_say(void **state)
{
    struct fragment_table *table = fragment_table_new(), *loaded;
    struct packet packets[] = {fragment(1, false, 5), fragment(2, false, 6),
                               fragment(1, false, 7), fragment(1, true, 8)};

    (void)state;
    packets[1].tos = 4;
    packets[1].df = packets[1].rerouted = true;
    for (int i = 0; i < 4; i++)
        (void)fragment_table_add(table, &packets[i]);
    loaded = copy_of(table);
    assert_non_null(loaded);
    assert_same_are_taken(table, loaded, 8);
    assert_true(fragment_table_due(loaded, SECOND + 6));
    assert_same_are_taken(table, loaded, SECOND + 6);
    fragment_table_free(table);
    fragment_table_free(loaded);
}

static void no_more_are_loaded_than_may_wait(void **state)
{
    struct fragment_table *table = fragment_table_new(), *loaded;
    struct packet packet;

    (void)state;
    for (uint32_t id = 0; id < 961; id++) {
        packet = fragment(id, false, SECOND);
        assert_false(fragment_table_add(table, &packet));
        if (id == 960) /* what is due is taken before anything is saved */
            assert_null(copy_of(table));
    }
    assert_true(fragment_table_take(table, SECOND, &packet));
    loaded = copy_of(table);
    assert_non_null(loaded);
    for (uint32_t id = 1000; id < 1960; id++) {
        packet = fragment(id, false, SECOND);
        assert_false(fragment_table_add(table, &packet));
        assert_false(fragment_table_add(loaded, &packet));
        assert_same_are_taken(table, loaded, SECOND);
    }
    assert_same_are_taken(table, loaded, INT64_MAX);
    fragment_table_free(table);
    fragment_table_free(loaded);
}

static void one_that_came_behind_many_that_wait_is_joined_at_once(void **state)
{
    struct fragment_table *table = fragment_table_new();
    struct packet later = fragment(1, false, SECOND), first = fragment(2, true, SECOND), taken;

    (void)state;
    for (uint32_t i = 0; i < 959; i++) {
        later.fragment_id = i;
        later.proto = (uint8_t)(i % 2 == 0 ? PROTO_TCP : PROTO_UDP);
        assert_false(fragment_table_add(table, &later));
    }
    for (uint32_t i = 0; i < 3000; i++) { /* the last that came is the one that is joined */
        later.fragment_id = first.fragment_id = 10000 + i;
        later.proto = PROTO_UDP;
        later.fragment = true;
        assert_false(fragment_table_add(table, &later));
        assert_true(fragment_table_add(table, &first));
        for (uint32_t n = i == 0 || i > 959 ? 1 : 2; n > 0; n--)
            assert_true(fragment_table_take(table, SECOND, &taken));
        assert_true(taken.joined);
        assert_int_equal(taken.fragment_id, 10000 + i);
        assert_false(fragment_table_take(table, SECOND, &taken));
    }
    assert_int_equal(fragment_table_counts(table)->hurried, 959);
    assert_int_equal(fragment_table_counts(table)->joined, 3000);
    fragment_table_free(table);
}

static void saved_table_goes_on_as_if_nothing_had_been(void **state)
{
    struct fragment_table *table = fragment_table_new(), *loaded = fragment_table_new();
    struct packet packet;
    char *bytes;
    size_t size;
    FILE *file = open_memstream(&bytes, &size);

    (void)state;
    for (uint32_t id = 0; id < 5000; id++) {
        packet = fragment(id, true, SECOND);
        assert_true(fragment_table_add(table, &packet));
    }
    for (uint32_t id = 6000; id < 6010; id++) {
        packet = fragment(id, false, SECOND);
        assert_false(fragment_table_add(table, &packet));
    }
    assert_int_equal(fragment_table_save(table, file, NULL), 0);
    (void)fclose(file);
    file = fmemopen(bytes, size, "r");
    assert_int_equal(fragment_table_load(loaded, file, NULL), 0);
    (void)fclose(file);
    for (uint32_t id = 0; id < 5000; id++) {
        struct packet one = fragment(id, false, SECOND), two = one;

        fragment_table_add(table, &one);
        fragment_table_add(loaded, &two);
        assert_int_equal(one.joined, two.joined);
        assert_int_equal(one.joined, id >= 5000 - 4096);
        if (id % 100 == 0)
            assert_same_are_taken(table, loaded, SECOND);
    }
    packet = fragment(6003, true, 2 * SECOND - 1);
    assert_true(fragment_table_add(table, &packet));
    assert_true(fragment_table_add(loaded, &packet));
    assert_same_are_taken(table, loaded, 2 * SECOND - 1);
    assert_same_are_taken(table, loaded, INT64_MAX);
    for (size_t cut = 0; cut < size; cut += size / 50) {
        struct fragment_table *other = fragment_table_new();

        file = fmemopen(bytes, cut + 1, "r");
        if (cut + 1 < size)
            assert_int_equal(fragment_table_load(other, file, NULL), -1);
        (void)fclose(file);
        fragment_table_free(other);
    }
    free(bytes);
    fragment_table_free(table);
    fragment_table_free(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_fragment_gets_the_ports_of_the_first),
        cmocka_unit_test(fragment_without_a_first_one_stays_alone_and_is_counted),
        cmocka_unit_test(fragments_before_their_first_one_wait_for_it_in_their_order),
        cmocka_unit_test(held_fragments_are_bounded_and_the_oldest_goes_on),
        cmocka_unit_test(full_table_forgets_the_oldest_and_counts_it),
        cmocka_unit_test(joined_ones_that_were_not_taken_are_saved_with_all_they_say),
        cmocka_unit_test(no_more_are_loaded_than_may_wait),
        cmocka_unit_test(one_that_came_behind_many_that_wait_is_joined_at_once),
        cmocka_unit_test(saved_table_goes_on_as_if_nothing_had_been),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
