/* SPDX-License-Identifier: Apache-2.0 */
/* Results of DuckDB as rows of cells, and cells as texts. */
#ifndef NJ_STORE_ROWS_H
#define NJ_STORE_ROWS_H

#include <stdlib.h>

#include "store/internal.h"
#include "store/query.h"

/** Run a query and send its rows. @return 0; -1 from the engine or the sink */
int rows_query(struct store *store, const char *sql, const struct duck_value *values,
               size_t count, const struct row_sink *sink, struct nj_err *err);
/** Run a statement whose rows nobody wants. @return 0; -1 */
int rows_run(struct store *store, const char *sql, const struct duck_value *values,
             size_t count, struct nj_err *err);
int rows_send(struct duck_query *query, const struct row_sink *sink, struct nj_err *err);

/** A query's rows as an array of objects, for answers of bounded size. Taken;
 * NULL with *err. */
json_t *rows_json(struct store *store, const char *sql, const struct duck_value *values,
                  size_t count, struct nj_err *err);

/** The one row of such an array, which is taken. @return 0; STORE_UNKNOWN: there is none */
int rows_only(json_t *rows, json_t **ret_row);

/** What a query gives as days, as an SQL list of dates. @param ret_days  taken; "" when there
 * are none */
int rows_dates(struct store *store, const char *sql, char **ret_days, struct nj_err *err);

/** Whether cells can show a column of this type; others must be cast in SQL. */
bool rows_type_known(duckdb_type type);

/** A cell as JSON: addresses and times as text, bytes as hex. NULL when out of memory. */
json_t *cell_json(const struct cell *cell);

/** CELL_TIME "2014-09-23T10:00:00Z", CELL_DATE "2014-09-23". @return text */
char *time_text(const struct cell *cell, char text[64]);

/** An address as DuckDB reads it in place of a UUID. @return text */
char *uuid_text(struct addr a, char text[ADDR_TEXT_MAX]);

/** Lower-case hex, taken; NULL when out of memory. */
char *hex_text(const char *bytes, size_t length);

#endif
