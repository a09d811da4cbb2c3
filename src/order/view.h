/* SPDX-License-Identifier: Apache-2.0 */
/* Which targets of a sample a walk is looked for in, and with what numbers of their ports.
 *
 * A scan of one port walks the addresses. One of several ports walks pairs of address and port
 * (since 4.0), with the port's place among those that the user named in the lowest bits. Which
 * place that is, is known of ports that were all seen, in ascending order; else it is guessed.
 * A telescope that sees 40 targets of 16 ports misses one of them, usually. Pure. */
#ifndef NJ_ORDER_VIEW_H
#define NJ_ORDER_VIEW_H

#include "order/numbering.h"
#include "order/sample.h"
#include "order/walk.h"

struct view {
    unsigned count; /* targets */
    unsigned ports; /* of the whole sample; of a guess: of its targets */
    unsigned port_bits;
    unsigned member[WALK_POINTS_MAX];  /* targets of the sample, in order of coming */
    uint32_t residue[WALK_POINTS_MAX]; /* the port's number */
};

/** The targets of the commonest port, and how many ports there are. */
void view_one_port(const struct target_sample *sample, struct view *ret);

/** How many bits hold as many numbers. */
unsigned view_port_bits(unsigned ports);

#define VIEW_PORTS_MAX 16u /* of pairs; more of them are guessed only */

/** Whether a view of one port is of a sample with pairs to look at. */
bool view_has_pairs(const struct view *one);

/** All targets, if few ports come in ascending order, and all were seen.
 * @return whether there are enough */
bool view_pairs(const struct target_sample *sample, const struct view *one, struct view *ret);

/** How many guesses there are of the ports that were not seen: 0 to VIEW_GUESSES_MAX. */
#define VIEW_GUESSES_MAX 164u
unsigned view_guesses(const struct target_sample *sample);

/** The i-th: a third of the ports, between which none is missing (of more than 16 ports: or
 * one), so and so many in front of them; or all of them as numbers of a range.
 * @return whether it has enough targets */
bool view_guess(const struct target_sample *sample, unsigned i, struct view *ret);

/** Leave the targets of one /16, that of the most: behind a list that nobody knows they are
 * numbered without a gap, other than those of several. */
void view_narrow(const struct target_sample *sample, struct view *view);

struct numbering_piece view_piece(const struct target_sample *sample, const struct view *view);

#endif
