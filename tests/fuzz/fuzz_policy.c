/* SPDX-License-Identifier: Apache-2.0 */
/* A policy. */
#include <stdint.h>

#include "policy/policy.h"
#include "store/candidates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count;
    const struct filter_field *fields = candidate_fields(&count);
    struct policy policy;

    if (policy_parse((const char *)data, size, "fuzz/policy.conf", fields, count, &policy,
                     NULL) == 0)
        policy_done(&policy);
    return 0;
}
