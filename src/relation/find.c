/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_INLINE_ALL
#include "relation/find.h"

#include <endian.h>
#include <string.h>
#include <xxhash.h>

#include "relation/law.h"

#define TABLE 512u /* slots for counting distinct values: a power of two above FIND_SIGHTS */

/* Pieces that a program fills by themselves. Halves of 32-bit fields stand alone, so that a
 * relation between them (nmap's) is one between pieces. */
enum { PIECE_TARGET = 7, PIECES = 8 };

static const struct columns pieces_at[PIECES] = {
    {{UINT64_C(0xffff) << 48}},                /* IP ID */
    {{UINT64_C(0xffff) << 32}},                /* sequence, high half */
    {{UINT64_C(0xffff) << 16}},                /* and low half */
    {{0xffff}},                                /* source port */
    {{0, UINT64_C(0xffff) << 48}},             /* window */
    {{0, UINT64_C(0xffff) << 32}},             /* acknowledgement, high half */
    {{0, UINT64_C(0xffff) << 16}},             /* and low half */
    {{0, 0xffff, UINT64_C(0xffffffff) << 32}}, /* port and destination */
};

static uint64_t hash_columns(const struct columns *c)
{
    uint64_t h = c->word[0] * 0x9e3779b97f4a7c15ull;

    h = (h ^ h >> 32 ^ c->word[1]) * 0xff51afd7ed558ccdull;
    h = (h ^ h >> 32 ^ c->word[2]) * 0xc4ceb9fe1a85ec53ull;
    return h ^ h >> 29;
}

/* Values of some columns that were met; distinct_init, since 6 KB need not be cleared. */
struct distinct {
    unsigned count;
    uint16_t slot[TABLE]; /* index + 1 */
    struct columns value[FIND_SIGHTS];
};

static void distinct_init(struct distinct *set)
{
    set->count = 0;
    memset(set->slot, 0, sizeof(set->slot));
}

static bool distinct_add(struct distinct *set, const struct columns *value)
{
    unsigned i = (unsigned)hash_columns(value) % TABLE;

    while (set->slot[i] != 0) {
        if (memcmp(&set->value[set->slot[i] - 1], value, sizeof(*value)) == 0)
            return false;
        i = (i + 1) % TABLE;
    }
    set->value[set->count++] = *value;
    set->slot[i] = (uint16_t)set->count;
    return true;
}

/* What makes a packet another one and no repeat: where it goes, source port and sequence. */
static struct columns tuple_columns(void)
{
    struct columns all = field_columns(FIELD_SEQ);
    struct columns other[] = {field_columns(FIELD_SPORT), field_columns(FIELD_DPORT),
                              field_columns(FIELD_DST)};

    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
        columns_xor(&all, &other[i]);
    return all;
}

/* Relations inside the pieces. The projection of V on a piece is that of its basis. */
static void find_trivial(const struct finding *f, struct space *ret)
{
    space_init(ret, true);
    for (unsigned piece = 0; piece < PIECES; piece++) {
        struct columns within = columns_and(&pieces_at[piece], &f->varying);
        unsigned width = columns_count(&within);
        struct space part, inside;

        if (width == 0)
            continue;
        space_init(&part, false);
        for (unsigned i = 0; i < f->seen.rank && part.rank < width; i++)
            (void)space_add(&part, columns_and(&f->seen.row[i], &within));
        if (part.rank == width)
            continue;
        space_reduce(&part);
        space_orthogonal(&part, &within, &inside);
        for (unsigned i = 0; i < inside.rank; i++)
            (void)space_add(ret, inside.row[i]);
    }
    space_reduce(ret);
}

/* ---- groups of pieces that relations join ---- */

static unsigned pieces_of(const struct columns *row)
{
    unsigned pieces = 0;

    for (unsigned i = 0; i < PIECES; i++) {
        struct columns part = columns_and(row, &pieces_at[i]);

        if (!columns_none(&part))
            pieces |= 1u << i;
    }
    return pieces;
}

static unsigned joined_pieces(const struct space *rows, unsigned start)
{
    unsigned pieces = start, before;

    do {
        before = pieces;
        for (unsigned i = 0; i < rows->rank; i++) {
            unsigned of = pieces_of(&rows->row[i]);

            if ((of & pieces) != 0)
                pieces |= of;
        }
    } while (pieces != before);
    return pieces;
}

/* Whether the sender drew enough values in these pieces: m distinct ones span m - 1 dimensions
 * by themselves, and each one more that adds none halves the chance of an accident. */
