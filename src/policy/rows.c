/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rows.h"

#include <stdlib.h>
#include <string.h>

#include "policy/ready.h"

const char *const decision_columns[DECISION_CELLS] = {
    "net", "action",   "state",   "since", "until", "risk",  "level", "grade", "actor",
    "hop", "hop_from", "country", "asn",   "tool",  "ports", "rule",  "reason"};

static struct cell rounded_cell(double number, double unit)
{
    return (struct cell){.kind = CELL_REAL,
                         .real = (double)(int64_t)(number * unit + 0.5) / unit};
}

void decision_cells(const struct decision *decision, struct decision_room *room,
                    struct cell cells[DECISION_CELLS])
{
    static const struct cell null = {.kind = CELL_NULL};

    room->actor[0] = '\0';
    if (decision->actor != 0)
        (void)snprintf(room->actor, sizeof(room->actor), "NJ-%06llu",
                       (unsigned long long)decision->actor);
    room->grade[0] = "ABCD"[decision->grade];
    room->grade[1] = '\0';
    cells[0] = text_cell(prefix_text(&decision->net, room->net));
    cells[1] = text_cell(action_names[decision->action]);
    cells[2] = text_cell(decision_state_names[decision->state]);
    cells[3] = (struct cell){.kind = CELL_TIME, .number = decision->since_us};
    cells[4] = (struct cell){.kind = CELL_TIME, .number = decision->until_us};
    cells[5] = rounded_cell(decision->risk, 100);
    cells[6] = text_cell(risk_level_names[decision->level]);
    cells[7] = text_cell(room->grade);
    cells[8] = text_cell(room->actor);
    cells[9] = decision->hop > 0 ? rounded_cell(decision->hop, 1000000) : null;
    cells[10] = addr_is_none(decision->hop_from)
                    ? null
                    : (struct cell){.kind = CELL_ADDRESS, .address = decision->hop_from};
    cells[11] = text_cell(decision->country);
    cells[12] = decision->asn == 0
                    ? null
                    : (struct cell){.kind = CELL_INT, .number = (int64_t)decision->asn};
    cells[13] = text_cell(decision->tool);
    cells[14] = text_cell(decision->ports);
    cells[15] = text_cell(decision->rule);
    cells[16] = text_cell(decision->reason);
}

/* ---- which of them ---- */

static bool wanted(const struct decisions_question *question, const struct decision *decision)
{
    bool active = decision->state == DECISION_ACTIVE;

    if (!addr_is_none(question->source))
        return prefix_has(&decision->net, question->source);
    if (question->actions != 0)
        return (question->actions >> decision->action & 1u) != 0 && (question->all || active);
    return question->all || (active && decision->action > ACTION_NONE);
}

static int worse(const void *left, const void *right)
{
    return decision_worse(*(const struct decision *const *)left,
                          *(const struct decision *const *)right);
}

int decisions_send(const struct decisions *decisions, const struct decisions_question *question,
                   const struct row_sink *sink, struct nj_err *err)
{
    const struct decision **list = calloc(decisions->count + 1, sizeof(*list));
    struct decision_room room;
    struct cell cells[DECISION_CELLS];
    size_t count = 0;
    int rc;

    if (list == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a list of decisions");
    for (size_t i = 0; i < decisions->count; i++)
        if (wanted(question, &decisions->items[i]))
            list[count++] = &decisions->items[i];
    qsort(list, count, sizeof(*list), worse);
    if (question->limit > 0 && count > question->limit)
        count = question->limit;
    rc = sink->head(sink->ctx, decision_columns, DECISION_CELLS, err);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        decision_cells(list[i], &room, cells);
        rc = sink->row(sink->ctx, cells, DECISION_CELLS, err);
    }
    free((void *)list);
    return rc;
}
