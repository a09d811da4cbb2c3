/* SPDX-License-Identifier: Apache-2.0 */
/* A decision as a row, for commands and the service. */
#ifndef NJ_POLICY_ROWS_H
#define NJ_POLICY_ROWS_H

#include "model/decision.h"
#include "store/query.h"

#define DECISION_CELLS 17
extern const char *const decision_columns[DECISION_CELLS];

struct decision_room {
    char net[PREFIX_TEXT_MAX], actor[32], grade[2];
};

/** The cells of the columns; texts are borrowed from `room` and the decision. */
void decision_cells(const struct decision *decision, struct decision_room *room,
                    struct cell cells[DECISION_CELLS]);

#endif
