/* SPDX-License-Identifier: Apache-2.0 */
/* A file of ranges is half a million lines of text, a tree of countries as many nodes, and a
 * command that asks for one address would read them all. So what they came to is kept in a
 * folder of the user's, and read from there as long as the file is the same. Called by
 * enrich.c.
 *
 * A kept table is believed if the file's device, inode, size and times are those that it was
 * made of, it and its folder belong to this user, nobody else may write them, and it is not
 * damaged; else it is made anew. Losing it costs nothing but time. */
#ifndef NJ_ENRICH_ASN_KEPT_H
#define NJ_ENRICH_ASN_KEPT_H

#include "enrich/asn_csv.h"
#include "enrich/mmdb.h"

/**
 * As asn_csv_load, by what is kept of the file where that is possible; what was read instead is
 * kept for the next time, if the file did not change within the last seconds.
 *
 * @param folder  where tables are kept, one for each path; made if it is missing. NULL:
 * nowhere. What can't be read or written there is done without
 * @param now_s  seconds since 1970
 *
 * Cost: about 20 ns a row of the file.
 */
int asn_kept_load(const char *folder, int64_t now_s, const char *path, bool countries,
                  struct asn_table **ret_table, struct asn_csv_counts *ret_counts,
                  struct nj_err *err);

/** As mmdb_flatten for countries, kept in the same way. @param path  of the file that `mmdb`
 * reads */
int asn_kept_flatten(const char *folder, int64_t now_s, const char *path, struct mmdb *mmdb,
                     struct v4_map **ret_map, struct nj_err *err);

#endif
