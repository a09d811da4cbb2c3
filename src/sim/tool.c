/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tool.h"

#include <string.h>

const struct sim_tool *sim_tool_find(const char *variant)
{
    const struct {
        const struct sim_tool *tools;
        size_t count;
    } tables[] = {
        {.tools = sim_tools_raw, .count = sim_tools_raw_count},
        {.tools = sim_tools_stack, .count = sim_tools_stack_count},
        {.tools = sim_tools_udp, .count = sim_tools_udp_count},
        {.tools = sim_tools_backscatter, .count = sim_tools_backscatter_count},
        {.tools = sim_tools_own, .count = sim_tools_own_count},
    };

    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            if (strcmp(tables[t].tools[i].variant, variant) == 0)
                return &tables[t].tools[i];
        }
    }
    return NULL;
}

void sim_tool_start(struct sim_sender *sender, int64_t time_ns)
{
    const struct sim_style *style = sender->style;

    sender->key = nj_rng_u32(&sender->rng);
    if (sender->tool->start != NULL)
        sender->tool->start(sender, time_ns);
    if (style == NULL)
        return;
    if (style->shared)
        sender->key = style->key;
    if (style->clock != 0)
        sender->clock = style->clock;
    if (style->sport != 0)
        sender->sport = style->sport;
    if (style->port_window != 0)
        sender->window = style->port_window;
}
