/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar ingest FILE...: captures and logs into the store. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/alerts.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/derived.h"
#include "cli/follow.h"
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
    bool close, follow, watch;
    unsigned every_s;
    const char *alerts_path; /* NULL: nobody is told */
    struct alerts alerts;

    struct store *store;
    struct derive *derive;
    struct ports *ports;
    struct enrich *enrich;
    struct log_formats *formats;
    struct pipeline *pipeline;
    struct output *output;
    struct progress progress;
    /* The result of the last input that was read waits for what the end of the run adds to it;
     * those that could not be read wait behind it, to keep the order. */
    struct ingest_result *waiting;
    size_t waiting_count;
    bool any_failed;
    bool back;      /* the store was let go of for another process before */
    bool head_sent; /* rows: table and CSV */
    int output_rc;  /* nobody reading the results is no reason not to take in the rest */
    struct nj_err output_err;
};

/* ---- results
 * ---------------------------------------------------------------------------------
 */

static json_t *time_json(int64_t us)
{
    struct text text = {0};
    json_t *json;

    if (us == 0)
        return json_null();
    text_time(&text, us);
    json = json_stringn(text.length > 0 ? text.bytes : "", text.length);
    text_done(&text);
    return json;
}

/* File names need not be UTF-8, JSON strings must. */
static json_t *shown_json(const char *bytes)
{
    struct text text = {0};
    json_t *json = json_string(bytes);

    if (json != NULL)
        return json;
    text_shown(&text, bytes, strlen(bytes));
    json = json_stringn(text.length > 0 ? text.bytes : "", text.length);
    text_done(&text);
    return json;
}

static json_t *result_json(const struct ingest_result *result)
{
    const struct store_counts *counts = &result->counts;
    json_t *object = json_object(), *rejected = json_object();

    (void)json_object_set_new(rejected, "truncated",
                              json_integer((json_int_t)counts->truncated));
    (void)json_object_set_new(rejected, "malformed",
                              json_integer((json_int_t)counts->malformed));
    (void)json_object_set_new(rejected, "unsupported",
                              json_integer((json_int_t)counts->unsupported));
    (void)json_object_set_new(rejected, "refused", json_integer((json_int_t)counts->refused));
    (void)json_object_set_new(object, "input", shown_json(result->input));
    (void)json_object_set_new(object, "format",
                              result->format[0] == '\0' ? json_null()
                                                        : json_string(result->format));
    (void)json_object_set_new(object, "packets", json_integer((json_int_t)counts->packets));
    (void)json_object_set_new(object, "sessions", json_integer((json_int_t)counts->sessions));
    (void)json_object_set_new(object, "visits", json_integer((json_int_t)counts->visits));
    (void)json_object_set_new(object, "rejected", rejected);
    (void)json_object_set_new(object, "first", time_json(result->first_us));
    (void)json_object_set_new(object, "last", time_json(result->last_us));
    (void)json_object_set_new(object, "already_known", json_boolean(result->already_known));
    if (result->note[0] != '\0')
        (void)json_object_set_new(object, result->failed ? "error" : "note",
                                  shown_json(result->note));
    return object;
}

static struct cell count_cell(uint64_t count)
{
    return (struct cell){.kind = CELL_UINT, .unsigned_number = count};
}

static struct cell time_cell(int64_t us)
{
    return (struct cell){.kind = us == 0 ? CELL_NULL : CELL_TIME, .number = us};
}

static struct cell address_cell(struct addr address)
{
    return (struct cell){.kind = addr_is_none(address) ? CELL_NULL : CELL_ADDRESS,
                         .address = address};
}

static struct cell actor_cell(uint64_t actor, char *text, size_t size)
{
    if (actor != 0)
        (void)snprintf(text, size, "NJ-%06" PRIu64, actor);
    return text_cell(text);
}

static int send_row(struct run *run, const struct ingest_result *result, struct nj_err *err)
{
    const struct store_counts *counts = &result->counts;
    uint64_t rejected =
        counts->truncated + counts->malformed + counts->unsupported + counts->refused;
    const struct {
        const char *name;
        struct cell cell;
    } columns[] = {
        {"input", text_cell(result->input)},
        {"format", text_cell(result->format)},
        {"packets", count_cell(counts->packets)},
        {"sessions", count_cell(counts->sessions)},
        {"visits", count_cell(counts->visits)},
        {"truncated", count_cell(counts->truncated)},
        {"malformed", count_cell(counts->malformed)},
        {"unsupported", count_cell(counts->unsupported)},
        {"refused", count_cell(counts->refused)},
        {"rejected", count_cell(rejected)},
        {"first", time_cell(result->first_us)},
        {"last", time_cell(result->last_us)},
        {"already_known", {.kind = CELL_BOOL, .number = result->already_known}},
        {"note", text_cell(result->note)},
    };
    enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };
    const char *names[COLUMNS];
    struct cell cells[COLUMNS];
    struct row_sink sink = output_sink(run->output);

    for (size_t i = 0; i < COLUMNS; i++) {
        names[i] = columns[i].name;
        cells[i] = columns[i].cell;
    }
    if (!run->head_sent && sink.head(sink.ctx, names, COLUMNS, err) < 0)
        return -1;
    run->head_sent = true;
    return sink.row(sink.ctx, cells, COLUMNS, err);
}

