/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what changed from week to week. */
#include <stdlib.h>

#include "about/brief.h"
#include "server/internal.h"
#include "trend/findings.h"

int route_findings(struct ask *ask, struct nj_err *err)
{
    const struct query *query = ask->query;
    const char *countries[QUERY_COUNTRIES_MAX];
    struct findings_question question = {
        .scope = query_scope(query),
        .unit = (enum unit)query->unit,
        .q = FINDINGS_Q,
        .service = ports_service_for,
        .own_service = ports_own_service,
        .service_ctx = ask->server->options.ports,
    };
    struct reach_sensor *sensors = about_sensors(ask->server->settings->config);
    struct findings findings;
    struct answer_rows rows;
    struct row_sink sink;
    int rc;

    for (size_t i = 0; i < query->country_count; i++)
        countries[i] = query->countries[i];
    if (query->country_count > 0) {
        question.countries = countries;
        question.country_count = query->country_count;
    }
    if (sensors == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for sensors");
    question.sensors = sensors;
    question.sensor_count = ask->server->settings->config->sensor_count;
    rc = findings_find(ask->store, &question, &findings, err);
    free(sensors);
    if (rc < 0)
        return -1;
    answer_rows_init(&rows, ask->answer, query->offset, query->limit);
    sink = answer_rows_sink(&rows);
    rc = findings_send(&findings, &sink, err);
    if (rc == 0)
        rc = answer_rows_close(&rows, err);
    if (rc == 0) {
        text_addf(&ask->answer->body, ",\"tested\":%llu,\"weeks\":%u,\"weeks_untested\":%u",
                  (unsigned long long)findings.tested, findings.weeks, findings.weeks_untested);
        rc = answer_rows_end(&rows, err);
    }
    answer_rows_done(&rows);
    findings_done(&findings);
    return rc;
}
