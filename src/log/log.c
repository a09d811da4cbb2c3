/* SPDX-License-Identifier: Apache-2.0 */
/* Batch by batch: the rows are read, the engine evaluates the SELECT over them, and the two
 * are walked side by side by line number, so that each row is counted in its place.
 *
 *     rows of the batch    1  2  3  4  5  6       n of the result    1  3  6
 *                          |  |  |  x  |  |
 *                          packet, left out (2), packet, malformed (4), left out (5), packet
 *
 * When the engine refuses a batch (a cast in the SELECT that fails), its halves are tried, down
 * to the one row that is to blame. */
#include "log/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "log/batch.h"
#include "log/fields.h"
#include "log/format.h"
#include "log/functions.h"
#include "log/zone.h"

#define MEMORY_MB 256u
#define HALVES_MAX 32u /* 2 * log2(ROWS_BATCH_MAX), and some */

struct range {
    size_t from, to;
};

struct log {
    const struct log_format *format;
    struct nj_stream *stream;
    struct duck *duck;
    struct rows_spec spec;
    struct rows *rows;
    struct batch batch;
    duckdb_prepared_statement select;
    duckdb_prepared_statement invalid; /* json: the rows that are not valid */
    struct fields *fields;
    struct zone *zone;
    struct year_clock clock;

    size_t walked, count;            /* rows of the batch that are counted; all of them */
    struct range ranges[HALVES_MAX]; /* still to execute, the next one last */
    size_t range_count;
    size_t range_end; /* rows before it are answered by the result at hand */
    duckdb_result result;
    bool has_result;
    uint64_t result_left; /* rows of it that are not walked yet */
    duckdb_data_chunk chunk;
    size_t chunk_at, chunk_size;

    struct log_counts counts;
    uint64_t no_country_replayed; /* of rows that were counted before */
    struct log_reject rejects[LOG_REJECTS_KEPT];
    struct log_position position;
};

/* ---- opening ---- */

static int prepare(struct log *log, const char *sql, duckdb_prepared_statement *ret_statement,
                   struct nj_err *err)
{
    char what[64];

    if (duckdb_prepare(duck_connection(log->duck), sql, ret_statement) == DuckDBSuccess)
        return 0;
    (void)snprintf(what, sizeof(what), "format %s", log->format->name);
    duck_fail(err, what, duckdb_prepare_error(*ret_statement));
    if (err != NULL)
        err->code = NJ_CONFIG;
    return -1;
}

/* The engine with its table, functions and statements. It can reach no file. */
static int open_engine(struct log *log, struct nj_err *err)
{
    static const char closed[] = "SET TimeZone='UTC'; SET enable_external_access=false; "
                                 "SET lock_configuration=true";
    static const char invalid[] = "SELECT n FROM log_rows() WHERE NOT json_valid(line)";

    log->batch.spec = &log->spec;
    if (duck_open(&(struct duck_options){.threads = 1, .memory_mb = MEMORY_MB}, &log->duck,
                  err) < 0 ||
        log_functions_add(log->duck, err) < 0 || batch_table(log->duck, &log->batch, err) < 0 ||
        duck_exec(log->duck, err, closed) < 0 ||
        prepare(log, log->format->select, &log->select, err) < 0)
        return -1;
    return log->spec.kind == ROWS_JSON ? prepare(log, invalid, &log->invalid, err) : 0;
}

static int choose_kind(struct log *log, struct nj_err *err)
{
    enum rows_kind kind = ROWS_LINES;
    const uint8_t *bytes;
    size_t length;

    if (nj_stream_peek(log->stream, LOG_PEEK, &bytes, &length, err) < 0 && length == 0)
        return -1;
    if (length > LOG_PEEK)
        length = LOG_PEEK;
    if (format_match(log->format, bytes, length, &kind) == 0)
        kind = format_guess(log->format, bytes, length);
    log->spec = format_spec(log->format, kind);
    return 0;
}

static int next_chunk(struct log *log, struct nj_err *err);

static void drop_result(struct log *log);

