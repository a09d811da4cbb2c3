/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of requests, declared once: parsing, limits and openapi.json come from the
 * table in query_params.c. No parameter is ever pasted into a query. Pure; any thread. */
#ifndef NJ_SERVER_QUERY_H
#define NJ_SERVER_QUERY_H

#include "feed/feed.h"
#include "store/query.h"

#define QUERY_SOURCES_MAX 100 /* addresses of one timeline */
#define QUERY_COUNTRIES_MAX 32
#define QUERY_VALUE_MAX 65536u /* bytes of a value: those of the longest filter */

/* Bits: a route lists those that it takes. (Constants of an enum are ints, which are too
 * short.) */
#define PARAM_FIELD (1ull << 0)    /* of the path: what is ranked */
#define PARAM_ADDRESS (1ull << 1)  /* of the path */
#define PARAM_ACTOR (1ull << 2)    /* of the path */
#define PARAM_PORT (1ull << 3)     /* of the path */
#define PARAM_SOURCES (1ull << 4)  /* addresses, with commas between */
#define PARAM_SOURCE (1ull << 5)   /* one address */
#define PARAM_OF_ACTOR (1ull << 6) /* one actor */
#define PARAM_FILTER (1ull << 7)
#define PARAM_FROM (1ull << 8)
#define PARAM_TO (1ull << 9)
#define PARAM_BY (1ull << 10)
#define PARAM_ALL (1ull << 11)
#define PARAM_LIMIT (1ull << 12)
#define PARAM_OFFSET (1ull << 13)
#define PARAM_SPEED (1ull << 14)
#define PARAM_PROTO (1ull << 15)
#define PARAM_UNIT (1ull << 16)
#define PARAM_COUNTRIES (1ull << 17)
#define PARAM_AT (1ull << 18)
#define PARAM_SHOW (1ull << 19)    /* visits a second of a stream */
#define PARAM_FEED (1ull << 20)    /* of the path: its name */
#define PARAM_SUBJECT (1ull << 21) /* of the path: an address or actor */
#define PARAM_BRIEF (1ull << 22)   /* of the path: the number of a kept brief */
#define PARAM_FORMAT (1ull << 23)  /* of a document */
#define PARAM_SANITIZE (1ull << 24)
#define PARAM_FAMILY (1ull << 25)
#define PARAM_ACTION (1ull << 26)
#define PARAM_ENTRIES (1ull << 27) /* of a list, at most */
#define PARAM_NAME (1ull << 28)    /* of tables and sets in a list */
#define PARAM_HOST (1ull << 29)    /* of syslog messages */
#define PARAM_SET (1ull << 30)     /* of nftables */
#define PARAM_NETWORKS (1ull << 31)
#define PARAM_SENSORS (1ull << 32)
#define PARAM_FILE (1ull << 33)     /* of the path: of a feed that is a folder */
#define PARAM_RELATION (1ull << 34) /* of the path: a family of relations */

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
    unsigned feed; /* number in `feeds` */
    int64_t brief;
    unsigned format;   /* number in query_formats */
    unsigned sanitize; /* number in query_sanitize */
    enum feed_family family;
    unsigned actions;                            /* FEED_ACTION bits */
    unsigned entries;                            /* 0: all */
    char name[96], host[256], set[96], file[96]; /* "": not given */
    char relation[16];                           /* a family of relations */
    char *networks, *sensors;                    /* with commas between; NULL: not given */
    bool at_now;                                 /* at=now */
    uint64_t given;                              /* PARAM_ bits */
};

#define QUERY_LIMIT_DEFAULT 100u
#define QUERY_LIMIT_MAX 10000u
#define QUERY_OFFSET_MAX 1000000u
#define QUERY_SPEED_MAX 100000.0
#define QUERY_SHOW_DEFAULT 500u
#define QUERY_SHOW_MAX 2000u

extern const char *const query_formats[]; /* "html", "md", "json" */
enum query_format { FORMAT_HTML, FORMAT_MARKDOWN, FORMAT_JSON };
extern const char *const query_sanitize[]; /* "true", "strict", "false" */
enum query_sanitizing { SANITIZE_YES, SANITIZE_STRICT, SANITIZE_NO };
extern const char *const query_units[];     /* ended by NULL: "sources", "actors", "sessions" */
extern const enum period query_period_of[]; /* what the words of PARAM_BY mean */
extern const uint8_t query_proto_of[];      /* and those of PARAM_PROTO */

struct query_info {
    uint64_t param;
    const char *name;
    bool in_path;
    const char *type;         /* of JSON schema: "string", "integer", ... */
    const char *const *words; /* all that it may say, ended by NULL; NULL: anything */
    double least, most;       /* of numbers; most 0: no bound */
    const char *description;
};

#define QUERY_PARAMS_MAX 64u /* there are as many bits */

/** All parameters. */
const struct query_info *query_params(size_t *ret_count);

void query_init(struct query *query);
void query_done(struct query *query);

/**
 * One parameter.
 *
 * @param allowed  PARAM_ bits of the route
 * @param in_path  it stands in the path, not behind the "?"
 * @param value    any bytes, NUL-terminated
 * @return 0; QUERY_UNKNOWN: nothing has that name; -1 NJ_CONFIG, NJ_NOMEM. *err has one line
 * for the client
 */
#define QUERY_UNKNOWN 1
int query_set(struct query *query, uint64_t allowed, bool in_path, const char *name,
              const char *value, struct nj_err *err);

/** Words of a list with commas between, in place.
 * @return how many; max + 1: there are more, of which `items` has the first */
size_t query_split(char *text, const char **items, size_t max);

/** After the last one: what belongs together fits together. @return 0; -1 NJ_CONFIG */
int query_check(const struct query *query, struct nj_err *err);

/** The scope that it asks for; borrows the filter. */
struct store_scope query_scope(const struct query *query);

#endif
