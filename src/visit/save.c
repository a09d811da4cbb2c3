/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a visit table as bytes. Numbers are little-endian; a text is a 16-bit length
 * and its bytes; "name" is a number in the list of names.
 *
 *   8  magic "NJVISIT" and version        8  check of the hash seed
 *   8  payload_bytes
 *   9 x 8  clock, latest time, next seq, next opened, packets, sessions, visits, parts, own
 *   4 x 8  visits_forced, sessions_evicted, targets_saturated, labels_refused
 *   4  names, then each: text
 *   4  labels, then each: class 1, rule name 4, stack name 4
 *   4  open visits, in the order of opening, then each as put_visit writes it
 *   sessions, each as put_session writes it; then 0
 *   8  XXH3-64 of all before
 *
 * The wheel and the index are made anew: nothing that comes out depends on them. */
#include "visit/table_state.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#define MAGIC "NJVISIT\3"
#define MAGIC_BYTES 8
#define NO_NAME UINT32_MAX
#define WRITE_BYTES 65536 /* no text is longer */

/* ---- out ---- */

struct writer {
    FILE *out;
    XXH3_state_t *digest;
    bool failed;
    size_t pending; /* bytes of `buffer` that are yet to be written */
    uint8_t buffer[WRITE_BYTES];
};

/* Write what is pending. */
static void flush(struct writer *w)
{
    if (w->pending > 0 && fwrite(w->buffer, w->pending, 1, w->out) != 1)
        w->failed = true;
    (void)XXH3_64bits_update(w->digest, w->buffer, w->pending);
    w->pending = 0;
}

/* @param length  at most WRITE_BYTES */
static void put_bytes(struct writer *w, const void *bytes, size_t length)
{
    if (length > sizeof(w->buffer) - w->pending)
        flush(w);
    if (length > 0)
        memcpy(w->buffer + w->pending, bytes, length);
    w->pending += length;
}

static void put(struct writer *w, uint64_t number, unsigned bytes)
{
    uint8_t wire[8];

    for (unsigned i = 0; i < bytes; i++)
        wire[i] = (uint8_t)(number >> 8 * i);
    put_bytes(w, wire, bytes);
}

static void put_text(struct writer *w, const char *text, size_t length)
{
    put(w, length, 2);
    put_bytes(w, text, length);
}

/* Names by their number in the file. */
struct name_map {
    const struct nj_intern *names;
    uint32_t *number; /* of each name; NO_NAME if it does not occur */
    uint32_t *list;   /* name numbers, in order of the file */
    uint32_t count;
};

static void map_name(struct name_map *map, uint32_t name)
{
    if (name < nj_intern_count(map->names) && map->number[name] == NO_NAME) {
        map->number[name] = map->count;
        map->list[map->count++] = name;
    }
}

static void put_name(struct writer *w, const struct name_map *map, uint32_t name)
{
    put(w, map->number[name < nj_intern_count(map->names) ? name : NJ_INTERN_OTHER], 4);
}

static int by_opening(const void *a, const void *b)
{
    const struct open_visit *left = *(const struct open_visit *const *)a;
    const struct open_visit *right = *(const struct open_visit *const *)b;

    return left->opened < right->opened ? -1 : left->opened > right->opened;
}

/* @return the open visits in the order of opening, NULL when out of memory */
static const struct open_visit **list_visits(const struct visit_table *table)
{
    const struct open_visit **list = calloc(table->counts.open + 1, sizeof(*list));
    size_t count = 0;

    if (list == NULL)
        return NULL;
    for (size_t i = 0; i <= table->index_mask; i++) {
        if (table->index[i].visit != 0)
            list[count++] = &table->visits[table->index[i].visit];
    }
    qsort(list, count, sizeof(*list), by_opening);
    return list;
}

static void put_targets(struct writer *w, const struct visit_table *table,
                        const struct open_visit *visit)
{
    uint32_t cursor = 0, target;

    put(w, visit->targets, 2);
    put(w, visit->targets_set, 1);
    put(w, visit->targets_full, 1);
    if (visit->targets_set) {
        while (target_set_each(&table->targets, visit->target[0], &cursor, &target) == 1)
            put(w, target, 4);
        return;
    }
    for (unsigned i = 1; i < visit->targets; i++)
        put(w, visit->target[i - 1], 4);
}

