/* SPDX-License-Identifier: Apache-2.0 */
/* Episodes and scores wait here to be written, by id and by source. A slot of an index is found
 * with a number of the process's own, since senders choose their addresses; nothing that is
 * stored depends on it. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "pipeline/derive_state.h"

/* A struct suspect without the lines of its receipt that are not used. */
struct dirty_suspect {
    uint32_t room; /* lines */
    enum risk_level previous_level;
    int64_t changed_us;
    enum grade grade;
    char grade_reason[sizeof(((struct suspect *)0)->reason.text)];
    char stage[sizeof(((struct suspect *)0)->stage)];
    char technique[sizeof(((struct suspect *)0)->technique)];
    struct receipt receipt; /* the last member: allocated up to its last line */
};

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
    d->scores = calloc(DIRTY_SCORES, sizeof(*d->scores));
    if (d->episodes == NULL || d->scores == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the later stages");
    return index_new(&d->episode_index, DIRTY_EPISODES, err) < 0
               ? -1
               : index_new(&d->score_index, DIRTY_SCORES, err);
}

void derive_dirty_free(struct derive *d)
{
    for (uint32_t i = 0; d->scores != NULL && i < DIRTY_SCORES; i++)
        free(d->scores[i].suspect);
    free(d->scores);
    free(d->episodes);
    free(d->episode_index.slots);
    free(d->score_index.slots);
}

void derive_dirty_clear(struct derive *d)
{
    index_clear(&d->episode_index);
    index_clear(&d->score_index);
}

/* ---- writing -------------------------------------------------------------------------------
 */

static struct derived_score stored_score(const struct dirty_score *score)
{
    const struct dirty_suspect *suspect = score->suspect;

    return (struct derived_score){
        .src = score->src,
        .receipt = &suspect->receipt,
        .previous_level = suspect->previous_level,
        .changed_us = suspect->changed_us,
        .grade = suspect->grade,
        .grade_reason = suspect->grade_reason,
        .stage = suspect->stage,
        .technique = suspect->technique,
        .told = score->told,
    };
}

static int flush_episodes(struct derive *d, struct nj_err *err)
{
    for (uint32_t i = 0; i < d->episode_index.count; i++)
        if (derived_episode(d->derived, d->mark.checkpoint, &d->episodes[i], d->names, err) < 0)
            return -1;
    index_clear(&d->episode_index);
    return 0;
}

static int flush_scores(struct derive *d, struct nj_err *err)
{
    for (uint32_t i = 0; i < d->score_index.count; i++) {
        struct derived_score score = stored_score(&d->scores[i]);

        if (derived_score(d->derived, d->mark.checkpoint, &score, err) < 0)
            return -1;
    }
    index_clear(&d->score_index);
    return 0;
}

int derive_flush(struct derive *d, struct nj_err *err)
{
    return flush_episodes(d, err) < 0 ? -1 : flush_scores(d, err);
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

/* The entry of a source, with what is stored when it is new here. */
static int find_score(struct derive *d, struct addr src, struct dirty_score **ret,
                      enum risk_level *ret_before, struct nj_err *err)
{
    struct dirty_index *index = &d->score_index;
    uint32_t slot = first_slot(d, index, src.hi, src.lo);
    struct dirty_score *score;

    for (; index->slots[slot] != 0; slot = (slot + 1) % (index->max * 2)) {
        score = &d->scores[index->slots[slot] - 1];
        if (addr_equal(score->src, src)) {
            *ret_before = score->suspect->receipt.level;
            *ret = score;
            return 0;
        }
    }
    if (index->count == index->max) {
        if (flush_scores(d, err) < 0)
            return -1;
        slot = first_slot(d, index, src.hi, src.lo);
    }
    score = &d->scores[index->count];
    score->src = src;
    score->told = 0;
    *ret_before = RISK_LEVELS;
    if (derived_score_known(d->derived, src, ret_before, &score->told, err) < 0)
        return -1;
    *ret = score;
    index->slots[slot] = index->count + 1;
    return 0;
}

static int fill_score(struct dirty_score *score, const struct suspect *suspect,
                      struct nj_err *err)
{
    const struct receipt *receipt = &suspect->receipt;
    struct dirty_suspect *kept = score->suspect;
    size_t size =
        offsetof(struct receipt, lines) + receipt->line_count * sizeof(*receipt->lines);

    if (kept == NULL || kept->room < receipt->line_count) {
        kept = realloc(kept, offsetof(struct dirty_suspect, receipt) + size);
        if (kept == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a receipt");
        score->suspect = kept;
        kept->room = receipt->line_count;
    }
    kept->previous_level = suspect->previous_level;
    kept->changed_us = suspect->changed_us;
    kept->grade = suspect->grade;
    memcpy(kept->grade_reason, suspect->reason.text, sizeof(kept->grade_reason));
    memcpy(kept->stage, suspect->stage, sizeof(kept->stage));
    memcpy(kept->technique, suspect->technique, sizeof(kept->technique));
    memcpy((uint8_t *)kept + offsetof(struct dirty_suspect, receipt), receipt, size);
    return 0;
}

int derive_keep_score(struct derive *d, const struct suspect *suspect,
                      enum risk_level *ret_before, struct nj_err *err)
{
    const struct receipt *receipt = &suspect->receipt;
    struct dirty_score *score;
    struct derived_score history;
    double moved;

    if (find_score(d, suspect->src, &score, ret_before, err) < 0 ||
        fill_score(score, suspect, err) < 0)
        return -1;
    if (score == &d->scores[d->score_index.count])
        d->score_index.count++;
    moved = receipt->score - score->told;
    if (receipt->level == *ret_before && moved < HISTORY_POINTS && moved > -HISTORY_POINTS)
        return 0;
    score->told = receipt->score;
    history = stored_score(score);
    return derived_history(d->derived, d->mark.checkpoint, &history, err);
}
