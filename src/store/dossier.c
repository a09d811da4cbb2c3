/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dossier.h"

#include "store/rows.h"

/* Of the addresses, as the list w. */
#define OF(view) " FROM " view " WHERE src IN (SELECT a::UUID FROM w)"

static const struct {
    const char *name, *sql;
} lists[] = {
    {"hours", "SELECT isodow(ts)::INTEGER - 1 AS weekday, hour(ts)::INTEGER AS hour,"
              " sum(sessions)::BIGINT AS sessions" OF("visits") " GROUP BY ALL ORDER BY ALL"},
    {"places", "SELECT src AS source, country, asn, min(ts) AS first, max(ts) AS last,"
               " sum(sessions)::BIGINT AS sessions" OF(
                   "visits") " GROUP BY src, country, asn ORDER BY source, first LIMIT 200"},
    {"traits", "SELECT * FROM (SELECT src AS source, kind, value, max(bits)::DOUBLE AS bits,"
               " max(packets) AS packets, min(ts) AS first, max(ts) AS last" OF(
                   "traits") " GROUP BY src, kind, value) QUALIFY row_number() OVER (PARTITION"
                             " BY source, kind ORDER BY last DESC, value) <= 4"
                             " ORDER BY source, kind, last DESC, value LIMIT 200"},
    {"spread",
     "SELECT sensor, sum(targets)::BIGINT AS targets" OF(
         "visits") " AND (proto, dport) = (SELECT (proto, dport)" OF("visits") " GROUP BY"
                                                                               " proto, dport "
                                                                               "ORDER BY "
                                                                               "sum(sessions) "
                                                                               "DESC, proto, "
                                                                               "dport LIMIT 1)"
                                                                               " GROUP BY "
                                                                               "sensor ORDER "
                                                                               "BY sensor"},
    {"totals", "SELECT count(DISTINCT dst) AS targets, sum(sessions)::BIGINT AS sessions,"
               " count(DISTINCT epoch_us(ts) // 3600000000) AS hours" OF("visits")},
};

int store_dossier(struct store *store, const struct addr *sources, size_t count, json_t **ret,
                  struct nj_err *err)
{
    char texts[DOSSIER_SOURCES][ADDR_TEXT_MAX];
    const char *items[DOSSIER_SOURCES];
    struct duck_value value = {.kind = DUCK_TEXTS, .texts = items};
    json_t *object = json_object();
    char sql[900];

    for (; value.count < count && value.count < DOSSIER_SOURCES; value.count++)
        items[value.count] = uuid_text(sources[value.count], texts[value.count]);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        json_t *rows;

        (void)snprintf(sql, sizeof(sql), "WITH w AS (SELECT unnest(?) AS a) %s", lists[i].sql);
        rows = rows_json(store, sql, &value, 1, err);
        if (rows == NULL || json_object_set_new(object, lists[i].name, rows) < 0) {
            json_decref(object);
            return -1;
        }
    }
    *ret = object;
    return 0;
}
