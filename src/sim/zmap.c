/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/zmap.h"

#include <stdlib.h>

#define BABY_STEPS 8192u /* then the largest subgroup takes 45 giant steps at most */
#define BABY_SLOTS (4u * BABY_STEPS)

const struct zmap_group zmap_ipv4 = {
    .prime = (UINT64_C(1) << 32) + 15,
    .root = 3,
    .factors = {2, 9, 5, 131, 364289},
    .primes = {2, 3, 5, 131, 364289},
};

const struct zmap_group zmap_small = {
    .prime = (UINT64_C(1) << 16) + 1,
    .root = 3,
    .factors = {65536},
    .primes = {2},
};

uint64_t zmap_mul(uint64_t a, uint64_t b, uint64_t m)
{
    /* in two pieces, so that no product needs more than 64 bits */
    return (((a * (b >> 20)) % m << 20) + a * (b & 0xfffff)) % m;
}

uint64_t zmap_pow(uint64_t base, uint64_t exponent, uint64_t m)
{
    uint64_t result = 1;

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1)
            result = zmap_mul(result, base, m);
        base = zmap_mul(base, base, m);
    }
    return result;
}

int zmap_is_generator(const struct zmap_group *group, uint64_t g)
{
    if (g < 2 || g >= group->prime)
        return 0;
    for (int i = 0; i < ZMAP_FACTORS_MAX && group->primes[i] != 0; i++) {
        if (zmap_pow(g, (group->prime - 1) / group->primes[i], group->prime) == 1)
            return 0;
    }
    return 1;
}

uint64_t zmap_generator(const struct zmap_group *group, uint64_t limit, struct nj_rng *rng)
{
    uint64_t g;

    if (limit > group->prime)
        limit = group->prime;
    do {
        g = 2 + nj_rng_below64(rng, limit - 2);
    } while (!zmap_is_generator(group, g));
    return g;
}

/* ---- logarithms ----------------------------------------------------------------------- */

/* The subgroup of order q: its baby steps h^0 .. h^(babies-1) in a hash table. */
struct subgroup {
    uint64_t order, cofactor; /* cofactor = (prime - 1) / order */
    uint64_t lift;            /* (prime - 1) / order * its inverse mod order: CRT */
    uint64_t giant;           /* h^-babies */
    uint32_t babies;
    uint64_t *keys; /* BABY_SLOTS of them, 0 = free */
    uint16_t *exponents;
};

struct zmap_logs {
    const struct zmap_group *group;
    int count;
    struct subgroup subgroups[ZMAP_FACTORS_MAX];
};

static uint32_t slot_of(uint64_t key)
{
    return (uint32_t)(key * 0x9e3779b97f4a7c15u >> 32) & (BABY_SLOTS - 1);
}

/* a^-1 mod m by Euclid, for coprime a, m. */
static uint64_t inverse(uint64_t a, uint64_t m)
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

static int subgroup_init(struct subgroup *sub, const struct zmap_group *group, uint64_t order)
{
    uint64_t p = group->prime, x = 1, h;

    sub->order = order;
    sub->cofactor = (p - 1) / order;
    sub->lift = zmap_mul(sub->cofactor, inverse(sub->cofactor, order), p - 1);
    sub->babies = order < BABY_STEPS ? (uint32_t)order : BABY_STEPS;
    h = zmap_pow(group->root, sub->cofactor, p);
    sub->giant = zmap_pow(inverse(h, p), sub->babies, p);
    sub->keys = calloc(BABY_SLOTS, sizeof(*sub->keys));
    sub->exponents = calloc(BABY_SLOTS, sizeof(*sub->exponents));
    if (sub->keys == NULL || sub->exponents == NULL)
        return -1;
    for (uint32_t e = 0; e < sub->babies; e++) {
        uint32_t slot = slot_of(x);

        while (sub->keys[slot] != 0)
            slot = (slot + 1) & (BABY_SLOTS - 1);
        sub->keys[slot] = x;
        sub->exponents[slot] = (uint16_t)e;
        x = zmap_mul(x, h, p);
    }
    return 0;
}

struct zmap_logs *zmap_logs_new(const struct zmap_group *group)
{
    struct zmap_logs *logs = calloc(1, sizeof(*logs));

    if (logs == NULL)
        return NULL;
    logs->group = group;
    for (int i = 0; i < ZMAP_FACTORS_MAX && group->factors[i] != 0; i++) {
        logs->count = i + 1;
        if (subgroup_init(&logs->subgroups[i], group, group->factors[i]) < 0) {
            zmap_logs_free(logs);
            return NULL;
        }
    }
    return logs;
}

void zmap_logs_free(struct zmap_logs *logs)
{
    if (logs == NULL)
        return;
    for (int i = 0; i < logs->count; i++) {
        free(logs->subgroups[i].keys);
        free(logs->subgroups[i].exponents);
    }
    free(logs);
}

