/* SPDX-License-Identifier: Apache-2.0 */
/* The lattice of all (v r_0 mod m, v r_1 mod m, ...) and of m times each unit vector. It begins
 * as a triangle; then each row is made shorter by those before it, and rows change places.
 *
 * All coordinates are whole numbers, held exactly by doubles; projections and squares are
 * brought up to date as rows change, and worked out anew before the end is believed. */
#define XXH_INLINE_ALL
#include "order/lattice.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <xxhash.h>

#include "base/gcd.h"
#include "base/group.h"

#define LOVASZ 0.99
#define SWAPS_MAX 6000   /* of a reduction; some hundred are usual */
#define EXACT 0x1p52     /* larger numbers may have been rounded */
#define ROUNDER 0x1.8p52 /* a double added to it has no room behind the point */

struct lattice {
    const struct lattice_question *question;
    unsigned n;
    /* by column, then row: what is done to a row runs over what stands together */
    double at[LATTICE_MAX][LATTICE_MAX];
    double mu[LATTICE_MAX][LATTICE_MAX];      /* mu[j][i]: of row i to row j */
    double r[LATTICE_MAX];                    /* of each row, what is left of its square */
    uint64_t first[LATTICE_MAX][LATTICE_MAX]; /* rows at the beginning, */
    uint64_t v[LATTICE_MAX];                  /* and the multipliers that make them */
    unsigned swaps;
};

/* Row i: the least that a multiple makes of residue i, among multiples that make 0 of those
 * before. */
static void span(struct lattice *l)
{
    const struct lattice_question *q = l->question;
    uint64_t m = q->modulus, factor = 1;

    for (unsigned i = 0; i < l->n; i++) {
        uint64_t residue = nj_mod_mul(factor, q->residue[i], m);
        uint64_t least = nj_gcd(m, residue);

        l->v[i] =
            least == m ? 0 : nj_mod_mul(nj_mod_inverse(residue / least, m / least), factor, m);
        for (unsigned k = 0; k < l->n; k++) {
            l->first[i][k] = k < i ? 0 : nj_mod_mul(l->v[i], q->residue[k], m);
            if (k == i)
                l->first[i][k] = least;
            l->at[k][i] = (double)l->first[i][k];
        }
        factor = least == m ? factor : nj_mod_mul(factor, m / least, m);
    }
}

/* A coordinate as it is weighed. */
static inline double weighed(const struct lattice *l, unsigned column, unsigned row)
{
    const struct lattice_question *q = l->question;
    double x = l->at[column][row];

    if (q->straight > 0 && column + 1 < l->n)
        return (x - q->place[column] * l->at[l->n - 1][row]) * q->straight;
    return x;
}

/* Gram and Schmidt, one row. */
static void project(struct lattice *l, unsigned row)
{
    double sum[LATTICE_MAX] = {0};

    for (unsigned i = 0; i < l->n; i++) {
        double x = weighed(l, i, row);

        for (unsigned j = 0; j <= row; j++)
            sum[j] += x * weighed(l, i, j);
    }
    for (unsigned i = 0; i < row; i++) {
        for (unsigned j = i + 1; j < row; j++)
            sum[j] -= l->mu[i][j] * sum[i];
        l->mu[i][row] = l->r[i] > 0 ? sum[i] / l->r[i] : 0;
        sum[row] -= l->mu[i][row] * sum[i];
    }
    l->r[row] = sum[row];
}

/* Take as many times a row from another one as make it shorter. @return false, and nothing is
 * done: the numbers would become too large, since the projections are not good any more */
static inline bool take(struct lattice *l, unsigned n, unsigned row, unsigned from)
{
    double times = l->mu[from][row], most = 0, products[LATTICE_MAX];

    if (fabs(times) <= 0.5)
        return true;
    if (!(fabs(times) < 0x1p40))
        return false;
    times = (times + ROUNDER) - ROUNDER;
    for (unsigned i = 0; i < n; i++) {
        products[i] = times * l->at[i][from];
        if (fabs(products[i]) + fabs(l->at[i][row]) > most)
            most = fabs(products[i]) + fabs(l->at[i][row]);
    }
    if (most >= EXACT)
        return false;
    for (unsigned i = 0; i < n; i++)
        l->at[i][row] -= products[i];
    for (unsigned j = 0; j < from; j++)
        l->mu[j][row] -= times * l->mu[j][from];
    l->mu[from][row] -= times;
    return true;
}

static inline void swap(double *a, double *b)
{
    double was = *a;

    *a = *b;
    *b = was;
}

