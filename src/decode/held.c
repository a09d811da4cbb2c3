/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of those that are held back, in the order of their coming, and chains into it by a
 * keyed hash, with a bit for each that waits, and each that is ready, so that no packet costs
 * more for what others have sent. */
#include "decode/held.h"

#include <stdlib.h>
#include <string.h>

#include "decode/fragment_key.h"

#define NOWHERE UINT32_MAX
#define PLACES 1024u               /* a power of two */
#define HELD_MAX (PLACES - 64)     /* what was taken is left as it is for a while */
#define HELD_NS (1ll * 1000000000) /* links of one way differ by milliseconds */
#define HELD_BYTES 512u            /* more of a packet is neither sampled nor stored */
#define WORDS (PLACES / 64)

struct held {
    struct packet packet;    /* `ip` and `payload` point into bytes */
    uint32_t before, behind; /* in its chain, while it waits */
    uint8_t bytes[HELD_BYTES];
};

struct held_table {
    uint64_t secret;
    struct fragment_counts *counts;
    uint32_t oldest, next; /* held ones are oldest up to next, counted on and on */
    uint64_t waits[WORDS]; /* of them; those taken are in neither set */
    uint64_t ready[WORDS]; /* joined, or must make room */
    uint32_t ready_count;
    uint32_t chains[PLACES];
    struct held held[PLACES];
};

struct held_table *held_new(uint64_t secret, struct fragment_counts *counts)
{
    struct held_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return NULL;
    table->secret = secret;
    table->counts = counts;
    held_clear(table);
    return table;
}

void held_free(struct held_table *table)
{
    free(table);
}

void held_clear(struct held_table *table)
{
    struct fragment_counts *counts = table->counts;
    uint64_t secret = table->secret;

    memset(table, 0, sizeof(*table));
    table->counts = counts;
    table->secret = secret;
    for (uint32_t i = 0; i < PLACES; i++)
        table->chains[i] = NOWHERE;
}

static struct held *held_at(struct held_table *table, uint32_t number)
{
    return &table->held[number % PLACES];
}

static uint32_t *chain_of(struct held_table *table, const struct held *held)
{
    return &table->chains[fragment_hash_of(table->secret, &held->packet) % PLACES];
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

/* The first one held that is in the set, in the order of their coming; `next` if
 * there is none. */
static uint32_t first_of(const struct held_table *table, const uint64_t *set)
{
    for (uint32_t i = table->oldest; table->next - i <= PLACES && i != table->next;) {
        uint64_t word = set[i % PLACES / 64] >> i % 64;

        if (word != 0)
            return i + (uint32_t)__builtin_ctzll(word);
        i += 64 - i % 64;
    }
    return table->next;
}

static void make_ready(struct held_table *table, uint32_t place)
{
    set_bit(table->ready, place);
    table->ready_count++;
}

static void begin_wait(struct held_table *table, uint32_t place)
{
    struct held *held = &table->held[place];
    uint32_t *chain = chain_of(table, held);

    held->before = NOWHERE;
    held->behind = *chain;
    if (*chain != NOWHERE)
        table->held[*chain].before = place;
    *chain = place;
    set_bit(table->waits, place);
}

static void end_wait(struct held_table *table, uint32_t place)
{
    struct held *held = &table->held[place];

    if (held->before == NOWHERE)
        *chain_of(table, held) = held->behind;
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

void held_add(struct held_table *table, const struct packet *packet)
{
    uint32_t oldest = table->oldest % PLACES;

    if (table->next - table->oldest >= HELD_MAX && has_bit(table->waits, oldest)) {
        table->counts->hurried++;
        end_wait(table, oldest);
        make_ready(table, oldest);
    }
    keep(held_at(table, table->next), packet);
    begin_wait(table, table->next++ % PLACES);
    table->counts->held++;
}

static bool same(const struct packet *first, const struct packet *later)
{
    return first->fragment_id == later->fragment_id && first->ip_version == later->ip_version &&
           addr_equal(first->src, later->src) && addr_equal(first->dst, later->dst) &&
           (later->ip_version == 6 || first->proto == later->proto);
}

void held_join(struct held_table *table, const struct packet *first)
{
    uint32_t behind;

    if (table->oldest == table->next)
        return;
    for (uint32_t i = table->chains[fragment_hash_of(table->secret, first) % PLACES];
         i != NOWHERE; i = behind) {
        struct packet *waits = &table->held[i].packet;

        behind = table->held[i].behind;
        if (!same(first, waits))
            continue;
        end_wait(table, i); /* by what it says of itself */
        fragment_join(waits, first->proto, first->sport, first->dport);
        table->counts->joined++;
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

static uint32_t first_ready(const struct held_table *table)
{
    return table->ready_count == 0 ? table->next : first_of(table, table->ready);
}

/* @return the one to be taken next, `next` if there is none */
static uint32_t find_due(const struct held_table *table, int64_t now_ns)
{
    uint32_t ready = first_ready(table), waits = first_of(table, table->waits);

    return waits - table->oldest < ready - table->oldest &&
                   is_over(&table->held[waits % PLACES], now_ns)
               ? waits
               : ready;
}

bool held_due(const struct held_table *table, int64_t now_ns)
{
    return table->oldest != table->next && find_due(table, now_ns) != table->next;
}

bool held_take(struct held_table *table, int64_t now_ns, struct packet *ret_packet)
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
    table->counts->alone += ret_packet->fragment;
    return true;
}

uint32_t held_count(const struct held_table *table)
{
    uint32_t count = 0;

    for (size_t i = 0; i < WORDS; i++)
        count += (uint32_t)(__builtin_popcountll(table->waits[i]) +
                            __builtin_popcountll(table->ready[i]));
    return count;
}

/* ---- saving ---- */

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
static void read_all_held(struct nj_saved *saved, struct held_table *table, uint32_t count)
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

void held_walk(struct nj_saved *saved, struct held_table *table)
{
    uint32_t count = held_count(table);

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
