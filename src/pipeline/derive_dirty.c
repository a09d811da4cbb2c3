/* SPDX-License-Identifier: Apache-2.0 */
/* The history of scores waits here to be written; and what the tables of sources and scores
 * tell once for many changes. */
#include <stdlib.h>

#include "pipeline/derive_state.h"

int derive_dirty_new(struct derive *d, struct nj_err *err)
{
    d->moments = malloc(DIRTY_MOMENTS * sizeof(*d->moments));
    return d->moments == NULL ? nj_fail(err, NJ_NOMEM, "no memory for the later stages") : 0;
}

void derive_dirty_free(struct derive *d)
{
    free(d->moments);
}

void derive_dirty_clear(struct derive *d)
{
    d->moment_count = 0;
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
        if (derived_history(d->derived, &d->moments[i], err) < 0)
            return -1;
    d->moment_count = 0;
    return 0;
}

int derive_flush(struct derive *d, struct nj_err *err)
{
    const struct score_sink scores = {.state = derive_on_state, .ctx = d};

    return source_table_flush(d->source, derive_on_episode_state, d, err) < 0 ||
                   flush_moments(d, err) < 0
               ? -1
               : score_table_flush(d->score, &scores, err);
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
    moment->state_size = (uint8_t)risk_state_pack(&suspect->state, moment->state);
    (void)snprintf(moment->reason, sizeof(moment->reason), "%s",
                   receipt->line_count > 0 ? receipt->lines[0].text : "");
    return 0;
}
