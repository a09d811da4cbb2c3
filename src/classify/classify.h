/* SPDX-License-Identifier: Apache-2.0 */
/* Why a packet is here: ordered rules over the packet alone, first hit wins (fingerprints.md
 * 7). Called by pipeline/ for each packet; a packet that belongs to a known session takes the
 * session's class afterwards (visit/session.h). */
#ifndef NJ_CLASSIFY_CLASSIFY_H
#define NJ_CLASSIFY_CLASSIFY_H

#include "base/intern.h"
#include "model/packet.h"

struct classifier;

/** @param names  borrowed; gets the names of the rules. @return NULL when out of memory */
struct classifier *classifier_new(struct nj_intern *names);
void classifier_free(struct classifier *classifier);

/** Set packet->class and packet->rule. Pure but for the table of names. Cost: tens of ns. */
void classify(const struct classifier *classifier, struct packet *packet);

#endif
