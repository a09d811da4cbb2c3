/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of the later stages' tables, as derived.c, derived_queue.c and checkpoint.c
 * share it. */
#ifndef NJ_STORE_DERIVED_WRITE_H
#define NJ_STORE_DERIVED_WRITE_H

#include <stdio.h>

#include "store/derived_internal.h"

enum statement {
    SAVE_EPISODE,
    FIND_LINK,
    SAVE_LINK,
    ADD_ACTOR,
    MERGE_ACTOR,
    OPEN_SOURCES,
    JOIN_ACTOR,
    LEAVE_ACTOR,
    IS_OF_ACTOR,
    SAVE_SCORE,
    ADD_HISTORY,
    ADD_EVENT,
    WRITE_MARK,
    WRITE_FIGURE,
    STATEMENTS,
};

struct derived_queue;

struct derived {
    struct store *store;
    struct derived_queue *queue; /* rows that the writing thread has not yet written */
    sqlite3_stmt *statements[STATEMENTS];
    bool open; /* inside a transaction */
    FILE *out; /* writes to `text`, for what becomes a column */
    char *text;
    size_t text_size;
};

/* derived.c: the rows themselves. Called by the writing thread. */
int derived_write_episode(struct derived *derived, int64_t era, const struct episode *episode,
                          const struct nj_intern *names, struct nj_err *err);
int derived_write_history(struct derived *derived, const struct derived_moment *moment,
                          struct nj_err *err);
int derived_write_score(struct derived *derived, int64_t era, const struct derived_score *score,
                        struct nj_err *err);
int derived_write_event(struct derived *derived, const struct derived_event *event,
                        struct nj_err *err);

/* derived_queue.c */

/** @return NULL when out of memory */
struct derived_queue *derived_queue_new(struct derived *derived);
/** End the thread. What waits is not written. */
void derived_queue_free(struct derived_queue *queue);
/** Wait until all rows are written: before any other use of the catalog. @return 0; -1 with the
 * first error of a row since the last derived_drop */
int derived_settle(struct derived *derived, struct nj_err *err);
/** Forget what waits, and the error. */
void derived_drop(struct derived *derived);

/** "tcp", ... or the number. */
const char *proto_text(uint8_t proto, char text[8]);

#endif
