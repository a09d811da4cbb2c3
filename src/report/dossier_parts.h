/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of a dossier that tell what its addresses did. Called by dossier_doc.c; each says so
 * if there is nothing to tell, but for the table of members, which one address needs not. */
#ifndef NJ_REPORT_DOSSIER_PARTS_H
#define NJ_REPORT_DOSSIER_PARTS_H

#include <jansson.h>

#include "report/doc.h"

/* `facts`: of dossier_facts; `source`: the address that the dossier is of, one
 * of its sources */
void dossier_members(struct doc *doc, const json_t *facts);
void dossier_ports(struct doc *doc, const json_t *source);
void dossier_tools(struct doc *doc, const json_t *facts, const json_t *source);
void dossier_hours(struct doc *doc, const json_t *facts, unsigned number);
void dossier_episodes(struct doc *doc, const json_t *source);
void dossier_packets(struct doc *doc, const json_t *facts);
void dossier_telescope(struct doc *doc, const json_t *facts);

#endif
