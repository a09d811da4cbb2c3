/* SPDX-License-Identifier: Apache-2.0 */
#include "link/background.h"
#include "base/huge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define HALF_LIFE_US (14.0 * 86400e6)
#define SELDOM 0.05 /* sources: the least that a combination of usual things is worth */
#define KAPPA 5.0   /* sources that the parent level is worth */
#define TOTAL UINT64_MAX
#define FIRST_ROOM 1024u
#define SPAN_US ((int64_t)(400 * HALF_LIFE_US)) /* of 1,000 halves that a double can hold */
#define PLACES 4096u                            /* a power of two; they stay in the cache */

int background_init(struct background *bg, uint32_t max, uint64_t secret, struct nj_err *err)
{
    *bg = (struct background){.max = max, .novel_twice = -1};
    background_moved(bg);
    bg->places = calloc(PLACES, sizeof(*bg->places));
    if (bg->places == NULL)
        return nj_fail(err, NJ_NOMEM, "background frequencies");
    return link_map_init(&bg->index, secret, err);
}

void background_done(struct background *bg)
{
    link_map_done(&bg->index);
    free(bg->entries);
    free(bg->places);
    bg->entries = NULL;
    bg->places = NULL;
}

/* Both kinds of sets have the same values. */
static enum value_kind counted_as(enum value_kind kind)
{
    return kind == VALUE_SET_NOVEL ? VALUE_SET : kind;
}

static uint64_t key_of(enum value_kind kind, uint64_t class, uint64_t value)
{
    const uint64_t words[3] = {counted_as(kind), class, value};

    return XXH3_64bits(words, sizeof(words));
}

void background_moved(struct background *bg)
{
    for (unsigned i = 0; i < VALUE_KINDS; i++)
        bg->total_at[i] = LINK_NONE;
    bg->version++;
}

static double weight_at(const struct background *bg, int64_t at_us)
{
    if (at_us == bg->now_us && bg->now_weight > 0)
        return bg->now_weight;
    return exp2((double)(at_us - bg->landmark_us) / HALF_LIFE_US);
}

/* The time that a decayed count stands for. */
static double span_h(const struct background *bg, int64_t now_us)
{
    double age = (double)(now_us - bg->landmark_us);

    if (now_us == bg->now_us && bg->now_weight > 0)
        return bg->now_span_h;
    return HALF_LIFE_US / M_LN2 * (1 - exp2(-age / HALF_LIFE_US)) / 3600e6;
}

/* Weights grow with time: in a store that spans decades they are scaled down before they leave
 * the range of a double. What is so old counts next to nothing before and after. */
static void rescale(struct background *bg, int64_t now_us)
{
    double factor;

    if (bg->landmark_us == 0 || now_us - bg->landmark_us <= SPAN_US)
        return;
    factor = exp2(-(double)(now_us - bg->landmark_us) / HALF_LIFE_US);
    for (uint32_t i = 0; i < bg->count; i++)
        bg->entries[i].weight *= factor;
    bg->landmark_us = now_us;
    bg->now_weight = 0; /* not known */
}

void background_tick(struct background *bg, int64_t now_us)
{
    rescale(bg, now_us);
    for (unsigned i = 0; i < VALUE_KINDS; i++)
        if (bg->total_at[i] == LINK_NONE)
            bg->total_at[i] = link_map_find(&bg->index, key_of((enum value_kind)i, 0, TOTAL));
    bg->now_us = 0;
    bg->now_weight = weight_at(bg, now_us);
    bg->now_span_h = span_h(bg, now_us);
    bg->now_us = now_us;
}

static void recount(struct background *bg, uint32_t kind, uint32_t before, uint32_t after)
{
    if (before == 1 && bg->once[kind] > 0)
        bg->once[kind]--;
    if (before == 2 && bg->twice[kind] > 0)
        bg->twice[kind]--;
    bg->once[kind] += after == 1;
    bg->twice[kind] += after == 2;
}

/* Full: forget the values that one source showed. They read as never shown, for which
 * Good-Turing has nearly the same answer; `once` goes on counting them. */
