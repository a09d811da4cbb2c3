/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/declared.h"

#include <stdio.h>

#include "model/trait.h"

int declared_tell(const struct nets *nets, struct source_table *table,
                  const struct visit *visit, struct nj_err *err)
{
    size_t entry = nets == NULL ? NETS_NONE : nets_find(nets, visit->src);
    struct trait trait = {.time_ns = visit->handed_ns,
                          .src = visit->src,
                          .sensor = visit->sensor,
                          .packets = 1,
                          .kind = "declared"};

    if (entry == NETS_NONE || source_table_is_declared(table, visit->src))
        return 0;
    (void)snprintf(trait.value, sizeof(trait.value), "%.127s", nets_label(nets, entry));
    return source_table_trait(table, &trait, err);
}
