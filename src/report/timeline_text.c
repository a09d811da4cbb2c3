/* SPDX-License-Identifier: Apache-2.0 */
/* The picture for a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/timeline_plan.h"

static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

static size_t column_of(const struct plan *plan, int64_t us, size_t columns)
{
    double share = (double)(us - plan->from_us) / (double)(plan->to_us - plan->from_us);
    size_t at = (size_t)(share * (double)columns);

    return at < columns ? at : columns - 1;
}

static void draw_line(struct text *to, const char *name, size_t room, const double *values,
                      size_t columns, double most)
{
    text_addf(to, "%-*s ", (int)room, name);
    for (size_t i = 0; i < columns; i++) {
        size_t level = values[i] <= 0 ? 0 : 1 + (size_t)(7 * values[i] / most);

        text_add_z(to, blocks[level < 8 ? level : 8]);
    }
    text_add_z(to, "\n");
}

#define NAME_MAX_BYTES (ADDR_TEXT_MAX + 48)

/* What stands before a line: "203.0.113.7 23 tcp". */
static void line_name(const struct timeline *timeline, const struct plan *plan, size_t source,
                      size_t row, char ret_name[NAME_MAX_BYTES])
{
    char address[ADDR_TEXT_MAX], port[48];

    plan_row_name(plan, row, port);
    (void)snprintf(ret_name, NAME_MAX_BYTES, "%s %s",
                   addr_text(timeline->sources[source], address), port);
}

/* Columns of the longest name of a line. */
static size_t name_room(const struct timeline *timeline, const struct plan *plan)
{
    char name[NAME_MAX_BYTES];
    size_t room = 0;

    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_cell *cell = &timeline->cells[i];

        line_name(timeline, plan, cell->source, plan_row(plan, cell), name);
        room = strlen(name) > room ? strlen(name) : room;
    }
    return room;
}

void timeline_text(const struct timeline *timeline, size_t columns, struct text *to)
{
    char from[32], until[32], name[NAME_MAX_BYTES];
    double *values = NULL;
    size_t room, wide;
    struct plan plan;

    if (!plan_make(timeline, TIMELINE_SOURCES, &plan)) {
        to->no_memory = true;
        return;
    }
    room = name_room(timeline, &plan);
    wide = columns > room + 20 ? columns - room - 1 : 40;
    values = calloc(wide, sizeof(*values));
    if (values == NULL) {
        to->no_memory = true;
        return;
    }
    if (timeline->count == 0)
        text_add_z(to, "no session in this period\n");
    for (size_t row = 0; timeline->count > 0 && row < plan.count + (plan.others > 0); row++) {
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
            line_name(timeline, &plan, source, row, name);
            draw_line(to, name, room, values, wide, most);
        }
    }
    if (timeline->count > 0) {
        plan_stamp(plan.from_us, timeline->by == PERIOD_HOUR, from);
        plan_stamp(plan.to_us, timeline->by == PERIOD_HOUR, until);
        text_addf(to, "%*s %s %*s\n", (int)room, "", from, (int)(wide - strlen(from)) - 1,
                  until);
    }
    free(values);
}
