/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ingest_answer.h"

#include <inttypes.h>
#include <string.h>

#define COUNT(LIST) (sizeof(LIST) / sizeof((LIST)[0]))
#define COLUMNS_MAX 16u

struct named_cell {
    const char *name;
    struct cell cell;
};

static struct cell actor_cell(uint64_t actor, char *text, size_t size)
{
    if (actor != 0)
        (void)snprintf(text, size, "NJ-%06" PRIu64, actor);
    return text_cell(text);
}

static struct cell fact_cell(const struct event_fact *fact, char text[EVENT_TEXT_MAX])
{
    event_fact_text(fact, text);
    return text_cell(text);
}

/* A row of the table or CSV, with the head before the first. */
static int send_row(struct ingest_answer *answer, const struct named_cell *columns,
                    size_t count, struct nj_err *err)
{
    const char *names[COLUMNS_MAX];
    struct cell cells[COLUMNS_MAX];
    struct row_sink sink = output_sink(answer->output);

    for (size_t i = 0; i < count; i++) {
        names[i] = columns[i].name;
        cells[i] = columns[i].cell;
    }
    if (!answer->head_sent && sink.head(sink.ctx, names, count, err) < 0)
        return -1;
    answer->head_sent = true;
    return sink.row(sink.ctx, cells, count, err);
}

/* ---- results ---- */

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

static int send_result_row(struct ingest_answer *answer, const struct ingest_result *result,
                           struct nj_err *err)
{
    const struct store_counts *counts = &result->counts;
    uint64_t rejected =
        counts->truncated + counts->malformed + counts->unsupported + counts->refused;
    const struct named_cell columns[] = {
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

    return send_row(answer, columns, COUNT(columns), err);
}

static int send_result(struct ingest_answer *answer, const struct ingest_result *result,
                       struct nj_err *err)
{
    json_t *object;
    int rc;

    if (answer->cli->format == OUTPUT_TABLE || answer->cli->format == OUTPUT_CSV)
        return send_result_row(answer, result, err);
    object = result_json(result);
    if (object == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    rc = output_object(answer->output, object, err);
    json_decref(object);
    return rc;
}

void ingest_answer_result(struct ingest_answer *answer, const struct ingest_result *result)
{
    if (answer->rc == 0)
        answer->rc = send_result(answer, result, &answer->err);
}

/* ---- events ---- */

void ingest_answer_event(struct ingest_answer *answer, const struct derived_event *event)
{
    char actor[32] = "", text[EVENT_TEXT_MAX];
    const struct named_cell columns[] = {
        {"time", time_cell(event->packet_us)},
        {"noticed", time_cell(event->at_us)},
        {"event", text_cell(event_names[event->kind])},
        {"source", address_cell(event->source)},
        {"other", address_cell(event->other)},
        {"actor", actor_cell(event->actor, actor, sizeof(actor))},
        {"text", fact_cell(&event->fact, text)},
    };

    if (answer->rc == 0)
        answer->rc = send_row(answer, columns, COUNT(columns), &answer->err);
}

/* ---- begin and end ---- */

int ingest_answer_begin(const struct cli *cli, bool events, struct ingest_answer *ret_answer,
                        struct nj_err *err)
{
    /* in a table; notes go to standard error */
    static const char *const brief[] = {"input",         "format",   "packets", "sessions",
                                        "visits",        "rejected", "first",   "last",
                                        "already_known", NULL};
    static const char *const brief_events[] = {"time",  "event", "source",
                                               "other", "text",  NULL};

    *ret_answer = (struct ingest_answer){
        .cli = cli, .output = output_new(stdout, cli->format, events ? brief_events : brief)};
    if (ret_answer->output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the results");
    return 0;
}

int ingest_answer_end(struct ingest_answer *answer, int rc, struct nj_err *err)
{
    if (answer->output == NULL)
        return rc;
    if (rc != 0) {
        (void)output_close(answer->output, rc, NULL);
        return rc;
    }
    *err = answer->err;
    return output_close(answer->output, answer->rc, err);
}
