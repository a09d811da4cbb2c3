/* SPDX-License-Identifier: Apache-2.0 */
/* The columns that a format's SELECT may give, and how one row of them becomes a packet. */
#ifndef NJ_LOG_FIELDS_H
#define NJ_LOG_FIELDS_H

#include "duck/duck.h"
#include "log/format.h"
#include "log/zone.h"

struct nj_intern;

#define FIELDS_REASON 120u
#define FIELDS_USER_MAX 127u /* bytes of a user name that are kept */

struct fields;

/** What the conversion of rows needs beside the row. All borrowed as long as the
 * fields live. */
struct fields_context {
    const struct log_format *format;
    struct nj_intern *names;
    struct zone *zone;
    struct year_clock *clock;
};

/**
 * Read off a prepared SELECT which column is which field.
 *
 * @return 0; -1 NJ_CONFIG for a column that is no field, is of a type that can't hold it, or
 *         when `n`, a time, or `src` is missing; NJ_NOMEM
 */
int fields_new(const struct fields_context *context, duckdb_prepared_statement select,
               struct fields **ret_fields, struct nj_err *err);
void fields_free(struct fields *fields);

/** Take a chunk of results; borrowed until the next one is taken. Users' names handed out
 * before are gone then. */
void fields_chunk(struct fields *fields, duckdb_data_chunk chunk);

/** `n` of a row of the chunk; 0 if it is NULL. */
uint64_t fields_n(const struct fields *fields, size_t row);

/** Whether the SELECT gives times without a year at all. */
bool fields_has_yearless(const struct fields *fields);

/** Whether the time of a row of the chunk has no year. */
bool fields_yearless(const struct fields *fields, size_t row);

/** How many rows had a country that is no code of two letters, and the first such text (""
 * while there is none; borrowed as long as the fields live). */
uint64_t fields_no_country(const struct fields *fields, const char **ret_first);

/** Whether rows that come later depend on rows as they come now: the SELECT gives "session", or
 * "part_of" and rows still stand in for others. */
bool fields_remember(const struct fields *fields);

#define FIELDS_REJECT 1
#define FIELDS_CONTEXT 2 /* the row tells of a session and is none */

/**
 * Make one row of the chunk a packet.
 *
 * @param ret_reason  FIELDS_REASON bytes, filled on FIELDS_REJECT: one line of printable text
 * @return 0; FIELDS_REJECT; FIELDS_CONTEXT; -1 NJ_CONFIG when the year is missing, NJ_STORE,
 * NJ_NOMEM
 */
int fields_row(struct fields *fields, size_t row, struct packet *ret_packet, char *ret_reason,
               struct nj_err *err);

/** The name of the i-th field; NULL past the last one. For the documents. */
const char *fields_name(size_t i);

/** The name of the i-th field that the SELECT gives, but `n`; NULL past the last one. */
const char *fields_given(const struct fields *fields, size_t i);

#endif
