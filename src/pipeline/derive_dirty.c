/* SPDX-License-Identifier: Apache-2.0 */
/* Episodes and the history of scores wait here to be written. An episode is found by its id. A
 * slot of an index is found with a number of the process's own, since senders choose their
 * addresses; nothing that is stored depends on it. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "pipeline/derive_state.h"

/* ---- places --------------------------------------------------------------------------------
 */

static int index_new(struct dirty_index *index, uint32_t max, struct nj_err *err)
{
    index->max = max;
    index->slots = calloc((size_t)max * 2, sizeof(*index->slots));
    return index->slots == NULL ? nj_fail(err, NJ_NOMEM, "no memory for the later stages") : 0;
}

static void index_clear(struct dirty_index *index)
{
    index->count = 0;
    if (index->slots != NULL)
        memset(index->slots, 0, (size_t)index->max * 2 * sizeof(*index->slots));
}

static uint32_t first_slot(const struct derive *d, const struct dirty_index *index,
                           uint64_t high, uint64_t low)
{
    uint64_t mixed = (high ^ d->dirty_key[0]) * UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ mixed >> 32 ^ low ^ d->dirty_key[1]) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(mixed >> 32) % (index->max * 2);
}

int derive_dirty_new(struct derive *d, struct nj_err *err)
{
    if (getrandom(d->dirty_key, sizeof(d->dirty_key), 0) != (ssize_t)sizeof(d->dirty_key))
        return nj_fail(err, NJ_IO, "no random numbers");
    d->episodes = calloc(DIRTY_EPISODES, sizeof(*d->episodes));
    d->moments = malloc(DIRTY_MOMENTS * sizeof(*d->moments));
    if (d->episodes == NULL || d->moments == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the later stages");
    return index_new(&d->episode_index, DIRTY_EPISODES, err);
}

void derive_dirty_free(struct derive *d)
{
    free(d->moments);
    free(d->episodes);
    free(d->episode_index.slots);
}

void derive_dirty_clear(struct derive *d)
{
    index_clear(&d->episode_index);
    d->moment_count = 0;
}

/* ---- writing -------------------------------------------------------------------------------
 */

static int flush_episodes(struct derive *d, struct nj_err *err)
{
    for (uint32_t i = 0; i < d->episode_index.count; i++)
        if (derived_episode(d->derived, d->mark.checkpoint, &d->episodes[i], d->names, err) < 0)
            return -1;
    index_clear(&d->episode_index);
    return 0;
}

static int by_source(const void *a, const void *b)
{
    const struct derived_moment *left = a, *right = b;
    int order = addr_compare(left->src, right->src);

    return order != 0 ? order : (left->at_us > right->at_us) - (left->at_us < right->at_us);
}

static int flush_moments(struct derive *d, struct nj_err *err)
{
    qsort(d->moments, d->moment_count, sizeof(*d->moments), by_source);
    for (uint32_t i = 0; i < d->moment_count; i++)
        if (derived_history(d->derived, d->mark.checkpoint, &d->moments[i], err) < 0)
            return -1;
    d->moment_count = 0;
    return 0;
}

int derive_flush(struct derive *d, struct nj_err *err)
{
    const struct score_sink scores = {.state = derive_on_state, .ctx = d};

    return flush_episodes(d, err) < 0 || flush_moments(d, err) < 0
               ? -1
               : score_table_flush(d->score, &scores, err);
}

/* ---- keeping -------------------------------------------------------------------------------
 */

int derive_keep_episode(struct derive *d, const struct episode *episode, struct nj_err *err)
{
    struct dirty_index *index = &d->episode_index;
    uint32_t slot = first_slot(d, index, 0, episode->id);

    for (; index->slots[slot] != 0; slot = (slot + 1) % (index->max * 2)) {
        struct episode *known = &d->episodes[index->slots[slot] - 1];

        if (known->id == episode->id) {
            *known = *episode;
            return 0;
        }
    }
    if (index->count == index->max) {
        if (flush_episodes(d, err) < 0)
            return -1;
        slot = first_slot(d, index, 0, episode->id);
    }
    d->episodes[index->count++] = *episode;
    index->slots[slot] = index->count;
    return 0;
}

int derive_keep_moment(struct derive *d, const struct suspect *suspect, struct nj_err *err)
{
    const struct receipt *receipt = &suspect->receipt;
    struct derived_moment *moment;

    if (d->moment_count == DIRTY_MOMENTS && flush_moments(d, err) < 0)
        return -1;
    moment = &d->moments[d->moment_count++];
    moment->src = suspect->src;
    moment->at_us = receipt->at_us;
    moment->changed_us = suspect->changed_us;
    moment->risk = receipt->score;
    moment->level = (uint8_t)receipt->level;
    moment->previous_level = (uint8_t)suspect->previous_level;
    moment->grade = (uint8_t)suspect->grade;
    risk_state_pack(&suspect->state, moment->state);
    (void)snprintf(moment->reason, sizeof(moment->reason), "%s",
                   receipt->line_count > 0 ? receipt->lines[0].text : "");
    return 0;
}
