/* SPDX-License-Identifier: Apache-2.0 */
#include "base/group.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BABY_STEPS 8192u /* then a subgroup of 364289 elements takes 45 giant steps at most */
#define PLACES 65536u    /* of baby steps: one in eight is taken, in 8 KB that stay near */
#define EXPONENT_BITS 41 /* primes are below 2^41 */
#define BABY_BITS 16     /* of an exponent of a baby step */
#define RECENT_BITS 16   /* logarithms that are remembered: 512 KB, as many as a /16 has */

uint64_t nj_mod_pow(uint64_t base, uint64_t exponent, uint64_t m)
{
    uint64_t result = 1;

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result = nj_mod_mul(result, base, m);
        base = nj_mod_mul(base, base, m);
    }
    return result;
}

/* By Euclid. */
uint64_t nj_mod_inverse(uint64_t a, uint64_t m)
{
    int64_t r0 = (int64_t)m, r1 = (int64_t)(a % m), t0 = 0, t1 = 1;

    while (r1 != 0) {
        int64_t q = r0 / r1, r2 = r0 - q * r1, t2 = t0 - q * t1;

        r0 = r1;
        r1 = r2;
        t0 = t1;
        t1 = t2;
    }
    return (uint64_t)(t0 < 0 ? t0 + (int64_t)m : t0);
}

bool nj_group_generates(const struct nj_group *group, uint64_t g)
{
    if (g < 2 || g >= group->prime)
        return false;
    for (int i = 0; i < NJ_GROUP_FACTORS_MAX && group->primes[i] != 0; i++)
        if (nj_mod_pow(g, (group->prime - 1) / group->primes[i], group->prime) == 1)
            return false;
    return true;
}

/* ---- logarithms ----
 *
 * Numbers are kept times 2^64 modulo the prime, where a product needs no division (Montgomery,
 * "Modular multiplication without trial division", 1985). */

__extension__ typedef unsigned __int128 wide;

struct residues {
    uint64_t prime;
    uint64_t negative; /* -1 / prime modulo 2^64 */
    uint64_t square;   /* 2^128 modulo prime */
};

/* a b / 2^64 */
static inline uint64_t times(const struct residues *in, uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    wide multiple = (wide)((uint64_t)product * in->negative) * in->prime;
    uint64_t result = (uint64_t)((product + multiple) >> 64); /* below 2 prime */

    return result >= in->prime ? result - in->prime : result;
}

static struct residues residues_of(uint64_t prime)
{
    struct residues in = {.prime = prime};
    uint64_t inverse = prime; /* of an odd number to 3 bits; each step doubles them */

    for (int i = 0; i < 5; i++)
        inverse *= 2 - prime * inverse;
    in.negative = 0 - inverse;
    in.square = (uint64_t)(((wide)1 << 127) % prime) * 2 % prime;
    return in;
}

static uint64_t residue(const struct residues *in, uint64_t x)
{
    return times(in, x, in->square);
}

static uint64_t power(const struct residues *in, uint64_t base, uint64_t exponent)
{
    uint64_t result = residue(in, 1);

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result = times(in, result, base);
        base = times(in, base, base);
    }
    return result;
}

/* The subgroup of order q: its baby steps h^0 .. h^(babies-1) in a hash table. */
struct subgroup {
    uint64_t order, cofactor;    /* cofactor = (prime - 1) / order */
    uint64_t lift;               /* cofactor * its inverse mod order: CRT */
    uint64_t giant;              /* h^-babies, as a residue */
    uint32_t babies, mask;       /* slots - 1: two slots for each baby step, or more */
    uint64_t *slots;             /* residue << BABY_BITS | exponent; 0: free */
    uint64_t taken[PLACES / 64]; /* places of the residues: most numbers are none of them */
};

/* A small prime, and how to see whether it divides: n / prime is a whole number if n times its
 * inverse modulo 2^32 is one that such a quotient may be. */
struct divisor {
    uint32_t prime, inverse, most;
};

struct nj_logs {
    const struct nj_group *group;
    struct divisor *divisors; /* of a group with prime_logs: of all odd ones of these primes */
    struct residues residues;
    int count;
    struct subgroup subgroups[NJ_GROUP_FACTORS_MAX];
    uint64_t *recent; /* by the low bits of x: the others << log_bits | log; 0: none */
    int log_bits;
};

