/* SPDX-License-Identifier: Apache-2.0 */
/* The picture for a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/timeline_plan.h"

#define NAME_COLUMNS 26u

static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

static size_t column_of(const struct plan *plan, int64_t us, size_t columns)
{
    double share = (double)(us - plan->from_us) / (double)(plan->to_us - plan->from_us);
    size_t at = (size_t)(share * (double)columns);

    return at < columns ? at : columns - 1;
}

static void draw_line(struct text *to, const char *name, const double *values, size_t columns,
                      double most)
{
    text_addf(to, "%-*.*s ", (int)NAME_COLUMNS, (int)NAME_COLUMNS, name);
    for (size_t i = 0; i < columns; i++) {
        size_t level = values[i] <= 0 ? 0 : 1 + (size_t)(7 * values[i] / most);

        text_add_z(to, blocks[level < 8 ? level : 8]);
    }
    text_add_z(to, "\n");
}

void timeline_text(const struct timeline *timeline, size_t columns, struct text *to)
{
    size_t wide = columns > NAME_COLUMNS + 20 ? columns - NAME_COLUMNS - 1 : 40;
    double *values = calloc(wide, sizeof(*values));
    char from[32], until[32], name[ADDR_TEXT_MAX + 64], port[48];
    struct plan plan;

    if (values == NULL || !plan_make(timeline, &plan)) {
        to->no_memory = true;
        free(values);
        return;
    }
    if (timeline->count == 0)
        text_add_z(to, "no session in this period\n");
    for (size_t row = 0; timeline->count > 0 && row < plan.count + (plan.others > 0); row++) {
        plan_row_name(&plan, row, port);
        for (uint32_t source = 0; source < timeline->source_count; source++) {
            double most = 1, sum = 0;

            memset(values, 0, wide * sizeof(*values));
            for (size_t i = 0; i < timeline->count; i++) {
                const struct timeline_cell *cell = &timeline->cells[i];
                size_t at = column_of(&plan, cell->start_us, wide);
                size_t end =
                    column_of(&plan, cell->start_us + plan_period_us(timeline->by), wide);

                if (cell->source != source || plan_row(&plan, cell) != row)
                    continue;
                sum += (double)cell->sessions;
                do { /* a period may be several columns wide, or share one */
                    values[at] += (double)cell->sessions;
                    most = values[at] > most ? values[at] : most;
                } while (++at < end);
            }
            if (sum <= 0)
                continue;
            (void)addr_text(timeline->sources[source], name);
            (void)snprintf(name + strlen(name), sizeof(name) - strlen(name), " %s", port);
            draw_line(to, name, values, wide, most);
        }
    }
    if (timeline->count > 0) {
        plan_stamp(plan.from_us, timeline->by == PERIOD_HOUR, from);
        plan_stamp(plan.to_us, timeline->by == PERIOD_HOUR, until);
        text_addf(to, "%*s %s%*s\n", (int)NAME_COLUMNS, "", from, (int)(wide - strlen(from)),
                  until);
    }
    free(values);
}
