/* SPDX-License-Identifier: Apache-2.0 */
/* Which program sent this? A table of relations that programs leave in their packets, and the
 * evidence of one sender against it. Pure: no allocation, no output. Called by fingerprint.c.
 *
 * A relation that pins b bits is met by chance with 2^-b. A sender whose n judged packets meet
 * it k times is labelled only if the chance of that among random packets,
 * C(n,k) 2^(-b k), is below TOOL_CHANCE: one packet with a 16-bit relation is no label. */
#ifndef NJ_FINGERPRINT_TOOL_H
#define NJ_FINGERPRINT_TOOL_H

#include <stddef.h>

#include "fingerprint/option.h"

#define TOOL_CHANCE_BITS                                                                       \
    29.897f /* log2 of 1e9: a label is wrong once in 1e9 random senders                        \
             */

/* The labels. The order is not stored: states name them by text. */
enum tool {
    TOOL_NONE,
    TOOL_MIRAI,
    TOOL_XMAP,
    TOOL_ZMAP,
    TOOL_MASSCAN,
    TOOL_UNICORNSCAN,
    TOOL_NMAP,
    TOOL_HPING3,
    TOOL_CONNECT, /* the operating system's own SYN */
    TOOL_MIXED,   /* two tools, both beyond doubt and both with over 2 % of the packets */
    TOOL_COUNT,
};

extern const char *const tool_names[TOOL_COUNT]; /* TOOL_NONE: "unknown" */

#define TOOL_RULES_MAX 12u

struct evidence;
struct tool_probe;

/* One row of the table: one relation. A packet counts for the first rule it meets. */
struct tool_rule {
    const char *name;     /* unique; states are stored with it */
    const char *relation; /* in words */
    enum tool tool;
    unsigned layouts;    /* LAYOUTS_...: option layouts the rule is about */
    bool by_id;          /* needs no TCP fields: judges UDP, ICMP and log rows too */
    float bits;          /* per packet that meets it */
    float bits_once;     /* for the first one: what the layout alone says */
    uint32_t hits_least; /* no label with fewer hits, 0: no matter */
    bool (*test)(const struct evidence *evidence, const struct tool_probe *probe);
};

enum {
    LAYOUTS_NONE = 1, /* no options */
    LAYOUTS_MSS = 2,  /* MSS alone */
    LAYOUTS_FULL = 4, /* anything else */
};

extern const struct tool_rule tool_rules[];
extern const size_t tool_rule_count; /* at most TOOL_RULES_MAX */

/* What is remembered of one sender's packets of this episode. All zero: nothing yet. */
struct evidence {
    uint32_t syns;        /* SYNs judged: repeats of the packet before are not */
    uint32_t others;      /* other packets judged, by their IP identification only */
    uint32_t last_seq;    /* of the last judged packet: sequence number, */
    uint32_t last_target; /* and a hash of where it went */
    uint32_t last_key;    /* unicornscan's K, if its packets had one */
    uint32_t nmap_seq;    /* first sequence number of the present nmap phase */
    uint32_t last_ts;     /* timestamp value */
    uint16_t last_sport;
    uint8_t known;   /* KNOWN_...: which of the above are set */
    uint8_t verdict; /* enum tool */
    uint32_t hits[TOOL_RULES_MAX];
};

struct tool_verdict {
    enum tool tool;
    float bits;       /* log2 of one over the chance; of the weaker one when mixed */
    uint32_t packets; /* that it rests on */
};

/**
 * Judge one packet: count it, and set evidence->verdict to what all of them say now.
 *
 * @param packet  direction in, with fields (not no_fields)
 * @return the packet's instance key, 0 if it has none:
 *   1 << 56 | source port << 16 | window             mirai
 *   2 << 56 | K                                      unicornscan
 *   3 << 56 | xor invariant << 16 | base source port nmap
 */
uint64_t tool_judge(struct evidence *evidence, const struct packet *packet);

/** The verdict with its strength. Costs more than reading evidence->verdict. */
struct tool_verdict tool_verdict(const struct evidence *evidence);

#endif