static bool drawn_enough(const struct sight *sights, unsigned count, const struct finding *f,
                         unsigned pieces)
{
    struct columns within = {{0}}, first = {{0}};
    struct distinct values;
    struct space part;

    for (unsigned i = 0; i < PIECE_TARGET; i++)
        if ((pieces >> i & 1) != 0)
            columns_xor(&within, &pieces_at[i]);
    within = columns_and(&within, &f->varying);
    space_init(&part, false);
    distinct_init(&values);
    for (unsigned i = 0; i < count; i++) {
        struct columns value = sight_columns(&sights[i]);

        value = columns_and(&value, &within);
        if (!distinct_add(&values, &value))
            continue;
        if (values.count == 1)
            first = value;
        columns_xor(&value, &first);
        (void)space_add(&part, value);
    }
    return values.count >= 1 + part.rank + FIND_SPARE;
}

/* Pieces whose field only counts. Their bits vary as the numbers go on, not as drawn ones. */
unsigned find_counting(const struct sight *sights, unsigned count)
{
    static const struct {
        uint8_t word, pieces;
    } fields[] = {
        {WORD_ID, 1}, {WORD_SEQ, 6}, {WORD_SPORT, 8}, {WORD_WINDOW, 16}, {WORD_ACK, 96}};
    unsigned pieces = 0;

    for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
        for (unsigned swapped = 0; swapped < 2; swapped++) {
            uint32_t values[FIND_SIGHTS];
            enum word word = (enum word)fields[k].word;

            for (unsigned i = 0; i < count; i++)
                values[i] = law_word(&sights[i], word, swapped != 0);
            if (counts_on(values, count, law_word_bits(word)))
                pieces |= fields[k].pieces;
        }
    return pieces;
}

/* Keep the rows of groups that say something. */
static void choose_rows(const struct sight *sights, unsigned count, const struct space *rows,
                        struct finding *f)
{
    const unsigned sender = (1u << PIECE_TARGET) - 1, counting = find_counting(sights, count);
    unsigned done = 0;

    f->family.count = 0;
    for (unsigned start = 0; start < PIECE_TARGET; start++) {
        unsigned pieces, members = 0;

        if ((done >> start & 1) != 0)
            continue;
        pieces = joined_pieces(rows, 1u << start);
        done |= pieces & sender;
        for (unsigned i = 0; i < rows->rank; i++)
            members += (pieces_of(&rows->row[i]) & pieces & sender) != 0;
        if (members < FIND_BITS || members > FIND_ROWS_MAX - f->family.count ||
            (pieces & sender & ~counting) == 0 || !drawn_enough(sights, count, f, pieces))
            continue;
        for (unsigned i = 0; i < rows->rank; i++)
            if ((pieces_of(&rows->row[i]) & pieces & sender) != 0)
                f->family.row[f->family.count++] = rows->row[i];
    }
}

bool find_only_counts(const struct family_rows *family, unsigned counting)
{
    unsigned pieces = 0;

    for (unsigned i = 0; i < family->count; i++)
        pieces |= pieces_of(&family->row[i]);
    return (pieces & ((1u << PIECE_TARGET) - 1) & ~counting) == 0;
}

/* ---- a constant that is a field ---- */

/* Who scans one port never varies it, and its bits stand in the constants. Sixteen
 * constants in a row that are the port's are the port: so the family is the same as that of who
 * scans many. By accident one in 2^16 is. The same for the destination's high half, which
 * never varies in a small telescope. */
static void absorb(struct finding *f, unsigned left, enum field field, unsigned bit)
{
    const struct columns at = sight_columns(&f->first);
    struct columns *row[16] = {NULL};
    unsigned ones = 0;

    for (unsigned i = 0; i < 16; i++)
        if (columns_get(&f->varying, field_column(field, bit + i)))
            return;
    for (unsigned k = 0; k < f->family.count; k++) {
        unsigned first = columns_first(&f->family.row[k]);

        if (first >= left && first < left + 16)
            row[15 - (first - left)] = &f->family.row[k];
    }
    for (unsigned i = 0; i < 16; i++) {
        bool constant;

        if (row[i] == NULL)
            return;
        constant = columns_dot(row[i], &at);
        if (constant != columns_get(&at, field_column(field, bit + i)))
            return;
        ones += constant;
    }
    if (ones == 0)
        return; /* 0 is no sign of it */
    for (unsigned i = 0; i < 16; i++)
        columns_flip(row[i], field_column(field, bit + i));
}

/* ---- the whole ---- */

static void span(const struct sight *sights, unsigned count, struct finding *ret)
{
    const struct columns tuple = tuple_columns();
    const struct columns first = sight_columns(&sights[0]);
    struct distinct tuples;

    distinct_init(&tuples);
    ret->varying = (struct columns){{0}};
    for (unsigned i = 0; i < count; i++) {
        struct columns at = sight_columns(&sights[i]), part = columns_and(&at, &tuple);

        (void)distinct_add(&tuples, &part);
        columns_xor(&at, &first);
        for (unsigned k = 0; k < COLUMN_WORDS; k++)
            ret->varying.word[k] |= at.word[k];
    }
    ret->packets = tuples.count;
    ret->needed = columns_count(&ret->varying) + FIND_SPARE;
    space_init(&ret->seen, false);
    if (ret->packets < ret->needed)
        return; /* too few to judge */
    for (unsigned i = 1; i < count && ret->seen.rank + FIND_SPARE < ret->needed; i++) {
        struct columns at = sight_columns(&sights[i]);

        columns_xor(&at, &first);
        (void)space_add(&ret->seen, at);
    }
}

