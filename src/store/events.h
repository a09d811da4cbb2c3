/* SPDX-License-Identifier: Apache-2.0 */
/* What the later stages noticed (started, ceased, hop, level, ...), one by one for streams. As
 * rows it is a list like others (store/derived_ask.h), with the same columns. */
#ifndef NJ_STORE_EVENTS_H
#define NJ_STORE_EVENTS_H

#include "store/query.h"

struct stored_event {
    int64_t id;
    int64_t at_us;     /* when it was noticed, capture time */
    int64_t packet_us; /* the packet that it is about */
    char kind[24];
    struct addr source, other; /* of a hop: from and to; none: addr_is_none */
    uint64_t actor, link;      /* 0: none */
    char text[240];
};

struct events_question {
    int64_t after_id;       /* only later ones; 0: all */
    int64_t from_us, to_us; /* noticed then, inclusive */
    unsigned limit;
};

/** One by one, in the order in which they were noticed. @return 0; -1 */
int store_events(struct store *store, const struct events_question *question,
                 int (*on_event)(void *ctx, const struct stored_event *event,
                                 struct nj_err *err),
                 void *ctx, struct nj_err *err);

/** The newest one's number, 0: none. */
int store_last_event(struct store *store, int64_t *ret_id, struct nj_err *err);

#define EVENT_COLUMNS 9
extern const char *const event_columns[]; /* ended by NULL */

/** An event as cells that borrow it and `actor`. */
void event_cells(const struct stored_event *event, struct cell cells[static EVENT_COLUMNS],
                 char actor[static 32]);

#endif
