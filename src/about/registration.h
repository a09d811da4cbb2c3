/* SPDX-License-Identifier: Apache-2.0 */
/* What a registry says of an address, as `nightjar rdap` keeps it. Not for other modules. */
#ifndef NJ_ABOUT_REGISTRATION_H
#define NJ_ABOUT_REGISTRATION_H

#include <jansson.h>

#include "store/testimony.h"

/** answer ("network", "no record"), network, handle, range, country, organisation, abuse,
 * registered, changed, server, date, source; null if not told. Taken */
json_t *registration_row(const struct testimony *t, const json_t *value);

/** The same as an answer among those of databases (about_answers): where the registry says that
 * the network is registered. Taken; NULL: it has no record */
json_t *registration_answer(const json_t *row);

#endif
