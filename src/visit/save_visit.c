/* SPDX-License-Identifier: Apache-2.0 */
/* An open visit as saved_*: its key, its part, its targets. */
#include "visit/save.h"

enum { LONE = 1, V6 = 2, HAS_FIELDS = 4, EARLY = 8, TARGETS_FULL = 16, SIDE = 32 };

/* @return whether it has a side */
static bool walk_flags(struct nj_saved *s, struct open_visit *visit, bool has_side)
{
    uint8_t flags =
        (uint8_t)((visit->lone ? LONE : 0) | (visit->v6 ? V6 : 0) |
                  (visit->has_fields ? HAS_FIELDS : 0) | (visit->early ? EARLY : 0) |
                  (visit->targets_full ? TARGETS_FULL : 0) | (has_side ? SIDE : 0));

    flags = saved_below_u8(s, flags, 2 * SIDE);
    visit->lone = (flags & LONE) != 0;
    visit->v6 = (flags & V6) != 0;
    visit->has_fields = (flags & HAS_FIELDS) != 0;
    visit->early = (flags & EARLY) != 0;
    visit->targets_full = (flags & TARGETS_FULL) != 0;
    return (flags & SIDE) != 0;
}

static void walk_key(struct nj_saved *s, const struct walked *w, struct open_visit *visit)
{
    uint64_t opened_end = w->table->next_opened;

    if (opened_end > OPENED_MASK)
        opened_end = OPENED_MASK + 1;
    visit->opened = saved_below_u64(s, visit->opened, opened_end) & OPENED_MASK;
    saved_label(s, w, &visit->label);
    nj_saved_u16(s, &visit->sensor);
    nj_saved_u8(s, &visit->proto);
    nj_saved_u32(s, (uint32_t *)&visit->hour);
    nj_saved_check(s, visit->hour <= TIME_MAX_NS / HOUR_NS &&
                          visit->hour >= -TIME_MAX_NS / HOUR_NS - 1);
    /* none is open in an hour that the clock has not reached */
    nj_saved_check(s, visit->hour <= nj_floor_div(w->table->clock_ns, HOUR_NS));
    nj_saved_u64(s, &visit->src_lo);
    nj_saved_u64(s, &visit->dst_lo);
    nj_saved_u16(s, &visit->dport);
    nj_saved_u16(s, &visit->sport);
}

static void walk_counts(struct nj_saved *s, struct open_visit *visit)
{
    visit->gather_s = saved_below_u16(s, visit->gather_s, HOUR_S + 1) & GATHER_MASK;
    visit->own = saved_below_u8(s, visit->own, OWN_MASK + 1) & OWN_MASK;
    visit->first = saved_below_u64(s, visit->first, HOUR_NS) & OFFSET_MASK;
    visit->last = saved_below_u64(s, visit->last, HOUR_NS) & OFFSET_MASK;
    nj_saved_u32(s, &visit->part_clock_us);
    nj_saved_u32(s, &visit->packets);
    nj_saved_u32(s, &visit->sessions);
    nj_saved_u32(s, &visit->repeats);
    nj_saved_u32(s, &visit->answered);
    visit->bytes = saved_below_u64(s, visit->bytes, BYTES_MASK + 1) & BYTES_MASK;
    nj_saved_u64(s, &visit->instance);
    nj_saved_u64(s, &visit->sport_bands);
    nj_saved_u16(s, &visit->sport_min);
    nj_saved_u16(s, &visit->sport_max);
    visit->sports_count = saved_below_u8(s, visit->sports_count, VISIT_SPORT_SAMPLES + 1) & 7u;
    for (unsigned i = 0; i < visit->sports_count; i++)
        nj_saved_u16(s, &visit->sports[i]);
    visit->ttl = saved_below_u8(s, visit->ttl, 256);
    visit->ttl_min = saved_below_u8(s, visit->ttl_min, 256);
    visit->ttl_max = saved_below_u8(s, visit->ttl_max, 256);
    visit->window = saved_below_u16(s, visit->window, 65536);
    nj_saved_u8(s, &visit->tcp_flags);
}

static void walk_side(struct nj_saved *s, const struct visit_table *table, struct side *side)
{
    nj_saved_name(s, &side->app);
    nj_saved_name(s, &side->conn_state);
    nj_saved_name(s, &side->country);
    side->user_length = saved_below_u8(s, side->user_length, sizeof(side->user) + 1);
    nj_saved_bytes(s, side->user, side->user_length);
    side->payload_length =
        saved_below_u16(s, side->payload_length, (uint32_t)table->options.payload_bytes + 1);
    nj_saved_bytes(s, side->payload, side->payload_length);
}

