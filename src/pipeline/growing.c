/* SPDX-License-Identifier: Apache-2.0 */
/* An input that grows while it is read: a log that is followed, a journal. */
#include "pipeline/internal.h"

#include <stdlib.h>
#include <string.h>

#define TAKE_ROWS 8192 /* before the caller is asked again */

struct growing {
    struct source_input input;
    struct store_counts opened; /* the input's counts when it was opened */
    bool dirty;                 /* something was read since the last commit */
    bool known, copy;
};

int pipeline_open(struct pipeline *pl, const char *path, const char *as, bool over,
                  int64_t after_us, struct growing **ret_growing, struct ingest_result *ret,
                  struct nj_err *err)
{
    struct growing *growing = calloc(1, sizeof(*growing));
    struct nj_err why = {0};
    int rc;

    if (growing == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %s", path);
    growing->input.before = *visit_table_counts(pl->visits);
    rc =
        input_open(pl, path, as != NULL ? as : pl->options.as, after_us, &growing->input, &why);
    if (rc == 0 && growing->input.log == NULL && !pl->options.journal)
        rc = nj_fail(&why, NJ_FORMAT, "is a capture: only logs can be followed");
    else if (rc == 0 && !over && !nj_stream_again(growing->input.stream))
        rc = nj_fail(&why, NJ_FORMAT, "is packed: it can't be followed");
    if (rc < 0) {
        memset(ret, 0, sizeof(*ret));
        (void)snprintf(ret->input, sizeof(ret->input), "%s", path);
        (void)snprintf(ret->note, sizeof(ret->note), "%s", why.msg);
        ret->failed = true;
        input_close(&growing->input);
        free(growing);
        return PIPELINE_REFUSED;
    }
    growing->opened = growing->input.base;
    growing->known = growing->input.record.id != 0 || growing->input.record.position > 0;
    growing->copy = !growing->known && growing->input.log != NULL &&
                    growing->input.alike > log_position(growing->input.log).offset;
    *ret_growing = growing;
    return 0;
}

/* Sessions and visits are counted by their table, which others use between two rounds. */
static void fold_counts(struct pipeline *pl, struct source_input *input)
{
    const struct visit_table_counts *now = visit_table_counts(pl->visits);

    input->base.sessions += now->sessions - input->before.sessions;
    input->base.visits += now->parts - input->before.parts;
    input->before = *now;
}

/* Frames that stand there now. @return as pipeline_take */
static int take_frames(struct pipeline *pl, struct growing *growing, struct nj_err *err)
{
    struct source_input *input = &growing->input;
    uint64_t offset = nj_stream_offset(input->stream), before = input->packets;
    struct frame frames[PIPELINE_ROUND];
    struct nj_err why = {0};
    size_t count;
    int rc = READER_END;

    input->before = *visit_table_counts(pl->visits);
    if (reader_again(input->reader))
        while ((rc = reader_read(input->reader, frames, PIPELINE_ROUND, &count, &why)) == 0) {
            if (input_frames(pl, input, frames, count, err) < 0)
                return -1;
            if (input->packets - before >= TAKE_ROWS)
                break;
        }
    growing->dirty |= nj_stream_offset(input->stream) > offset;
    input_record(pl, input);
    fold_counts(pl, input);
    if (rc < 0) {
        (void)snprintf(input->record.note, sizeof(input->record.note), "%s", why.msg);
        return PIPELINE_REFUSED;
    }
    input_note(input);
    return rc == READER_END ? 0 : PIPELINE_MORE;
}

int pipeline_hand_on(struct pipeline *pl, struct nj_err *err)
{
    return pl->batch->visit_count + pl->batch->trait_count == 0 ? 0 : stages_send(pl, err);
}

uint64_t pipeline_uncommitted(const struct pipeline *pl)
{
    return pl->uncommitted;
}

struct store_counts growing_counts(const struct growing *growing)
{
    return growing->input.record.counts;
}

int pipeline_take(struct pipeline *pl, struct growing *growing, bool final, struct nj_err *err)
{
    struct source_input *input = &growing->input;
    uint64_t offset = nj_stream_offset(input->stream), before = input->packets;
    struct nj_err why = {0};
    size_t count;
    int rc;

    if (input->reader != NULL)
        return take_frames(pl, growing, err);
    input->before = *visit_table_counts(pl->visits);
    (void)nj_stream_again(input->stream);
    log_wait(input->log, !final);
    while ((rc = log_read(input->log, pl->round, PIPELINE_ROUND, &count, &why)) == 0) {
        if (input_rows(pl, input, count, err) < 0)
            return -1;
        if (input_nothing_ahead(input) && input->packets - before >= TAKE_ROWS)
            break;
    }
    growing->dirty |= input->packets > before || nj_stream_offset(input->stream) > offset;
    input_record(pl, input);
    fold_counts(pl, input);
    input_progress(pl, input, before);
    if (rc < 0) {
        (void)snprintf(input->record.note, sizeof(input->record.note), "%s", why.msg);
        return PIPELINE_REFUSED;
    }
    return rc == LOG_END ? 0 : PIPELINE_MORE;
}

int pipeline_commit(struct pipeline *pl, struct growing *growing, struct nj_err *err)
{
    struct store_input *record = &growing->input.record;

    if (!growing->dirty)
        return 0;
    record->complete = true;
    if (commit_send(pl, record, err) < 0 || commit_settle(pl, err) < 0)
        return -1;
    record->id = storer_last_id(pl->storer);
    growing->dirty = false;
    return 0;
}

bool growing_is_known(const struct growing *growing)
{
    return growing->known;
}

bool growing_is_copy(const struct growing *growing)
{
    return growing->copy;
}

bool growing_begins(const struct growing *growing, const char *path)
{
    const struct known_head *ours = &growing->input.head;
    struct nj_stream *stream = NULL;
    struct known_head head;
    bool begins = nj_stream_open(path, &stream, NULL) == 0 &&
                  known_head_read(stream, &head, NULL) == 0 && head.length >= ours->length &&
                  memcmp(head.bytes, ours->bytes, ours->length) == 0;

    nj_stream_free(stream);
    return begins;
}

uint64_t growing_offset(const struct growing *growing)
{
    return nj_stream_offset(growing->input.stream);
}

int64_t growing_last_us(const struct growing *growing)
{
    return growing->input.record.last_us;
}

const char *growing_format(const struct growing *growing)
{
    return growing->input.record.format;
}

void pipeline_close(struct pipeline *pl, struct growing *growing, struct ingest_result *ret)
{
    if (growing == NULL)
        return;
    if (ret != NULL) {
        memset(ret, 0, sizeof(*ret));
        (void)snprintf(ret->input, sizeof(ret->input), "%s", growing->input.record.name);
        growing->input.base = growing->opened;
        input_result(&growing->input, visit_table_counts(pl->visits), ret);
        ret->own = 0;
        ret->already_known = ret->counts.packets == 0 && growing->known;
    }
    input_close(&growing->input);
    free(growing);
}
