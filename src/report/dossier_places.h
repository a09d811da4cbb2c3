/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a dossier that rests on others: where the address is and who says so, routes,
 * reverse names, lists, services. Called by dossier_doc.c. */
#ifndef NJ_REPORT_DOSSIER_PLACES_H
#define NJ_REPORT_DOSSIER_PLACES_H

#include <jansson.h>

#include "report/doc.h"

/** All of that. @param facts  of dossier_facts, whose sources hold testimony (about_testimony)
 */
void dossier_places(struct doc *doc, const json_t *facts);

/* ---- between its two files ---- */

/** dossier_records.c: what others have on record of the addresses, from routes on. */
void dossier_records(struct doc *doc, const json_t *facts);

/** A table's cell that may be empty: blank, so that Markdown keeps it. */
const char *dossier_or_blank(const char *text);

#endif