static void put_side(struct writer *w, const struct side *side, const struct name_map *map)
{
    put(w, side->src_hi, 8);
    put(w, side->dst_hi, 8);
    put_name(w, map, side->app);
    put_name(w, map, side->conn_state);
    put_name(w, map, side->country);
    put_text(w, side->user, side->user_length);
    put_text(w, (const char *)side->payload, side->payload_length);
}

static void put_visit(struct writer *w, const struct visit_table *table,
                      const struct open_visit *visit, const struct name_map *map)
{
    const struct side *side = side_of(table, visit);

    put(w, visit->opened, 5);
    put(w, visit->label, 4);
    put_name(w, map, visit->tool);
    put(w, visit->sensor, 2);
    put(w, visit->proto, 1);
    put(w, (uint32_t)visit->hour, 4);
    put(w, visit->src_lo, 8);
    put(w, visit->dst_lo, 8);
    put(w, visit->dport, 2);
    put(w, visit->sport, 2);
    put(w, visit->lone, 1);
    put(w, visit->gather_s, 2);
    put(w, visit->own, 1);
    put(w, visit->first, 6);
    put(w, visit->last, 6);
    put(w, visit->part_clock_us, 4);
    put(w, visit->packets, 4);
    put(w, visit->sessions, 4);
    put(w, visit->repeats, 4);
    put(w, visit->answered, 4);
    put(w, visit->bytes, 6);
    put(w, visit->instance, 8);
    put(w, visit->sport_bands, 8);
    put(w, visit->sport_min, 2);
    put(w, visit->sport_max, 2);
    put(w, visit->sports_count, 1);
    for (unsigned i = 0; i < visit->sports_count; i++)
        put(w, visit->sports[i], 2);
    put(w, (unsigned)visit->has_fields | (unsigned)visit->early << 1, 1);
    put(w, visit->ttl, 1);
    put(w, visit->ttl_min, 1);
    put(w, visit->ttl_max, 1);
    put(w, visit->window, 2);
    put(w, visit->tcp_flags, 1);
    put(w, visit->v6, 1);
    put(w, side != NULL, 1);
    if (side != NULL)
        put_side(w, side, map);
    put_targets(w, table, visit);
}

static void put_session(struct writer *w, const struct session_record *record)
{
    put(w, 1, 1);
    put(w, record->tag, 4);
    put(w, record->position, 4);
    put(w, record->seq, 4);
    put(w, record->label, 4);
    put(w, record->kind, 1);
    put(w, record->answered, 1);
    put(w, record->last_us, 5);
    put(w, record->delta_us, 4);
}

static void put_head(struct writer *w, const struct visit_table *table)
{
    const struct visit_table_counts *c = &table->counts;
    const uint64_t numbers[] = {
        XXH3_64bits(&table->seed, sizeof(table->seed)),
        table->options.payload_bytes,
        (uint64_t)table->clock_ns,
        (uint64_t)table->latest_ns,
        table->next_seq,
        table->next_opened,
        c->packets,
        c->sessions,
        c->visits,
        c->parts,
        c->own,
        c->visits_forced,
        c->sessions_evicted,
        c->targets_saturated,
        c->labels_refused,
        c->recounted,
    };

    put_bytes(w, MAGIC, MAGIC_BYTES);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        put(w, numbers[i], 8);
}

static void map_names(struct name_map *map, const struct visit_table *table,
                      const struct open_visit *const *visits)
{
    map_name(map, NJ_INTERN_NONE);
    map_name(map, NJ_INTERN_OTHER);
    for (uint32_t i = 0; i < table->labels.count; i++) {
        map_name(map, table->labels.list[i].rule);
        map_name(map, table->labels.list[i].stack);
    }
    for (; *visits != NULL; visits++) {
        const struct side *side = side_of(table, *visits);

        map_name(map, (*visits)->tool);
        if (side != NULL) {
            map_name(map, side->app);
            map_name(map, side->conn_state);
            map_name(map, side->country);
        }
    }
}