/* log of x (which lies in the subgroup) below its order */
static uint64_t subgroup_log(const struct subgroup *sub, uint64_t x, uint64_t p)
{
    for (uint64_t giants = 0; giants * sub->babies < sub->order; giants++) {
        for (uint32_t slot = slot_of(x); sub->keys[slot] != 0;
             slot = (slot + 1) & (BABY_SLOTS - 1)) {
            if (sub->keys[slot] == x)
                return giants * sub->babies + sub->exponents[slot];
        }
        x = zmap_mul(x, sub->giant, p);
    }
    return 0; /* not reached: x is a power of the subgroup's generator */
}

uint64_t zmap_log(const struct zmap_logs *logs, uint64_t x)
{
    uint64_t p = logs->group->prime, e = 0;

    for (int i = 0; i < logs->count; i++) {
        const struct subgroup *sub = &logs->subgroups[i];
        uint64_t part = subgroup_log(sub, zmap_pow(x, sub->cofactor, p), p);

        e = (e + zmap_mul(part, sub->lift, p - 1)) % (p - 1);
    }
    return e;
}

/* ---- the telescope -------------------------------------------------------------------- */

struct zmap_telescope {
    const struct zmap_logs *logs;
    uint32_t size;
    uint64_t *exponents; /* log of address offset i */
};

uint32_t zmap_index(uint32_t addr, uint32_t block)
{
    /* ZMap's default list without multicast and above, which stand behind everything */
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

struct zmap_telescope *zmap_telescope_new(const struct zmap_logs *logs, struct sim_net net,
                                          uint32_t block)
{
    struct zmap_telescope *telescope = calloc(1, sizeof(*telescope));
    uint64_t index = zmap_index(net.first, block);
    uint64_t limit = logs->group->prime - 1 - sim_net_size(net);

    if (telescope == NULL)
        return NULL;
    telescope->logs = logs;
    telescope->size = sim_net_size(net);
    telescope->exponents = malloc(telescope->size * sizeof(*telescope->exponents));
    if (telescope->exponents == NULL) {
        free(telescope);
        return NULL;
    }
    if (index > limit) /* a group smaller than the address space: as if it stood in it */
        index %= limit;
    for (uint32_t i = 0; i < telescope->size; i++)
        telescope->exponents[i] = zmap_log(logs, index + i + 1);
    return telescope;
}

void zmap_telescope_free(struct zmap_telescope *telescope)
{
    if (telescope == NULL)
        return;
    free(telescope->exponents);
    free(telescope);
}

struct sighting {
    uint64_t step;
    uint32_t offset;
};

static int by_step(const void *left, const void *right)
{
    const struct sighting *a = left, *b = right;

    return a->step < b->step ? -1 : a->step > b->step;
}

/* The sightings among the first `limit` steps. */
static uint32_t collect(const struct zmap_telescope *telescope, uint64_t start, uint64_t factor,
                        uint64_t limit, struct sighting *found, uint32_t space)
{
    uint64_t m = telescope->logs->group->prime - 1;
    double inverse_m = 1.0 / (double)m;
    uint32_t count = 0;

    for (uint32_t i = 0; i < telescope->size; i++) {
        uint64_t e = telescope->exponents[i] + m - start;
        /* e * factor mod m: the quotient by floating point, off by one at most; the wrapped
         * remainder is exact */
        uint64_t q = (uint64_t)((double)e * (double)factor * inverse_m);
        int64_t step = (int64_t)(e * factor - q * m);

        while (step < 0)
            step += (int64_t)m;
        while (step >= (int64_t)m)
            step -= (int64_t)m;
        if ((uint64_t)step < limit && count < space)
            found[count++] = (struct sighting){.step = (uint64_t)step, .offset = i};
    }
    return count;
}

int zmap_scan(const struct zmap_telescope *telescope, uint64_t g, uint64_t start,
              uint32_t count, struct zmap_seen *ret_seen, struct nj_err *err)
{
    uint64_t m = telescope->logs->group->prime - 1;
    uint64_t factor = inverse(zmap_log(telescope->logs, g), m);
    /* one address in m / size steps; a quarter more and 16, so that one look is enough */
    uint64_t limit = m / telescope->size * (count + count / 4 + 16);
    struct sighting *found = malloc(telescope->size * sizeof(*found));
    uint32_t have;

    if (found == NULL)
        return nj_fail(err, NJ_NOMEM, "order of a scan");
    while ((have = collect(telescope, start, factor, limit, found, telescope->size)) < count)
        limit *= 2;
    qsort(found, have, sizeof(*found), by_step);
    for (uint32_t i = 0; i < count; i++) {
        ret_seen[i].offset = found[i].offset;
        ret_seen[i].at =
            (uint32_t)(((double)found[i].step / (double)(found[count - 1].step + 1)) *
                       4294967295.0);
    }
    free(found);
    return 0;
}
