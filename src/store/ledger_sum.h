/* SPDX-License-Identifier: Apache-2.0 */
/* From visits to a ledger: a commit gives those it has staged, compaction those it has joined,
 * in the order of their sources; each source becomes an entry with its sums. */
#ifndef NJ_STORE_LEDGER_SUM_H
#define NJ_STORE_LEDGER_SUM_H

#include "store/ledger.h"

/* What a ledger takes of a visit. */
struct ledger_visit {
    struct addr src;
    int64_t ts, duration_us;
    /* NULL and "": unknown. The same text at two places is counted in two rows; texts outlive
     * the sums */
    const char *sensor, *class, *rule, *tool, *stack;
    uint64_t sessions, packets, sport_bands;
    const uint16_t *sports; /* samples; borrowed for the call */
    size_t sport_count;
    uint16_t dport, sport_min, sport_max;
    uint8_t proto;
};

struct ledger_sum;

/** @param writer  borrowed. @return 0; -1 NJ_NOMEM */
int ledger_sum_new(struct ledger_writer *writer, struct ledger_sum **ret, struct nj_err *err);
/** Sources ascend; visits without one are left out, since nobody can ask for them.
 * @return 0; -1 NJ_NOMEM, or as ledger_writer_begin says */
int ledger_sum_add(struct ledger_sum *sum, const struct ledger_visit *visit,
                   struct nj_err *err);
/** Write the last source. @param ret_rows  rows written in all. @return 0; -1 */
int ledger_sum_end(struct ledger_sum *sum, uint64_t *ret_rows, struct nj_err *err);
void ledger_sum_free(struct ledger_sum *sum);

#endif
