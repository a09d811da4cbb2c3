/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of a document are one JSON object; these read and write it. A member that is missing,
 * null or of another type reads as "", 0 or false: a document says then that it is unknown. */
#ifndef NJ_REPORT_FACTS_H
#define NJ_REPORT_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

const char *fact_text(const json_t *object, const char *name);
const char *fact_or_unknown(const json_t *object, const char *name);
double fact_number(const json_t *object, const char *name); /* NAN if there is none */
uint64_t fact_count(const json_t *object, const char *name);
bool fact_true(const json_t *object, const char *name);
json_t *fact_list(const json_t *object, const char *name); /* borrowed; may be NULL */

/** A number, null if it is not finite. */
void fact_set_number(json_t *object, const char *name, double number);
void fact_set_count(json_t *object, const char *name, uint64_t count);
void fact_set_text(json_t *object, const char *name, const char *text);

/** Add a sentence to a list of the object, which is made if it is not there. */
void fact_say(json_t *object, const char *list, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- numbers in sentences; buffers are the caller's ---- */

#define FACT_TEXT 32
/** "1,234,567" */
#define GROUPED(count) TEXT_COUNT(count)

/** "36.1 %", "0.04 %", and of what is less and not nothing "under 0.01 %". */
const char *fact_percent(double share, char buffer[FACT_TEXT]);
#define PERCENT(share) fact_percent((share), (char[FACT_TEXT]){0})

/** "= 1.1e-70", and of what a double can't tell from nothing "< 1e-300". */
const char *fact_chance(double p, char buffer[FACT_TEXT]);
#define CHANCE(p) fact_chance((p), (char[FACT_TEXT]){0})

/** "2020-05-01" of microseconds since 1970. */
const char *fact_day(int64_t us, char buffer[FACT_TEXT]);
#define DAY(us) fact_day((us), (char[FACT_TEXT]){0})

/** "2014-10-13 15:31" of a member "2014-10-13T15:31:05Z". */
const char *fact_minute(const json_t *object, const char *name, char buffer[FACT_TEXT]);
#define MINUTE(object, name) fact_minute((object), (name), (char[FACT_TEXT]){0})

/** "2020-W27" of the days since 1970 of its Monday. */
const char *fact_week(int32_t monday, char buffer[FACT_TEXT]);
#define WEEK(monday) fact_week((monday), (char[FACT_TEXT]){0})

/** "one source", "2 sources"; nouns that take an s. */
const char *fact_of(uint64_t count, const char *noun, char buffer[64]);
#define COUNTED(count, noun) fact_of((count), (noun), (char[64]){0})

/** English name of a country by its ISO 3166 code, from the system's table of time zones; the
 * code itself if it is not there, "unknown places" for "?", "all countries" for "". */
const char *fact_country(const char *code, char buffer[64]);
#define COUNTRY(code) fact_country((code), (char[64]){0})

/* ---- lists in sentences ---- */

#define FACT_ITEMS 16 /* those that come later are counted */

/** Collects "a, b and c"; starts zeroed but for `between`. */
struct fact_items {
    const char *between; /* ", ", or "; " where items have commas */
    char items[FACT_ITEMS][128];
    size_t count; /* of all that were added */
};

void fact_item(struct fact_items *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** "a", "a and b", "a, b and c", "a, b and 7 others"; "" if there are none. */
#define FACT_LIST 2400
const char *fact_list_text(const struct fact_items *list, char buffer[FACT_LIST]);
#define LISTED(list) fact_list_text((list), (char[FACT_LIST]){0})

#endif
