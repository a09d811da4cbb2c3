/* SPDX-License-Identifier: Apache-2.0 */
/* One input: what it is, what is known of it, and its frames or rows. */
#include "pipeline/internal.h"

#include <string.h>

#include "decode/decode.h"
#include "decode/tunnel.h"

#define PROGRESS_EVERY (1u << 18) /* packets */

/* ---- frames and rows ---- */

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

/* What the packet at pl->round[*count], of a sensor of ours, is; a full round goes its way. */
static int admit(struct pipeline *pl, size_t *count, struct nj_err *err)
{
    struct packet *packet = &pl->round[*count];

    judge_checksum(pl, packet);
    if (app_read(pl->apps, packet, pl->users[*count], err) < 0)
        return -1;
    classify(pl->classifier, packet);
    if (++*count < PIPELINE_ROUND)
        return 0;
    *count = 0;
    return stages_process(pl, pl->round, PIPELINE_ROUND, err);
}

/* Fragments that wait no longer for their first one. */
static int admit_held(struct pipeline *pl, int64_t now_ns, size_t *count, struct nj_err *err)
{
    while (fragment_table_take(pl->fragments, now_ns, &pl->round[*count])) {
        (void)sensors_assign(pl->sensors, &pl->round[*count]); /* as when it came */
        if (admit(pl, count, err) < 0)
            return -1;
    }
    return 0;
}

/* The fragment at pl->round[*count], and those that have waited for it. */
static int admit_fragment(struct pipeline *pl, int64_t now_ns, size_t *count,
                          struct nj_err *err)
{
    if (fragment_table_add(pl->fragments, &pl->round[*count]) && admit(pl, count, err) < 0)
        return -1;
    return admit_held(pl, now_ns, count, err);
}

int input_release(struct pipeline *pl, struct nj_err *err)
{
    size_t count = 0;

    return admit_held(pl, INT64_MAX, &count, err) < 0
               ? -1
               : stages_process(pl, pl->round, count, err);
}

static int tick(struct pipeline *pl, int64_t now_ns, size_t *count, struct nj_err *err)
{
    if (stages_process(pl, pl->round, *count, err) < 0)
        return -1;
    *count = 0;
    return visit_table_tick(pl->visits, now_ns, err);
}

int input_frames(struct pipeline *pl, struct source_input *input, const struct frame *frames,
                 size_t frame_count, struct nj_err *err)
{
    size_t count = 0;

    for (size_t i = 0; i < frame_count; i++) {
        int64_t now_ns = frames[i].time_ns;
        struct packet *packet;
        enum decode_result result;

        if (fragment_table_due(pl->fragments, now_ns) &&
            admit_held(pl, now_ns, &count, err) < 0)
            return -1;
        if (pl->options.journal && frames[i].captured == 0) {
            if (tick(pl, now_ns, &count, err) < 0)
                return -1;
            continue;
        }
        packet = &pl->round[count];
        result = decode(&frames[i], packet);
        note_time(input, now_ns);
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
        if ((packet->fragment || packet->first_fragment)
                ? admit_fragment(pl, now_ns, &count, err) < 0
                : admit(pl, &count, err) < 0)
            return -1;
    }
    return stages_process(pl, pl->round, count, err);
}

void input_progress(struct pipeline *pl, const struct source_input *input, uint64_t before)
{
    uint64_t done, total;

    if (pl->options.progress == NULL ||
        before / PROGRESS_EVERY == input->packets / PROGRESS_EVERY)
        return;
    nj_stream_progress(input->stream, &done, &total);
    pl->options.progress(pl->options.progress_ctx, input->record.name, done, total,
                         input->packets);
}

void input_note(struct source_input *input)
{
    const char *problem = reader_problem(input->reader);

    (void)snprintf(input->record.note, sizeof(input->record.note), "%s",
                   problem != NULL ? problem : "");
}

int input_read_capture(struct pipeline *pl, struct source_input *input, struct nj_err *read_err,
                       struct nj_err *err)
{
    struct frame frames[PIPELINE_ROUND];
    size_t count;
    int rc;

    while ((rc = reader_read(input->reader, frames, PIPELINE_ROUND, &count, read_err)) == 0) {
        uint64_t before = input->packets;

        if (input_frames(pl, input, frames, count, err) < 0)
            return -1;
        if (pl->uncommitted >= STORE_COMMIT_ROWS && commit_so_far(pl, input, err) < 0)
            return -1;
        input_progress(pl, input, before);
    }
    if (rc < 0)
        return 1;
    input_note(input);
    return 0;
}

/* The way of a round of a log's rows. */
int input_rows(struct pipeline *pl, struct source_input *input, size_t count,
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
    return stages_process(pl, pl->round, count, err);
}

/* A digest stands for the position in a log only where no row was read ahead. */
bool input_nothing_ahead(const struct source_input *input)
{
    return log_position(input->log).offset == nj_stream_offset(input->stream);
}

int input_read_log(struct pipeline *pl, struct source_input *input, struct nj_err *read_err,
                   struct nj_err *err)
{
    size_t count;
    int rc;

    while ((rc = log_read(input->log, pl->round, PIPELINE_ROUND, &count, read_err)) == 0) {
        uint64_t before = input->packets;

        if (input_rows(pl, input, count, err) < 0)
            return -1;
        if (pl->uncommitted >= STORE_COMMIT_ROWS && input_nothing_ahead(input) &&
            commit_so_far(pl, input, err) < 0)
            return -1;
        input_progress(pl, input, before);
    }
    return rc < 0 ? 1 : 0;
}

