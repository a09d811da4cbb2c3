/* SPDX-License-Identifier: Apache-2.0 */
/* Multiplicative groups modulo a prime p, and logarithms in them.
 *
 * Where p - 1 has small factors only, the logarithm of x is found factor by factor (Pohlig and
 * Hellman 1978): x^((p-1)/q) lies in a subgroup of q elements, where a table of baby steps and
 * some giant steps find it (Shanks), and the Chinese remainder theorem joins the parts.
 *
 * Where p - 1 has a large factor, the logarithms of the first primes are given, and x times
 * some power of the root is written as a / b with numbers that have no other prime factors
 * (Adleman, "A subexponential algorithm for the discrete logarithm problem", 1979). */
#ifndef NJ_BASE_GROUP_H
#define NJ_BASE_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#define NJ_GROUP_FACTORS_MAX 5
#define NJ_GROUP_PRIMES 168 /* below 1000 */

struct nj_group {
    uint64_t prime;                         /* below 2^41; without prime_logs below 2^40 */
    uint64_t root;                          /* a generator, to which logarithms are taken */
    uint64_t factors[NJ_GROUP_FACTORS_MAX]; /* of prime - 1: coprime prime powers, then 0 */
    uint64_t primes[NJ_GROUP_FACTORS_MAX];  /* the primes of which these are powers */
    const uint64_t *prime_logs; /* of the first NJ_GROUP_PRIMES primes, or NULL: no factor of
                                 * prime - 1 is too large for steps */
};

/** a b mod m; a, b < m < 2^41. */
static inline uint64_t nj_mod_mul(uint64_t a, uint64_t b, uint64_t m)
{
    /* no division: the quotient as a fraction is one off at most, and what is left over is
     * known modulo 2^64 */
    double quotient = (double)(int64_t)a * (double)(int64_t)b * (1 / (double)(int64_t)m);
    int64_t rest = (int64_t)(a * b - (uint64_t)(int64_t)quotient * m);

    rest += rest < 0 ? (int64_t)m : 0;
    return (uint64_t)rest >= m ? (uint64_t)rest - m : (uint64_t)rest;
}

uint64_t nj_mod_pow(uint64_t base, uint64_t exponent, uint64_t m);
/** a^-1 mod m, for coprime a and m < 2^41. */
uint64_t nj_mod_inverse(uint64_t a, uint64_t m);

/** Whether the powers of g are all of 1 .. prime - 1. */
bool nj_group_generates(const struct nj_group *group, uint64_t g);

struct nj_logs;

/** Tables for logarithms: some hundred kilobytes, some hundred microseconds.
 * @param group  borrowed as long as they live. @return NULL when out of memory */
struct nj_logs *nj_logs_new(const struct nj_group *group);
void nj_logs_free(struct nj_logs *logs);
const struct nj_group *nj_logs_group(const struct nj_logs *logs);

/** e with root^e = x, x in 1 .. prime - 1. Cost: about 0.5 us, 5 us by the logarithms of
 * primes. */
uint64_t nj_log(const struct nj_logs *logs, uint64_t x);

/** The same of several numbers, in half the time for each; those that were asked for of late
 * are remembered. */
void nj_logs_of(struct nj_logs *logs, const uint64_t *x, unsigned count, uint64_t *ret);

#endif
