/* SPDX-License-Identifier: Apache-2.0 */
/* The set of open visits: numbers, index, sides, targets, and when each is to be looked at. */
#include "visit/table_state.h"

#include <string.h>

#include "visit/area.h"

#define INDEX_START 1024u
#define TARGET_BYTES_PER_VISIT 64
#define TARGET_BYTES_MIN ((size_t)4 << 20)

static size_t index_bytes(uint32_t mask)
{
    return ((size_t)mask + 1) * sizeof(struct index_slot);
}

/* An open visit's turn is near: load it, and if it is going to end, its index line. */
static void load_ahead(void *ctx, const struct wheel_item *item, bool again)
{
    const struct visit_table *table = ctx;
    const struct open_visit *visit = &table->visits[item->index];
    struct visit_key key;

    if (!again) {
        __builtin_prefetch(visit, 1);
        __builtin_prefetch((const char *)visit + 64, 1);
    } else if (open_visit_end_ns(visit) <= item->key_ns) {
        key = open_visit_key(table, visit);
        __builtin_prefetch(
            &table->index[(uint32_t)flow_visit_hash(table->secret, &key) & table->index_mask],
            1);
    }
}

int open_visits_init(struct visit_table *table, struct nj_err *err)
{
    size_t places = table->options.max_visits + 1;
    size_t budget = places * TARGET_BYTES_PER_VISIT;

    table->side_size =
        (sizeof(struct side) + table->options.payload_bytes + 7) / 8 * 8; /* aligned */
    table->visits = area_new(places * sizeof(*table->visits));
    table->sides = area_new(places * table->side_size);
    table->index_mask = INDEX_START - 1;
    table->index = area_new(index_bytes(table->index_mask));
    if (table->visits == NULL || table->sides == NULL || table->index == NULL)
        return nj_fail(err, NJ_NOMEM, "table of %zu visits", table->options.max_visits);
    if (target_pool_init(&table->targets, budget < TARGET_BYTES_MIN ? TARGET_BYTES_MIN : budget,
                         err) < 0)
        return -1;
    if (wheel_init(&table->wheel, places, err) < 0)
        return -1;
    table->wheel.hint = load_ahead;
    table->wheel.hint_ctx = table;
    open_visits_clear(table);
    return 0;
}

void open_visits_done(struct visit_table *table)
{
    size_t places = table->options.max_visits + 1;

    area_free(table->visits, places * sizeof(*table->visits));
    area_free(table->sides, places * table->side_size);
    area_free(table->index, index_bytes(table->index_mask));
    target_pool_done(&table->targets);
    wheel_done(&table->wheel);
}

void open_visits_clear(struct visit_table *table)
{
    memset(table->index, 0, index_bytes(table->index_mask));
    table->used_visits = 1;
    table->free_visit = 0;
    table->used_sides = 1;
    table->free_side = 0;
    table->counts.open = 0;
    target_pool_clear(&table->targets);
    wheel_clear(&table->wheel);
}

struct side *side_need(struct visit_table *table, struct open_visit *visit)
{
    struct side *side;

    if (visit->side != 0)
        return side_of(table, visit);
    if (table->free_side != 0) {
        visit->side = table->free_side;
        memcpy(&table->free_side, side_of(table, visit), sizeof(table->free_side));
    } else {
        visit->side = table->used_sides++;
    }
    side = side_of(table, visit);
    memset(side, 0, sizeof(*side));
    return side;
}

static void side_free(struct visit_table *table, struct open_visit *visit)
{
    memcpy(side_of(table, visit), &table->free_side, sizeof(table->free_side));
    table->free_side = visit->side;
    visit->side = 0;
}

struct visit_key open_visit_key(const struct visit_table *table, const struct open_visit *visit)
{
    const struct label *label = &table->labels.list[visit->label];

    return (struct visit_key){
        .src = open_visit_src(table, visit),
        .dst = open_visit_dst(table, visit),
        .sport = visit->sport,
        .dport = visit->dport,
        .sensor = visit->sensor,
        .stack = label->stack,
        .hour = visit->hour,
        .proto = visit->proto,
        .class = (uint8_t)label->class,
        .lone = visit->lone,
    };
}

