/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in a stored packet whose shape is known (shape.h), in network order. */
#ifndef NJ_SAMPLE_WIRE_H
#define NJ_SAMPLE_WIRE_H

#include <stdint.h>

static inline uint16_t wire_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t wire_u32(const uint8_t *at)
{
    return (uint32_t)wire_u16(at) << 16 | wire_u16(at + 2);
}

static inline void wire_put_u16(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

#endif
