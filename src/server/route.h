/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes: what the service answers. Handlers, openapi.json and its test come from
 * it. A new question is a row of routes.c and a function that asks the store. */
#ifndef NJ_SERVER_ROUTE_H
#define NJ_SERVER_ROUTE_H

#include "server/answer.h"
#include "server/query.h"

struct server;

/* What the function of a route gets. */
struct ask {
    struct server *server;
    struct store *store; /* NULL: the route needs none */
    const struct query *query;
    const char *body; /* of a POST */
    size_t body_length;
    struct answer *answer;
};

enum route_kind {
    ROUTE_ROWS,   /* {"rows": [...], "next": ...} */
    ROUTE_OBJECT, /* one JSON object */
    ROUTE_STREAM, /* Server-Sent Events without end */
    ROUTE_REPLAY, /* the same from the store */
    ROUTE_TEXT,
};

struct route {
    const char *method;
    const char *path; /* may end in "/{NAME}", one segment */
    enum route_kind kind;
    unsigned params; /* enum query_param bits */
    unsigned scope;  /* enum scope_bit */
    bool no_store;   /* answered at once, by the HTTP thread */
    const char *tag, *summary;
    const char *const *columns; /* rows: names, for openapi.json; NULL: as the fields say */
    /** Fill ask->answer. @return 0; -1: *err is turned into an answer */
    int (*answer)(struct ask *ask, struct nj_err *err);
};

extern const struct route routes[];
extern const size_t route_count;

/**
 * Find the route of a path.
 *
 * @param ret_rest     the last segment, if the route's is a parameter; NULL if not
 * @param ret_methods  when there is none: methods of the same path, "" if the path is unknown
 */
const struct route *route_find(const char *method, const char *path, const char **ret_rest,
                               char ret_methods[32]);

/** Name of the parameter that the path ends in; NULL if it has none. `name` holds 32 bytes. */
const char *route_path_param(const struct route *route, char name[32]);

/** openapi.c: describes all routes. Taken; NULL when out of memory. */
json_t *openapi_make(void);

/** route_derived.c */
int route_episodes(struct ask *ask, struct nj_err *err);
int route_links(struct ask *ask, struct nj_err *err);
int route_hops(struct ask *ask, struct nj_err *err);
int route_actors(struct ask *ask, struct nj_err *err);
int route_suspects(struct ask *ask, struct nj_err *err);
int route_actor(struct ask *ask, struct nj_err *err);
int route_events(struct ask *ask, struct nj_err *err);
int route_note(struct ask *ask, struct nj_err *err);

/** route_trend.c */
int route_findings(struct ask *ask, struct nj_err *err);

/** metrics.c */
int metrics_answer(struct ask *ask, struct nj_err *err);

#endif
