/* SPDX-License-Identifier: Apache-2.0 */
/* A scope as an SQL condition with bound values, and which view can answer it. */
#ifndef NJ_STORE_SCOPE_H
#define NJ_STORE_SCOPE_H

#include "duck/duck.h"
#include "store/query.h"

/* The views, from the smallest: a question takes the first that has all its fields. */
enum scope_view {
    VIEW_COUNTS,
    VIEW_SOURCES,
    VIEW_VISITS,
};

extern const char *const view_names[];

struct scope {
    char *sql; /* a condition over the fields of `view` and larger ones */
    struct duck_value *values;
    size_t count;
    struct filter filter;
    enum scope_view view; /* the smallest that has every field of the condition */
    const char *counted;  /* the part of it that leaves classes and clients out, or NULL */
    char (*addresses)[ADDR_TEXT_MAX];
};

/** @return 0; -1 with what is wrong with the filter */
int scope_compile(struct store *store, const struct store_scope *scope, struct scope *ret,
                  struct nj_err *err);
void scope_done(struct scope *scope);

/** Ask about a scope, which is done then. @param sql  taken; NULL: there was no memory for it
 * @return 0; -1 */
int scope_rows(struct store *store, struct scope *scope, char *sql, const struct row_sink *sink,
               struct nj_err *err);

/* top.c: a period as SQL: the start of a row's, and the label of a start `p`. */
const char *period_start(enum period by);
const char *period_label(enum period by);

#endif
