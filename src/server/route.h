/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes: what the service answers. Handlers, openapi.json and its test come from
 * it. A new question is a row of routes.c and a function in one of the
 * files route_*.c that asks the store. */
#ifndef NJ_SERVER_ROUTE_H
#define NJ_SERVER_ROUTE_H

#include "server/answer.h"
#include "server/query.h"

struct server;
struct taxii_question;

/* What the function of a route gets. */
struct ask {
    struct server *server;
    struct store *store; /* NULL: the route needs none */
    const struct query *query;
    const struct taxii_question *taxii; /* of ROUTE_TAXII */
    const char *body;                   /* of a POST */
    size_t body_length;
    uint64_t version; /* of the store when it was asked, or what decided_end_write made of it */
    bool versioned;   /* else it is not known */
    struct answer *answer;
};

enum route_kind {
    ROUTE_ROWS,   /* {"rows": [...], "next": ...} */
    ROUTE_OBJECT, /* one JSON object */
    ROUTE_STREAM, /* Server-Sent Events without end */
    ROUTE_REPLAY, /* the same from the store */
    ROUTE_TEXT,
    ROUTE_FILE,  /* bytes of one of the route's types */
    ROUTE_TAXII, /* taxii.h: with its own parameters and errors */
};

/* A member of a row. */
struct route_column {
    const char *name, *type, *description; /* type of JSON schema; "string|null" may be null */
};

struct route {
    const char *method;
    const char *path; /* may end in "/{NAME}", one segment */
    enum route_kind kind;
    uint64_t params; /* PARAM_ bits */
    unsigned scope;  /* enum scope_bit: one of them is enough */
    bool no_store;   /* answered at once, by the HTTP thread */
    bool cached;     /* a function of the store, the settings and the parameters */
    bool clock;      /* where this process captures, "at" is the clock's unless it is given */
    bool dated;      /* with Last-Modified */
    const char *tag, *summary;
    const struct route_column *columns; /* of rows, ended by a NULL name; all there can be */
    const char *const *types;           /* of ROUTE_FILE, ended by NULL */
    const char *body;                   /* of a POST: the schema's name */
    /** Fill ask->answer. @return 0; -1: *err is turned into an answer */
    int (*answer)(struct ask *ask, struct nj_err *err);
};

/* What a brief may be asked for. */
#define BRIEF_PARAMS                                                                           \
    (PARAM_FROM | PARAM_TO | PARAM_COUNTRIES | PARAM_NETWORKS | PARAM_SENSORS | PARAM_UNIT |   \
     PARAM_FILTER | PARAM_ALL)

extern const struct route routes[];
extern const size_t route_count;

#define ROUTE_VALUES_MAX 2
#define ROUTE_VALUE_MAX 256

/* The parameters that stood in a path. */
struct route_path {
    size_t count;
    struct {
        char name[24], value[ROUTE_VALUE_MAX];
    } items[ROUTE_VALUES_MAX];
};

/**
 * Find the route of a path. A route's segment "{NAME}" stands for any one that is not empty.
 *
 * @param ret_methods  when there is none: methods of the same path, "" if the path is unknown
 */
const struct route *route_find(const char *method, const char *path, struct route_path *ret,
                               char ret_methods[32]);

/** openapi.c: describes all routes. Taken; NULL when out of memory. */
json_t *openapi_make(void);

/** route_questions.c */
int route_top(struct ask *ask, struct nj_err *err);
int route_visits(struct ask *ask, struct nj_err *err);
int route_timeline(struct ask *ask, struct nj_err *err);
int route_source(struct ask *ask, struct nj_err *err);
int route_port(struct ask *ask, struct nj_err *err);

/** route_service.c */
int route_status(struct ask *ask, struct nj_err *err);
int route_span(struct ask *ask, struct nj_err *err);
int route_sensors(struct ask *ask, struct nj_err *err);
int route_openapi(struct ask *ask, struct nj_err *err);

/** route_derived.c */
int route_episodes(struct ask *ask, struct nj_err *err);
int route_links(struct ask *ask, struct nj_err *err);
int route_hops(struct ask *ask, struct nj_err *err);
int route_actors(struct ask *ask, struct nj_err *err);
int route_suspects(struct ask *ask, struct nj_err *err);
int route_actor(struct ask *ask, struct nj_err *err);
int route_events(struct ask *ask, struct nj_err *err);
int route_note(struct ask *ask, struct nj_err *err);

/** route_families.c */
int route_families(struct ask *ask, struct nj_err *err);
int route_family(struct ask *ask, struct nj_err *err);
int route_family_name(struct ask *ask, struct nj_err *err);

/** route_trend.c */
int route_findings(struct ask *ask, struct nj_err *err);

/** route_fields.c */
int route_fields(struct ask *ask, struct nj_err *err);

/** route_capture.c */
int route_capture(struct ask *ask, struct nj_err *err);
/** route_feeds.c */
int route_feed(struct ask *ask, struct nj_err *err);
int route_feeds(struct ask *ask, struct nj_err *err);
int route_decisions(struct ask *ask, struct nj_err *err);
int route_decision_history(struct ask *ask, struct nj_err *err);

/** route_documents.c */
int route_sample(struct ask *ask, struct nj_err *err);
int route_dossier(struct ask *ask, struct nj_err *err);

/** route_briefs.c */
int route_brief(struct ask *ask, struct nj_err *err);
int route_briefs(struct ask *ask, struct nj_err *err);
int route_brief_keep(struct ask *ask, struct nj_err *err);
int route_brief_kept(struct ask *ask, struct nj_err *err);
int route_brief_forget(struct ask *ask, struct nj_err *err);

/** metrics.c */
int metrics_answer(struct ask *ask, struct nj_err *err);

#endif
