/* SPDX-License-Identifier: Apache-2.0 */
/* A file of alerts, which has the lines and conditions of a policy. */
#include <stdint.h>

#include "alert/rules.h"
#include "store/alerts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count;
    const struct filter_field *fields = alert_fields(&count);
    struct alerts alerts;

    if (alerts_parse((const char *)data, size, "fuzz/alerts.conf", fields, count, &alerts,
                     NULL) == 0)
        alerts_done(&alerts);
    return 0;
}