static uint64_t mix(uint64_t key)
{
    return key * 0x9e3779b97f4a7c15u;
}

static uint32_t slot_of(const struct subgroup *sub, uint64_t key)
{
    return (uint32_t)(mix(key) >> 32) & sub->mask;
}

static uint32_t place_of(uint64_t key)
{
    return (uint32_t)(mix(key) >> 32) / (UINT32_MAX / PLACES + 1);
}

static int subgroup_init(struct subgroup *sub, const struct nj_logs *logs, uint64_t order)
{
    const struct residues *in = &logs->residues;
    uint64_t p = in->prime, x = residue(in, 1), h;

    sub->order = order;
    sub->cofactor = (p - 1) / order;
    sub->lift = nj_mod_mul(sub->cofactor, nj_mod_inverse(sub->cofactor, order), p - 1);
    sub->babies = order < BABY_STEPS ? (uint32_t)order : BABY_STEPS;
    sub->mask = 7;
    while (sub->mask + 1 < 2 * sub->babies)
        sub->mask = sub->mask * 2 + 1;
    h = power(in, residue(in, logs->group->root), sub->cofactor);
    sub->giant = power(in, h, order - sub->babies % order);
    sub->slots = calloc(sub->mask + 1, sizeof(*sub->slots));
    if (sub->slots == NULL)
        return -1;
    for (uint32_t e = 0; e < sub->babies; e++) {
        uint32_t slot = slot_of(sub, x);

        while (sub->slots[slot] != 0)
            slot = (slot + 1) & sub->mask;
        sub->slots[slot] = x << BABY_BITS | e;
        sub->taken[place_of(x) / 64] |= UINT64_C(1) << place_of(x) % 64;
        x = times(in, x, h);
    }
    return 0;
}

static int divisors_init(struct nj_logs *logs)
{
    unsigned count = 0;

    logs->divisors = calloc(NJ_GROUP_PRIMES, sizeof(*logs->divisors));
    if (logs->divisors == NULL)
        return -1;
    for (uint32_t n = 3; count < NJ_GROUP_PRIMES - 1; n += 2) {
        uint32_t inverse = n;
        bool composite = false;

        for (unsigned i = 0; i < count && !composite; i++)
            composite = n % logs->divisors[i].prime == 0;
        if (composite)
            continue;
        for (int i = 0; i < 4; i++)
            inverse *= 2 - n * inverse;
        logs->divisors[count++] =
            (struct divisor){.prime = n, .inverse = inverse, .most = UINT32_MAX / n};
    }
    return 0;
}

struct nj_logs *nj_logs_new(const struct nj_group *group)
{
    struct nj_logs *logs = calloc(1, sizeof(*logs));

    if (logs == NULL)
        return NULL;
    logs->group = group;
    logs->residues = residues_of(group->prime);
    if (group->prime_logs != NULL) {
        if (divisors_init(logs) == 0)
            return logs;
        nj_logs_free(logs);
        return NULL;
    }
    logs->log_bits = 64 - __builtin_clzll(group->prime);
    assert(2 * logs->log_bits - (int)RECENT_BITS <= 64); /* number and logarithm share a word */
    logs->recent = calloc(UINT64_C(1) << RECENT_BITS, sizeof(*logs->recent));
    if (logs->recent == NULL) {
        nj_logs_free(logs);
        return NULL;
    }
    for (int i = 0; i < NJ_GROUP_FACTORS_MAX && group->factors[i] != 0;) {
        uint64_t order = group->factors[i++];

        /* small factors make one subgroup: a power less for each logarithm */
        while (i < NJ_GROUP_FACTORS_MAX && group->factors[i] != 0 &&
               order * group->factors[i] <= 2 * BABY_STEPS)
            order *= group->factors[i++];
        if (subgroup_init(&logs->subgroups[logs->count++], logs, order) < 0) {
            nj_logs_free(logs);
            return NULL;
        }
    }
    return logs;
}