uint32_t open_visit_guess(const struct visit_table *table, uint32_t tag)
{
    uint32_t at = tag & table->index_mask;

    while (table->index[at].visit != 0 && table->index[at].tag != tag)
        at = (at + 1) & table->index_mask;
    return table->index[at].visit;
}

uint32_t open_visit_number(const struct visit_table *table, const struct open_visit *visit)
{
    return (uint32_t)(visit - table->visits);
}

static void index_put(struct index_slot *index, uint32_t mask, struct index_slot slot)
{
    uint32_t at = slot.tag & mask;

    while (index[at].visit != 0)
        at = (at + 1) & mask;
    index[at] = slot;
}

/* Keep the index at most half full. */
static bool index_grow(struct visit_table *table)
{
    uint32_t mask = 2 * table->index_mask + 1;
    struct index_slot *index;

    if (table->counts.open * 2 < table->index_mask)
        return true;
    index = area_new(index_bytes(mask));
    if (index == NULL)
        return false;
    for (size_t i = 0; i <= table->index_mask; i++) {
        if (table->index[i].visit != 0)
            index_put(index, mask, table->index[i]);
    }
    area_free(table->index, index_bytes(table->index_mask));
    table->index = index;
    table->index_mask = mask;
    return true;
}

/* Take a slot out and close the gap: what stands behind it and may stand before moves up. */
static void index_remove(struct visit_table *table, uint32_t tag, uint32_t number)
{
    struct index_slot *index = table->index;
    uint32_t mask = table->index_mask;
    uint32_t gap = tag & mask;

    while (index[gap].visit != number)
        gap = (gap + 1) & mask;
    for (uint32_t at = (gap + 1) & mask; index[at].visit != 0; at = (at + 1) & mask) {
        if (((at - index[at].tag) & mask) >= ((at - gap) & mask)) {
            index[gap] = index[at];
            gap = at;
        }
    }
    index[gap].visit = 0;
}

struct open_visit *open_visit_new(struct visit_table *table, uint64_t hash,
                                  const struct visit_key *key)
{
    struct open_visit *visit;
    uint32_t number = table->free_visit;

    if (!index_grow(table))
        return NULL;
    if (number != 0)
        table->free_visit = table->visits[number].side;
    else
        number = table->used_visits++;
    visit = &table->visits[number];
    memset(visit, 0, sizeof(*visit));
    visit->src_lo = key->src.lo;
    visit->dst_lo = key->dst.lo;
    visit->sport = key->sport;
    visit->dport = key->dport;
    visit->sensor = (uint16_t)key->sensor;
    visit->hour = key->hour;
    visit->proto = key->proto;
    visit->lone = key->lone;
    visit->v6 = key->src.hi != 0 || key->dst.hi != 0;
    if (visit->v6) {
        struct side *side = side_need(table, visit);

        side->src_hi = key->src.hi;
        side->dst_hi = key->dst.hi;
    }
    index_put(table->index, table->index_mask,
              (struct index_slot){.tag = (uint32_t)hash, .visit = number});
    table->counts.open++;
    return visit;
}

static void free_targets(struct visit_table *table, struct open_visit *visit)
{
    if (visit->targets_set)
        target_set_free(&table->targets, visit->target[0]);
    visit->targets_set = 0;
    visit->targets = 0;
    visit->targets_full = 0;
}

void open_visit_free(struct visit_table *table, struct open_visit *visit)
{
    struct visit_key key = open_visit_key(table, visit);
    uint32_t number = open_visit_number(table, visit);

    index_remove(table, (uint32_t)flow_visit_hash(table->secret, &key), number);
    free_targets(table, visit);
    if (visit->side != 0)
        side_free(table, visit);
    visit->side = table->free_visit;
    table->free_visit = number;
    table->counts.open--;
}

