/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: what is to be sent and was not yet, in a file of its own beside the catalog
 * (STORE/outbox.db, SQLite), so that nobody who sends ever holds up who stores.
 *
 * Beside the queue it holds what makes sending exactly once: which alerts were told, how far
 * was looked, and which entries of a feed a receiver has. All of that changes in one
 * transaction with what is put into the queue. Microseconds since 1970 UTC. Several processes
 * may have it open; a struct belongs to one thread. */
#ifndef NJ_OUTBOX_BOX_H
#define NJ_OUTBOX_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#include "base/span.h"

#define BOX_MESSAGES_MAX 20000u   /* waiting for one receiver; the oldest go first */
#define BOX_BYTES_MAX (32u << 20) /* of them */
#define BOX_AGE_US (7 * DAY_US)   /* what could not be sent for so long is given up */
#define BOX_BODY_MAX 65000u       /* of one message */

struct box;

/** Open it, making it if it is not there. @param store_dir  NULL: one in memory, for tests
 * @return 0; -1 NJ_STORE, NJ_IO */
int box_open(const char *store_dir, struct box **ret, struct nj_err *err);
void box_close(struct box *box);

/** Several changes as one. @return 0; -1, and nothing of them is there */
int box_begin(struct box *box, struct nj_err *err);
int box_end(struct box *box, int rc, struct nj_err *err);

/* ---- the queue ---- */

struct box_message {
    int64_t id; /* ascending */
    int64_t put_us;
    char *body;
    size_t length;
};

/** Put a message into the queue of a receiver. What then does not fit is dropped, the oldest
 * first, and counted. */
int box_put(struct box *box, const char *receiver, const char *body, size_t length,
            int64_t now_us, struct nj_err *err);

/** The oldest messages of a receiver, at most `max` of them and about 1 MiB.
 * @param ret  of `max` places; each taken: box_message_done */
int box_next(struct box *box, const char *receiver, size_t max, struct box_message *ret,
             size_t *ret_count, struct nj_err *err);
void box_message_done(struct box_message *message);

/** They arrived. Also counts them and forgets failures before. */
int box_sent(struct box *box, const char *receiver, int64_t first_id, int64_t last_id,
             struct nj_err *err);

/** They never will: dropped and counted. */
int box_refused(struct box *box, const char *receiver, int64_t first_id, int64_t last_id,
                const char *why, struct nj_err *err);

/** Sending failed: when to try again, and why, for people. */
int box_failed(struct box *box, const char *receiver, int64_t next_us, const char *why,
               struct nj_err *err);

/** What waited longer than BOX_AGE_US goes, whoever it was for. */
int box_expire(struct box *box, int64_t now_us, struct nj_err *err);

struct box_receiver {
    char name[520];
    uint64_t waiting, bytes, sent, dropped;
    uint64_t failures;          /* since something arrived last */
    int64_t oldest_us, next_us; /* 0: none */
    char why[200];
};

/** All receivers there ever were, by name. @return 0; -1, also what `fn` said */
int box_receivers(struct box *box,
                  int (*fn)(void *ctx, const struct box_receiver *receiver, struct nj_err *err),
                  void *ctx, struct nj_err *err);

/** One of them; all zero when nothing was ever put there. */
int box_receiver(struct box *box, const char *name, struct box_receiver *ret,
                 struct nj_err *err);

/** Try again at once, whatever failed before; NULL: all. */
int box_retry(struct box *box, const char *receiver, struct nj_err *err);

/* ---- what was told ---- */

/** How far was looked. @return 0; BOX_NONE: never yet; -1 */
#define BOX_NONE 1
int box_position(struct box *box, const char *who, int64_t *ret_us, struct nj_err *err);
int box_set_position(struct box *box, const char *who, int64_t at_us, struct nj_err *err);

struct box_told {
    const char *rule, *key; /* the event */
    const char *subject;    /* whom it is about */
    int64_t at_us;
    bool sent; /* else it was held back */
};

/** @return 0: it is told from now on; BOX_TOLD: it was before; -1 */
#define BOX_TOLD 1
int box_tell(struct box *box, const struct box_told *told, struct nj_err *err);

/** Whether it was told, or held back, before. @return 0; BOX_TOLD; -1 */
int box_is_told(struct box *box, const char *rule, const char *key, struct nj_err *err);

/** How many of a rule were sent at [from_us, to_us]; of one subject unless it is NULL. */
int box_told_count(struct box *box, const char *rule, const char *subject, int64_t from_us,
                   int64_t to_us, uint64_t *ret, struct nj_err *err);

/** Events before this are never asked for again. */
int box_forget_told(struct box *box, int64_t before_us, struct nj_err *err);

/* ---- which entries of a feed a receiver has ---- */

/** @return 0: it has not: it is noted that it has from now on; BOX_TOLD: it has; -1 */
int box_list(struct box *box, const char *receiver, const char *feed, const char *entry,
             const char *what, int64_t round, struct nj_err *err);

/** Whether it has the entry, which then counts as listed in this round. @return 0: it has not,
 * and nothing was noted; BOX_TOLD: it has; -1 */
int box_is_listed(struct box *box, const char *receiver, const char *feed, const char *entry,
                  const char *what, int64_t round, struct nj_err *err);

/** Entries that were not listed in this round are no longer there. */
int box_unlist(struct box *box, const char *receiver, const char *feed, int64_t round,
               struct nj_err *err);

#endif
