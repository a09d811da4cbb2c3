/* SPDX-License-Identifier: Apache-2.0 */
/* Whether SQL of the user's merely asks. Not for other modules. */
#ifndef NJ_STORE_QUESTION_H
#define NJ_STORE_QUESTION_H

#include "store/internal.h"

/** The engine keeps to the store's folder by itself, but would write there: so it must be one
 * SELECT, or EXPLAIN of one, and call no function that does anything but answer.
 * @return 0; -1 NJ_STORE (the engine's words), NJ_CONFIG, NJ_NOMEM */
int question_check(struct store *store, const char *sql, struct nj_err *err);

#endif
