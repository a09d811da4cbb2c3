/* SPDX-License-Identifier: Apache-2.0 */
#include "link/likeness.h"

#include <math.h>
#include <string.h>

/* Learned of addresses that stay; who changes his address may change his habits with it, so
 * agreement is never taken for surer. Chosen, not measured. */
#define M_MAX 0.98

/* Start values: shares of pairs by bin, worth START pairs. */
#define START 30.0
static const double start_same[SIMILAR_COUNT][SIMILAR_BINS] = {
    [SIMILAR_PORTS] = {.55, .15, .10, .07, .05, .03, .03, .02},
    [SIMILAR_SHARES] = {.45, .25, .12, .07, .05, .03, .02, .01},
    [SIMILAR_RATE] = {.35, .22, .18, .10, .06, .05, .03, .01},
    [SIMILAR_GAPS] = {.40, .25, .15, .08, .05, .04, .02, .01},
    [SIMILAR_HOURS] = {.15, .20, .20, .15, .12, .08, .06, .04},
};
static const double start_random[SIMILAR_COUNT][SIMILAR_BINS] = {
    [SIMILAR_PORTS] = {.10, .03, .04, .05, .06, .07, .10, .55},
    [SIMILAR_SHARES] = {.10, .08, .08, .10, .12, .14, .16, .22},
    [SIMILAR_RATE] = {.08, .08, .08, .10, .10, .16, .14, .26},
    [SIMILAR_GAPS] = {.08, .10, .12, .14, .14, .14, .14, .14},
    [SIMILAR_HOURS] = {.08, .12, .14, .14, .14, .13, .12, .13},
};
static const double start_agree[VALUE_KINDS] = {
    [VALUE_TOOL] = .96,  [VALUE_STACK] = .92, [VALUE_SET] = .60,     [VALUE_SPORT] = .85,
    [VALUE_WINDOW] = .9, [VALUE_TTL] = .9,    [VALUE_INSTANCE] = .7, [VALUE_SPORT_FIXED] = .7,
};

void likeness_init(struct likeness *l)
{
    memset(l, 0, sizeof(*l));
    for (unsigned k = 0; k < SIMILAR_COUNT; k++)
        for (unsigned i = 0; i < SIMILAR_BINS; i++) {
            l->same[k][i] = START * start_same[k][i];
            l->random[k][i] = START * start_random[k][i];
        }
    for (unsigned k = 0; k < VALUE_KINDS; k++) {
        l->agree[k] = START * start_agree[k];
        l->asked[k] = START;
    }
    likeness_settle(l);
}

static double divergence_term(double p, double q)
{
    double mean = (p + q) / 2;

    return (p > 0 ? p * log2(p / mean) : 0) + (q > 0 ? q * log2(q / mean) : 0);
}

static int bin_of(double value, const double edges[SIMILAR_BINS - 1])
{
    int bin = 0;

    while (bin < SIMILAR_BINS - 1 && value > edges[bin])
        bin++;
    return bin;
}

static double port_weight(const struct background *bg, const struct digest_port *p,
                          int64_t now_us)
{
    uint64_t word = (uint64_t)p->proto << 16 | p->port;

    return -log2(background_frequency(bg, VALUE_PORT, 0, word, 0, now_us).u) + 0.1;
}

static int port_order(const struct digest_port *a, const struct digest_port *b)
{
    if (a->proto != b->proto)
        return a->proto < b->proto ? -1 : 1;
    return a->port < b->port ? -1 : a->port > b->port;
}

/* Both lists are sorted: one walk over the union. */
static int bin_ports(const struct digest *a, const struct digest *b, bool shares,
                     const struct background *bg, int64_t now_us)
{
    static const double edges_jaccard[] = {.02, .1, .2, .35, .5, .65, .85};
    static const double edges_shares[] = {.01, .03, .06, .12, .25, .45, .7};
    double common = 0, all = 0, divergence = 0, sum_a = 0, sum_b = 0;
    unsigned i = 0, j = 0;

    for (unsigned k = 0; k < a->port_count; k++)
        sum_a += a->ports[k].share;
    for (unsigned k = 0; k < b->port_count; k++)
        sum_b += b->ports[k].share;
    while (i < a->port_count || j < b->port_count) {
        int order = i == a->port_count   ? 1
                    : j == b->port_count ? -1
                                         : port_order(&a->ports[i], &b->ports[j]);
        const struct digest_port *p = order <= 0 ? &a->ports[i] : &b->ports[j];
        double weight = shares ? 0 : port_weight(bg, p, now_us);

        divergence += divergence_term(order <= 0 ? a->ports[i].share / sum_a : 0,
                                      order >= 0 ? b->ports[j].share / sum_b : 0);
        all += weight;
        common += order == 0 ? weight : 0;
        i += order <= 0;
        j += order >= 0;
    }
    return shares ? bin_of(divergence / 2, edges_shares)
                  : bin_of(1 - common / all, edges_jaccard);
}

