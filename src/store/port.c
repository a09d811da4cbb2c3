/* SPDX-License-Identifier: Apache-2.0 */
/* The history of a port, as a JSON object. */
#include <string.h>

#include "store/rows.h"
#include "store/scope.h"

#define WEEKS_MAX 520 /* ten years */
#define TOP_MAX 10

static json_t *ask(struct store *store, const struct scope *scope, const char *what,
                   const char *rest, struct nj_err *err)
{
    json_t *rows;
    char *sql;

    if (asprintf(&sql, "WITH r AS (SELECT %s FROM %s WHERE %s) SELECT %s FROM r %s",
                 scope->view == VIEW_VISITS
                     ? "*, ts AS began, ts + to_microseconds(duration_us) AS ended"
                     : "*, first AS began, last AS ended",
                 view_names[scope->view], scope->sql, what, rest) < 0) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        return NULL;
    }
    rows = rows_json(store, sql, scope->values, scope->count, err);
    free(sql);
    return rows;
}

#define SUMS "sum(sessions)::BIGINT AS sessions, count(DISTINCT src) AS sources"
#define STRINGIFY(X) #X
#define TEXT(X) STRINGIFY(X)

static const struct {
    const char *name, *what, *rest;
} lists[] = {
    {"classes", "class, " SUMS, "GROUP BY class ORDER BY sessions DESC, class"},
    {"weeks",
     "strftime(date_trunc('week', day), '%G-W%V') AS week,"
     " CASE proto WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' WHEN 132 THEN 'sctp' WHEN 1 THEN 'icmp'"
     " ELSE 'icmpv6' END AS proto, " SUMS,
     "GROUP BY ALL ORDER BY week DESC, proto LIMIT " TEXT(WEEKS_MAX)},
    {"countries", "country, " SUMS,
     "GROUP BY country ORDER BY sessions DESC, country LIMIT " TEXT(TOP_MAX)},
    {"top_sources",
     "src AS source, any_value(country ORDER BY began DESC) AS country,"
     " any_value(asn ORDER BY began DESC) AS asn, sum(sessions)::BIGINT AS sessions,"
     " min(began) AS first, max(ended) AS last",
     "GROUP BY src ORDER BY sessions DESC, src LIMIT " TEXT(TOP_MAX)},
};

static int history(struct store *store, struct scope *scope, json_t **ret, struct nj_err *err)
{
    json_t *rows, *object;

    if (scope->view < VIEW_SOURCES)
        scope->view = VIEW_SOURCES;
    rows = ask(store, scope, "min(began) AS first, max(ended) AS last, " SUMS,
               "HAVING count(*) > 0", err);
    if (rows == NULL)
        return -1;
    if (rows_only(rows, &object) == STORE_UNKNOWN)
        return STORE_UNKNOWN;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        rows = ask(store, scope, lists[i].what, lists[i].rest, err);
        if (rows == NULL) {
            json_decref(object);
            return -1;
        }
        (void)json_object_set_new(object, lists[i].name, rows);
    }
    *ret = object;
    return 0;
}

int store_port(struct store *store, uint16_t port, uint8_t proto,
               const struct store_scope *asked, json_t **ret, struct nj_err *err)
{
    const char *name = proto == 0 ? "tcp, udp, sctp" : PROTO_TEXT(proto);
    bool more = asked->filter != NULL && asked->filter[0] != '\0';
    struct store_scope about = *asked;
    struct scope scope;
    char *filter;
    int rc;

    if (asprintf(&filter, "dport = %u and proto in (%s)%s%s%s", port, name,
                 more ? " and (" : "", more ? asked->filter : "", more ? ")" : "") < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    about.filter = filter;
    rc = scope_compile(store, &about, &scope, err);
    if (rc == 0) {
        rc = history(store, &scope, ret, err);
        scope_done(&scope);
    }
    free(filter);
    return rc;
}
