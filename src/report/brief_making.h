/* SPDX-License-Identifier: Apache-2.0 */
/* A brief while its facts are gathered. Inside of report/: brief.c gathers, brief_ports.c what
 * concerns ports. */
#ifndef NJ_REPORT_BRIEF_MAKING_H
#define NJ_REPORT_BRIEF_MAKING_H

#include "report/brief_parts.h"
#include "store/brief.h"

struct brief_making {
    struct store *store;
    const struct brief_question *question;
    struct brief_scope scope;
    json_t *facts;
    double hours, before_hours; /* captured by any sensor, the most of one */
    /* of the steady sensors, which captured half of both periods, together */
    double steady_hours, steady_before;
    const char **steady; /* borrowed from the facts */
};

/** brief.c: the facts of a country, "" for all together. NULL: it is not one of the brief's. */
json_t *brief_country(const struct brief_making *making, const char *country);

/* brief_ports.c: each adds its lists to the facts, `brief_risks` from those of `brief_ports`.
 * @return 0; -1 of the store, NJ_NOMEM */
int brief_ports(struct brief_making *making, struct nj_err *err);
int brief_weeks(struct brief_making *making, struct nj_err *err);
int brief_themes(struct brief_making *making, struct nj_err *err);
int brief_risks(struct brief_making *making, struct nj_err *err);

#endif
