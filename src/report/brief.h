/* SPDX-License-Identifier: Apache-2.0 */
/* The brief: what a period brought, by country, as a document that an analyst would sign.
 *
 *   brief_facts   asks the store and the trend engine; every number of the document is in it
 *   brief_words   adds the sentences, which are made of these numbers and nothing else
 *   brief_doc     lays both out as blocks, tables and figures (doc.h)
 *
 * Rules of what may be said: under 30 sources nothing but that the
 * data is insufficient; under 100 counts, but no shares; a change is called one only where a
 * finding's test says so. */
#ifndef NJ_REPORT_BRIEF_H
#define NJ_REPORT_BRIEF_H

#include "ports/ports.h"
#include "report/doc.h"
#include "store/query.h"
#include "store/weeks.h"
#include "trend/reach.h"

#define BRIEF_PORTS 20u
#define BRIEF_SOURCES_COUNTS 30u /* below: insufficient */
#define BRIEF_SOURCES_SHARES 100u

struct brief_question {
    struct store_scope scope; /* its period has both ends */
    const char *const *countries;
    size_t country_count;
    enum unit unit; /* of the findings */
    const struct ports *ports;
    const struct reach_sensor *sensors;
    size_t sensor_count;
    const char *notes;     /* an analyst's paragraphs, NUL-terminated; NULL: none */
    const char *selection; /* for people: what else was asked for; "" if nothing */
    const char *arguments; /* of the command line that gives this brief, for the appendix */
};

/** @param ret  taken; sentences are in it. Cost: some passes over the summaries of the period
 * and the one before. @return 0; -1 */
int brief_facts(struct store *store, const struct brief_question *question, json_t **ret,
                struct nj_err *err);

/** @param doc  to be released with doc_done; its columns borrow nothing of the facts */
void brief_doc(const json_t *facts, struct doc *doc);

/** The last complete ISO week of a store that holds these days, or its last seven days if it
 * is shorter than that (microseconds, inclusive). */
void brief_last_week(int64_t first_us, int64_t last_us, int64_t *ret_from_us,
                     int64_t *ret_to_us);

#endif
