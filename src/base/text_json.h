/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values as text, escaped as base/text.h does it. */
#ifndef NJ_BASE_TEXT_JSON_H
#define NJ_BASE_TEXT_JSON_H

#include <jansson.h>

#include "base/text.h"

/** One JSON value; if `pretty`, objects on several lines, which begin `indent` blanks in. */
void text_json_value(struct text *text, const json_t *value, bool pretty, unsigned indent);

/** A time as text_time writes it. Taken; NULL when out of memory */
json_t *text_json_time(int64_t us);

/** A string; null for "" and NULL. Taken; NULL when out of memory */
json_t *text_json_or_null(const char *text);

/** The string that stands in an object under a name; "" if there is none. Borrowed. */
const char *text_json_member(const json_t *object, const char *name);

#endif