static void put_all(struct writer *w, const struct visit_table *table,
                    const struct name_map *map, const struct open_visit *const *visits)
{
    struct session_record record;
    size_t cursor = 0;
    uint64_t digest;

    put_head(w, table);
    put(w, map->count, 4);
    for (uint32_t i = 0; i < map->count; i++) {
        const char *text = nj_intern_text(map->names, map->list[i]);

        put_text(w, text, strnlen(text, UINT16_MAX));
    }
    put(w, table->labels.count, 4);
    for (uint32_t i = 0; i < table->labels.count; i++) {
        put(w, table->labels.list[i].class, 1);
        put_name(w, map, table->labels.list[i].rule);
        put_name(w, map, table->labels.list[i].stack);
    }
    put(w, table->counts.open, 4);
    for (; *visits != NULL; visits++)
        put_visit(w, table, *visits, map);
    while (session_table_each(table->sessions, table->clock_ns, table->latest_ns, &cursor,
                              &record))
        put_session(w, &record);
    put(w, 0, 1);
    flush(w);
    digest = XXH3_64bits_digest(w->digest);
    put(w, digest, 8);
    flush(w);
}

int visit_table_save(const struct visit_table *table, const struct nj_intern *names, FILE *out,
                     struct nj_err *err)
{
    uint32_t count = nj_intern_count(names);
    const struct open_visit **visits = list_visits(table);
    struct name_map map = {
        .names = names,
        .number = malloc(count * sizeof(uint32_t)),
        .list = malloc(count * sizeof(uint32_t)),
    };
    struct writer w = {.out = out, .digest = XXH3_createState()};
    int rc = -1;

    if (visits == NULL || map.number == NULL || map.list == NULL || w.digest == NULL) {
        nj_fail(err, NJ_NOMEM, "save visits");
        goto out;
    }
    memset(map.number, 0xff, count * sizeof(uint32_t));
    (void)XXH3_64bits_reset(w.digest);
    map_names(&map, table, visits);
    put_all(&w, table, &map, visits);
    if (w.failed) {
        nj_fail(err, NJ_IO, "save visits");
        goto out;
    }
    rc = 0;
out:
    free(visits);
    free(map.number);
    free(map.list);
    (void)XXH3_freeState(w.digest);
    return rc;
}

/* ---- in ---- */

struct reader {
    FILE *in;
    XXH3_state_t *digest;
    bool bad; /* the input ended, or holds what save never writes */
    uint32_t *names;
    uint32_t name_count;
};

static void get_bytes(struct reader *r, void *bytes, size_t length)
{
    if (!r->bad && length > 0 && fread(bytes, length, 1, r->in) != 1)
        r->bad = true;
    if (r->bad)
        memset(bytes, 0, length);
    else
        (void)XXH3_64bits_update(r->digest, bytes, length);
}

static uint64_t get(struct reader *r, unsigned bytes)
{
    uint8_t wire[8] = {0};
    uint64_t number = 0;

    get_bytes(r, wire, bytes);
    for (unsigned i = bytes; i-- > 0;)
        number = number << 8 | wire[i];
    return number;
}

/* A number that must be below `end`; otherwise the input is bad, and it is 0. */
static uint64_t get_below(struct reader *r, unsigned bytes, uint64_t end)
{
    uint64_t number = get(r, bytes);

    if (number < end)
        return number;
    r->bad = true;
    return 0;
}

static uint32_t get_name(struct reader *r)
{
    uint64_t number = get_below(r, 4, r->name_count);

    return r->bad ? NJ_INTERN_NONE : r->names[number];
}

static uint16_t get_text(struct reader *r, void *text, size_t room)
{
    uint16_t length = (uint16_t)get_below(r, 2, room + 1);

    get_bytes(r, text, length);
    return length;
}

static int get_names(struct reader *r, struct nj_intern *names, struct nj_err *err)
{
    static const size_t room = UINT16_MAX;
    char *text = malloc(room);
    uint64_t count = get(r, 4);
    size_t have = 0;
    int rc = -1;

    if (text == NULL)
        goto out;
    while (r->name_count < count && !r->bad) {
        size_t length = get_text(r, text, room);

        if (r->name_count == have) { /* grown as texts come, whatever `count` says */
            uint32_t *wider;

            have = have == 0 ? 64 : 2 * have;
            wider = realloc(r->names, have * sizeof(*wider));
            if (wider == NULL)
                goto out;
            r->names = wider;
        }
        if (!r->bad && memchr(text, '\0', length) == NULL)
            r->names[r->name_count++] = nj_intern(names, text, length);
        else
            r->bad = true;
    }
    rc = 0;
out:
    free(text);
    return rc == 0 ? 0 : nj_fail(err, NJ_NOMEM, "names of saved visits");
}

