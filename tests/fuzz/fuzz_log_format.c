/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are a log format or an error, and a format can be asked about any input. */
#include <stdint.h>
#include <stdlib.h>

#include "log/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct log_format *format = NULL;
    struct nj_err err = {.code = NJ_OK};
    enum rows_kind kind;

    if (size >= FORMAT_FILE_MAX)
        return 0;
    if (format_parse("fuzz.sql", (const char *)data, size, &format, &err) == 0) {
        if (format->name[0] == '\0' || format->select[0] == '\0' || format->kind_count == 0)
            abort();
        if (!format->has_detect) /* patterns are ours; the fuzzer finds the exponential ones */
            (void)format_match(format, data, size, &kind);
    } else if (err.code != NJ_CONFIG) {
        abort();
    }
    format_free(format);
    return 0;
}
