/* SPDX-License-Identifier: Apache-2.0 */
/* Where and when (docs/LINKING.md). Where: how likely the address is for a successor, against
 * how likely for any newcomer, from the newcomers of each zone. When: how dense hand-offs are
 * after this delay, against how often anybody begins. A usual class of scanner is no special
 * case: its members begin often and everywhere, so that place and time say little. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "link/compare.h"
#include "link/linker_state.h"

#define RETURN_MAX_H 720
#define AT_ONCE_H (1.0 / 30)    /* one plan is begun within two minutes, */
#define END_AT_ONCE_H (1.0 / 6) /* and ends within ten, */
#define END_MOST 5.0            /* unless all who do the same need as long */
#define TOGETHER_US (2 * HOUR_US)
#define REFIT 40.0 /* hops that the start values are worth */

/* Shares of successors by zone, from docs/LINKING.md; refit as hops are confirmed. */
static double zone_share(const struct linker *l, bool rare, enum zone zone, bool parallel)
{
    static const double start[ZONE_COUNT] = {.25, .15, .20, .15, .25};
    double confirmed = 0;

    if (parallel)
        return start[zone];
    for (unsigned i = 0; i < ZONE_COUNT; i++)
        confirmed += l->pairs.zones[rare][i];
    return (REFIT * start[zone] + l->pairs.zones[rare][zone]) / (REFIT + confirmed);
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
    c->there = f.u;
    compare_line(c, "network", log2(zone_share(l, a->rare, zone, parallel) / f.u),
                 "%s; %.0f of %.0f sources are there, partners %.0f %%", zone_text[zone],
                 f.shown, f.total, 100 * zone_share(l, a->rare, zone, parallel));
}

static double density(double t_h, double share, double mean_h)
{
    return share * exp(-t_h / mean_h) / mean_h;
}

unsigned delay_of(int64_t gap_us)
{
    double minutes = fabs((double)gap_us) / (double)MINUTE_US;
    int octave = minutes < 1 ? 0 : ilogb(minutes) + 1;

    return octave < DELAYS ? (unsigned)octave : DELAYS - 1;
}

/* Of hand-overs an hour, half a day or three days long on average (docs/LINKING.md). */
static double usual_density(double t_h)
{
    return density(t_h, .5, 1) + density(t_h, .4, 12) + density(t_h, .1, 72);
}

/* Of hand-overs after t hours. Nobody knows how long operators wait: to begin with, half of
 * them as docs/LINKING.md says, the other half as likely in each octave from a minute to two
 * weeks. That is refit as hops are confirmed, those of the octaves beside counting half. */
static double hop_density(const struct linker *l, bool rare, double t_h)
{
    unsigned octave = delay_of((int64_t)(t_h * (double)HOUR_US));
    const double *of = l->pairs.delays[rare];
    double confirmed = 0, met = of[octave] / 2;
    double over_h = octave == 0 ? 1.0 / 60 : t_h * M_LN2; /* which a share is spread over */

    for (unsigned i = 0; i < DELAYS; i++)
        confirmed += of[i];
    met += (octave > 0 ? of[octave - 1] : of[octave]) / 4;
    met += (octave + 1 < DELAYS ? of[octave + 1] : of[octave]) / 4;
    return (REFIT / 2 * (usual_density(t_h) + 1.0 / DELAYS / over_h) + met / over_h) /
           (REFIT + confirmed);
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

/* Who sends seldom is seen late, and for the last time early: by a gap on average. */
static double seen_late_h(const struct digest *a, const struct digest *b)
{
    double late_h = 0;

    late_h += a->sessions > 1 ? (double)(a->last_us - a->start_us) / (a->sessions - 1.0) : 0;
    late_h += b->sessions > 1 ? (double)(b->last_us - b->start_us) / (b->sessions - 1.0) : 0;
    return late_h / 2 / (double)HOUR_US;
}

/* The parts of one plan end together as often as not; those of others at any time, which for
 * one that goes on for so many hours is one of as many. It says nothing of those who did not
 * begin together: many keep to hours of the day. */
static void compare_ends(const struct digest *a, const struct digest *b, int64_t gap_us,
                         struct comparison *c)
{
    double apart_h = fabs((double)(a->last_us - b->last_us)) / (double)HOUR_US;
    double length_h = (double)(a->last_us - a->start_us) / (double)HOUR_US;
    double scale_h = END_AT_ONCE_H + seen_late_h(a, b);
    char span[24];

    if (a->ceased_us == 0 || b->ceased_us == 0 || length_h <= 2 * scale_h ||
        llabs(a->start_us - b->start_us) > TOGETHER_US || llabs(gap_us) > TOGETHER_US)
        return;
    span_text(apart_h, span);
    compare_line(
        c, "end",
        fmin(END_MOST, log2(.5 + .5 * length_h * exp(-apart_h / scale_h) / scale_h / 2)),
        "ended %s apart, after %.3g h", span, length_h);
}

void compare_place(const struct linker *l, const struct digest *a, const struct digest *b,
                   enum compare_as as, int64_t gap_us, struct comparison *c)
{
    double t_h = fabs((double)gap_us) / 3600e6;
    double arrivals = background_arrivals(&l->background, VALUE_NEWCOMER, l->now_us);
    char span[24] = "";

    if (c->lines != NULL)
        span_text(t_h, span);
    if (as == COMPARE_PARALLEL) {
        double h = density(t_h, .4, AT_ONCE_H + seen_late_h(a, b)) + density(t_h, .3, 3) +
                   density(t_h, .3, 120);

        place(l, a, b, true, c);
        compare_line(c, "start", log2(h / arrivals), "began %s apart; %.3g sources begin an h",
                     span, arrivals);
        compare_ends(a, b, gap_us, c);
        return;
    }

    double h = hop_density(l, a->rare, t_h);

    if (gap_us < 0)
        h /= 2;
    /* how often a known source comes back of itself */
    double sources = l->counts.episodes < 1 ? 1 : (double)l->counts.episodes;
    double returns =
        fmax(background_arrivals(&l->background, VALUE_RETURN, l->now_us) / sources,
             1.0 / RETURN_MAX_H);

    if (as == COMPARE_HOP) {
        c->after = h;
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
