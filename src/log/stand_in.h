/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that stand in for others which a log may or may not have. Suricata writes what it read
 * of a connection (dns, http, ...) when it is read, and the flow, if it is told to write flows
 * at all, at its end, an hour later maybe: until the first row of the better kind a row of the
 * other kind is the session, the first one of each connection, and the better row of the same
 * connection is none then. Behind that row nothing stands in any more.
 *
 * A row that is a session whatever else there is (an alert) is one behind a row that stood in
 * as well: that has been handed out, and what an alert says must not be lost. Such a connection
 * counts twice. The other way round, nothing stands in for what is a session already.
 *
 * Connections are known by a 64-bit hash of their names. The last 524,288 or more are
 * remembered, 1,048,576 at most. */
#ifndef NJ_LOG_STAND_IN_H
#define NJ_LOG_STAND_IN_H

#include <stdbool.h>
#include <stddef.h>

struct stand_ins;

enum stand_in_kind {
    STAND_IN_NEVER,  /* a session whatever else there is */
    STAND_IN_ROW,    /* stands in for a better one */
    STAND_IN_BETTER, /* a row for which others have stood in */
};

/** @return NULL when out of memory */
struct stand_ins *stand_ins_new(void);
void stand_ins_free(struct stand_ins *stand_ins);

/**
 * Count a row.
 *
 * @param key  of its connection
 * @return whether it is a session
 */
bool stand_ins_add(struct stand_ins *stand_ins, enum stand_in_kind kind, const char *key,
                   size_t length);

/** Whether the rows that come change nothing of what is remembered. */
bool stand_ins_over(const struct stand_ins *stand_ins);

#endif
