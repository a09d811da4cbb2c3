/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar expire: drop the days that are too old. */
#include <time.h>

#include "base/span.h"
#include "cli/commands.h"
#include "cli/setup.h"
#include "cli/upkeep.h"

/* The day before which a kind of data is not kept, if the configuration names it. */
static int64_t limit_of(int64_t days)
{
    return days == 0 ? INT64_MIN : ((int64_t)time(NULL) / DAY_S - days) * DAY_US;
}

/* @return 0; -1 */
static int limits_of_config(const struct setup *setup, struct store_limits *ret,
                            struct nj_err *err)
{
    if (setup->config.visits_days == 0 && setup->config.traits_days == 0 &&
        setup->config.samples_days == 0)
        return nj_fail(err, NJ_CONFIG,
                       "what is too old? give --before DAY, or visits_days, traits_days or "
                       "samples_days in "
                       "[retention] of the configuration (%s)",
                       setup->config_path == NULL ? "there is none" : setup->config_path);
    ret->visits_us = limit_of(setup->config.visits_days);
    ret->traits_us = limit_of(setup->config.traits_days);
    ret->samples_us = limit_of(setup->config.samples_days);
    return 0;
}

static int expire(struct cli *cli, const struct setup *setup, const struct store_limits *limits,
                  struct nj_err *err)
{
    static const char *const columns[] = {"segments", "rows", "bytes", "removed", NULL};
    struct store_options options = setup_writer_options(cli, setup);
    struct store_report report;
    struct store *store;
    int rc;

    if (setup_need_store(setup, err) < 0 || store_open_writer(&options, &store, err) < 0)
        return -1;
    rc = store_expire(store, limits, upkeep_say, cli, &report, err);
    if (rc == 0)
        rc = upkeep_print(cli, &report, columns, err);
    store_close(store);
    return rc;
}

int cmd_expire(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    int64_t before_us = INT64_MIN;
    const struct cli_option options[] = {
        {.name = "before",
         .argument = "DAY",
         .help = "drop what is older than this day (UTC)",
         .from = &before_us},
    };
    struct store_limits limits;
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, 1, err);

    if (rc == 0)
        rc = cli_no_words(cli);
    if (rc == 0 && before_us != INT64_MIN && before_us % DAY_US != 0)
        rc = cli_usage(cli, "--before: whole days are dropped, expected one as 2020-05-01");
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc != 0)
        return rc;
    limits.visits_us = limits.traits_us = limits.samples_us = before_us;
    if (before_us == INT64_MIN)
        rc = limits_of_config(&setup, &limits, err);
    if (rc == 0)
        rc = expire(cli, &setup, &limits, err);
    setup_done(&setup);
    return rc;
}
