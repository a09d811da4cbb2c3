/* SPDX-License-Identifier: Apache-2.0 */
#include "order/seed.h"

#include <stddef.h>

#include "model/masscan.h"

#define UNIT 1024u /* seeds */
#define SMALL 65536u
#define DAY 86400u
#define ALL_UNITS ((SMALL + DAY) / UNIT + 1)

/* One for 2048 packets: some 12 ns a packet. All seeds are for few sources only. */
#define PACKETS 2048u
#define RESERVE 256u

/* Larger ones that people type. */
static const uint64_t usual[] = {
    1111,     1234,     1337,      2222,      3333,       4444,   5555,    6666,
    7777,     8888,     9999,      11111,     12345,      31337,  54321,   65535,
    65536,    66666,    99999,     111111,    123123,     123456, 1234567, 7654321,
    12345678, 87654321, 123456789, 987654321, 1234567890,
};

void seed_init(struct seed_memory *memory)
{
    *memory = (struct seed_memory){.credit = SEED_CREDIT};
}

void seed_earn(struct seed_memory *memory, uint64_t packets)
{
    if (packets % PACKETS == 0 && memory->credit < SEED_CREDIT)
        memory->credit++;
}

static struct masscan_probe probe_of(const struct packet *packet)
{
    return (struct masscan_probe){.src = addr_v4(packet->src),
                                  .dst = addr_v4(packet->dst),
                                  .sport = packet->sport,
                                  .dport = packet->dport};
}

static bool try_range(const struct packet *packet, uint64_t first, uint64_t count,
                      uint64_t *ret_seed)
{
    const struct masscan_probe probe = probe_of(packet);

    for (uint64_t seed = first; seed < first + count; seed++)
        if (masscan_seq(seed, &probe) == packet->seq) {
            *ret_seed = seed;
            return true;
        }
    return false;
}

static bool pay(struct seed_memory *memory, uint32_t units)
{
    if (memory->credit < units)
        return false;
    memory->credit -= units;
    return true;
}

static bool try_learned(const struct seed_memory *memory, const struct packet *packet,
                        uint64_t *ret_seed)
{
    for (uint32_t i = 0; i < memory->count; i++)
        if (try_range(packet, memory->learned[i], 1, ret_seed))
            return true;
    return false;
}

static bool search(struct seed_memory *memory, const struct packet *packet, uint64_t *ret_seed)
{
    uint64_t now = (uint64_t)(packet->time_ns / 1000000000);

    if (try_learned(memory, packet, ret_seed))
        return true;
    if (!pay(memory, 1))
        return false;
    if (try_range(packet, 0, UNIT, ret_seed))
        return true;
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        if (try_range(packet, usual[i], 1, ret_seed))
            return true;
    if (memory->credit < ALL_UNITS + RESERVE || !pay(memory, ALL_UNITS))
        return false;
    return try_range(packet, UNIT, SMALL - UNIT, ret_seed) ||
           (now >= DAY && try_range(packet, now - DAY + 1, DAY, ret_seed));
}

static void learn(struct seed_memory *memory, uint64_t seed)
{
    for (uint32_t i = 0; i < memory->count; i++)
        if (memory->learned[i] == seed)
            return;
    memory->learned[memory->total++ % SEEDS_LEARNED] = seed;
    if (memory->count < SEEDS_LEARNED)
        memory->count++;
}

bool seed_add(struct seed_memory *memory, struct seed_guess *guess, const struct packet *packet)
{
    const struct masscan_probe probe = probe_of(packet);

    if (!guess->tried) {
        guess->tried = true;
        guess->known = memory->total;
        guess->hits = search(memory, packet, &guess->seed);
        return false;
    }
    if (guess->hits == 0 && guess->known != memory->total) { /* others have shown more */
        guess->known = memory->total;
        guess->hits = try_learned(memory, packet, &guess->seed);
        return false;
    }
    if (guess->hits == 0 || guess->hits == SEED_CONFIRMED)
        return false;
    if (masscan_seq(guess->seed, &probe) != packet->seq) {
        guess->hits = 0;
        return false;
    }
    if (++guess->hits < SEED_CONFIRMED)
        return false;
    learn(memory, guess->seed);
    return true;
}
