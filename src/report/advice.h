/* SPDX-License-Identifier: Apache-2.0 */
/* What to do about interest in a kind of service: advice by the categories of
 * data/ports.tsv. */
#ifndef NJ_REPORT_ADVICE_H
#define NJ_REPORT_ADVICE_H

#include <jansson.h>
#include <stddef.h>

struct advice {
    const char *category; /* as in data/ports.tsv */
    const char *name;     /* of the theme, for people */
    const char *what;     /* to do: a sentence */
};

extern const struct advice advices[];
extern const size_t advice_count;

/** The number of a category in `advices`; that of "other" if it is not there. */
size_t advice_find(const char *category);

/** Set `known` of a row: of "A CVE-2014-1; B (2016-08); C" what was known on a day.
 * @param day  "2016-08-31", with or without a time behind it */
void advice_known(json_t *row, const char *known, const char *day);

#endif