static int bin_profile(const uint8_t *a, const uint8_t *b, size_t count, bool overlap)
{
    static const double edges_gaps[] = {.02, .05, .1, .18, .3, .45, .65};
    static const double edges_hours[] = {.1, .2, .3, .4, .5, .65, .8};
    double sum_a = 0, sum_b = 0, divergence = 0, common = 0;

    for (size_t i = 0; i < count; i++) {
        sum_a += a[i];
        sum_b += b[i];
    }
    if (sum_a == 0 || sum_b == 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        divergence += divergence_term(a[i] / sum_a, b[i] / sum_b);
        common += fmin(a[i] / sum_a, b[i] / sum_b);
    }
    return overlap ? bin_of(1 - common, edges_hours) : bin_of(divergence / 2, edges_gaps);
}

bool likeness_tells(enum similarity kind, const struct digest *a, const struct digest *b)
{
    switch (kind) {
    case SIMILAR_PORTS:
        return a->port_count > 0 && b->port_count > 0;
    case SIMILAR_SHARES:
        return a->sessions >= 50 && b->sessions >= 50 && a->port_count >= 2 &&
               b->port_count >= 2;
    case SIMILAR_RATE:
        return a->sessions >= 8 && b->sessions >= 8 && a->rate > 0 && b->rate > 0;
    case SIMILAR_GAPS:
        return a->sessions >= 32 && b->sessions >= 32;
    case SIMILAR_HOURS:
        return a->hours >= 36 && b->hours >= 36;
    case SIMILAR_COUNT:
        break;
    }
    return false;
}

int likeness_bin(enum similarity kind, const struct digest *a, const struct digest *b,
                 const struct background *bg, int64_t now_us)
{
    static const double edges_rate[] = {.2, .45, .8, 1.3, 2, 3, 4.5};

    if (!likeness_tells(kind, a, b))
        return -1;
    switch (kind) {
    case SIMILAR_PORTS:
    case SIMILAR_SHARES:
        return bin_ports(a, b, kind == SIMILAR_SHARES, bg, now_us);
    case SIMILAR_RATE:
        return bin_of(fabs(log2(digest_pace(a) / digest_pace(b))), edges_rate);
    case SIMILAR_GAPS:
        return bin_profile(a->gaps, b->gaps, EPISODE_GAP_BINS, false);
    case SIMILAR_HOURS:
        return bin_profile(a->day_hours, b->day_hours, 24, true);
    case SIMILAR_COUNT:
        break;
    }
    return -1;
}

static double sum_of(const double bins[SIMILAR_BINS])
{
    double sum = 0;

    for (unsigned i = 0; i < SIMILAR_BINS; i++)
        sum += bins[i];
    return sum;
}

double likeness_part(const struct likeness *l, enum similarity kind, int bin)
{
    return (l->same[kind][bin] + 0.1) / (sum_of(l->same[kind]) + 0.8);
}

double likeness_bits(const struct likeness *l, enum similarity kind, int bin)
{
    double m = (l->same[kind][bin] + 0.1) / (sum_of(l->same[kind]) + 0.8);
    double u = (l->random[kind][bin] + 0.1) / (sum_of(l->random[kind]) + 0.8);

    return log2(m / u);
}

void likeness_settle(struct likeness *l)
{
    for (unsigned k = 0; k < SIMILAR_COUNT; k++) {
        l->most[k] = 0;
        for (int bin = 0; bin < SIMILAR_BINS; bin++)
            l->most[k] = fmax(l->most[k], likeness_bits(l, (enum similarity)k, bin));
    }
}

double likeness_same(const struct likeness *l, enum value_kind kind)
{
    return fmin(M_MAX, l->agree[kind] / l->asked[kind]);
}

enum value_kind likeness_sport_kind(const struct digest *a)
{
    return a->sport_model == SPORT_FIXED ? VALUE_SPORT_FIXED : VALUE_SPORT;
}

static void ask(struct likeness *l, enum value_kind kind, uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return;
    l->asked[kind] += 1;
    l->agree[kind] += a == b;
}

static void learn_bins(double bins[SIMILAR_COUNT][SIMILAR_BINS], const struct digest *a,
                       const struct digest *b, const struct background *bg, int64_t now_us)
{
    for (unsigned k = 0; k < SIMILAR_COUNT; k++) {
        int bin = likeness_bin((enum similarity)k, a, b, bg, now_us);

        if (bin >= 0)
            bins[k][bin] += 1;
    }
}

void likeness_learn_same(struct likeness *l, const struct digest *a, const struct digest *b,
                         const struct background *bg, int64_t now_us)
{
    int hops_a = digest_distance(a), hops_b = digest_distance(b);

    ask(l, VALUE_TOOL, a->tool_key, b->tool_key);
    ask(l, VALUE_STACK, a->stack_key, b->stack_key);
    ask(l, VALUE_SET, a->set, b->set);
    if (digest_sport(a) != 0 && digest_sport(b) != 0)
        ask(l, likeness_sport_kind(a), 1, digest_same_sports(a, b) ? 1 : 2);
    ask(l, VALUE_WINDOW, a->window, b->window);
    if (hops_a >= 0 && hops_b >= 0)
        ask(l, VALUE_TTL, 2, hops_a - hops_b <= 1 && hops_b - hops_a <= 1 ? 2 : 1);
    learn_bins(l->same, a, b, bg, now_us);
    likeness_settle(l);
    l->same_pairs++;
}

void likeness_learn_random(struct likeness *l, const struct digest *a, const struct digest *b,
                           const struct background *bg, int64_t now_us)
{
    learn_bins(l->random, a, b, bg, now_us);
    likeness_settle(l);
    l->random_pairs++;
}
