/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of STIX 2.1 that decisions become: for the bundle, and for a TAXII server.
 *
 *   identity        who publishes
 *   indicator       one per address or prefix, valid while the decision is
 *   ipv4-addr, ...  the observable, with its AS
 *   observed-data   what was seen of it
 *   intrusion-set   an actor
 *   attack-pattern  T1595, active scanning
 *   relationship    indicator based-on observed-data, indicates actor and pattern
 *
 * Identifiers follow from what they name, so that publishing again is an update. */
#ifndef NJ_FEED_STIX_H
#define NJ_FEED_STIX_H

#include <jansson.h>

#include "feed/feed.h"

/** All objects of a list, each once. *ret is an array, taken. @return 0; -1 NJ_NOMEM */
int stix_objects(const struct feed_list *list, const struct feed_about *about, json_t **ret,
                 struct nj_err *err);

#endif
