/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "model/addr.h"

#define FIELDS 7
#define TEXT_MAX 64

#define PEERS 63            /* told apart; further ones share a bit with others */
#define BEFORE (1ull << 63) /* stood when an earlier import ended, by unknown peers */
#define NO_ROW UINT32_MAX

struct row {
    struct prefix net;
    int64_t from_us, to_us;
    uint64_t peers; /* that have it now; 0: it has ended */
    uint32_t origin;
    uint32_t next; /* of the same prefix; NO_ROW: none */
};

struct routes {
    struct row *rows;
    size_t count, room;
    uint32_t *slots; /* first row of a prefix + 1; 0: free. A power of two, at most half full */
    size_t slot_count, prefixes;
    char peers[PEERS][TEXT_MAX];
    size_t peer_count;
    uint64_t key; /* of the hash: who announces prefixes chooses them */
    struct routes_counts counts;
};

struct routes *routes_new(void)
{
    struct routes *routes = calloc(1, sizeof(*routes));

    if (routes == NULL)
        return NULL;
    routes->slot_count = 4096;
    routes->slots = calloc(routes->slot_count, sizeof(*routes->slots));
    if (routes->slots == NULL) {
        free(routes);
        return NULL;
    }
    (void)getrandom(&routes->key, sizeof(routes->key), 0);
    return routes;
}

void routes_free(struct routes *routes)
{
    if (routes == NULL)
        return;
    free(routes->rows);
    free(routes->slots);
    free(routes);
}

const struct routes_counts *routes_counts(const struct routes *routes)
{
    return &routes->counts;
}

/* ---- the table ---- */

static bool same(const struct prefix *a, const struct prefix *b)
{
    return addr_equal(a->first, b->first) && addr_equal(a->last, b->last);
}

/* Where the prefix stands, or would stand. */
static size_t slot_of(const struct routes *routes, const struct prefix *net)
{
    const uint64_t words[] = {net->first.hi, net->first.lo, net->last.hi, net->last.lo};
    size_t slot =
        XXH3_64bits_withSeed(words, sizeof(words), routes->key) & (routes->slot_count - 1);

    while (routes->slots[slot] != 0 && !same(&routes->rows[routes->slots[slot] - 1].net, net))
        slot = (slot + 1) & (routes->slot_count - 1);
    return slot;
}

static uint32_t first_of(const struct routes *routes, const struct prefix *net)
{
    uint32_t number = routes->slots[slot_of(routes, net)];

    return number == 0 ? NO_ROW : number - 1;
}

