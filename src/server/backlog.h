/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of visits that wait to be held against filters, with their texts. Bounded: those for
 * which there is no room are counted. Whoever adds never waits. One thread at a time. */
#ifndef NJ_SERVER_BACKLOG_H
#define NJ_SERVER_BACKLOG_H

#include "store/live.h"

#define BACKLOG_ROWS 8192u /* of a twentieth of a second: 160,000 a second */
#define BACKLOG_TEXT_BYTES 1048576u

struct backlog {
    struct live_row *rows; /* NULL until the first is added */
    char *texts;
    size_t count, text_bytes;
    uint64_t left_sessions; /* of visits for which there was no room or memory */
};

void backlog_add(struct backlog *backlog, const struct live_row *row);

/** Empty it; its memory stays. */
void backlog_clear(struct backlog *backlog);

/** Empty it and give its memory back. */
void backlog_done(struct backlog *backlog);

#endif
