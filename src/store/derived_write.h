/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of the later stages' tables, as derived.c and checkpoint.c share it. */
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

struct derived {
    struct store *store;
    sqlite3_stmt *statements[STATEMENTS];
    bool open; /* inside a transaction */
    FILE *out; /* writes to `text`, for what becomes a column */
    char *text;
    size_t text_size;
};

/** "tcp", ... or the number. */
const char *proto_text(uint8_t proto, char text[8]);

#endif
