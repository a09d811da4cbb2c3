/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates come from lattices, and are then judged by all points.
 *
 * What a multiplier v that makes of n + 1 random points the shares y_0 = 0, y_1 .. y_n of the
 * cycle is worth, each against points spread evenly and independently:
 *
 *   order    0 < y_1 < ... < y_n: chance y_n^n / n!
 *   near     all |y_i| <= c, in any order (threads): chance (2 c)^n
 *   line     y_i within d of their place in time on the way to y_n: chance y_n (2 d)^(n-1),
 * times 1 - ln of it, since y_n and d were both chosen
 *
 * The best of the three counts, less log2(3), and less log2 of the number of generators that
 * were possible.
 *
 * Nearly all candidates are nothing, and the first points and the last one show it. Logarithms
 * of the others are found for those only that may be a walk. */
#include "order/walk.h"

#include <math.h>

#include "base/gcd.h"
#include "model/zmap.h"
#include "order/lattice.h"

#define FAR 6u        /* points of a lattice: room for 2^-(32/5) of the cycle */
#define NEAR 9u       /* for 2^-(32/8) */
#define STRAIGHT 16.0 /* clocks and rates are better than a sixteenth of the span */
#define SHARE_LEAST 0x1p-24
#define BACKWARD 8.0        /* bits off for a walk that goes back in time */
#define HOW_MANY_WAYS 1.585 /* log2(3) */
#define ROUNDED 0x1p-10     /* bits; no two ways to work one out differ by more */
#define KNOW 4u             /* logarithms at a time cost little more than one */

struct judgement {
    double bits, span;
};

/* What a judgement of enough bits asks for, and a little less. */
struct limits {
    double order, near, line; /* at most: y_n, all |y_i|, all |y_i - place_i y_n| */
};

struct cycle {
    struct nj_logs *logs;
    struct lattice_memory *memory;
    uint64_t m;        /* prime - 1 */
    double least;      /* share of the cycle that is told from none */
    double generators; /* log2 of those that today's ZMap may draw, a few too many */
    struct walk_point *points;
    unsigned count;
    struct limits limits;
};

/* Find the logarithms of points up to `to`. */
static void know(const struct cycle *c, unsigned from, unsigned to)
{
    uint64_t number[WALK_POINTS_MAX], log[WALK_POINTS_MAX];
    unsigned at[WALK_POINTS_MAX], count = 0;

    for (unsigned i = from; i < to; i++)
        if (c->points[i].number != 0) {
            number[count] = c->points[i].number;
            at[count++] = i;
        }
    if (count == 0)
        return;
    nj_logs_of(c->logs, number, count, log);
    for (unsigned i = 0; i < count; i++) {
        c->points[at[i]].log = log[i];
        c->points[at[i]].number = 0;
    }
}

/* From the first point to one whose logarithm is known. */
static uint64_t difference_to(const struct cycle *c, unsigned i)
{
    uint64_t log = c->points[i].log, first = c->points[0].log;

    return log >= first ? log - first : log + c->m - first;
}

/* The share of the cycle that v makes of it. */
static double share_of(const struct cycle *c, unsigned i, uint64_t v)
{
    return (double)nj_mod_mul(difference_to(c, i), v, c->m) / (double)c->m;
}

static double place_of(const struct cycle *c, unsigned i)
{
    double all = c->points[c->count - 1].time_s - c->points[0].time_s;

    return all > 0 ? (c->points[i].time_s - c->points[0].time_s) / all
                   : (double)i / (c->count - 1);
}

static double from_zero(double share)
{
    return share > 0.5 ? 1 - share : share;
}

static double judge_order(const struct cycle *c, const double *y, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (y[i + 1] <= y[i])
            return 0;
    return -(double)n * log2(fmax(y[n], c->least)) + lgamma(n + 1.0) / M_LN2;
}

