/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar findings [FILTER]: what changed from week to week, with the statistics behind it. */
#include <stdlib.h>
#include <string.h>

#include "about/brief.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "trend/findings.h"

static const char *const brief[] = {
    "week", "kind",     "country", "port", "proto", "count",
    "unit", "baseline", "ratio",   "q",    "state", NULL,
};

struct asked {
    struct findings_question question;
    uint32_t limit; /* of findings; 0: all */
    bool quiet;
};

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    const struct asked *asked = ctx;
    struct findings findings;
    size_t found;
    int rc;

    if (findings_find(store, &asked->question, &findings, err) < 0)
        return -1;
    found = findings.count;
    if (asked->limit > 0 && findings.count > asked->limit)
        findings.count = asked->limit;
    rc = findings_send(&findings, sink, err);
    if (rc == 0 && !asked->quiet && findings.count < found)
        cli_say("the latest %zu of %zu findings; -n 0 shows all", findings.count, found);
    if (rc == 0 && !asked->quiet)
        cli_say("%llu cells of %u %s tested, counting %s; a share of at most %.2g of the"
                " findings is expected to be false%s",
                (unsigned long long)findings.tested, findings.weeks,
                findings.weeks == 1 ? "week" : "weeks", unit_names[asked->question.unit],
                asked->question.q,
                findings.weeks_untested > 0 ? "; weeks without two weeks before them: not"
                                              " tested"
                                            : "");
    if (rc == 0 && !asked->quiet)
        cli_say("counts are what the sensors saw; %s%s",
                findings.reach.why == NULL ? "a finding that is localised says so in its text"
                                           : "whether a port is asked for everywhere or only"
                                             " here is not known: ",
                findings.reach.why == NULL ? "" : findings.reach.why);
    findings_done(&findings);
    return rc;
}

static int find_unit(const struct cli *cli, const char *text, enum unit *ret_unit)
{
    const char *names[UNITS + 1] = {NULL};
    char hint[CLI_SUGGEST_MAX];

    for (size_t i = 0; i < UNITS; i++) {
        names[i] = unit_names[i];
        if (strcmp(text, unit_names[i]) == 0) {
            *ret_unit = (enum unit)i;
            return 0;
        }
    }
    return cli_usage(cli, "--unit %s: %s", text, cli_suggest(text, names, hint));
}

int cmd_findings(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct asked asked = {.question = {.scope = ask_everything(),
                                       .q = FINDINGS_Q,
                                       .service = ports_service_for,
                                       .own_service = ports_own_service}};
    struct findings_question *question = &asked.question;
    struct cli_list countries = {0};
    const char *unit = unit_names[UNIT_SOURCES];
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "findings, the latest first (0: all, the default)",
         .number = &asked.limit},
        {.name = "from",
         .argument = "TIME",
         .help = "report the weeks from this day on (UTC)",
         .from = &question->scope.from_us},
        {.name = "to",
         .argument = "TIME",
         .help = "up to and with the week of this day",
         .to = &question->scope.to_us},
        {.name = "country",
         .argument = "CC",
         .help = "test this country besides the whole (may be repeated; all)",
         .list = &countries},
        {.name = "unit",
         .argument = "UNIT",
         .help = "count sources, actors or sessions (sources)",
         .text = &unit},
        ASK_ALL(&question->scope.all_classes),
    };
    struct setup setup;
    struct ports *ports = NULL;
    struct reach_sensor *sensors = NULL;
    char *filter = NULL;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = find_unit(cli, unit, &question->unit);
    if (rc == 0)
        rc = ask_filter(cli, 0, &question->scope, &filter, err);
    if (rc != 0)
        return rc;
    asked.quiet = cli->quiet;
    if (countries.count > 0) {
        question->countries = countries.items;
        question->country_count = countries.count;
    }
    rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        rc = setup_ports(&ports, err);
        question->service_ctx = ports;
        sensors = about_sensors(&setup.config);
        if (rc == 0 && sensors == NULL)
            rc = nj_fail(err, NJ_NOMEM, "no memory for sensors");
        question->sensors = sensors;
        question->sensor_count = setup.config.sensor_count;
        if (rc == 0)
            rc = ask_rows(cli, &setup, cli->verbose ? NULL : brief, ask, &asked, err);
        setup_done(&setup);
    }
    ports_free(ports);
    free(sensors);
    free(filter);
    return rc;
}
