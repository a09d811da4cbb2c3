/* SPDX-License-Identifier: Apache-2.0 */
#include "model/zmap.h"

#include <stddef.h>

const struct nj_group zmap_ipv4 = {
    .prime = (UINT64_C(1) << 32) + 15,
    .root = 3,
    .factors = {2, 9, 5, 131, 364289},
    .primes = {2, 3, 5, 131, 364289},
};

const struct nj_group zmap_small = {
    .prime = (UINT64_C(1) << 16) + 1,
    .root = 3,
    .factors = {65536},
    .primes = {2},
};

static const struct nj_group of_24_bits = {
    .prime = (UINT64_C(1) << 24) + 43,
    .root = 2,
    .factors = {2, 23, 103, 3541},
    .primes = {2, 23, 103, 3541},
};

static const struct nj_group of_28_bits = {
    .prime = (UINT64_C(1) << 28) + 3,
    .root = 2,
    .factors = {2, 81, 19, 87211},
    .primes = {2, 3, 19, 87211},
};

static const struct nj_group of_33_bits = {
    .prime = (UINT64_C(1) << 33) + 17,
    .root = 19,
    .factors = {16, 3, 59, 3033169},
    .primes = {2, 3, 59, 3033169},
};

static const struct nj_group of_34_bits = {
    .prime = (UINT64_C(1) << 34) + 25,
    .root = 3,
    .factors = {8, 83, 1277, 20261},
    .primes = {2, 83, 1277, 20261},
};

static const struct nj_group of_36_bits = {
    .prime = (UINT64_C(1) << 36) + 31,
    .root = 5,
    .factors = {2, 163, 883, 238727},
    .primes = {2, 163, 883, 238727},
};

static const struct nj_group of_40_bits = {
    .prime = (UINT64_C(1) << 40) + 15,
    .root = 3,
    .factors = {2, 3, 5, 36650387593},
    .primes = {2, 3, 5, 36650387593},
    .prime_logs = zmap_prime_logs,
};

const struct zmap_size zmap_sizes[ZMAP_SIZES] = {
    {.group = &zmap_small, .bits = 16, .name = "2^16 + 1"},
    {.group = &of_24_bits, .bits = 24, .name = "2^24 + 43"},
    {.group = &of_28_bits, .bits = 28, .name = "2^28 + 3"},
    {.group = &zmap_ipv4, .bits = 32, .name = "2^32 + 15"},
    {.group = &of_33_bits, .bits = 33, .name = "2^33 + 17"},
    {.group = &of_34_bits, .bits = 34, .name = "2^34 + 25"},
    {.group = &of_36_bits, .bits = 36, .name = "2^36 + 31"},
    {.group = &of_40_bits, .bits = 40, .name = "2^40 + 15"},
};

const struct zmap_size *zmap_size_for(unsigned bits)
{
    for (size_t i = 0; i < ZMAP_SIZES; i++)
        if (zmap_sizes[i].bits >= bits)
            return &zmap_sizes[i];
    return NULL;
}

uint32_t zmap_index(uint32_t addr, uint32_t block)
{
    /* the default list without multicast and above, which stand behind everything */
    static const struct {
        uint32_t first, last;
    } blocked[] = {
        {0x00000000, 0x00ffffff}, {0x0a000000, 0x0affffff}, {0x64400000, 0x647fffff},
        {0x7f000000, 0x7fffffff}, {0xa9fe0000, 0xa9feffff}, {0xac100000, 0xac1fffff},
        {0xc0000000, 0xc00000ff}, {0xc0000200, 0xc00002ff}, {0xc0586300, 0xc05863ff},
        {0xc0a80000, 0xc0a8ffff}, {0xc6120000, 0xc613ffff}, {0xc6336400, 0xc63364ff},
        {0xcb007100, 0xcb0071ff},
    };
    uint32_t index = addr, passed = 0;

    for (size_t i = 0; i < sizeof(blocked) / sizeof(blocked[0]); i++) {
        uint32_t first = blocked[i].first & ~(block - 1);
        uint32_t last = blocked[i].last | (block - 1);

        if (last >= addr)
            break;
        if (first < passed)
            continue; /* a second hole in one block */
        index -= last - first + 1;
        passed = last + 1;
    }
    return index;
}
