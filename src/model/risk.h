/* SPDX-License-Identifier: Apache-2.0 */
/* Risk 0-100 with a receipt, and the anti-framing grade (docs/RISK.md). Made by score/.
 * Microseconds since 1970 UTC. */
#ifndef NJ_MODEL_RISK_H
#define NJ_MODEL_RISK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/addr.h"

/* Factor groups in the order of the table in docs/RISK.md. The order is stored: append
 * only. */
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

struct fact_port {
    uint16_t port;
    uint8_t proto, tenths; /* risk of the port, 0 to 10 */
    uint32_t sessions;
};

#define FACT_PORTS 3

enum fact_hop { FACT_NO_HOP, FACT_HOP, FACT_SECOND_HOP, FACT_RETURN, FACT_SPLIT };

/* The counted fact behind a line of a receipt: the numbers of its sentence (model/fact.h).
 * Names are borrowed; NULL: none. */
struct risk_fact {
    enum risk_group group;
    struct addr from;   /* inherited from this source; addr_is_none: its own */
    double probability; /* with which it is inherited */
    union {
        struct {
            uint64_t exploits, logins; /* sessions */
            const char *rule;
        } exploit;
        struct {
            struct fact_port ports[FACT_PORTS]; /* the worst */
            uint32_t count, all;                /* of `ports`; of the ports with a risk */
        } intent;
        struct {
            uint64_t count;
            double coverage; /* share of IPv4 */
            bool unwatched;  /* how many addresses are watched isn't known */
        } targets;
        struct {
            uint32_t count;
        } ports;
        struct {
            double pps;            /* over all of IPv4; at the sensors alone if: */
            bool unwatched, local; /* how many are watched isn't known; it seeks single hosts */
        } intensity;
        struct {
            uint32_t days;
        } persistence;
        struct {
            enum fact_hop hop;
            struct addr hop_from;
            struct addr like; /* one of a group with it; addr_is_none: no group */
            double hop_probability, like_probability;
            bool decoys, slow, disguised;
        } evasion;
        struct {
            const char *tool, *stack;
            uint32_t packets, bits;
        } tool;
        struct {
            double p;
            struct fact_port port;
        } novelty;
        struct {
            uint32_t seen, all;
        } sensors;
    };
};

struct receipt_line {
    enum risk_group group; /* or RISK_CAP_LINE */
    double points;         /* of the score; the lines sum exactly to it */
    struct risk_fact fact; /* not of a cap */
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

/* Why a grade. The order is stored: append only. */
enum grade_form {
    GRADED_ANSWERED, /* A: sessions went on after our answer */
    GRADED_LOGIN,    /* A: logins in logs */
    GRADED_CROWD,    /* D: one of a flood */
    GRADED_SCATTER,  /* D: TTLs scatter */
    GRADED_STEADY,   /* B */
    GRADED_LOGS,     /* C, from logs without packet fields */
    GRADED_UNPROVEN, /* C */
    GRADE_FORMS,
};

struct grade_fact {
    enum grade_form form;
    bool also;      /* answered: TTLs scatter as well; scatter: with one stack, else one tool */
    uint64_t count; /* sessions, logins or sources */
    uint32_t stacks, hours; /* of the last four forms but logs, as are TTLs */
    uint8_t ttl_min, ttl_max;
};

enum grade grade_of_form(enum grade_form form);

/* Place in the kill chain. The order is stored: append only. */
enum kill_stage {
    STAGE_NONE,
    STAGE_SCAN,
    STAGE_WEAKNESS, /* looks for one */
    STAGE_LOGIN,
    STAGE_EXPLOIT,
    STAGE_INSIDE, /* scans from a private address */
    STAGES,
};

extern const char *const stage_names[STAGES];      /* "reconnaissance", ...; "" for none */
extern const char *const stage_techniques[STAGES]; /* ATT&CK: "T1595.001", ...; "" for none */

#endif
