/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of first fragments in the order of their coming, and chains into it by a keyed hash;
 * and the same of those that are held back, with a bit for each that waits, and each that is
 * ready, so that no packet costs more for what others have sent. */
#include "decode/fragment.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/saved.h"

#define FRAGMENTS 4096u /* a power of two */
#define AGE_MAX_NS (30ll * 1000000000)
#define NOWHERE UINT32_MAX

#define PLACES 1024u               /* a power of two */
#define HELD_MAX (PLACES - 64)     /* what was taken is left as it is for a while */
#define HELD_NS (1ll * 1000000000) /* links of one way differ by milliseconds */
#define HELD_BYTES 512u            /* more of a packet is neither sampled nor stored */
#define WORDS (PLACES / 64)

struct first {
    struct addr src, dst;
    int64_t time_ns;
    uint32_t id;
    uint32_t next; /* in its chain */
    uint16_t sport, dport;
    uint8_t proto, ip_version;
    bool used;
};

struct held {
    struct packet packet;    /* `ip` and `payload` point into bytes */
    uint32_t before, behind; /* in its chain, while it waits */
    uint8_t bytes[HELD_BYTES];
};

struct fragment_table {
    uint64_t secret;
    struct fragment_counts counts;
    uint32_t hand; /* the oldest */
    uint32_t chains[FRAGMENTS];
    struct first ring[FRAGMENTS];
    uint32_t oldest, next; /* held ones are oldest up to next, counted on and on */
    uint64_t waits[WORDS]; /* of them; those taken are in neither set */
    uint64_t ready[WORDS]; /* joined, or must make room */
    uint32_t ready_count;
    uint32_t held_chains[PLACES];
    struct held held[PLACES];
};

static void make_empty(struct fragment_table *table)
{
    uint64_t secret = table->secret;

    memset(table, 0, sizeof(*table));
    table->secret = secret;
    for (uint32_t i = 0; i < FRAGMENTS; i++)
        table->chains[i] = NOWHERE;
    for (uint32_t i = 0; i < PLACES; i++)
        table->held_chains[i] = NOWHERE;
}

