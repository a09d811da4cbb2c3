/* SPDX-License-Identifier: Apache-2.0 */
/* The dossier: all that is known of one address or actor, as a document. */
#ifndef NJ_REPORT_DOSSIER_H
#define NJ_REPORT_DOSSIER_H

#include <jansson.h>

#include "ports/ports.h"
#include "report/doc.h"
#include "report/timeline.h"
#include "store/query.h"
#include "trend/reach.h"

struct dossier_question {
    const struct addr *sources; /* the one asked for, or all of the actor, the first leading */
    size_t source_count;
    uint64_t actor;          /* 0: none */
    const json_t *places;    /* what databases say now: a list, in the order of `sources` */
    const json_t *databases; /* file, kind, built: a list */
    const struct ports *ports;
    double addresses;                   /* of all sensors, as configured; NAN: not known */
    const struct reach_sensor *sensors; /* each of them */
    size_t sensor_count;
};

/** @return 0; STORE_UNKNOWN: the store holds nothing from the first address; -1. *ret is
 * taken */
int dossier_facts(struct store *store, const struct dossier_question *question, json_t **ret,
                  struct nj_err *err);

/** @param timeline  of all addresses */
void dossier_doc(const json_t *facts, const struct timeline *timeline, struct doc *doc);

#endif
