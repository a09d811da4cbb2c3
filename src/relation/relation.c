/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a packet: is it of use, is its source still looked at, light or lent. */
#include "relation/relation.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "relation/state.h"

#define MAX_LIGHT 16384u
#define MAX_LENT 1024u
#define MAX_FAMILIES 64u /* one word of light.rejected */

static const char *const unnamed_tools[UNNAMED_TOOLS] = {"unknown", "connect", "mixed"};

int relations_new(const struct relation_options *options, trait_fn sink, void *sink_ctx,
                  struct relations **ret_relations, struct nj_err *err)
{
    struct relations *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return nj_fail(err, NJ_NOMEM, "relations");
    r->max_families = options->max_families == 0 || options->max_families > MAX_FAMILIES
                          ? MAX_FAMILIES
                          : options->max_families;
    r->light = roster_new(options->max_light == 0 ? MAX_LIGHT : options->max_light,
                          sizeof(struct light), offsetof(struct light, sight));
    r->lent = roster_new(options->max_lent == 0 ? MAX_LENT : options->max_lent,
                         sizeof(struct lent), offsetof(struct lent, sight));
    r->families = calloc(r->max_families, sizeof(*r->families));
    if (r->light == NULL || r->lent == NULL || r->families == NULL) {
        relations_free(r);
        return nj_fail(err, NJ_NOMEM, "relations");
    }
    known_laws(r->known);
    for (unsigned i = 0; i < UNNAMED_TOOLS; i++)
        r->unnamed[i] = options->names == NULL ? NJ_INTERN_NONE
                                               : nj_intern_z(options->names, unnamed_tools[i]);
    r->sink = sink;
    r->sink_ctx = sink_ctx;
    *ret_relations = r;
    return 0;
}

void relations_free(struct relations *r)
{
    if (r == NULL)
        return;
    roster_free(r->light);
    roster_free(r->lent);
    free(r->families);
    free(r);
}

void relations_clear(struct relations *r)
{
    roster_clear(r->light);
    roster_clear(r->lent);
    r->family_count = 0;
    r->learned = r->findings = 0;
    r->counts = (struct relation_counts){0};
}

const struct relation_counts *relations_counts(const struct relations *r)
{
    return &r->counts;
}

static bool has_named_tool(const struct relations *r, const struct packet *packet)
{
    for (unsigned i = 0; i < UNNAMED_TOOLS; i++)
        if (packet->tool == r->unnamed[i])
            return false;
    return packet->tool != NJ_INTERN_NONE;
}

/* The first packets of a source, up to the one with which it is lent room. */
static int first_packets(struct relations *r, const struct packet *packet,
                         const struct sight *sight, struct nj_err *err)
{
    bool unexplained = packet->tool == NJ_INTERN_NONE;
    struct light *light = light_add(r, packet, sight, unexplained, err);
    struct lent *lent;

    if (light == NULL)
        return -1;
    if (light->count < LIGHT_SIGHTS || light->lent != 0)
        return 0;
    light->lent = 1;
    if (has_named_tool(r, packet)) {
        int known = light_known(r, light, packet->time_ns, err);

        if (known != 0)
            return known < 0 ? -1 : 0;
    }
    lent = lent_begin(r, light);
    for (unsigned i = 0; i < LIGHT_SIGHTS; i++)
        if (lent_add(r, lent, false, packet->time_ns, &light->sight[i], err) < 0)
            return -1;
    return 0;
}

void relations_prefetch_index(const struct relations *r, const struct packet *packet)
{
    roster_prefetch_index(r->light, packet->src_hash);
    roster_prefetch_index(r->lent, packet->src_hash);
}

void relations_prefetch(const struct relations *r, const struct packet *packet)
{
    roster_prefetch(r->light, packet->src_hash);
    roster_prefetch(r->lent, packet->src_hash);
}

int relations_add(struct relations *r, const struct packet *packet, struct nj_err *err)
{
    const struct roster_head key = {
        .src = packet->src, .hash = packet->src_hash, .sensor = packet->sensor};
    struct sight sight;
    struct lent *lent;

    if (packet->episode_packets > LAST_PACKET || packet->episode_packets == 0 ||
        !sight_counts(packet))
        return 0;
    lent = packet->episode_packets < LIGHT_SIGHTS ? NULL : roster_find(r->lent, &key);
    if (lent != NULL && packet->episode_packets <= lent->number) { /* a new episode */
        roster_drop(r->lent, lent);
        lent = NULL;
    }
    if (lent == NULL && packet->episode_packets > FIRST_PACKETS)
        return 0;
    sight_read(packet, &sight);
    if (lent == NULL)
        return first_packets(r, packet, &sight, err);
    lent->number = packet->episode_packets;
    return lent_add(r, lent, has_named_tool(r, packet), packet->time_ns, &sight, err);
}