struct fragment_table *fragment_table_new(void)
{
    struct fragment_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return NULL;
    make_empty(table);
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

/* IPv4 numbers the packets of each protocol apart, IPv6 all of them together. */
static uint64_t number_of(uint8_t ip_version, uint8_t proto, uint32_t id)
{
    return (uint64_t)(ip_version == 6 ? 0 : proto) << 32 | id;
}

static uint64_t hash_of(const struct fragment_table *table, struct addr src, struct addr dst,
                        uint64_t number)
{
    uint64_t hash = mix(src.lo ^ table->secret, src.hi ^ number);

    return mix(hash ^ dst.lo, dst.hi ^ table->secret);
}

static uint32_t *chain_of(struct fragment_table *table, const struct first *first)
{
    uint64_t number = number_of(first->ip_version, first->proto, first->id);

    return &table->chains[hash_of(table, first->src, first->dst, number) % FRAGMENTS];
}

static uint64_t hash_packet(const struct fragment_table *table, const struct packet *packet)
{
    return hash_of(table, packet->src, packet->dst,
                   number_of(packet->ip_version, packet->proto, packet->fragment_id));
}

static bool same(const struct first *first, const struct packet *packet)
{
    return first->id == packet->fragment_id && first->ip_version == packet->ip_version &&
           addr_equal(first->src, packet->src) && addr_equal(first->dst, packet->dst) &&
           (packet->ip_version == 6 || first->proto == packet->proto);
}

static struct first *find(struct fragment_table *table, const struct packet *packet)
{
    uint32_t i = table->chains[hash_packet(table, packet) % FRAGMENTS];

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

static void join(struct fragment_table *table, struct packet *packet, const struct first *first)
{
    table->counts.joined++;
    packet->fragment = false;
    packet->joined = true;
    packet->proto = first->proto;
    packet->sport = first->sport;
    packet->dport = first->dport;
    packet->payload_length = 0; /* it begins somewhere in the middle */
}

/* ---- those that came before their first one -------------------------------------------------
 */

static struct held *held_at(struct fragment_table *table, uint32_t number)
{
    return &table->held[number % PLACES];
}

static uint32_t *held_chain_of(struct fragment_table *table, const struct held *held)
{
    return &table->held_chains[hash_packet(table, &held->packet) % PLACES];
}

static void set_bit(uint64_t *set, uint32_t place)
{
    set[place / 64] |= 1ull << place % 64;
}

static void clear_bit(uint64_t *set, uint32_t place)
{
    set[place / 64] &= ~(1ull << place % 64);
}

static bool has_bit(const uint64_t *set, uint32_t place)
{
    return (set[place / 64] >> place % 64 & 1) != 0;
}

/* The first one held that is in the set, in the order of their coming; `next` if there is none.
 */
static uint32_t first_of(const struct fragment_table *table, const uint64_t *set)
{
    for (uint32_t i = table->oldest; table->next - i <= PLACES && i != table->next;) {
        uint64_t word = set[i % PLACES / 64] >> i % 64;

        if (word != 0)
            return i + (uint32_t)__builtin_ctzll(word);
        i += 64 - i % 64;
    }
    return table->next;
}

static void make_ready(struct fragment_table *table, uint32_t place)
{
    set_bit(table->ready, place);
    table->ready_count++;
}

static void begin_wait(struct fragment_table *table, uint32_t place)
{
    struct held *held = &table->held[place];
    uint32_t *chain = held_chain_of(table, held);

    held->before = NOWHERE;
    held->behind = *chain;
    if (*chain != NOWHERE)
        table->held[*chain].before = place;
    *chain = place;
    set_bit(table->waits, place);
}

static void end_wait(struct fragment_table *table, uint32_t place)
{
    struct held *held = &table->held[place];

    if (held->before == NOWHERE)
        *held_chain_of(table, held) = held->behind;
    else
        table->held[held->before].behind = held->behind;
    if (held->behind != NOWHERE)
        table->held[held->behind].before = held->before;
    clear_bit(table->waits, place);
}

/* Copy the packet with the bytes that it borrows. */
static void keep(struct held *held, const struct packet *packet)
{
    size_t size = packet->ip_captured < HELD_BYTES ? packet->ip_captured : HELD_BYTES;
    size_t at = (size_t)(packet->payload - packet->ip);

    held->packet = *packet;
    memcpy(held->bytes, packet->ip, size);
    held->packet.ip = held->bytes;
    held->packet.ip_captured = (uint32_t)size;
    if (at > size)
        at = size;
    held->packet.payload = held->bytes + at;
    if (packet->payload_length > size - at)
        held->packet.payload_length = (uint32_t)(size - at);
}

static void hold(struct fragment_table *table, const struct packet *packet)
{
    uint32_t oldest = table->oldest % PLACES;

    if (table->next - table->oldest >= HELD_MAX && has_bit(table->waits, oldest)) {
        table->counts.hurried++;
        end_wait(table, oldest);
        make_ready(table, oldest);
    }
    keep(held_at(table, table->next), packet);
    begin_wait(table, table->next++ % PLACES);
    table->counts.held++;
}

/* The first one has come: all that wait for it are ready. */
static void rejoin(struct fragment_table *table, const struct packet *packet)
{
    const struct first *first = find(table, packet);
    uint32_t behind;

    for (uint32_t i = table->held_chains[hash_packet(table, packet) % PLACES]; i != NOWHERE;
         i = behind) {
        struct packet *waits = &table->held[i].packet;

        behind = table->held[i].behind;
        if (!same(first, waits))
            continue;
        end_wait(table, i); /* by what it says of itself */
        join(table, waits, first);
        make_ready(table, i);
    }
}

static bool is_over(const struct held *held, int64_t now_ns)
{
    int64_t time_ns = held->packet.time_ns;
    uint64_t gap_ns = now_ns > time_ns ? (uint64_t)now_ns - (uint64_t)time_ns
                                       : (uint64_t)time_ns - (uint64_t)now_ns;

    return gap_ns >= HELD_NS;
}

static uint32_t first_ready(const struct fragment_table *table)
{
    return table->ready_count == 0 ? table->next : first_of(table, table->ready);
}

/* @return the one to be taken next, `next` if there is none */
static uint32_t find_due(const struct fragment_table *table, int64_t now_ns)
{
    uint32_t ready = first_ready(table), waits = first_of(table, table->waits);

    return waits - table->oldest < ready - table->oldest &&
                   is_over(&table->held[waits % PLACES], now_ns)
               ? waits
               : ready;
}

bool fragment_table_due(const struct fragment_table *table, int64_t now_ns)
{
    return table->oldest != table->next && find_due(table, now_ns) != table->next;
}

bool fragment_table_take(struct fragment_table *table, int64_t now_ns,
                         struct packet *ret_packet)
{
    uint32_t due = find_due(table, now_ns), waits, ready;

