/* SPDX-License-Identifier: Apache-2.0 */
/* Place in the kill chain and ATT&CK technique: beside the risk, not inside it. Pure. */
#ifndef NJ_SCORE_STAGE_H
#define NJ_SCORE_STAGE_H

#include "score/facts.h"

/** The furthest stage of which there are facts. T1046 (service discovery) is for sources
 * inside: with a private address (RFC 1918, 4193, 6598, link-local). */
enum kill_stage stage_of(struct addr src, const struct notes *notes);

/** The facts that led there. */
void stage_text(enum kill_stage stage, const struct notes *notes, const struct nj_intern *names,
                size_t size, char *ret_text);

#endif
