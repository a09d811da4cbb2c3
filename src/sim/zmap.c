/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/zmap.h"

#include <stdlib.h>

uint64_t zmap_generator(const struct nj_group *group, uint64_t limit, struct nj_rng *rng)
{
    uint64_t g;

    if (limit > group->prime)
        limit = group->prime;
    do {
        g = 2 + nj_rng_below64(rng, limit - 2);
    } while (!nj_group_generates(group, g));
    return g;
}

/* ---- the telescope ---- */

struct zmap_telescope {
    const struct nj_logs *logs;
    uint32_t size;
    uint64_t *exponents; /* log of address offset i */
};

struct zmap_telescope *zmap_telescope_new(const struct nj_logs *logs, struct sim_net net,
                                          uint32_t block)
{
    struct zmap_telescope *telescope = calloc(1, sizeof(*telescope));
    uint64_t index = zmap_index(net.first, block);
    uint64_t limit = nj_logs_group(logs)->prime - 1 - sim_net_size(net);

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
        telescope->exponents[i] = nj_log(logs, index + i + 1);
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
    uint64_t m = nj_logs_group(telescope->logs)->prime - 1;
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
    uint64_t m = nj_logs_group(telescope->logs)->prime - 1;
    uint64_t factor = nj_mod_inverse(nj_log(telescope->logs, g), m);
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
