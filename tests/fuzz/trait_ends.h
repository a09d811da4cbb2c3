/* SPDX-License-Identifier: Apache-2.0 */
/* A trait that a loaded state gave: its text must end. Included by targets only. */
#ifndef NJ_TESTS_FUZZ_TRAIT_ENDS_H
#define NJ_TESTS_FUZZ_TRAIT_ENDS_H

#include <stdlib.h>
#include <string.h>

#include "model/trait.h"

static inline int trait_ends(void *ctx, const struct trait *trait, struct nj_err *err)
{
    (void)ctx;
    (void)err;
    if (memchr(trait->value, '\0', sizeof(trait->value)) == NULL)
        abort();
    return 0;
}

#endif