void nj_logs_free(struct nj_logs *logs)
{
    if (logs == NULL)
        return;
    for (int i = 0; i < logs->count; i++)
        free(logs->subgroups[i].slots);
    free(logs->divisors);
    free(logs->recent);
    free(logs);
}

const struct nj_group *nj_logs_group(const struct nj_logs *logs)
{
    return logs->group;
}

/* The logarithm of a number that has small prime factors only. @return whether it has */
static bool smooth_log(const struct nj_logs *logs, uint32_t n, uint64_t *ret)
{
    const uint64_t *of = logs->group->prime_logs;
    uint64_t sum = of[0] * (unsigned)__builtin_ctz(n);

    n >>= __builtin_ctz(n);
    for (unsigned i = 0; n > 1 && i < NJ_GROUP_PRIMES - 1; i++) {
        const struct divisor *by = &logs->divisors[i];

        for (uint32_t q; (q = n * by->inverse) <= by->most; n = q)
            sum += of[i + 1];
    }
    *ret = sum; /* of 32 terms below 2^41 at most */
    return n == 1;
}

/* log of x = a / b with small a and b, if one of the fractions that Euclid's algorithm finds
 * has small prime factors only: about one in ten does. */
static bool fraction_log(const struct nj_logs *logs, uint64_t x, uint64_t *ret)
{
    const uint64_t p = logs->group->prime, m = p - 1;
    uint64_t a = p, next_a = x;
    int64_t b = 0, next_b = 1;

    while (next_a != 0) {
        uint64_t q = a / next_a, rest = a % next_a, log_a, log_b;
        int64_t then_b = b - (int64_t)q * next_b;
        uint64_t size = (uint64_t)(next_b < 0 ? -next_b : next_b);

        if (size > UINT32_MAX)
            return false;
        if (next_a <= UINT32_MAX && smooth_log(logs, (uint32_t)next_a, &log_a) &&
            smooth_log(logs, (uint32_t)size, &log_b)) {
            *ret =
                (log_a + m - log_b % m + (next_b < 0 ? m / 2 : 0)) % m; /* -1 is root^(m/2) */
            return true;
        }
        a = next_a;
        next_a = rest;
        b = next_b;
        next_b = then_b;
    }
    return false;
}

static uint64_t log_by_primes(const struct nj_logs *logs, uint64_t x)
{
    const struct nj_group *group = logs->group;
    uint64_t e, steps = 0;

    while (!fraction_log(logs, x, &e)) {
        x = nj_mod_mul(x, group->root, group->prime);
        steps++;
    }
    return (e + (group->prime - 1) - steps % (group->prime - 1)) % (group->prime - 1);
}

/* Several numbers at a time: of one, each product waits for the last. */
#define LANES 4u

/* x, x^2, x^4, ... as far as the subgroups' powers need them. */
struct squares {
    unsigned count;
    uint64_t of[EXPONENT_BITS][LANES];
};

static void square(const struct nj_logs *logs, const uint64_t *x, unsigned count,
                   struct squares *ret)
{
    const struct residues *in = &logs->residues;
    uint64_t most = 1;

    for (int k = 0; k < logs->count; k++)
        most |= logs->subgroups[k].cofactor;
    for (unsigned i = 0; i < LANES; i++)
        ret->of[0][i] = residue(in, i < count ? x[i] : 1);
    for (ret->count = 1; most >> ret->count != 0; ret->count++)
        for (unsigned i = 0; i < LANES; i++) {
            uint64_t before = ret->of[ret->count - 1][i];

            ret->of[ret->count][i] = times(in, before, before);
        }
}

static void powers(const struct residues *in, const struct squares *squares, uint64_t exponent,
                   uint64_t ret[LANES])
{
    for (unsigned i = 0; i < LANES; i++)
        ret[i] = residue(in, 1);
    for (unsigned bit = 0; bit < squares->count; bit++)
        for (unsigned i = 0; i < LANES && (exponent >> bit & 1) != 0; i++)
            ret[i] = times(in, ret[i], squares->of[bit][i]);
}

