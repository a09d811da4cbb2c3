/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of first fragments in the order of their coming, and chains into it by
 * a keyed hash. */
#include "decode/fragment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/saved.h"
#include "decode/fragment_key.h"
#include "decode/held.h"

#define FRAGMENTS 4096u /* a power of two */
#define AGE_MAX_NS (30ll * 1000000000)
#define NOWHERE UINT32_MAX

struct first {
    struct addr src, dst;
    int64_t time_ns;
    uint32_t id;
    uint32_t next; /* in its chain */
    uint16_t sport, dport;
    uint8_t proto, ip_version;
    bool used;
};

struct fragment_table {
    uint64_t secret;
    struct fragment_counts counts;
    uint32_t hand; /* the oldest */
    uint32_t chains[FRAGMENTS];
    struct first ring[FRAGMENTS];
    struct held_table *held;
};

struct fragment_table *fragment_table_new(void)
{
    struct fragment_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return NULL;
    /* Without the secret the table works as well, but senders could make long chains. */
    if (getrandom(&table->secret, sizeof(table->secret), GRND_NONBLOCK) < 0)
        table->secret = 1;
    for (uint32_t i = 0; i < FRAGMENTS; i++)
        table->chains[i] = NOWHERE;
    table->held = held_new(table->secret, &table->counts);
    if (table->held == NULL) {
        fragment_table_free(table);
        return NULL;
    }
    return table;
}

void fragment_table_free(struct fragment_table *table)
{
    if (table == NULL)
        return;
    held_free(table->held);
    free(table);
}

static void make_empty(struct fragment_table *table)
{
    memset(&table->counts, 0, sizeof(table->counts));
    memset(table->ring, 0, sizeof(table->ring));
    table->hand = 0;
    for (uint32_t i = 0; i < FRAGMENTS; i++)
        table->chains[i] = NOWHERE;
    held_clear(table->held);
}

const struct fragment_counts *fragment_table_counts(const struct fragment_table *table)
{
    return &table->counts;
}

static uint32_t *chain_of(struct fragment_table *table, const struct first *first)
{
    uint64_t number = fragment_number(first->ip_version, first->proto, first->id);

    return &table->chains[fragment_hash(table->secret, first->src, first->dst, number) %
                          FRAGMENTS];
}

static bool same(const struct first *first, const struct packet *packet)
{
    return first->id == packet->fragment_id && first->ip_version == packet->ip_version &&
           addr_equal(first->src, packet->src) && addr_equal(first->dst, packet->dst) &&
           (packet->ip_version == 6 || first->proto == packet->proto);
}

static struct first *find(struct fragment_table *table, const struct packet *packet)
{
    uint32_t i = table->chains[fragment_hash_of(table->secret, packet) % FRAGMENTS];

    while (i != NOWHERE && !same(&table->ring[i], packet))
        i = table->ring[i].next;
    return i == NOWHERE ? NULL : &table->ring[i];
}

static void forget(struct fragment_table *table, uint32_t number)
{
    struct first *first = &table->ring[number];
    uint32_t *at = chain_of(table, first);

    while (*at != number)
        at = &table->ring[*at].next;
    *at = first->next;
    first->used = false;
}

static void put(struct fragment_table *table, uint32_t number, struct first first)
{
    uint32_t *chain = chain_of(table, &first);

    first.next = *chain;
    first.used = true;
    table->ring[number] = first;
    *chain = number;
}

static bool recent(const struct first *first, int64_t time_ns)
{
    return time_ns - first->time_ns <= AGE_MAX_NS && first->time_ns - time_ns <= AGE_MAX_NS;
}

static void remember(struct fragment_table *table, const struct packet *packet)
{
    struct first *known = find(table, packet);
    struct first first = {
        .src = packet->src,
        .dst = packet->dst,
        .time_ns = packet->time_ns,
        .id = packet->fragment_id,
        .sport = packet->sport,
        .dport = packet->dport,
        .proto = packet->proto,
        .ip_version = packet->ip_version,
    };

    if (known != NULL) {
        first.next = known->next;
        first.used = true;
        *known = first;
        return;
    }
    if (table->ring[table->hand].used) {
        table->counts.forgotten += recent(&table->ring[table->hand], packet->time_ns);
        forget(table, table->hand);
    }
    put(table, table->hand, first);
    table->hand = (table->hand + 1) % FRAGMENTS;
}

bool fragment_table_due(const struct fragment_table *table, int64_t now_ns)
{
    return held_due(table->held, now_ns);
}

bool fragment_table_take(struct fragment_table *table, int64_t now_ns,
                         struct packet *ret_packet)
{
    return held_take(table->held, now_ns, ret_packet);
}

uint32_t fragment_table_waiting(const struct fragment_table *table)
{
    return held_count(table->held);
}

bool fragment_table_add(struct fragment_table *table, struct packet *packet)
{
    const struct first *first;

    if (packet->first_fragment) {
        remember(table, packet);
        held_join(table->held, packet);
    }
    if (!packet->fragment)
        return true;
    first = find(table, packet);
    if (first != NULL && recent(first, packet->time_ns)) {
        fragment_join(packet, first->proto, first->sport, first->dport);
        table->counts.joined++;
        return true;
    }
    held_add(table->held, packet);
    return false;
}

/* ---- saving ---- */

static void walk_addr(struct nj_saved *saved, struct addr *addr)
{
    nj_saved_u64(saved, &addr->hi);
    nj_saved_u64(saved, &addr->lo);
}

static int walk(struct nj_saved *saved, void *state, struct nj_err *err)
{
    struct fragment_table *table = state;

    (void)err;
    nj_saved_u32(saved, &table->hand);
    nj_saved_check(saved, table->hand < FRAGMENTS);
    for (uint32_t i = 0; i < FRAGMENTS && !nj_saved_bad(saved); i++) {
        struct first first = table->ring[i];

        nj_saved_bool(saved, &first.used);
        if (!first.used)
            continue;
        walk_addr(saved, &first.src);
        walk_addr(saved, &first.dst);
        nj_saved_i64(saved, &first.time_ns);
        nj_saved_u32(saved, &first.id);
        nj_saved_u16(saved, &first.sport);
        nj_saved_u16(saved, &first.dport);
        nj_saved_u8(saved, &first.proto);
        nj_saved_u8(saved, &first.ip_version);
        nj_saved_check(saved, first.time_ns >= 0);
        if (nj_saved_reading(saved) && !nj_saved_bad(saved))
            put(table, i, first);
    }
    held_walk(saved, table->held);
    return 0;
}

#define MAGIC "NJFRAGM2"

int fragment_table_save(struct fragment_table *table, FILE *out, struct nj_err *err)
{
    return nj_saved_write(out, MAGIC, NULL, walk, table, err);
}

int fragment_table_load(struct fragment_table *table, FILE *in, struct nj_err *err)
{
    int rc = nj_saved_read(in, MAGIC, NULL, walk, table, err);

    if (rc < 0)
        make_empty(table);
    return rc;
}
