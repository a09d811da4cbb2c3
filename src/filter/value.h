/* SPDX-License-Identifier: Apache-2.0 */
/* What a word means for a field of some type. For src/filter/ only. */
#ifndef NJ_FILTER_VALUE_H
#define NJ_FILTER_VALUE_H

#include "filter/lexer.h"
#include "filter/tree.h"

/** Read a value of a field: a number, an address, ..., or a range of them. For FILTER_LIKE the
 * text is a pattern. @return 0, and *ret_item owns its text; -1 NJ_CONFIG, NJ_NOMEM */
int filter_value_parse(const struct filter_field *field, enum filter_op op,
                       const struct filter_token *token, struct filter_item *ret_item,
                       struct nj_err *err);

#endif
