/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a score table as bytes. Numbers are little-endian, doubles and floats their IEEE
 * 754 bits; "name" is a number in the list of names, 0 none.
 *
 *   8  magic "NJSCORE" and version
 *   4 x 8  sources evicted, sources forgotten, links refused, flood cells evicted
 *   4  names, then each: 2 length, text
 *   4  sources, level by level, the longest untouched first; then each as put_entry writes it
 *   4  links, by id, then each: 8 id, 4 a, 4 b (places in the list of sources), 8 probability,
 *      8 started, 1 kind, 1 hop, 1 decoys
 *   4  flood cells, then each: 8 minute, 2 port, 1 protocol, 4 sources
 *   8  XXH3-64 of all before
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "score/state.h"

#define MAGIC "NJSCORE\1"
#define MAGIC_BYTES 8
#define NAME_MAX_LENGTH 1024

/* Both directions: a stream, its digest, and whether something went wrong. */
struct stream {
    FILE *file;
    XXH3_state_t *digest;
    uint64_t offset;
    bool bad;
    uint32_t *names; /* out: number in the file of each name; in: name of each number */
    uint32_t name_count;
};

static bool stream_open(struct stream *s, FILE *file)
{
    *s = (struct stream){.file = file, .digest = XXH3_createState()};
    return s->digest != NULL && XXH3_64bits_reset(s->digest) == XXH_OK;
}

static void stream_close(struct stream *s)
{
    free(s->names);
    (void)XXH3_freeState(s->digest);
}

/* ---- out ---- */

static void put_bytes(struct stream *s, const void *bytes, size_t length)
{
    (void)XXH3_64bits_update(s->digest, bytes, length);
    if (!s->bad && length > 0 && fwrite(bytes, length, 1, s->file) != 1)
        s->bad = true;
}

static void put(struct stream *s, uint64_t number, unsigned bytes)
{
    uint8_t wire[8];

    for (unsigned i = 0; i < bytes; i++)
        wire[i] = (uint8_t)(number >> 8 * i);
    put_bytes(s, wire, bytes);
}

static void put_double(struct stream *s, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    put(s, bits, 8);
}

static void put_name(struct stream *s, uint32_t name)
{
    put(s, s->names[name < s->name_count ? name : NJ_INTERN_OTHER], 4);
}

static void put_port(struct stream *s, const struct note_port *port)
{
    put(s, port->port, 2);
    put(s, port->proto, 1);
    put(s, port->sessions, 4);
    put_double(s, (double)port->risk);
}

static void put_notes(struct stream *s, const struct notes *notes)
{
    const uint64_t numbers[] = {(uint64_t)notes->first_us,
                                (uint64_t)notes->last_us,
                                notes->sessions,
                                notes->packets,
                                notes->targets,
                                notes->exploits,
                                notes->logins,
                                notes->scans};
    const double reals[] = {notes->coverage,
                            notes->pps,
                            notes->novelty_p,
                            (double)notes->exploit_strength,
                            (double)notes->tool_strength,
                            (double)notes->tool_bits};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        put(s, numbers[i], 8);
    for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++)
        put_double(s, reals[i]);
    put_name(s, notes->rule);
    put_name(s, notes->tool);
    put_name(s, notes->stack);
    put(s, notes->tool_packets, 4);
    put(s, notes->ports_seen, 4);
    put(s, notes->risky_ports, 4);
    put(s, notes->port_count, 1);
    for (unsigned i = 0; i < NOTE_PORTS; i++)
        put_port(s, &notes->ports[i]);
    put_port(s, &notes->first_port);
    put_port(s, &notes->novelty_port);
    put(s, notes->days, 1);
    put(s, notes->sensors, 1);
    put(s,
        (uint64_t)(notes->declared | notes->slow << 1 | notes->disguised << 2 |
                   notes->whole_session << 3),
        1);
}

