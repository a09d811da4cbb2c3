/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of a few slots, found by the hash of the key; the one that was used longest ago goes. */
#include "log/memory.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define SETS 16384u
#define WAYS 4u

struct slot {
    uint64_t key;  /* hash; 0: free */
    uint64_t used; /* when it was used last, counted in rows */
    struct addr dst;
    uint32_t app;
    uint16_t sport, dport;
    uint8_t payload_length;
    uint8_t payload[MEMORY_PAYLOAD];
};

struct memory {
    uint64_t rows;
    struct slot slots[SETS][WAYS];
};

struct memory *memory_new(void)
{
    return calloc(1, sizeof(struct memory));
}

void memory_free(struct memory *memory)
{
    free(memory);
}

static struct slot *find(struct memory *memory, uint64_t key)
{
    struct slot *set = memory->slots[key % SETS];
    struct slot *oldest = &set[0];

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].used < oldest->used)
            oldest = &set[i];
    }
    *oldest = (struct slot){.key = key};
    return oldest;
}

static void keep_payload(struct slot *slot, const struct packet *packet)
{
    size_t length = packet->payload_length;

    if (length > MEMORY_PAYLOAD)
        length = MEMORY_PAYLOAD;
    memcpy(slot->payload, packet->payload, length);
    slot->payload_length = (uint8_t)length;
}

void memory_apply(struct memory *memory, const char *key, size_t length, struct packet *packet,
                  uint8_t *payload)
{
    uint64_t hash = XXH3_64bits(key, length);
    struct slot *slot = find(memory, hash == 0 ? 1 : hash);

    slot->used = ++memory->rows;
    if (addr_is_none(packet->dst))
        packet->dst = slot->dst;
    if (packet->sport == 0)
        packet->sport = slot->sport;
    if (packet->dport == 0)
        packet->dport = slot->dport;
    if (packet->app == 0)
        packet->app = slot->app;
    if (packet->payload_length > 0) {
        keep_payload(slot, packet);
    } else if (slot->payload_length > 0) {
        memcpy(payload, slot->payload, slot->payload_length);
        packet->payload = payload;
        packet->payload_length = slot->payload_length;
    }
    slot->dst = packet->dst;
    slot->sport = packet->sport;
    slot->dport = packet->dport;
    slot->app = packet->app;
}
