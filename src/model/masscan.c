/* SPDX-License-Identifier: Apache-2.0 */
#include "model/masscan.h"

struct state {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static inline void rounds(struct state *s, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
    }
}

static inline void take(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    rounds(s, 2);
    s->v0 ^= word;
}

uint64_t masscan_siphash(uint64_t key0, uint64_t key1, uint64_t first, uint64_t second)
{
    struct state s = {/* "somepseudorandomlygeneratedbytes" */
                      .v0 = key0 ^ 0x736f6d6570736575,
                      .v1 = key1 ^ 0x646f72616e646f6d,
                      .v2 = key0 ^ 0x6c7967656e657261,
                      .v3 = key1 ^ 0x7465646279746573};

    take(&s, first);
    take(&s, second);
    take(&s, UINT64_C(16) << 56); /* no bytes are left over, of 16 */
    s.v2 ^= 0xff;
    rounds(&s, 4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

uint32_t masscan_seq(uint64_t seed, const struct masscan_probe *probe)
{
    return (uint32_t)masscan_siphash(seed, seed, (uint64_t)probe->dport << 32 | probe->dst,
                                     (uint64_t)probe->sport << 32 | probe->src);
}
