/* SPDX-License-Identifier: Apache-2.0 */
/* When what came to a sensor may stand for the whole of IPv4: where the sender may be one that
 * goes over all addresses. Who seeks single hosts, such as a guesser of passwords, tells
 * nothing of the addresses around them, however often he comes. docs/RISK.md. */
#ifndef NJ_MODEL_SWEEP_H
#define NJ_MODEL_SWEEP_H

#include <stdbool.h>

#define SWEEP_COVERAGE_TARGETS 5 /* fewer distinct targets say nothing of a coverage */
#define SWEEP_RATE_TARGETS 10    /* nor of a rate: hits on one address are not independent */
/* nobody chose so many; a lower bound says no more from here */
#define SWEEP_MANY_TARGETS 256

/**
 * Whether a rate may be extrapolated: many targets, and each address and port no more often
 * than once an hour, or twice, since targets are counted too low. (A sweep at a million packets
 * a second takes 72 minutes for 2^32 addresses.)
 *
 * @param targets  distinct addresses, a lower bound
 * @param ports    distinct ports
 * @param hours    distinct hours with a session
 */
static inline bool is_sweep(double sessions, double targets, double ports, double hours)
{
    return targets >= SWEEP_RATE_TARGETS &&
           (targets >= SWEEP_MANY_TARGETS || sessions <= 2 * targets * ports * hours);
}

#endif