/* @return number of each of the file's labels, NULL when out of memory */
static uint32_t *get_labels(struct reader *r, struct labels *labels, uint32_t *ret_count)
{
    uint32_t count = (uint32_t)get_below(r, 4, LABELS_MAX + 1);
    uint32_t *numbers = malloc((count + 1) * sizeof(*numbers));

    if (numbers == NULL)
        return NULL;
    for (uint32_t i = 0; i < count && !r->bad; i++) {
        uint32_t class = (uint32_t)get_below(r, 1, CLASS_COUNT);
        uint32_t rule = get_name(r), stack = get_name(r);

        numbers[i] = labels_add(labels, class, rule, stack);
    }
    *ret_count = count;
    return numbers;
}

static void get_targets(struct reader *r, struct visit_table *table, struct open_visit *visit)
{
    uint64_t targets = get_below(r, 2, TARGETS_MAX + 1);
    bool in_set = get_below(r, 1, 2) == 1;
    bool full = get_below(r, 1, 2) == 1;

    if (in_set ? targets <= TARGETS_HELD + 1 : targets > TARGETS_HELD + 1)
        r->bad = true;
    if (r->bad)
        return;
    visit->targets = targets & TARGETS_MASK;
    visit->targets_full = full;
    if (!in_set) {
        for (unsigned i = 1; i < targets; i++)
            visit->target[i - 1] = (uint32_t)get(r, 4);
        return;
    }
    visit->target[0] = target_set_new(&table->targets);
    visit->targets_set = visit->target[0] != TARGET_SET_NONE;
    if (!visit->targets_set) { /* less room than at saving: go on with a lower bound */
        visit->targets = 1;
        visit->targets_full = 1;
    }
    for (uint32_t i = 0; i < targets; i++) {
        uint32_t target = (uint32_t)get(r, 4);

        if (!visit->targets_set || visit->targets < i) /* no room for one before */
            continue;
        switch (target_set_add(&table->targets, &visit->target[0], i, target)) {
        case TARGET_KNOWN:
            r->bad = true;
            return;
        case TARGET_ADDED:
            break;
        case TARGET_FULL:
            visit->targets = i & TARGETS_MASK;
            visit->targets_full = 1;
            break;
        }
    }
}

static void get_side(struct reader *r, struct visit_table *table, struct open_visit *visit,
                     const struct side *halves)
{
    struct side *side = side_need(table, visit);

    side->src_hi = halves->src_hi;
    side->dst_hi = halves->dst_hi;
    side->app = get_name(r);
    side->conn_state = get_name(r);
    side->country = get_name(r);
    side->user_length = (uint8_t)get_text(r, side->user, sizeof(side->user));
    side->payload_length = get_text(r, side->payload, table->options.payload_bytes);
}

/* What of a visit is not in its key. */
static void get_counts(struct reader *r, struct open_visit *visit)
{
    uint64_t flags;

    visit->gather_s = get_below(r, 2, HOUR_S + 1) & GATHER_MASK;
    visit->own = get_below(r, 1, OWN_MASK + 1) & OWN_MASK;
    visit->first = get_below(r, 6, HOUR_NS) & OFFSET_MASK;
    visit->last = get_below(r, 6, HOUR_NS) & OFFSET_MASK;
    visit->part_clock_us = (uint32_t)get(r, 4);
    visit->packets = (uint32_t)get(r, 4);
    visit->sessions = (uint32_t)get(r, 4);
    visit->repeats = (uint32_t)get(r, 4);
    visit->answered = (uint32_t)get(r, 4);
    visit->bytes = get(r, 6) & BYTES_MASK;
    visit->instance = get(r, 8);
    visit->sport_bands = get(r, 8);
    visit->sport_min = (uint16_t)get(r, 2);
    visit->sport_max = (uint16_t)get(r, 2);
    visit->sports_count = get_below(r, 1, VISIT_SPORT_SAMPLES + 1) & 7;
    for (unsigned i = 0; i < visit->sports_count; i++)
        visit->sports[i] = (uint16_t)get(r, 2);
    flags = get_below(r, 1, 4);
    visit->has_fields = flags & 1;
    visit->early = flags >> 1 & 1;
    visit->ttl = get(r, 1) & 0xff;
    visit->ttl_min = get(r, 1) & 0xff;
    visit->ttl_max = get(r, 1) & 0xff;
    visit->window = get(r, 2) & 0xffff;
    visit->tcp_flags = (uint8_t)get(r, 1);
}

