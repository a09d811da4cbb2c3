/* SPDX-License-Identifier: Apache-2.0 */
/* How time ends visits: the wheel shows what is due, and the clock moves on, or back. */
#include "visit/table_state.h"

/* Something is due for this visit: the wheel has just shown `item`, which is taken out. */
static int look_at(struct visit_table *table, const struct wheel_item *item, struct nj_err *err)
{
    struct open_visit *visit = &table->visits[item->index];
    bool ended = open_visit_end_ns(visit) <= item->key_ns;
    bool due = visit->packets > 0 && open_visit_part_due_ns(table, visit) <= item->key_ns;
    int rc = 0;

    wheel_take(&table->wheel);
    if (item->order != (uint32_t)visit->opened) {
        /* it was begun anew since: it is to wait for its own turn among those due now */
        open_visit_file(table, visit, item->key_ns);
        return 0;
    }
    if (ended || due)
        rc = part_hand_on(table, visit, item->key_ns, err);
    if (ended)
        open_visit_free(table, visit);
    else
        open_visit_file(table, visit, item->key_ns);
    return rc;
}

int clock_end_due(struct visit_table *table, int64_t now_ns, struct nj_err *err)
{
    struct wheel_item item;

    while (wheel_next(&table->wheel, now_ns, &item)) {
        if (look_at(table, &item, err) < 0)
            return -1;
    }
    return 0;
}

int clock_close_one(struct visit_table *table, struct nj_err *err)
{
    struct wheel_item item;
    int rc = 0;

    while (wheel_next(&table->wheel, table->clock_ns + HOUR_NS, &item)) {
        struct open_visit *visit = &table->visits[item.index];
        struct wheel_item now;

        /* filed again, it comes to stand where it belongs today */
        wheel_take(&table->wheel);
        open_visit_file(table, visit, table->clock_ns);
        if (!wheel_next(&table->wheel, table->clock_ns + HOUR_NS, &now) ||
            now.index != item.index || now.order != item.order || now.key_ns != item.key_ns)
            continue;
        wheel_take(&table->wheel);
        rc = part_hand_on(table, visit, table->clock_ns, err);
        open_visit_free(table, visit);
        break;
    }
    return rc;
}

int clock_turn_back(struct visit_table *table, int64_t time_ns, struct nj_err *err)
{
    while (table->counts.open > 0)
        if (clock_close_one(table, err) < 0)
            return -1;
    wheel_clear(&table->wheel);
    session_table_turn_back(table->sessions, time_ns);
    table->clock_ns = time_ns;
    return 0;
}

int visit_table_tick(struct visit_table *table, int64_t now_ns, struct nj_err *err)
{
    now_ns = clamp_time(now_ns);
    return now_ns > table->clock_ns ? clock_advance(table, now_ns, err) : 0;
}

int visit_table_close(struct visit_table *table, struct nj_err *err)
{
    struct wheel_item item;
    struct wheel all = {.heap_count = 0};
    int rc = 0;

    /* a wheel of their own, by the order of opening alone */
    if (wheel_init(&all, table->options.max_visits + 1, err) < 0)
        return -1;
    for (size_t i = 0; i <= table->index_mask; i++) {
        uint32_t number = table->index[i].visit;

        if (number != 0)
            wheel_put(&all, (struct wheel_item){
                                .order = (uint32_t)table->visits[number].opened,
                                .index = number,
                            });
    }
    while (rc == 0 && wheel_next(&all, 0, &item)) {
        wheel_take(&all);
        rc = part_hand_on(table, &table->visits[item.index], table->clock_ns, err);
    }
    wheel_done(&all);
    open_visits_clear(table);
    return rc;
}
