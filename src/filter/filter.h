/* SPDX-License-Identifier: Apache-2.0 */
/* The filter language of the commands, the API and the console:
 *
 *   country = CN and dport in (1433, 3306) and class = scan and ts >= 2020-05-01
 *   src in 203.0.113.0/24 and not (tool = zmap or dport in 1024-65535)
 *
 *   filter = [ either ]                         an empty filter holds for every row
 *   either = both { "or" both }
 *   both   = one { "and" one }
 *   one    = "not" one | "(" either ")" | term
 *   term   = FIELD ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" ) VALUE
 *          | FIELD [ "not" ] "in" ( VALUE | "(" VALUE { "," VALUE } ")" )
 *
 * Keywords and field names are read in either case. Where a value is expected every word is a
 * value, so `country = IN` is India. A value with blanks or one of ( ) , = ! < > ~ & | ; \ `
 * stands in "..." or '...', where \ escapes a quote or itself.
 *
 * It compiles to SQL with `?` for every value: the user's text never becomes SQL. It is held
 * against rows in memory with the same meaning (filter/match.h). A row whose
 * column is NULL does not satisfy a term, and so does satisfy its negation: `country != CN`
 * includes the rows without a country. */
#ifndef NJ_FILTER_FILTER_H
#define NJ_FILTER_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"

/* Bounds for what comes in through the API. The values are what one statement of DuckDB still
 * plans in a blink; the depth keeps the recursion of parser and engine shallow. */
#define FILTER_LENGTH_MAX 65536u /* bytes of a filter */
#define FILTER_VALUES_MAX 2048u  /* values to bind; a range or prefix takes two */
#define FILTER_DEPTH_MAX 32u     /* "(" and "not" inside each other */
#define FILTER_FIELDS_MAX 64u    /* fields a caller may offer: the bits of fields_used */
#define FILTER_GLOB_STARS_MAX 4u /* matching costs length^stars */

enum filter_type {
    FILTER_NUMBER,  /* 64-bit integers: = != < <= > >=, in lists and ranges a-b */
    FILTER_TEXT,    /* words or "quoted": = != in (...), ~ "glob*" (* ? [a-z]) */
    FILTER_ADDRESS, /* addresses, prefixes and ranges a-b of either family: = != in. IPv4 is
                     * ::ffff:a.b.c.d, so 0.0.0.0/0 is all of IPv4 and ::/0 everything */
    FILTER_TIME,    /* as filter_parse_time: = != (the whole day) < <= > >= in */
    FILTER_PROTO,   /* a number 0 to 255, or tcp udp icmp icmpv6 sctp: = != in */
};

struct filter_field {
    const char *name; /* as users write it, in lower case */
    enum filter_type type;
    const char *column; /* SQL expression, ours, that binds tighter than a comparison. The
                         * column is a UUID for FILTER_ADDRESS (16 bytes in network order), a
                         * TIMESTAMP in UTC for FILTER_TIME */
    /* FILTER_TEXT only: the values there are (class names, ...); NULL: any text. They are read
     * in either case and bound as they stand here. `~` is not held against them. */
    const char *const *words;
    size_t word_count;
    /* What can't be is refused by = != and in, since it would never match: */
    int64_t most;  /* FILTER_NUMBER: what is not from 0 to this; 0: nothing */
    size_t length; /* FILTER_TEXT: what has not so many bytes; 0: nothing. Such codes are read
                    * in either case and bound as capitals */
    /* A field with several values in one row (the ports of a source): where they come from, as
     * SQL between `SELECT 1 FROM` and `AND`, such as "port p WHERE p.source = s.source". A term
     * holds if it holds for one of the values, its negation if it does for none. NULL: one. */
    const char *within;
    /* Where the value stands in a row in memory, for filter/match.h; 0: such a row, whose first
     * member is no field's, does not have it. An int64_t, of which FILTER_NULL is NULL; for
     * FILTER_TEXT a const char * ("" is NULL), for FILTER_ADDRESS a struct addr
     * (none is NULL) */
    size_t member;
};

#define FILTER_NULL INT64_MIN

/* A value to bind in place of the n-th `?`. */
struct filter_value {
    enum filter_type type; /* FILTER_PROTO values come as FILTER_NUMBER */
    int64_t number;        /* FILTER_NUMBER; FILTER_TIME: microseconds since 1970 UTC */
    struct addr address;
    char *text; /* UTF-8, owned by the filter; NULL unless FILTER_TEXT */
};

struct filter {
    char *sql; /* an SQL condition; "TRUE" for an empty filter. Safe beside AND and NOT */
    struct filter_value *values;
    size_t value_count;
    uint64_t fields_used; /* bit i: fields[i] occurs (so that a query may choose a summary) */
};

/**
 * Parse and compile.
 *
 * @param text    NUL-terminated
 * @param fields  what may be named, at most FILTER_FIELDS_MAX; borrowed for the call
 * @return 0; -1 NJ_CONFIG with a message that shows the column (in characters, from 1), what
 *         was found and what was expected, and the byte in err->offset:
 *         `filter: column 12: "dprot" is no field; did you mean "dport"?`;
 *         -1 NJ_LIMIT when a maximum above is passed, -1 NJ_NOMEM
 *
 * Cost: linear in the text. Thread: any.
 */
int filter_compile(const char *text, const struct filter_field *fields, size_t field_count,
                   struct filter *ret_filter, struct nj_err *err);

/** As filter_compile, for a text of `length` bytes, where a NUL is an error (from the API). */
int filter_compile_bytes(const char *text, size_t length, const struct filter_field *fields,
                         size_t field_count, struct filter *ret_filter, struct nj_err *err);

void filter_done(struct filter *filter);

/**
 * Times as the commands take them, in UTC: a day "2020-05-01" or an instant
 * "2020-05-01T10:00:00Z", "2020-05-01 10:00", "2020-05-01T10:00:00.25"; years 1970 to 9999.
 *
 * @param last    for a day: give its last microsecond instead of its first
 * @param ret_us  microseconds since 1970-01-01 UTC
 * @return 0; -1 NJ_FORMAT
 */
int filter_parse_time(const char *text, bool last, int64_t *ret_us, struct nj_err *err);

#endif
