/* SPDX-License-Identifier: Apache-2.0 */
/* What a format's SELECT may call beside the engine's own functions (docs/LOG-FORMATS.md). */
#ifndef NJ_LOG_FUNCTIONS_H
#define NJ_LOG_FUNCTIONS_H

#include "duck/duck.h"

/** Make them known to the engine. @return 0; -1 NJ_STORE */
int log_functions_add(struct duck *duck, struct nj_err *err);

#endif
