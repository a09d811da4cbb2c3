/* SPDX-License-Identifier: Apache-2.0 */
/* What relations are looked for in: of one packet the header fields that its sender or its aim
 * decides, 24 bytes, and the same as 160 columns of bits.
 *
 *   column    0-15  16-47     48-63        64-79   80-111           112-127           128-159
 *   field     IP ID sequence  source port  window  acknowledgement  destination port
 * destination
 *
 * The most significant bit of a field comes first. A relation is solved for its first column,
 * so fields that programs compute stand in front of those that they compute from. */
#ifndef NJ_RELATION_SIGHT_H
#define NJ_RELATION_SIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/packet.h"

struct sight {
    uint32_t dst; /* IPv6: the low 32 bits */
    uint32_t seq, ack;
    uint16_t dport, sport;
    uint16_t id, window;
    uint32_t group; /* hash of window, option layout and initial TTL: which program, roughly */
};

_Static_assert(sizeof(struct sight) == 24, "256 of them are 6 KB");

#define COLUMNS 160u
#define COLUMN_WORDS 3u

struct columns {
    uint64_t word[COLUMN_WORDS]; /* column i: bit 63 - i % 64 of word i / 64 */
};

enum field {
    FIELD_ID,
    FIELD_SEQ,
    FIELD_SPORT,
    FIELD_WINDOW,
    FIELD_ACK,
    FIELD_DPORT,
    FIELD_DST,
    FIELDS,
};

struct field_place {
    const char *name;
    uint8_t first, width; /* columns */
};

extern const struct field_place field_places[FIELDS];

static inline struct columns sight_columns(const struct sight *s)
{
    return (struct columns){{
        (uint64_t)s->id << 48 | (uint64_t)s->seq << 16 | s->sport,
        (uint64_t)s->window << 48 | (uint64_t)s->ack << 16 | s->dport,
        (uint64_t)s->dst << 32,
    }};
}

static inline bool columns_get(const struct columns *c, unsigned column)
{
    return (c->word[column / 64] >> (63 - column % 64) & 1) != 0;
}

static inline void columns_flip(struct columns *c, unsigned column)
{
    c->word[column / 64] ^= UINT64_C(1) << (63 - column % 64);
}

static inline void columns_xor(struct columns *c, const struct columns *with)
{
    for (unsigned i = 0; i < COLUMN_WORDS; i++)
        c->word[i] ^= with->word[i];
}

static inline struct columns columns_and(const struct columns *a, const struct columns *b)
{
    return (struct columns){
        {a->word[0] & b->word[0], a->word[1] & b->word[1], a->word[2] & b->word[2]}};
}

static inline bool columns_none(const struct columns *c)
{
    return (c->word[0] | c->word[1] | c->word[2]) == 0;
}

/** How many columns are set in both, modulo 2: the value of a relation at a point. */
static inline bool columns_dot(const struct columns *a, const struct columns *b)
{
    uint64_t all =
        (a->word[0] & b->word[0]) ^ (a->word[1] & b->word[1]) ^ (a->word[2] & b->word[2]);

    return __builtin_parityll(all);
}

static inline unsigned columns_count(const struct columns *c)
{
    return (unsigned)(__builtin_popcountll(c->word[0]) + __builtin_popcountll(c->word[1]) +
                      __builtin_popcountll(c->word[2]));
}

/** The column of bit `bit` (0: least significant) of a field. */
static inline unsigned field_column(enum field field, unsigned bit)
{
    return field_places[field].first + (unsigned)field_places[field].width - 1 - bit;
}

/** All columns of a field; no field crosses a word. */
static inline struct columns field_columns(enum field field)
{
    const struct field_place *place = &field_places[field];
    struct columns c = {{0}};

    c.word[place->first / 64] = (~UINT64_C(0) << (64 - place->width)) >> place->first % 64;
    return c;
}

/** First and last set column; COLUMNS if there is none. */
unsigned columns_first(const struct columns *c);
unsigned columns_last(const struct columns *c);

/** Whether relations can be looked for in such a packet: a SYN without ACK or UDP, whole and
 * towards us. */
bool sight_counts(const struct packet *packet);

/** @param packet  one that counts */
void sight_read(const struct packet *packet, struct sight *ret_sight);

#endif
