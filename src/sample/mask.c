/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/mask.h"

#include <string.h>

enum { DRAW_NODE = 301, DRAW_MAC, DRAW_UPTIME };

void mask_init(struct mask *ret, const uint8_t key[static MASK_KEY_BYTES])
{
    uint8_t other[16];

    aes128_set_encrypt_key(&ret->prefixes, key);
    aes128_encrypt(&ret->prefixes, 16, ret->pad, key + 16);
    for (unsigned i = 0; i < 16; i++)
        other[i] = ret->pad[i] ^ 0xff;
    aes128_encrypt(&ret->prefixes, 16, other, other);
    aes128_set_encrypt_key(&ret->draws, other);
}

/* Flip bits [from, to) of 16 bytes, each as the bits before it say. */
static void flip_bits(const struct mask *mask, const uint8_t in[16], unsigned from, unsigned to,
                      uint8_t out[16])
{
    uint8_t block[16], cipher[16];

    memcpy(out, in, 16);
    memcpy(block, mask->pad, 16);
    for (unsigned i = 0; i < to; i++) {
        uint8_t bit = (uint8_t)(0x80u >> i % 8);

        if (i >= from) {
            aes128_encrypt(&mask->prefixes, 16, cipher, block);
            if ((cipher[0] & 0x80) != 0)
                out[i / 8] ^= bit;
        }
        block[i / 8] = (uint8_t)((block[i / 8] & ~bit) | (in[i / 8] & bit));
    }
}

uint32_t mask_prefix_v4(const struct mask *mask, uint32_t v4)
{
    uint8_t in[16] = {(uint8_t)(v4 >> 24), (uint8_t)(v4 >> 16), (uint8_t)(v4 >> 8),
                      (uint8_t)v4};
    uint8_t out[16];

    flip_bits(mask, in, 0, 32, out);
    return (uint32_t)out[0] << 24 | (uint32_t)out[1] << 16 | (uint32_t)out[2] << 8 | out[3];
}

static bool is_unicast(uint32_t v4)
{
    return v4 >> 24 != 0 && v4 >> 24 != 127 && v4 >> 24 < 224;
}

bool mask_solicited_node(struct addr a)
{
    return a.hi == 0xff02000000000000u && a.lo >> 24 == 0x1ff;
}

struct addr mask_addr(const struct mask *mask, struct addr a)
{
    uint8_t in[16], out[16];

    if (addr_is_v4(a)) {
        uint32_t v4 = addr_v4(a);

        /* an address that is no unicast one itself need not come back among them: the cycle
         * of a permutation returns to it at the latest */
        do
            v4 = mask_prefix_v4(mask, v4);
        while (!is_unicast(v4) && v4 != addr_v4(a));
        return addr_from_v4(v4);
    }
    if (mask_solicited_node(a)) {
        a.lo = (a.lo & ~0xffffffull) | (mask_draw(mask, DRAW_NODE, a.hi, a.lo) & 0xffffff);
        return a;
    }
    addr_to_bytes(a, in);
    flip_bits(mask, in, in[0] >> 5 == 1 ? 3 : 16, 128, out);
    return addr_from_bytes(out);
}

uint64_t mask_draw(const struct mask *mask, unsigned label, uint64_t a, uint64_t b)
{
    uint64_t block[2] = {label, a};

    aes128_encrypt(&mask->draws, 16, (uint8_t *)block, (const uint8_t *)block);
    block[0] ^= b;
    aes128_encrypt(&mask->draws, 16, (uint8_t *)block, (const uint8_t *)block);
    return block[0];
}

uint64_t mask_mac(const struct mask *mask, uint64_t mac)
{
    return (mask_draw(mask, DRAW_MAC, mac, 0) & 0xffffffffffu) | 2ull << 40;
}

uint32_t mask_uptime(const struct mask *mask, struct addr stand_in)
{
    return (uint32_t)mask_draw(mask, DRAW_UPTIME, stand_in.hi, stand_in.lo);
}