static void put_grade(struct stream *s, const struct grade_facts *grade)
{
    const uint64_t numbers[] = {grade->sessions, grade->packets, grade->two_way, grade->logins,
                                grade->fields,   grade->repeats, grade->stacks,  grade->hours};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        put(s, numbers[i], 8);
    put(s, grade->ttl_min, 1);
    put(s, grade->ttl_max, 1);
    put(s, grade->one_tool, 1);
}

static void put_override(struct stream *s, const struct risk_override *override)
{
    put(s, override != NULL, 1);
    if (override == NULL)
        return;
    put(s, override->has_score, 1);
    put_double(s, override->score);
    put(s, override->level, 1);
    put(s, (uint64_t) override->at_us, 8);
    put_bytes(s, override->author, sizeof(override->author));
    put_bytes(s, override->reason, sizeof(override->reason));
}

static void put_path(struct stream *s, const struct path *path)
{
    for (unsigned k = 0; k < RISK_GROUPS; k++)
        put_double(s, path->value[k]);
    put(s, (uint64_t)path->base_s, 8);
    put(s, (uint64_t)(path->limits.declared | path->limits.cold << 1), 1);
    put_double(s, path->limits.exploit_strength);
    put(s, path->limits.exploit_sessions, 8);
}

static void put_entry(struct stream *s, const struct entry *entry)
{
    put(s, entry->src.hi, 8);
    put(s, entry->src.lo, 8);
    for (unsigned k = 0; k < RISK_GROUPS; k++) {
        put_double(s, entry->own[k].value);
        put(s, (uint64_t)entry->own[k].at_s, 8);
    }
    put_notes(s, &entry->notes);
    put_grade(s, &entry->grade);
    put(s, entry->crowd, 4);
    put(s, entry->level.level, 1);
    put(s, entry->level.previous, 1);
    put(s, (uint64_t)entry->level.changed_s, 8);
    for (unsigned i = 0; i < RISK_LEVELS; i++)
        put(s, (uint64_t)entry->level.below_s[i], 8);
    put_path(s, &entry->told);
    put(s, (uint64_t)entry->settled_s, 8);
    put(s, (uint64_t)entry->touched_s, 8);
    put(s, (uint64_t)entry->due_s, 8);
    put(s, (uint64_t)(entry->dirty | (entry->heap_at != 0) << 1), 1);
    put(s, entry->list, 1);
    put_override(s, entry->override);
}

static bool is_name(const struct stream *s, uint32_t name)
{
    return name != NJ_INTERN_NONE && name < s->name_count && s->names[name] == 0;
}

/* The texts of the names that occur, numbered from 1 in the order of the table of names. */
static int put_names(struct stream *s, const struct score_table *table,
                     const struct nj_intern *names)
{
    uint32_t count = 0;

    s->name_count = nj_intern_count(names);
    s->names = calloc((size_t)s->name_count + 2, sizeof(*s->names));
    if (s->names == NULL)
        return -1;
    if (s->name_count > NJ_INTERN_OTHER)
        s->names[NJ_INTERN_OTHER] = 1;
    for (uint32_t i = 1; i < table->entry_end; i++) {
        const struct notes *notes = &table->entries[i].notes;
        const uint32_t used[] = {notes->rule, notes->tool, notes->stack};

        for (size_t k = 0; k < 3; k++) {
            if (is_name(s, used[k]))
                s->names[used[k]] = 1;
        }
    }
    for (uint32_t i = 1; i < s->name_count; i++) {
        if (s->names[i] != 0)
            s->names[i] = ++count;
    }
    put(s, count, 4);
    for (uint32_t i = 1; i < s->name_count; i++) {
        const char *text = nj_intern_text(names, i);
        size_t length = strnlen(text, NAME_MAX_LENGTH);

        if (s->names[i] == 0)
            continue;
        put(s, length, 2);
        put_bytes(s, text, length);
    }
    return 0;
}

struct ranked {
    uint64_t hi, lo;
    uint32_t number;
};

static int by_rank(const void *a, const void *b)
{
    const struct ranked *l = a, *r = b;

    if (l->hi != r->hi)
        return l->hi < r->hi ? -1 : 1;
    return l->lo < r->lo ? -1 : l->lo > r->lo;
}

