/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a dossier that rests on others: where the address is and who says so, routes,
 * reverse names, lists, services. Called by dossier_doc.c. */
#ifndef NJ_REPORT_DOSSIER_PLACES_H
#define NJ_REPORT_DOSSIER_PLACES_H

#include <jansson.h>

#include "report/doc.h"

/** @param facts  of dossier_facts, whose sources hold testimony (about_testimony) */
void dossier_places(struct doc *doc, const json_t *facts);

#endif