static double judge_near(const struct cycle *c, const double *y, unsigned n)
{
    double most = c->least, forward = 0;

    for (unsigned i = 1; i <= n; i++) {
        most = fmax(most, from_zero(y[i]));
        forward += (y[i] > 0.5 ? y[i] - 1 : y[i]) * (2.0 * i - n - 1);
    }
    return -(double)n * log2(2 * most) - (forward < 0 ? BACKWARD : 0);
}

static double judge_line(const struct cycle *c, const double *y, unsigned n)
{
    double most = c->least, bits;

    for (unsigned i = 1; i < n; i++) {
        double off = y[i] - place_of(c, i) * y[n];

        most = fmax(most, from_zero(off - floor(off)));
    }
    if (most >= 0.5)
        return 0;
    bits = -log2(fmax(y[n], c->least)) - (n - 1) * log2(2 * most);
    return bits <= 0 ? 0 : bits - log2(1 + bits * M_LN2);
}

static struct judgement judge(const struct cycle *c, uint64_t v)
{
    double y[WALK_POINTS_MAX];
    unsigned n = c->count - 1;
    double order, near, line;

    know(c, 0, c->count);
    for (unsigned i = 0; i <= n; i++)
        y[i] = share_of(c, i, v);
    order = judge_order(c, y, n);
    near = judge_near(c, y, n);
    line = judge_line(c, y, n);
    return (struct judgement){.bits = fmax(order, fmax(near, line)) - HOW_MANY_WAYS,
                              .span = order >= near || line >= near ? y[n] : from_zero(y[n])};
}

/* The judgements above, solved for what they are of. */
static struct limits limits_of(const struct cycle *c, float bits)
{
    const double enough = (double)bits + c->generators + HOW_MANY_WAYS - ROUNDED;
    const double n = c->count - 1;

    return (struct limits){
        .order = exp2(-(enough - lgamma(n + 1) / M_LN2) / n),
        .near = exp2(-enough / n) / 2,
        /* y_n is no less than the least */
        .line = exp2(-(enough + log2(1 + enough * M_LN2) + log2(c->least)) / (n - 1)) / 2,
    };
}

/* Whether v may be worth enough: go on from point to point until it can't be. */
static bool may_be(const struct cycle *c, uint64_t v)
{
    const double last = share_of(c, c->count - 1, v);
    bool order = fmax(last, c->least) <= c->limits.order, line = true;
    bool near = from_zero(last) <= c->limits.near;
    double before = 0;

    for (unsigned i = 1; i + 1 < c->count && (order || near || line); i++) {
        double y, off;

        if (c->points[i].number != 0)
            know(c, i, i + KNOW < c->count ? i + KNOW : c->count);
        y = share_of(c, i, v);
        off = fabs(y - place_of(c, i) * last);
        order = order && y > before && y < last;
        near = near && from_zero(y) <= c->limits.near;
        line = line && from_zero(off) <= c->limits.line;
        before = y;
    }
    return order || near || line;
}

/* v = S u for S parts and u = 1 / log g: there are gcd(S, m) such u. Take the first that leads
 * to a generator as small as ZMap draws them today; if none does the generator is old, and can
 * be told up to its parts only. */
static void resolve(const struct cycle *c, uint64_t v, struct walk *ret)
{
    const struct nj_group *group = nj_logs_group(c->logs);
    uint64_t common = nj_gcd(v, c->m), rest = c->m / common;
    uint64_t tried = 0, oldest = 0;

    for (uint64_t parts = 1; parts <= WALK_PARTS_MAX; parts++) {
        uint64_t u;

        if (nj_gcd(parts, c->m) != common)
            continue;
        u = nj_mod_mul(v / common, nj_mod_inverse(parts / common, rest), rest);
        for (uint64_t i = 0; i < common; i++, u += rest) {
            uint64_t g;

            if (nj_gcd(u, c->m) != 1)
                continue;
            tried++;
            g = nj_mod_pow(group->root, nj_mod_inverse(u, c->m), group->prime);
            if (g < ZMAP_ROOT_LIMIT) {
                ret->generator = g;
                ret->parts = (unsigned)parts;
                ret->bits -= (float)(c->generators + log2((double)tried));
                return;
            }
            if (parts == common && (oldest == 0 || g < oldest))
                oldest = g;
        }
    }
    /* 0: v is of no generator; and there were no larger groups before 4.0 */
    if (oldest == 0 || c->m >= 2 * ZMAP_ROOT_LIMIT_OLD) {
        ret->bits = 0;
        return;
    }
    ret->old = true;
    ret->generator = oldest;
    ret->parts = (unsigned)common;
    ret->bits -= (float)log2((double)c->m);
}