/* Change the places of a row and the one before. */
static inline void swap_rows(struct lattice *l, unsigned n, unsigned row)
{
    double *mu = l->mu[row - 1], *mu_next = l->mu[row];
    double before = mu[row], square = l->r[row] + before * before * l->r[row - 1];
    double after = square > 0 ? before * l->r[row - 1] / square : 0;

    l->r[row] = square > 0 ? l->r[row - 1] * l->r[row] / square : 0;
    l->r[row - 1] = square;
    mu[row] = after;
    for (unsigned i = 0; i < n; i++)
        swap(&l->at[i][row], &l->at[i][row - 1]);
    for (unsigned j = 0; j + 1 < row; j++)
        swap(&l->mu[j][row], &l->mu[j][row - 1]);
    for (unsigned i = row + 1; i < n; i++) {
        double was = mu_next[i];

        mu_next[i] = mu[i] - before * was;
        mu[i] = was + after * mu_next[i];
    }
}

/* @param n  l->n, known to the compiler where it matters */
static inline __attribute__((always_inline)) void pass(struct lattice *l, const unsigned n)
{
    for (unsigned row = 1; row < n;) {
        double mu;

        if (!take(l, n, row, row - 1))
            return;
        mu = l->mu[row - 1][row];
        if (l->r[row] < (LOVASZ - mu * mu) * l->r[row - 1]) {
            if (++l->swaps > SWAPS_MAX)
                return;
            swap_rows(l, n, row);
            row -= row > 1;
            continue;
        }
        for (unsigned from = row - 1; from-- > 0;)
            if (!take(l, n, row, from))
                return;
        row++;
    }
}

/* As far as numbers of this kind allow: rows are good vectors of the lattice at any time. */
static void reduce(struct lattice *l)
{
    unsigned before;

    do {
        before = l->swaps;
        for (unsigned row = 0; row < l->n; row++)
            project(l, row);
        switch (l->n) {
        case 5:
            pass(l, 5);
            break;
        case 8:
            pass(l, 8);
            break;
        default:
            pass(l, l->n);
        }
    } while (l->swaps != before && l->swaps <= SWAPS_MAX);
}

/* The multiplier that makes a row: take the first rows out of it, one by one. */
static uint64_t multiplier_of(const struct lattice *l, unsigned row)
{
    uint64_t m = l->question->modulus, x[LATTICE_MAX], v = 0;

    for (unsigned i = 0; i < l->n; i++) {
        int64_t rest = (int64_t)l->at[i][row] % (int64_t)m;

        x[i] = rest < 0 ? (uint64_t)rest + m : (uint64_t)rest;
    }
    for (unsigned i = 0; i < l->n; i++) {
        uint64_t times = x[i] / l->first[i][i];

        for (unsigned k = i; k < l->n && times > 0; k++)
            x[k] = (x[k] + m - nj_mod_mul(times, l->first[i][k], m)) % m;
        v = (v + nj_mod_mul(times, l->v[i], m)) % m;
    }
    return v;
}

static unsigned answer(const struct lattice_question *question,
                       uint64_t ret_found[LATTICE_FOUND])
{
    struct lattice l;
    unsigned found = 0;

    l.question = question;
    l.n = question->count;
    l.swaps = 0;
    span(&l);
    reduce(&l);
    for (unsigned i = 0; i < l.n && found < LATTICE_FOUND; i++) {
        uint64_t v = multiplier_of(&l, i);

        if (v != 0)
            ret_found[found++] = v;
    }
    return found;
}

static XXH128_hash_t hash_of(const struct lattice_question *question)
{
    struct {
        uint64_t modulus, count, residue[LATTICE_REMEMBERED];
        double straight, place[LATTICE_REMEMBERED];
    } all = {
        .modulus = question->modulus, .count = question->count, .straight = question->straight};

    memcpy(all.residue, question->residue, question->count * sizeof(all.residue[0]));
    if (question->straight > 0)
        memcpy(all.place, question->place, question->count * sizeof(all.place[0]));
    return XXH3_128bits(&all, sizeof(all));
}

unsigned lattice_multipliers(struct lattice_memory *memory,
                             const struct lattice_question *question,
                             uint64_t ret_found[LATTICE_FOUND])
{
    XXH128_hash_t hash;
    size_t at;

    if (memory == NULL || question->count > LATTICE_REMEMBERED)
        return answer(question, ret_found);
    hash = hash_of(question);
    at = hash.low64 % LATTICE_ANSWERS;
    if (memory->answers[at].question[0] != hash.low64 ||
        memory->answers[at].question[1] != hash.high64) {
        memory->answers[at].question[0] = hash.low64;
        memory->answers[at].question[1] = hash.high64;
        memory->answers[at].count = answer(question, memory->answers[at].found);
    }
    memcpy(ret_found, memory->answers[at].found, sizeof(memory->answers[at].found));
    return memory->answers[at].count;
}
