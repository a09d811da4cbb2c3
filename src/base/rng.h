/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that are the same on every machine: no clock, no library state, no floating
 * point. One 64-bit word of state, so that a program can afford one per source.
 *
 * The generator is SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", OOPSLA 2014): a Weyl sequence through a 64-bit mixing function. Good for
 * simulation, not for secrets. */
#ifndef NJ_BASE_RNG_H
#define NJ_BASE_RNG_H

#include <stdint.h>

struct nj_rng {
    uint64_t state;
};

/** A bijection of 64-bit words in which each input bit changes half of the output bits. */
static inline uint64_t nj_mix64(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/** The stream `label` of a seed; streams of other labels have nothing to do with it. */
static inline struct nj_rng nj_rng(uint64_t seed, uint64_t label)
{
    return (struct nj_rng){.state = nj_mix64(nj_mix64(seed) ^ nj_mix64(label + 0x5bd1e995u))};
}

static inline uint64_t nj_rng_next(struct nj_rng *rng)
{
    rng->state += 0x9e3779b97f4a7c15u;
    return nj_mix64(rng->state);
}

static inline uint32_t nj_rng_u32(struct nj_rng *rng)
{
    return (uint32_t)(nj_rng_next(rng) >> 32);
}

/** Uniform in [0, n), n > 0; the bias is below n / 2^32. */
static inline uint32_t nj_rng_below(struct nj_rng *rng, uint32_t n)
{
    return (uint32_t)((uint64_t)nj_rng_u32(rng) * n >> 32);
}

/** Uniform in [low, high], both included. */
static inline uint32_t nj_rng_between(struct nj_rng *rng, uint32_t low, uint32_t high)
{
    return low + nj_rng_below(rng, high - low + 1);
}

/** Uniform in [0, n), n > 0, for large n: spans of nanoseconds. */
static inline uint64_t nj_rng_below64(struct nj_rng *rng, uint64_t n)
{
    return n <= UINT32_MAX ? nj_rng_below(rng, (uint32_t)n) : nj_rng_next(rng) % n;
}

/** Exponential with mean 2^16, below 43 * 2^16: the waiting time of a Poisson process. The
 * logarithm is interpolated linearly between powers of two, so the density is a little off,
 * by the same on all machines. */
static inline uint64_t nj_rng_wait16(struct nj_rng *rng)
{
    uint64_t u = nj_rng_next(rng) | 1;
    unsigned zeros = (unsigned)__builtin_clzll(u);
    uint64_t mantissa = u << zeros << 1 >> 48; /* behind the leading one, 0 .. 65535 */
    uint64_t log2_16 = ((uint64_t)(zeros + 1) << 16) - mantissa; /* of 2^64 / u; mean 1.5 */

    return log2_16 * 2 / 3;
}

#endif
