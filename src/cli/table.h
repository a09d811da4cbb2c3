/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as an aligned table. The widths come from the first rows, which wait for each other;
 * later ones are written as they come. Numbers stand to the right. */
#ifndef NJ_CLI_TABLE_H
#define NJ_CLI_TABLE_H

#include "base/text.h"
#include "store/query.h"

struct table;

/**
 * @param width   columns of the terminal: long texts are cut with an ellipsis; 0: none is cut
 * @param colour  the head is bold
 * @param only    names of the columns to show, ended by NULL, borrowed; NULL: all
 * @return NULL when out of memory
 */
struct table *table_new(size_t width, bool colour, const char *const *only);
void table_free(struct table *table);

/** The names are copied. Once. @return 0; -1 NJ_NOMEM */
int table_head(struct table *table, const char *const *names, size_t count, struct nj_err *err);

/** What is ready to be written is added to `out`. @return 0; -1 NJ_NOMEM */
int table_row(struct table *table, const struct cell *cells, size_t count, struct text *out,
              struct nj_err *err);

/** The rows that still wait. @return 0; -1 NJ_NOMEM */
int table_end(struct table *table, struct text *out, struct nj_err *err);

#endif
