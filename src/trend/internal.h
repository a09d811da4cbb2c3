/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of trend/ share. Not for other modules. */
#ifndef NJ_TREND_INTERNAL_H
#define NJ_TREND_INTERNAL_H

#include "trend/findings.h"
#include "trend/hours.h"
#include "trend/pairs.h"
#include "trend/surprise.h"

/* One week under test: candidates of all kinds, before the false-discovery control. */
struct week_test {
    const struct history *history;
    uint32_t week;
    struct store *store; /* may be NULL */
    const struct findings_question *question;
    const struct reach *reach; /* NULL: not known */
    const struct hours *hours; /* of the leading ports; NULL: no bursts */
    struct findings found;     /* candidates, and what `p` they have */
    double *family;            /* every p of this kind in the week, accepted or not */
    size_t family_count, family_room;
    struct pairs pairs; /* loaded when first asked for */
    bool pairs_loaded;
};

/** Add a test to the family. @return its place; SIZE_MAX when out of memory (*err filled) */
size_t family_add(struct week_test *test, double p, struct nj_err *err);

/** Add a candidate, whose q is later that of family place `at`. @return 0; -1 NJ_NOMEM */
int candidate_add(struct week_test *test, const struct finding *finding, size_t at,
                  struct nj_err *err);

/** A finding of a series with the counts filled in. */
struct finding finding_of(const struct week_test *test, enum finding_kind kind,
                          struct history_series series, const struct surprise *surprise);

/** Who asked for what in the week. @return NULL with *err */
const struct pairs *week_pairs(struct week_test *test, struct nj_err *err);

/* A rise that is sure may still be no news. What is told is at least so many times what was
 * expected, and so many more in the unit: fewer may be one person's weekend. Both were chosen,
 * not fitted. With 1 in place of 2 bench/findings gives the same figures, since the tests ask
 * for more; with 4, of 40 bursts of 60 sources 6 are found where 2 finds 27. */
#define RATIO_MIN 2.0
#define RISE_MIN 10.0

/* One file per kind; each adds its tests and candidates for one group. */
typedef int (*kind_fn)(struct week_test *test, const struct surprise_model *model,
                       struct nj_err *err);
int newcomer_test(struct week_test *test, const struct surprise_model *model,
                  struct nj_err *err);
int neighbour_test(struct week_test *test, const struct surprise_model *model,
                   struct nj_err *err);
int share_test(struct week_test *test, const struct surprise_model *model, struct nj_err *err);
int burst_test(struct week_test *test, const struct surprise_model *model, struct nj_err *err);

/* burst.c */
/** The ports in which bursts of a week are looked for: the leading ones of a group, as
 * proto << 16 | port. @return how many, at most BURST_PORTS */
#define BURST_PORTS 12u
size_t burst_ports(const struct history *history, uint32_t group, uint32_t week,
                   uint32_t ret_ports[BURST_PORTS]);

/* rank.c */
#define RANK_TOP 10u     /* a newcomer comes into these */
#define RANK_CONFIRM 20u /* and is confirmed by these in the week after */

/** The place of a port in a group's week by count, from 1; 0 if it is not there. */
uint32_t rank_of(const struct history *history, uint32_t group, uint32_t week,
                 struct history_port port);

/** Share of 200 resamplings of the week's sources in which the port is in the top ten. */
int rank_certainty(struct week_test *test, uint32_t group, struct history_port port,
                   double *ret_certainty, struct nj_err *err);

/* text.c */
/** Write the finding's sentence. */
void finding_tell(const struct week_test *test, struct finding *finding);

#endif
