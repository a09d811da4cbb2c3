/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that are published as a collection and asked for by when they were added (TAXII).
 * The catalog remembers that, so that a client which comes back gets what is new since, whoever
 * serves it, and nothing twice. Microseconds since 1970 UTC, of the clock.
 *
 * An object has one row, its newest version. What changes is added anew; what is no longer
 * published stays COLLECTION_STAYS_US longer. No two are added at the same microsecond. */
#ifndef NJ_STORE_COLLECTION_H
#define NJ_STORE_COLLECTION_H

#include "store/query.h"

#include "base/span.h"

#define COLLECTION_STAYS_US (30 * DAY_US)
#define COLLECTION_WORDS_MAX 64 /* values of one condition */

struct collection_object {
    const char *id, *type;
    const char *version; /* RFC 3339; NULL: kinds without versions */
    const char *text;    /* JSON */
    size_t length;
};

/** What becomes of an object that is no longer published: a last version of it. @return whether
 * there is one; then `*ret`, whose texts the callee keeps until the next call */
typedef bool (*collection_end_fn)(void *ctx, const char *text, size_t length,
                                  struct collection_object *ret);

/**
 * Publish these objects from now on. Nothing is written when nothing has changed.
 *
 * @param end  asked for each that was published and no longer is
 * @return 0; -1 NJ_STORE, and nothing has changed
 */
int store_publish(struct store *store, const char *collection,
                  const struct collection_object *objects, size_t count, int64_t now_us,
                  collection_end_fn end, void *ctx, struct nj_err *err);

struct collection_words {
    const char *items[COLLECTION_WORDS_MAX];
    size_t count; /* 0: any */
};

struct collection_question {
    int64_t after_us;                             /* added later than that; INT64_MIN: all */
    struct collection_words ids, types, versions; /* borrowed */
    unsigned limit;
};

struct collection_row {
    const char *id, *version, *text; /* borrowed for the call; version as published, or when it
                                      * was added */
    size_t length;
    int64_t added_us;
};

typedef int (*collection_row_fn)(void *ctx, const struct collection_row *row,
                                 struct nj_err *err);

/** Up to `limit` objects in the order they were added. @return 0; -1 */
int store_collection(struct store *store, const char *collection,
                     const struct collection_question *question, collection_row_fn row,
                     void *ctx, struct nj_err *err);

#endif
