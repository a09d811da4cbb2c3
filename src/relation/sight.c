/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_INLINE_ALL
#include "relation/sight.h"

#include <string.h>
#include <xxhash.h>

const struct field_place field_places[FIELDS] = {
    [FIELD_ID] = {.name = "IP ID", .first = 0, .width = 16},
    [FIELD_SEQ] = {.name = "sequence", .first = 16, .width = 32},
    [FIELD_SPORT] = {.name = "source port", .first = 48, .width = 16},
    [FIELD_WINDOW] = {.name = "window", .first = 64, .width = 16},
    [FIELD_ACK] = {.name = "acknowledgement", .first = 80, .width = 32},
    [FIELD_DPORT] = {.name = "port", .first = 112, .width = 16},
    [FIELD_DST] = {.name = "destination", .first = 128, .width = 32},
};

unsigned columns_first(const struct columns *c)
{
    for (unsigned i = 0; i < COLUMN_WORDS; i++)
        if (c->word[i] != 0)
            return i * 64 + (unsigned)__builtin_clzll(c->word[i]);
    return COLUMNS;
}

unsigned columns_last(const struct columns *c)
{
    for (unsigned i = COLUMN_WORDS; i-- > 0;)
        if (c->word[i] != 0)
            return i * 64 + 63 - (unsigned)__builtin_ctzll(c->word[i]);
    return COLUMNS;
}

/* The kinds of the options in their order; values are the path's or the connection's. */
static uint64_t layout_hash(const struct packet *packet)
{
    uint8_t kinds[TCP_OPTIONS_MAX];
    size_t count = 0;

    for (unsigned i = 0; i < packet->options_length && i < TCP_OPTIONS_MAX;) {
        uint8_t kind = packet->options[i];

        kinds[count++] = kind;
        if (kind == 0)
            break;
        if (kind == 1)
            i++;
        else if (i + 1 < packet->options_length && i + 1 < TCP_OPTIONS_MAX &&
                 packet->options[i + 1] >= 2)
            i += packet->options[i + 1];
        else
            break;
    }
    return XXH3_64bits(kinds, count);
}

/* The next of the initial values that systems use. */
static unsigned initial_ttl(unsigned ttl)
{
    return ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
}

static bool is_syn(const struct packet *packet)
{
    return packet->proto == PROTO_TCP && (packet->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

bool sight_counts(const struct packet *packet)
{
    return packet->direction != DIRECTION_OUT && !packet->no_fields && !packet->fragment &&
           !packet->joined && (is_syn(packet) || packet->proto == PROTO_UDP);
}

void sight_read(const struct packet *packet, struct sight *ret_sight)
{
    bool syn = is_syn(packet);

    *ret_sight = (struct sight){
        .dst = (uint32_t)packet->dst.lo,
        .seq = syn && !packet->no_seq ? packet->seq : 0,
        .ack = syn && !packet->no_seq ? packet->ack : 0,
        .dport = packet->dport,
        .sport = packet->sport,
        .id = packet->ip_version == 4 ? packet->ip_id : 0,
        .window = syn ? packet->window : 0,
        .group = (uint32_t)((layout_hash(packet) ^ (uint64_t)packet->window << 16 ^
                             (uint64_t)initial_ttl(packet->ttl) << 32 ^
                             (uint64_t)packet->proto << 48) *
                                0x9e3779b97f4a7c15ull >>
                            32),
    };
}
