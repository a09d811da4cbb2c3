/* SPDX-License-Identifier: Apache-2.0 */
#include "order/numbering.h"

#include <stddef.h>

#define STEP ((int64_t)ZMAP_BLOCK_OLD) /* all lists leave out so many addresses at a time */
#define LONGEST 24u                    /* prefix; longer ones are a group of 2^8 + 1 */
#define SLASH_8 (INT64_C(1) << 24)
#define SLASHES_8 16 /* that may be added: the networks of one ministry are thirteen */

bool numbering_fits(const struct numbering *numbering, struct numbering_piece piece)
{
    uint64_t low = numbering_index(numbering, piece.low);
    uint64_t high = numbering_index(numbering, piece.high);

    return low <= high && high - low == piece.high - piece.low &&
           high < UINT64_C(1) << numbering->ip_bits;
}

/* ---- what users often do ---- */

struct entry {
    uint32_t first, size;
};

/* The large entries of the default list; small ones differ by a few blocks. */
enum { ZERO, TEN, SHARED, LOOPBACK, LINK, TWELVE, PRIVATE, TEST, ENTRIES };
static const struct entry entries[ENTRIES] = {
    [ZERO] = {0x00000000, 1u << 24},    [TEN] = {0x0a000000, 1u << 24},
    [SHARED] = {0x64400000, 1u << 22},  [LOOPBACK] = {0x7f000000, 1u << 24},
    [LINK] = {0xa9fe0000, 1u << 16},    [TWELVE] = {0xac100000, 1u << 20},
    [PRIVATE] = {0xc0a80000, 1u << 16}, [TEST] = {0xc6120000, 1u << 17},
};

#define BIT(entry) (1u << (entry))
#define RFC1918 (BIT(TEN) | BIT(TWELVE) | BIT(PRIVATE))

/* Lists that are written by hand, by the large entries that they have. */
static const unsigned by_hand[] = {
    RFC1918,
    RFC1918 | BIT(LOOPBACK),
    RFC1918 | BIT(LOOPBACK) | BIT(LINK),
    RFC1918 | BIT(LOOPBACK) | BIT(ZERO),
    RFC1918 | BIT(LOOPBACK) | BIT(ZERO) | BIT(LINK),
    RFC1918 | BIT(LOOPBACK) | BIT(ZERO) | BIT(LINK) | BIT(SHARED),
    RFC1918 | BIT(ZERO) | BIT(LOOPBACK) | BIT(LINK) | BIT(TEST),
    BIT(LOOPBACK),
    BIT(LOOPBACK) | BIT(ZERO),
    BIT(ZERO),
};

struct list {
    struct numbering *items;
    unsigned count;
};

static void add(struct list *list, struct numbering_piece piece, struct numbering one)
{
    if (list->count == NUMBERINGS_PLAUSIBLE || !numbering_fits(&one, piece))
        return;
    for (unsigned i = 0; i < list->count; i++)
        if (list->items[i].ip_bits == one.ip_bits &&
            numbering_index(&list->items[i], piece.low) == numbering_index(&one, piece.low))
            return;
    list->items[list->count++] = one;
}

/* One prefix, the default list holding in it or not. */
static void add_prefix(struct list *list, struct numbering_piece piece, unsigned length)
{
    uint32_t mask = UINT32_MAX << (32 - length), first = piece.low & mask;

    if ((piece.high & mask) != first)
        return;
    add(list, piece, (struct numbering){.ip_bits = (uint8_t)(32 - length), .base = first});
    add(list, piece,
        (struct numbering){.ip_bits = (uint8_t)(32 - length),
                           .block = ZMAP_BLOCK,
                           .base = zmap_index(first, ZMAP_BLOCK)});
}

unsigned numbering_plausible(struct numbering_piece piece,
                             struct numbering ret[NUMBERINGS_PLAUSIBLE])
{
    struct list list = {.items = ret};

    for (size_t i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++) {
        int64_t base = 0;

        for (unsigned k = 0; k < ENTRIES; k++)
            if ((by_hand[i] & BIT(k)) != 0 && entries[k].first < piece.low)
                base += entries[k].size;
        add(&list, piece, (struct numbering){.ip_bits = 32, .base = base});
    }
    for (unsigned length = LONGEST; length > 0; length--)
        add_prefix(&list, piece, length);
    for (int64_t k = 1; k <= SLASHES_8; k++)
        add(&list, piece,
            (struct numbering){.ip_bits = 32, .block = ZMAP_BLOCK, .base = k * SLASH_8});
    return list.count;
}

/* ---- all of them ---- */

/* In this order; together they are NUMBERINGS. */
enum {
    NEAR = 8192,   /* blocks more than the default list, */
    LESS = 512,    /* or less */
    OF_16 = 256,   /* scans of up to 2^16 addresses, by 256 addresses */
    OF_24 = 4096,  /* of up to 2^24 */
    FAR = 16384,   /* more blocks still: 2^26 addresses and more */
    OF_28 = 65024, /* all but the last ones of 65536 */
};
_Static_assert(NEAR + LESS + OF_16 + OF_24 + FAR + OF_28 == NUMBERINGS, "all are counted");

/* What is left out in front of a piece that has the n-th place of its group. */
static bool place(struct numbering_piece piece, unsigned ip_bits, int64_t step, uint32_t n,
                  struct numbering *ret)
{
    *ret = (struct numbering){.ip_bits = (uint8_t)ip_bits,
                              .base = (int64_t)piece.low / step * step - n * step};
    return numbering_fits(ret, piece);
}

bool numbering_enumerated(struct numbering_piece piece, uint32_t n, struct numbering *ret)
{
    *ret = (struct numbering){.ip_bits = 32, .block = ZMAP_BLOCK, .base = (n + 1) * STEP};
    if (n < NEAR)
        return numbering_fits(ret, piece);
    n -= NEAR;
    if (n < LESS) {
        ret->base = -(int64_t)(n + 1) * STEP;
        return numbering_fits(ret, piece);
    }
    n -= LESS;
    if (n < OF_16)
        return place(piece, 16, 256, n, ret);
    n -= OF_16;
    if (n < OF_24)
        return place(piece, 24, STEP, n, ret);
    n -= OF_24;
    if (n < FAR) {
        ret->base = (NEAR + n + 1) * STEP;
        return numbering_fits(ret, piece);
    }
    return place(piece, 28, STEP, n - FAR, ret);
}

void numbering_learn(struct numbering_memory *memory, const struct numbering *numbering)
{
    for (unsigned i = 0; i < memory->count; i++)
        if (memory->learned[i].ip_bits == numbering->ip_bits &&
            memory->learned[i].block == numbering->block &&
            memory->learned[i].base == numbering->base)
            return;
    memory->learned[memory->next] = *numbering;
    memory->next = (memory->next + 1) % NUMBERINGS_LEARNED;
    if (memory->count < NUMBERINGS_LEARNED)
        memory->count++;
}