/* Those in no list by address; then list by list. @return 0; -1 when out of memory */
static int put_entries(struct stream *s, const struct score_table *table, uint32_t *ret_place)
{
    struct ranked *loose = calloc((size_t)table->entry_end + 1, sizeof(*loose));
    size_t count = 0;
    uint32_t place = 0;

    if (loose == NULL)
        return -1;
    for (uint32_t i = 1; i < table->entry_end; i++) {
        const struct entry *entry = &table->entries[i];

        if (entry->used && entry->list == NO_LIST)
            loose[count++] = (struct ranked){entry->src.hi, entry->src.lo, i};
    }
    qsort(loose, count, sizeof(*loose), by_rank);
    put(s, table->counts.sources, 4);
    for (size_t i = 0; i < count; i++) {
        put_entry(s, &table->entries[loose[i].number]);
        ret_place[loose[i].number] = ++place;
    }
    for (unsigned list = 0; list < RISK_LEVELS; list++) {
        for (uint32_t i = table->oldest[list]; i != 0; i = table->entries[i].newer) {
            put_entry(s, &table->entries[i]);
            ret_place[i] = ++place;
        }
    }
    free(loose);
    return 0;
}

static int put_nodes(struct stream *s, const struct score_table *table, const uint32_t *place)
{
    struct ranked *list = calloc((size_t)table->node_end + 1, sizeof(*list));
    size_t count = 0;

    if (list == NULL)
        return -1;
    for (uint32_t i = 1; i < table->node_end; i++) {
        if (table->nodes[i].used)
            list[count++] = (struct ranked){0, table->nodes[i].id, i};
    }
    qsort(list, count, sizeof(*list), by_rank);
    put(s, count, 4);
    for (size_t i = 0; i < count; i++) {
        const struct node *node = &table->nodes[list[i].number];

        put(s, node->id, 8);
        put(s, place[node->end[0]], 4);
        put(s, place[node->end[1]], 4);
        put_double(s, node->probability);
        put(s, (uint64_t)node->started_s, 8);
        put(s, node->kind, 1);
        put(s, node->hop, 1);
        put(s, node->decoys, 1);
    }
    free(list);
    return 0;
}

static void put_flood(struct stream *s, const struct flood *flood)
{
    put(s, flood->count, 4);
    for (size_t i = 0; i < flood->count; i++) {
        put(s, (uint64_t)flood->cells[i].minute, 8);
        put(s, flood->cells[i].port, 2);
        put(s, flood->cells[i].proto, 1);
        put(s, flood->cells[i].sources, 4);
    }
}

int score_table_save(const struct score_table *table, const struct nj_intern *names, FILE *out,
                     struct nj_err *err)
{
    uint32_t *place = calloc((size_t)table->entry_end + 1, sizeof(*place));
    struct stream s;
    int rc = -1;

    if (!stream_open(&s, out) || place == NULL)
        goto nomem;
    put_bytes(&s, MAGIC, MAGIC_BYTES);
    put(&s, table->counts.sources_evicted, 8);
    put(&s, table->counts.sources_forgotten, 8);
    put(&s, table->counts.links_refused, 8);
    put(&s, table->flood.evicted, 8);
    if (put_names(&s, table, names) < 0 || put_entries(&s, table, place) < 0 ||
        put_nodes(&s, table, place) < 0)
        goto nomem;
    put_flood(&s, &table->flood);
    put(&s, XXH3_64bits_digest(s.digest), 8);
    rc = s.bad || fflush(out) != 0 ? nj_fail(err, NJ_IO, "write the scores") : 0;
    goto out;
nomem:
    rc = nj_fail(err, NJ_NOMEM, "write the scores");
out:
    stream_close(&s);
    free(place);
    return rc;
}

/* ---- in ---- */

static void get_bytes(struct stream *s, void *ret_bytes, size_t length)
{
    if (s->bad || (length > 0 && fread(ret_bytes, length, 1, s->file) != 1)) {
        s->bad = true;
        memset(ret_bytes, 0, length);
        return;
    }
    (void)XXH3_64bits_update(s->digest, ret_bytes, length);
    s->offset += length;
}