/* Whether x is a baby step, and which one. */
static bool baby_step(const struct subgroup *sub, uint64_t x, uint64_t *ret)
{
    if ((sub->taken[place_of(x) / 64] >> place_of(x) % 64 & 1) == 0)
        return false;
    for (uint32_t slot = slot_of(sub, x); sub->slots[slot] != 0; slot = (slot + 1) & sub->mask)
        if (sub->slots[slot] >> BABY_BITS == x) {
            *ret = sub->slots[slot] & ((1u << BABY_BITS) - 1);
            return true;
        }
    return false;
}

/* The logarithms of residues that lie in the subgroup, below its order. */
static void subgroup_logs(const struct residues *in, const struct subgroup *sub,
                          uint64_t x[LANES], unsigned count, uint64_t ret[LANES])
{
    unsigned left = (1u << count) - 1;

    memset(ret, 0, LANES * sizeof(*ret));
    /* the condition always holds: each x is a power of the subgroup's generator */
    for (uint64_t giants = 0; left != 0 && giants * sub->babies < sub->order; giants++) {
        for (unsigned i = 0; i < LANES; i++) {
            uint64_t baby;

            if ((left >> i & 1) != 0 && baby_step(sub, x[i], &baby)) {
                ret[i] = (giants * sub->babies + baby) % sub->order;
                left &= ~(1u << i);
            }
        }
        for (unsigned i = 0; i < LANES; i++)
            x[i] = times(in, x[i], sub->giant);
    }
}

static void logs_by_steps(const struct nj_logs *logs, const uint64_t *x, unsigned count,
                          uint64_t *ret)
{
    const struct residues *in = &logs->residues;
    uint64_t in_subgroup[LANES], part[LANES];
    struct squares squares;

    square(logs, x, count, &squares);
    for (unsigned i = 0; i < count; i++)
        ret[i] = 0;
    for (int k = 0; k < logs->count; k++) {
        const struct subgroup *sub = &logs->subgroups[k];

        powers(in, &squares, sub->cofactor, in_subgroup);
        subgroup_logs(in, sub, in_subgroup, count, part);
        for (unsigned i = 0; i < count; i++)
            ret[i] = (ret[i] + nj_mod_mul(part[i], sub->lift, in->prime - 1)) % (in->prime - 1);
    }
}

/* ---- logarithms that were asked for before: a telescope's addresses come again ---- */

static uint64_t *recent_of(const struct nj_logs *logs, uint64_t x)
{
    return &logs->recent[x & ((1u << RECENT_BITS) - 1)];
}

static bool recall(const struct nj_logs *logs, uint64_t x, uint64_t *ret)
{
    uint64_t one = *recent_of(logs, x);

    if (one == 0 || one >> logs->log_bits != x >> RECENT_BITS)
        return false;
    *ret = one & ((UINT64_C(1) << logs->log_bits) - 1);
    return true;
}

static void find_and_keep(const struct nj_logs *logs, const uint64_t *x, unsigned count,
                          uint64_t **ret)
{
    uint64_t found[LANES];

    logs_by_steps(logs, x, count, found);
    for (unsigned i = 0; i < count; i++) {
        *ret[i] = found[i];
        if (x[i] < logs->group->prime)
            *recent_of(logs, x[i]) = x[i] >> RECENT_BITS << logs->log_bits | found[i];
    }
}

void nj_logs_of(struct nj_logs *logs, const uint64_t *x, unsigned count, uint64_t *ret)
{
    uint64_t asked[LANES], *to[LANES];
    unsigned waiting = 0;

    for (unsigned i = 0; i < count; i++) {
        if (logs->divisors != NULL) {
            ret[i] = log_by_primes(logs, x[i]);
            continue;
        }
        if (recall(logs, x[i], &ret[i]))
            continue;
        asked[waiting] = x[i];
        to[waiting++] = &ret[i];
        if (waiting == LANES) {
            find_and_keep(logs, asked, waiting, to);
            waiting = 0;
        }
    }
    if (waiting > 0)
        find_and_keep(logs, asked, waiting, to);
}

uint64_t nj_log(const struct nj_logs *logs, uint64_t x)
{
    uint64_t e;

    if (logs->divisors != NULL)
        return log_by_primes(logs, x);
    logs_by_steps(logs, &x, 1, &e);
    return e;
}
