/* SPDX-License-Identifier: Apache-2.0 */
/* Names of autonomous systems by number. Texts never move; one thread adds. */
#ifndef NJ_ENRICH_AS_NAMES_H
#define NJ_ENRICH_AS_NAMES_H

#include <stddef.h>
#include <stdint.h>

/* More numbers than this are not named: about 120,000 are in use, and a hostile file could name
 * all 2^32. */
#define AS_NAMES_MAX 1000000u
#define AS_NAME_SIZE 128 /* of a name with its NUL */

struct as_names;

/** @param count  so many names are to come; more may. @return NULL when out of memory */
struct as_names *as_names_new(uint32_t count);
/** @param names  may be NULL */
void as_names_free(struct as_names *names);

/** Name a number, unless it has a name; `text` is cleaned and copied. Never fails: without
 * memory, or at AS_NAMES_MAX, the number stays without a name. */
void as_names_add(struct as_names *names, uint32_t asn, const void *text, size_t length);

/** @return the name, valid as long as `names`; NULL if there is none */
const char *as_names_find(const struct as_names *names, uint32_t asn);

uint32_t as_names_count(const struct as_names *names);

/** One after the other, in no order. @param cursor  0 at first
 * @return the name and its number; NULL behind the last */
const char *as_names_next(const struct as_names *names, uint32_t *cursor, uint32_t *ret_asn);

#endif
