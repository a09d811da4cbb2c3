/* SPDX-License-Identifier: Apache-2.0 */
/* A family in words. Rows that say the same of neighbouring bits are one phrase, as
 *
 *   IP ID = low 16 bits of sequence xor port xor low 16 bits of destination
 *
 * "reversed" is a field with its bytes in the opposite order, as a program shows that forgot
 * to convert it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "relation/law.h"

#define TERMS_MAX 8 /* of a phrase; a row with more is told by their number */

struct term {
    uint8_t field;
    bool reversed;
    int8_t bit;
};

struct phrase {
    unsigned count; /* terms; 0: too many */
    unsigned all;
    struct term term[TERMS_MAX]; /* the first is the one that the relation is solved for */
};

static enum field field_at(unsigned column)
{
    unsigned f = 0;

    while (column >= (unsigned)field_places[f].first + field_places[f].width)
        f++;
    return (enum field)f;
}

static int bit_at(unsigned column)
{
    const struct field_place *place = &field_places[field_at(column)];

    return place->first + place->width - 1 - (int)column;
}

static int reversed_bit(int bit, unsigned width)
{
    return (int)width - 8 - bit / 8 * 8 + bit % 8;
}

static struct phrase read_row(const struct columns *row)
{
    struct phrase phrase = {.all = columns_count(row)};
    unsigned first = columns_first(row);

    if (phrase.all > TERMS_MAX)
        return phrase;
    for (unsigned column = first; column < COLUMNS; column++) {
        struct term term;
        unsigned width;
        int bit;

        if (!columns_get(row, column))
            continue;
        term = (struct term){.field = (uint8_t)field_at(column), .bit = (int8_t)bit_at(column)};
        width = field_places[term.field].width;
        bit = reversed_bit(term.bit, width);
        if (column != first && width == field_places[field_at(first)].width &&
            bit == bit_at(first)) {
            term.reversed = true;
            term.bit = (int8_t)bit;
        }
        phrase.term[phrase.count++] = term;
    }
    return phrase;
}

/* Whether `next` goes on with `phrase`, `by` bits further down. */
static bool goes_on(const struct phrase *phrase, const struct phrase *next, int by)
{
    if (phrase->count == 0 || phrase->count != next->count)
        return false;
    for (unsigned i = 0; i < phrase->count; i++)
        if (phrase->term[i].field != next->term[i].field ||
            phrase->term[i].reversed != next->term[i].reversed ||
            phrase->term[i].bit - by != next->term[i].bit)
            return false;
    return true;
}

__attribute__((format(printf, 2, 3))) static void add(char *words, const char *format, ...)
{
    size_t length = strlen(words);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(words + length, LAW_WORDS_MAX - length, format, args);
    va_end(args);
}

static void add_slice(char *words, const struct term *term, int bits)
{
    const struct field_place *place = &field_places[term->field];
    const char *reversed = term->reversed ? "reversed " : "";
    int high = term->bit, low = high - bits + 1;

    if (bits == place->width)
        add(words, "%s%s", reversed, place->name);
    else if (low == 0 && bits > 1)
        add(words, "low %d bits of %s%s", bits, reversed, place->name);
    else if (high == place->width - 1 && bits > 1)
        add(words, "high %d bits of %s%s", bits, reversed, place->name);
    else if (bits > 1)
        add(words, "bits %d-%d of %s%s", low, high, reversed, place->name);
    else
        add(words, "bit %d of %s%s", low, reversed, place->name);
}

static void add_rows(char *words, const struct family_rows *rows)
{
    for (unsigned i = 0; i < rows->count;) {
        struct phrase phrase = read_row(&rows->row[i]);
        unsigned bits = 1;

        for (; i + bits < rows->count; bits++) {
            struct phrase next = read_row(&rows->row[i + bits]);

            if (!goes_on(&phrase, &next, (int)bits))
                break;
        }
        if (strlen(words) > LAW_WORDS_MAX * 3 / 4) {
            add(words, "; and %u bits more", rows->count - i);
            return;
        }
        add(words, i == 0 ? "" : "; ");
        if (phrase.count == 0) {
            unsigned first = columns_first(&rows->row[i]);

            phrase.term[0] =
                (struct term){.field = (uint8_t)field_at(first), .bit = (int8_t)bit_at(first)};
            add_slice(words, &phrase.term[0], 1);
            add(words, " = parity of %u bits", phrase.all - 1);
        } else {
            for (unsigned k = 0; k < phrase.count; k++) {
                add(words, k == 0 ? "" : k == 1 ? " = " : " xor ");
                add_slice(words, &phrase.term[k], (int)bits);
            }
        }
        i += bits;
    }
}

static const char *const word_names[WORDS] = {
    [WORD_ID] = "IP ID",
    [WORD_SEQ_LOW] = "low 16 bits of sequence",
    [WORD_SEQ_HIGH] = "high 16 bits of sequence",
    [WORD_SPORT] = "source port",
    [WORD_WINDOW] = "window",
    [WORD_ACK_LOW] = "low 16 bits of acknowledgement",
    [WORD_ACK_HIGH] = "high 16 bits of acknowledgement",
    [WORD_DPORT] = "port",
    [WORD_DST_LOW] = "low 16 bits of destination",
    [WORD_DST_HIGH] = "high 16 bits of destination",
    [WORD_SEQ] = "sequence",
    [WORD_ACK] = "acknowledgement",
    [WORD_DST] = "destination",
};

char *law_words(const struct law *law, char words[LAW_WORDS_MAX])
{
    const char *x = word_names[law->x], *y = word_names[law->y];
    const char *reversed = law->swapped ? "reversed " : "";
    bool narrow = law_word_bits((enum word)law->x) == 16;
    uint32_t mask = narrow ? 0xffff : UINT32_MAX;

    words[0] = '\0';
    switch ((enum law_kind)law->kind) {
    case LAW_BITS:
        add_rows(words, &law->rows);
        break;
    case LAW_SUM:
        add(words,
            law->plus ? "%s = constant - %s%s modulo 2^%d" : "%s = %s%s + constant modulo 2^%d",
            x, reversed, y, narrow ? 16 : 32);
        break;
    case LAW_MODULO:
        add(words, "%s = %s%s modulo %u + constant", x, reversed, y, law->number);
        break;
    case LAW_STEP:
    case LAW_RING:
        if (law->number > mask / 2)
            add(words, "%s - %u from packet to packet", x, (0 - law->number) & mask);
        else
            add(words, "%s + %u from packet to packet", x, law->number);
        if (law->kind == LAW_RING)
            add(words, ", modulo %u", law->second);
        break;
    case LAW_TIMES:
        add(words, "%s = %u times %s%s + constant modulo 2^%d", x, law->number, reversed, y,
            narrow ? 16 : 32);
        break;
    case LAW_KINDS:
        break;
    }
    return words;
}