/* Target number `at` of `count` that the saved visit had in its set. With less room than at
 * saving, the visit goes on with a lower bound. */
static void read_target(struct nj_saved *s, struct visit_table *table, struct open_visit *visit,
                        uint32_t at, uint32_t target)
{
    if (!visit->targets_set || visit->targets < at) /* no room for one before */
        return;
    switch (target_set_add(&table->targets, &visit->target[0], at, target)) {
    case TARGET_KNOWN:
        nj_saved_refuse(s);
        break;
    case TARGET_ADDED:
        break;
    case TARGET_FULL:
        visit->targets = at & TARGETS_MASK;
        visit->targets_full = 1;
        break;
    }
}

static void walk_target_set(struct nj_saved *s, struct visit_table *table,
                            struct open_visit *visit)
{
    uint32_t cursor = 0, target = 0, count = visit->targets;

    if (nj_saved_reading(s)) {
        visit->target[0] = target_set_new(&table->targets);
        visit->targets_set = visit->target[0] != TARGET_SET_NONE;
        if (!visit->targets_set) {
            visit->targets = 1;
            visit->targets_full = 1;
        }
    }
    for (uint32_t i = 0; i < count && !nj_saved_bad(s); i++) {
        if (!nj_saved_reading(s))
            (void)target_set_each(&table->targets, visit->target[0], &cursor, &target);
        nj_saved_u32(s, &target);
        if (nj_saved_reading(s) && !nj_saved_bad(s))
            read_target(s, table, visit, i, target);
    }
}

/* A set holds them if they are more than the visit itself can. */
static void walk_targets(struct nj_saved *s, struct visit_table *table,
                         struct open_visit *visit)
{
    uint16_t targets = saved_below_u16(s, visit->targets, TARGETS_MAX + 1);

    if (nj_saved_reading(s))
        visit->targets = targets & TARGETS_MASK;
    if (targets > TARGETS_HELD + 1) {
        walk_target_set(s, table, visit);
        return;
    }
    for (unsigned i = 1; i < targets; i++)
        nj_saved_u32(s, &visit->target[i - 1]);
}

/* What was read becomes a visit of the table. @return 0, with *ret_visit unless refused */
static int place_visit(struct nj_saved *s, struct visit_table *table, struct open_visit *read,
                       bool has_side, const uint64_t halves[2], struct open_visit **ret_visit,
                       struct nj_err *err)
{
    bool v6 = read->v6;
    struct visit_key key;
    uint64_t hash;

    read->v6 = 0; /* it has no side yet */
    key = open_visit_key(table, read);
    read->v6 = v6;
    if (v6) {
        key.src.hi = halves[0];
        key.dst.hi = halves[1];
    }
    hash = flow_visit_hash(table->secret, &key);
    nj_saved_check(s, (!v6 || has_side) && table->clock_ns != INT64_MIN);
    if (nj_saved_bad(s))
        return 0;
    nj_saved_check(s, open_visit_find(table, hash, &key, read->label) == NULL);
    if (nj_saved_bad(s))
        return 0;
    *ret_visit = open_visit_new(table, hash, &key);
    if (*ret_visit == NULL)
        return nj_fail(err, NJ_NOMEM, "index");
    read->side = (*ret_visit)->side;
    **ret_visit = *read;
    if (has_side) {
        struct side *side = side_need(table, *ret_visit);

        side->src_hi = halves[0];
        side->dst_hi = halves[1];
    }
    return 0;
}

int saved_visit(struct nj_saved *s, const struct walked *w, struct open_visit *visit,
                struct nj_err *err)
{
    struct open_visit fields = {.side = 0};
    const struct side *side = NULL;
    uint64_t halves[2] = {0};
    bool has_side;

    if (visit != NULL) {
        fields = *visit;
        side = side_of(w->table, visit);
    }
    if (side != NULL) {
        halves[0] = side->src_hi;
        halves[1] = side->dst_hi;
    }
    has_side = walk_flags(s, &fields, side != NULL);
    nj_saved_name(s, &fields.tool);
    walk_key(s, w, &fields);
    walk_counts(s, &fields);
    for (unsigned i = 0; i < 2 && has_side; i++)
        nj_saved_u64(s, &halves[i]);
    if (nj_saved_reading(s) &&
        place_visit(s, w->table, &fields, has_side, halves, &visit, err) < 0)
        return -1;
    if (nj_saved_bad(s))
        return 0;
    if (has_side)
        walk_side(s, w->table, side_of(w->table, visit));
    walk_targets(s, w->table, visit);
    if (nj_saved_reading(s) && !nj_saved_bad(s))
        open_visit_file(w->table, visit, w->table->clock_ns);
    return 0;
}
