/* SPDX-License-Identifier: Apache-2.0 */
/* Many prefixes with a text each, and which of them hold an address. Filled once, then only
 * asked. One thread owns it while it is filled; any number may ask. */
#ifndef NJ_MODEL_NETS_H
#define NJ_MODEL_NETS_H

#include <stddef.h>

#include "model/addr.h"

#define NETS_MAX 8000000u /* of all that one such table holds */
#define NETS_NONE SIZE_MAX

struct nets;

/** @return NULL when out of memory */
struct nets *nets_new(void);
void nets_free(struct nets *nets);

/** Add a prefix. @param label  copied once for all equal ones; NULL: none
 * @return 0; -1 NJ_LIMIT, NJ_NOMEM */
int nets_add(struct nets *nets, const struct prefix *net, const char *label,
             struct nj_err *err);

/** All are in: to be called once, before the first question. Cost: a sort. */
void nets_finish(struct nets *nets);

size_t nets_count(const struct nets *nets);

/** The most specific prefix that holds the address; of equal ones the first added.
 * @return its number, NETS_NONE if there is none. Cost: about 100 ns of a million */
size_t nets_find(const struct nets *nets, struct addr a);

/** The next wider prefix that holds the one of that number. @return NETS_NONE: there is none */
size_t nets_wider(const struct nets *nets, size_t number);

const struct prefix *nets_prefix(const struct nets *nets, size_t number);
const char *nets_label(const struct nets *nets, size_t number); /* "" if none */

#endif