/* ---- one input ---- */

/* What the input is: sets reader or the log's format. @return 0; -1 with *err */
static int recognise(struct pipeline *pl, struct source_input *input, const char *as,
                     const struct log_format **ret_format, struct nj_err *err)
{
    int rc;

    *ret_format = NULL;
    if (as == NULL || reader_knows(as)) {
        rc = reader_open(input->stream, &input->reader, err);
        if (rc <= 0)
            return rc;
        if (as != NULL)
            return nj_fail(err, NJ_FORMAT, "is no capture");
        rc = log_detect(pl->options.formats, input->stream, ret_format, err);
        if (rc == LOG_UNKNOWN)
            return nj_fail(err, NJ_FORMAT,
                           "neither a capture nor a known log (name its format by --as, or "
                           "write one: docs/LOG-FORMATS.md)%s",
                           log_looks_like(input->stream));
        return rc;
    }
    *ret_format = log_formats_find(pl->options.formats, as);
    if (*ret_format == NULL)
        return nj_fail(err, NJ_CONFIG, "--as %.40s: no such format", as);
    return 0;
}

/* The known part of a capture was read again: what is wrong in it was counted. A note that is
 * not about that part is about the end that it had, of which the rest may have come. */
static void forget_end(struct source_input *input)
{
    if (input->reader != NULL)
        input->known = *reader_counts(input->reader);
    input->cut = input->record.note[0] != '\0' && input->base.truncated > 0 &&
                 (input->reader == NULL || reader_problem(input->reader) == NULL);
    input->base.truncated -= input->cut;
    input->record.counts = input->base;
    input->record.note[0] = '\0';
}

static int open_log(struct pipeline *pl, struct source_input *input,
                    const struct log_format *format, int64_t after_us, struct nj_err *err)
{
    struct log_options options = pl->options.log;

    options.after_ns = after_us * 1000;
    options.start = (struct log_position){
        .offset = input->record.position,
        .line = input->record.line,
        .time_ns = input->record.last_us * 1000,
    };
    return log_open(format, input->stream, &options, pl->names, &input->log, err);
}

/* Open the input and step over what is known. @return 0; -1 with *err: the input is no good */
int input_open(struct pipeline *pl, const char *path, const char *as, int64_t after_us,
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
    if (commit_settle_if_recent(pl, &input->head, err) < 0 ||
        known_find(pl->options.store, path, &input->head, &input->record, &input->alike, err) <
            0)
        return -1;
    if (input->record.complete)
        input->record.before = (struct store_end){
            .position = input->record.position,
            .digest = input->record.digest,
            .line = input->record.line,
            .last_us = input->record.last_us,
        };
    input->base = input->record.counts;
    input->settled = input->record.complete && strcmp(input->record.name, path) == 0;
    (void)snprintf(input->record.name, sizeof(input->record.name), "%s", path);
    if (format != NULL ? open_log(pl, input, format, after_us, err) < 0
                       : reader_skip(input->reader, input->record.position, err) < 0)
        return -1;
    if (input->record.position > 0 && nj_stream_digest(input->stream) != input->record.digest)
        return nj_fail(err, NJ_FORMAT, "begins like a known input but differs from it");
    forget_end(input);
    return 0;
}

void input_close(struct source_input *input)
{
    reader_free(input->reader);
    log_free(input->log);
    nj_stream_free(input->stream);
}

/* Bring the input's record up to date with what has been read. */
void input_record(struct pipeline *pl, struct source_input *input)
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
        counts->malformed += reader->malformed - input->known.malformed;
        counts->unsupported += reader->unsupported - input->known.unsupported;
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

/* The country that a log gives is only taken as a code. */
static void say_no_country(const struct log *log, char *note, size_t size)
{
    uint64_t count = log_counts(log).no_country;
    size_t used = strlen(note);

    if (count == 0)
        return;
    (void)snprintf(note + used, size - used,
                   "%s%llu rows name a country that is no code of two letters (\"%s\"): it is "
                   "left out",
                   used > 0 ? "; " : "", (unsigned long long)count, log_no_country(log));
}

/* Sure only where the whole head is the same: many files have their first line in common. */
static void say_alike(const struct source_input *input, char *note, size_t size)
{
    size_t used = strlen(note);

    if (input->alike == KNOWN_HEAD)
        (void)snprintf(
            note + used, size - used,
            "%sit begins like an input that is known, but neither goes on as that does "
            "nor ends where that once did: what both have in common is counted again",
            used > 0 ? "; " : "");
}

void input_result(const struct source_input *input, const struct visit_table_counts *now,
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
    say_alike(input, ret->note, sizeof(ret->note));
    if (input->log != NULL) {
        size_t count;
        const struct log_reject *rejects = log_rejects(input->log, &count);

        say_no_country(input->log, ret->note, sizeof(ret->note));
        for (size_t i = 0; i < count && i < sizeof(ret->rejects) / sizeof(ret->rejects[0]); i++)
            (void)snprintf(ret->rejects[ret->reject_count++], sizeof(ret->rejects[0]),
                           "line %llu: %s", (unsigned long long)rejects[i].line,
                           rejects[i].reason);
    }
}
