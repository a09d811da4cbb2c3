/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an input's row of the catalog, as part of a commit (write.c). */
#ifndef NJ_STORE_INPUT_H
#define NJ_STORE_INPUT_H

#include "store/internal.h"

/** Insert or update; sets input->id when it was 0. Inside the caller's transaction. */
int input_save(struct store *store, struct store_input *input, struct nj_err *err);

#endif
