/* SPDX-License-Identifier: Apache-2.0 */
#include "model/formula.h"

#include <math.h>

const double risk_weights[RISK_GROUPS] = {
    [RISK_EXPLOIT] = 0.85, [RISK_INTENT] = 0.50,    [RISK_TARGETS] = 0.10,
    [RISK_PORTS] = 0.15,   [RISK_INTENSITY] = 0.08, [RISK_PERSISTENCE] = 0.45,
    [RISK_EVASION] = 0.60, [RISK_TOOL] = 0.30,      [RISK_NOVELTY] = 0.25,
    [RISK_SENSORS] = 0.10,
};

/* An exploit attempt that lifts the cap of declared scanners: at least guessing at logins, and
 * not yet decayed to nothing. */
#define ACTIVE_STRENGTH RISK_LOGIN
#define ACTIVE_CONTRIBUTION 0.1
#define STRONG_CONTRIBUTION 0.3 /* of two groups for EXTREME (docs/RISK.md, "The score") */

static double clip(double x)
{
    return x > 0 ? fmin(x, 1) : 0; /* not a number is 0 */
}

double risk_level_floor(enum risk_level level)
{
    static const double floors[RISK_LEVELS] = {
        [RISK_ELEVATED] = 40, [RISK_HIGH] = 70, [RISK_EXTREME] = 89};

    return floors[level];
}

enum risk_level risk_level_of(double score)
{
    enum risk_level level = RISK_EXTREME;

    while (level > RISK_LOW && score < risk_level_floor(level))
        level--;
    return level;
}

double risk_exploit(double class_strength, uint64_t sessions)
{
    return clip(class_strength) * (1 - exp2(-(double)sessions));
}

double risk_targets(double coverage)
{
    return clip(log10(1 + 1e4 * clip(coverage)) / 4);
}

double risk_ports(uint64_t ports)
{
    return clip(log2(1 + (double)ports) / 10);
}

double risk_intensity(double packets_per_second)
{
    return packets_per_second > 0 ? clip(log10(1 + packets_per_second) / 5) : 0;
}

double risk_persistence(unsigned active_days)
{
    return 1 - exp(-(double)active_days / 7);
}

double risk_novelty(double p)
{
    if (!(p < 1))
        return 0;
    return p > 0 ? clip(-log10(p) / 6) : 1;
}

double risk_port_evidence(uint64_t sessions)
{
    return 1 - exp2(-(double)sessions / 10);
}

double risk_intent(const double *risks, size_t count)
{
    double max = 0, others = 1;
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        if (clip(risks[i]) > max) {
            max = clip(risks[i]);
            at = i;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (i != at)
            others *= 1 - 0.1 * clip(risks[i]);
    }
    return max + (1 - max) * (1 - others);
}

static bool may_be_extreme(const double contributions[RISK_GROUPS],
                           const struct risk_limits *limits)
{
    unsigned strong = 0;

    for (unsigned k = 0; k < RISK_GROUPS; k++)
        strong += contributions[k] >= STRONG_CONTRIBUTION;
    /* strengths are kept as floats, and 0.9 is not one */
    return strong >= 2 || ((float)limits->exploit_strength >= (float)RISK_KNOWN_EXPLOIT &&
                           limits->exploit_sessions >= 2);
}

enum risk_cap risk_score(const double contributions[RISK_GROUPS],
                         const struct risk_limits *limits, int *ret_uncapped, int *ret_score)
{
    static const int caps[] = {
        [RISK_CAP_NONE] = 10000,
        [RISK_CAP_DECLARED] = (int)(RISK_DECLARED_CAP * 100),
        [RISK_CAP_COLD] = (int)(RISK_COLD_CAP * 100),
        [RISK_CAP_SINGLE] = 8899, /* just below EXTREME */
    };
    bool exploits = limits->exploit_strength >= ACTIVE_STRENGTH &&
                    contributions[RISK_EXPLOIT] >= ACTIVE_CONTRIBUTION;
    enum risk_cap cap = RISK_CAP_NONE;
    double rest = 1;

    for (unsigned k = 0; k < RISK_GROUPS; k++)
        rest *= 1 - contributions[k];
    *ret_uncapped = (int)lround(10000 * (1 - rest));
    if (limits->cold)
        cap = RISK_CAP_COLD;
    else if (limits->declared && !exploits)
        cap = RISK_CAP_DECLARED;
    else if (!may_be_extreme(contributions, limits))
        cap = RISK_CAP_SINGLE;
    *ret_score = *ret_uncapped;
    if (*ret_uncapped <= caps[cap])
        return RISK_CAP_NONE;
    *ret_score = caps[cap];
    return cap;
}

const char *risk_cap_text(enum risk_cap cap)
{
    static const char *const texts[] = {
        [RISK_CAP_NONE] = "",
        [RISK_CAP_DECLARED] = "at most 39: a declared scanner, and no exploit attempt",
        [RISK_CAP_COLD] = "at most 30: fewer than 5 packets",
        [RISK_CAP_SINGLE] =
            "at most 88.99: EXTREME takes two groups of 0.3, or a known exploit twice",
    };

    return texts[cap];
}

void risk_points(const double contributions[RISK_GROUPS], int uncapped,
                 int ret_points[RISK_GROUPS])
{
    double sum = 0, remainders[RISK_GROUPS];
    int left = uncapped;

    for (unsigned k = 0; k < RISK_GROUPS; k++)
        sum += log1p(-contributions[k]);
    for (unsigned k = 0; k < RISK_GROUPS; k++) {
        double share = sum < 0 ? uncapped * (log1p(-contributions[k]) / sum) : 0;

        ret_points[k] = (int)floor(share);
        remainders[k] = share - ret_points[k];
        left -= ret_points[k];
    }
    for (; left > 0; left--) {
        unsigned best = 0;

        for (unsigned k = 1; k < RISK_GROUPS; k++) {
            if (remainders[k] > remainders[best])
                best = k;
        }
        ret_points[best]++;
        remainders[best] -= 1;
    }
}
