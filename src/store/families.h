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
 * @return 0; STORE_UNKNOWN: no trait tells of this one, and nothing was sent; -1
 */
int store_families(struct store *store, const char *family, unsigned limit,
                   const struct row_sink *sink, struct nj_err *err);

/** What to say about a family that is not known (base/suggest.h); "" when none is.
 * @param hint  holds NJ_SUGGEST_MAX bytes */
int store_family_hint(struct store *store, const char *typed, char *hint, struct nj_err *err);

#define FAMILY_USERS_MAX 500

/** One family with its users: what a row of store_families has, and users[]: source, packets,
 * strength (bits of evidence), state, run (constants, as a key; null: not known), first, last;
 * those of most packets first, FAMILY_USERS_MAX at most.
 * @param ret_object  taken. @return 0; STORE_UNKNOWN: no trait tells of it; -1 */
int store_family(struct store *store, const char *family, json_t **ret_object,
                 struct nj_err *err);

#define FAMILY_NAME_BYTES_MAX 64

/** Call a family by a name from now on; "" takes the name back.
 * @param name  of printable text, FAMILY_NAME_BYTES_MAX bytes at most
 * @return 0; STORE_UNKNOWN: no trait tells of it; -1, NJ_CONFIG: the name is none */
int store_name_family(struct store *store, const char *family, const char *name,
                      int64_t noted_us, struct nj_err *err);

/** Of the traits in the table `said`: add to a source's object the list relations[]: family,
 * name, tool, words, bits, key, state, strength, packets, first, last. */
int families_about(struct store *store, json_t *object, struct nj_err *err);

#endif
