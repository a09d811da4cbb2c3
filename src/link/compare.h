/* SPDX-License-Identifier: Apache-2.0 */
/* Two episodes side by side: what agrees, what contradicts, and what each is worth in bits
 * (linking.md 2 and 3). The bits of all lines add up to `bits`. */
#ifndef NJ_LINK_COMPARE_H
#define NJ_LINK_COMPARE_H

#include "model/link.h"

struct digest;
struct linker;

enum compare_as {
    COMPARE_SETUP,    /* what they do, not when and from where */
    COMPARE_HOP,      /* a stopped, b is new */
    COMPARE_RETURN,   /* a stopped, b was a member of a's actor before */
    COMPARE_PARALLEL, /* at the same time */
};

struct comparison {
    bool text;         /* in: make the lines, and not only the bits */
    double bits;       /* all, after dependence and limits */
    double behaviour;  /* what they do, after dependence and limits */
    double plain;      /* the sum of the positive lines of tool, ports, shares, source ports */
    double strongest;  /* positive line of behaviour */
    double sum;        /* of behaviour, before dependence */
    double positive;   /* of that, what agrees */
    bool common;       /* tool, ports and source ports are all of a usual kind */
    uint64_t instance; /* one process's key in both; 0: none */
    unsigned count;
    struct evidence_line lines[LINK_EVIDENCE_MAX];
};

/** @param gap_us  from a's stop to b's start; COMPARE_PARALLEL: between their starts */
void compare_digests(const struct linker *l, const struct digest *a, const struct digest *b,
                     enum compare_as as, int64_t gap_us, struct comparison *ret);

/* For its own files. A line of behaviour joins the sum; others count in full. */
void compare_behaviour(struct comparison *c, const char *feature, double bits,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));
void compare_line(struct comparison *c, const char *feature, double bits, const char *format,
                  ...) __attribute__((format(printf, 4, 5)));

/** How many of those counted in the background show what this pair shows because they are the
 * pair or of its actor. */
double compare_own(const struct linker *l, const struct digest *a, const struct digest *b);

/** Networks that show the i-th process key of a without belonging to a or b, as far as is
 * known: neither of their actors, nor begun together with one of them, as the parts of one run
 * are. */
unsigned compare_strangers(const struct linker *l, const struct digest *a,
                           const struct digest *b, unsigned i);

/** Unrelated networks that show as much of a set-up as the pair shares, up to `enough`. */
unsigned compare_usual(const struct linker *l, const struct digest *a, const struct digest *b,
                       bool parallel, unsigned enough);

void compare_ports(const struct linker *l, const struct digest *a, const struct digest *b,
                   struct comparison *c);
void compare_place(const struct linker *l, const struct digest *a, const struct digest *b,
                   enum compare_as as, int64_t gap_us, struct comparison *c);

#endif
