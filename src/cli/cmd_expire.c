/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar expire: drop the days that are too old. */
#include <time.h>

#include "cli/commands.h"
#include "cli/setup.h"
#include "cli/upkeep.h"

#define DAY_S 86400
#define DAY_US (DAY_S * 1000000ll)

/* The day before which nothing is kept. The store drops whole days, so a kind of data that the
 * configuration does not name keeps them all. @return 0; -1 */
static int day_of_config(const struct setup *setup, int64_t *ret_before_us, struct nj_err *err)
{
    int64_t visits = setup->config.visits_days, traits = setup->config.traits_days;
    int64_t days = visits > traits ? visits : traits;

    if (visits == 0 || traits == 0)
        return nj_fail(err, NJ_CONFIG,
                       "what is too old? give --before DAY, or visits_days and traits_days in "
                       "[retention] of the configuration (%s)",
                       setup->config_path == NULL ? "there is none" : setup->config_path);
    *ret_before_us = ((int64_t)time(NULL) / DAY_S - days) * DAY_US;
    return 0;
}

static int expire(struct cli *cli, const struct setup *setup, int64_t before_us,
                  struct nj_err *err)
{
    static const char *const columns[] = {"segments", "rows", "bytes", "removed", NULL};
    struct store_options options = setup_store_options(setup);
    struct store_report report;
    struct store *store;
    int rc;

    if (setup_need_store(setup, err) < 0 || store_open_writer(&options, &store, err) < 0)
        return -1;
    rc = store_expire(store, before_us, upkeep_say, cli, &report, err);
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
    if (before_us == INT64_MIN)
        rc = day_of_config(&setup, &before_us, err);
    if (rc == 0)
        rc = expire(cli, &setup, before_us, err);
    setup_done(&setup);
    return rc;
}
