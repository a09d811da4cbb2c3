/* SPDX-License-Identifier: Apache-2.0 */
/* Of a hundred pairs that have a key in common ninety-nine come to nothing: place, delay and
 * tool say so, and what else they might have in common would have to be worth more than it can
 * be. So what is cheap is compared as compare_digests does, and of the rest only what its lines
 * are worth at most is asked, which is what their values are worth if they agree. */
#include <math.h>

#include "link/compare.h"
#include "link/linker_state.h"

#define ROUNDING 1e-6 /* bits; sums are made in another order here */

/* Lines that were not compared, if they agree. */
struct rest {
    double sum, most;
};

static void may_add(struct rest *rest, double bits)
{
    bits = fmax(0, fmin(FEATURE_CAP, bits));
    rest->sum += bits;
    rest->most = fmax(rest->most, bits);
}

/* All that agrees counts DEPENDENCE, and the strongest line and the tool's the rest of it. */
static double most_bits(const struct comparison *c, struct rest rest)
{
    double positive = rest.sum, strongest = rest.most, contrary = c->sum;

    for (unsigned k = 0; k < COPY_SKILLS; k++) {
        positive += c->positive[k];
        contrary -= c->positive[k];
        strongest = fmax(strongest, c->strongest[k]);
    }
    return c->bits +
           fmax(-BEHAVIOUR_CAP,
                fmin(BEHAVIOUR_CAP, DEPENDENCE * positive +
                                        (1 - DEPENDENCE) * (c->tool + strongest) + contrary));
}

/* The ports are worth no more than a's set is, or the most that likeness is. */
static void may_share_ports(const struct linker *l, const struct digest *a,
                            const struct digest *b, double own, struct rest *rest)
{
    double but = a->set == b->set ? own : a->counted, u = 1;

    if (a->set == 0 || b->set == 0)
        return;
    for (int novel = 0; novel < 2; novel++)
        u = fmin(u, background_frequency(&l->background, novel ? VALUE_SET_NOVEL : VALUE_SET,
                                         a->tool_key, a->set, but, l->now_us)
                        .u);
    may_add(rest, fmax(compare_agree(l, VALUE_SET, u), l->likeness.most[SIMILAR_PORTS]));
}

/* One with all values beside its own is never rarer than with its own alone. */
static void may_share_sports(const struct linker *l, const struct digest *a,
                             const struct digest *b, double own, const struct comparison *c,
                             struct rest *rest)
{
    uint64_t value = digest_sport(a);
    enum value_kind kind = likeness_sport_kind(a);

    if (value == 0 || digest_sport(b) == 0)
        return;
    if (!digest_same_sports(a, b))
        may_add(rest, compare_differ(l, c, kind, 1));
    else
        may_add(rest, compare_agree(l, kind,
                                    background_frequency(&l->background, VALUE_SPORT,
                                                         a->tool_key, value, own, l->now_us)
                                        .u));
}

bool compare_may_reach(const struct linker *l, const struct digest *a, const struct digest *b,
                       enum compare_as as, int64_t gap_us, double least)
{
    static const enum similarity shapes[] = {SIMILAR_SHARES, SIMILAR_GAPS, SIMILAR_HOURS};
    struct comparison c = {.lines = NULL};
    struct rest rest = {.sum = 0};
    double own;

    if (digest_share_instance(a, b))
        return true;
    own = compare_own(l, a, b);
    least -= ROUNDING;
    if (as != COMPARE_SETUP)
        compare_place(l, a, b, as, gap_us, &c);
    (void)compare_tool(l, a, b, own, &c);
    (void)compare_shape(l, a, b, SIMILAR_RATE, 0, &c);
    compare_instances(l, a, b, own, &c);
    for (unsigned i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        if (likeness_tells(shapes[i], a, b))
            may_add(&rest, l->likeness.most[shapes[i]]);
    may_share_ports(l, a, b, own, &rest);
    may_share_sports(l, a, b, own, &c, &rest);
    compare_fields(l, a, b, own, &c);
    return most_bits(&c, rest) >= least;
}
