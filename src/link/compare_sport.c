/* SPDX-License-Identifier: Apache-2.0 */
/* How the source ports look: constant, or spread between two edges, of one parity. */
#include <math.h>

#include "link/compare.h"
#include "link/linker_state.h"

static const char *sport_words(const struct digest *d)
{
    switch ((enum sport_model)d->sport_model) {
    case SPORT_FIXED:
        return "fixed";
    case SPORT_EVEN:
        return "even";
    case SPORT_ODD:
        return "odd";
    case SPORT_RANGE:
        return "spread";
    case SPORT_UNKNOWN:
        break;
    }
    return "unknown";
}

/* What is seen of a range's edges varies from source to source, so all with edges beside those
 * of `a` are counted with it. */
static struct frequency sport_frequency(const struct linker *l, const struct digest *a,
                                        double own)
{
    uint64_t value = digest_sport(a);
    struct frequency sum =
        background_frequency(&l->background, VALUE_SPORT, a->tool_key, value, own, l->now_us);

    if (a->sport_model == SPORT_FIXED)
        return sum;
    for (int low = -1; low <= 1; low++)
        for (int high = -1; high <= 1; high++) {
            uint64_t beside = value + (uint64_t)(low * 256 + high);
            struct frequency f;

            if (beside == value || !background_is_shown(&l->background, VALUE_SPORT, beside))
                continue;
            f = background_frequency(&l->background, VALUE_SPORT, a->tool_key, beside, 0,
                                     l->now_us);
            if (f.shown <= 0)
                continue;
            sum.shown += f.shown;
            sum.u = fmin(1, sum.u + f.u);
        }
    return sum;
}

/* Chance that an unrelated source is of this kind with edges that a young one could have.
 * @return whether the kind is a usual one, or unknown */
bool compare_sport(const struct linker *l, const struct digest *a, const struct digest *b,
                   bool parallel, double own, struct comparison *c)
{
    uint64_t value_a = digest_sport(a), value_b = digest_sport(b);
    bool young = b->sessions < 32;
    bool same = digest_same_sports(a, b);

    if (value_a == 0 || value_b == 0)
        return true;

    if (parallel && same && a->sport_model == SPORT_FIXED)
        own += compare_mates(l, a, b, true);

    struct frequency f = sport_frequency(l, a, same ? own : 0);
    double u = f.u;

    if (young && same && a->sport_model != SPORT_FIXED)
        u = fmax(u, 1.0 / (b->sessions + 1)); /* few sessions can't tell an odd range */

    enum value_kind kind = likeness_sport_kind(a);
    double bits = same ? compare_agree(l, kind, u) : compare_differ(l, c, kind, u);

    if (a->sport_model == SPORT_FIXED && a->instances[0] != 0 && b->instances[0] != 0)
        bits = fmin(0, bits); /* it is part of the process's key, which speaks for itself */
    c->plain += fmax(0, bits);
    compare_behaviour(c, COPY_ALL, "source ports", bits,
                      "%s %u-%u and %s %u-%u; the first seen at %.0f of %.0f sources",
                      sport_words(a), a->sport_min, a->sport_max, sport_words(b), b->sport_min,
                      b->sport_max, f.shown, f.total);
    return f.u >= USUAL;
}
