/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "model/packet.h"

/* RFC 1071 as its text says it: words of two bytes in network order. */
static uint32_t naive_sum(const uint8_t *bytes, size_t length, uint32_t sum)
{
    for (size_t i = 0; i < length; i++)
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    while (sum > 0xffff)
        sum = (sum >> 16) + (sum & 0xffff);
    return sum;
}

static void example_of_rfc_1071_gives_its_sum(void **state)
{
    static const uint8_t bytes[8] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    uint16_t sum = sim_checksum(bytes, sizeof(bytes), 0);
    uint8_t stored[2];

    (void)state;
    memcpy(stored, &sum, 2);
    assert_int_equal(stored[0], 0x22); /* ~0xddf2 */
    assert_int_equal(stored[1], 0x0d);
}

/* A correct checksum makes the sum over everything it covers 0xffff. */
static void assert_checksums(const struct sim_probe *probe)
{
    uint8_t frame[SIM_FRAME_MAX], *ip = frame + 14;
    size_t length = sim_probe_frame(probe, frame) - 14;
    uint32_t pseudo = 0;

    assert_int_equal(ip[2] << 8 | ip[3], length);
    assert_int_equal(naive_sum(ip, 20, 0), 0xffff);
    if (probe->proto != PROTO_ICMP)
        pseudo = naive_sum(ip + 12, 8, probe->proto + (uint32_t)length - 20);
    assert_int_equal(naive_sum(ip + 20, length - 20, pseudo), 0xffff);
}

static void random_packets_have_correct_checksums(void **state)
{
    static const uint8_t protos[3] = {PROTO_TCP, PROTO_UDP, PROTO_ICMP};
    struct nj_rng rng = nj_rng(5, 0);
    uint8_t payload[64];

    (void)state;
    for (unsigned i = 0; i < 3000; i++) {
        struct sim_probe probe = {
            .src = nj_rng_u32(&rng),
            .dst = nj_rng_u32(&rng),
            .proto = protos[i % 3],
            .ip_id = (uint16_t)nj_rng_u32(&rng),
            .ttl = 50,
            .sport = (uint16_t)nj_rng_u32(&rng),
            .dport = (uint16_t)nj_rng_u32(&rng),
            .seq = nj_rng_u32(&rng),
            .ack = nj_rng_u32(&rng),
            .window = (uint16_t)nj_rng_u32(&rng),
            .flags = TCP_SYN,
            .options_length = (uint8_t)(nj_rng_below(&rng, 11) * 4),
            .icmp_type = 8,
            .icmp_rest = nj_rng_u32(&rng),
            .payload = payload,
            .payload_length = (uint16_t)nj_rng_below(&rng, sizeof(payload) + 1),
        };

        for (size_t b = 0; b < sizeof(payload); b++)
            payload[b] = (uint8_t)nj_rng_u32(&rng);
        for (size_t b = 0; b < SIM_OPTIONS_MAX; b++)
            probe.options[b] = (uint8_t)nj_rng_u32(&rng);
        assert_checksums(&probe);
    }
}

static void udp_never_says_that_it_has_no_checksum(void **state)
{
    uint8_t payload[2], frame[SIM_FRAME_MAX];
    struct sim_probe probe = {
        .src = 0xc0000205,
        .dst = 0xcb007107,
        .proto = PROTO_UDP,
        .payload = payload,
        .payload_length = 2,
    };
    unsigned full = 0;

    (void)state;
    for (unsigned v = 0; v < 65536; v++) {
        sim_put16(payload, (uint16_t)v);
        (void)sim_probe_frame(&probe, frame);
        assert_false(frame[40] == 0 && frame[41] == 0);
        full += frame[40] == 0xff && frame[41] == 0xff;
    }
    assert_true(full >= 1); /* one of the payloads does sum up to zero */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_of_rfc_1071_gives_its_sum),
        cmocka_unit_test(random_packets_have_correct_checksums),
        cmocka_unit_test(udp_never_says_that_it_has_no_checksum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