    if (due == table->next)
        return false;
    if (has_bit(table->waits, due % PLACES)) {
        end_wait(table, due % PLACES);
    } else {
        clear_bit(table->ready, due % PLACES);
        table->ready_count--;
    }
    waits = first_of(table, table->waits);
    ready = first_ready(table);
    table->oldest = waits - table->oldest < ready - table->oldest ? waits : ready;
    *ret_packet = held_at(table, due)->packet;
    table->counts.alone += ret_packet->fragment;
    return true;
}

bool fragment_table_add(struct fragment_table *table, struct packet *packet)
{
    const struct first *first;

    if (packet->first_fragment) {
        remember(table, packet);
        if (table->oldest != table->next)
            rejoin(table, packet);
    }
    if (!packet->fragment)
        return true;
    first = find(table, packet);
    if (first != NULL && recent(first, packet->time_ns)) {
        join(table, packet, first);
        return true;
    }
    hold(table, packet);
    return false;
}

/* ---- saving ---------------------------------------------------------------------------------
 */

static void walk_addr(struct nj_saved *saved, struct addr *addr)
{
    nj_saved_u64(saved, &addr->hi);
    nj_saved_u64(saved, &addr->lo);
}

/* What decode() says of a later fragment, as far as it is not known to be so. */
static void walk_held(struct nj_saved *saved, struct held *held, bool *ready)
{
    struct packet *packet = &held->packet;
    uint32_t at = (uint32_t)(packet->payload - packet->ip);
    uint8_t state = *ready;

    nj_saved_u8(saved, &state);
    nj_saved_i64(saved, &packet->time_ns);
    walk_addr(saved, &packet->src);
    walk_addr(saved, &packet->dst);
    nj_saved_u16(saved, &packet->sport);
    nj_saved_u16(saved, &packet->dport);
    nj_saved_u8(saved, &packet->proto);
    nj_saved_u8(saved, &packet->ip_version);
    nj_saved_u8(saved, &packet->ttl);
    nj_saved_u8(saved, &packet->tos);
    nj_saved_u16(saved, &packet->ip_id);
    nj_saved_bool(saved, &packet->df);
    nj_saved_bool(saved, &packet->joined);
    nj_saved_bool(saved, &packet->rerouted);
    nj_saved_bool(saved, &packet->bad_checksum);
    nj_saved_u32(saved, &packet->fragment_id);
    nj_saved_u32(saved, &packet->ip_length);
    nj_saved_u32(saved, &packet->ip_captured);
    nj_saved_u32(saved, &at);
    nj_saved_u32(saved, &packet->payload_length);
    nj_saved_check(saved, state <= 1 && packet->time_ns >= 0 &&
                              (packet->ip_version == 4 || packet->ip_version == 6) &&
                              packet->ip_captured <= HELD_BYTES && at <= packet->ip_captured &&
                              packet->payload_length <= packet->ip_captured - at &&
                              (!packet->joined || state == 1));
    if (nj_saved_bad(saved))
        return;
    nj_saved_bytes(saved, held->bytes, packet->ip_captured);
    packet->fragment = !packet->joined;
    packet->ip = held->bytes;
    packet->payload = held->bytes + at;
    *ready = state == 1;
}

/* One after the other, as if none between them had been taken. */
static void read_all_held(struct nj_saved *saved, struct fragment_table *table, uint32_t count)
{
    for (; count > 0; count--) {
        struct held *held = held_at(table, table->next);
        bool ready = false;

        held->packet = (struct packet){.ip = held->bytes, .payload = held->bytes};
        walk_held(saved, held, &ready);
        if (nj_saved_bad(saved))
            return;
        if (ready)
            make_ready(table, table->next);
        else
            begin_wait(table, table->next);
        table->next++;
    }
}

static void walk_all_held(struct nj_saved *saved, struct fragment_table *table)
{
    uint32_t count = 0;

    for (size_t i = 0; i < WORDS; i++)
        count += (uint32_t)(__builtin_popcountll(table->waits[i]) +
                            __builtin_popcountll(table->ready[i]));
    nj_saved_u32(saved, &count);
    nj_saved_check(saved, count <= HELD_MAX);
    if (nj_saved_bad(saved))
        return;
    if (nj_saved_reading(saved)) {
        read_all_held(saved, table, count);
        return;
    }
    for (uint32_t i = table->oldest; i != table->next; i++) {
        bool ready = has_bit(table->ready, i % PLACES);

        if (ready || has_bit(table->waits, i % PLACES))
            walk_held(saved, held_at(table, i), &ready);
    }
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
    walk_all_held(saved, table);
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