static int purge(struct background *bg, struct nj_err *err)
{
    uint32_t kept = 0;

    background_moved(bg);

    for (uint32_t i = 0; i < bg->count; i++) {
        if (bg->entries[i].sources <= 1) {
            link_map_remove(&bg->index, bg->entries[i].key);
            bg->purged++;
            continue;
        }
        bg->entries[kept] = bg->entries[i];
        if (link_map_set(&bg->index, bg->entries[kept].key, kept, err) < 0)
            return -1;
        kept++;
    }
    bg->count = kept;
    return 0;
}

static int entry_for(struct background *bg, uint64_t key, uint32_t kind,
                     struct background_entry **ret_entry, struct nj_err *err)
{
    uint32_t at = link_map_find(&bg->index, key);

    if (at == LINK_NONE) {
        if (bg->count >= bg->max && purge(bg, err) < 0)
            return -1;
        if (bg->count >= bg->max) {
            *ret_entry = NULL;
            return 0;
        }
        if (bg->count == bg->room) {
            uint32_t room = bg->room == 0 ? FIRST_ROOM : bg->room * 2;
            struct background_entry *entries =
                nj_huge_grown(bg->entries, bg->room, room, sizeof(*bg->entries));

            if (entries == NULL)
                return nj_fail(err, NJ_NOMEM, "background frequencies");
            bg->entries = entries;
            bg->room = room;
        }
        if (link_map_set(&bg->index, key, bg->count, err) < 0)
            return -1;
        at = bg->count++;
        bg->version++;
        bg->entries[at] = (struct background_entry){.key = key, .kind = kind};
    }
    *ret_entry = &bg->entries[at];
    return 0;
}

static int add_one(struct background *bg, enum value_kind kind, uint64_t class, uint64_t value,
                   double weight, struct nj_err *err)
{
    struct background_entry *entry = NULL;

    if (entry_for(bg, key_of(kind, class, value), (uint32_t)kind, &entry, err) < 0)
        return -1;
    if (entry == NULL)
        return 0;
    entry->weight += weight;
    entry->sources++;
    if (class == 0 && value != TOTAL)
        recount(bg, entry->kind, entry->sources - 1, entry->sources);
    return 0;
}

int background_add(struct background *bg, enum value_kind kind, uint64_t class, uint64_t value,
                   double share, int64_t at_us, struct nj_err *err)
{
    if (bg->landmark_us == 0) {
        bg->landmark_us = at_us;
        bg->now_weight = 0;
    }
    rescale(bg, at_us);

    double weight = share * weight_at(bg, at_us);

    if (add_one(bg, kind, 0, value, weight, err) < 0 ||
        add_one(bg, kind, 0, TOTAL, weight, err) < 0)
        return -1;
    if (class != 0 && (add_one(bg, kind, class, value, weight, err) < 0 ||
                       add_one(bg, kind, class, TOTAL, weight, err) < 0))
        return -1;
    return 0;
}

static void drop_one(struct background *bg, enum value_kind kind, uint64_t class,
                     uint64_t value, double weight)
{
    uint32_t at = link_map_find(&bg->index, key_of(kind, class, value));

    if (at == LINK_NONE)
        return;

    struct background_entry *entry = &bg->entries[at];

    entry->weight = fmax(0, entry->weight - weight);
    if (entry->sources > 0) {
        entry->sources--;
        if (class == 0 && value != TOTAL)
            recount(bg, entry->kind, entry->sources + 1, entry->sources);
    }
}

void background_drop(struct background *bg, enum value_kind kind, uint64_t class,
                     uint64_t value, double share, int64_t at_us)
{
    double weight = share * weight_at(bg, at_us);

    drop_one(bg, kind, 0, value, weight);
    drop_one(bg, kind, 0, TOTAL, weight);
    if (class != 0) {
        drop_one(bg, kind, class, value, weight);
        drop_one(bg, kind, class, TOTAL, weight);
    }
}

static uint32_t find(const struct background *bg, enum value_kind kind, uint64_t class,
                     uint64_t value)
{
    return link_map_find(&bg->index, key_of(kind, class, value));
}

