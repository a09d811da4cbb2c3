/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about the later stages' tables share. Not for other modules. */
#ifndef NJ_STORE_DERIVED_INTERNAL_H
#define NJ_STORE_DERIVED_INTERNAL_H

#include "filter/filter.h"
#include "store/derived.h"
#include "store/internal.h"

/** Bring a catalog of an older version to the present one. Inside the caller's transaction. */
int derived_upgrade(struct store *store, int64_t version, struct nj_err *err);

/** -1 NJ_STORE when the store was last written by a program that knew no later stages, or kept
 * them in other tables, and nothing has brought it here since (readers change nothing). */
int derived_present(struct store *store, struct nj_err *err);

/** A commit that only rewrote rows: it is none that the later stages have to look at, unless
 * they are behind already. Inside the caller's transaction. */
int derived_follow(struct store *store, int64_t commit, struct nj_err *err);

/* The figure of the instant up to which all is told: while another process stores, the mark is
 * ahead of the tables. A store of before has none, and is told up to its mark. */
#define DERIVED_TOLD "told_us"
#define TOLD_US                                                                                \
    "(SELECT CAST(value AS INTEGER) FROM derive_figure WHERE name = '" DERIVED_TOLD "')"
/* The end of the last minute that has rows which are told. */
#define TOLD_END                                                                               \
    "min(position_us, coalesce(" TOLD_US " / 60000000 * 60000000, position_us)) + 60000000"
/* The instant that is asked for, ?1, as t.at_us: that or, for INT64_MAX, the last. */
#define SCORED_AT                                                                              \
    "(SELECT CASE WHEN ?1 < 9223372036854775807 THEN ?1 ELSE " TOLD_END " END"                 \
    " AS at_us FROM derive_mark)"
/* Each source's newest override; level is NULL when it was lifted. (SQLite takes the other
 * columns from the row of the max.) */
#define OVERRIDES "(SELECT source, level, reason, max(id) FROM override GROUP BY source)"

/* Binding the values of a statement one after another. */
struct binder {
    sqlite3_stmt *stmt;
    int next;
};

static inline void bind_int(struct binder *b, int64_t number)
{
    (void)sqlite3_bind_int64(b->stmt, ++b->next, number);
}

static inline void bind_real(struct binder *b, double number)
{
    (void)sqlite3_bind_double(b->stmt, ++b->next, number);
}

static inline void bind_null(struct binder *b)
{
    (void)sqlite3_bind_null(b->stmt, ++b->next);
}

/** NULL where the number is 0. */
static inline void bind_some(struct binder *b, int64_t number)
{
    if (number == 0)
        bind_null(b);
    else
        bind_int(b, number);
}

/** NULL for "" and NULL. Borrowed until the statement was stepped. */
static inline void bind_text(struct binder *b, const char *text)
{
    if (text == NULL || text[0] == '\0')
        bind_null(b);
    else
        (void)sqlite3_bind_text(b->stmt, ++b->next, text, -1, SQLITE_STATIC);
}

/** 16 bytes in network order, so that SQLite sorts and compares them as addresses. */
static inline void bind_addr(struct binder *b, struct addr a)
{
    uint8_t bytes[16];

    if (addr_is_none(a)) {
        bind_null(b);
        return;
    }
    addr_to_bytes(a, bytes);
    (void)sqlite3_bind_blob(b->stmt, ++b->next, bytes, sizeof(bytes), SQLITE_TRANSIENT);
}

/** As bind_addr, but "::" is an address: an end of a range. */
static inline void bind_end(struct binder *b, struct addr a)
{
    uint8_t bytes[16];

    addr_to_bytes(a, bytes);
    (void)sqlite3_bind_blob(b->stmt, ++b->next, bytes, sizeof(bytes), SQLITE_TRANSIENT);
}

/** The values of a filter's SQL, in their order: its addresses are those of sources
 * (addr_source). Texts are borrowed until the statement was stepped. */
static inline void bind_filter(struct binder *b, const struct filter *filter)
{
    for (size_t i = 0; i < filter->value_count; i++) {
        const struct filter_value *value = &filter->values[i];

        if (value->type == FILTER_TEXT)
            (void)sqlite3_bind_text(b->stmt, ++b->next, value->text, -1, SQLITE_STATIC);
        else if (value->type == FILTER_ADDRESS)
            bind_end(b, addr_source(value->address));
        else
            bind_int(b, value->number);
    }
}

/** What bind_addr has stored; "::" for NULL. */
static inline struct addr addr_at(sqlite3_stmt *stmt, int column)
{
    if (sqlite3_column_bytes(stmt, column) != 16)
        return (struct addr){0, 0};
    return addr_from_bytes(sqlite3_column_blob(stmt, column));
}

#endif
