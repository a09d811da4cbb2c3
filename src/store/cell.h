/* SPDX-License-Identifier: Apache-2.0 */
/* One cell of an answer in each syntax. */
#ifndef NJ_STORE_CELL_H
#define NJ_STORE_CELL_H

#include "base/text.h"
#include "store/query.h"

/** As JSON: times and addresses are strings, bytes are a string of hex digits. */
void cell_to_json(struct text *text, const struct cell *cell);

/** As a CSV cell: empty for null, bytes as hex digits. */
void cell_to_csv(struct text *text, const struct cell *cell);

/** For people, on one line: "-" for null, bytes as text. `name` is the column's: counts are
 * grouped by thousands, shares are in per cent, times are cut to seconds. */
void cell_to_table(struct text *text, const struct cell *cell, const char *name);

/** Whether a table puts it to the right. */
bool cell_is_number(const struct cell *cell);

#endif
