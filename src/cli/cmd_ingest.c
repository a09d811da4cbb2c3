/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar ingest FILE...: captures and logs into the store. */
#include <stdlib.h>
#include <string.h>

#include "base/folders.h"
#include "capture/reader.h"
#include "cli/alerts.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/derived.h"
#include "cli/follow.h"
#include "cli/ingest_answer.h"
#include "cli/ingest_say.h"
#include "cli/progress.h"
#include "cli/setup.h"
#include "pipeline/pipeline.h"

#define TURN_MS 5000 /* for another writer to take the store that was let go of */

/* What belongs to one run. */
struct run {
    const struct cli *cli;
    const struct setup *setup;
    const char *sensor, *as;
    struct log_options log;
    bool close, drop_open, follow, watch;
    unsigned every_s;
    const char *alerts_path; /* NULL: nobody is told */
    struct alerts alerts;

    struct store *store;
    struct derive *derive;
    struct ports *ports;
    struct enrich *enrich;
    struct log_formats *formats;
    struct pipeline *pipeline;
    struct ingest_answer answer;
    struct progress progress;
    /* The result of the last input that was read waits for what the end of the run adds to it;
     * those that could not be read wait behind it, to keep the order. */
    struct ingest_result *waiting;
    size_t waiting_count;
    bool any_failed;
    bool back; /* the store was let go of for another process before */
};

static void say_result(struct run *run, const struct ingest_result *result)
{
    progress_clear(&run->progress);
    ingest_say_result(run->cli, result);
}

static void flush_results(struct run *run)
{
    for (size_t i = 0; i < run->waiting_count; i++)
        ingest_answer_result(&run->answer, &run->waiting[i]);
    run->waiting_count = 0;
}

/* ---- the later stages ---- */

/* With --watch the answer is what happens, not what was read. Called by the thread that
 * derives: one of its own while inputs are read, then the main one. */
static int on_event(void *ctx, const struct derived_event *event, struct nj_err *err)
{
    struct run *run = ctx;

    (void)err;
    ingest_answer_event(&run->answer, event);
    return 0;
}

/* A commit is durable, and more is to come. */
static int on_commit(void *ctx, struct nj_err *err)
{
    struct run *run = ctx;
    int rc = derive_run(run->derive, false, err);

    (void)fflush(stdout);
    return rc;
}

static int begin_alerts(struct run *run, struct nj_err *err)
{
    struct store *store = NULL;
    struct nj_err none;
    int rc;

    if (run->alerts_path == NULL)
        return 0;
    if (alerts_ready(run->setup, run->alerts_path, &run->alerts, err) < 0)
        return -1;
    if (ask_open(run->setup, &store, &none) < 0)
        store = NULL; /* a new one */
    rc = alerts_begin(run->setup, store, err);
    store_close(store);
    return rc;
}

/* Alerts that can't be told now are no reason not to have taken in what there was. */
static void tell_alerts(struct run *run)
{
    struct store *store = NULL;
    struct nj_err err;

    if (run->alerts_path == NULL)
        return;
    if (ask_open(run->setup, &store, &err) < 0 ||
        alerts_once(run->cli, run->setup, store, &run->alerts, &err) < 0)
        cli_say("warning: alerts: %s", err.msg);
    store_close(store);
}

static int begin_derive(struct run *run, struct nj_err *err)
{
    struct derive_options options;

    if (setup_ports(&run->ports, err) < 0)
        return -1;
    options = derived_options(run->setup, run->store, run->ports);
    options.lean = !run->watch && !run->follow;
    if (run->watch) {
        options.event = on_event;
        options.event_ctx = run;
    }
    return derive_new(&options, &run->derive, err);
}

