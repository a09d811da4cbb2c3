/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed filter, between the parser and what is made of it. For src/filter/ only.
 *
 * The parser leaves few forms: `=` is an `in` of one value, `!=` and `not in` are a NOT around
 * it, a prefix is a range, a day is the range of its microseconds. */
#ifndef NJ_FILTER_TREE_H
#define NJ_FILTER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter/filter.h"

/* One value, or all from `first` to `last` (both belong to it). */
struct filter_item {
    struct filter_value first, last; /* text only in `first` */
    bool range;                      /* first and last differ */
};

enum filter_op {
    FILTER_IN, /* one of the items */
    FILTER_LESS,
    FILTER_AT_MOST,
    FILTER_MORE,
    FILTER_AT_LEAST,
    FILTER_LIKE, /* a glob pattern */
};

enum filter_node_kind {
    FILTER_AND, /* two children or more */
    FILTER_OR,  /* two children or more */
    FILTER_NOT, /* one child */
    FILTER_TERM,
};

struct filter_node {
    enum filter_node_kind kind;
    struct filter_node *children; /* owned, linked by `next` */
    struct filter_node *next;
    /* of a term */
    const struct filter_field *field; /* borrowed from the caller */
    size_t column;                    /* of the field, in characters from 1 */
    enum filter_op op;
    struct filter_item *items; /* owned */
    size_t item_count;         /* 1 for everything but FILTER_IN */
};

struct filter_tree {
    struct filter_node *root; /* NULL: the filter is empty */
    size_t value_count;       /* bounds to bind: two for a range. At most FILTER_VALUES_MAX */
    uint64_t fields_used;
};

/** @return NULL when out of memory, which *err says */
struct filter_node *filter_node_new(enum filter_node_kind kind, struct nj_err *err);

/** Free a node and everything below; NULL is fine. As deep as the tree. */
void filter_node_free(struct filter_node *node);

/** Put a NOT around *node. @return 0; -1 NJ_NOMEM, and *node stays */
int filter_node_negate(struct filter_node **node, struct nj_err *err);

/** Parse a filter. @return as filter_compile_bytes */
int filter_tree_parse(const char *text, size_t length, const struct filter_field *fields,
                      size_t field_count, struct filter_tree *ret_tree, struct nj_err *err);
void filter_tree_done(struct filter_tree *tree);

/** Write the SQL condition and move the values, in the order of the `?`. The texts go from the
 * tree to the filter. @return 0; -1 NJ_NOMEM */
int filter_tree_to_sql(struct filter_tree *tree, struct filter *ret_filter, struct nj_err *err);

#endif
