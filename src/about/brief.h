/* SPDX-License-Identifier: Apache-2.0 */
/* A brief from what a user says: one reading and one making for `nightjar brief` and the
 * service. */
#ifndef NJ_ABOUT_BRIEF_H
#define NJ_ABOUT_BRIEF_H

#include "model/config.h"
#include "report/brief.h"

#define BRIEF_WORDS_MAX 64 /* countries; networks; sensors */

/* All is borrowed until about_brief_done. */
struct about_brief_question {
    struct store_scope scope; /* its ends may be open; its filter is the user's, NULL: none */
    const char *const *countries; /* of two letters */
    size_t country_count;
    const char *const *networks; /* AS numbers, as in AS4134 or 4134, and prefixes */
    size_t network_count;
    const char *const *sensors; /* only what these saw */
    size_t sensor_count;
    enum unit unit;
    const char *notes;     /* an analyst's paragraphs; NULL: none */
    const char *arguments; /* of the command line that gives this brief, for the appendix */
};

/* A question that was read: what report/ needs, and the texts that it borrows. */
struct about_brief {
    struct brief_question question;
    char country_codes[BRIEF_WORDS_MAX][4];
    const char *countries[BRIEF_WORDS_MAX];
    struct text filter, selection;
};

/** Read it. @return 0; -1 NJ_CONFIG: "country XYZ: expected ..."; NJ_NOMEM. To be released with
 * about_brief_done in either case */
int about_brief_read(const struct about_brief_question *question, struct about_brief *ret,
                     struct nj_err *err);
void about_brief_done(struct about_brief *brief);

/** Make it. Without any end the period is the store's last full week, one end may be the
 * store's own. @param ret  facts for brief_doc, taken. @return 0; -1: NJ_CONFIG: the store
 * holds no visits to take an end from */
int about_brief_make(struct store *store, struct about_brief *brief, const struct ports *ports,
                     const struct config *config, json_t **ret, struct nj_err *err);

/** IPv4 addresses of a sensor's prefixes, each counted once; NAN if it has no prefixes
 * at all, of IPv6 either. */
double about_addresses(const struct sensor *sensor);

/** All sensors of a configuration with these; names are borrowed. Taken; NULL when out of
 * memory */
struct reach_sensor *about_sensors(const struct config *config);

#endif