/* Keep what v says if it says more than what is kept. */
static void try_one(const struct cycle *c, uint64_t v, float bits, struct walk *best)
{
    struct judgement judgement;
    struct walk walk;

    if (!may_be(c, v))
        return;
    judgement = judge(c, v);
    walk = (struct walk){.bits = (float)judgement.bits, .span = judgement.span};
    if (judgement.bits < (double)bits + c->generators || nj_gcd(v, c->m) > WALK_PARTS_MAX)
        return;
    resolve(c, v, &walk);
    if (walk.bits >= bits && walk.bits > best->bits)
        *best = walk;
}

static bool try_lattice(const struct cycle *c, unsigned points, double straight, float bits,
                        struct walk *ret)
{
    struct lattice_question question = {
        .modulus = c->m, .count = points - 1, .straight = straight};
    uint64_t found[LATTICE_FOUND], common = c->m;
    unsigned count;

    know(c, 0, points);
    know(c, c->count - 1, c->count);
    for (unsigned i = 1; i < points; i++) {
        question.residue[i - 1] = difference_to(c, i);
        question.place[i - 1] = place_of(c, i) / place_of(c, points - 1);
        common = nj_gcd(common, question.residue[i - 1]);
    }
    count = lattice_multipliers(c->memory, &question, found);
    *ret = (struct walk){.bits = 0};
    /* what all residues share with m leaves as many multipliers that make the same of them */
    for (unsigned i = 0; i < count && common <= WALK_PARTS_MAX; i++)
        for (uint64_t k = 0; k < common; k++) {
            uint64_t v = (found[i] + k * (c->m / common)) % c->m;

            if (v == 0)
                continue;
            try_one(c, v, bits, ret); /* nothing tells v from m - v but the order */
            try_one(c, c->m - v, bits, ret);
        }
    return ret->bits > 0;
}

bool walk_find(struct nj_logs *logs, struct lattice_memory *memory, struct walk_point *points,
               unsigned count, float bits, enum walk_effort effort, struct walk *ret)
{
    const uint64_t m = nj_logs_group(logs)->prime - 1;
    const uint64_t limit = m < ZMAP_ROOT_LIMIT ? m : ZMAP_ROOT_LIMIT;
    struct cycle c = {.logs = logs,
                      .memory = memory,
                      .m = m,
                      .least = fmax(SHARE_LEAST, 1 / (double)m),
                      .generators = log2((double)limit),
                      .points = points,
                      .count = count};
    const unsigned near = count < NEAR ? count : NEAR;
    const unsigned most = count < LATTICE_MAX + 1 ? count : LATTICE_MAX + 1;

    c.limits = limits_of(&c, bits);
    if (effort != WALK_LINE && try_lattice(&c, FAR, 0, bits, ret))
        return true;
    if (effort == WALK_FAR)
        return false;
    if (try_lattice(&c, near, STRAIGHT, bits, ret))
        return true;
    if (effort == WALK_LINE)
        return false;
    if (count > FAR && try_lattice(&c, near, 0, bits, ret))
        return true;
    if (effort == WALK_NEAR)
        return false;
    if (place_of(&c, most - 1) > 0 && try_lattice(&c, most, STRAIGHT, bits, ret))
        return true;
    return most > NEAR && try_lattice(&c, most, 0, bits, ret);
}
