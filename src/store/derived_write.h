/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of the later stages' tables, as derived.c, derived_rows.c, derived_queue.c and
 * checkpoint.c share it. */
#ifndef NJ_STORE_DERIVED_WRITE_H
#define NJ_STORE_DERIVED_WRITE_H

#include "store/derived_internal.h"
#include "store/episode_bytes.h"

enum statement {
    KEEP_EPISODE,
    SAVE_EPISODE,
    FIND_LINK,
    SAVE_LINK,
    ADD_ACTOR,
    MERGE_ACTOR,
    OPEN_SOURCES,
    JOIN_ACTOR,
    LEAVE_ACTOR,
    IS_OF_ACTOR,
    KEEP_SCORE,
    SAVE_SCORE,
    ADD_HISTORY,
    ADD_EVENT,
    WRITE_MARK,
    WRITE_FIGURE,
    WRITE_TOLD,
    STATEMENTS,
};

struct derived_queue;
struct derived_held;

struct derived {
    struct store *store;
    struct derived_held *held;
    struct derived_queue *queue; /* rows that the writing thread has not yet written */
    sqlite3_stmt *statements[STATEMENTS];
    bool open; /* inside a transaction */
};

/* derived.c */

/** Begin to bind a statement's values. */
struct binder derived_bind(struct derived *derived, enum statement which);
/** Step a statement that changes rows. */
int derived_step(struct derived *derived, const struct binder *b, struct nj_err *err);

/* derived_rows.c: called by the writing thread */

enum row_kind { ROW_EPISODE, ROW_HISTORY, ROW_SCORE, ROW_EVENT };

/* Rows that wait are sorted by it, and begin with it. */
struct row_key {
    struct addr src;
    int64_t order; /* an episode's number, the time of a history's line */
};

/* Bytes stand last, so that what is not used need not be copied. */
struct episode_row {
    struct row_key key;
    const struct nj_intern *names; /* its texts never move */
    int64_t first_us, last_us, ceased_us;
    uint64_t sessions, packets, targets, repeats, answered;
    double rate;
    uint32_t asn, hours, bursts, ports_seen, tool, stack, stacks;
    uint16_t sport_min, sport_max, window, ports_size;
    char country[3];
    uint8_t sport_model, ttl_min, ttl_max, instances_size;
    bool declared, no_fields;
    uint8_t bytes[EPISODE_PORTS * EPISODE_PORT_BYTES + EPISODE_INSTANCES * 8]; /* so */
};

/* The state, and the first fact of the receipt. */
struct history_row {
    struct row_key key;
    uint16_t fact_size;
    uint8_t grade, state_size;
    uint8_t bytes[RISK_STATE_MAX + RISK_FACT_BYTES];
};

struct score_row {
    struct addr src;
    int64_t at_us;
    uint32_t version;
    uint8_t grade, stage, reason_size, state_size;
    uint16_t receipt_size;
    bool known, declared; /* unless known, the rest of what was seen is not */
    char country[3];
    uint32_t asn, ports_seen;
    int64_t first_us, last_us;
    uint64_t sessions, targets;
    uint8_t bytes[GRADE_FACT_BYTES + RISK_STATE_MAX + RECEIPT_BYTES]; /* in this order */
};

struct event_row {
    int64_t at_us, packet_us;
    struct addr source, other;
    uint64_t actor, link, episode;
    uint8_t kind;
    bool says;     /* the bytes are text, else a packed fact */
    uint16_t size; /* of them */
    uint8_t bytes[EVENT_TEXT_MAX > EVENT_FACT_BYTES ? EVENT_TEXT_MAX : EVENT_FACT_BYTES];
};

int derived_write_episode(struct derived *derived, int64_t era, const struct episode_row *row,
                          struct nj_err *err);
int derived_write_score(struct derived *derived, int64_t era, const struct score_row *row,
                        struct nj_err *err);
int derived_write_history(struct derived *derived, int64_t era, const struct history_row *row,
                          struct nj_err *err);
int derived_write_event(struct derived *derived, const struct event_row *row,
                        struct nj_err *err);

/* derived_queue.c */

/** @return NULL when out of memory */
struct derived_queue *derived_queue_new(struct derived *derived);
/** End the thread. What waits is not written. */
void derived_queue_free(struct derived_queue *queue);
/** Wait until all rows are written: before any other use of the catalog. @return 0; -1 with the
 * first error of a row since the last derived_drop */
int derived_settle(struct derived *derived, struct nj_err *err);
/** Forget what waits for the thread, and the error. */
void derived_drop(struct derived *derived);
/** Have a row written, behind those that were added before. Copied. */
int derived_queue_add(struct derived *derived, enum row_kind kind, int64_t era, const void *row,
                      size_t size, struct nj_err *err);

/* derived_held.c */

/** @return NULL when out of memory */
struct derived_held *derived_held_new(void);
void derived_held_free(struct derived_held *held);
/** Keep a row, which begins with its key, until derived_release. Copied. */
int derived_hold(struct derived *derived, enum row_kind kind, int64_t era, const void *row,
                 size_t size, struct nj_err *err);

#endif
