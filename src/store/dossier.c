/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dossier.h"

#include "store/address_sql.h"
#include "store/named.h"
#include "store/rows.h"

/* Of the addresses, as the list w. */
#define OF_VISITS " FROM visits WHERE src IN (SELECT a FROM w)"
#define OF_TRAITS " FROM traits WHERE src IN (SELECT a FROM w)"
#define OF_V4_VISITS OF_VISITS " AND " SRC_IS_V4

static const struct {
    const char *name, *sql;
} lists[] = {
    {"hours", "SELECT isodow(ts)::INTEGER - 1 AS weekday, hour(ts)::INTEGER AS hour,"
              " sum(sessions)::BIGINT AS sessions" OF_VISITS " GROUP BY ALL ORDER BY ALL"},
    {"places", "SELECT src AS source, country, asn, min(ts) AS first, max(ts) AS last,"
               " sum(sessions)::BIGINT AS sessions" OF_VISITS
               " GROUP BY src, country, asn ORDER BY source, first LIMIT 200"},
    {"traits", "SELECT * FROM (SELECT src AS source, kind, value, max(bits)::DOUBLE AS bits,"
               " max(packets) AS packets, min(ts) AS first, max(ts) AS last" OF_TRAITS
               " GROUP BY src, kind, value) QUALIFY row_number() OVER (PARTITION"
               " BY source, kind ORDER BY last DESC, value) <= 4"
               " ORDER BY source, kind, last DESC, value LIMIT 200"},
    {"spread", "SELECT sensor, sum(targets)::BIGINT AS targets" OF_V4_VISITS
               " AND (proto, dport) = (SELECT (proto, dport)" OF_V4_VISITS
               " GROUP BY proto, dport ORDER BY sum(sessions) DESC, proto, dport LIMIT 1)"
               " GROUP BY sensor ORDER BY sensor"},
    {"totals", "SELECT count(DISTINCT dst) AS targets, sum(sessions)::BIGINT AS sessions,"
               " count(DISTINCT epoch_us(ts) // 3600000000) AS hours" OF_VISITS},
};

/* Of IPv4 at the sensors in the list. A row names one of its targets and counts all. */
static const char hits_sql[] =
    "SELECT greatest(count(DISTINCT dst), coalesce(max(targets), 0))::BIGINT AS targets,"
    " coalesce(max(targets), 0) <= 1 AS exact,"
    " coalesce(sum(sessions), 0)::BIGINT AS sessions,"
    " count(DISTINCT (proto, dport)) AS ports,"
    " count(DISTINCT epoch_us(ts) // 3600000000) AS hours" OF_V4_VISITS
    " AND list_contains(?, sensor)";

/* The list w of the addresses, taken; of a /64 of those that were seen. NULL with *err. */
static char *list_sql(const struct addr *sources, size_t count, struct nj_err *err)
{
    char text[ADDR_TEXT_MAX], *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (out == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        return NULL;
    }
    if (named_nets(sources, count)) {
        (void)fputs("WITH w AS (SELECT DISTINCT src AS a FROM sources WHERE ", out);
        named_where(sources, count, out);
        (void)fputc(')', out);
    } else {
        (void)fputs("WITH w AS (SELECT unnest([", out);
        for (size_t i = 0; i < count; i++)
            (void)fprintf(out, "%s'%s'", i == 0 ? "" : ", ", uuid_text(sources[i], text));
        (void)fputs("]::UUID[]) AS a)", out);
    }
    if (fclose(out) != 0) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        free(sql);
        return NULL;
    }
    return sql;
}

static json_t *answer(struct store *store, const char *w, const char *list,
                      const struct duck_value *value, struct nj_err *err)
{
    json_t *rows;
    char *sql;

    if (asprintf(&sql, "%s %s", w, list) < 0) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        return NULL;
    }
    rows = rows_json(store, sql, value, value != NULL, err);
    free(sql);
    return rows;
}

int store_dossier(struct store *store, const struct addr *sources, size_t count,
                  const char *const *sensors, size_t sensor_count, json_t **ret,
                  struct nj_err *err)
{
    const struct duck_value at = {.kind = DUCK_TEXTS, .texts = sensors, .count = sensor_count};
    char *w = list_sql(sources, count, err);
    json_t *object = json_object();
    int rc = w == NULL ? -1 : 0;

    for (size_t i = 0; rc == 0 && i < sizeof(lists) / sizeof(lists[0]); i++) {
        json_t *rows = answer(store, w, lists[i].sql, NULL, err);

        if (rows == NULL || json_object_set_new(object, lists[i].name, rows) < 0)
            rc = -1;
    }
    if (rc == 0) {
        json_t *rows = answer(store, w, hits_sql, &at, err);

        if (rows == NULL || json_object_set_new(object, "hits", rows) < 0)
            rc = -1;
    }
    free(w);
    if (rc < 0)
        json_decref(object);
    else
        *ret = object;
    return rc;
}

/* ---- whom they reached ---- */

static int read_reached(const json_t *rows, struct sample **ret, size_t *ret_count,
                        struct nj_err *err)
{
    struct sample *reached = calloc(json_array_size(rows) + 1, sizeof(*reached));
    json_t *row;
    size_t i;

    if (reached == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for addresses");
    json_array_foreach(rows, i, row)
    {
        const char *src = json_string_value(json_object_get(row, "src"));
        const char *dst = json_string_value(json_object_get(row, "dst"));

        if (addr_parse(src == NULL ? "" : src, &reached[i].src, err) < 0 ||
            addr_parse(dst == NULL ? "" : dst, &reached[i].dst, err) < 0) {
            free(reached);
            return -1;
        }
    }
    *ret = reached;
    *ret_count = json_array_size(rows);
    return 0;
}

int store_dossier_reached(struct store *store, const struct addr *sources, size_t count,
                          struct sample **ret, size_t *ret_count, struct nj_err *err)
{
    char *w = list_sql(sources, count, err), list[128];
    json_t *rows;
    int rc;

    (void)snprintf(list, sizeof(list),
                   "SELECT DISTINCT src, dst" OF_VISITS " AND dst IS NOT NULL LIMIT %u",
                   DOSSIER_REACHED);
    rows = w == NULL ? NULL : answer(store, w, list, NULL, err);
    rc = rows == NULL ? -1 : read_reached(rows, ret, ret_count, err);
    json_decref(rows);
    free(w);
    return rc;
}
