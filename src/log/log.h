/* SPDX-License-Identifier: Apache-2.0 */
/* Logs: rows of text to packets that stand for sessions.
 *
 * A log format is data: one file data/logs/NAME.sql with a header and one SELECT over the table
 * `rows`, which names its columns like the fields of a session (docs/LOG-FORMATS.md). The
 * engine evaluates it batch by batch on one thread and the order of the input is kept; a
 * SELECT that loses it is refused. Each row of the input is either a packet handed out, or
 * counted: malformed (with line and reason), or unsupported (the SELECT leaves it out). */
#ifndef NJ_LOG_LOG_H
#define NJ_LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct log;
struct log_format;
struct log_formats;
struct nj_intern;
struct nj_stream;
struct packet;

#define LOG_PEEK 65536u      /* bytes that log_detect looks at */
#define LOG_REJECTS_KEPT 20u /* of those that are counted */

/* ---- formats ---- */

/** Read every *.sql of a folder, in the order of their names. @return 0; -1 NJ_IO, NJ_CONFIG
 * (file and line are named), NJ_NOMEM */
int log_formats_load(const char *dir, struct log_formats **ret_formats, struct nj_err *err);
void log_formats_free(struct log_formats *formats);

/** Borrowed until log_formats_free; NULL past the last one, or if there is none of the name. */
const struct log_format *log_formats_at(const struct log_formats *formats, size_t i);
const struct log_format *log_formats_find(const struct log_formats *formats, const char *name);

const char *log_format_name(const struct log_format *format);
const char *log_format_about(const struct log_format *format);

#define LOG_UNKNOWN 1

/**
 * Find the format of an input by its first LOG_PEEK bytes, which are not consumed. Of several
 * that fit, the one that asks for most wins, then the first by name.
 *
 * @return 0; LOG_UNKNOWN; -1 the stream's error
 */
int log_detect(const struct log_formats *formats, struct nj_stream *stream,
               const struct log_format **ret_format, struct nj_err *err);

/** What an input of no known format looks like, and what to do about it: ", it looks like ...";
 * "" if nothing is known of it. Constant. */
const char *log_looks_like(struct nj_stream *stream);

/* ---- reading ---- */

/** A place between two rows, for going on there when a file has grown. */
struct log_position {
    uint64_t offset; /* decompressed bytes up to the end of the last row that was counted or
                      * handed out */
    uint64_t line;   /* lines up to there */
    int64_t time_ns; /* of the last packet, 0 if there was none (it tells the year) */
};

struct log_options {
    int year;       /* of the first row, for logs whose times have none; 0: not given */
    const char *tz; /* zone of times that name none: "+02:00" or "Europe/Berlin"; NULL UTC */
    struct log_position start; /* all zero: the beginning */
    int64_t after_ns; /* at the beginning: the last time of the log that this one follows, whose
                       * years go on; 0: none */
};

struct log_counts {
    uint64_t rows;        /* packets handed out */
    uint64_t malformed;   /* does not fit: see log_rejects */
    uint64_t unsupported; /* rows that the format is not about */
    uint64_t altered;     /* of `rows`: with bytes that are no UTF-8, now '?' */
    uint64_t no_country;  /* of `rows`: their country is no code, and left out */
};

struct log_reject {
    uint64_t line;
    char reason[120];
};

/**
 * Open a log. The stream must stand at its beginning; with `options.start` the header is read
 * again and the known part stepped over (so that nj_stream_digest stands for that part when
 * this returns).
 *
 * @param format, stream, names  borrowed as long as the log lives
 * @return 0; -1 NJ_FORMAT (header without the columns, or shorter than `start`), NJ_CONFIG
 *         (the format's SELECT, the zone), NJ_NOMEM, NJ_STORE, or the stream's error
 */
int log_open(const struct log_format *format, struct nj_stream *stream,
             const struct log_options *options, struct nj_intern *names, struct log **ret_log,
             struct nj_err *err);
void log_free(struct log *log);

/** While this is on, a last line without its end waits for the rest: for files that grow. Off
 * when the log is opened; opening it reads no such line. */
void log_wait(struct log *log, bool on);

#define LOG_END 1

/**
 * The next rows as packets.
 *
 * Of a packet are set: `row`, time, addresses, protocol, ports and what else the log says;
 * `no_fields` when it tells neither TTL, window nor flags; `no_seq` always; `app`,
 * `conn_state`, `country` (two capital letters) and `rule` as numbers of `names`; `class` (with
 * `rule` 0 it is not known and left to the classifier); and `sensor` as a number of `names`
 * (not of a sensor): what the row calls the sensor, 0 if it does not. Everything else is zero.
 *
 * @param packets  room for `max`; texts in it are borrowed until the next log_read
 * @return 0 and *ret_count >= 1; LOG_END (there may be more when the stream has grown,
 *         nj_stream_again); -1 the stream's error (all before it was given),
 *         NJ_CONFIG when a time has no year and none was given, NJ_STORE, NJ_NOMEM
 *
 * Cost: measured in docs/LOG-FORMATS.md. Thread: one per log.
 */
int log_read(struct log *log, struct packet *packets, size_t max, size_t *ret_count,
             struct nj_err *err);

/** The i-th field of a session that the format gives; NULL past the last one. */
const char *log_field(const struct log *log, size_t i);

/** So far; what log_position has passed is counted, exactly. */
struct log_counts log_counts(const struct log *log);

/** The first country that was no code of two letters; "" if all were. @return borrowed until
 * log_free */
const char *log_no_country(const struct log *log);

/** The first LOG_REJECTS_KEPT malformed rows. @return borrowed until log_free */
const struct log_reject *log_rejects(const struct log *log, size_t *ret_count);

/**
 * Behind the last row that was counted or handed out. Rows are read ahead, so the stream may
 * stand further: nj_stream_digest belongs to the position when nj_stream_offset equals its
 * `offset`, which is so at the end of every batch of at most 8,192 rows.
 */
struct log_position log_position(const struct log *log);

#endif