/* Key, label and counts of a visit; what it keeps elsewhere comes after them. */
static void get_visit_head(struct reader *r, const struct visit_table *table,
                           const uint32_t *labels, uint32_t label_count,
                           struct open_visit *ret_head, struct visit_key *ret_key)
{
    uint32_t hour;

    memset(ret_head, 0, sizeof(*ret_head));
    memset(ret_key, 0, sizeof(*ret_key));
    ret_head->opened = get_below(r, 5, table->next_opened) & OPENED_MASK;
    ret_head->label = (uint32_t)get_below(r, 4, label_count);
    ret_head->tool = get_name(r);
    ret_key->sensor = (uint32_t)get(r, 2);
    ret_key->proto = (uint8_t)get(r, 1);
    hour = (uint32_t)get(r, 4);
    memcpy(&ret_key->hour, &hour, sizeof(hour));
    ret_key->src.lo = get(r, 8);
    ret_key->dst.lo = get(r, 8);
    ret_key->dport = (uint16_t)get(r, 2);
    ret_key->sport = (uint16_t)get(r, 2);
    ret_key->lone = get_below(r, 1, 2) == 1;
    get_counts(r, ret_head);
    ret_head->v6 = get_below(r, 1, 2) & 1;
    if (ret_key->hour > TIME_MAX_NS / HOUR_NS || ret_key->hour < -TIME_MAX_NS / HOUR_NS - 1)
        r->bad = true;
    if (r->bad)
        return;
    ret_head->label = labels[ret_head->label];
    ret_key->class = (uint8_t)table->labels.list[ret_head->label].class;
    ret_key->stack = table->labels.list[ret_head->label].stack;
    ret_head->src_lo = ret_key->src.lo;
    ret_head->dst_lo = ret_key->dst.lo;
    ret_head->sport = ret_key->sport;
    ret_head->dport = ret_key->dport;
    ret_head->sensor = (uint16_t)ret_key->sensor;
    ret_head->hour = ret_key->hour;
    ret_head->proto = ret_key->proto;
    ret_head->lone = ret_key->lone;
}

static int get_visit(struct reader *r, struct visit_table *table, const uint32_t *labels,
                     uint32_t label_count, struct nj_err *err)
{
    struct side halves = {.src_hi = 0};
    struct open_visit head, *visit;
    struct visit_key key;
    uint64_t hash;
    bool has_side;

    get_visit_head(r, table, labels, label_count, &head, &key);
    has_side = get_below(r, 1, 2) == 1;
    if (has_side) {
        halves.src_hi = get(r, 8);
        halves.dst_hi = get(r, 8);
    }
    if (head.v6) {
        key.src.hi = halves.src_hi;
        key.dst.hi = halves.dst_hi;
    }
    hash = flow_visit_hash(table->secret, &key);
    if (r->bad || (head.v6 && !has_side) || table->clock_ns == INT64_MIN ||
        open_visit_find(table, hash, &key, head.label) != NULL) {
        r->bad = true;
        return 0;
    }
    visit = open_visit_new(table, hash, &key);
    if (visit == NULL)
        return nj_fail(err, NJ_NOMEM, "index of saved visits");
    head.side = visit->side;
    *visit = head;
    if (has_side)
        get_side(r, table, visit, &halves);
    get_targets(r, table, visit);
    if (!r->bad)
        open_visit_file(table, visit, table->clock_ns);
    return 0;
}

static void get_sessions(struct reader *r, struct visit_table *table, const uint32_t *labels,
                         uint32_t label_count)
{
    while (get_below(r, 1, 2) == 1) {
        struct session_record record;

        record.tag = (uint32_t)get(r, 4);
        record.position = (uint32_t)get_below(r, 4, 1u << FLOW_POSITION_BITS);
        record.seq = (uint32_t)get(r, 4);
        record.label = (uint32_t)get_below(r, 4, label_count);
        record.kind = (enum session_kind)get_below(r, 1, SESSION_OWN + 1);
        record.answered = get_below(r, 1, 2) == 1;
        record.last_us = get(r, 5);
        record.delta_us = (uint32_t)get_below(r, 4, 1u << SESSION_DELTA_BITS);
        if (record.kind == SESSION_NONE)
            r->bad = true;
        if (r->bad)
            return;
        record.label = labels[record.label];
        session_table_put(table->sessions, &record, table->clock_ns);
    }
}

