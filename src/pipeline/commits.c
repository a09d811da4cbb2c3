/* SPDX-License-Identifier: Apache-2.0 */
/* What was handed on becomes durable, with the record of its input. */
#include "pipeline/internal.h"

#include <string.h>

/* Everything handed on so far becomes durable with this record (NULL: with none). */
int commit_send(struct pipeline *pl, const struct store_input *record, struct nj_err *err)
{
    struct commit *commit = &pl->batch->commit;

    commit->has_input = record != NULL;
    if (record != NULL)
        commit->input = *record;
    commit->last_seq = pl->last_seq;
    commit->state = ++pl->states;
    if (store_write_state(pl->options.store, commit->state, stages_save, pl, err) < 0)
        return -1;
    pl->batch->has_commit = true;
    pl->uncommitted = 0;
    return stages_send(pl, err);
}

/* Wait until the catalog knows all that was handed on. */
int commit_settle(struct pipeline *pl, struct nj_err *err)
{
    pl->recent_count = 0;
    return storer_settle(pl->storer, err);
}

/* Before the catalog is asked for an input that may be one of this run. */
int commit_settle_if_recent(struct pipeline *pl, const struct known_head *head,
                            struct nj_err *err)
{
    for (size_t i = 0; i < pl->recent_count; i++)
        if (known_head_begins(head, pl->recent[i].head_length, pl->recent[i].head_digest))
            return commit_settle(pl, err);
    return 0;
}

/* The last input's commit waits until it is known whether another input follows, so that the
 * visits that the end of a run closes are in it. */
int commit_pending(struct pipeline *pl, struct nj_err *err)
{
    if (!pl->has_pending)
        return 0;
    pl->has_pending = false;
    if (pl->recent_count == RECENT_INPUTS && commit_settle(pl, err) < 0)
        return -1;
    pl->recent[pl->recent_count].head_length = pl->pending.head_length;
    pl->recent[pl->recent_count++].head_digest = pl->pending.head_digest;
    return commit_send(pl, &pl->pending, err);
}

int commit_so_far(struct pipeline *pl, struct source_input *input, struct nj_err *err)
{
    input_record(pl, input);
    return commit_send(pl, &input->record, err);
}