static uint64_t get(struct stream *s, unsigned bytes)
{
    uint8_t wire[8] = {0};
    uint64_t number = 0;

    get_bytes(s, wire, bytes);
    for (unsigned i = bytes; i-- > 0;)
        number = number << 8 | wire[i];
    return number;
}

/* A number below `limit`. */
static uint64_t get_below(struct stream *s, unsigned bytes, uint64_t limit)
{
    uint64_t number = get(s, bytes);

    if (number < limit)
        return number;
    s->bad = true;
    return 0;
}

/* A number from 0 to `most`, and no other kind of double. */
static double get_double(struct stream *s, double most)
{
    uint64_t bits = get(s, 8);
    double value;

    memcpy(&value, &bits, sizeof(value));
    if (value >= 0 && value <= most)
        return value;
    s->bad = true;
    return 0;
}

/* Seconds that can be told in microseconds. */
static int64_t get_seconds(struct stream *s)
{
    int64_t seconds = (int64_t)get(s, 8);

    if (seconds <= TIME_MAX_S && seconds >= -TIME_MAX_S)
        return seconds;
    s->bad = true;
    return 0;
}

static uint32_t get_name(struct stream *s)
{
    return s->names[get_below(s, 4, (uint64_t)s->name_count + 1)];
}

static void get_port(struct stream *s, struct note_port *port)
{
    port->port = (uint16_t)get(s, 2);
    port->proto = (uint8_t)get(s, 1);
    port->sessions = (uint32_t)get(s, 4);
    port->risk = (float)get_double(s, 1);
}

static void get_notes(struct stream *s, struct notes *notes)
{
    uint64_t *const numbers[] = {&notes->sessions, &notes->packets, &notes->targets,
                                 &notes->exploits, &notes->logins,  &notes->scans};
    uint64_t flags;

    notes->first_us = (int64_t)get(s, 8);
    notes->last_us = (int64_t)get(s, 8);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        *numbers[i] = get(s, 8);
    notes->coverage = get_double(s, 1);
    notes->pps = get_double(s, HUGE_VAL);
    notes->novelty_p = get_double(s, 1);
    notes->exploit_strength = (float)get_double(s, 1);
    notes->tool_strength = (float)get_double(s, 1);
    notes->tool_bits = (float)get_double(s, 1e9);
    notes->rule = get_name(s);
    notes->tool = get_name(s);
    notes->stack = get_name(s);
    notes->tool_packets = (uint32_t)get(s, 4);
    notes->ports_seen = (uint32_t)get(s, 4);
    notes->risky_ports = (uint32_t)get(s, 4);
    notes->port_count = (uint32_t)get_below(s, 1, NOTE_PORTS + 1);
    for (unsigned i = 0; i < NOTE_PORTS; i++)
        get_port(s, &notes->ports[i]);
    get_port(s, &notes->first_port);
    get_port(s, &notes->novelty_port);
    notes->days = (uint8_t)get_below(s, 1, 31);
    notes->sensors = (uint8_t)get_below(s, 1, 65);
    flags = get_below(s, 1, 16);
    notes->declared = flags & 1;
    notes->slow = flags >> 1 & 1;
    notes->disguised = flags >> 2 & 1;
    notes->whole_session = flags >> 3 & 1;
}

static void get_grade(struct stream *s, struct grade_facts *grade)
{
    uint64_t *const numbers[] = {&grade->sessions, &grade->packets, &grade->two_way,
                                 &grade->logins,   &grade->fields,  &grade->repeats};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        *numbers[i] = get(s, 8);
    grade->stacks = (uint32_t)get_below(s, 8, UINT64_C(1) << 32);
    grade->hours = (uint32_t)get_below(s, 8, UINT64_C(1) << 32);
    grade->ttl_min = (uint8_t)get(s, 1);
    grade->ttl_max = (uint8_t)get(s, 1);
    grade->one_tool = get_below(s, 1, 2) == 1;
}

