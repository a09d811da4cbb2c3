/* SPDX-License-Identifier: Apache-2.0 */
#include "trend/pairs.h"

#include <stdlib.h>

struct loading {
    struct pairs *pairs;
    const struct history *history;
    struct addr last;
};

static int take(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct loading *loading = ctx;
    struct pairs *pairs = loading->pairs;
    uint32_t group = UINT32_MAX;

    (void)count;
    (void)history_find_group(loading->history, cells[1].text, cells[1].length, &group);
    if (pairs->count == pairs->room) {
        size_t room = pairs->room == 0 ? 65536 : 2 * pairs->room;
        struct pair *bigger = reallocarray(pairs->items, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for who asked for what");
        pairs->items = bigger;
        pairs->room = room;
    }
    if (pairs->sources == 0 || !addr_equal(loading->last, cells[0].address))
        pairs->sources++;
    loading->last = cells[0].address;
    pairs->items[pairs->count++] =
        (struct pair){.source = pairs->sources - 1,
                      .group = group,
                      .port = {.proto = (uint8_t)cells[2].unsigned_number,
                               .port = (uint16_t)cells[3].unsigned_number}};
    return 0;
}

int pairs_load(struct store *store, const struct history *history, uint32_t week,
               struct pairs *ret, struct nj_err *err)
{
    struct loading loading = {.pairs = ret, .history = history};
    const struct row_sink sink = {.row = take, .ctx = &loading};

    *ret = (struct pairs){0};
    return store_week_pairs(store, history->weeks[week].monday, &sink, err);
}

void pairs_done(struct pairs *pairs)
{
    free(pairs->items);
    *pairs = (struct pairs){0};
}
