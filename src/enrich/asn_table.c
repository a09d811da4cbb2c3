/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/asn_table.h"

#include <stdlib.h>

struct asn_table *asn_table_new(size_t v6_room)
{
    struct asn_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return NULL;
    table->v4 = v4_map_new();
    table->v6 = malloc((v6_room + 1) * sizeof(*table->v6));
    table->v6_asn = malloc((v6_room + 1) * sizeof(*table->v6_asn));
    if (table->v4 == NULL || table->v6 == NULL || table->v6_asn == NULL) {
        asn_table_free(table);
        return NULL;
    }
    return table;
}

void asn_table_free(struct asn_table *table)
{
    if (table == NULL)
        return;
    v4_map_free(table->v4);
    free(table->v6);
    free(table->v6_asn);
    as_names_free(table->names);
    free(table);
}

uint32_t asn_table_find(const struct asn_table *table, struct addr a)
{
    size_t low = 0, high = table->v6_count;

    if (addr_is_v4(a))
        return v4_map_find(table->v4, addr_v4(a));
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (addr_compare(table->v6[middle], a) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? 0 : table->v6_asn[low - 1];
}
