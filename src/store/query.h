/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the store. One code for commands, API and reports: each question is a function
 * that sends rows of typed cells to a sink, or gives a JSON object. */
#ifndef NJ_STORE_QUERY_H
#define NJ_STORE_QUERY_H

#include <jansson.h>
#include <string.h>

#include "filter/filter.h"
#include "store/store.h"

enum cell_kind {
    CELL_NULL,
    CELL_INT,     /* number */
    CELL_UINT,    /* unsigned_number */
    CELL_REAL,    /* real */
    CELL_BOOL,    /* number */
    CELL_TIME,    /* number: microseconds since 1970 UTC */
    CELL_DATE,    /* number: days since 1970 */
    CELL_ADDRESS, /* address */
    CELL_TEXT,    /* text, length: UTF-8, not NUL-terminated */
    CELL_BYTES,   /* text, length: any bytes */
    CELL_JSON,    /* text, length: a JSON value as it stands */
};

struct cell {
    enum cell_kind kind;
    union {
        int64_t number;
        uint64_t unsigned_number;
        double real;
        struct addr address;
    };
    const char *text;
    size_t length;
};

/** A cell of a borrowed text; "" and NULL are none. */
static inline struct cell text_cell(const char *text)
{
    if (text == NULL || text[0] == '\0')
        return (struct cell){.kind = CELL_NULL};
    return (struct cell){.kind = CELL_TEXT, .text = text, .length = strlen(text)};
}

static inline struct cell count_cell(uint64_t count)
{
    return (struct cell){.kind = CELL_UINT, .unsigned_number = count};
}

static inline struct cell real_cell(double real)
{
    return (struct cell){.kind = CELL_REAL, .real = real};
}

/** 0 is none. */
static inline struct cell time_cell(int64_t us)
{
    return (struct cell){.kind = us == 0 ? CELL_NULL : CELL_TIME, .number = us};
}

static inline struct cell address_cell(struct addr address)
{
    return (struct cell){.kind = addr_is_none(address) ? CELL_NULL : CELL_ADDRESS,
                         .address = address};
}

/** Where the rows of an answer go. Both return 0 to go on, -1 with *err to stop. */
struct row_sink {
    int (*head)(void *ctx, const char *const *names, size_t count, struct nj_err *err);
    int (*row)(void *ctx, const struct cell *cells, size_t count, struct nj_err *err);
    void *ctx;
};

/** Damaged segments are set aside when the store is first asked; each is named through `line`,
 * and the rest answers. Call before the first question. */
int store_prepare(struct store *store, store_line_fn line, void *ctx, struct nj_err *err);

/** A number that differs from the last one of this handle when somebody has committed since:
 * then store_prepare again. @return 0; -1 */
int store_generation(struct store *store, int64_t *ret, struct nj_err *err);

/** Number of the last part that is committed now; 0 when it can't be read. */
uint64_t store_committed_seq(struct store *store);

/** From another thread: end the question that is being answered; it fails with NJ_STORE. */
void store_interrupt(struct store *store);

/** Which rows a question is about. */
struct store_scope {
    const char *filter; /* of the filter language; NULL or "": all */
    /* else scan, exploit and credential, and what scanners of lit networks send besides,
     * without the clients of these networks; unless the filter names class */
    bool all_classes;
    int64_t from_us, to_us; /* inclusive; INT64_MIN and INT64_MAX: no bound */
};

enum top_field {
    TOP_PORTS,
    TOP_COUNTRIES,
    TOP_NETWORKS,
    TOP_SOURCES,
    TOP_TOOLS,
    TOP_STACKS,
    TOP_SENSORS,
    TOP_CLASSES,
    TOP_APPS,
    TOP_FIELDS,
};

extern const char *const top_names[TOP_FIELDS]; /* "ports", "countries", ... */

enum period {
    PERIOD_NONE,
    PERIOD_HOUR,
    PERIOD_DAY,
    PERIOD_WEEK, /* ISO weeks */
    PERIOD_MONTH,
};

struct top_question {
    enum top_field field;
    struct store_scope scope;
    enum period by;
    unsigned limit;                                  /* rows, of each period if `by` */
    const char *(*as_name)(void *ctx, uint32_t asn); /* for networks */
    void *as_ctx;
    /* for ports; "" if it has no name */
    const char *(*service)(void *ctx, uint16_t port, uint8_t proto);
    void *service_ctx;
};

/** A ranking: sessions, distinct sources, share and cumulative share (fractions of 1). */
int store_top(struct store *store, const struct top_question *question,
              const struct row_sink *sink, struct nj_err *err);

/** Sessions that the default classes leave out of the scope, by class, as rows (class,
 * sessions); none if the scope names its classes. `client`: what sources of lit networks that
 * are no scanners (store/verdicts.h) have in the classes that count. */
int store_left_out(struct store *store, const struct store_scope *scope,
                   const struct row_sink *sink, struct nj_err *err);

/** The stored rows, in the order of `ts`, `seq`. */
int store_visits(struct store *store, const struct store_scope *scope, unsigned limit,
                 const struct row_sink *sink, struct nj_err *err);

/** All that the store knows of one address: first, last, sessions, packets, ports[],
 * source_ports{min, max, distinct, exact}, classes{}, tools{}, stacks[], sensors{}; all classes
 * count. @return 0; STORE_UNKNOWN; -1. *ret is taken */
#define STORE_UNKNOWN 1
int store_source(struct store *store, struct addr source, json_t **ret, struct nj_err *err);

/**
 * The history of a port: first, last, sessions, sources (distinct), and the lists classes[]
 * (class, sessions, sources), weeks[] (week, proto, sessions, sources; latest first),
 * countries[] (country, sessions, sources) and top_sources[] (source, country, asn, sessions,
 * first, last).
 *
 * @param proto  PROTO_TCP, ...; 0: TCP, UDP and SCTP
 * @param scope  bounds of time, classes and a filter on top
 * @return 0; STORE_UNKNOWN: never seen in the scope; -1. *ret is taken
 */
int store_port(struct store *store, uint16_t port, uint8_t proto,
               const struct store_scope *scope, json_t **ret, struct nj_err *err);

/** Counts over time of some addresses: rows (period, source, port, proto, sessions, packets,
 * source-port spread). */
int store_timeline(struct store *store, const struct addr *sources, size_t count,
                   const struct store_scope *scope, enum period by, const struct row_sink *sink,
                   struct nj_err *err);

/** The user's SQL over the views visits, traits, counts and sources; nothing can be written and
 * no other file be read. */
int store_sql(struct store *store, const char *sql, const struct row_sink *sink,
              struct nj_err *err);

/** What the store holds: inputs, sensors, segments, days, sizes. *ret is taken. */
int store_status(struct store *store, json_t **ret, struct nj_err *err);

/** The fields of the language that filters of the store are written in. */
const struct filter_field *store_filter_fields(size_t *ret_count);

#endif
