/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the outbox share: its database, and statements with their values. Inside of
 * outbox/: box.c opens and runs, box_queue.c and box_told.c say what. */
#ifndef NJ_OUTBOX_BOX_STATEMENT_H
#define NJ_OUTBOX_BOX_STATEMENT_H

#include <sqlite3.h>

#include "outbox/box.h"

struct box {
    sqlite3 *db;
};

/* A value of a statement. */
struct box_value {
    const char *text;
    int64_t number;
    size_t length; /* of bytes; 0: a text that ends with NUL, or a number */
};
#define TEXT(t)                                                                                \
    {                                                                                          \
        .text = (t)                                                                            \
    }
#define NUMBER(n)                                                                              \
    {                                                                                          \
        .number = (n)                                                                          \
    }

/** The database's last error. @return -1 */
int box_fault(struct box *box, struct nj_err *err);

/** A statement with its values, which are borrowed until it ends. @param ret  taken:
 * sqlite3_finalize. @return 0; -1 */
int box_prepare(struct box *box, const char *sql, const struct box_value *values, size_t count,
                sqlite3_stmt **ret, struct nj_err *err);

/** Run it. @return 0; -1 */
int box_change(struct box *box, const char *sql, const struct box_value *values, size_t count,
               struct nj_err *err);
#define CHANGE(box, sql, err, ...)                                                             \
    box_change(box, sql, (const struct box_value[]){__VA_ARGS__},                              \
               sizeof((const struct box_value[]){__VA_ARGS__}) / sizeof(struct box_value),     \
               err)

/** One number. @return 0; BOX_NONE: no row; -1 */
int box_ask(struct box *box, const char *sql, const struct box_value *values, size_t count,
            int64_t *ret, struct nj_err *err);
#define ASK(box, sql, ret, err, ...)                                                           \
    box_ask(box, sql, (const struct box_value[]){__VA_ARGS__},                                 \
            sizeof((const struct box_value[]){__VA_ARGS__}) / sizeof(struct box_value), ret,   \
            err)

#endif
