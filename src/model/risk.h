/* SPDX-License-Identifier: Apache-2.0 */
/* Risk 0-100 with a receipt, and the anti-framing grade (scoring-and-trends.md 1-4, system.md
 * 1). Made by score/. Microseconds since 1970 UTC. */
#ifndef NJ_MODEL_RISK_H
#define NJ_MODEL_RISK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/addr.h"

/* Factor groups in the order of the table in scoring-and-trends.md 2. The order is stored:
 * append only. */
enum risk_group {
    RISK_EXPLOIT,
    RISK_INTENT,
    RISK_TARGETS,
    RISK_PORTS,
    RISK_INTENSITY,
    RISK_PERSISTENCE,
    RISK_EVASION,
    RISK_TOOL,
    RISK_NOVELTY,
    RISK_SENSORS,
    RISK_GROUPS,
};

#define RISK_CAP_LINE RISK_GROUPS /* a receipt line that is a cap: points below zero */

enum risk_level { RISK_LOW, RISK_ELEVATED, RISK_HIGH, RISK_EXTREME, RISK_LEVELS };

extern const char *const risk_group_names[RISK_GROUPS]; /* "exploit", "intent", ... */
extern const char *const risk_level_names[RISK_LEVELS]; /* "LOW", "ELEVATED", ... */

struct receipt_line {
    enum risk_group group; /* or RISK_CAP_LINE */
    double points;         /* of the score; the lines sum exactly to it */
    char text[168];        /* the counted fact behind it, one line */
};

struct receipt {
    uint32_t version; /* of the formula */
    double score;     /* 0 to 100, two decimals */
    double uncapped;  /* what it would be without the cap; equal to score if none applies */
    enum risk_level level; /* after hysteresis: may be one above the score's own band */
    int64_t at_us;
    uint32_t line_count;
    struct receipt_line lines[RISK_GROUPS + 1]; /* most points first; a cap is a line */
};

/* What an analyst decided instead. The computed figures stay beside it. */
struct risk_override {
    bool set;
    bool has_score; /* else only the level is set */
    double score;   /* 0 to 100 */
    enum risk_level level;
    int64_t at_us;
    char author[48];
    char reason[128];
};

enum grade { GRADE_A, GRADE_B, GRADE_C, GRADE_D };

struct grade_reason {
    enum grade grade;
    char text[168];
};

#endif
