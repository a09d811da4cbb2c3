/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the brief share: brief.c asks, brief_trend.c adds the findings,
 * brief_words.c and brief_country_words.c the sentences, brief_doc.c and brief_country_doc.c
 * lay it out. Inside of report/ only. */
#ifndef NJ_REPORT_BRIEF_PARTS_H
#define NJ_REPORT_BRIEF_PARTS_H

#include "report/brief.h"

/** Findings of the period, and the stories that they make together. */
int brief_trends(struct store *store, const struct brief_question *question, json_t *facts,
                 struct nj_err *err);

/* ---- words ---- */

/** Sentences, from the facts alone. */
void brief_words(json_t *facts);

/** The sentences about one country, or about all together.
 * @param unit    of the findings. @param tested  there were weeks to test against */
void brief_country_words(json_t *country, const char *unit, bool tested);

/** "TCP 1433 (ms-sql-s)" for a row with port, proto and service. @return text */
#define BRIEF_PLACE_MAX 160
const char *brief_port_words(const json_t *row, char text[BRIEF_PLACE_MAX]);
#define BRIEF_PORT_WORDS(row) brief_port_words((row), (char[BRIEF_PLACE_MAX]){0})

/** Smallest and largest share of a country's leading port over full weeks. @return how many
 * weeks */
unsigned brief_week_range(const json_t *country, const json_t *leader, double *ret_low,
                          double *ret_high);

/* ---- layout ---- */

/** The chapter of one country, or of all together. */
void brief_country_doc(struct doc *doc, const json_t *facts, const json_t *country);

/** "1433/tcp" for a row with port and proto. @return text */
#define BRIEF_PORT_MAX 64
const char *brief_port(const json_t *row, char text[BRIEF_PORT_MAX]);
#define BRIEF_PORT(row) brief_port((row), (char[BRIEF_PORT_MAX]){0})

/** The text, or a dash for an empty one. */
const char *brief_or_dash(const char *text);

/** The sentences of that name, as paragraphs or as items of a list. */
void brief_sentences(struct doc *doc, const json_t *object, const char *name, bool items);

#endif
