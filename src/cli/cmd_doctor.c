/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar doctor: does everything that is needed work, and what is the remedy if not? */
#include <duckdb.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/doctor_format.h"
#include "cli/schema.h"
#include "cli/setup.h"
#include "duck/duck.h"

#define GEO_OLD_S (90 * 86400ll) /* addresses move: older data answers wrongly too often */

/* Rows (check, state, detail) on their way out. */
struct report {
    const struct cli *cli;
    struct row_sink sink;
    bool fault;
    int rc; /* of the sink; nothing more is sent after a failure */
    struct nj_err *err;
};

enum state { STATE_OK, STATE_WARNING, STATE_FAULT };

static void add(struct report *report, const char *check, enum state state, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

static void add(struct report *report, const char *check, enum state state, const char *format,
                ...)
{
    static const char *const states[] = {"ok", "warning", "fault"};
    char detail[1024];
    struct cell cells[3];
    const char *texts[3] = {check, states[state], detail};
    va_list args;

    va_start(args, format);
    (void)vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    for (size_t i = 0; i < 3; i++)
        cells[i] =
            (struct cell){.kind = CELL_TEXT, .text = texts[i], .length = strlen(texts[i])};
    report->fault |= state == STATE_FAULT;
    if (report->rc == 0)
        report->rc = report->sink.row(report->sink.ctx, cells, 3, report->err);
}

/* ---- the checks
 * ------------------------------------------------------------------------------
 */

static void check_engine(struct report *report)
{
    struct duck_options options = {.threads = 1};
    struct duck *duck;
    struct nj_err err;

    if (duck_open(&options, &duck, &err) < 0) {
        add(report, "engine", STATE_FAULT, "%s; run scripts/setup", err.msg);
        return;
    }
    duck_close(duck);
    add(report, "engine", STATE_OK, "DuckDB %s", duckdb_library_version());
}

static void check_store(struct report *report, const struct setup *setup)
{
    struct store_options options = setup_store_options(setup);
    struct store *store;
    struct nj_err err;

    if (setup->store_dir == NULL) {
        add(report, "store", STATE_FAULT,
            "nobody says where it is: give --store DIR, or set NIGHTJAR_STORE or HOME");
        return;
    }
    if (setup_need_store(setup, &err) < 0) {
        add(report, "store", STATE_OK, "%s", err.msg);
        return;
    }
    if (store_open(&options, &store, &err) < 0) {
        add(report, "store", STATE_FAULT, "%s", err.msg);
        return;
    }
    store_close(store);
    add(report, "store", STATE_OK, "%s", setup->store_dir);
}

static void check_config(struct report *report, struct setup *setup)
{
    struct nj_err err;

    if (setup->config_path == NULL) {
        add(report, "configuration", STATE_OK, "none: one sensor named default");
        return;
    }
    if (setup_read_config(setup, &err) < 0) {
        add(report, "configuration", STATE_FAULT, "%s", err.msg);
        return;
    }
    add(report, "configuration", STATE_OK, "%s", setup->config_path);
    for (size_t i = 0; i < setup->config.sensor_count; i++) {
        const struct sensor *sensor = &setup->config.sensors[i];

        if (sensor->prefix_count == 0)
            add(report, "sensor", STATE_OK, "%s: all destinations", sensor->name);
        else
            add(report, "sensor", STATE_OK, "%s: %zu prefixes", sensor->name,
                sensor->prefix_count);
    }
}

static void check_geo(struct report *report, const struct setup *setup)
{
    const struct enrich_source *sources;
    struct enrich *enrich;
    struct nj_err err;
    size_t count;

    if (setup_enrich(setup, SETUP_ALL, &enrich, &err) < 0) {
        add(report, "geo data", STATE_FAULT, "%s", err.msg);
        return;
    }
    count = enrich_sources(enrich, &sources);
    for (size_t i = 0; i < count; i++) {
        char check[32], built[32] = "no date";
        time_t when = (time_t)sources[i].built;
        bool old = when != 0 && time(NULL) - when > GEO_OLD_S;
        struct tm tm;

        (void)snprintf(check, sizeof(check), "geo data: %s", sources[i].kind);
        if (when != 0 && gmtime_r(&when, &tm) != NULL)
            (void)strftime(built, sizeof(built), "%Y-%m-%d", &tm);
        if (sources[i].problem[0] != '\0')
            add(report, check, STATE_WARNING, "%s: %s", sources[i].path, sources[i].problem);
        else
            add(report, check, old ? STATE_WARNING : STATE_OK, "%s: %s, %" PRIu64 " entries%s",
                sources[i].path, built, sources[i].entries,
                old ? "; over 90 days old: get a newer one (remove VERSIONS beside it, run "
                      "scripts/setup)"
                    : "");
    }
    enrich_free(enrich);
}

static void check_formats(struct report *report)
{
    struct log_formats *formats;
    const struct log_format *format;
    struct nj_err err;

    if (setup_formats(&formats, &err) < 0) {
        add(report, "log formats", STATE_FAULT, "%s", err.msg);
        return;
    }
    for (size_t i = 0; (format = log_formats_at(formats, i)) != NULL; i++)
        add(report, "log format", STATE_OK, "%s: %s", log_format_name(format),
            log_format_about(format));
    log_formats_free(formats);
}

/* One number of /proc/PID/status. @return false: there is none */
static bool proc_number(FILE *status, const char *name, int base, unsigned long *ret)
{
    size_t length = strlen(name);
    char line[256];

    rewind(status);
    while (fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            *ret = strtoul(line + length + 1, NULL, base);
            return true;
        }
    return false;
}

/* What the service that writes the store now can still do, if there is one. */
static void check_sandbox(struct report *report, const struct setup *setup)
{
    char path[PATH_MAX], line[64] = "";
    unsigned long seccomp = 0, capabilities = 0, forbidden = 0;
    FILE *file;
    long pid;

    if (setup->store_dir == NULL)
        return;
    (void)snprintf(path, sizeof(path), "%s/lock", setup->store_dir); /* "PID COMMAND" */
    file = fopen(path, "re");
    if (file == NULL)
        return;
    pid = fgets(line, sizeof(line), file) == NULL ? 0 : strtol(line, NULL, 10);
    (void)fclose(file);
    if (strstr(line, " serve") == NULL && strstr(line, " capture") == NULL)
        return;
    (void)snprintf(path, sizeof(path), "/proc/%ld/status", pid);
    file = pid <= 0 ? NULL : fopen(path, "re");
    if (file == NULL)
        return; /* it has ended */
    if (proc_number(file, "Seccomp", 10, &seccomp) &&
        proc_number(file, "CapPrm", 16, &capabilities) &&
        proc_number(file, "NoNewPrivs", 10, &forbidden))
        add(report, "sandbox", seccomp == 2 && forbidden == 1 ? STATE_OK : STATE_WARNING,
            "process %ld: %s, %s, %s", pid,
            seccomp == 2 ? "system calls are filtered" : "no seccomp filter",
            capabilities == 0 ? "no capabilities" : "it has capabilities",
            forbidden == 1 ? "no new privileges" : "it may gain privileges");
    (void)fclose(file);
}

/* ---- the command
 * -----------------------------------------------------------------------------
 */

static int print_schema(struct nj_err *err)
{
    struct text page = {0};
    int rc;

    schema_write(&page);
    rc = output_text(stdout, &page, err);
    text_done(&page);
    return rc == OUTPUT_GONE ? 0 : rc;
}

static int examine(const struct cli *cli, struct setup *setup, struct nj_err *err)
{
    static const char *const names[] = {"check", "state", "detail"};
    struct output *output = output_new(stdout, cli->format, NULL);
    struct report report = {.cli = cli, .err = err};

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the report");
    report.sink = output_sink(output);
    report.rc = report.sink.head(report.sink.ctx, names, 3, err);
    check_engine(&report);
    check_config(&report, setup);
    check_store(&report, setup);
    check_geo(&report, setup);
    check_formats(&report);
    check_sandbox(&report, setup);
    report.rc = output_close(output, report.rc, err);
    return report.rc == 0 && report.fault ? CLI_FAILED : report.rc;
}

/* `--format FILE` is a log to look at, `--format json` how to print, as everywhere. A file of
 * such a name is given as ./json. @return the file, taken out of the line; NULL: none */
static const char *take_file(int *argc, char **argv)
{
    const char *file = NULL;

    for (int i = 1; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        bool joined = strncmp(argv[i], "--format=", 9) == 0;
        const char *value = joined ? argv[i] + 9 : i + 1 < *argc ? argv[i + 1] : NULL;
        int size = joined ? 1 : 2;
        bool how = false;

        if ((!joined && strcmp(argv[i], "--format") != 0) || value == NULL)
            continue;
        for (size_t f = 0; f < OUTPUT_FORMATS; f++)
            how |= strcmp(value, output_names[f]) == 0;
        if (how || file != NULL)
            continue;
        file = value;
        memmove(argv + i, argv + i + size, (size_t)(*argc - i - size + 1) * sizeof(*argv));
        *argc -= size;
        i--;
    }
    return file;
}

int cmd_doctor(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    bool schema = false;
    const char *file = take_file(&argc, argv), *as = NULL;
    struct log_options log = {0};
    unsigned year = 0;
    const struct cli_option options[] = {
        {.name = "schema", .help = "print docs/SCHEMA.md instead", .flag = &schema},
        {.name = "format",
         .argument = "FILE",
         .help = "show the first rows of a log as sessions instead",
         .text = &file},
        {.name = "as", .argument = "FORMAT", .help = "of that log", .text = &as},
        {.name = "year", .argument = "YEAR", .help = "of its first row", .number = &year},
        {.name = "tz", .argument = "ZONE", .help = "of its times", .text = &log.tz},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = cli_no_words(cli);
    if (rc != 0)
        return rc;
    if (schema)
        return print_schema(err);
    if (file != NULL) {
        log.year = (int)(year < 2200 ? year : 0);
        return doctor_format(cli, file, as, &log, err);
    }
    if (setup_find(cli, &setup, err) < 0)
        return -1;
    rc = examine(cli, &setup, err);
    setup_done(&setup);
    return rc;
}
