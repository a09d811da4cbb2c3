/* SPDX-License-Identifier: Apache-2.0 */
/* Which decisions stand in a list. */
#include <stdlib.h>

#include "feed/write.h"
#include "model/special.h"

bool feed_is_v4(const struct decision *decision)
{
    return addr_is_v4(decision->net.first) && addr_is_v4(decision->net.last);
}

/* Whether it may stand in a list at all. */
static bool is_listable(const struct feed_wanted *wanted, const struct decision *decision)
{
    return (wanted->actor == 0 || wanted->actor == decision->actor) &&
           special_range(&decision->net) == NULL && prefix_length(&decision->net) > 0;
}

static bool wanted_here(const struct feed *feed, const struct feed_wanted *wanted,
                        const struct decision *decision)
{
    unsigned actions = wanted->actions != 0 ? wanted->actions : feed->actions;

    return decision->state == DECISION_ACTIVE &&
           (actions & FEED_ACTION(decision->action)) != 0 && is_listable(wanted, decision);
}

static bool fits(const struct feed *feed, enum feed_family family,
                 const struct decision *decision)
{
    if (feed->hosts_only && !prefix_is_host(&decision->net))
        return false;
    return family == FEED_BOTH || (family == FEED_V4) == feed_is_v4(decision);
}

/* What the list held and no longer does, the last to end first: for consumers who forget
 * nothing by themselves. */
static int newest_end(const void *left, const void *right)
{
    const struct decision *a = left, *b = right;

    if (a->ended_us != b->ended_us)
        return a->ended_us > b->ended_us ? -1 : 1;
    return decision_by_address(left, right);
}

static int select_gone(const struct feed *feed, const struct decision *decisions, size_t count,
                       const struct feed_wanted *wanted, size_t limit, struct feed_list *list,
                       struct nj_err *err)
{
    list->gone = calloc(count + 1, sizeof(*list->gone));
    if (list->gone == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a list");
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].ended_us != 0 && !wanted_here(feed, wanted, &decisions[i]) &&
            is_listable(wanted, &decisions[i]) && fits(feed, list->family, &decisions[i]))
            list->gone[list->gone_count++] = decisions[i];
    }
    qsort(list->gone, list->gone_count, sizeof(*list->gone), newest_end);
    if (limit > 0 && list->gone_count > limit)
        list->gone_count = limit;
    qsort(list->gone, list->gone_count, sizeof(*list->gone), decision_by_address);
    return 0;
}

/* Drop what stands twice, and what is inside of a prefix of at least the same action. The list
 * is in the order of addresses, wider ones first. */
static void drop_covered(struct feed_list *list)
{
    size_t kept = 0, cover = 0;
    bool has_cover = false;

    for (size_t i = 0; i < list->count; i++) {
        const struct decision *decision = &list->items[i];

        if (has_cover && addr_compare(decision->net.last, list->items[cover].net.last) <= 0 &&
            decision->action <= list->items[cover].action)
            continue;
        if (kept > 0 && addr_equal(decision->net.first, list->items[kept - 1].net.first) &&
            addr_equal(decision->net.last, list->items[kept - 1].net.last))
            continue;
        if (!prefix_is_host(&decision->net)) {
            has_cover = true;
            cover = kept;
        }
        list->items[kept++] = *decision;
    }
    list->count = kept;
}

int feed_select(const struct feed *feed, const struct decision *decisions, size_t count,
                const struct feed_wanted *wanted, struct feed_list *ret, struct nj_err *err)
{
    struct feed_list list = {.family = wanted->has_family ? wanted->family : feed->family};
    size_t limit = wanted->has_limit ? wanted->limit : feed->limit;

    list.items = calloc(count + 1, sizeof(*list.items));
    if (list.items == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a list");
    for (size_t i = 0; feed->fixed == 0 && i < count; i++) {
        if (!wanted_here(feed, wanted, &decisions[i]))
            continue;
        if (fits(feed, list.family, &decisions[i]))
            list.items[list.count++] = decisions[i];
        else
            list.left_out++;
    }
    qsort(list.items, list.count, sizeof(*list.items), decision_by_address);
    drop_covered(&list);
    if (limit > 0 && list.count > limit) {
        qsort(list.items, list.count, sizeof(*list.items), decision_worse);
        list.cut = list.count - limit;
        list.count = limit;
        qsort(list.items, list.count, sizeof(*list.items), decision_by_address);
    }
    if (feed->retracts && select_gone(feed, decisions, count, wanted, limit, &list, err) < 0) {
        feed_list_done(&list);
        return -1;
    }
    *ret = list;
    return 0;
}

void feed_list_done(struct feed_list *list)
{
    free(list->items);
    free(list->gone);
    *list = (struct feed_list){0};
}

size_t feed_entries(const struct feed *feed, const struct feed_list *list)
{
    return feed->fixed > 0 ? feed->fixed : list->count;
}