/* @return 0; CLI_USAGE, said; -1 */
static int begin(struct run *run, struct nj_err *err)
{
    struct store_options store = setup_writer_options(run->cli, run->setup);
    char rules[PATH_MAX];
    struct pipeline_options options = setup_pipeline_options(run->setup, rules);

    store.gives_turns = run->follow;
    if (setup_formats(&run->formats, err) < 0)
        return -1;
    if (run->as != NULL && !reader_knows(run->as) &&
        log_formats_find(run->formats, run->as) == NULL)
        return cli_usage(
            run->cli, "--as %s: there is no such format (nightjar doctor has them)", run->as);
    if (nj_make_parents(run->setup->store_dir, 0777, err) < 0 ||
        store_open_writer(&store, &run->store, err) < 0 ||
        (!run->back && begin_alerts(run, err) < 0) ||
        setup_enrich(run->setup, SETUP_PLACES, &run->enrich, err) < 0)
        return -1;
    if (!run->back)
        ingest_say_databases(run->cli, run->enrich);
    options.store = run->store;
    options.enrich = run->enrich;
    options.formats = run->formats;
    options.sensor = run->sensor;
    options.as = run->as;
    options.log = run->log;
    options.close = run->close;
    options.drop_open = run->drop_open && !run->back;
    options.progress = run->progress.on ? progress_show : NULL;
    options.progress_ctx = &run->progress;
    if (begin_derive(run, err) < 0)
        return -1;
    options.committed = on_commit;
    options.committed_ctx = run;
    return pipeline_new(&options, &run->pipeline, err);
}

/* Many small commits leave many small files, which questions wait for. All rows are stored by
 * now: that files could not be joined is no failure. */
static void tidy(void *ctx)
{
    struct run *run = ctx;
    struct store_report report;
    struct nj_err err = {0};

    if (store_tidy(run->store, cli_warn, NULL, &report, &err) < 0)
        cli_say("warning: small files were not joined: %s", err.msg);
    else if (report.written > 0 && run->cli->verbose)
        cli_say("small files: %llu were joined", (unsigned long long)report.segments);
}

static int read_inputs(struct run *run, struct nj_err *err)
{
    struct ingest_result *last = NULL;
    int64_t newest;

    if (store_newest_input(run->store, &newest, err) < 0)
        return -1;
    for (size_t i = 0; i < run->cli->word_count; i++) {
        struct ingest_result result;

        if (pipeline_ingest(run->pipeline, run->cli->words[i], &result, err) < 0)
            return nj_within(err, "%s", run->cli->words[i]);
        say_result(run, &result);
        run->any_failed |= result.failed;
        if (!result.failed) {
            if (!run->watch)
                flush_results(run);
            run->waiting_count = 0;
            last = &run->waiting[0];
        }
        run->waiting[run->waiting_count++] = result;
    }
    progress_clear(&run->progress);
    if (pipeline_finish(run->pipeline, last, err) < 0 || derive_run(run->derive, true, err) < 0)
        return -1;
    if (!run->watch)
        flush_results(run);
    tidy(run);
    return store_input_twins(run->store, newest, cli_warn, NULL, err);
}

static void on_followed(void *ctx, const struct ingest_result *result)
{
    struct run *run = ctx;

    say_result(run, result);
    if (result->failed)
        run->any_failed = true;
    ingest_answer_result(&run->answer, result);
}

static void release(struct run *run)
{
    pipeline_free(run->pipeline);
    derive_free(run->derive);
    ports_free(run->ports);
    log_formats_free(run->formats);
    enrich_free(run->enrich);
    store_close(run->store);
    run->pipeline = NULL;
    run->derive = NULL;
    run->ports = NULL;
    run->formats = NULL;
    run->enrich = NULL;
    run->store = NULL;
}

static bool is_wanted(void *ctx)
{
    struct run *run = ctx;

    return store_wanted(run->store);
}

/* The checkpoint that the last pass leaves is where whoever is next goes on. */
static int leave(void *ctx, struct nj_err *err)
{
    struct run *run = ctx;

    if (derive_run(run->derive, true, err) < 0)
        return -1;
    ingest_say_totals(run->cli, pipeline_totals(run->pipeline));
    derived_say(run->cli, run->derive);
    (void)fflush(stdout);
    release(run);
    store_give_way(run->setup->store_dir, TURN_MS);
    return 0;
}

static int come_back(void *ctx, struct pipeline **ret_pipeline, struct nj_err *err)
{
    struct run *run = ctx;

    run->back = true;
    if (begin(run, err) != 0)
        return -1;
    *ret_pipeline = run->pipeline;
    return 0;
}

static int follow_inputs(struct run *run, struct nj_err *err)
{
    const struct follow_options options = {
        .pipeline = run->pipeline,
        .paths = run->cli->words,
        .path_count = run->cli->word_count,
        .every_s = run->every_s,
        .quiet = run->cli->quiet,
        .done = on_followed,
        .committed = tidy,
        .wanted = is_wanted,
        .leave = leave,
        .come_back = come_back,
        .ctx = run,
    };
    int rc = follow_files(&options, err);

    progress_clear(&run->progress);
    if (rc < 0 || pipeline_finish(run->pipeline, NULL, err) < 0)
        return -1;
    return derive_run(run->derive, true, err);
}

