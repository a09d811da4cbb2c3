/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "capture/reader.h"
#include "classify/classify.h"
#include "classify/payload_rules.h"
#include "classify/trw.h"
#include "decode/decode.h"
#include "decode/fragment.h"
#include "decode/tunnel.h"
#include "fingerprint/fingerprint.h"
#include "order/order.h"
#include "pipeline/known.h"
#include "pipeline/sensors.h"
#include "pipeline/storer.h"
#include "relation/relation.h"
#include "sample/sampler.h"
#include "visit/visit_table.h"

/* Frames per round: enough for the tables' cache lines to arrive before they are used, few
 * enough for the packets to stay in the first-level cache. */
#define ROUND 32

#define NAMES_MAX (1u << 18)
#define TAKE_ROWS 8192            /* of a growing log, before its caller is asked again */
#define PROGRESS_EVERY (1u << 18) /* packets */
#define RECENT_INPUTS 64

struct pipeline {
    struct pipeline_options options;
    struct nj_intern *names;
    struct sensors *sensors;
    struct app *apps;
    struct payload_rules *payload_rules; /* NULL: none */
    struct classifier *classifier;
    struct fragment_table *fragments;
    struct fingerprint *fingerprints;
    struct relations *relations;
    struct order_table *orders;
    struct trw *walks; /* NULL: no sensor has lit prefixes */
    struct visit_table *visits;
    struct sampler *sampler;
    struct queue *queue;
    struct batch *batch; /* being filled */
    struct storer *storer;
    uint64_t uncommitted; /* rows handed on since the last commit */
    uint64_t last_seq;    /* number of the last part handed on, over all runs and sensors */
    int64_t handed_ns;    /* when the last part of this run was handed on */
    struct store_input pending; /* an input that was read to its end and waits for its commit */
    bool has_pending;
    struct { /* inputs whose commits may still be on their way to the catalog */
        uint64_t head_length, head_digest;
    } recent[RECENT_INPUTS];
    size_t recent_count;
    struct pipeline_totals totals;
    struct packet round[ROUND];
    char users[ROUND][VISIT_USER_MAX]; /* names that packets of the round borrow */
};

/* What is being read, and what is known of it so far. */
struct source_input {
    struct nj_stream *stream;
    struct reader *reader; /* captures */
    struct log *log;       /* logs */
    struct known_head head;
    struct store_input record;
    struct visit_table_counts before;
    struct store_counts base; /* counts of the input's earlier runs */
    uint64_t packets, decode_truncated, decode_malformed, decode_unsupported, refused;
    int64_t first_ns, last_ns;
};

/* ---- parts and traits to the queue
 * --------------------------------------------------------------- */

static int send_batch(struct pipeline *pl, struct nj_err *err)
{
    queue_send(pl->queue, pl->batch);
    pl->batch = queue_empty(pl->queue);
    return pl->batch == NULL ? storer_error(pl->storer, err) : 0;
}

static int on_visit(void *ctx, const struct visit *visit, struct nj_err *err)
{
    struct pipeline *pl = ctx;
    struct visit *to = &pl->batch->visits[pl->batch->visit_count++];

    /* the payload and user arrays are mostly empty: copy what is used */
    memcpy(to, visit, offsetof(struct visit, payload));
    memcpy(to->payload, visit->payload, visit->payload_length);
    memcpy(to->user, visit->user, visit->user_length);
    to->seq = ++pl->last_seq;
    pl->handed_ns = visit->handed_ns;
    pl->uncommitted++;
    return pl->batch->visit_count == BATCH_ROWS ? send_batch(pl, err) : 0;
}

static int on_trait(void *ctx, const struct trait *trait, struct nj_err *err)
{
    struct pipeline *pl = ctx;

    struct trait *to = &pl->batch->traits[pl->batch->trait_count++];

    /* a statement at the end of an episode is made when its silence was noticed: no trait is
     * older than the rows that were handed on before it (store/replay.h) */
    *to = *trait;
    if (to->time_ns < pl->handed_ns)
        to->time_ns = pl->handed_ns;
    return pl->batch->trait_count == BATCH_ROWS ? send_batch(pl, err) : 0;
}

