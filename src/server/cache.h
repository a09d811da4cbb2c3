/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to questions that were asked before, as long as nobody has committed to the store
 * since: what is asked again is answered without asking the store. Bounded in entries and
 * bytes; the one unused longest leaves. Any thread. */
#ifndef NJ_SERVER_CACHE_H
#define NJ_SERVER_CACHE_H

#include "server/answer.h"

#define CACHE_ENTRIES 512u
#define CACHE_BYTES (32u << 20)       /* of all answers */
#define CACHE_ANSWER_BYTES (4u << 20) /* larger answers are not kept */
#define CACHE_KEY_BYTES 4096u         /* questions with longer keys neither */

struct cache;

/** @return NULL when out of memory */
struct cache *cache_new(void);
void cache_free(struct cache *cache);

/**
 * Look for an answer.
 *
 * @param version  of the store (snapshot.h): an answer of another one is none
 * @param known    the client's If-None-Match; NULL: none. When it has the answer's ETag the
 *                 body is left out
 * @param ret      a sealed answer, taken
 * @return whether there is one
 */
bool cache_find(struct cache *cache, const char *key, size_t length, uint64_t version,
                const char *known, struct answer *ret);

/** Keep a sealed answer; copied. One that replaces an answer with the same ETag takes its
 * `modified_s`, and so does *answer. */
void cache_put(struct cache *cache, const char *key, size_t length, uint64_t version,
               struct answer *answer);

struct cache_counts {
    uint64_t found, missed;
    size_t entries, bytes;
};

struct cache_counts cache_counts(struct cache *cache);

#endif