/* Read what was read before once more, as far as later rows need to know of it. */
static int replay(struct log *log, const struct rows_start *start, struct nj_err *err)
{
    struct packet packets[64];
    size_t count;
    int rc = 0;

    rows_limit(log->rows, start->offset);
    while (rc == 0 && fields_remember(log->fields))
        rc = log_read(log, packets, 64, &count, err);
    if (rc < 0)
        return -1;
    drop_result(log); /* of rows that were read ahead */
    log->range_count = 0;
    log->walked = log->count = 0;
    rows_limit(log->rows, 0);
    log->counts = (struct log_counts){0};
    log->no_country_replayed = fields_no_country(log->fields, &(const char *){NULL});
    return rows_skip(log->rows, start, err);
}

/* Years go on behind what is known of the log, or behind the log that it follows. */
static int begin_years(struct log *log, const struct log_options *options, struct nj_err *err)
{
    int64_t last_ns = options->start.offset > 0 ? options->start.time_ns : options->after_ns;
    int64_t local_us;

    log->clock.first = options->year;
    if (last_ns <= 0)
        return 0;
    if (zone_to_local(log->zone, last_ns / 1000, &local_us, err) < 0)
        return -1;
    year_clock_resume(&log->clock, local_us);
    if (log->clock.first == 0)
        log->clock.first = log->clock.year - 1; /* a row of December may come late */
    return 0;
}

/* A missing year is better said before anything is handed out. */
static int check_year(struct log *log, struct nj_err *err)
{
    int rc;

    if (log->clock.first != 0 || !fields_has_yearless(log->fields))
        return 0;
    rows_wait(log->rows, true); /* a last line without its end may be half a row */
    rc = next_chunk(log, err);
    rows_wait(log->rows, false);
    if (rc < 0)
        return -1;
    for (size_t i = log->chunk_at; i < log->chunk_size; i++) {
        if (fields_yearless(log->fields, i))
            return nj_fail(err, NJ_CONFIG,
                           "line %llu: the times have no year: say the year of the first row "
                           "(--year)",
                           (unsigned long long)fields_n(log->fields, i));
    }
    return 0;
}

int log_open(const struct log_format *format, struct nj_stream *stream,
             const struct log_options *options, struct nj_intern *names, struct log **ret_log,
             struct nj_err *err)
{
    struct log *log = calloc(1, sizeof(*log));
    struct rows_start start = {.offset = options->start.offset, .line = options->start.line};
    bool again; /* what is known must be read once more */
    int rc = -1;

    if (log == NULL) {
        nj_fail(err, NJ_NOMEM, "log");
        goto out;
    }
    log->format = format;
    log->stream = stream;
    if (choose_kind(log, err) < 0 || open_engine(log, err) < 0 ||
        zone_new(options->tz, log->duck, &log->zone, err) < 0 ||
        begin_years(log, options, err) < 0)
        goto out;
    if (fields_new(
            &(struct fields_context){
                .format = format, .names = names, .zone = log->zone, .clock = &log->clock},
            log->select, &log->fields, err) < 0)
        goto out;
    again = start.offset > 0 && fields_remember(log->fields);
    if (rows_new(&log->spec, stream, again ? &(struct rows_start){0} : &start, &log->rows,
                 err) < 0 ||
        (again && replay(log, &start, err) < 0))
        goto out;
    log->position = (struct log_position){.offset = nj_stream_offset(stream),
                                          .line = rows_lines(log->rows),
                                          .time_ns = options->start.time_ns};
    if (start.offset == 0 && check_year(log, err) < 0)
        goto out;
    *ret_log = log;
    log = NULL;
    rc = 0;
out:
    log_free(log);
    return rc;
}

static void drop_result(struct log *log)
{
    duckdb_destroy_data_chunk(&log->chunk);
    if (log->has_result)
        duckdb_destroy_result(&log->result);
    log->has_result = false;
    log->chunk_at = log->chunk_size = 0;
}

void log_free(struct log *log)
{
    if (log == NULL)
        return;
    drop_result(log);
    fields_free(log->fields);
    zone_free(log->zone);
    duckdb_destroy_prepare(&log->select);
    duckdb_destroy_prepare(&log->invalid);
    duck_close(log->duck);
    rows_free(log->rows);
    free(log);
}

/* ---- counting ---- */

__attribute__((format(printf, 3, 4))) static void
count_malformed(struct log *log, uint64_t line, const char *format, ...)
{
    struct log_reject *reject;
    va_list args;

    if (log->counts.malformed++ >= LOG_REJECTS_KEPT)
        return;
    reject = &log->rejects[log->counts.malformed - 1];
    reject->line = line;
    va_start(args, format);
    (void)vsnprintf(reject->reason, sizeof(reject->reason), format, args);
    va_end(args);
}

