/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses in SQL, the user's and our own, where they are of the type UUID:
 *
 *   address('192.0.2.1')           that address
 *   within(src, '192.0.2.0/24')    whether the prefix holds it
 *   source_of(src)                 addr_source() of it
 *
 * NULL gives NULL; a text that is no address or prefix ends the query with a word on it. */
#ifndef NJ_STORE_ADDRESS_SQL_H
#define NJ_STORE_ADDRESS_SQL_H

#include "store/store.h"

/** Whether `src` is of IPv4: a condition that files and tables are pruned by. */
#define SRC_IS_V4                                                                              \
    "src BETWEEN '00000000-0000-0000-0000-ffff00000000'::UUID"                                 \
    " AND '00000000-0000-0000-0000-ffffffffffff'::UUID"

/** Make them known to the SQL of this store. @return 0; -1 NJ_STORE */
int store_register_addresses(struct store *store, struct nj_err *err);

#endif
