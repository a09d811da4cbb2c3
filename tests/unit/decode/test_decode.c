/* SPDX-License-Identifier: Apache-2.0 */
/* Properties that hold for every packet: the samples of the builder, cut and damaged. */
#include "frame.h"

#include <stdlib.h>

/* Decode from memory of exactly that size, so that the sanitizer sees its end. */
static enum decode_result decode_exact(const uint8_t *bytes, size_t captured, size_t length,
                                       struct packet *ret_packet)
{
    uint8_t *copy = malloc(captured > 0 ? captured : 1);
    struct frame frame = {.data = copy,
                          .captured = (uint32_t)captured,
                          .length = (uint32_t)length,
                          .link = LINK_ETHERNET};
    enum decode_result result;

    assert_non_null(copy);
    memcpy(copy, bytes, captured);
    result = decode(&frame, ret_packet);
    if (result == DECODE_OK) {
        assert_true(ret_packet->payload >= copy &&
                    ret_packet->payload + ret_packet->payload_length <= copy + captured);
        assert_true(ret_packet->options_length <= TCP_OPTIONS_MAX);
        assert_true(ret_packet->ip_version == 4 || ret_packet->ip_version == 6);
    }
    free(copy);
    return result;
}

static void sample_packets_are_all_read(void **state)
{
    struct packet packet;
    struct build b;
    size_t n;

    (void)state;
    for (n = 0; build_sample(&b, n); n++)
        assert_int_equal(decode_whole(&b, LINK_ETHERNET, &packet), DECODE_OK);
    assert_int_equal(n, 8);
}

static void every_prefix_is_truncated_or_agrees_with_the_whole(void **state)
{
    struct packet whole, part;
    struct build b;

    (void)state;
    for (size_t n = 0; build_sample(&b, n); n++) {
        bool read = false;

        assert_int_equal(decode_exact(b.bytes, b.length, b.length, &whole), DECODE_OK);
        for (size_t captured = 0; captured < b.length; captured++) {
            enum decode_result result = decode_exact(b.bytes, captured, b.length, &part);

            if (result != DECODE_OK) {
                assert_int_equal(result, DECODE_TRUNCATED);
                assert_false(read); /* more bytes never tell less */
                continue;
            }
            read = true;
            assert_true(addr_equal(part.src, whole.src) && addr_equal(part.dst, whole.dst));
            assert_int_equal(part.proto, whole.proto);
            assert_int_equal(part.sport, whole.sport);
            assert_int_equal(part.dport, whole.dport);
            assert_int_equal(part.tcp_flags, whole.tcp_flags);
            assert_int_equal(part.ip_length, whole.ip_length);
            assert_true(part.payload_length <= whole.payload_length);
        }
        assert_true(read);
    }
}

static void no_prefix_on_the_wire_does_harm(void **state)
{
    struct packet packet;
    struct build b;

    (void)state;
    for (size_t n = 0; build_sample(&b, n); n++) {
        for (size_t length = 0; length <= b.length; length++) {
            enum decode_result result = decode_exact(b.bytes, length, length, &packet);

            assert_int_not_equal(result, DECODE_UNSUPPORTED);
        }
    }
}

static void damaged_packets_do_no_harm(void **state)
{
    unsigned seed = 20200501, results[4] = {0};
    struct packet packet;
    struct build b;

    (void)state;
    for (size_t n = 0; build_sample(&b, n); n++) {
        for (int round = 0; round < 20000; round++) {
            uint8_t bytes[256];
            size_t length = b.length;

            assert_in_range(length, 1, sizeof(bytes));
            memcpy(bytes, b.bytes, length);
            for (int flips = rand_r(&seed) % 4; flips >= 0; flips--)
                bytes[(unsigned)rand_r(&seed) % length] = (uint8_t)rand_r(&seed);
            length -= (unsigned)rand_r(&seed) % 8;
            results[decode_exact(bytes, length, b.length, &packet)]++;
        }
    }
    for (int i = 0; i < 4; i++)
        assert_true(results[i] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_packets_are_all_read),
        cmocka_unit_test(every_prefix_is_truncated_or_agrees_with_the_whole),
        cmocka_unit_test(no_prefix_on_the_wire_does_harm),
        cmocka_unit_test(damaged_packets_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
