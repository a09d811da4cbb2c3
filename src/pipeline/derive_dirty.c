/* SPDX-License-Identifier: Apache-2.0 */
/* The history of scores waits here to be written; and what the tables of sources and scores
 * tell once for many changes. */
#include <stdlib.h>

#include "pipeline/derive_state.h"

int derive_dirty_new(struct derive *d, struct nj_err *err)
{
    d->moments = malloc(DIRTY_BYTES);
    d->order = malloc(DIRTY_MOMENTS * sizeof(const struct derived_moment *));
    return d->moments == NULL || d->order == NULL
               ? nj_fail(err, NJ_NOMEM, "no memory for the later stages")
               : 0;
}

void derive_dirty_free(struct derive *d)
{
    free(d->moments);
    free(d->order);
}

void derive_dirty_clear(struct derive *d)
{
    d->moment_count = 0;
    d->moment_bytes = 0;
}

static int by_source(const void *a, const void *b)
{
    const struct derived_moment *left = *(const struct derived_moment *const *)a;
    const struct derived_moment *right = *(const struct derived_moment *const *)b;
    int order = addr_compare(left->src, right->src);

    return order != 0 ? order : (left->at_us > right->at_us) - (left->at_us < right->at_us);
}

static int flush_moments(struct derive *d, struct nj_err *err)
{
    if (d->moment_count > 0)
        qsort(d->order, d->moment_count, sizeof(const struct derived_moment *), by_source);
    for (uint32_t i = 0; i < d->moment_count; i++)
        if (derived_history(d->derived, d->mark.checkpoint, d->order[i], err) < 0)
            return -1;
    derive_dirty_clear(d);
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

    if ((d->moment_count == DIRTY_MOMENTS || d->moment_bytes + sizeof(*moment) > DIRTY_BYTES) &&
        flush_moments(d, err) < 0)
        return -1;
    moment = (struct derived_moment *)(void *)(d->moments + d->moment_bytes);
    moment->src = suspect->src;
    moment->at_us = receipt->at_us;
    moment->grade = (uint8_t)suspect->grade;
    moment->state_size = (uint8_t)risk_state_pack(&suspect->state, moment->bytes);
    moment->fact_size = 0;
    if (receipt->line_count > 0 && receipt->lines[0].group != RISK_CAP_LINE)
        moment->fact_size = (uint16_t)risk_fact_pack(&receipt->lines[0].fact,
                                                     moment->bytes + moment->state_size);
    d->order[d->moment_count++] = moment;
    d->moment_bytes += derived_moment_size(moment);
    return 0;
}