static int ingest(struct run *run, struct nj_err *err)
{
    int rc = -1;

    progress_init(&run->progress, run->cli->quiet);
    run->waiting = calloc(run->cli->word_count + 1, sizeof(*run->waiting));
    if (run->waiting == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for the results");
        goto out;
    }
    if (ingest_answer_begin(run->cli, run->watch, &run->answer, err) < 0)
        goto out;
    rc = begin(run, err);
    if (rc == 0)
        rc = run->follow ? follow_inputs(run, err) : read_inputs(run, err);
    if (rc == 0) {
        ingest_say_totals(run->cli, pipeline_totals(run->pipeline));
        if (run->cli->verbose)
            ingest_say_stages(pipeline_totals(run->pipeline));
        derived_say(run->cli, run->derive);
    }
    progress_clear(&run->progress);
out:
    rc = ingest_answer_end(&run->answer, rc, err);
    release(run);
    if (rc == 0)
        tell_alerts(run);
    alerts_done(&run->alerts);
    free(run->waiting);
    return rc == 0 && run->any_failed ? CLI_FAILED : rc;
}

/* Two streams can't both be standard input. */
static int check_words(const struct cli *cli, bool follow)
{
    size_t standard_input = 0;

    if (cli->word_count == 0)
        return cli_usage(cli, "expected files, or - for standard input");
    for (size_t i = 0; i < cli->word_count; i++)
        standard_input += strcmp(cli->words[i], "-") == 0;
    if (follow && standard_input > 0)
        return cli_usage(cli, "--follow: standard input has no name to look for again");
    return standard_input > 1 ? cli_usage(cli, "- stands there %zu times", standard_input) : 0;
}

int cmd_ingest(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct run run = {.cli = cli, .every_s = 20};
    unsigned year = 0;
    const struct cli_option options[] = {
        {.name = "sensor",
         .argument = "NAME",
         .help = "the sensor that saw it (by prefixes, else default)",
         .text = &run.sensor},
        {.name = "as",
         .argument = "FORMAT",
         .help = "pcap, pcapng, snoop, erf or a log format (found from content)",
         .text = &run.as},
        {.name = "year",
         .argument = "YEAR",
         .help = "of the first row, for logs without years",
         .number = &year},
        {.name = "tz",
         .argument = "ZONE",
         .help = "of times without one: +02:00, Europe/Berlin (UTC)",
         .text = &run.log.tz},
        {.name = "close",
         .help = "no visit goes on from one file to the next",
         .flag = &run.close},
        {.name = "drop-open",
         .help = "go on without what was open when the last run ended",
         .flag = &run.drop_open},
        {.name = "follow",
         .help = "go on as the logs grow and are rotated, until SIGTERM",
         .flag = &run.follow},
        {.name = "every",
         .argument = "SECONDS",
         .help = "with --follow: 1 to 60 from one commit to the next (20)",
         .number = &run.every_s},
        {.name = "watch",
         .help = "print what happens as it is noticed: hops, risk, ...",
         .flag = &run.watch},
        {.name = "alerts",
         .argument = "FILE",
         .help = "then tell what was noticed, by these rules (nightjar-alerts(1))",
         .text = &run.alerts_path},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = check_words(cli, run.follow);
    if (rc != 0)
        return rc;
    if (year != 0 && (year < 1970 || year > 2199))
        return cli_usage(cli, "--year %u: expected 1970 to 2199", year);
    if (run.sensor != NULL && (run.sensor[0] == '\0' || strlen(run.sensor) >= SENSOR_NAME_MAX))
        return cli_usage(cli, "--sensor \"%s\": expected 1 to %d bytes", run.sensor,
                         SENSOR_NAME_MAX - 1);
    if (run.every_s < 1 || run.every_s > 60)
        return cli_usage(cli, "--every %u: expected 1 to 60 seconds", run.every_s);
    run.log.year = (int)year;
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    run.setup = &setup;
    rc = ingest(&run, err);
    setup_done(&setup);
    return rc;
}
