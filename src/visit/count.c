/* SPDX-License-Identifier: Apache-2.0 */
/* What a packet or row does to the part of its visit. */
#include "visit/table_state.h"

#include <string.h>

static void count_sport(struct open_visit *visit, uint16_t sport)
{
    unsigned known = 0, count = visit->sports_count;

    if (visit->sport_bands == 0 || sport < visit->sport_min)
        visit->sport_min = sport;
    if (visit->sport_bands == 0 || sport > visit->sport_max)
        visit->sport_max = sport;
    visit->sport_bands |= UINT64_C(1) << (sport >> 10);
    if (count == VISIT_SPORT_SAMPLES)
        return;
    while (known < count && visit->sports[known] != sport)
        known++;
    if (known == count) {
        visit->sports[count] = sport;
        visit->sports_count = (count + 1) & 7;
    }
}

static void count_fields(struct open_visit *visit, const struct packet *packet)
{
    if (!visit->has_fields) {
        visit->has_fields = 1;
        visit->ttl = visit->ttl_min = visit->ttl_max = packet->ttl;
        visit->window = packet->window;
    }
    if (packet->ttl < visit->ttl_min)
        visit->ttl_min = packet->ttl;
    if (packet->ttl > visit->ttl_max)
        visit->ttl_max = packet->ttl;
    if (packet->proto == PROTO_TCP)
        visit->tcp_flags |= packet->tcp_flags;
}

/* What only some packets carry: the first of each is kept. */
static void count_rest(struct visit_table *table, struct open_visit *visit,
                       const struct packet *packet)
{
    size_t length = packet->payload_length;
    struct side *side;

    if (length > table->options.payload_bytes)
        length = table->options.payload_bytes;
    if (length == 0 && packet->app == 0 && !packet->row)
        return;
    side = side_need(table, visit);
    if (side->payload_length == 0 && length > 0) {
        memcpy(side->payload, packet->payload, length);
        side->payload_length = (uint16_t)length;
    }
    if (side->app == 0)
        side->app = packet->app;
    if (side->user_length == 0 && packet->user != NULL)
        copy_user(packet->user, side->user, &side->user_length);
    if (!packet->row)
        return;
    if (side->conn_state == 0)
        side->conn_state = packet->conn_state;
    if (side->country == 0)
        side->country = packet->country;
}

/* Is the packet, by its number in the visit and in the episode, one to hand the part on at?
 * A source that has sent elsewhere too is told at 1, 2, 4 ... 64, since its packets are spread
 * over visits; one that sends here alone at 1, 4, 16, 64. The first one of a further visit
 * waits for its fellows, but not for long (EARLY_PART_S). */
static bool ends_early_part(unsigned own, uint32_t episode_packets)
{
    if (own > EPISODE_NEW_PACKETS || episode_packets > EPISODE_NEW_PACKETS)
        return false;
    if (own == 1)
        return episode_packets == 1;
    return own == 4 || own == 16 || own == 64 ||
           ((own & (own - 1)) == 0 && own < episode_packets);
}

/* Count what a packet of the source shows. @return whether the part is to be handed on now */
static bool count_source(struct visit_table *table, struct open_visit *visit,
                         const struct packet *packet)
{
    visit->tool = packet->tool;
    if (packet->instance != 0)
        visit->instance = packet->instance;
    if (packet_has_sport(packet))
        count_sport(visit, packet->sport);
    if (!packet->no_fields)
        count_fields(visit, packet);
    count_rest(table, visit, packet);
    if (visit->own > EPISODE_NEW_PACKETS)
        return false;
    visit->own = (visit->own + 1) & OWN_MASK;
    return !visit->lone && ends_early_part(visit->own, packet->episode_packets);
}

static void begin_part(struct visit_table *table, struct open_visit *visit,
                       const struct arrival *a)
{
    int64_t clock_us = (table->clock_ns - table->hour_from) / 1000;

    visit->part_clock_us = clock_us < PART_CLOCK_NONE ? (uint32_t)clock_us : PART_CLOCK_NONE;
    visit->first = a->from & OFFSET_MASK;
    visit->sport = a->key.sport;
    visit->label = a->hit.label; /* its rule may be another one */
}

int count_arrival(struct visit_table *table, struct open_visit *visit, const struct arrival *a,
                  struct nj_err *err)
{
    if ((visit->packets >= OPEN_PACKETS_MAX || visit->bytes >= OPEN_BYTES_MAX) &&
        part_hand_on(table, visit, table->clock_ns, err) < 0)
        return -1;
    if (visit->packets == 0)
        begin_part(table, visit, a);
    if (a->from < visit->first)
        visit->first = a->from & OFFSET_MASK;
    if (a->until > visit->last)
        visit->last = a->until & OFFSET_MASK;
    visit->packets += (uint32_t)a->packets;
    visit->bytes = (visit->bytes + a->bytes) & BYTES_MASK;
    visit->sessions += a->hit.is_new || a->moved;
    visit->repeats += a->hit.repeat;
    visit->answered += a->hit.answers;
    if (!a->packet->row || !addr_is_none(a->key.dst))
        open_visit_add_target(table, visit, a->key.dst);
    if (a->hit.reply)
        return 0;
    if (count_source(table, visit, a->packet))
        return part_hand_on(table, visit, table->clock_ns, err);
    return 0;
}