static int get_override(struct stream *s, struct score_table *table, struct entry *entry)
{
    struct risk_override override = {.set = true};

    if (get_below(s, 1, 2) == 0)
        return 0;
    override.has_score = get_below(s, 1, 2) == 1;
    override.score = get_double(s, 100);
    override.level = (enum risk_level)get_below(s, 1, RISK_LEVELS);
    override.at_us = (int64_t)get(s, 8);
    get_bytes(s, override.author, sizeof(override.author));
    get_bytes(s, override.reason, sizeof(override.reason));
    if (s->bad || !override_valid(&override)) {
        s->bad = true;
        return 0;
    }
    entry->override = malloc(sizeof(override));
    if (entry->override == NULL)
        return -1;
    *entry->override = override;
    table->counts.overrides++;
    return 0;
}

static void get_path(struct stream *s, struct path *ret)
{
    uint64_t flags;

    for (unsigned k = 0; k < RISK_GROUPS; k++)
        ret->value[k] = get_double(s, risk_weights[k]);
    ret->base_s = (int64_t)get(s, 8);
    if (ret->base_s != NEVER_TOLD && (ret->base_s > TIME_MAX_S || ret->base_s < -TIME_MAX_S))
        s->bad = true;
    flags = get_below(s, 1, 4);
    ret->limits.declared = flags & 1;
    ret->limits.cold = flags >> 1 & 1;
    ret->limits.exploit_strength = get_double(s, 1);
    ret->limits.exploit_sessions = get(s, 8);
}

/* One entry. @return 0, also when the stream went bad; -1 when out of memory */
static int get_entry(struct stream *s, struct score_table *table)
{
    struct addr src = {.hi = get(s, 8)};
    struct entry *entry;
    bool fault;
    uint32_t number;
    uint64_t flags;
    uint8_t list;

    src.lo = get(s, 8);
    if (s->bad || entry_find(table, src) != 0) {
        s->bad = true;
        return 0;
    }
    number = entry_make(table, src, &fault);
    if (number == 0) {
        s->bad = true; /* more than this table may hold */
        return fault ? -1 : 0;
    }
    entry = &table->entries[number];
    for (unsigned k = 0; k < RISK_GROUPS; k++) {
        entry->own[k].value = get_double(s, risk_weights[k]);
        entry->own[k].at_s = get_seconds(s);
    }
    get_notes(s, &entry->notes);
    get_grade(s, &entry->grade);
    entry->crowd = (uint32_t)get(s, 4);
    entry->level.level = (enum risk_level)get_below(s, 1, RISK_LEVELS);
    entry->level.previous = (enum risk_level)get_below(s, 1, RISK_LEVELS);
    entry->level.changed_s = get_seconds(s);
    for (unsigned i = 0; i < RISK_LEVELS; i++)
        entry->level.below_s[i] = get_seconds(s);
    get_path(s, &entry->told);
    entry->settled_s = get_seconds(s);
    entry->touched_s = get_seconds(s);
    entry->due_s = get_seconds(s);
    flags = get_below(s, 1, 4);
    list = (uint8_t)get_below(s, 1, NO_LIST + 1);
    if (get_override(s, table, entry) < 0)
        return -1;
    if (s->bad)
        return 0;
    entry_list(table, number, list);
    if ((flags & 1 && entry_mark(table, number, NULL) < 0) ||
        (flags & 2 && entry_schedule(table, number, entry->due_s, NULL) < 0))
        return -1;
    return 0;
}

static int get_names(struct stream *s, struct nj_intern *names)
{
    uint64_t count = get(s, 4);
    char text[NAME_MAX_LENGTH];
    size_t room = 0;

    s->names = calloc(1, sizeof(*s->names));
    if (s->names == NULL)
        return -1;
    for (uint64_t i = 1; i <= count && !s->bad; i++) {
        size_t length = (size_t)get_below(s, 2, NAME_MAX_LENGTH + 1);

        get_bytes(s, text, length);
        if (s->bad || memchr(text, '\0', length) != NULL) {
            s->bad = true;
            return 0;
        }
        if (i >= room) {
            uint32_t *grown = realloc(s->names, 2 * (i + 1) * sizeof(*grown));

            if (grown == NULL)
                return -1;
            s->names = grown;
            room = 2 * (i + 1);
        }
        s->names[i] = nj_intern(names, text, length);
        s->name_count = (uint32_t)i;
    }
    return 0;
}

