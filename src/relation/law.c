/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_INLINE_ALL
#include "relation/law.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

uint32_t law_word(const struct sight *s, enum word word, bool swapped)
{
    uint32_t value = 0;

    switch (word) {
    case WORD_ID:
        value = s->id;
        break;
    case WORD_SEQ_LOW:
        value = s->seq & 0xffff;
        break;
    case WORD_SEQ_HIGH:
        value = s->seq >> 16;
        break;
    case WORD_SPORT:
        value = s->sport;
        break;
    case WORD_WINDOW:
        value = s->window;
        break;
    case WORD_ACK_LOW:
        value = s->ack & 0xffff;
        break;
    case WORD_ACK_HIGH:
        value = s->ack >> 16;
        break;
    case WORD_DPORT:
        value = s->dport;
        break;
    case WORD_DST_LOW:
        value = s->dst & 0xffff;
        break;
    case WORD_DST_HIGH:
        value = s->dst >> 16;
        break;
    case WORD_SEQ:
        value = s->seq;
        break;
    case WORD_ACK:
        value = s->ack;
        break;
    case WORD_DST:
    case WORDS:
        value = s->dst;
        break;
    }
    if (!swapped)
        return value;
    return word >= WORD_SEQ ? __builtin_bswap32(value) : __builtin_bswap16((uint16_t)value);
}

unsigned law_word_bits(enum word word)
{
    return word >= WORD_SEQ ? 32 : 16;
}

uint64_t law_hash(const struct law *law)
{
    uint32_t parts[7] = {law->kind, law->x,      law->y,     law->swapped,
                         law->plus, law->number, law->second};

    if (law->kind == LAW_BITS)
        return family_hash(&law->rows);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        parts[i] = htole32(parts[i]);
    return XXH3_64bits(parts, sizeof(parts));
}

char *law_name(const struct law *law, char name[LAW_NAME_MAX])
{
    (void)snprintf(name, LAW_NAME_MAX, "rel-%08x", (unsigned)(law_hash(law) >> 32));
    return name;
}

unsigned law_bits(const struct law *law)
{
    switch ((enum law_kind)law->kind) {
    case LAW_BITS:
        return law->rows.count;
    case LAW_MODULO:
        return 13; /* of 16, less what the remainder leaves open */
    case LAW_SUM:
    case LAW_STEP:
    case LAW_RING:
    case LAW_TIMES:
    case LAW_KINDS:
        break;
    }
    return law_word_bits((enum word)law->x);
}

bool law_single(const struct law *law)
{
    return law->kind == LAW_BITS || law->kind == LAW_SUM || law->kind == LAW_TIMES;
}

/* What stays the same in a law of sums or multiples. */
static uint32_t constant_of(const struct law *law, const struct sight *s)
{
    uint32_t x = law_word(s, (enum word)law->x, false);
    uint32_t y = law_word(s, (enum word)law->y, law->swapped);
    uint32_t rest = law->kind == LAW_TIMES ? x - law->number * y : law->plus ? x + y : x - y;

    return law_word_bits((enum word)law->x) == 16 ? rest & 0xffff : rest;
}

uint64_t law_constants(const struct law *law, const struct sight *sight, bool *ret_any)
{
    uint32_t constant;

    if (law->kind == LAW_BITS)
        return find_constants(&law->rows, sight, ret_any);
    constant = law_single(law) ? constant_of(law, sight) : 0;
    *ret_any = constant != 0;
    return law_mix(law_hash(law) ^ constant);
}

uint64_t law_group(const struct law *law, const struct sight *sight)
{
    const struct columns at = sight_columns(sight);
    uint64_t bits = 0, before = 0;

    if (law->kind != LAW_BITS)
        return constant_of(law, sight);
    for (unsigned i = 0; i < law->rows.count; i++) {
        if (i == 64) {
            before = law_mix(bits);
            bits = 0;
        }
        bits = bits << 1 | columns_dot(&law->rows.row[i], &at);
    }
    return before ^ bits;
}

bool law_same(const struct law *law, const struct sight *a, const struct sight *b)
{
    struct columns difference = sight_columns(a), at = sight_columns(b);

    if (law->kind != LAW_BITS)
        return law_single(law) && constant_of(law, a) == constant_of(law, b);
    columns_xor(&difference, &at);
    for (unsigned i = 0; i < law->rows.count; i++)
        if (columns_dot(&law->rows.row[i], &difference))
            return false;
    return true;
}

