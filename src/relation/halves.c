/* SPDX-License-Identifier: Apache-2.0 */
/* The halves of a sequence number that takes few values, as nmap's does. */
#include <math.h>
#include <string.h>

#include "relation/facts.h"

/* Whether source ports go up by the same number that the halves show: a base among the values
 * from which sport - (seq xor base) is constant. */
static bool ports_follow(const struct sight *sights, unsigned count)
{
    for (unsigned b = 0; b < count; b++) {
        unsigned i = 1;
        uint16_t first = (uint16_t)(sights[0].sport - (sights[0].seq ^ sights[b].seq));

        if (b > 0 && sights[b].seq == sights[b - 1].seq)
            continue;
        while (i < count &&
               (uint16_t)(sights[i].sport - (sights[i].seq ^ sights[b].seq)) == first)
            i++;
        if (i == count)
            return true;
    }
    return false;
}

/* Whether each destination has a sequence number of its own, and each of these one destination:
 * then it is made of the destination, and of no small number. */
static bool destinations_decide(const struct sight *sights, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        for (unsigned k = 0; k < i; k++)
            if ((sights[i].seq == sights[k].seq) != (sights[i].dst == sights[k].dst))
                return false;
    return true;
}

bool find_halves(const struct sight *sights, unsigned count, struct law *ret_law,
                 float *ret_bits)
{
    uint32_t seqs[FIND_SIGHTS] = {0};
    unsigned values;

    for (unsigned i = 0; i < count; i++) {
        uint32_t apart = sights[i].seq ^ sights[0].seq;

        seqs[i] = sights[i].seq;
        if (apart >> 16 != (apart & 0xffff))
            return false;
    }
    values = distinct_values(seqs, count);
    if (values < 2 || destinations_decide(sights, count))
        return false;
    memset(ret_law, 0, sizeof(*ret_law));
    ret_law->kind = LAW_BITS;
    for (unsigned i = 0; i < 16; i++) {
        struct columns *row = &ret_law->rows.row[ret_law->rows.count++];

        columns_flip(row, field_column(FIELD_SEQ, i));
        columns_flip(row, field_column(FIELD_SEQ, i + 16));
    }
    family_reduce(&ret_law->rows);
    *ret_bits = (float)(values - 1) * 16 - FACTS_HYPOTHESES_BITS;
    if (ports_follow(sights, count))
        *ret_bits += (float)(values - 1) * 16 - log2f((float)values);
    return true;
}
