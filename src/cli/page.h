/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object as a readable page, or in the other formats. */
#ifndef NJ_CLI_PAGE_H
#define NJ_CLI_PAGE_H

#include "cli/output.h"

/**
 * Print an object on standard output.
 *
 * As a table: a line for each member, then a table for each member that is a list of objects,
 * of which the first PAGE_ROWS are shown. As CSV: rows (name, value) with names as in
 * "ports.0.port". As ndjson: one line.
 *
 * @return 0; -1 NJ_IO, NJ_NOMEM
 */
#define PAGE_ROWS 20u
int page_print(enum output_format format, const json_t *object, struct nj_err *err);

#endif
