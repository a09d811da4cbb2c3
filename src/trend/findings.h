/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: statistical events that an analyst may publish. All tests
 * of one kind in one week are a family; at most a share q of its accepted findings is false.
 * Called by cli/ and report/. */
#ifndef NJ_TREND_FINDINGS_H
#define NJ_TREND_FINDINGS_H

#include "store/weeks.h"
#include "trend/history.h"
#include "trend/reach.h"

enum finding_kind {
    FINDING_NEWCOMER,  /* in the top ten of its country or the whole for the first time */
    FINDING_NEW_PORT,  /* nobody had asked for it in the weeks before */
    FINDING_BURST,     /* some hours of far more sources than those hours had */
    FINDING_NEIGHBOUR, /* near a known service's port, and asked for more than its
                        * surroundings */
    FINDING_SHARE,     /* the leading port's share changed */
    FINDING_KINDS,
};

extern const char *const finding_names[FINDING_KINDS]; /* "newcomer", "new-port", ... */

enum finding_state {
    FINDING_PROVISIONAL, /* of the last week there is */
    FINDING_CONFIRMED,   /* still among the top twenty, or there, in the week after */
    FINDING_PASSED,      /* a one-week wonder */
    FINDING_STATES,
};

extern const char *const finding_state_names[FINDING_STATES];

struct finding {
    enum finding_kind kind;
    enum finding_state state;
    struct history_port port;
    char country[4];          /* "": the whole */
    int32_t monday;           /* of its week, days since 1970 */
    int64_t start_us, end_us; /* a burst's hours; else 0 */
    double count, baseline, ratio, p, q;
    enum unit unit;
    uint64_t sources, actors, networks;
    bool single_operator; /* under three networks, or one actor */
    double certainty;     /* newcomer: share of resamplings that have it in the top ten */
    uint16_t near;        /* neighbour: the known service's port; else 0 */
    double together;      /* neighbour: share of its sources that ask for `near` as well */
    double share, share_before; /* share: of the group's whole; else 0 */
    double uniform; /* p of coming to the sensors by their sizes, over the whole period that
                     * was asked for; NAN: not known (reach.h) */
    char text[480];
};

struct findings_question {
    struct store_scope scope; /* its period: the weeks that are reported */
    enum unit unit;
    const char *const *countries; /* besides the whole; NULL: all with enough sources */
    size_t country_count;
    const struct reach_sensor *sensors; /* all that are configured; may be none */
    size_t sensor_count;
    double q; /* accepted share of false ones; 0.05 */
    /* names of services, "" if none; may be NULL */
    const char *(*service)(void *ctx, uint16_t port, uint8_t proto);
    /* whether a port has a service of its own, not that of `near` moved; may be NULL: none */
    bool (*own_service)(void *ctx, uint16_t port, uint8_t proto, uint16_t near);
    void *service_ctx; /* of both */
};

#define FINDINGS_Q 0.05
/** Countries with fewer sources in a week are not tested. */
#define FINDINGS_SOURCES_MIN 30u

struct findings {
    struct finding *items; /* by week, newest first; then by q, kind, country, port */
    size_t count, room;
    uint64_t tested;         /* hypotheses of all weeks together */
    uint32_t weeks;          /* weeks tested */
    uint32_t weeks_untested; /* without two weeks before them, or hardly captured */
    struct reach reach;
};

/** Find them in a store. Cost: one pass over the source summaries for each set of weekdays that
 * the weeks were captured on, and one over the visits of each suspected burst. @return 0; -1 */
int findings_find(struct store *store, const struct findings_question *question,
                  struct findings *ret, struct nj_err *err);
void findings_done(struct findings *findings);

/** As rows. */
int findings_send(const struct findings *findings, const struct row_sink *sink,
                  struct nj_err *err);

/** Test one week of a history by its counts alone, and add what is accepted; for benchmarks.
 * Newcomers are not resampled, and nobody is asked who asks for both of two ports.
 * @param hours  NULL: no bursts */
struct hours;
int findings_week(const struct history *history, uint32_t week, const struct hours *hours,
                  const struct findings_question *question, struct findings *findings,
                  struct nj_err *err);

#endif
