/* SPDX-License-Identifier: Apache-2.0 */
/* The table of relations behind tool.c, and what of a packet must be remembered for them. */
#ifndef NJ_FINGERPRINT_TOOL_RULE_H
#define NJ_FINGERPRINT_TOOL_RULE_H

#include "fingerprint/tool.h"

/* Bits of evidence.known. */
enum {
    KNOWN_LAST = 1,
    KNOWN_KEY = 2,
    KNOWN_NMAP = 4,
    KNOWN_START = 8,
    KNOWN_IRREGULAR = 16, /* the last SYN was no operating system's */
    KNOWN_TWO_PHASE = 32, /* told: fingerprint.c */
    KNOWN_DECOY = 64,     /* told: fingerprint.c */
    KNOWN_DATAGRAM = 128, /* the last packet was one; last_key is of it */
};

/* SYNs by their options; TCP with other flags that may be a scanner's own: an ACK, FIN, NULL or
 * Xmas scan of nmap's or hping3's, a SYN+ACK of ZMap's; datagrams: UDP and ICMP requests. */
enum { KIND_NONE, KIND_MSS, KIND_FULL, KIND_FLAGS, KIND_UDP, KIND_ICMP };

/* A packet as the rules see it. */
struct tool_probe {
    const struct packet *packet;
    uint64_t layout;
    unsigned kind; /* 1 << kind is the LAYOUTS_ bit it is of */
    bool by_id;    /* only rules by_id may judge it */
    bool v4;
    uint32_t dst; /* v4 only */
    uint32_t target;
    uint32_t seq; /* or what stands for it where there is none */
};

/** @return false if no rule can say anything about such a packet */
bool tool_probe_read(const struct packet *packet, uint64_t layout,
                     struct tool_probe *ret_probe);

/* One row of the table: one relation. A packet counts for the first rule it meets. */
struct tool_rule {
    const char *name;     /* unique; states are stored with it */
    const char *relation; /* in words */
    enum tool tool;
    unsigned layouts;    /* LAYOUTS_...: option layouts the rule is about */
    bool by_id;          /* needs no TCP fields: judges datagrams and log rows too */
    float bits;          /* per packet that meets it */
    float bits_once;     /* for the first one: what the layout alone says */
    uint32_t hits_least; /* no label with fewer hits, 0: no matter */
    float share_least;   /* of the sender's datagrams; with fewer the rule says nothing */
    bool each;           /* every SYN of the tool meets it (or an earlier rule of the tool) */
    bool (*test)(const struct evidence *evidence, const struct tool_probe *probe);
};

enum {
    LAYOUTS_NONE = 1,  /* no options */
    LAYOUTS_MSS = 2,   /* MSS alone */
    LAYOUTS_FULL = 4,  /* anything else */
    LAYOUTS_FLAGS = 8, /* whatever their options: no SYN alone, but KIND_FLAGS */
    LAYOUTS_UDP = 16,
    LAYOUTS_ICMP = 32,
};

extern const struct tool_rule tool_rules[];
extern const size_t tool_rule_count; /* at most TOOL_RULES_MAX */

/** Keep of a judged packet what rules compare the next ones with. */
void tool_rule_remember(struct evidence *evidence, const struct tool_probe *probe);

/** The packet has other flags than SYN alone and may be a scanner's all the
 * same: KIND_FLAGS. */
bool tool_rule_flags(const struct packet *packet);

/** The number that nmap makes of its phase and try: the acknowledged one where it sets ACK,
 * since that comes back, else the sequence number. */
uint32_t tool_rule_nmap_number(const struct packet *packet);

/** The SYN is one of an operating system's own. */
bool tool_rule_ordinary(const struct tool_probe *probe);

/** The instance key of a packet that met a rule of this tool (tool.h), after it was remembered;
 * 0 if the tool has none. */
uint64_t tool_rule_instance(const struct evidence *evidence, const struct tool_probe *probe,
                            enum tool tool);

/** The judged packet before went to the same place with the same sequence number. */
static inline bool tool_rule_repeat(const struct evidence *evidence,
                                    const struct tool_probe *probe)
{
    return (evidence->known & KNOWN_LAST) != 0 && evidence->last_seq == probe->seq &&
           evidence->last_target == probe->target;
}

#endif