static int on_sample(void *ctx, const struct sample *sample, struct nj_err *err)
{
    struct pipeline *pl = ctx;
    size_t at = pl->batch->sample_count++;
    struct sample *to = &pl->batch->samples[at];

    *to = *sample;
    to->bytes = memcpy(pl->batch->sample_bytes[at], sample->bytes, sample->captured);
    return pl->batch->sample_count == BATCH_SAMPLES ? send_batch(pl, err) : 0;
}

/* ---- commits
 * ----------------------------------------------------------------------------------------- */

static int save_state(struct pipeline *pl, struct commit *commit, struct nj_err *err)
{
    FILE *out = open_memstream(&commit->snapshot, &commit->snapshot_size);
    int rc;

    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a snapshot");
    rc = visit_table_save(pl->visits, pl->names, out, err);
    if (rc == 0)
        rc = fingerprint_save(pl->fingerprints, out, err);
    if (rc == 0)
        rc = order_save(pl->orders, out, err);
    if (rc == 0)
        rc = fragment_table_save(pl->fragments, out, err);
    if (rc == 0)
        rc = app_save(pl->apps, out, err);
    if (rc == 0)
        rc = sampler_save(pl->sampler, out, err);
    if (rc == 0)
        rc = relations_save(pl->relations, out, err);
    if (rc == 0)
        rc = trw_save(pl->walks, out, err);
    if (fclose(out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a snapshot");
    if (rc < 0) {
        free(commit->snapshot);
        commit->snapshot = NULL;
    }
    return rc;
}

static int load_state(struct pipeline *pl, const char *stream, struct nj_err *err)
{
    FILE *in = NULL;
    int rc = store_snapshot(pl->options.store, stream, &in, err);

    if (rc == STORE_NO_SNAPSHOT)
        return 0;
    if (rc == 0)
        rc = visit_table_load(pl->visits, pl->names, in, err);
    if (rc == 0)
        rc = fingerprint_load(pl->fingerprints, in, err);
    if (rc == 0)
        rc = order_load(pl->orders, in, err);
    if (rc == 0)
        rc = fragment_table_load(pl->fragments, in, err);
    if (rc == 0)
        rc = app_load(pl->apps, in, err);
    if (rc == 0)
        rc = sampler_load(pl->sampler, in, err);
    if (rc == 0)
        rc = relations_load(pl->relations, in, err);
    if (rc == 0)
        rc = trw_load(pl->walks, in, err);
    if (in != NULL)
        (void)fclose(in);
    return rc < 0 ? nj_within(err, "state of sensor %s", stream) : 0;
}

/* Bring the input's record up to date with what has been read. */
static void update_record(struct pipeline *pl, struct source_input *input)
{
    const struct visit_table_counts *now = visit_table_counts(pl->visits);
    struct store_input *record = &input->record;
    struct store_counts *counts = &record->counts;

    *counts = input->base;
    counts->packets += input->packets;
    counts->sessions += now->sessions - input->before.sessions;
    counts->visits += now->parts - input->before.parts;
    counts->truncated += input->decode_truncated;
    counts->malformed += input->decode_malformed;
    counts->unsupported += input->decode_unsupported;
    counts->refused += input->refused;
    if (input->reader != NULL) {
        const struct reader_counts *reader = reader_counts(input->reader);

        counts->truncated += reader->truncated;
        counts->malformed += reader->malformed;
        counts->unsupported += reader->unsupported;
        record->position = nj_stream_offset(input->stream);
    }
    if (input->log != NULL) {
        struct log_counts rows = log_counts(input->log);
        struct log_position position = log_position(input->log);

        counts->malformed += rows.malformed;
        counts->unsupported += rows.unsupported;
        record->position = position.offset;
        record->line = position.line;
    }
    record->digest = nj_stream_digest(input->stream);
    if (input->packets > 0) {
        int64_t first_us = input->first_ns / 1000, last_us = input->last_ns / 1000;

        if (record->first_us == 0 || first_us < record->first_us)
            record->first_us = first_us;
        if (record->last_us == 0 || last_us > record->last_us)
            record->last_us = last_us;
    }
}

/* Everything handed on so far becomes durable with this record (NULL: with none). */
static int send_commit(struct pipeline *pl, const struct store_input *record,
                       struct nj_err *err)
{
    struct commit *commit = &pl->batch->commit;

    commit->has_input = record != NULL;
    if (record != NULL)
        commit->input = *record;
    commit->last_seq = pl->last_seq;
    if (save_state(pl, commit, err) < 0)
        return -1;
    pl->batch->has_commit = true;
    pl->uncommitted = 0;
    return send_batch(pl, err);
}

/* Wait until the catalog knows all that was handed on. */
static int settle(struct pipeline *pl, struct nj_err *err)
{
    pl->recent_count = 0;
    return queue_drain(pl->queue) ? 0 : storer_error(pl->storer, err);
}

/* Before the catalog is asked for an input that may be one of this run. */
static int settle_if_recent(struct pipeline *pl, const struct known_head *head,
                            struct nj_err *err)
{
    for (size_t i = 0; i < pl->recent_count; i++)
        if (known_head_begins(head, pl->recent[i].head_length, pl->recent[i].head_digest))
            return settle(pl, err);
    return 0;
}

/* The last input's commit waits until it is known whether another input follows, so that the
 * visits that the end of a run closes are in it. */
static int commit_pending(struct pipeline *pl, struct nj_err *err)
{
    if (!pl->has_pending)
        return 0;
    pl->has_pending = false;
    if (pl->recent_count == RECENT_INPUTS && settle(pl, err) < 0)
        return -1;
    pl->recent[pl->recent_count].head_length = pl->pending.head_length;
    pl->recent[pl->recent_count++].head_digest = pl->pending.head_digest;
    return send_commit(pl, &pl->pending, err);
}

static int commit_so_far(struct pipeline *pl, struct source_input *input, struct nj_err *err)
{
    update_record(pl, input);
    return send_commit(pl, &input->record, err);
}

/* ---- packets
 * ----------------------------------------------------------------------------------------- */

/* Who scans hosts, where hosts are. */
static int walk_packet(struct pipeline *pl, const struct packet *packet, struct nj_err *err)
{
    enum sensor_place src, dst;

    if (pl->walks == NULL || !sensors_places(pl->sensors, packet, &src, &dst))
        return 0;
    return trw_add(pl->walks, packet, src, dst, err);
}

/* The way of a round of packets that know their sensor: fingerprint, relation, order, walk,
 * sample, visit. */
static int process(struct pipeline *pl, struct packet *packets, size_t count,
                   struct nj_err *err)
{
    for (size_t i = 0; i < count; i++) {
        fingerprint_prepare(pl->fingerprints, &packets[i]);
        visit_table_prefetch(pl->visits, &packets[i]);
        sampler_prefetch(pl->sampler, &packets[i]);
        order_prefetch(pl->orders, &packets[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (fingerprint_add(pl->fingerprints, &packets[i], err) < 0 ||
            relations_add(pl->relations, &packets[i], err) < 0 ||
            order_add(pl->orders, &packets[i], err) < 0 ||
            walk_packet(pl, &packets[i], err) < 0 ||
            sampler_add(pl->sampler, &packets[i], err) < 0)
            return -1;
        if (visit_table_add(pl->visits, &packets[i], sensors_gather_s(pl->sensors, &packets[i]),
                            err) < 0)
            return -1;
    }
    return 0;
}

static void note_time(struct source_input *input, int64_t time_ns)
{
    if (input->packets++ == 0) {
        input->first_ns = time_ns;
        input->last_ns = time_ns;
    }
    if (time_ns < input->first_ns)
        input->first_ns = time_ns;
    if (time_ns > input->last_ns)
        input->last_ns = time_ns;
}

static void judge_checksum(struct pipeline *pl, struct packet *packet)
{
    if (!pl->options.judge_checksums)
        packet->bad_checksum = false;
    pl->totals.packets++;
    pl->totals.bad_checksums += packet->bad_checksum && packet->direction == DIRECTION_IN;
}

static int on_frames(struct pipeline *pl, struct source_input *input,
                     const struct frame *frames, size_t frame_count, struct nj_err *err)
{
    size_t count = 0;

    for (size_t i = 0; i < frame_count; i++) {
        struct packet *packet = &pl->round[count];
        enum decode_result result;

        if (pl->options.journal && frames[i].captured == 0) {
            if (process(pl, pl->round, count, err) < 0 ||
                visit_table_tick(pl->visits, frames[i].time_ns, err) < 0)
                return -1;
            count = 0;
            continue;
        }
        result = decode(&frames[i], packet);
        note_time(input, frames[i].time_ns);
        if (result != DECODE_OK) { /* counted, not an error */
            input->decode_truncated += result == DECODE_TRUNCATED;
            input->decode_malformed += result == DECODE_MALFORMED;
            input->decode_unsupported += result == DECODE_UNSUPPORTED;
            continue;
        }
        if (pl->options.tunnels != 0)
            (void)tunnel_unwrap(pl->options.tunnels, packet);
        if (!sensors_assign(pl->sensors, packet)) {
            input->refused++;
            continue;
        }
        judge_checksum(pl, packet);
        if (packet->fragment || packet->first_fragment)
            fragment_table_add(pl->fragments, packet);
        if (app_read(pl->apps, packet, pl->users[count], err) < 0)
            return -1;
        classify(pl->classifier, packet);
        count++;
    }
    return process(pl, pl->round, count, err);
}

static void progress(struct pipeline *pl, const struct source_input *input, uint64_t before)
{
    uint64_t done, total;

    if (pl->options.progress == NULL ||
        before / PROGRESS_EVERY == input->packets / PROGRESS_EVERY)
        return;
    nj_stream_progress(input->stream, &done, &total);
    pl->options.progress(pl->options.progress_ctx, input->record.name, done, total,
                         input->packets);
}

static int read_capture(struct pipeline *pl, struct source_input *input,
                        struct nj_err *read_err, struct nj_err *err)
{
    struct frame frames[ROUND];
    size_t count;
    int rc;

    while ((rc = reader_read(input->reader, frames, ROUND, &count, read_err)) == 0) {
        uint64_t before = input->packets;

        if (on_frames(pl, input, frames, count, err) < 0)
            return -1;
        if (pl->uncommitted >= STORE_COMMIT_ROWS && commit_so_far(pl, input, err) < 0)
            return -1;
        progress(pl, input, before);
    }
    if (rc < 0)
        return 1;
    if (reader_problem(input->reader) != NULL)
        (void)snprintf(input->record.note, sizeof(input->record.note), "%s",
                       reader_problem(input->reader));
    return 0;
}

/* The way of a round of a log's rows. */
static int on_rows(struct pipeline *pl, struct source_input *input, size_t count,
                   struct nj_err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct packet *packet = &pl->round[i];

        note_time(input, packet->time_ns);
        sensors_assign_row(pl->sensors, packet);
        if (app_read(pl->apps, packet, pl->users[i], err) < 0)
            return -1;
        if (packet->rule == 0)
            classify(pl->classifier, packet);
    }
    return process(pl, pl->round, count, err);
}

/* A digest stands for the position in a log only where no row was read ahead. */
static bool nothing_ahead(const struct source_input *input)
{
    return log_position(input->log).offset == nj_stream_offset(input->stream);
}

static int read_log(struct pipeline *pl, struct source_input *input, struct nj_err *read_err,
                    struct nj_err *err)
{
    size_t count;
    int rc;

    while ((rc = log_read(input->log, pl->round, ROUND, &count, read_err)) == 0) {
        uint64_t before = input->packets;

        if (on_rows(pl, input, count, err) < 0)
            return -1;
        if (pl->uncommitted >= STORE_COMMIT_ROWS && nothing_ahead(input) &&
            commit_so_far(pl, input, err) < 0)
            return -1;
        progress(pl, input, before);
    }
    return rc < 0 ? 1 : 0;
}

/* ---- one input
 * ------------------------------------------------------------------------------------- */

/* What the input is: sets reader or the log's format. @return 0; -1 with *err */
static int recognise(struct pipeline *pl, struct source_input *input, const char *as,
                     const struct log_format **ret_format, struct nj_err *err)
{
    int rc;

    *ret_format = NULL;
    if (as == NULL || strcmp(as, "pcap") == 0 || strcmp(as, "pcapng") == 0) {
        rc = reader_open(input->stream, &input->reader, err);
        if (rc <= 0)
            return rc;
        if (as != NULL)
            return nj_fail(err, NJ_FORMAT, "is no capture");
        rc = log_detect(pl->options.formats, input->stream, ret_format, err);
        if (rc == LOG_UNKNOWN)
            return nj_fail(err, NJ_FORMAT,
                           "neither a capture nor a known log (name its format by --as)");
        return rc;
    }
    *ret_format = log_formats_find(pl->options.formats, as);
    if (*ret_format == NULL)
        return nj_fail(err, NJ_CONFIG, "--as %.40s: no such format", as);
    return 0;
}

/* Step over the part that the store has, which ends between two frames. */
static int skip_known(struct source_input *input, uint64_t position, struct nj_err *err)
{
    struct frame frame;
    size_t count;
    int rc = 0;

    while (rc == 0 && nj_stream_offset(input->stream) < position)
        rc = reader_read(input->reader, &frame, 1, &count, err);
    return rc < 0 ? -1 : 0;
}

static int open_log(struct pipeline *pl, struct source_input *input,
                    const struct log_format *format, struct nj_err *err)
{
    struct log_options options = pl->options.log;

    options.start = (struct log_position){
        .offset = input->record.position,
        .line = input->record.line,
        .time_ns = input->record.last_us * 1000,
    };
    return log_open(format, input->stream, &options, pl->names, &input->log, err);
}

/* Open the input and step over what is known. @return 0; -1 with *err: the input is no good */
static int open_input(struct pipeline *pl, const char *path, const char *as,
                      struct source_input *input, struct nj_err *err)
{
    const struct log_format *format;

    if (nj_stream_open(path, &input->stream, err) < 0 ||
        known_head_read(input->stream, &input->head, err) < 0 ||
        recognise(pl, input, as, &format, err) < 0)
        return -1;
    (void)snprintf(input->record.format, sizeof(input->record.format), "%s",
                   format != NULL ? log_format_name(format) : reader_format(input->reader));
    (void)snprintf(input->record.sensor, sizeof(input->record.sensor), "%s",
                   sensors_stream(pl->sensors));
    if (settle_if_recent(pl, &input->head, err) < 0 ||
        known_find(pl->options.store, path, &input->head, &input->record, err) < 0)
        return -1;
    input->base = input->record.counts;
    (void)snprintf(input->record.name, sizeof(input->record.name), "%s", path);
    if (format != NULL ? open_log(pl, input, format, err) < 0
                       : skip_known(input, input->record.position, err) < 0)
        return -1;
    if (input->record.position > 0 && nj_stream_digest(input->stream) != input->record.digest)
        return nj_fail(err, NJ_FORMAT, "begins like a known input but differs from it");
    return 0;
}

static void close_input(struct source_input *input)
{
    reader_free(input->reader);
    log_free(input->log);
    nj_stream_free(input->stream);
}

static void fill_result(const struct source_input *input, const struct visit_table_counts *now,
                        struct ingest_result *ret)
{
    const struct store_counts *total = &input->record.counts, *base = &input->base;

    (void)snprintf(ret->format, sizeof(ret->format), "%s", input->record.format);
    ret->counts = (struct store_counts){
        .packets = total->packets - base->packets,
        .sessions = total->sessions - base->sessions,
        .visits = total->visits - base->visits,
        .truncated = total->truncated - base->truncated,
        .malformed = total->malformed - base->malformed,
        .unsupported = total->unsupported - base->unsupported,
        .refused = total->refused - base->refused,
    };
    ret->own = now->own - input->before.own;
    ret->first_us = input->packets > 0 ? input->first_ns / 1000 : 0;
    ret->last_us = input->packets > 0 ? input->last_ns / 1000 : 0;
    (void)snprintf(ret->note, sizeof(ret->note), "%s", input->record.note);
    if (input->log != NULL) {
        size_t count;
        const struct log_reject *rejects = log_rejects(input->log, &count);

        for (size_t i = 0; i < count && i < sizeof(ret->rejects) / sizeof(ret->rejects[0]); i++)
            (void)snprintf(ret->rejects[ret->reject_count++], sizeof(ret->rejects[0]),
                           "line %llu: %s", (unsigned long long)rejects[i].line,
                           rejects[i].reason);
    }
}

int pipeline_ingest(struct pipeline *pl, const char *path, struct ingest_result *ret,
                    struct nj_err *err)
{
    struct source_input input = {.before = *visit_table_counts(pl->visits)};
    struct nj_err read_err = {0};
    uint64_t known;
    int rc;

    memset(ret, 0, sizeof(*ret));
    if (commit_pending(pl, err) < 0)
        return -1;
    (void)snprintf(ret->input, sizeof(ret->input), "%s", path);
    if (open_input(pl, path, pl->options.as, &input, &read_err) < 0) {
        ret->failed = true;
        (void)snprintf(ret->note, sizeof(ret->note), "%s", read_err.msg);
        close_input(&input);
        return 0;
    }
    known = input.record.position;
    input.record.complete = false;
    rc = input.reader != NULL ? read_capture(pl, &input, &read_err, err)
                              : read_log(pl, &input, &read_err, err);
    if (rc < 0)
        goto out;
    if (rc > 0) { /* what came before the damage counts */
        (void)snprintf(input.record.note, sizeof(input.record.note), "%s", read_err.msg);
        input.decode_truncated++;
    }
    rc = pl->options.close ? visit_table_close(pl->visits, err) : 0;
    if (rc < 0)
        goto out;
    update_record(pl, &input);
    ret->already_known = known > 0 && known == input.record.position;
    if (ret->already_known) /* its damaged end was counted when it was first read */
        input.record.counts = input.base;
    input.record.complete = true;
    fill_result(&input, visit_table_counts(pl->visits), ret);
    pl->pending = input.record;
    pl->has_pending = true;
out:
    close_input(&input);
    return rc;
}

/* ---- a log that grows
 * -------------------------------------------------------------------------------- */

struct growing {
    struct source_input input;
    struct store_counts opened; /* the input's counts when it was opened */
    bool dirty;                 /* something was read since the last commit */
};

int pipeline_open(struct pipeline *pl, const char *path, const char *as,
                  struct growing **ret_growing, struct ingest_result *ret, struct nj_err *err)
{
    struct growing *growing = calloc(1, sizeof(*growing));
    struct nj_err why = {0};
    int rc;

    if (growing == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %s", path);
    growing->input.before = *visit_table_counts(pl->visits);
    rc = open_input(pl, path, as != NULL ? as : pl->options.as, &growing->input, &why);
    if (rc == 0 && growing->input.log == NULL && !pl->options.journal)
        rc = nj_fail(&why, NJ_FORMAT, "is a capture: only logs can be followed");
    else if (rc == 0 && !nj_stream_again(growing->input.stream))
        rc = nj_fail(&why, NJ_FORMAT, "is packed: it can't be followed");
    if (rc < 0) {
        memset(ret, 0, sizeof(*ret));
        (void)snprintf(ret->input, sizeof(ret->input), "%s", path);
        (void)snprintf(ret->note, sizeof(ret->note), "%s", why.msg);
        ret->failed = true;
        close_input(&growing->input);
        free(growing);
        return PIPELINE_REFUSED;
    }
    growing->opened = growing->input.base;
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
    struct frame frames[ROUND];
    struct nj_err why = {0};
    size_t count;
    int rc = READER_END;

    input->before = *visit_table_counts(pl->visits);
    if (reader_again(input->reader))
        while ((rc = reader_read(input->reader, frames, ROUND, &count, &why)) == 0) {
            if (on_frames(pl, input, frames, count, err) < 0)
                return -1;
            if (input->packets - before >= TAKE_ROWS)
                break;
        }
    growing->dirty |= nj_stream_offset(input->stream) > offset;
    update_record(pl, input);
    fold_counts(pl, input);
    if (rc < 0) {
        (void)snprintf(input->record.note, sizeof(input->record.note), "%s", why.msg);
        return PIPELINE_REFUSED;
    }
    if (reader_problem(input->reader) != NULL)
        (void)snprintf(input->record.note, sizeof(input->record.note), "%s",
                       reader_problem(input->reader));
    return rc == READER_END ? 0 : PIPELINE_MORE;
}

int pipeline_hand_on(struct pipeline *pl, struct nj_err *err)
{
    return pl->batch->visit_count + pl->batch->trait_count == 0 ? 0 : send_batch(pl, err);
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
    while ((rc = log_read(input->log, pl->round, ROUND, &count, &why)) == 0) {
        if (on_rows(pl, input, count, err) < 0)
            return -1;
        if (nothing_ahead(input) && input->packets - before >= TAKE_ROWS)
            break;
    }
    growing->dirty |= input->packets > before || nj_stream_offset(input->stream) > offset;
    update_record(pl, input);
    fold_counts(pl, input);
    progress(pl, input, before);
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
    if (send_commit(pl, record, err) < 0 || settle(pl, err) < 0)
        return -1;
    record->id = storer_last_id(pl->storer);
    growing->dirty = false;
    return 0;
}

uint64_t growing_offset(const struct growing *growing)
{
    return nj_stream_offset(growing->input.stream);
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
        fill_result(&growing->input, visit_table_counts(pl->visits), ret);
        ret->own = 0;
        ret->already_known = ret->counts.packets == 0 && growing->opened.packets > 0;
    }
    close_input(&growing->input);
    free(growing);
}

/* ---- the whole
 * --------------------------------------------------------------------------------------- */

int pipeline_finish(struct pipeline *pl, struct ingest_result *last, struct nj_err *err)
{
    uint64_t before = visit_table_counts(pl->visits)->parts;
    uint64_t closed;

    if (visit_table_close(pl->visits, err) < 0)
        return -1;
    closed = visit_table_counts(pl->visits)->parts - before;
    if (last != NULL)
        last->counts.visits += closed;
    pl->pending.counts.visits += closed;
    if (!pl->has_pending && closed > 0 && send_commit(pl, NULL, err) < 0)
        return -1;
    if (commit_pending(pl, err) < 0)
        return -1;
    return settle(pl, err);
}

const struct pipeline_totals *pipeline_totals(struct pipeline *pl)
{
    const struct visit_table_counts *visits = visit_table_counts(pl->visits);

    pl->totals = (struct pipeline_totals){
        .visits_forced = visits->visits_forced,
        .sessions_evicted = visits->sessions_evicted,
        .targets_saturated = visits->targets_saturated,
        .senders_evicted = fingerprint_counts(pl->fingerprints)->senders_evicted,
        .labels_refused = visits->labels_refused,
        .recounted = visits->recounted,
        .stacks_refused = nj_intern_refused(pl->names),
        .fragments_alone = fragment_table_counts(pl->fragments)->alone,
        .fragments_forgotten = fragment_table_counts(pl->fragments)->forgotten,
        .bad_checksums = pl->totals.bad_checksums,
        .packets = pl->totals.packets,
    };
    return &pl->totals;
}

static int make_stages(struct pipeline *pl, struct nj_err *err)
{
    const struct pipeline_options *options = &pl->options;
    struct visit_table_options table = {
        .max_visits = options->max_visits,
        .max_sessions = options->max_sessions,
        .part_s = options->part_s,
        .payload_bytes = options->payload_bytes,
    };

    pl->names = nj_intern_new(NAMES_MAX);
    pl->queue = queue_new();
    pl->fragments = fragment_table_new();
    if (pl->names == NULL || pl->queue == NULL || pl->fragments == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the pipeline");
    pl->batch = queue_empty(pl->queue);
    if (options->payload_rules != NULL &&
        payload_rules_load(options->payload_rules, pl->names, &pl->payload_rules, err) < 0)
        return -1;
    pl->options.payload_rules = NULL; /* was borrowed for the call */
    pl->classifier = classifier_new(pl->names, pl->payload_rules);
    pl->sensors =
        sensors_new(options->sensors, options->sensor_count, options->sensor, pl->names);
    if (pl->classifier == NULL || pl->sensors == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the pipeline");
    if (app_new(pl->names, on_trait, pl, &pl->apps, err) < 0 ||
        fingerprint_new(pl->names, options->max_senders, on_trait, pl, &pl->fingerprints, err) <
            0 ||
        relations_new(&(struct relation_options){.max_light = 0}, on_trait, pl, &pl->relations,
                      err) < 0 ||
        order_new(pl->names, options->max_senders, on_trait, pl, &pl->orders, err) < 0 ||
        (sensors_have_lit(pl->sensors) &&
         trw_new(options->max_senders, on_trait, pl, &pl->walks, err) < 0) ||
        sampler_new((uint32_t)options->samples_per_day, pl->names, on_sample, pl, &pl->sampler,
                    err) < 0)
        return -1;
    return visit_table_new(&table, 1, on_visit, pl, &pl->visits, err);
}

int pipeline_new(const struct pipeline_options *options, struct pipeline **ret_pipeline,
                 struct nj_err *err)
{
    struct pipeline *pl = calloc(1, sizeof(*pl));
    struct storer_options storer;

    if (pl == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the pipeline");
    pl->options = *options;
    pl->last_seq = store_last_seq(options->store);
    pl->handed_ns = INT64_MIN;
    if (make_stages(pl, err) < 0) {
        pipeline_free(pl);
        return -1;
    }
    storer = (struct storer_options){
        .store = options->store,
        .enrich = options->enrich,
        .names = pl->names,
        .stream = sensors_stream(pl->sensors),
        .queue = pl->queue,
        .visited = options->visited,
        .visited_ctx = options->visited_ctx,
        .committed = options->committed,
        .committed_ctx = options->committed_ctx,
    };
    if (load_state(pl, sensors_stream(pl->sensors), err) < 0 ||
        storer_start(&storer, &pl->storer, err) < 0) {
        pipeline_free(pl);
        return -1;
    }
    *ret_pipeline = pl;
    return 0;
}

void pipeline_free(struct pipeline *pl)
{
    if (pl == NULL)
        return;
    (void)storer_join(pl->storer, NULL);
    queue_free(pl->queue);
    visit_table_free(pl->visits);
    sampler_free(pl->sampler);
    relations_free(pl->relations);
    trw_free(pl->walks);
    order_free(pl->orders);
    fingerprint_free(pl->fingerprints);
    fragment_table_free(pl->fragments);
    classifier_free(pl->classifier);
    payload_rules_free(pl->payload_rules);
    app_free(pl->apps);
    sensors_free(pl->sensors);
    nj_intern_free(pl->names);
    free(pl);
}
