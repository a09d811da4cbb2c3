/* SPDX-License-Identifier: Apache-2.0 */
/* From the facts of a source to the contributions of the groups, and to what the lines of its
 * receipt rest on. Pure but for the caller's port_risk. Called by table.c. */
#ifndef NJ_SCORE_FACTS_H
#define NJ_SCORE_FACTS_H

#include "model/decay.h"
#include "score/score_table.h"

#define NOTE_PORTS FACT_PORTS

struct note_port {
    uint16_t port;
    uint8_t proto;
    uint32_t sessions;
    float risk;
};

/* What is kept of the facts: the counts that the sentences name. Plain numbers, all zero: a
 * source without facts. */
struct notes {
    int64_t first_us, last_us;
    uint64_t sessions, packets, targets;
    uint64_t exploits, logins, scans; /* sessions of these classes */
    double coverage;                  /* share of IPv4 at least probed */
    double pps;                       /* of all IPv4 or, if `local`, here; at least */
    double novelty_p;
    float exploit_strength, tool_strength, tool_bits;
    uint32_t rule, tool, stack, tool_packets;
    uint32_t ports_seen, risky_ports;
    struct note_port ports[NOTE_PORTS]; /* the worst, by risk times evidence */
    uint32_t port_count;
    struct note_port first_port, novelty_port;
    uint8_t days, sensors;
    bool declared, slow, disguised, whole_session;
    bool local; /* pps is of the sensors: it seeks single hosts */
};

/** How bad what a rule stands for is, by words in its name: "download" 1.0; "probe",
 * "greeting", "generic" 0.3; else a known exploit's shape 0.9 (docs/RISK.md). */
double exploit_strength(const char *rule);

/** How bad a tool is, by name; 0 for "" and "unknown". */
double tool_strength(const char *tool);

/* What the options say of a port is asked once: TCP, then UDP. */
#define PORT_RISKS (2u * 65536)

/** Nothing is known yet. @return NULL when out of memory */
double *port_risks_new(void);

/** Take new facts into the notes and the groups. Of two sets of facts the one with more
 * sessions stays in the notes; groups take the stronger. RISK_EVASION gets what the facts alone
 * say. */
void facts_observe(const struct source_facts *facts, const struct score_options *options,
                   double *port_risks, struct notes *notes, struct decayed groups[RISK_GROUPS]);

/** What the notes have behind a group. Evasion: the facts' part. Its names are the options'. */
void facts_of(enum risk_group group, const struct notes *notes,
              const struct score_options *options, struct risk_fact *ret);

#endif
