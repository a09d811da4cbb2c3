/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a dossier that rests on others: where the address is and who says so, routes,
 * reverse names, lists, services. Called by dossier_doc.c. */
#ifndef NJ_REPORT_DOSSIER_PLACES_H
#define NJ_REPORT_DOSSIER_PLACES_H

#include <jansson.h>

#include "report/doc.h"

/** All of that. @param facts  of dossier_facts, whose sources hold testimony
 * (about_testimony) */
void dossier_places(struct doc *doc, const json_t *facts);

#define DOSSIER_FACT 480u /* room for what dossier_fact tells */

/**
 * A fact of databases as it stands at the head of a dossier: `value` and, where those who
 * answer differ on `field`, that it is disputed. A region or city of one that puts the address
 * into another country than `country` says who told it.
 *
 * @param source  with its testimony and disagreements
 * @return `text`
 */
const char *dossier_fact(const json_t *source, const char *field, const char *value,
                         const char *country, char text[DOSSIER_FACT]);

/* ---- between its two files ---- */

/** dossier_records.c: what others have on record of the addresses, from routes on. */
void dossier_records(struct doc *doc, const json_t *facts);

/** A table's cell that may be empty: blank, so that Markdown keeps it. */
const char *dossier_or_blank(const char *text);

#endif
