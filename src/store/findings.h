/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about what the later stages found: one code for commands and API, as store/query.h.
 * Rows come with the public names; addresses, times and nested JSON are cells of their kinds.
 */
#ifndef NJ_STORE_FINDINGS_H
#define NJ_STORE_FINDINGS_H

#include "model/risk.h"
#include "store/query.h"

enum findings {
    FIND_EPISODES, /* newest first */
    FIND_LINKS,    /* newest statement first */
    FIND_HOPS,     /* successions, newest first */
    FIND_ACTORS,   /* by risk */
    FIND_SUSPECTS, /* sources by risk, worst first */
    FIND_EVENTS,   /* what was noticed, newest first */
    FIND_KINDS,
};

struct findings_question {
    enum findings what;
    const char *filter; /* of the filter language, over findings_fields; NULL: all */
    struct addr source; /* only what this address has a part in; addr_is_none: all */
    uint64_t actor;     /* hops and links: only of this actor; 0: all */
    bool all;           /* links and hops: tentative and withdrawn ones too */
    unsigned limit;     /* 0: all */
    int64_t at_us;      /* suspects: as of then; INT64_MAX: the last packet */
    int64_t from_us;    /* events: noticed from then on, */
    int64_t to_us;      /* and until then; both 0: all */
};

/** @return 0; -1 NJ_STORE when an older program wrote the store and nothing was derived yet */
int store_findings(struct store *store, const struct findings_question *question,
                   const struct row_sink *sink, struct nj_err *err);

/** The fields that a filter on these rows may name. */
const struct filter_field *findings_fields(enum findings what, size_t *ret_count);

/* The two estimates of the share of false hops among the accepted ones (linking.md 5). */
struct findings_fdr {
    double threshold;    /* accepted from this probability on */
    double bayes, decoy; /* by the probabilities themselves; by partners that can't be right */
    double targets, decoys; /* pairs behind the second */
};

/** @return 0; STORE_UNKNOWN: nothing was derived yet; -1 */
int store_fdr(struct store *store, struct findings_fdr *ret, struct nj_err *err);

/** Add to a source's object: risk, level, previous_level, changed, grade, grade_reason, stage,
 * technique, override, actor, and the lists receipt, episodes, hops, links, notes. */
int findings_about(struct store *store, struct addr source, json_t *object, struct nj_err *err);

/** All that is known of an actor; an alias answers as the one it became. @return 0;
 * STORE_UNKNOWN; -1. *ret is taken */
int store_actor(struct store *store, uint64_t actor, json_t **ret, struct nj_err *err);

/* ---- what people say ------------------------------------------------------------------------
 */

struct store_note {
    struct addr source; /* one of the two */
    uint64_t actor;
    const char *text;
    const char *said_by, *confidence; /* NULL: not said */
    int64_t noted_us;
    bool sets_level; /* an override too, with the text as its reason: */
    bool has_level;  /* false: the computed level counts again */
    enum risk_level level;
};

/** Add a note; notes are never overwritten. */
int store_add_note(struct store *store, const struct store_note *note, struct nj_err *err);

/** "NJ-000042" is 42. @return 0; -1 NJ_FORMAT */
int actor_parse(const char *text, uint64_t *ret_actor, struct nj_err *err);

#endif