static int get_node(struct stream *s, struct score_table *table, uint32_t places)
{
    struct node node = {.id = get(s, 8)};

    node.end[0] = (uint32_t)get_below(s, 4, (uint64_t)places + 1);
    node.end[1] = (uint32_t)get_below(s, 4, (uint64_t)places + 1);
    node.probability = get_double(s, 1);
    node.started_s = get_seconds(s);
    node.kind = (uint8_t)get_below(s, 1, LINK_SUCCESSION + 1);
    node.hop = (uint8_t)get_below(s, 1, HOP_SPLIT + 1);
    node.decoys = get_below(s, 1, 2) == 1;
    if (s->bad || node.end[0] == 0 || node.end[1] == 0 || node.end[0] == node.end[1] ||
        node_find(table, node.id) != 0) {
        s->bad = true;
        return 0;
    }
    return node_set(table, &node, NULL);
}

static void get_flood(struct stream *s, struct flood *flood)
{
    size_t count = (size_t)get_below(s, 4, 2 * FLOOD_CELLS + 1);

    for (size_t i = 0; i < count && !s->bad; i++) {
        struct flood_cell *cell = &flood->cells[i];

        cell->minute = (int64_t)get(s, 8);
        cell->port = (uint16_t)get(s, 2);
        cell->proto = (uint8_t)get(s, 1);
        cell->sources = (uint32_t)get(s, 4);
        if (i > 0 && flood_compare(cell - 1, cell) >= 0)
            s->bad = true;
    }
    flood->count = s->bad ? 0 : count;
}

/* All but the digest. @return 0, also when the stream went bad; -1 when out of memory */
static int get_all(struct stream *s, struct score_table *table, struct nj_intern *names)
{
    struct score_counts *counts = &table->counts;
    char magic[MAGIC_BYTES];
    uint32_t sources, links;
    uint64_t refused;

    get_bytes(s, magic, MAGIC_BYTES);
    if (s->bad || memcmp(magic, MAGIC, MAGIC_BYTES) != 0) {
        s->bad = true;
        return 0;
    }
    counts->sources_evicted = get(s, 8);
    counts->sources_forgotten = get(s, 8);
    refused = get(s, 8);
    table->flood.evicted = counts->flood_cells_evicted = get(s, 8);
    if (get_names(s, names) < 0)
        return -1;
    sources = (uint32_t)get(s, 4);
    for (uint32_t i = 0; i < sources && !s->bad; i++) {
        if (get_entry(s, table) < 0)
            return -1;
    }
    links = (uint32_t)get(s, 4);
    for (uint32_t i = 0; i < links && !s->bad; i++) {
        if (get_node(s, table, sources) < 0)
            return -1;
    }
    counts->links_refused += refused;
    get_flood(s, &table->flood);
    return 0;
}

int score_table_load(struct score_table *table, struct nj_intern *names, FILE *in,
                     struct nj_err *err)
{
    size_t max_sources = table->options.max_sources;
    uint64_t digest, told;
    struct stream s;
    int rc = -1, got;

    table_clear(table);
    got = stream_open(&s, in) ? 0 : -1;
    table->options.max_sources = UINT32_MAX / 8; /* the next step makes room */
    got = got == 0 ? get_all(&s, table, names) : got;
    table->options.max_sources = max_sources;
    if (got < 0) {
        nj_fail(err, NJ_NOMEM, "read the scores");
        goto out;
    }
    digest = XXH3_64bits_digest(s.digest);
    told = get(&s, 8);
    if (s.bad || told != digest) {
        nj_fail_at(err, NJ_FORMAT, s.offset, "read the scores: damaged, or no state of scores");
        goto out;
    }
    rc = 0;
out:
    if (rc < 0)
        table_clear(table);
    stream_close(&s);
    return rc;
}