static int grow(struct routes *routes, struct nj_err *err)
{
    if (routes->count == routes->room) {
        size_t room = routes->room == 0 ? 1024 : 2 * routes->room;
        struct row *rows = reallocarray(routes->rows, room, sizeof(*rows));

        if (rows == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for %zu routes", room);
        routes->rows = rows;
        routes->room = room;
    }
    if (2 * (routes->prefixes + 1) > routes->slot_count) {
        uint32_t *old = routes->slots;
        size_t old_count = routes->slot_count;
        uint32_t *slots = calloc(2 * old_count, sizeof(*slots));

        if (slots == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for routes");
        routes->slots = slots;
        routes->slot_count = 2 * old_count;
        for (size_t i = 0; i < old_count; i++)
            if (old[i] != 0)
                slots[slot_of(routes, &routes->rows[old[i] - 1].net)] = old[i];
        free(old);
    }
    return 0;
}

/* The row of a prefix and origin, a new one if need be. @return 0; 1: there is no room; -1 */
static int find_or_new(struct routes *routes, const struct prefix *net, uint32_t origin,
                       int64_t at_us, struct row **ret_row, struct nj_err *err)
{
    uint32_t number = first_of(routes, net), first = number;
    size_t slot;

    while (number != NO_ROW && routes->rows[number].origin != origin)
        number = routes->rows[number].next;
    if (number != NO_ROW) {
        *ret_row = &routes->rows[number];
        return 0;
    }
    if (routes->count == ROUTES_GATHERED_MAX) {
        routes->counts.dropped++;
        return 1;
    }
    if (grow(routes, err) < 0)
        return -1;
    slot = slot_of(routes, net);
    *ret_row = &routes->rows[routes->count];
    **ret_row = (struct row){
        .net = *net, .origin = origin, .from_us = at_us, .to_us = at_us, .next = first};
    routes->prefixes += first == NO_ROW;
    routes->slots[slot] = (uint32_t)++routes->count;
    return 0;
}

int routes_known(struct routes *routes, const struct statement *known, uint32_t origin,
                 bool standing, struct nj_err *err)
{
    struct row *row;
    int rc = find_or_new(routes, &known->net, origin, known->from_us, &row, err);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (known->from_us < row->from_us)
        row->from_us = known->from_us;
    if (known->to_us > row->to_us)
        row->to_us = known->to_us;
    if (standing)
        row->peers |= BEFORE;
    return 0;
}

/* The peer has this row no longer. */
static void give_up(struct row *row, uint64_t peer, int64_t at_us)
{
    if (row->peers == 0 || at_us < row->to_us)
        return;
    row->peers &= ~peer;
    if (row->peers == BEFORE)
        row->peers = 0;
    if (row->peers == 0)
        row->to_us = at_us;
}

static void withdraw(struct routes *routes, const struct prefix *net, uint64_t peer,
                     int64_t at_us)
{
    for (uint32_t i = first_of(routes, net); i != NO_ROW; i = routes->rows[i].next)
        give_up(&routes->rows[i], peer, at_us);
}

static int announce(struct routes *routes, const struct prefix *net, uint32_t origin,
                    uint64_t peer, int64_t at_us, struct nj_err *err)
{
    struct row *row;
    int rc = find_or_new(routes, net, origin, at_us, &row, err);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    for (uint32_t i = first_of(routes, net); i != NO_ROW; i = routes->rows[i].next)
        if (&routes->rows[i] != row)
            give_up(&routes->rows[i], peer, at_us);
    if (at_us < row->from_us)
        row->from_us = at_us;
    if (at_us >= row->to_us) {
        row->to_us = at_us;
        row->peers |= peer;
    }
    return 0;
}

/* ---- lines ---- */

struct field {
    const char *at;
    size_t length;
};

static int split(const char *line, size_t length, struct field fields[FIELDS])
{
    int count = 0;

    while (count < FIELDS) {
        const char *bar = memchr(line, '|', length);
        size_t size = bar == NULL ? length : (size_t)(bar - line);

        fields[count++] = (struct field){line, size};
        if (bar == NULL)
            break;
        line += size + 1;
        length -= size + 1;
    }
    return count;
}

/* A decimal number up to `most`. @return false: it is none */
static bool number(struct field field, uint64_t most, uint64_t *ret)
{
    uint64_t value = 0;

    if (field.length == 0 || field.length > 12)
        return false;
    for (size_t i = 0; i < field.length; i++) {
        if (field.at[i] < '0' || field.at[i] > '9')
            return false;
        value = 10 * value + (unsigned)(field.at[i] - '0');
    }
    *ret = value;
    return value <= most;
}

/* The last AS of a path; bgpdump writes a set as {64500,64501}. */
static bool origin_of(struct field path, bool *ret_set, uint32_t *ret_origin)
{
    size_t from = path.length;
    uint64_t value;

    *ret_set = path.length > 0 && path.at[path.length - 1] == '}';
    while (from > 0 && path.at[from - 1] != ' ')
        from--;
    if (*ret_set ||
        !number((struct field){path.at + from, path.length - from}, UINT32_MAX, &value))
        return false;
    *ret_origin = (uint32_t)value;
    return true;
}

static void refuse(struct routes_counts *counts)
{
    counts->refused++;
    if (counts->bad_line == 0)
        counts->bad_line = counts->lines;
}

/* The peer's bit. */
static uint64_t peer_of(struct routes *routes, struct field field)
{
    char text[TEXT_MAX];
    size_t i;

    (void)snprintf(text, sizeof(text), "%.*s", (int)field.length, field.at);
    for (i = 0; i < routes->peer_count; i++)
        if (strcmp(routes->peers[i], text) == 0)
            return 1ull << i;
    if (routes->peer_count == PEERS)
        return 1ull << XXH3_64bits(text, strlen(text)) % PEERS;
    (void)snprintf(routes->peers[routes->peer_count++], TEXT_MAX, "%s", text);
    return 1ull << i;
}

static void note_time(struct routes_counts *counts, int64_t at_us)
{
    if (counts->first_us == 0 || at_us < counts->first_us)
        counts->first_us = at_us;
    if (at_us > counts->last_us)
        counts->last_us = at_us;
}

static int take_announced(struct routes *routes, const struct prefix *net,
                          const struct field *fields, int64_t at_us, struct nj_err *err)
{
    struct routes_counts *counts = &routes->counts;
    uint32_t origin = 0;
    bool set;

    if (!origin_of(fields[6], &set, &origin)) {
        if (set)
            counts->sets++;
        else
            refuse(counts);
        return 0;
    }
    counts->announced++;
    note_time(counts, at_us);
    return announce(routes, net, origin, peer_of(routes, fields[3]), at_us, err);
}

int routes_line(struct routes *routes, const char *line, size_t length, struct nj_err *err)
{
    struct routes_counts *counts = &routes->counts;
    struct field fields[FIELDS];
    int count = split(line, length, fields);
    char text[TEXT_MAX], kind;
    struct nj_err ignored;
    struct prefix net;
    uint64_t seconds;
    int64_t at_us;

    counts->lines++;
    if (count > 2 && fields[2].length == 5 && memcmp(fields[2].at, "STATE", 5) == 0)
        return 0; /* of a session, not of a route */
    kind = count > 2 && fields[2].length == 1 ? fields[2].at[0] : ' ';
    if ((kind != 'A' && kind != 'B' && kind != 'W') || count < (kind == 'W' ? 6 : FIELDS) ||
        !number(fields[1], 253402300799u, &seconds)) {
        refuse(counts);
        return 0;
    }
    at_us = (int64_t)seconds * 1000000;
    (void)snprintf(text, sizeof(text), "%.*s", (int)fields[5].length, fields[5].at);
    if (prefix_parse(text, &net, &ignored) < 0 || prefix_length(&net) == 0) {
        counts->special++;
        return 0;
    }
    if (kind != 'W')
        return take_announced(routes, &net, fields, at_us, err);
    counts->withdrawn++;
    note_time(counts, at_us);
    withdraw(routes, &net, peer_of(routes, fields[3]), at_us);
    return 0;
}

/* ---- out ---- */

static int by_prefix(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    int order = addr_compare(a->net.first, b->net.first);

    if (order == 0)
        order = addr_compare(b->net.last, a->net.last);
    return order != 0 ? order : (a->origin > b->origin) - (a->origin < b->origin);
}

int routes_each(struct routes *routes, statement_fn fn, void *ctx, struct nj_err *err)
{
    struct row *sorted = NULL;
    int rc = 0;

    if (routes->count == 0)
        return 0;
    sorted = reallocarray(NULL, routes->count, sizeof(*sorted));
    if (sorted == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for routes");
    memcpy(sorted, routes->rows, routes->count * sizeof(*sorted));
    qsort(sorted, routes->count, sizeof(*sorted), by_prefix);
    for (size_t i = 0; i < routes->count && rc == 0; i++) {
        char value[64];
        const struct statement statement = {.net = sorted[i].net,
                                            .from_us = sorted[i].from_us,
                                            .to_us = sorted[i].to_us,
                                            .value = value};

        (void)snprintf(value, sizeof(value), "{\"origin\":%u,\"standing\":%s}",
                       sorted[i].origin, sorted[i].peers != 0 ? "true" : "false");
        rc = fn(ctx, &statement, err);
    }
    free(sorted);
    return rc;
}
