/* SPDX-License-Identifier: Apache-2.0 */
/* Families of relations between header fields, as the traits tell them (docs/RELATIONS.md), and
 * the names that analysts give them. */
#ifndef NJ_STORE_FAMILIES_H
#define NJ_STORE_FAMILIES_H

#include "store/query.h"

/**
 * The families, those of most sources first, as rows: family, name (an analyst's, or null),
 * tool (null: nobody's), bits, words, sources, light (of these, recognised by few packets),
 * runs (distinct constants, or null), packets, first, last.
 *
 * @param family  only this one; NULL: all
 * @param limit   0: all
 */
int store_families(struct store *store, const char *family, unsigned limit,
                   const struct row_sink *sink, struct nj_err *err);

/** Call a family by a name from now on; "" takes the name back.
 * @return 0; STORE_UNKNOWN: no trait tells of it; -1 */
int store_name_family(struct store *store, const char *family, const char *name,
                      int64_t noted_us, struct nj_err *err);

/** Add to a source's object the list relations[]: family, name, tool, words, bits, key, state,
 * strength, packets, first, last. */
int families_about(struct store *store, struct addr source, json_t *object, struct nj_err *err);

#endif