static bool is_time(int64_t time_ns)
{
    return time_ns == INT64_MIN || (time_ns >= -TIME_MAX_NS && time_ns <= TIME_MAX_NS);
}

static void get_head(struct reader *r, struct visit_table *table)
{
    struct visit_table_counts *c = &table->counts;
    char magic[MAGIC_BYTES];

    get_bytes(r, magic, sizeof(magic));
    if (memcmp(magic, MAGIC, sizeof(magic)) != 0 ||
        get(r, 8) != XXH3_64bits(&table->seed, sizeof(table->seed)) ||
        get(r, 8) != table->options.payload_bytes)
        r->bad = true;
    table->clock_ns = (int64_t)get(r, 8);
    table->latest_ns = (int64_t)get(r, 8);
    table->next_seq = get(r, 8);
    table->next_opened = get(r, 8);
    c->packets = get(r, 8);
    c->sessions = get(r, 8);
    c->visits = get(r, 8);
    c->parts = get(r, 8);
    c->own = get(r, 8);
    c->visits_forced = get(r, 8);
    c->sessions_evicted = get(r, 8);
    c->targets_saturated = get(r, 8);
    c->labels_refused = get(r, 8);
    c->recounted = get(r, 8);
    if (!is_time(table->clock_ns) || !is_time(table->latest_ns))
        r->bad = true;
}

static int get_body(struct reader *r, struct visit_table *table, struct nj_intern *names,
                    struct nj_err *err)
{
    uint32_t *labels = NULL;
    uint32_t label_count = 0;
    uint64_t visits, digest;
    int rc = -1;

    if (get_names(r, names, err) < 0)
        return -1;
    labels = get_labels(r, &table->labels, &label_count);
    if (labels == NULL) {
        nj_fail(err, NJ_NOMEM, "labels of saved visits");
        goto out;
    }
    visits = get(r, 4);
    if (!r->bad && visits > table->options.max_visits) {
        nj_fail(err, NJ_LIMIT, "saved state has %llu open visits, limit %zu",
                (unsigned long long)visits, table->options.max_visits);
        goto out;
    }
    for (uint64_t i = 0; i < visits && !r->bad; i++) {
        if (get_visit(r, table, labels, label_count, err) < 0)
            goto out;
    }
    get_sessions(r, table, labels, label_count);
    digest = XXH3_64bits_digest(r->digest);
    if (get(r, 8) != digest || r->bad) {
        nj_fail(err, NJ_FORMAT, "saved visits are damaged or cut");
        goto out;
    }
    rc = 0;
out:
    free(labels);
    return rc;
}

/* A table as new: what it held is dropped. */
static int start_anew(struct visit_table *table, struct nj_err *err)
{
    struct session_table *sessions = NULL;
    struct labels labels;

    if (labels_init(&labels, &table->counts.labels_refused, err) < 0)
        return -1;
    if (session_table_new(table->options.max_sessions, &table->counts.sessions_evicted,
                          &sessions, err) < 0) {
        labels_done(&labels);
        return -1;
    }
    labels_done(&table->labels);
    session_table_free(table->sessions);
    table->labels = labels;
    table->sessions = sessions;
    open_visits_clear(table);
    memset(&table->counts, 0, sizeof(table->counts));
    table->clock_ns = table->latest_ns = INT64_MIN;
    return 0;
}

int visit_table_load(struct visit_table *table, struct nj_intern *names, FILE *in,
                     struct nj_err *err)
{
    struct reader r = {.in = in, .digest = XXH3_createState()};
    uint64_t seq = table->next_seq;
    int rc = -1;

    if (r.digest == NULL)
        return nj_fail(err, NJ_NOMEM, "load visits");
    (void)XXH3_64bits_reset(r.digest);
    if (start_anew(table, err) < 0)
        goto out;
    get_head(&r, table);
    if (r.bad)
        nj_fail(err, NJ_FORMAT, "no saved visits of this version and these options");
    else
        rc = get_body(&r, table, names, err);
    if (rc < 0 && ferror(in))
        nj_fail(err, NJ_IO, "load visits");
    if (rc < 0 && start_anew(table, NULL) == 0)
        table->next_seq = seq;
out:
    free(r.names);
    (void)XXH3_freeState(r.digest);
    return rc;
}
