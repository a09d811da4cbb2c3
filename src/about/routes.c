/* SPDX-License-Identifier: Apache-2.0 */
/* Routes over an address: which one counted when, and what changed. */
#include <stdio.h>
#include <stdlib.h>

#include "about/testimony.h"
#include "base/span.h"
#include "base/text_json.h"
#include "model/addr.h"

/* Peers do not all follow at once: an origin that is given up so soon behind the first sight of
 * another has been replaced by it. */
#define SWITCH_US HOUR_US

static int by_first(const void *left, const void *right)
{
    const struct route *a = left, *b = right;
    int order = (a->first_us > b->first_us) - (a->first_us < b->first_us);

    if (order == 0)
        order = prefix_length(&a->net) - prefix_length(&b->net);
    return order != 0 ? order : (a->origin > b->origin) - (a->origin < b->origin);
}

void routes_sort(struct route *routes, size_t count)
{
    if (count > 1)
        qsort(routes, count, sizeof(*routes), by_first);
}

static bool same_net(const struct route *a, const struct route *b)
{
    return addr_equal(a->net.first, b->net.first) && addr_equal(a->net.last, b->net.last);
}

/* In words, what the appearance of routes[i] was. */
static void describe(const struct route *routes, size_t i, char *text, size_t size)
{
    const struct route *now = &routes[i], *same = NULL, *wider = NULL;
    char net[PREFIX_TEXT_MAX];

    for (size_t k = 0; k < i; k++) {
        if (same_net(&routes[k], now))
            same = &routes[k];
        else if (wider == NULL || prefix_length(&routes[k].net) >= prefix_length(&wider->net))
            wider = &routes[k];
    }
    if (same != NULL && same->last_us - now->first_us > SWITCH_US)
        (void)snprintf(text, size, "a second origin: AS%u beside AS%u", now->origin,
                       same->origin);
    else if (same != NULL)
        (void)snprintf(text, size, "origin changed from AS%u to AS%u", same->origin,
                       now->origin);
    else if (wider != NULL && prefix_length(&wider->net) < prefix_length(&now->net))
        (void)snprintf(text, size, "announced by AS%u, more specific than %s of AS%u",
                       now->origin, prefix_text(&wider->net, net), wider->origin);
    else
        (void)snprintf(text, size, "announced by AS%u", now->origin);
}

json_t *routes_changes(const struct route *routes, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 1; i < count; i++) {
        char text[160], net[PREFIX_TEXT_MAX];
        json_t *row;

        if (routes[i].first_us == routes[0].first_us)
            continue;
        row = json_object();
        describe(routes, i, text, sizeof(text));
        (void)json_object_set_new(row, "time", text_json_time(routes[i].first_us));
        (void)json_object_set_new(row, "prefix", json_string(prefix_text(&routes[i].net, net)));
        (void)json_object_set_new(row, "origin", json_integer(routes[i].origin));
        (void)json_object_set_new(row, "change", json_string(text));
        (void)json_array_append_new(list, row);
    }
    return list;
}

const struct route *routes_at(const struct route *routes, size_t count, int64_t us,
                              const char **ret_basis)
{
    const struct route *found = NULL;
    int64_t best_us = INT64_MAX;

    for (size_t i = 0; i < count; i++) {
        const struct route *r = &routes[i];
        int64_t away_us = us < r->first_us  ? r->first_us - us
                          : us > r->last_us ? us - r->last_us
                                            : 0;

        /* behind the end of the data what was given up just there counts no more */
        if (us > r->last_us && !r->standing)
            away_us++;
        if (away_us > best_us || (found != NULL && away_us == best_us &&
                                  prefix_length(&r->net) < prefix_length(&found->net)))
            continue;
        best_us = away_us;
        found = r;
        *ret_basis = us < r->first_us  ? "seen first after"
                     : us > r->last_us ? "seen last before"
                                       : "seen then";
    }
    return found;
}