/* What went wrong with an input, for people. */
static void say_result(struct run *run, const struct ingest_result *result)
{
    progress_clear(&run->progress);
    if (result->failed) {
        size_t length = strlen(result->input);
        bool named = strncmp(result->note, result->input, length) == 0;

        cli_say("%s%s%s", named ? "" : result->input, named ? "" : ": ", result->note);
        return;
    }
    if (run->cli->quiet)
        return;
    if (result->note[0] != '\0')
        cli_say("warning: %s: %s", result->input, result->note);
    for (size_t i = 0; i < result->reject_count; i++)
        cli_say("warning: %s: %s", result->input, result->rejects[i]);
    if (result->own > 0 && run->cli->verbose)
        cli_say("%s: %" PRIu64 " packets of the sensor's own clients are no sessions",
                result->input, result->own);
}

static int send_result(struct run *run, const struct ingest_result *result, struct nj_err *err)
{
    json_t *object;
    int rc;

    if (run->cli->format == OUTPUT_TABLE || run->cli->format == OUTPUT_CSV)
        return send_row(run, result, err);
    object = result_json(result);
    if (object == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    rc = output_object(run->output, object, err);
    json_decref(object);
    return rc;
}

static void flush_results(struct run *run)
{
    for (size_t i = 0; i < run->waiting_count && run->output_rc == 0; i++)
        run->output_rc = send_result(run, &run->waiting[i], &run->output_err);
    run->waiting_count = 0;
}

/* ---- the run
 * ---------------------------------------------------------------------------------
 */

static void say_databases(const struct run *run)
{
    const struct enrich_source *sources;
    size_t count = enrich_sources(run->enrich, &sources);

    for (size_t i = 0; i < count; i++)
        if (sources[i].problem[0] != '\0' && !run->cli->quiet)
            cli_say("warning: %s: %s", sources[i].path, sources[i].problem);
}

/* What the bounds of the tables forced. */
static void say_totals(struct run *run)
{
    const struct pipeline_totals *totals = pipeline_totals(run->pipeline);
    const struct {
        uint64_t count;
        const char *what;
    } forced[] = {
        {totals->visits_forced, "visits were closed early: the table of open visits was full"},
        {totals->sessions_evicted, "sessions were forgotten early: their table was full"},
        {totals->senders_evicted, "senders were forgotten early: their table was full"},
        {totals->targets_saturated, "rows have more targets than are counted exactly"},
        {totals->labels_refused,
         "sessions have rule and stack \"other\": too many different kinds"},
        {totals->recounted,
         "sessions count as scan and as attack: the scan was stored before the payload came"},
        {totals->stacks_refused, "names became \"other\": too many different ones"},
        {totals->fragments_alone, "fragments came without the first one of their packet"},
        {totals->fragments_forgotten, "first fragments were forgotten early: too many at once"},
    };

    for (size_t i = 0; i < sizeof(forced) / sizeof(forced[0]); i++)
        if (forced[i].count > 0 && !run->cli->quiet)
            cli_say("warning: %" PRIu64 " %s", forced[i].count, forced[i].what);
    if (totals->bad_checksums > totals->packets / 2 && !run->cli->quiet)
        cli_say("warning: %" PRIu64 " of %" PRIu64 " packets have wrong checksums; if their "
                "addresses were replaced, set \"checksums = no\" (nightjar.conf(5))",
                totals->bad_checksums, totals->packets);
}

/* With -v: what stages of bounded work did, and left out. */
static void say_stages(struct run *run)
{
    const struct pipeline_totals *t = pipeline_totals(run->pipeline);

    cli_say("walks: %" PRIu64 " searches found %" PRIu64 "; %" PRIu64 " were left out",
            t->searches, t->walks, t->searches_deferred);
    cli_say("relations: %" PRIu64 " sources were looked into, %" PRIu64 " obey one, %" PRIu64
            " left undecided for others; %" PRIu64 " of few packets were recognised",
            t->relations_lent, t->relations_found, t->relations_evicted,
            t->relations_recognised);
    cli_say("families: %" PRIu64 " are known, %" PRIu64 " were forgotten for others",
            t->families, t->families_evicted);
    if (t->bad_checksums > 0)
        cli_say("checksums: %" PRIu64
                " packets that came in have a wrong one; they are of class"
                " other, rule bad-checksum, and make no suspect",
                t->bad_checksums);
    if (t->contacts > 0)
        cli_say("lit prefixes: %" PRIu64 " first contacts, of which %" PRIu64
                " lost their place before an answer came",
                t->contacts, t->contacts_forgotten);
    cli_say("samples: %" PRIu64 " packets kept, %" PRIu64 " more than samples_per_day pays for",
            t->samples, t->samples_refused);
}

/* ---- the later stages ----------------------------------------------------------------------
 */

static struct cell fact_cell(const struct event_fact *fact, char text[EVENT_TEXT_MAX])
{
    event_fact_text(fact, text);
    return text_cell(text);
}

/* With --watch the answer is what happens, not what was read. Called by the thread that
 * derives: one of its own while inputs are read, then the main one. */
static int on_event(void *ctx, const struct derived_event *event, struct nj_err *err)
{
    struct run *run = ctx;
    char actor[32] = "", text[EVENT_TEXT_MAX];
    const struct {
        const char *name;
        struct cell cell;
    } columns[] = {
        {"time", time_cell(event->packet_us)},
        {"noticed", time_cell(event->at_us)},
        {"event", text_cell(event_names[event->kind])},
        {"source", address_cell(event->source)},
        {"other", address_cell(event->other)},
        {"actor", actor_cell(event->actor, actor, sizeof(actor))},
        {"text", fact_cell(&event->fact, text)},
    };
    enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };
    const char *names[COLUMNS];
    struct cell cells[COLUMNS];
    struct row_sink sink = output_sink(run->output);

    (void)err;
    for (size_t i = 0; i < COLUMNS; i++) {
        names[i] = columns[i].name;
        cells[i] = columns[i].cell;
    }
    if (run->output_rc == 0 && !run->head_sent)
        run->output_rc = sink.head(sink.ctx, names, COLUMNS, &run->output_err);
    run->head_sent = true;
    if (run->output_rc == 0)
        run->output_rc = sink.row(sink.ctx, cells, COLUMNS, &run->output_err);
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
    if (run->as != NULL && strcmp(run->as, "pcap") != 0 && strcmp(run->as, "pcapng") != 0 &&
        log_formats_find(run->formats, run->as) == NULL)
        return cli_usage(
            run->cli, "--as %s: there is no such format (nightjar doctor has them)", run->as);
    if (setup_make_parents(run->setup->store_dir, err) < 0 ||
        store_open_writer(&store, &run->store, err) < 0 ||
        (!run->back && begin_alerts(run, err) < 0) ||
        setup_enrich(run->setup, SETUP_PLACES, &run->enrich, err) < 0)
        return -1;
    if (!run->back)
        say_databases(run);
    options.store = run->store;
    options.enrich = run->enrich;
    options.formats = run->formats;
    options.sensor = run->sensor;
    options.as = run->as;
    options.log = run->log;
    options.close = run->close;
    options.progress = run->progress.on ? progress_show : NULL;
    options.progress_ctx = &run->progress;
    if (begin_derive(run, err) < 0)
        return -1;
    options.committed = on_commit;
    options.committed_ctx = run;
    return pipeline_new(&options, &run->pipeline, err);
}

