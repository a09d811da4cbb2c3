/* SPDX-License-Identifier: Apache-2.0 */
/* Where and when (linking.md 3). Where: how likely the address is for a successor, against how
 * likely for any newcomer, from the newcomers of each zone. When: how dense hand-offs are after
 * this delay, against how often anybody begins. A usual class of scanner is no special case:
 * its members begin often and everywhere, so that place and time say little. */
#include <math.h>
#include <stdio.h>

#include "link/compare.h"
#include "link/linker_state.h"

#define RETURN_MAX_H 720

/* Shares of successors by zone, from linking.md 3; refit as hops are confirmed. */
static double zone_share(const struct linker *l, enum zone zone, bool parallel)
{
    static const double start[ZONE_COUNT] = {.25, .15, .20, .15, .25};
    double confirmed = 0;

    if (parallel)
        return start[zone];
    for (unsigned i = 0; i < ZONE_COUNT; i++)
        confirmed += l->pairs.zones[i];
    return (40 * start[zone] + l->pairs.zones[zone]) / (40 + confirmed);
}

enum zone zone_of(const struct digest *a, const struct digest *b)
{
    if (addr_is_v4(a->src) == addr_is_v4(b->src)) {
        if (digest_net24(a->src) == digest_net24(b->src))
            return ZONE_NET24;
        if (digest_net16(a->src) == digest_net16(b->src))
            return ZONE_NET16;
    }
    if (a->asn != 0 && a->asn == b->asn)
        return ZONE_AS;
    if (a->country[0] != '\0' && a->country[0] == b->country[0] &&
        a->country[1] == b->country[1])
        return ZONE_COUNTRY;
    return ZONE_ANYWHERE;
}

uint64_t country_value(const char country[3])
{
    return (uint64_t)((unsigned char)country[0] << 8 | (unsigned char)country[1]);
}

static void place(const struct linker *l, const struct digest *a, const struct digest *b,
                  bool parallel, struct comparison *c)
{
    static const char *const zone_text[ZONE_COUNT] = {"same /24 (IPv6: /64)",
                                                      "same /16 (IPv6: /48)", "same AS",
                                                      "same country", "another country"};
    enum zone zone = zone_of(a, b);
    double own = compare_own(l, a, b);
    struct frequency f = {.u = 1, .shown = 0, .total = 0};
    struct frequency inner = {.u = 0};

    switch (zone) {
    case ZONE_NET24:
        f = background_frequency(&l->background, VALUE_NET24, 0, digest_net24(b->src), own,
                                 l->now_us);
        break;
    case ZONE_NET16:
        f = background_frequency(&l->background, VALUE_NET16, 0, digest_net16(b->src), own,
                                 l->now_us);
        break;
    case ZONE_AS:
        f = background_frequency(&l->background, VALUE_AS, b->tool_key, b->asn, own, l->now_us);
        break;
    case ZONE_COUNTRY:
        f = background_frequency(&l->background, VALUE_COUNTRY, b->tool_key,
                                 country_value(b->country), own, l->now_us);
        inner =
            background_frequency(&l->background, VALUE_AS, b->tool_key, a->asn, own, l->now_us);
        if (a->asn != 0)
            f.u = fmax(f.u - inner.u, f.u * 0.1);
        break;
    case ZONE_ANYWHERE:
    case ZONE_COUNT:
        break;
    }
    compare_line(c, "network", log2(zone_share(l, zone, parallel) / f.u),
                 "%s; %.0f of %.0f sources are there, partners %.0f %%", zone_text[zone],
                 f.shown, f.total, 100 * zone_share(l, zone, parallel));
}

static double density(double t_h, double share, double mean_h)
{
    return share * exp(-t_h / mean_h) / mean_h;
}

enum delay delay_of(int64_t gap_us)
{
    if (gap_us < 2 * HOUR_US)
        return DELAY_HOURS;
    return gap_us < DAY_US ? DELAY_DAY : DELAY_DAYS;
}

/* Of hand-overs after t hours: an hour, half a day or three days on average. How many are of
 * which kind is refit as hops are confirmed; most of each kind fall into one class of delay. */
static double hop_density(const struct linker *l, double t_h)
{
    static const double start[DELAY_COUNT] = {.5, .4, .1}, mean_h[DELAY_COUNT] = {1, 12, 72};
    double confirmed = 0, sum = 0;

    for (unsigned i = 0; i < DELAY_COUNT; i++)
        confirmed += l->pairs.delays[i];
    for (unsigned i = 0; i < DELAY_COUNT; i++)
        sum += density(t_h, (40 * start[i] + l->pairs.delays[i]) / (40 + confirmed), mean_h[i]);
    return sum;
}

static void span_text(double hours, char text[24])
{
    if (hours < 2)
        (void)snprintf(text, 24, "%.0f min", hours * 60);
    else if (hours < 48)
        (void)snprintf(text, 24, "%.1f h", hours);
    else
        (void)snprintf(text, 24, "%.1f days", hours / 24);
}

void compare_place(const struct linker *l, const struct digest *a, const struct digest *b,
                   enum compare_as as, int64_t gap_us, struct comparison *c)
{
    double t_h = fabs((double)gap_us) / 3600e6;
    double arrivals = background_arrivals(&l->background, VALUE_NEWCOMER, l->now_us);
    char span[24] = "";

    if (c->text)
        span_text(t_h, span);
    if (as == COMPARE_PARALLEL) {
        double h = density(t_h, .4, 1.0 / 30) + density(t_h, .3, 3) + density(t_h, .3, 120);

        place(l, a, b, true, c);
        compare_line(c, "start", log2(h / arrivals), "began %s apart; %.3g sources begin an h",
                     span, arrivals);
        return;
    }

    double h = hop_density(l, t_h);

    if (gap_us < 0)
        h /= 2;
    /* how often a known source comes back of itself */
    double sources = l->counts.episodes < 1 ? 1 : (double)l->counts.episodes;
    double returns =
        fmax(background_arrivals(&l->background, VALUE_RETURN, l->now_us) / sources,
             1.0 / RETURN_MAX_H);

    if (as == COMPARE_HOP) {
        place(l, a, b, false, c);
        compare_line(c, "delay", log2(h / arrivals),
                     "began %s %s the stop; %.3g sources begin an hour", span,
                     gap_us < 0 ? "before" : "after", arrivals);
        return;
    }
    compare_line(c, "delay", log2(h / returns),
                 "a former address, back %s %s the stop; each returns %.2g times a day", span,
                 gap_us < 0 ? "before" : "after", returns * 24);
}
