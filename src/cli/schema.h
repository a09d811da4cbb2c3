/* SPDX-License-Identifier: Apache-2.0 */
/* docs/SCHEMA.md, from the tables of fields (store/fields.h). */
#ifndef NJ_CLI_SCHEMA_H
#define NJ_CLI_SCHEMA_H

#include "base/text.h"

void schema_write(struct text *page);

#endif
