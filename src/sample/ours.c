/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/ours.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "sample/mask.h"
#include "sample/shape.h"

#define LINK_LOCAL 0xfe80000000000000u
#define LAST_PLAIN 0xffffu /* last half of an IPv6 address: ::1 and such are anybody's */
#define NAME_MIN 4u
#define SOLICITATION 135
#define PER_SAMPLE 6u /* ranges: two addresses, each with network and link-local address */

/* Disjoint ranges, ascending. */
struct ranges {
    struct prefix *items;
    size_t count;
};

struct ours {
    struct ranges all, near, known, kept, macs;
    size_t name_count;
    char (*names)[SENSOR_NAME_MAX];
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
    if (mask_solicited_node(a))
        return false;
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

/* Whom a neighbour solicitation asks for. @return false if it is none */
static bool solicited(const struct sample *sample, struct addr *ret)
{
    struct shape shape;

    if (!shape_read(sample->bytes, sample->captured, &shape) || shape.version != 6 ||
        !shape.whole || shape.proto != PROTO_ICMPV6 ||
        sample->bytes[shape.transport] != SOLICITATION || shape.end - shape.payload < 16)
        return false;
    *ret = addr_from_bytes(sample->bytes + shape.payload);
    return true;
}

/* What goes with an address that is known to be ours. */
static void add_around(struct ours *ours, struct addr a)
{
    struct prefix network = network_of(a);

    if (mask_solicited_node(a)) {
        add(&ours->all, a, a);
        add(&ours->near, a, a);
        return;
    }
    add(&ours->near, network.first, network.last);
    add(&ours->all, network.first, network.last);
    if (addr_is_v4(a) || a.lo <= LAST_PLAIN)
        return;
    add(&ours->near, (struct addr){LINK_LOCAL, a.lo}, (struct addr){LINK_LOCAL, a.lo});
    add(&ours->all, (struct addr){LINK_LOCAL, a.lo}, (struct addr){LINK_LOCAL, a.lo});
    if ((a.lo >> 24 & 0xffff) == 0xfffe) {
        struct addr mac = {.lo = ((a.lo >> 40 & 0xffffff) << 24 | (a.lo & 0xffffff)) ^
                                 2ull << 40};

        add(&ours->macs, mac, mac);
    }
}

static void add_name(struct ours *ours, const char *name)
{
    bool plain = true;
    size_t i;

    for (i = 0; name[i] != '\0' && i < SENSOR_NAME_MAX - 1; i++) {
        plain = plain && isalpha((unsigned char)name[i]);
        ours->names[ours->name_count][i] = (char)tolower((unsigned char)name[i]);
    }
    ours->names[ours->name_count][i] = '\0';
    if (!plain && i >= NAME_MIN)
        ours->name_count++;
}

static void fill(struct ours *ours, const struct sample *samples, size_t count,
                 const struct sensor *sensors, size_t sensor_count)
{
    struct addr target;

    for (size_t i = 0; i < sensor_count; i++) {
        add_name(ours, sensors[i].name);
        for (size_t k = 0; k < sensors[i].prefix_count; k++) {
            const struct prefix *prefix = &sensors[i].prefixes[k].prefix;

            add(&ours->all, prefix->first, prefix->last);
            if (!is_wide(prefix))
                add(&ours->near, prefix->first, prefix->last);
        }
    }
    ranges_sort(&ours->all);
    for (size_t i = 0; i < count; i++) {
        if (!ours_nobody(samples[i].dst))
            add(&ours->known, samples[i].dst, samples[i].dst);
        if (solicited(&samples[i], &target) && !ours_nobody(target))
            add(&ours->known, target, target);
    }
    ranges_sort(&ours->known);
    for (size_t i = 0; i < count; i++) {
        struct addr src = samples[i].src;

        if (!ranges_have(&ours->known, src) && !ranges_have(&ours->all, src))
            add(&ours->kept, src, src);
    }
    ranges_sort(&ours->kept);
    for (size_t i = 0; i < ours->known.count; i++)
        add_around(ours, ours->known.items[i].first);
    ranges_sort(&ours->near);
    ranges_sort(&ours->all);
    ranges_sort(&ours->macs);
}

int ours_new(const struct sample *samples, size_t count, const struct sensor *sensors,
             size_t sensor_count, struct ours **ret_ours, struct nj_err *err)
{
    struct ours *ours = calloc(1, sizeof(*ours));
    size_t room = count * PER_SAMPLE + 1;

    for (size_t i = 0; i < sensor_count; i++)
        room += sensors[i].prefix_count;
    if (ours != NULL) {
        struct ranges *const all[] = {&ours->all, &ours->near, &ours->known, &ours->kept,
                                      &ours->macs};
        bool have;

        ours->names = calloc(sensor_count + 1, sizeof(*ours->names));
        have = ours->names != NULL;
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
    free(ours->macs.items);
    free(ours->names);
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

bool ours_mac(const struct ours *ours, uint64_t mac)
{
    return ranges_have(&ours->macs, (struct addr){.lo = mac});
}

const char *ours_name(const struct ours *ours, size_t i)
{
    return i < ours->name_count ? ours->names[i] : NULL;
}
