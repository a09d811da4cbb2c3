/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a file of ranges: START,END,AS[,NAME] or IPtoASN's, as asn_csv.h tells. Called by
 * asn_csv.c. */
#ifndef NJ_ENRICH_ASN_ROW_H
#define NJ_ENRICH_ASN_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "enrich/as_names.h"
#include "model/addr.h"

struct asn_row {
    struct addr first, last;
    uint32_t asn;   /* or the country, as asn_table_find tells it */
    uint32_t order; /* in the file */
};

/** @param length  at most ASN_CSV_LINE_MAX; without the line end
 * @param names    gets the name of the AS; NULL: the country is read
 * @return whether it is such a row; `order` is not set */
bool asn_row_read(const char *bytes, size_t length, struct as_names *names,
                  struct asn_row *ret_row);

#endif