bool find_judge(const struct sight *sights, unsigned count, struct finding *ret)
{
    struct space all, cross;

    ret->family.count = 0;
    space_reduce(&ret->seen);
    space_orthogonal(&ret->seen, &ret->varying, &all);
    find_trivial(ret, &ret->trivial);
    space_init(&cross, true);
    for (unsigned i = 0; i < all.rank; i++)
        (void)space_add(&cross, space_rest(&ret->trivial, all.row[i]));
    if (cross.rank < FIND_BITS)
        return false;
    space_reduce(&cross);
    choose_rows(sights, count, &cross, ret);
    return ret->family.count > 0;
}

bool find_relations(const struct sight *sights, unsigned count, struct finding *ret)
{
    span(sights, count, ret);
    ret->first = sights[0];
    ret->family.count = 0;
    ret->bits = (float)ret->packets - (float)columns_count(&ret->varying);
    ret->trivial.rank = 0;
    if (ret->packets < ret->needed || ret->seen.rank == columns_count(&ret->varying) ||
        !find_judge(sights, count, ret))
        return false;
    absorb(ret, 0, FIELD_DPORT, 0);  /* IP ID */
    absorb(ret, 32, FIELD_DPORT, 0); /* low half of the sequence */
    absorb(ret, 16, FIELD_DPORT, 0); /* high half */
    absorb(ret, 0, FIELD_DST, 16);
    family_reduce(&ret->family);
    return true;
}

unsigned find_holds(const struct finding *finding, const struct family_rows *family)
{
    struct space said;

    for (unsigned i = 0; i < family->count; i++)
        for (unsigned k = 0; k < finding->seen.rank; k++)
            if (columns_dot(&family->row[i], &finding->seen.row[k]))
                return 0;
    space_init(&said, true);
    for (unsigned i = 0; i < family->count; i++)
        (void)space_add(&said, space_rest(&finding->trivial,
                                          columns_and(&family->row[i], &finding->varying)));
    return said.rank;
}

bool find_explained(const struct finding *finding, const struct family_rows *family)
{
    struct space said;

    space_init(&said, true);
    for (unsigned i = 0; i < family->count; i++)
        (void)space_add(&said, space_rest(&finding->trivial,
                                          columns_and(&family->row[i], &finding->varying)));
    for (unsigned i = 0; i < finding->family.count; i++)
        if (space_add(&said, space_rest(&finding->trivial, columns_and(&finding->family.row[i],
                                                                       &finding->varying))))
            return false;
    return true;
}

uint64_t find_constants(const struct family_rows *family, const struct sight *sight,
                        bool *ret_any)
{
    const struct columns at = sight_columns(sight);
    uint8_t constants[FIND_ROWS_MAX];

    *ret_any = false;
    for (unsigned i = 0; i < family->count; i++) {
        constants[i] = columns_dot(&family->row[i], &at);
        *ret_any |= constants[i] != 0;
    }
    return XXH3_64bits_withSeed(constants, family->count, family_hash(family));
}

uint64_t family_hash(const struct family_rows *family)
{
    uint64_t words[FIND_ROWS_MAX * COLUMN_WORDS];
    size_t count = 0;

    for (unsigned i = 0; i < family->count; i++)
        for (unsigned k = 0; k < COLUMN_WORDS; k++)
            words[count++] = htole64(family->row[i].word[k]);
    return XXH3_64bits(words, count * sizeof(words[0]));
}

void family_reduce(struct family_rows *family)
{
    struct space rows;

    space_init(&rows, true);
    for (unsigned i = 0; i < family->count; i++)
        (void)space_add(&rows, family->row[i]);
    space_reduce(&rows);
    family->count = rows.rank;
    memcpy(family->row, rows.row, rows.rank * sizeof(rows.row[0]));
}

struct columns family_sender_columns(const struct family_rows *family)
{
    struct columns all = {{0}};

    for (unsigned i = 0; i < family->count; i++)
        for (unsigned k = 0; k < COLUMN_WORDS; k++)
            all.word[k] |= family->row[i].word[k];
    for (unsigned i = 0; i < FIELDS; i++) {
        struct columns field = field_columns((enum field)i);
        struct columns part = columns_and(&all, &field);

        for (unsigned k = 0; k < COLUMN_WORDS; k++) {
            if (i >= FIELD_DPORT)
                all.word[k] &= ~field.word[k];
            else if (!columns_none(&part))
                all.word[k] |= field.word[k];
        }
    }
    return all;
}