void open_visit_reset_part(struct visit_table *table, struct open_visit *visit)
{
    free_targets(table, visit);
    if (visit->side != 0 && !visit->v6) {
        side_free(table, visit);
    } else if (visit->side != 0) {
        struct side *side = side_of(table, visit);

        side->app = side->conn_state = side->country = 0;
        side->payload_length = 0;
        side->user_length = 0;
    }
    visit->packets = visit->sessions = visit->repeats = visit->answered = 0;
    visit->bytes = 0;
    visit->sport_bands = 0;
    visit->sport_min = visit->sport_max = 0;
    visit->sports_count = 0;
    visit->ttl = visit->ttl_min = visit->ttl_max = 0;
    visit->window = 0;
    visit->has_fields = 0;
    visit->early = 0;
    visit->tcp_flags = 0;
}

static void set_dst(struct visit_table *table, struct open_visit *visit, struct addr dst)
{
    visit->dst_lo = dst.lo;
    if (visit->v6) {
        side_of(table, visit)->dst_hi = dst.hi;
    } else if (dst.hi != 0) { /* of a log that mixes families */
        struct side *side = side_need(table, visit);

        visit->v6 = 1;
        side->src_hi = 0;
        side->dst_hi = dst.hi;
    }
}

void open_visit_add_target(struct visit_table *table, struct open_visit *visit, struct addr dst)
{
    uint32_t target;

    if (visit->targets == 0) {
        set_dst(table, visit, dst);
        visit->targets = 1;
        return;
    }
    if (visit->targets_full)
        return;
    target = flow_target(table->seed, dst);
    if (!visit->targets_set) {
        uint32_t first = flow_target(table->seed, open_visit_dst(table, visit));
        uint32_t set;

        if (target == first || (visit->targets > 1 && target == visit->target[0]) ||
            (visit->targets > 2 && target == visit->target[1]))
            return;
        if (visit->targets <= TARGETS_HELD) {
            visit->target[visit->targets - 1] = target;
            visit->targets++;
            return;
        }
        set = target_set_new(&table->targets);
        if (set == TARGET_SET_NONE) {
            visit->targets_full = 1;
            return;
        }
        (void)target_set_add(&table->targets, &set, 0, first);
        (void)target_set_add(&table->targets, &set, 1, visit->target[0]);
        (void)target_set_add(&table->targets, &set, 2, visit->target[1]);
        visit->target[0] = set;
        visit->targets_set = 1;
    }
    switch (target_set_add(&table->targets, &visit->target[0], visit->targets, target)) {
    case TARGET_KNOWN:
        break;
    case TARGET_ADDED:
        visit->targets++;
        break;
    case TARGET_FULL:
        visit->targets_full = 1;
        break;
    }
}

/* A part that begins at clock_us (whole microseconds) is due at the first one that is more than
 * part_s later. So a part that has not yet begun is never due before the silence of the same
 * length has ended the visit, and the wheel need not be looked at twice. */
static int64_t part_due_ns(int64_t clock_us, int64_t part_s)
{
    return (clock_us + 1) * 1000 + part_s * NS_PER_S;
}

int64_t open_visit_part_due_ns(const struct visit_table *table, const struct open_visit *visit)
{
    int64_t part_s = table->options.part_s;
    int64_t early_s = visit->lone ? LONE_PART_S : EARLY_PART_S;

    if (visit->part_clock_us == PART_CLOCK_NONE)
        return INT64_MAX;
    if (visit->early && part_s > early_s)
        part_s = early_s;
    return hour_start_ns(visit->hour) + part_due_ns(visit->part_clock_us, part_s);
}

void open_visit_file(struct visit_table *table, const struct open_visit *visit, int64_t now_ns)
{
    int64_t key = open_visit_end_ns(visit);
    /* a part that is yet to begin does so from now on */
    int64_t part = visit->packets > 0
                       ? open_visit_part_due_ns(table, visit)
                       : part_due_ns(nj_floor_div(now_ns, 1000), table->options.part_s);

    if (part < key)
        key = part;
    wheel_put(&table->wheel, (struct wheel_item){
                                 .key_ns = key > now_ns ? key : now_ns,
                                 .order = (uint32_t)visit->opened,
                                 .index = open_visit_number(table, visit),
                             });
}