static double weight_of(const struct background *bg, uint32_t at)
{
    return at == LINK_NONE ? 0 : bg->entries[at].weight;
}

/* A comparison asks for some twenty values, mostly for those that the one before asked for. */
static const struct background_places *
places_of(const struct background *bg, enum value_kind kind, uint64_t class, uint64_t value)
{
    kind = counted_as(kind);

    uint64_t mixed = (value ^ class << 24 ^ (uint64_t)kind << 48) * 0x9e3779b97f4a7c15u;
    struct background_places *places = &bg->places[mixed >> 40 & (PLACES - 1)];

    if (places->version == bg->version && places->value == value && places->class == class &&
        places->kind == (uint32_t)kind)
        return places;
    *places = (struct background_places){
        .class = class,
        .value = value,
        .version = bg->version,
        .kind = (uint32_t)kind,
        .all = find(bg, kind, 0, value),
        .there = class == 0 ? LINK_NONE : find(bg, kind, class, value),
        .class_total = class == 0 ? LINK_NONE : find(bg, kind, class, TOTAL),
    };
    return places;
}

static double total_of(const struct background *bg, enum value_kind kind)
{
    uint32_t at = bg->total_at[kind];

    return weight_of(bg, at == LINK_NONE ? find(bg, kind, 0, TOTAL) : at);
}

bool background_is_shown(const struct background *bg, enum value_kind kind, uint64_t value)
{
    return weight_of(bg, places_of(bg, kind, 0, value)->all) > 0;
}

double background_total(const struct background *bg, enum value_kind kind, int64_t now_us)
{
    return total_of(bg, kind) / weight_at(bg, now_us);
}

struct frequency background_frequency(const struct background *bg, enum value_kind kind,
                                      uint64_t class, uint64_t value, double exclude,
                                      int64_t now_us)
{
    const struct background_places *places = places_of(bg, kind, class, value);
    double now = weight_at(bg, now_us);
    double total = total_of(bg, kind) / now;
    double shown = fmax(0, weight_of(bg, places->all) / now - exclude);
    /* Good-Turing: what a value shown once is worth, in sources. Also the least that any
     * value is worth, so that a shown one is never rarer than one that nobody shows. */
    double twice = (double)bg->twice[kind];

    /* of sets that are rare for a port of theirs, missed hops are as many as chance is not */
    if (kind == VALUE_SET_NOVEL && bg->novel_twice >= 0)
        twice = fmin(twice, bg->novel_twice);

    double once = (2.0 * twice + 0.5) / ((double)bg->once[kind] + 1.0);
    /* and a combination of usual things is met again more often than those so far say */
    double floor = fmin(1.0, kind == VALUE_SET_NOVEL ? once : fmax(SELDOM, once));
    struct frequency f = {
        .u = fmin(1.0, (shown + floor) / (fmax(0, total - exclude) + 1.0)),
        .shown = shown,
        .total = total,
    };

    if (class != 0) {
        double in_class = fmax(0, weight_of(bg, places->class_total) / now - exclude);
        double shown_there = fmax(0, weight_of(bg, places->there) / now - exclude);

        /* what none of the class shows is worth as much there as what nobody shows is in all */
        double least = fmax(floor, KAPPA * f.u);

        /* but where somebody is has little to do with his tool: no rarer than in all */
        if (kind == VALUE_AS || kind == VALUE_COUNTRY)
            least = fmax(KAPPA * f.u, (in_class + KAPPA) * f.u - shown_there);
        f.u = fmin(1.0, (shown_there + least) / (in_class + KAPPA));
    }
    return f;
}

uint32_t background_sources(const struct background *bg, enum value_kind kind, uint64_t value)
{
    uint32_t at = places_of(bg, kind, 0, value)->all;

    return at == LINK_NONE ? 0 : bg->entries[at].sources;
}

double background_arrivals(const struct background *bg, enum value_kind kind, int64_t now_us)
{
    return (background_total(bg, kind, now_us) + 0.5) / fmax(1.0, span_h(bg, now_us));
}