/* Step over one row of the batch: it is answered. */
static void pass(struct log *log)
{
    const struct rows_row *row = &log->batch.rows[log->walked++];

    log->position.offset = row->end;
    log->position.line = row->line_end;
}

/* The rows before `to` are in no result: bad, of another program, or left out by the SELECT. */
static void pass_others(struct log *log, size_t to)
{
    while (log->walked < to) {
        const struct rows_row *row = &log->batch.rows[log->walked];
        char reason[64];

        if (row->bad == ROWS_GOOD || row->bad == ROWS_OTHER)
            log->counts.unsupported++;
        else if (row->bad != ROWS_REFUSED) /* that one was counted with the engine's words */
            count_malformed(log, row->line, "%s",
                            rows_reason(log->rows, row, reason, sizeof(reason)));
        pass(log);
    }
}

/* ---- executing ---- */

/* Mark the rows that are no JSON. */
static int mark_invalid(struct log *log, struct nj_err *err)
{
    duckdb_data_chunk chunk;
    duckdb_result result;
    size_t at = 0;

    if (duckdb_execute_prepared(log->invalid, &result) != DuckDBSuccess) {
        duck_fail(err, "check JSON", duckdb_result_error(&result));
        duckdb_destroy_result(&result);
        return -1;
    }
    while ((chunk = duckdb_fetch_chunk(result)) != NULL) {
        const int64_t *n = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
        idx_t count = duckdb_data_chunk_get_size(chunk);

        for (idx_t i = 0; i < count; i++) {
            while (at < log->count && log->batch.rows[at].line < (uint64_t)n[i])
                at++;
            if (at < log->count && log->batch.rows[at].line == (uint64_t)n[i])
                log->batch.rows[at].bad = ROWS_BAD_JSON;
        }
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
    return 0;
}

/* @return 0, LOG_END, or -1 */
static int next_batch(struct log *log, struct nj_err *err)
{
    int rc = rows_next(log->rows, &log->batch.rows, &log->count, err);

    log->walked = 0;
    if (rc != 0) {
        log->count = 0;
        log->position.offset = nj_stream_offset(log->stream);
        log->position.line = rows_lines(log->rows);
        return rc < 0 ? -1 : LOG_END;
    }
    log->batch.from = 0;
    log->batch.to = log->count;
    log->ranges[0] = (struct range){.from = 0, .to = log->count};
    log->range_count = 1;
    return log->invalid != NULL ? mark_invalid(log, err) : 0;
}

/* The engine has refused a range: its halves are next, or the one row is to blame. */
static int split_range(struct log *log, struct range range, struct nj_err *err)
{
    size_t middle = range.from + (range.to - range.from) / 2;
    duckdb_error_type type = duckdb_result_error_type(&log->result);
    struct nj_err why;

    duck_fail(&why, "engine", duckdb_result_error(&log->result));
    if (type == DUCKDB_ERROR_OUT_OF_MEMORY || type == DUCKDB_ERROR_INTERRUPT ||
        type == DUCKDB_ERROR_INTERNAL || type == DUCKDB_ERROR_FATAL) {
        if (err != NULL)
            *err = why;
        return -1;
    }
    if (range.to - range.from > 1) {
        log->ranges[log->range_count++] = (struct range){.from = middle, .to = range.to};
        log->ranges[log->range_count++] = (struct range){.from = range.from, .to = middle};
        return 0;
    }
    pass_others(log, range.from);
    if (log->batch.rows[range.from].bad == ROWS_GOOD) {
        log->batch.rows[range.from].bad = ROWS_REFUSED;
        count_malformed(log, log->batch.rows[range.from].line, "%s", why.msg);
    }
    return 0;
}

/* @return 0 whether or not there is a result now, or -1 */
static int execute_range(struct log *log, struct nj_err *err)
{
    struct range range = log->ranges[--log->range_count];
    int rc = 0;

    log->batch.from = range.from;
    log->batch.to = range.to;
    log->has_result = true;
    if (duckdb_execute_prepared(log->select, &log->result) == DuckDBSuccess) {
        log->range_end = range.to;
        log->result_left = duckdb_row_count(&log->result);
        return 0;
    }
    rc = split_range(log, range, err);
    drop_result(log);
    return rc;
}

/* The next chunk with rows in it. @return 0, LOG_END, or -1 */
static int next_chunk(struct log *log, struct nj_err *err)
{
    for (;;) {
        int rc = 0;

        duckdb_destroy_data_chunk(&log->chunk);
        log->chunk_at = log->chunk_size = 0;
        if (log->has_result) {
            log->chunk = duckdb_fetch_chunk(log->result);
            if (log->chunk != NULL) {
                log->chunk_size = duckdb_data_chunk_get_size(log->chunk);
                fields_chunk(log->fields, log->chunk);
                if (log->chunk_size > 0)
                    return 0;
                continue;
            }
            drop_result(log);
            pass_others(log, log->range_end);
        } else if (log->range_count > 0) {
            rc = execute_range(log, err);
        } else {
            pass_others(log, log->count);
            rc = next_batch(log, err);
        }
        if (rc != 0)
            return rc;
    }
}

/* The row of the batch that a row of the result speaks of. */
static int find_row(struct log *log, uint64_t n, struct nj_err *err)
{
    size_t at = log->walked;

    while (at < log->range_end && log->batch.rows[at].line < n)
        at++;
    if (at == log->range_end || log->batch.rows[at].line != n)
        return nj_fail(err, NJ_CONFIG,
                       "format %s: its SELECT does not keep the order of n: line %llu comes "
                       "late, twice or from nowhere",
                       log->format->name, (unsigned long long)n);
    pass_others(log, at);
    return 0;
}

/* The row of the chunk at hand. @return 0, FIELDS_REJECT, or -1 */
static int convert(struct log *log, struct packet *packet, char *reason, struct nj_err *err)
{
    int rc;

    if (find_row(log, fields_n(log->fields, log->chunk_at), err) < 0)
        return -1;
    rc = fields_row(log->fields, log->chunk_at, packet, reason, err);
    if (rc < 0)
        nj_within(err, "line %llu", (unsigned long long)log->batch.rows[log->walked].line);
    return rc;
}

int log_read(struct log *log, struct packet *packets, size_t max, size_t *ret_count,
             struct nj_err *err)
{
    size_t count = 0;
    int rc = 0;

    while (count < max) {
        char reason[FIELDS_REASON];

        if (log->chunk_at == log->chunk_size) {
            if (count > 0)
                break; /* texts of these packets stand in the chunk */
            rc = next_chunk(log, err);
            if (rc != 0)
                return rc;
        }
        rc = convert(log, &packets[count], reason, err);
        if (rc < 0 && count > 0)
            break; /* comes again when nothing stands before it */
        if (rc < 0)
            return -1;
        if (rc == FIELDS_REJECT) {
            count_malformed(log, log->batch.rows[log->walked].line, "%s", reason);
        } else if (rc == FIELDS_CONTEXT) {
            log->counts.unsupported++;
        } else {
            log->position.time_ns = packets[count++].time_ns;
            log->counts.rows++;
            log->counts.altered += log->batch.rows[log->walked].altered;
        }
        pass(log);
        log->chunk_at++;
        /* what follows now, so that the position reaches the end of the batch with its rows */
        if (--log->result_left == 0)
            pass_others(log, log->range_end);
    }
    *ret_count = count;
    return 0;
}

void log_wait(struct log *log, bool on)
{
    rows_wait(log->rows, on);
}

const char *log_field(const struct log *log, size_t i)
{
    return fields_given(log->fields, i);
}

struct log_counts log_counts(const struct log *log)
{
    struct log_counts counts = log->counts;
    const char *first;

    counts.no_country = fields_no_country(log->fields, &first) - log->no_country_replayed;
    return counts;
}

const char *log_no_country(const struct log *log)
{
    const char *first;

    (void)fields_no_country(log->fields, &first);
    return first;
}

const struct log_reject *log_rejects(const struct log *log, size_t *ret_count)
{
    *ret_count = log->counts.malformed < LOG_REJECTS_KEPT ? (size_t)log->counts.malformed
                                                          : LOG_REJECTS_KEPT;
    return log->rejects;
}

struct log_position log_position(const struct log *log)
{
    return log->position;
}
