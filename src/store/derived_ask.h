/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about what the later stages found: one code for commands and API, as store/query.h.
 * Rows come with the public names; addresses, times and nested JSON are cells of
 * their kinds. */
#ifndef NJ_STORE_DERIVED_ASK_H
#define NJ_STORE_DERIVED_ASK_H

#include "model/risk.h"
#include "store/query.h"

enum derived_kind {
    DERIVED_EPISODES, /* newest first */
    DERIVED_LINKS,    /* newest statement first */
    DERIVED_HOPS,     /* successions, newest first */
    DERIVED_ACTORS,   /* by risk */
    DERIVED_SUSPECTS, /* sources by risk, worst first */
    DERIVED_EVENTS,   /* what was noticed, newest first */
    DERIVED_KINDS,
};

struct derived_question {
    enum derived_kind what;
    const char *filter; /* of the filter language, over derived_fields; NULL: all */
    struct addr source; /* only what this address has a part in; addr_is_none: all */
    uint64_t actor;     /* hops and links: only of this actor; 0: all */
    bool all;        /* links and hops: tentative and withdrawn ones too; suspects: clients of
                      * lit networks too */
    unsigned limit;  /* 0: all */
    int64_t at_us;   /* suspects: as of then; INT64_MAX: the last packet */
    int64_t from_us; /* events: noticed from then on, */
    int64_t to_us;   /* and until then; both 0: all */
};

/** @return 0; -1 NJ_STORE when an older program wrote the store and nothing was derived yet */
int store_derived(struct store *store, const struct derived_question *question,
                  const struct row_sink *sink, struct nj_err *err);

/** The fields that a filter on these rows may name. */
const struct filter_field *derived_fields(enum derived_kind what, size_t *ret_count);

/* The two estimates of the share of false hops among the accepted ones (docs/LINKING.md). */
struct derived_fdr {
    double threshold;    /* accepted from this probability on */
    double bayes, decoy; /* by the probabilities themselves; by partners that can't be right */
    double targets;      /* pairs that reach the threshold */
    /* pairs behind the second: begun as long before, weeks off, at another's place */
    double decoys_before, decoys_week, decoys_place;
};

/** @return 0; STORE_UNKNOWN: nothing was derived yet; -1 */
int store_fdr(struct store *store, struct derived_fdr *ret, struct nj_err *err);

/** Add to a source's object: risk, level, previous_level, changed, grade, grade_reason, stage,
 * technique, override, actor, and the lists receipt, episodes, hops, links, notes. */
int derived_about(struct store *store, struct addr source, json_t *object, struct nj_err *err);

/** All that is known of an actor; an alias answers as the one it became. @return 0;
 * STORE_UNKNOWN; -1. *ret is taken */
int store_actor(struct store *store, uint64_t actor, json_t **ret, struct nj_err *err);

/* ---- what people say ---- */

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
