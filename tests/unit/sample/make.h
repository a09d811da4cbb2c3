/* SPDX-License-Identifier: Apache-2.0 */
/* Packets for the tests of samples. */
#ifndef NJ_TEST_SAMPLE_MAKE_H
#define NJ_TEST_SAMPLE_MAKE_H

#include <stdlib.h>
#include <string.h>

#include "../../support/build_packet.h"
#include "model/sample.h"
#include "sample/sanitize.h"
#include "sample/shape.h"

#define SET_MAX 64

/* Samples with their bytes. */
struct set {
    size_t count;
    struct sample items[SET_MAX];
    uint8_t bytes[SET_MAX][SAMPLE_BYTES_MAX];
};

#define ETHERNET 14

/* An Ethernet frame without its first header. */
static inline void set_add(struct set *set, const struct build *b, uint32_t tool)
{
    struct sample *sample = &set->items[set->count];
    size_t whole = b->length - ETHERNET;
    size_t length = whole < SAMPLE_BYTES_MAX ? whole : SAMPLE_BYTES_MAX;
    struct shape shape;

    memcpy(set->bytes[set->count], b->bytes + ETHERNET, length);
    *sample = (struct sample){.time_ns = (1411430400ll + (int64_t)set->count) * 1000000000,
                              .tool = tool,
                              .length = (uint32_t)whole,
                              .captured = (uint16_t)length,
                              .bytes = set->bytes[set->count]};
    if (shape_read(sample->bytes, length, &shape)) {
        const uint8_t *ip = sample->bytes;

        sample->proto = shape.proto;
        if (shape.version == 4) {
            sample->src = addr_from_v4((uint32_t)ip[12] << 24 | (uint32_t)ip[13] << 16 |
                                       (uint32_t)ip[14] << 8 | ip[15]);
            sample->dst = addr_from_v4((uint32_t)ip[16] << 24 | (uint32_t)ip[17] << 16 |
                                       (uint32_t)ip[18] << 8 | ip[19]);
        } else {
            sample->src = addr_from_bytes(ip + 8);
            sample->dst = addr_from_bytes(ip + 24);
        }
    }
    set->count++;
}

static inline struct sanitize_options make_options(const struct nj_intern *names, uint8_t key)
{
    struct sanitize_options options = {.names = names};

    for (unsigned i = 0; i < MASK_KEY_BYTES; i++)
        options.key[i] = (uint8_t)(key + i * 7);
    return options;
}

static inline uint32_t at32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint16_t at16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

#endif
