/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/ours.h"

#include <stdlib.h>

/* Disjoint ranges, ascending. */
struct ranges {
    struct prefix *items;
    size_t count;
};

struct ours {
    struct ranges all, near, known, kept;
};

static bool ranges_have(const struct ranges *ranges, struct addr a)
{
    size_t low = 0, high = ranges->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (addr_compare(a, ranges->items[middle].first) < 0)
            high = middle;
        else if (addr_compare(ranges->items[middle].last, a) < 0)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

static int compare(const void *a, const void *b)
{
    return addr_compare(((const struct prefix *)a)->first, ((const struct prefix *)b)->first);
}

static void ranges_sort(struct ranges *ranges)
{
    size_t kept = 0;

    qsort(ranges->items, ranges->count, sizeof(*ranges->items), compare);
    for (size_t i = 0; i < ranges->count; i++) {
        struct prefix *next = &ranges->items[i];
        struct prefix *last = kept == 0 ? NULL : &ranges->items[kept - 1];

        if (last != NULL && addr_compare(next->first, last->last) <= 0) {
            if (addr_compare(last->last, next->last) < 0)
                last->last = next->last;
        } else {
            ranges->items[kept++] = *next;
        }
    }
    ranges->count = kept;
}

static void add(struct ranges *ranges, struct addr first, struct addr last)
{
    ranges->items[ranges->count++] = (struct prefix){.first = first, .last = last};
}

bool ours_nobody(struct addr a)
{
    if (addr_is_v4(a)) {
        uint32_t v4 = addr_v4(a);

        return v4 >> 28 == 14 || v4 >> 24 == 127 || v4 >> 24 == 0 || v4 == UINT32_MAX;
    }
    return a.hi >> 56 == 0xff || (a.hi == 0 && a.lo <= 1);
}

/* The /24 or /64 around it. */
static struct prefix network_of(struct addr a)
{
    uint64_t hosts = addr_is_v4(a) ? 0xff : UINT64_MAX;

    return (struct prefix){.first = {a.hi, a.lo & ~hosts}, .last = {a.hi, a.lo | hosts}};
}

static bool is_wide(const struct prefix *prefix)
{
    if (prefix->first.hi != prefix->last.hi)
        return (prefix->last.hi - prefix->first.hi) >> 32 != 0;
    return addr_is_v4(prefix->first) && prefix->last.lo - prefix->first.lo > 0xffff;
}

static void fill(struct ours *ours, const struct sample *samples, size_t count,
                 const struct sensor *sensors, size_t sensor_count)
{
    for (size_t i = 0; i < sensor_count; i++)
        for (size_t k = 0; k < sensors[i].prefix_count; k++) {
            const struct prefix *prefix = &sensors[i].prefixes[k].prefix;

            add(&ours->all, prefix->first, prefix->last);
            if (!is_wide(prefix))
                add(&ours->near, prefix->first, prefix->last);
        }
    ranges_sort(&ours->all);
    for (size_t i = 0; i < count; i++)
        if (!ours_nobody(samples[i].dst))
            add(&ours->known, samples[i].dst, samples[i].dst);
    ranges_sort(&ours->known);
    for (size_t i = 0; i < count; i++) {
        struct addr src = samples[i].src;

        if (!ranges_have(&ours->known, src) && !ranges_have(&ours->all, src))
            add(&ours->kept, src, src);
    }
    ranges_sort(&ours->kept);
    for (size_t i = 0; i < ours->known.count; i++) {
        struct prefix network = network_of(ours->known.items[i].first);

        add(&ours->near, network.first, network.last);
        add(&ours->all, network.first, network.last);
    }
    ranges_sort(&ours->near);
    ranges_sort(&ours->all);
}

int ours_new(const struct sample *samples, size_t count, const struct sensor *sensors,
             size_t sensor_count, struct ours **ret_ours, struct nj_err *err)
{
    struct ours *ours = calloc(1, sizeof(*ours));
    size_t room = count + 1;

    for (size_t i = 0; i < sensor_count; i++)
        room += sensors[i].prefix_count;
    if (ours != NULL) {
        struct ranges *const all[] = {&ours->all, &ours->near, &ours->known, &ours->kept};
        bool have = true;

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
            all[i]->items = malloc(room * sizeof(struct prefix));
            have = have && all[i]->items != NULL;
        }
        if (have) {
            fill(ours, samples, count, sensors, sensor_count);
            *ret_ours = ours;
            return 0;
        }
    }
    ours_free(ours);
    return nj_fail(err, NJ_NOMEM, "no memory for addresses");
}

void ours_free(struct ours *ours)
{
    if (ours == NULL)
        return;
    free(ours->all.items);
    free(ours->near.items);
    free(ours->known.items);
    free(ours->kept.items);
    free(ours);
}

bool ours_has(const struct ours *ours, struct addr a)
{
    return ranges_have(&ours->all, a) && !ours_nobody(a) && !ranges_have(&ours->kept, a);
}

bool ours_near(const struct ours *ours, struct addr a)
{
    return ranges_have(&ours->near, a) && !ours_nobody(a) && !ranges_have(&ours->kept, a);
}

bool ours_known(const struct ours *ours, struct addr a)
{
    return ranges_have(&ours->known, a);
}
