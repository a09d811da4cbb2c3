/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of requests, declared once: parsing, limits and openapi.json come from the
 * table in query.c. No parameter is ever pasted into a query. Pure; any thread. */
#ifndef NJ_SERVER_QUERY_H
#define NJ_SERVER_QUERY_H

#include "store/query.h"

#define QUERY_SOURCES_MAX 100 /* addresses of one timeline */
#define QUERY_COUNTRIES_MAX 32
#define QUERY_VALUE_MAX 65536u /* bytes of a value: those of the longest filter */

/* Bits: a route lists those that it takes. */
enum query_param {
    PARAM_FIELD = 1u << 0,    /* of the path: what is ranked */
    PARAM_ADDRESS = 1u << 1,  /* of the path */
    PARAM_ACTOR = 1u << 2,    /* of the path */
    PARAM_PORT = 1u << 3,     /* of the path */
    PARAM_SOURCES = 1u << 4,  /* addresses, with commas between */
    PARAM_SOURCE = 1u << 5,   /* one address */
    PARAM_OF_ACTOR = 1u << 6, /* one actor */
    PARAM_FILTER = 1u << 7,
    PARAM_FROM = 1u << 8,
    PARAM_TO = 1u << 9,
    PARAM_BY = 1u << 10,
    PARAM_ALL = 1u << 11,
    PARAM_LIMIT = 1u << 12,
    PARAM_OFFSET = 1u << 13,
    PARAM_SPEED = 1u << 14,
    PARAM_PROTO = 1u << 15,
    PARAM_UNIT = 1u << 16,
    PARAM_COUNTRIES = 1u << 17,
    PARAM_AT = 1u << 18,
    PARAM_SHOW = 1u << 19, /* visits a second of a stream */
};

/* What the parameters of one request say. Texts are taken. */
struct query {
    enum top_field field;
    struct addr address;
    uint64_t actor;
    uint16_t port;
    uint8_t proto; /* 0: not given */
    struct addr sources[QUERY_SOURCES_MAX];
    size_t source_count;
    struct addr source; /* addr_is_none: not given */
    uint64_t of_actor;
    char *filter;
    int64_t from_us, to_us, at_us;
    enum period by;
    bool all;
    unsigned limit, offset;
    double speed;
    unsigned show;
    unsigned unit; /* number in query_units */
    char countries[QUERY_COUNTRIES_MAX][3];
    size_t country_count;
    unsigned given; /* enum query_param bits */
};

#define QUERY_LIMIT_DEFAULT 100u
#define QUERY_LIMIT_MAX 10000u
#define QUERY_OFFSET_MAX 1000000u
#define QUERY_SPEED_MAX 100000.0
#define QUERY_SHOW_DEFAULT 500u
#define QUERY_SHOW_MAX 2000u

extern const char *const query_units[]; /* ended by NULL: "sources", "actors", "sessions" */

struct query_info {
    enum query_param param;
    const char *name;
    bool in_path;
    const char *type;         /* of JSON schema: "string", "integer", ... */
    const char *const *words; /* all that it may say, ended by NULL; NULL: anything */
    double least, most;       /* of numbers; most 0: no bound */
    const char *description;
};

/** All parameters. */
const struct query_info *query_params(size_t *ret_count);

void query_init(struct query *query);
void query_done(struct query *query);

/**
 * One parameter.
 *
 * @param allowed  enum query_param bits of the route
 * @param in_path  it stands in the path, not behind the "?"
 * @param value    any bytes, NUL-terminated
 * @return 0; -1 NJ_CONFIG: one line for the client, NJ_NOMEM
 */
int query_set(struct query *query, unsigned allowed, bool in_path, const char *name,
              const char *value, struct nj_err *err);

/** After the last one: what belongs together fits together. @return 0; -1 NJ_CONFIG */
int query_check(const struct query *query, struct nj_err *err);

/** The scope that it asks for; borrows the filter. */
struct store_scope query_scope(const struct query *query);

#endif
