/* SPDX-License-Identifier: Apache-2.0 */
/* What a file of ranges comes to: which AS announces an address, or in which country it is.
 * Made by asn_csv.c, kept for the next time by asn_kept.c.
 *
 * The ranges have become a sorted list of borders: from this address on, the AS is that one (0:
 * none), so that a look-up is one binary search. */
#ifndef NJ_ENRICH_ASN_TABLE_H
#define NJ_ENRICH_ASN_TABLE_H

#include "enrich/as_names.h"
#include "enrich/v4_map.h"
#include "model/addr.h"

struct asn_table {
    struct v4_map *v4;
    struct addr *v6; /* the same for the other addresses */
    uint32_t *v6_asn;
    size_t v6_count;
    struct as_names *names; /* of the AS numbers; NULL: it tells countries */
};

/** Without a border or a name. @param v6_room  how many borders it can take
 * @return NULL when out of memory */
struct asn_table *asn_table_new(size_t v6_room);
void asn_table_free(struct asn_table *table);

/** @return the AS number, or the two letters of the country as upper and lower byte; 0 if
 * unknown. Cost: about 20 ns, IPv6 200 ns. */
uint32_t asn_table_find(const struct asn_table *table, struct addr a);

#endif
