/* SPDX-License-Identifier: Apache-2.0 */
/* Names of autonomous systems by number. One thread adds. */
#ifndef NJ_ENRICH_AS_NAMES_H
#define NJ_ENRICH_AS_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/saved.h"

/* More numbers than this are not named: about 120,000 are in use, and a hostile file could name
 * all 2^32. */
#define AS_NAMES_MAX 1000000u
#define AS_NAME_SIZE 128 /* of a name with its NUL */

struct as_names;

/** @return NULL when out of memory */
struct as_names *as_names_new(void);
/** @param names  may be NULL */
void as_names_free(struct as_names *names);

/** Name a number, unless it has a name; `text` is cleaned and copied. Never fails: without
 * memory, or at AS_NAMES_MAX, the number stays without a name. */
void as_names_add(struct as_names *names, uint32_t asn, const void *text, size_t length);

/** @return the name, valid until one is added; NULL if there is none */
const char *as_names_find(const struct as_names *names, uint32_t asn);

/** All of them as they stand in memory, in a file that only this machine reads.
 * @param names  reading: set to new ones unless the file is bad
 * @return 0; -1 NJ_NOMEM */
int as_names_walk(struct nj_saved *saved, struct as_names **names, struct nj_err *err);

#endif
