/* SPDX-License-Identifier: Apache-2.0 */
/* DuckDB wrapped once: an engine in memory, its settings, and queries with bound values.
 *
 * Data never lives in a DuckDB file: the engine runs in memory and reads and writes Parquet.
 * Nothing here touches the network (extensions are neither installed nor loaded by itself).
 * One `struct duck` belongs to one thread; another thread may only interrupt it. */
#ifndef NJ_DUCK_DUCK_H
#define NJ_DUCK_DUCK_H

#include <duckdb.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The series of the library this program was written and tested with. */
#define DUCK_SERIES "v1.5."

struct duck;
struct duck_query;

struct duck_options {
    unsigned threads;     /* 0: as many as the machine has cores */
    unsigned memory_mb;   /* budget of the engine; 0: 1024 */
    const char *temp_dir; /* where big sorts spill to; NULL: no spilling */
};

/** A value bound to `$1`, `$2`, ... of a query. Texts are borrowed for the call. */
struct duck_value {
    enum duck_value_kind {
        DUCK_NULL,
        DUCK_TEXT,  /* `text`, NUL-terminated */
        DUCK_INT,   /* `integer` */
        DUCK_REAL,  /* `real` */
        DUCK_TEXTS, /* `texts`, `count` of them: a LIST of VARCHAR */
    } kind;
    const char *text;
    int64_t integer;
    double real;
    const char *const *texts;
    size_t count;
};

/**
 * Open an engine in memory with one connection.
 *
 * @return 0; -1 NJ_STORE when the library is of another series or refuses a setting, NJ_NOMEM
 */
int duck_open(const struct duck_options *options, struct duck **ret_duck, struct nj_err *err);
void duck_close(struct duck *duck);

/** Another connection to the same engine, for another thread: what was registered with one is
 * there for all, settings are the engine's. Closed before the first. @return 0; -1 NJ_STORE,
 * NJ_NOMEM */
int duck_join(struct duck *duck, struct duck **ret_duck, struct nj_err *err);

/** The connection, for appenders and functions of ours; borrowed, valid until duck_close. */
duckdb_connection duck_connection(struct duck *duck);

/** Make a function of ours known to SQL. @return 0; -1 NJ_STORE */
int duck_add_function(struct duck *duck, const char *name, const duckdb_type *parameters,
                      size_t count, duckdb_type returns, duckdb_scalar_function_t fn,
                      struct nj_err *err);

/** Run one or more statements whose results nobody wants. @return 0; -1 NJ_STORE, NJ_NOMEM */
int duck_exec(struct duck *duck, struct nj_err *err, const char *sql);

/** The same for a statement that writes rows (COPY): how many it says it wrote. */
int duck_write(struct duck *duck, const char *sql, uint64_t *ret_rows, struct nj_err *err);

/** What duck_query_next has to say at the end. */
#define DUCK_END 1

/**
 * Run one statement with bound values; its rows come by duck_query_next.
 *
 * @return 0; -1 NJ_STORE (the message is the engine's), NJ_NOMEM
 */
int duck_query_open(struct duck *duck, const char *sql, const struct duck_value *values,
                    size_t count, struct duck_query **ret_query, struct nj_err *err);
void duck_query_close(struct duck_query *query);

/** How the result looks: column names (borrowed until duck_query_close) and types. */
size_t duck_query_columns(struct duck_query *query);
const char *duck_query_name(struct duck_query *query, size_t column);
duckdb_type duck_query_type(struct duck_query *query, size_t column);

/**
 * The next rows.
 *
 * @param ret_chunk borrowed until the next call for this query or duck_query_close
 * @return 0; DUCK_END
 */
int duck_query_next(struct duck_query *query, duckdb_data_chunk *ret_chunk);

/** Make a value of a vector NULL. */
static inline void duck_set_null(duckdb_vector vector, idx_t at)
{
    duckdb_vector_ensure_validity_writable(vector);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), at);
}

/**
 * Fill *err with the engine's own words, shortened to one line. `text` may be NULL.
 *
 * @return -1
 */
int duck_fail(struct nj_err *err, const char *what, const char *text);

#endif
