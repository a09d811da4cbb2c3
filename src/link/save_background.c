/* SPDX-License-Identifier: Apache-2.0 */
/* The saved state of what was learned of all sources: how usual values are, how alike episodes
 * of one sender are, and from which probability on hops are stated. */
#include "link/save.h"

static void walk_entry(struct nj_saved *s, struct background_entry *e)
{
    nj_saved_u64(s, &e->key);
    save_amount(s, &e->weight);
    nj_saved_u32(s, &e->sources);
    nj_saved_u32(s, &e->kind);
    nj_saved_check(s, e->kind < VALUE_KINDS);
}

int save_background(struct nj_saved *s, struct background *bg, struct nj_err *err)
{
    nj_saved_u32(s, &bg->count);
    nj_saved_check(s, bg->count <= bg->max);
    for (uint32_t i = 0; i < bg->count && !nj_saved_bad(s); i++) {
        if (save_room(s, (void **)&bg->entries, i, &bg->room, sizeof(*bg->entries), err) < 0)
            return -1;
        if (nj_saved_reading(s))
            bg->entries[i] = (struct background_entry){.key = 0};
        walk_entry(s, &bg->entries[i]);
        if (nj_saved_reading(s) && link_map_set(&bg->index, bg->entries[i].key, i, err) < 0)
            return -1;
    }
    for (unsigned i = 0; i < VALUE_KINDS; i++) {
        nj_saved_u64(s, &bg->once[i]);
        nj_saved_u64(s, &bg->twice[i]);
    }
    save_number(s, &bg->novel_twice);
    save_time(s, &bg->landmark_us);
    nj_saved_u64(s, &bg->purged);
    return 0;
}

void save_likeness(struct nj_saved *s, struct likeness *k)
{
    for (unsigned i = 0; i < SIMILAR_COUNT; i++)
        for (unsigned j = 0; j < SIMILAR_BINS; j++) {
            save_amount(s, &k->same[i][j]);
            save_amount(s, &k->random[i][j]);
        }
    for (unsigned i = 0; i < VALUE_KINDS; i++) {
        save_amount(s, &k->agree[i]);
        save_amount(s, &k->asked[i]);
        nj_saved_check(s, k->asked[i] >= 1 && k->agree[i] <= k->asked[i]);
    }
    nj_saved_u64(s, &k->same_pairs);
    nj_saved_u64(s, &k->random_pairs);
}

static void walk_decoy(struct nj_saved *s, struct decoy *decoy)
{
    nj_saved_u64(s, &decoy->a);
    nj_saved_u64(s, &decoy->b);
    nj_saved_u8(s, &decoy->kind);
    nj_saved_u8(s, &decoy->bin);
    nj_saved_check(s, decoy->kind < DECOY_KINDS && decoy->bin < ACCEPT_BINS);
}

void save_acceptance(struct nj_saved *s, struct acceptance *a)
{
    for (unsigned i = 0; i < ACCEPT_BINS; i++) {
        nj_saved_u64(s, &a->targets[i]);
        save_number(s, &a->doubt[i]);
        for (unsigned k = 0; k < DECOY_KINDS; k++)
            nj_saved_u64(s, &a->decoys[k][i]);
    }
    nj_saved_u32(s, &a->kept_count);
    nj_saved_check(s, a->kept_count <= DECOYS_KEPT);
    for (unsigned i = 0; i < a->kept_count && !nj_saved_bad(s); i++)
        walk_decoy(s, &a->kept[i]);
    for (unsigned k = 0; k < DECOY_KINDS; k++)
        nj_saved_u64(s, &a->frozen_decoys[k]);
    nj_saved_u64(s, &a->asked_after);
    nj_saved_u64(s, &a->asked_weeks);
    save_number(s, &a->threshold);
    nj_saved_check(s, a->threshold > 0 && a->threshold <= 1);
    save_number(s, &a->bayes);
    save_number(s, &a->decoy);
    nj_saved_u64(s, &a->frozen_targets);
    save_time(s, &a->frozen_us);
}
