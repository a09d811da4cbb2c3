/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of few packets: what is known from others is tried on them, bit by bit. */
#include <math.h>
#include <string.h>

#include "relation/state.h"

/* Of a thousand million random sources one is recognised wrongly, however many families are
 * tried on each. */
#define CHANCE_BITS 29.9f

/* The evidence of a family that all packets obey. A packet whose fields the sender did not draw
 * anew counts nothing. */
static float weigh(const struct law *law, const struct light *light, uint32_t *ret_packets)
{
    uint64_t choices[LIGHT_SIGHTS];
    unsigned bits = 0;

    *ret_packets = 1;
    choices[0] = law_choice(law, &light->sight[0]);
    for (unsigned i = 1; i < light->count; i++) {
        bool again = false;

        choices[i] = law_choice(law, &light->sight[i]);
        for (unsigned k = 0; k < i; k++)
            again |= choices[k] == choices[i];
        if (again)
            continue;
        bits += law_evidence(law, &light->sight[i - 1], &light->sight[i]);
        (*ret_packets)++;
    }
    return (float)bits;
}

/* Try each family that no packet has violated yet. */
static int try_families(struct relations *r, struct light *light, int64_t time_ns,
                        struct nj_err *err)
{
    const struct sight *first = &light->sight[0], *now = &light->sight[light->count - 1];
    float needed = CHANCE_BITS + log2f((float)r->family_count);

    if (light->rejected_since != r->learned) { /* other families: ask again */
        light->rejected = 0;
        light->rejected_since = r->learned;
    }
    for (size_t i = 0; i < r->family_count; i++) {
        struct statement said = {.family = (uint32_t)i, .example = *now};
        const struct law *law = &r->families[i].law;
        bool holds = law_single(law);

        if ((light->rejected >> i & 1) != 0)
            continue;
        for (unsigned k = 1; holds && k < light->count; k++)
            holds = law_same(law, first, &light->sight[k]);
        if (!holds) {
            light->rejected |= UINT64_C(1) << i;
            continue;
        }
        said.bits = weigh(law, light, &said.packets) - log2f((float)r->family_count);
        if (said.bits + log2f((float)r->family_count) < needed)
            continue;
        light->family = r->families[i].hash;
        r->families[i].used = ++r->findings;
        r->counts.recognised++;
        return families_tell(r, &light->head, time_ns, &said, err);
    }
    return 0;
}

int light_known(struct relations *r, struct light *light, int64_t time_ns, struct nj_err *err)
{
    const struct sight *first = &light->sight[0];

    for (unsigned i = 0; i < KNOWN_LAWS; i++) {
        const struct law *law = &r->known[i].law;
        struct statement said = {.example = *first};
        bool holds = true;

        for (unsigned k = 1; holds && k < light->count; k++)
            holds = law_same(law, first, &light->sight[k]);
        if (!holds)
            continue;
        said.bits = weigh(law, light, &said.packets) - log2f((float)KNOWN_LAWS);
        if (said.bits < CHANCE_BITS)
            continue;
        if (light->family == law_hash(law)) /* told before its tool was named */
            return 1;
        said.family = families_meet_law(r, law);
        light->family = r->families[said.family].hash;
        r->counts.recognised++;
        return families_tell(r, &light->head, time_ns, &said, err) < 0 ? -1 : 1;
    }
    return 0;
}

struct light *light_add(struct relations *r, const struct packet *packet,
                        const struct sight *sight, bool unexplained, struct nj_err *err)
{
    const struct roster_head key = {
        .src = packet->src, .hash = packet->src_hash, .sensor = packet->sensor};
    struct light *light = roster_find(r->light, &key);

    if (light != NULL && packet->episode_packets <= light->number) { /* a new episode */
        struct lent *lent = roster_find(r->lent, &key);

        if (lent != NULL)
            roster_drop(r->lent, lent);
        roster_drop(r->light, light);
        light = NULL;
    }
    if (light == NULL)
        light = roster_put(r->light, &key);
    light->number = packet->episode_packets;
    if (light->count == LIGHT_SIGHTS)
        return light;
    light->sight[light->count++] = *sight;
    if (unexplained && light->family == 0 && light->count > 1 && r->family_count > 0 &&
        try_families(r, light, packet->time_ns, err) < 0)
        return NULL;
    return light;
}
