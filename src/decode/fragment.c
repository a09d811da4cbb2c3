/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of first fragments in the order of their coming, and chains into it by a keyed hash.
 */
#include "decode/fragment.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/saved.h"

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
};

struct fragment_table *fragment_table_new(void)
{
    struct fragment_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return NULL;
    for (uint32_t i = 0; i < FRAGMENTS; i++)
        table->chains[i] = NOWHERE;
    /* Without the secret the table works as well, but senders could make long chains. */
    if (getrandom(&table->secret, sizeof(table->secret), GRND_NONBLOCK) < 0)
        table->secret = 1;
    return table;
}

void fragment_table_free(struct fragment_table *table)
{
    free(table);
}

const struct fragment_counts *fragment_table_counts(const struct fragment_table *table)
{
    return &table->counts;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(a ^ 0x9e3779b97f4a7c15ull) * (b ^ 0xd1b54a32d192ed03ull);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t *chain_of(struct fragment_table *table, struct addr src, struct addr dst,
                          uint32_t id)
{
    uint64_t hash = mix(src.lo ^ table->secret, src.hi ^ id);

    hash = mix(hash ^ dst.lo, dst.hi ^ table->secret);
    return &table->chains[hash % FRAGMENTS];
}

/* IPv4 numbers the packets of each protocol apart, IPv6 all of them together. */
static bool same(const struct first *first, const struct packet *packet)
{
    return first->id == packet->fragment_id && first->ip_version == packet->ip_version &&
           addr_equal(first->src, packet->src) && addr_equal(first->dst, packet->dst) &&
           (packet->ip_version == 6 || first->proto == packet->proto);
}

static struct first *find(struct fragment_table *table, const struct packet *packet)
{
    uint32_t i = *chain_of(table, packet->src, packet->dst, packet->fragment_id);

    while (i != NOWHERE && !same(&table->ring[i], packet))
        i = table->ring[i].next;
    return i == NOWHERE ? NULL : &table->ring[i];
}

static void forget(struct fragment_table *table, uint32_t number)
{
    struct first *first = &table->ring[number];
    uint32_t *at = chain_of(table, first->src, first->dst, first->id);

    while (*at != number)
        at = &table->ring[*at].next;
    *at = first->next;
    first->used = false;
}

static void put(struct fragment_table *table, uint32_t number, struct first first)
{
    uint32_t *chain = chain_of(table, first.src, first.dst, first.id);

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

void fragment_table_add(struct fragment_table *table, struct packet *packet)
{
    const struct first *first;

    if (packet->first_fragment)
        remember(table, packet);
    if (!packet->fragment)
        return;
    first = find(table, packet);
    if (first == NULL || !recent(first, packet->time_ns)) {
        table->counts.alone++;
        return;
    }
    table->counts.joined++;
    packet->fragment = false;
    packet->joined = true;
    packet->proto = first->proto;
    packet->sport = first->sport;
    packet->dport = first->dport;
    packet->payload_length = 0; /* it begins somewhere in the middle */
}

/* ---- saving ---------------------------------------------------------------------------------
 */

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
        nj_saved_u64(saved, &first.src.hi);
        nj_saved_u64(saved, &first.src.lo);
        nj_saved_u64(saved, &first.dst.hi);
        nj_saved_u64(saved, &first.dst.lo);
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
    return 0;
}

#define MAGIC "NJFRAGMT"

int fragment_table_save(struct fragment_table *table, FILE *out, struct nj_err *err)
{
    return nj_saved_write(out, MAGIC, NULL, walk, table, err);
}

int fragment_table_load(struct fragment_table *table, FILE *in, struct nj_err *err)
{
    return nj_saved_read(in, MAGIC, NULL, walk, table, err);
}
