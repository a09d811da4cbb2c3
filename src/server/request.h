/* SPDX-License-Identifier: Apache-2.0 */
/* One request while it is read and answered. Inside of server/: http.c leads it from the
 * library's first call to its last, request.c reads what it asks. */
#ifndef NJ_SERVER_REQUEST_H
#define NJ_SERVER_REQUEST_H

#include "server/internal.h"

enum request_state { REQUEST_NEW, REQUEST_BODY, REQUEST_ASKED, REQUEST_ANSWERED };

struct request {
    struct server *server;
    struct MHD_Connection *connection;
    const struct route *route;
    enum request_state state;
    struct query query;
    struct taxii_question *taxii; /* of ROUTE_TAXII */
    struct answer answer;
    char *body;
    size_t body_length, upload;
    struct text key;  /* of the cache; empty: this is not kept */
    int64_t clock_us; /* the instant of "now"; 0: the question does not ask the clock */
    uint64_t version; /* of the store when it was asked */
    bool versioned;   /* else it is not known */
    bool is_taxii;    /* by its path: errors are TAXII's */
    bool hostless;    /* HTTP/1.1 without a Host header (RFC 9112, 3.2) */
};

/** What is asked: the parts of the path, the parameters, and the clock where the route asks it.
 *
 * @return 0; > 0: a part of the path names nothing, and *err says which; -1: NJ_NOMEM, or what
 * is wrong with the request */
int request_read(struct request *request, const char *url, const struct route_path *path,
                 struct nj_err *err);

#endif
