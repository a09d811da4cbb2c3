/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "model/decision.h"

#define FIELDS 7
#define TEXT_MAX 64

struct row {
    struct prefix net;
    int64_t from_us, to_us;
    uint64_t seen;
    uint32_t origin;
};

struct routes {
    struct row *rows;
    size_t count, room;
    uint32_t *slots; /* number of a row + 1; 0: free. A power of two, at most half full */
    size_t slot_count;
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

/* ---- the table
 * -------------------------------------------------------------------------------
 */

static size_t slot_of(const struct routes *routes, const struct prefix *net, uint32_t origin)
{
    const uint64_t words[] = {net->first.hi, net->first.lo, net->last.hi, net->last.lo, origin};
    size_t slot =
        XXH3_64bits_withSeed(words, sizeof(words), routes->key) & (routes->slot_count - 1);

    while (routes->slots[slot] != 0) {
        const struct row *row = &routes->rows[routes->slots[slot] - 1];

        if (row->origin == origin && addr_equal(row->net.first, net->first) &&
            addr_equal(row->net.last, net->last))
            break;
        slot = (slot + 1) & (routes->slot_count - 1);
    }
    return slot;
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
    if (2 * (routes->count + 1) > routes->slot_count) {
        uint32_t *slots = calloc(2 * routes->slot_count, sizeof(*slots));

        if (slots == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for routes");
        free(routes->slots);
        routes->slots = slots;
        routes->slot_count *= 2;
        for (size_t i = 0; i < routes->count; i++)
            slots[slot_of(routes, &routes->rows[i].net, routes->rows[i].origin)] =
                (uint32_t)i + 1;
    }
    return 0;
}

int routes_known(struct routes *routes, const struct prefix *net, uint32_t origin,
                 int64_t from_us, int64_t to_us, uint64_t seen, struct nj_err *err)
{
    size_t slot = slot_of(routes, net, origin);
    struct row *row;

    if (routes->slots[slot] == 0) {
        if (routes->count == ROUTES_GATHERED_MAX) {
            routes->counts.dropped++;
            return 0;
        }
        if (grow(routes, err) < 0)
            return -1;
        slot = slot_of(routes, net, origin);
        routes->rows[routes->count] =
            (struct row){.net = *net, .origin = origin, .from_us = from_us, .to_us = to_us};
        routes->slots[slot] = (uint32_t)++routes->count;
    }
    row = &routes->rows[routes->slots[slot] - 1];
    if (from_us < row->from_us)
        row->from_us = from_us;
    if (to_us > row->to_us)
        row->to_us = to_us;
    row->seen += seen;
    return 0;
}

/* ---- lines
 * -----------------------------------------------------------------------------------
 */

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

int routes_line(struct routes *routes, const char *line, size_t length, struct nj_err *err)
{
    struct routes_counts *counts = &routes->counts;
    struct field fields[FIELDS];
    int count = split(line, length, fields);
    char text[TEXT_MAX], kind;
    struct nj_err ignored;
    struct prefix net;
    uint32_t origin = 0;
    uint64_t seconds;
    int64_t at_us;
    bool set;

    counts->lines++;
    if (count < 3 || fields[2].length == 0 || !number(fields[1], 253402300799u, &seconds)) {
        refuse(counts);
        return 0;
    }
    kind = fields[2].at[0];
    at_us = (int64_t)seconds * 1000000;
    if (kind == 'W') {
        counts->withdrawn++;
        return 0;
    }
    if ((kind != 'A' && kind != 'B') || count < FIELDS) {
        if (strncmp(fields[2].at, "STATE", 5) != 0) /* of a session, not of a route */
            refuse(counts);
        return 0;
    }
    (void)snprintf(text, sizeof(text), "%.*s", (int)fields[5].length, fields[5].at);
    if (prefix_parse(text, &net, &ignored) < 0 || prefix_length(&net) == 0) {
        counts->special++;
        return 0;
    }
    if (!origin_of(fields[6], &set, &origin)) {
        if (set)
            counts->sets++;
        else
            refuse(counts);
        return 0;
    }
    counts->announced++;
    if (counts->first_us == 0 || at_us < counts->first_us)
        counts->first_us = at_us;
    if (at_us > counts->last_us)
        counts->last_us = at_us;
    return routes_known(routes, &net, origin, at_us, at_us, 1, err);
}

/* ---- out
 * -------------------------------------------------------------------------------------
 */

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

        (void)snprintf(value, sizeof(value), "{\"origin\":%u,\"seen\":%llu}", sorted[i].origin,
                       (unsigned long long)sorted[i].seen);
        rc = fn(ctx, &statement, err);
    }
    free(sorted);
    return rc;
}
