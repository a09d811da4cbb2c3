/* SPDX-License-Identifier: Apache-2.0 */
/* Was the source address real? docs/RISK.md, "The grade". Pure; called by table.c.
 *
 * Anybody can send packets in another's name, and does so to get a victim listed. So the facts
 * are read as a forger would wish them read least:
 *
 * - Two-way proof is a session that could not have happened without our answer arriving at the
 *   address. A TCP session that we answered and that went on; a login attempt over TCP of a
 * source known from logs without packet fields alone (a honeypot's), which took a handshake. An
 * exploit pattern in a captured packet is none: payload can be sent blind. Nor is anything over
 * UDP or ICMP.
 * - Counts of the source don't say which session was answered, and a victim may be a wanted
 *   client of ours as well. So sessions of other classes and protocols are taken off first:
 *   what remains answered must have been hostile TCP. */
#ifndef NJ_SCORE_GRADE_H
#define NJ_SCORE_GRADE_H

#include "base/intern.h"
#include "model/risk.h"
#include "model/source.h"

/* What of the facts the grade needs. */
struct grade_facts {
    uint64_t sessions, packets;
    uint64_t two_way; /* hostile TCP sessions that our side answered and that went on */
    uint64_t logins;  /* login attempts over TCP, if all that is known is from logs */
    uint64_t fields;  /* sessions that told TTL and stack */
    uint64_t repeats;
    uint32_t stacks, hours;
    uint8_t ttl_min, ttl_max;
    bool one_tool; /* a tool that sends with one TTL has built its packets */
};

void grade_read(const struct source_facts *facts, const struct nj_intern *names,
                struct grade_facts *ret);

/** @param crowd  how many sources of the same shape began in the same minute; 0: no flood */
void grade_of(const struct grade_facts *facts, uint32_t crowd, struct grade_fact *ret);

#endif
