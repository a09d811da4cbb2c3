/* SPDX-License-Identifier: Apache-2.0 */
/* The relations over GF(2) that the packets of one source obey without exception. Pure.
 *
 * Let V be the space of the differences between packets. What is orthogonal to V holds in every
 * packet. Of it three things say nothing about the program and are taken out: bits that never
 * vary; relations inside one field (a short range of source ports has many; port and
 * destination are one field here, since their relations tell what was scanned); and
 * relations between fields whose values the sender had drawn only a few times, as two programs
 * behind one address have. What is left binds several fields, which nothing but a program does.
 *
 * Bound: with D varying columns and n distinct packets, random packets leave any relation at
 * all with a chance of at most 2^-(n-D): V lacks a dimension only if all n-1 differences lie in
 * one of the 2^D - 1 planes through the origin, each with 2^-(n-1). Asked for are
 * n >= D + 20. */
#ifndef NJ_RELATION_FIND_H
#define NJ_RELATION_FIND_H

#include "relation/space.h"

#define FIND_SPARE 20u    /* n - D that is asked for */
#define FIND_BITS 8u      /* a smaller family is not told */
#define FIND_ROWS_MAX 96u /* of a family */
#define FIND_SIGHTS 256u  /* packets at most: D + 20, or half of that each for two programs */

/* A family: its relations without their constants, reduced by first columns. */
struct family_rows {
    unsigned count;
    struct columns row[FIND_ROWS_MAX];
};

struct finding {
    struct family_rows family;
    struct columns varying; /* columns that varied */
    struct space seen;      /* V, by last columns, reduced */
    struct space trivial;   /* relations inside fields, by first columns, reduced */
    struct sight first;     /* a packet: the constants are those of its columns */
    unsigned packets;       /* distinct ones */
    unsigned needed;        /* packets that a decision needs: D + 20 */
    float bits;             /* n - D: -log2 of the bound; negative: too few to judge */
};

/** @param sights  `count`, 1 to FIND_SIGHTS
 * @return whether a family of FIND_BITS relations or more is there. *ret is set in any case.
 * Cost: some 30 us for 100 packets. */
bool find_relations(const struct sight *sights, unsigned count, struct finding *ret);

/** Of what is orthogonal to ret->seen, keep what says something in ret->family, and in
 * ret->trivial what does not. Called by find_relations and find_changing. @return whether there
 * is a family */
bool find_judge(const struct sight *sights, unsigned count, struct finding *ret);

/**
 * What holds from each packet to the next but for a few steps, where the constants changed.
 *
 * @param ret  as find_relations of the same packets has left it, with enough of them; its seen,
 *             trivial, family and bits (less the choice of the steps) are made anew
 * @return whether there are such steps, and a family. Cost: some 100 us for 256 packets
 */
#define FIND_CHANGES_MAX 24u
bool find_changing(const struct sight *sights, unsigned count, struct finding *ret);

/** How many relations of a family say something about these packets, if all of them hold:
 * those that are neither trivial nor about bits that did not vary. 0 if one is violated. */
unsigned find_holds(const struct finding *finding, const struct family_rows *family);

/** Whether the family explains every relation that was found. */
bool find_explained(const struct finding *finding, const struct family_rows *family);

/** The constants of a family at a packet, first row first, as a hash; *ret_any: not all 0. */
uint64_t find_constants(const struct family_rows *family, const struct sight *sight,
                        bool *ret_any);

/** Which fields only count in these packets, for find_only_counts. Cost: some us. */
unsigned find_counting(const struct sight *sights, unsigned count);

/** Whether all that the sender has a say in for this family is among fields that only count:
 * then it holds as counters go on together, and nothing follows. */
bool find_only_counts(const struct family_rows *family, unsigned counting);

/** A name for the relations alone. */
uint64_t family_hash(const struct family_rows *family);

/** Bring rows into the reduced form. */
void family_reduce(struct family_rows *family);

/** The fields of a family that its sender chooses: not port and destination. */
struct columns family_sender_columns(const struct family_rows *family);

#endif