uint64_t law_choice(const struct law *law, const struct sight *sight)
{
    struct columns at = sight_columns(sight), within;

    if (law->kind == LAW_BITS) {
        within = family_sender_columns(&law->rows);
        at = columns_and(&at, &within);
        return law_mix(at.word[0] ^ law_mix(at.word[1] ^ law_mix(at.word[2])));
    }
    return law_mix(law_word(sight, (enum word)law->x, false));
}

/* Bits by which a number has moved, up or down, modulo 2^width. */
static unsigned moved(uint32_t before, uint32_t now, unsigned width)
{
    uint32_t mask = width == 16 ? 0xffff : UINT32_MAX;
    uint32_t up = (now - before) & mask, down = (before - now) & mask;
    uint32_t least = up < down ? up : down;

    return least == 0 ? 0 : 32 - (unsigned)__builtin_clz(least);
}

unsigned law_evidence(const struct law *law, const struct sight *before,
                      const struct sight *now)
{
    const unsigned moves[FIELD_DPORT] = {
        [FIELD_ID] = moved(before->id, now->id, 16),
        [FIELD_SEQ] = moved(before->seq, now->seq, 32),
        [FIELD_SPORT] = moved(before->sport, now->sport, 16),
        [FIELD_WINDOW] = moved(before->window, now->window, 16),
        [FIELD_ACK] = moved(before->ack, now->ack, 32),
    };
    struct columns own, drawn = {{0}};
    unsigned all = 0, bits = 0;

    if (law->kind != LAW_BITS) {
        all = moved(law_word(before, (enum word)law->x, false),
                    law_word(now, (enum word)law->x, false), law_word_bits((enum word)law->x));
        return all < law_bits(law) ? all : law_bits(law);
    }
    own = family_sender_columns(&law->rows);
    for (unsigned i = 0; i < FIELD_DPORT; i++) {
        struct columns field = field_columns((enum field)i), part = columns_and(&own, &field);

        if (moves[i] == 0 || columns_none(&part))
            continue;
        columns_xor(&drawn, &field);
        all += moves[i];
    }
    for (unsigned i = 0; i < law->rows.count; i++) {
        struct columns part = columns_and(&law->rows.row[i], &drawn);

        bits += !columns_none(&part);
    }
    return all < bits ? all : bits;
}

/* ---- the known ones ---- */

static struct columns *next_row(struct law *law)
{
    struct columns *row = &law->rows.row[law->rows.count++];

    *row = (struct columns){{0}};
    return row;
}

/* The sources of these facts: docs/FINGERPRINTS.md. */
void known_laws(struct known_law ret[KNOWN_LAWS])
{
    struct law *law;

    memset(ret, 0, KNOWN_LAWS * sizeof(*ret));
    ret[0].tool = "masscan"; /* ID = dst ^ dport ^ seq */
    law = &ret[0].law;
    for (unsigned i = 0; i < 16; i++) {
        struct columns *row = next_row(law);

        columns_flip(row, field_column(FIELD_ID, i));
        columns_flip(row, field_column(FIELD_DST, i));
        columns_flip(row, field_column(FIELD_DPORT, i));
        columns_flip(row, field_column(FIELD_SEQ, i));
    }
    ret[1].tool = "mirai"; /* seq = dst */
    law = &ret[1].law;
    for (unsigned i = 0; i < 32; i++) {
        struct columns *row = next_row(law);

        columns_flip(row, field_column(FIELD_SEQ, i));
        columns_flip(row, field_column(FIELD_DST, i));
    }
    ret[2].tool = "unicornscan"; /* seq = K ^ bswap32(dst) ^ (dport << 16 | sport) */
    law = &ret[2].law;
    for (unsigned i = 0; i < 32; i++) {
        struct columns *row = next_row(law);

        columns_flip(row, field_column(FIELD_SEQ, i));
        columns_flip(row, field_column(FIELD_DST, 24 - i / 8 * 8 + i % 8));
        columns_flip(row,
                     i < 16 ? field_column(FIELD_SPORT, i) : field_column(FIELD_DPORT, i - 16));
    }
    ret[3].tool = "nmap"; /* seq = M ^ (t << 16 | t) */
    law = &ret[3].law;
    for (unsigned i = 0; i < 16; i++) {
        struct columns *row = next_row(law);

        columns_flip(row, field_column(FIELD_SEQ, i));
        columns_flip(row, field_column(FIELD_SEQ, i + 16));
    }
    for (unsigned i = 0; i < 4; i++)
        family_reduce(&ret[i].law.rows);
    ret[4] = (struct known_law){
        /* sport = 32768 + bswap16(seq & 0xffff) mod 28233 */
        .tool = "xmap",
        .law = {.kind = LAW_MODULO,
                .x = WORD_SPORT,
                .y = WORD_SEQ_LOW,
                .swapped = true,
                .number = 28233},
    };
}
