/* SPDX-License-Identifier: Apache-2.0 */
/* Why a packet is here: ordered rules over the packet alone, first hit wins. Called by
 * pipeline/ for each packet; a packet that belongs to a known session takes the session's class
 * afterwards (visit/session.h). */
#ifndef NJ_CLASSIFY_CLASSIFY_H
#define NJ_CLASSIFY_CLASSIFY_H

#include "base/intern.h"
#include "model/packet.h"

struct classifier;
struct payload_rules;

/**
 * @param names     borrowed; gets the names of the rules
 * @param payloads  borrowed; what payloads want (payload_rules.h), NULL: nobody looks
 * @return NULL when out of memory
 */
struct classifier *classifier_new(struct nj_intern *names,
                                  const struct payload_rules *payloads);
void classifier_free(struct classifier *classifier);

/** Set packet->class and packet->rule, of a packet whose `app` and `request` are set. Pure.
 * Cost: tens of ns; with payload about a nanosecond or two more per byte. */
void classify(const struct classifier *classifier, struct packet *packet);

#endif
