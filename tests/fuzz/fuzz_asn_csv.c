/* SPDX-License-Identifier: Apache-2.0 */
/* A file of AS ranges, then look-ups at the borders of both families. */
#include <stdint.h>
#include <stdlib.h>

#include "enrich/asn_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t v4[] = {0, 1, 0xc0000200, 0xfffffffe, UINT32_MAX};
    struct asn_csv_counts counts;
    struct asn_table *table;

    if (asn_csv_parse(data, size, false, &table, &counts, NULL) == 0) {
        for (size_t i = 0; i < sizeof(v4) / sizeof(v4[0]); i++) {
            struct addr v6 = {.hi = (uint64_t)v4[i] << 32, .lo = v4[i]};

            (void)as_names_find(table->names, asn_table_find(table, addr_from_v4(v4[i])));
            (void)as_names_find(table->names, asn_table_find(table, v6));
        }
        asn_table_free(table);
    }
    return 0;
}
