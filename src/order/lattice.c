/* SPDX-License-Identifier: Apache-2.0 */
/* The lattice is spanned by the modulus times each unit vector, and by the residues
 * themselves; a last coordinate, worth little, counts how often the residues were taken. */
#include "order/lattice.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define ROWS (LATTICE_MAX + 1)
#define LOVASZ 0.95
#define STEPS_MAX 6000 /* of a reduction; some hundred are usual */
#define ROUNDS_MAX 8   /* of bringing one row below the others */

struct lattice {
    const struct lattice_question *question;
    unsigned rows;
    double worth;              /* of the last coordinate */
    int64_t whole[ROWS][ROWS]; /* coordinates, then the multiplier */
    double at[ROWS][ROWS];     /* the same, weighted */
    double r[ROWS][ROWS], mu[ROWS][ROWS];
};

static void weigh(struct lattice *l, unsigned row)
{
    const struct lattice_question *q = l->question;
    double last = (double)l->whole[row][q->count - 1];

    for (unsigned i = 0; i < q->count; i++) {
        double x = (double)l->whole[row][i];

        if (q->straight > 0 && i + 1 < q->count)
            x = (x - q->place[i] * last) * q->straight;
        l->at[row][i] = x;
    }
    l->at[row][q->count] = (double)l->whole[row][q->count] * l->worth;
}

static void span(struct lattice *l)
{
    const struct lattice_question *q = l->question;

    l->rows = q->count + 1;
    l->worth = 1 / (double)q->modulus; /* else small multiples of v would be shorter than v */
    for (unsigned i = 0; i < q->count; i++) {
        l->whole[i][i] = (int64_t)q->modulus;
        l->whole[q->count][i] = (int64_t)q->residue[i];
    }
    l->whole[q->count][q->count] = 1;
    for (unsigned i = 0; i < l->rows; i++)
        weigh(l, i);
}

/* Gram and Schmidt, one row. */
static void project(struct lattice *l, unsigned row)
{
    for (unsigned j = 0; j <= row; j++) {
        double sum = 0;

        for (unsigned i = 0; i < l->rows; i++)
            sum += l->at[row][i] * l->at[j][i];
        for (unsigned i = 0; i < j; i++)
            sum -= l->mu[j][i] * l->r[row][i];
        l->r[row][j] = sum;
        l->mu[row][j] = l->r[j][j] > 0 ? sum / l->r[j][j] : 0;
    }
}

/* Take `times` a row from another one. @return whether the numbers hold it */
static bool take(struct lattice *l, unsigned row, unsigned from, int64_t times)
{
    for (unsigned i = 0; i < l->rows; i++) {
        int64_t product;

        if (__builtin_mul_overflow(times, l->whole[from][i], &product) ||
            __builtin_sub_overflow(l->whole[row][i], product, &l->whole[row][i]))
            return false;
    }
    return true;
}

/* Take multiples of the rows before from a row. @return false: rounding errors have taken over,
 * which residues with a simple pattern can make */
static bool lower(struct lattice *l, unsigned row)
{
    for (int round = 0; round < ROUNDS_MAX; round++) {
        unsigned changes = 0;

        project(l, row);
        for (unsigned j = row; j-- > 0;) {
            double times = nearbyint(l->mu[row][j]);

            if (times == 0)
                continue;
            if (!(fabs(times) < 0x1p40) || !take(l, row, j, (int64_t)times))
                return false;
            changes++;
            for (unsigned i = 0; i < j; i++)
                l->mu[row][i] -= times * l->mu[j][i];
        }
        if (changes == 0)
            return true;
        weigh(l, row);
    }
    return true;
}

static void swap_rows(struct lattice *l, unsigned row)
{
    int64_t whole[ROWS];
    double at[ROWS];

    memcpy(whole, l->whole[row], sizeof(whole));
    memcpy(l->whole[row], l->whole[row - 1], sizeof(whole));
    memcpy(l->whole[row - 1], whole, sizeof(whole));
    memcpy(at, l->at[row], sizeof(at));
    memcpy(l->at[row], l->at[row - 1], sizeof(at));
    memcpy(l->at[row - 1], at, sizeof(at));
}

static bool reduce(struct lattice *l)
{
    unsigned row = 1;

    project(l, 0);
    for (int steps = 0; row < l->rows && steps < STEPS_MAX; steps++) {
        double mu;

        if (!lower(l, row))
            return false;
        mu = l->mu[row][row - 1];
        if (l->r[row][row] >= (LOVASZ - mu * mu) * l->r[row - 1][row - 1]) {
            row++;
            continue;
        }
        swap_rows(l, row);
        if (row == 1)
            project(l, 0);
        else
            row--;
    }
    return true;
}

unsigned lattice_multipliers(const struct lattice_question *question,
                             uint64_t ret_found[LATTICE_FOUND])
{
    struct lattice l = {.question = question};
    int64_t m = (int64_t)question->modulus;
    unsigned found = 0;

    span(&l);
    if (!reduce(&l))
        return 0;
    for (unsigned i = 0; i < l.rows && found < LATTICE_FOUND; i++) {
        int64_t v = l.whole[i][question->count] % m;

        if (v != 0)
            ret_found[found++] = (uint64_t)(v < 0 ? v + m : v);
    }
    return found;
}
