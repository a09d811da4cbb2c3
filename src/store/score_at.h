/* SPDX-License-Identifier: Apache-2.0 */
/* SQL functions of the catalog about stored scores and the facts behind them, so that a
 * question about any instant is answered from the state that was stored last before it. */
#ifndef NJ_STORE_SCORE_AT_H
#define NJ_STORE_SCORE_AT_H

#include <sqlite3.h>

#include "model/decay.h"

/** A stored state as of an instant. @return whether the bytes are one */
bool score_state(const uint8_t *bytes, size_t size, int64_t us, struct risk_state *ret);

/** Its risk. */
double score_risk(const struct risk_state *state);

/**
 * Add to a connection (`state` is a packed struct risk_state, `us` microseconds since 1970
 * UTC):
 *
 *   risk_at(state, us), uncapped_at, level_at, previous_level_at, changed_at
 *   receipt_at(receipt, state, us)   its lines with their points as of then, most first: JSON
 *   fact_text(receipt)               what its first line says; grade_text(reason) of a grade
 *   stage_name(number), technique_name(number)
 *   actor_risk(state, us, declared)  of the rows of a group, which are an actor's sources:
 *       noisy-OR of their contributions, what several have of one group and one hour counted
 *       once (the largest), at most 15 points above the largest source; not above it for
 *       declared scanners. NULL states are left out
 *   level_name(number), level_of(risk)
 *
 * @return 0; -1: SQLite says why
 */
int score_functions(sqlite3 *catalog);

#endif