static int read_inputs(struct run *run, struct nj_err *err)
{
    struct ingest_result *last = NULL;

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
    return 0;
}

static void on_followed(void *ctx, const struct ingest_result *result)
{
    struct run *run = ctx;

    say_result(run, result);
    if (result->failed)
        run->any_failed = true;
    if (run->output_rc == 0)
        run->output_rc = send_result(run, result, &run->output_err);
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
    say_totals(run);
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
    /* in a table; notes go to standard error */
    static const char *const brief[] = {"input",         "format",   "packets", "sessions",
                                        "visits",        "rejected", "first",   "last",
                                        "already_known", NULL};
    static const char *const events[] = {"time", "event", "source", "other", "text", NULL};
    int rc = -1;

    progress_init(&run->progress, run->cli->quiet);
    run->waiting = calloc(run->cli->word_count + 1, sizeof(*run->waiting));
    run->output = output_new(stdout, run->cli->format, run->watch ? events : brief);
    if (run->waiting == NULL || run->output == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for the results");
        goto out;
    }
    rc = begin(run, err);
    if (rc == 0)
        rc = run->follow ? follow_inputs(run, err) : read_inputs(run, err);
    if (rc == 0) {
        say_totals(run);
        if (run->cli->verbose)
            say_stages(run);
        derived_say(run->cli, run->derive);
    }
    progress_clear(&run->progress);
out:
    if (run->output != NULL && rc == 0) {
        *err = run->output_err;
        rc = output_close(run->output, run->output_rc, err);
    } else if (run->output != NULL) {
        (void)output_close(run->output, rc, NULL);
    }
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
         .help = "pcap, pcapng or a log format (found from content)",
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
