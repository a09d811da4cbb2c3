/* SPDX-License-Identifier: Apache-2.0 */
/* Which program sent this? A table of relations that programs leave in their packets, and the
 * evidence of one sender against it. Pure: no allocation, no output. Called by fingerprint.c.
 *
 * A relation that pins b bits is met by chance with 2^-b. A sender whose n judged packets meet
 * it k times is labelled only if the chance of that among random packets,
 * C(n,k) 2^(-b k), is below 1e-9: one packet with a 16-bit relation is no label. Where the tool
 * is known to meet its relation with each packet, and so many do not that paths can't have
 * damaged them all, the sender is `mixed`: some other program, too. */
#ifndef NJ_FINGERPRINT_TOOL_H
#define NJ_FINGERPRINT_TOOL_H

#include <stddef.h>

#include "fingerprint/option.h"

/* log2 of 1e9: of a thousand million random senders one is labelled wrongly. */
#define TOOL_CHANCE_BITS 29.897f

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
    TOOL_NAABU,
    TOOL_FURIOUS, /* and the first naabu, which came from it */
    TOOL_SCAPY,
    TOOL_NPING,
    TOOL_CONNECT, /* the operating system's own SYN */
    TOOL_MIXED, /* a tool and another, or a tool and what it can't have sent: both beyond doubt
                 * and both with over 2 % of the packets */
    TOOL_COUNT,
};

extern const char *const tool_names[TOOL_COUNT]; /* TOOL_NONE: "unknown" */

#define TOOL_RULES_MAX 64u /* rows of tool_rule.h */

/* Relations that one sender's packets are counted for: the first so many that they meet. All
 * tools there are meet two; more is many programs behind one address, which is `mixed` long
 * before. It keeps a sender within two cache lines however many rules there are. */
#define TOOL_HITS_MAX 12u

/* What is remembered of one sender's packets of this episode. All zero: nothing yet. */
struct evidence {
    uint32_t syns;        /* SYNs judged: repeats of the packet before are not */
    uint32_t others;      /* other packets judged */
    uint32_t last_seq;    /* of the last judged packet: sequence number, */
    uint32_t last_target; /* and a hash of where it went */
    uint32_t last_key; /* `known` says which: unicornscan's K, if its packets had one; the scan
                        * start that ZMap's timestamps told; or of a datagram the step of its
                        * source port or its echo's number, TTL << 16, the last TTL that was
                        * another << 24 */
    uint32_t nmap_seq; /* first sequence number of the present nmap phase */
    uint16_t last_sport;
    uint8_t known;               /* KNOWN_...: which of the above are set */
    uint8_t verdict;             /* enum tool */
    uint8_t rule[TOOL_HITS_MAX]; /* whose hits: its number and one, 0: nobody's yet */
    uint32_t hits[TOOL_HITS_MAX];
};

struct tool_verdict {
    enum tool tool;
    float bits;       /* log2 of one over the chance; of the weaker one when mixed */
    uint32_t packets; /* that it rests on */
};

#define TOOL_KINDS 6u /* of packets, tool_rule.h */

/* Which rules a packet is asked about, by its kind: bit i is rule i. */
struct tool_choice {
    uint64_t by_id[TOOL_KINDS], all[TOOL_KINDS];
};

void tool_choice_init(struct tool_choice *choice);

/**
 * Judge one packet: count it, and set evidence->verdict to what all of them say now.
 *
 * @param packet  direction in, with fields (not no_fields)
 * @param layout  of its options (option_set_read), if it is a SYN without ACK; else any
 * @param ret_named  whether its TCP flags are others than SYN alone, and it met a relation of
 *                   the tool that its sender is now named after; if that is `mixed`, of one
 *                   that is beyond doubt
 * @return the packet's instance key, 0 if it has none:
 *   1 << 56 | source port << 16 | window             mirai
 *   2 << 56 | K                                      unicornscan
 *   3 << 56 | xor invariant << 16 | base source port nmap
 */
uint64_t tool_judge(const struct tool_choice *choice, struct evidence *evidence,
                    const struct packet *packet, uint64_t layout, bool *ret_named);

/** How many packets met a rule; set them, for loading: no matter if there is no room. */
uint32_t tool_hits(const struct evidence *evidence, size_t rule);
void tool_set_hits(struct evidence *evidence, size_t rule, uint32_t hits);

/** The verdict with its strength. Costs more than reading evidence->verdict. */
struct tool_verdict tool_verdict(const struct evidence *evidence);

#endif
