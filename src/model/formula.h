/* SPDX-License-Identifier: Apache-2.0 */
/* The formula of the risk: strengths of groups to contributions,
 * contributions to a score and its parts. Pure: no state, no time. docs/RISK.md tells it to an
 * analyst. Called by decay.c and score/. */
#ifndef NJ_MODEL_FORMULA_H
#define NJ_MODEL_FORMULA_H

#include <stddef.h>

#include "model/risk.h"

/* Raised with each change of a weight, a strength or a cap, and of what counts as one; stored
 * with every receipt, which stays readable, and with the state, which is refused under another:
 * what follows from it would not be what a pass over all rows gives. The versions stand in
 * docs/RISK.md. */
#define RISK_VERSION 4u

#define RISK_DECLARED_CAP 39.0 /* declared scanners without an exploit attempt */
#define RISK_COLD_CAP 30.0     /* fewer than RISK_COLD_PACKETS packets */
#define RISK_COLD_PACKETS 5u

/* Strengths of RISK_EXPLOIT by what was sent; what is to be downloaded and run is 1. Chosen for
 * their order, not fitted (docs/RISK.md, "The score"). */
#define RISK_PROBE 0.3
#define RISK_LOGIN 0.6
#define RISK_KNOWN_EXPLOIT 0.9

extern const double risk_weights[RISK_GROUPS];

/** First score of a level: 0, 40, 70, 89. */
double risk_level_floor(enum risk_level level);
enum risk_level risk_level_of(double score);

/* Strengths, 0 to 1 each. None falls when a source sends more. */
double risk_exploit(double class_strength, uint64_t sessions); /* with its confidence */
double risk_targets(double coverage);
double risk_ports(uint64_t ports);
double risk_intensity(double packets_per_second);
double risk_persistence(unsigned active_days);
double risk_novelty(double p);
double risk_port_evidence(uint64_t sessions);

/** Target intent. @param risks  of each port, times its evidence; any order */
double risk_intent(const double *risks, size_t count);

/* What can hold a score down. */
struct risk_limits {
    bool declared;           /* of a published list */
    bool cold;               /* too few packets */
    double exploit_strength; /* of the class behind RISK_EXPLOIT: RISK_PROBE to 1 */
    uint64_t exploit_sessions;
};

enum risk_cap { RISK_CAP_NONE, RISK_CAP_DECLARED, RISK_CAP_COLD, RISK_CAP_SINGLE };

/** Score of contributions (weight * strength * confidence, below 1), in hundredths of a point,
 * before caps and after. @return which cap holds it down */
enum risk_cap risk_score(const double contributions[RISK_GROUPS],
                         const struct risk_limits *limits, int *ret_uncapped, int *ret_score);

/** What a cap says in a receipt. */
const char *risk_cap_text(enum risk_cap cap);

/** Points of each group in hundredths; they sum exactly to `uncapped`. What rounding leaves
 * goes to the largest remainders, and among equals to the first group. */
void risk_points(const double contributions[RISK_GROUPS], int uncapped,
                 int ret_points[RISK_GROUPS]);

#endif
