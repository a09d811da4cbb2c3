/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of one batch as the table `rows` of the engine. */
#ifndef NJ_LOG_BATCH_H
#define NJ_LOG_BATCH_H

#include "duck/duck.h"
#include "log/rows.h"

/** What the table shows: the good rows of [from, to). Must not move while the engine knows
 * it; its owner changes the contents between two executions. */
struct batch {
    const struct rows_spec *spec;
    struct rows_row *rows;
    size_t from, to;
};

/**
 * Create the table: `n` (line number), `line`, and the columns of the spec, all VARCHAR but n.
 *
 * @param batch borrowed as long as the engine is open
 * @return 0; -1 NJ_STORE, NJ_NOMEM
 */
int batch_table(struct duck *duck, struct batch *batch, struct nj_err *err);

#endif
