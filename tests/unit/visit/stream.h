/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of visit/: packets made by hand or at random, and a sink that
 * keeps all parts. */
#ifndef NJ_TESTS_VISIT_STREAM_H
#define NJ_TESTS_VISIT_STREAM_H

#include <stdlib.h>
#include <string.h>

#include "visit/table_state.h"

#define T0 (INT64_C(1400000400) * NS_PER_S) /* the start of an hour */

struct parts {
    struct visit *list;
    size_t count, room;
};

static inline int parts_add(void *ctx, const struct visit *visit, struct nj_err *err)
{
    struct parts *parts = ctx;

    (void)err;
    if (parts->count == parts->room) {
        parts->room = parts->room == 0 ? 64 : 2 * parts->room;
        parts->list = realloc(parts->list, parts->room * sizeof(*parts->list));
    }
    parts->list[parts->count++] = *visit;
    return 0;
}

/* splitmix64: small, seeded, good enough for tests */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static inline uint32_t random_below(uint64_t *state, uint32_t end)
{
    return (uint32_t)(random_next(state) % end);
}

static inline bool same_part(const struct visit *a, const struct visit *b)
{
    return a->first_ns == b->first_ns && a->last_ns == b->last_ns &&
           a->handed_ns == b->handed_ns && a->seq == b->seq && addr_equal(a->src, b->src) &&
           addr_equal(a->dst, b->dst) && a->packets == b->packets && a->bytes == b->bytes &&
           a->sessions == b->sessions && a->targets == b->targets && a->repeats == b->repeats &&
           a->answered == b->answered && a->sport_bands == b->sport_bands &&
           a->instance == b->instance && a->sensor == b->sensor && a->rule == b->rule &&
           a->tool == b->tool && a->stack == b->stack && a->app == b->app &&
           a->conn_state == b->conn_state && a->country == b->country && a->dport == b->dport &&
           a->sport == b->sport && a->sport_min == b->sport_min &&
           a->sport_max == b->sport_max &&
           memcmp(a->sports, b->sports, sizeof(a->sports)) == 0 &&
           a->sports_count == b->sports_count && a->proto == b->proto && a->ttl == b->ttl &&
           a->ttl_min == b->ttl_min && a->ttl_max == b->ttl_max &&
           a->tcp_flags == b->tcp_flags && a->window == b->window && a->class == b->class &&
           a->no_fields == b->no_fields && a->payload_length == b->payload_length &&
           memcmp(a->payload, b->payload, a->payload_length) == 0 &&
           a->user_length == b->user_length && memcmp(a->user, b->user, a->user_length) == 0;
}

#endif
