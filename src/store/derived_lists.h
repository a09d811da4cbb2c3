/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked of the later stages' tables: each list is a SELECT whose columns bear the
 * public names, and filters are conditions around it. Used by derived_ask.c. */
#ifndef NJ_STORE_DERIVED_LISTS_H
#define NJ_STORE_DERIVED_LISTS_H

#include "store/derived_ask.h"

#define LIST_COLUMNS 40

struct list_column {
    const char *name;
    enum cell_kind kind;
};

struct derived_list {
    const char *sql;            /* ?1: the instant asked for */
    const char *source, *actor; /* conditions on ?2 and ?3 */
    const char *period;         /* "COLUMN BETWEEN ", where from_us and to_us are of use */
    const char *accepted;       /* what holds unless all are asked for */
    const char *order;
    const struct filter_field *fields;
    size_t field_count;
    struct list_column columns[LIST_COLUMNS];
};

extern const struct derived_list derived_lists[DERIVED_KINDS];

#endif
