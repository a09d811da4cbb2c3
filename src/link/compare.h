/* SPDX-License-Identifier: Apache-2.0 */
/* Two episodes side by side: what agrees, what contradicts, and what each is worth in bits
 * (docs/LINKING.md). The bits of all lines add up to `bits`. */
#ifndef NJ_LINK_COMPARE_H
#define NJ_LINK_COMPARE_H

#include "link/background.h"
#include "link/copy.h"
#include "link/likeness.h"
#include "model/link.h"

struct linker;

enum compare_as {
    COMPARE_SETUP,    /* what they do, not when and from where */
    COMPARE_PLAN,     /* the same of two that may be parts of one plan */
    COMPARE_HOP,      /* a stopped, b is new */
    COMPARE_RETURN,   /* a stopped, b was a member of a's actor before */
    COMPARE_PARALLEL, /* at the same time */
};

struct comparison {
    /* in: where the lines go, LINK_EVIDENCE_MAX of them; NULL: only the bits are asked for */
    struct evidence_line *lines;
    double bits;      /* all, after dependence and limits */
    double behaviour; /* what they do, after dependence and limits */
    double plain;     /* the sum of the positive lines of tool, ports, shares, source ports */
    double sum;       /* of behaviour, before dependence */
    /* of that, what agrees, by the skill that it takes to copy it: the sum, and the strongest
     * line beside the tool's */
    double positive[COPY_SKILLS], strongest[COPY_SKILLS];
    bool other_tool;   /* tools are known and differ: so will much of what they write */
    double tool;       /* positive line of the tool */
    bool common;       /* tool, ports and source ports are all of a usual kind */
    uint64_t instance; /* one process's key in both; 0: none */
    double copied[COPY_SKILLS]; /* as pair.copied; NOT_COPIED: a copy can't be that */
    double after;   /* of a hop: how dense hand-overs are after its delay, per hour */
    double there;   /* of all sources stand in the zone of a in which b does */
    unsigned count; /* of lines */
};

/** @param gap_us  from a's stop to b's start; COMPARE_PARALLEL: as beginning_apart */
void compare_digests(const struct linker *l, const struct digest *a, const struct digest *b,
                     enum compare_as as, int64_t gap_us, struct comparison *ret);

/** Whether that may come to `least` bits; of COMPARE_SETUP: its behaviour may. Cheaper by far
 * than to compare, for the many that have a key in common and little else. Not for those at the
 * same time.
 * @return false: compare_digests would not */
bool compare_may_reach(const struct linker *l, const struct digest *a, const struct digest *b,
                       enum compare_as as, int64_t gap_us, double least);

#define FEATURE_CAP 20.0   /* bits of a line of behaviour, */
#define BEHAVIOUR_CAP 40.0 /* and of all */
#define DEPENDENCE 0.7     /* on all of behaviour but its strongest line */
#define USUAL 0.01         /* share of sources from which a value is usual */
#define NOT_COPIED -1e6    /* log2 odds that a copy shows that: none */

/* For its own files. A line of behaviour joins the sum; others count in full.
 * @param skill  what has to be copied for the line to agree */
void compare_behaviour(struct comparison *c, enum copy_skill skill, const char *feature,
                       double bits, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
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

/** Others with the tool and ports of a, and its source ports if that is asked for, that began
 * with the pair and are counted: if it is of one plan, so are they. */
double compare_mates(const struct linker *l, const struct digest *a, const struct digest *b,
                     bool source_ports);

/** Unrelated networks that show as much of a set-up as the pair shares, up to `enough`. */
unsigned compare_usual(const struct linker *l, const struct digest *a, const struct digest *b,
                       bool parallel, unsigned enough);

/** Bits of a value that agrees, and of one that differs, whose share among all is u. */
double compare_agree(const struct linker *l, enum value_kind kind, double u);
double compare_differ(const struct linker *l, const struct comparison *c, enum value_kind kind,
                      double u);

/* What they share of process keys, of one tool's fields, and of one shape. */
void compare_instances(const struct linker *l, const struct digest *a, const struct digest *b,
                       double own, struct comparison *c);
void compare_fields(const struct linker *l, const struct digest *a, const struct digest *b,
                    double own, struct comparison *c);
/** @return bits that count against it */
double compare_shape(const struct linker *l, const struct digest *a, const struct digest *b,
                     enum similarity kind, double pace, struct comparison *c);

/** @param own  of those counted are the pair's own.
 * @return whether that is usual, or unknown */
bool compare_tool(const struct linker *l, const struct digest *a, const struct digest *b,
                  double own, struct comparison *c);
bool compare_sport(const struct linker *l, const struct digest *a, const struct digest *b,
                   bool parallel, double own, struct comparison *c);
void compare_ports(const struct linker *l, const struct digest *a, const struct digest *b,
                   struct comparison *c);
void compare_place(const struct linker *l, const struct digest *a, const struct digest *b,
                   enum compare_as as, int64_t gap_us, struct comparison *c);

#endif
