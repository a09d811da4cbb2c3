/* SPDX-License-Identifier: Apache-2.0 */
/* The filter language of the commands, the API and the console:
 *
 *   country = CN and dport in (1433, 3306) and class = scan and ts >= 2020-05-01
 *   src in 218.77.79.0/24 and not (tool = zmap or dport in 1024-65535)
 *
 * It compiles to SQL with `?` for every value: the user's text never becomes SQL. */
#ifndef NJ_FILTER_FILTER_H
#define NJ_FILTER_FILTER_H

#include <stddef.h>

#include "model/addr.h"

enum filter_type {
    FILTER_NUMBER,  /* 64-bit integers: = != < <= > >=, in lists and ranges a-b */
    FILTER_TEXT,    /* words or "quoted": = != in (...), ~ "glob*" */
    FILTER_ADDRESS, /* against addresses and prefixes: = != in */
    FILTER_TIME,    /* 2020-05-01, 2020-05-01T10:00:00Z: = (the whole day) < <= > >= */
    FILTER_PROTO,   /* a number, or tcp udp icmp icmpv6 sctp */
};

struct filter_field {
    const char *name; /* as users write it */
    enum filter_type type;
    const char *column; /* SQL expression, ours */
};

/* A value to bind in place of the n-th `?`. */
struct filter_value {
    enum filter_type type; /* FILTER_PROTO values come as FILTER_NUMBER */
    int64_t number;        /* FILTER_NUMBER; FILTER_TIME: microseconds since 1970 UTC */
    struct addr address;
    char *text;
};

struct filter {
    char *sql; /* an SQL condition; "TRUE" for an empty filter */
    struct filter_value *values;
    size_t value_count;
    uint64_t fields_used; /* bit i: fields[i] occurs (so that a query may choose a summary) */
};

/**
 * Parse and compile.
 *
 * @param fields  what may be named, at most 64
 * @return 0; -1 NJ_CONFIG with a message that shows the column, what was found and what was
 *         expected: `filter: column 12: "dprot" is no field; did you mean "dport"?`
 */
int filter_compile(const char *text, const struct filter_field *fields, size_t field_count,
                   struct filter *ret_filter, struct nj_err *err);
void filter_done(struct filter *filter);

/** Times as the commands take them: a day "2020-05-01" (`last`: its last microsecond) or an
 * instant "2020-05-01T10:00:00Z", "2020-05-01 10:00". @return 0; -1 NJ_FORMAT */
int filter_parse_time(const char *text, bool last, int64_t *ret_us, struct nj_err *err);

#endif
