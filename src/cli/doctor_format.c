/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about the file goes to standard error, the rows to standard output, so that the
 * rows can be taken as JSON or CSV. Payloads are read, and a row whose class the format leaves
 * to the packet's fields is classified, as ingest would. */
#include "cli/doctor_format.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "app/app.h"
#include "base/intern.h"
#include "base/stream.h"
#include "classify/classify.h"
#include "classify/payload_rules.h"
#include "cli/setup.h"
#include "model/packet.h"

#define SHOWN 10u
#define ROUND 1024u
#define REJECTS_SHOWN 10u
#define PAYLOAD_SHOWN 64u
#define NAMES_MAX (1u << 16)

struct look {
    const struct cli *cli;
    struct nj_intern *names;
    struct app *app;
    struct payload_rules *payloads;
    struct classifier *classifier;
    struct log_formats *formats;
    const struct log_format *format;
    struct nj_stream *stream;
    struct log *log;
    struct output *output;
    uint64_t shown;
    uint64_t outgoing; /* rows of packets that left the sensor */
};

static const char *const columns[] = {
    "ts",    "src",         "sport", "dst",    "dport",      "proto",    "class",
    "rule",  "user",        "app",   "sensor", "conn_state", "answered", "packets",
    "bytes", "duration_us", "ttl",   "window", "tcp_flags",  "country",  "payload",
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static struct cell number_or_null(uint64_t number, bool known)
{
    return known ? (struct cell){.kind = CELL_UINT, .unsigned_number = number}
                 : (struct cell){.kind = CELL_NULL};
}

static struct cell name_cell(const struct nj_intern *names, uint32_t id)
{
    const char *text;

    if (id == NJ_INTERN_NONE)
        return (struct cell){.kind = CELL_NULL};
    text = nj_intern_text(names, id);
    return (struct cell){.kind = CELL_TEXT, .text = text, .length = strlen(text)};
}

static int show(struct look *look, struct packet *packet, struct nj_err *err)
{
    struct row_sink sink = output_sink(look->output);
    size_t length =
        packet->payload_length < PAYLOAD_SHOWN ? packet->payload_length : PAYLOAD_SHOWN;
    char user[VISIT_USER_MAX];

    if (app_read(look->app, packet, user, err) < 0)
        return -1;
    if (packet->rule == 0)
        classify(look->classifier, packet);
    const struct cell cells[COLUMNS] = {
        {.kind = CELL_TIME, .number = packet->time_ns / 1000},
        address_cell(packet->src),
        number_or_null(packet->sport, true),
        address_cell(packet->dst),
        number_or_null(packet->dport, true),
        number_or_null(packet->proto, true),
        {.kind = CELL_TEXT,
         .text = class_names[packet->class],
         .length = strlen(class_names[packet->class])},
        name_cell(look->names, packet->rule),
        {.kind = packet->user == NULL ? CELL_NULL : CELL_TEXT,
         .text = packet->user,
         .length = packet->user == NULL ? 0 : strlen(packet->user)},
        name_cell(look->names, packet->app),
        name_cell(look->names, packet->sensor),
        name_cell(look->names, packet->conn_state),
        {.kind = CELL_BOOL, .number = packet->answered},
        number_or_null(packet->row_packets, packet->row_packets > 0),
        number_or_null(packet->row_bytes, packet->row_bytes > 0),
        number_or_null((uint64_t)packet->row_duration_us, packet->row_duration_us > 0),
        number_or_null(packet->ttl, packet->ttl > 0),
        number_or_null(packet->window, !packet->no_fields),
        number_or_null(packet->tcp_flags, !packet->no_fields),
        name_cell(look->names, packet->country),
        {.kind = length == 0 ? CELL_NULL : CELL_BYTES,
         .text = (const char *)packet->payload,
         .length = length},
    };

    return sink.row(sink.ctx, cells, COLUMNS, err);
}

/* All rows are read, so that the counts are those of the file; the first ones are shown. */
static int read_rows(struct look *look, struct nj_err *err)
{
    static struct packet packets[ROUND];
    struct row_sink sink = output_sink(look->output);
    size_t count;
    int rc, sent = sink.head(sink.ctx, columns, COLUMNS, err);

    if (sent < 0)
        return -1;
    while ((rc = log_read(look->log, packets, ROUND, &count, err)) == 0) {
        for (size_t i = 0; i < count; i++) {
            if (packets[i].direction == DIRECTION_OUT)
                look->outgoing++;
            else if (look->shown < SHOWN && show(look, &packets[i], err) < 0)
                return -1;
            else
                look->shown++;
        }
    }
    return rc < 0 ? -1 : 0;
}

static void say_format(const struct look *look, const char *path, const char *as)
{
    char fields[1024];
    size_t used = 0;
    const char *name;

    cli_say("%s: format %s, %s", path, log_format_name(look->format),
            as != NULL ? "as you say" : "found from its content");
    cli_say("%s: %s", log_format_name(look->format), log_format_about(look->format));
    for (size_t i = 0; (name = log_field(look->log, i)) != NULL; i++) {
        int size =
            snprintf(fields + used, sizeof(fields) - used, "%s%s", i > 0 ? ", " : "", name);

        if (size < 0 || (size_t)size >= sizeof(fields) - used)
            break;
        used += (size_t)size;
    }
    cli_say("fields: %s", fields);
}

static void say_rows(const struct look *look, const char *path)
{
    struct log_counts counts = log_counts(look->log);
    size_t count;
    const struct log_reject *rejects = log_rejects(look->log, &count);

    cli_say("%s: %" PRIu64 " sessions; %" PRIu64 " rows do not fit (malformed), %" PRIu64
            " are not what the format is about (unsupported)",
            path, counts.rows - look->outgoing, counts.malformed, counts.unsupported);
    if (look->outgoing > 0)
        cli_say("%" PRIu64 " more left the sensor: they are its own, and no sessions",
                look->outgoing);
    if (counts.no_country > 0)
        cli_say("%" PRIu64
                " of them name a country that is no code of two letters (\"%s\"): it "
                "is left out",
                counts.no_country, log_no_country(look->log));
    for (size_t i = 0; i < count && i < REJECTS_SHOWN; i++)
        cli_say("line %" PRIu64 ": %s", rejects[i].line, rejects[i].reason);
}

static int open_log(struct look *look, const char *path, const char *as,
                    const struct log_options *options, struct nj_err *err)
{
    char rules[PATH_MAX];
    int rc;

    if (setup_formats(&look->formats, err) < 0 || nj_stream_open(path, &look->stream, err) < 0)
        return -1;
    if (as != NULL) {
        look->format = log_formats_find(look->formats, as);
        if (look->format == NULL)
            return nj_fail(err, NJ_CONFIG, "--as %.40s: no such format", as);
    } else {
        rc = log_detect(look->formats, look->stream, &look->format, err);
        if (rc == LOG_UNKNOWN)
            return nj_fail(err, NJ_FORMAT,
                           "%s: no known log (name its format by --as, or write one: "
                           "docs/LOG-FORMATS.md)%s",
                           path, log_looks_like(look->stream));
        if (rc < 0)
            return -1;
    }
    look->names = nj_intern_new(NAMES_MAX);
    if (look->names == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for names");
    if (payload_rules_load(setup_data_path("payload-rules.txt", rules, sizeof(rules)),
                           look->names, &look->payloads, err) < 0 ||
        app_new(look->names, NULL, NULL, &look->app, err) < 0)
        return -1;
    look->classifier = classifier_new(look->names, look->payloads);
    if (look->classifier == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for rules");
    if (log_open(look->format, look->stream, options, look->names, &look->log, err) < 0)
        return nj_within(err, "%s", path);
    return 0;
}

int doctor_format(const struct cli *cli, const char *path, const char *as,
                  const struct log_options *options, struct nj_err *err)
{
    /* in a table */
    static const char *const brief[] = {"ts",    "src",  "sport", "dst",    "dport", "proto",
                                        "class", "rule", "app",   "sensor", "user",  NULL};
    struct look look = {.cli = cli};
    int rc = open_log(&look, path, as, options, err);

    if (rc == 0) {
        if (!cli->quiet)
            say_format(&look, path, as);
        look.output = output_new(stdout, cli->format, brief);
        rc = look.output == NULL ? nj_fail(err, NJ_NOMEM, "no memory for the output")
                                 : read_rows(&look, err);
    }
    if (look.output != NULL)
        rc = output_close(look.output, rc, err);
    if (look.log != NULL && !cli->quiet)
        say_rows(&look, path);
    if (rc == 0 && log_counts(look.log).rows == 0)
        rc = CLI_FAILED;
    log_free(look.log);
    classifier_free(look.classifier);
    payload_rules_free(look.payloads);
    app_free(look.app);
    nj_intern_free(look.names);
    nj_stream_free(look.stream);
    log_formats_free(look.formats);
    return rc;
}
