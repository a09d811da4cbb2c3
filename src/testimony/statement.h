/* SPDX-License-Identifier: Apache-2.0 */
/* What others' files say about addresses, statement by statement. The readers of this module
 * take bytes and hand statements on; they keep nothing and open nothing but what they are told
 * to. What can't be used is counted, and the first such place is told. */
#ifndef NJ_TESTIMONY_STATEMENT_H
#define NJ_TESTIMONY_STATEMENT_H

#include <stddef.h>

#include "base/text.h"
#include "model/addr.h"

#define STATEMENT_LABEL_MAX 120 /* bytes; longer ones are cut */
#define STATEMENTS_MAX 4000000u /* of one file */

struct statement {
    struct prefix net;
    int64_t from_us, to_us; /* when it was so, microseconds since 1970 UTC; 0: not told */
    const char *value;      /* a JSON object; NULL: only that the prefix is there */
};

/** Everything is borrowed for the call. @return 0; -1 */
typedef int (*statement_fn)(void *ctx, const struct statement *statement, struct nj_err *err);

/* What a file gave, and what it says of itself. */
struct reading {
    uint64_t statements, refused;
    uint64_t bad_line; /* of the first refused one, from 1; in a JSON list its entry; 0: none */
    char why[120];     /* what is wrong with that one */
    char name[64];     /* "" if it has none */
    char about[200];   /* "" if it says nothing */
    int64_t newest_us; /* of the statements' own dates; 0: they have none */
    int64_t dated_us;  /* 0: it does not say */
};

/** Count what can't be used. */
void reading_refuse(struct reading *reading, uint64_t line, const char *why);

/** A day or instant at the start of a text, "2025-12-31" or "2025-12-31T10:00:00" (UTC).
 * @return microseconds since 1970; 0 if it is none */
int64_t statement_time(const char *text);

/** A member of a JSON object under construction: `{` in front of the first, then `,`. Nothing
 * for "" or NULL; the text is cut at STATEMENT_LABEL_MAX. */
void statement_member(struct text *value, const char *name, const char *text, size_t length);

/** Its end and a NUL. @return the text; NULL if it has no member, or without memory */
const char *statement_value(struct text *value);

/** Hand on a range as the fewest prefixes. @return the number of them; -1 from `fn` */
int statement_range(struct addr first, struct addr last, const struct statement *like,
                    statement_fn fn, void *ctx, struct nj_err *err);

#endif
