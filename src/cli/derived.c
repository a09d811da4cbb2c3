/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/derived.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "store/cell.h"

/* ---- running the stages ---- */

static double port_risk(void *ctx, uint16_t port, uint8_t proto)
{
    return ports_risk(ctx, port, proto);
}

struct derive_options derived_options(const struct setup *setup, struct store *store,
                                      struct ports *ports)
{
    return (struct derive_options){
        .store = store,
        .sensors = setup->config.sensors,
        .sensor_count = setup->config.sensor_count,
        .port_risk = port_risk,
        .port_ctx = ports,
        .max_sources = DERIVE_MAX_SOURCES,
        .max_followed = DERIVE_MAX_FOLLOWED,
        .max_episodes = DERIVE_MAX_EPISODES,
        .fdr = DERIVE_FDR,
        .line = cli_warn,
    };
}

int derived_again(const struct cli *cli, const struct setup *setup, struct store *store,
                  struct nj_err *err)
{
    struct derive_options options;
    struct derive *derive = NULL;
    struct ports *ports = NULL;
    int rc = setup_ports(&ports, err);

    if (rc == 0) {
        options = derived_options(setup, store, ports);
        rc = derive_new(&options, &derive, err);
    }
    if (rc == 0)
        rc = derive_rebuild(derive, err);
    if (rc == 0)
        derived_say(cli, derive);
    derive_free(derive);
    ports_free(ports);
    return rc;
}

void derived_say(const struct cli *cli, struct derive *derive)
{
    const struct derive_counts *counts = derive_counts(derive);
    struct text time = {0};

    if (cli->quiet)
        return;
    if (counts->sources_evicted > 0)
        cli_say("warning: %llu followed sources were forgotten early: their table was full",
                (unsigned long long)counts->sources_evicted);
    if (counts->episodes_evicted > 0)
        cli_say("warning: %llu episodes were forgotten early: their table was full",
                (unsigned long long)counts->episodes_evicted);
    if (counts->recomputed == 0)
        return;
    if (counts->back_to_us == DERIVED_NO_POSITION)
        text_add_z(&time, "the beginning");
    else
        text_time(&time, counts->back_to_us);
    text_add(&time, "", 1);
    if (!time.no_memory)
        cli_say("older data came in: episodes, links and scores were derived anew from %s on",
                time.bytes);
    text_done(&time);
}

/* ---- asking ---- */

int derived_words(const struct cli *cli, struct derived_question *question, char **ret_filter,
                  struct nj_err *err)
{
    struct filter filter;
    const struct filter_field *fields;
    size_t count;
    char *text;

    *ret_filter = NULL;
    if (cli->word_count == 1 && addr_parse(cli->words[0], &question->source, err) == 0)
        return 0;
    question->source = (struct addr){0, 0};
    text = cli_join(cli, 0);
    if (text == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a filter");
    fields = derived_fields(question->what, &count);
    if (filter_compile(text, fields, count, &filter, err) < 0) {
        free(text);
        return err->code == NJ_NOMEM ? -1 : cli_usage(cli, "%s", err->msg);
    }
    filter_done(&filter);
    question->filter = text;
    *ret_filter = text;
    return 0;
}

static int ask(void *ctx, struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    return store_derived(store, ctx, sink, err);
}

int derived_rows(const struct cli *cli, const struct setup *setup, const char *const *columns,
                 const struct derived_question *question, struct nj_err *err)
{
    struct derived_question asked = *question;

    return ask_rows(cli, setup, columns, ask, &asked, err);
}

int derived_answer(const struct cli *cli, const char *const *columns,
                   struct derived_question *question, struct nj_err *err)
{
    struct setup setup;
    char *filter = NULL;
    int rc = derived_words(cli, question, &filter, err);

    if (rc != 0)
        return rc;
    rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        rc = derived_rows(cli, &setup, columns, question, err);
        setup_done(&setup);
    }
    free(filter);
    return rc;
}

/* ---- evidence for people ---- */

struct reader {
    const char *names[40];
    size_t count, rows;
    struct text text;
};

static int on_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    struct reader *reader = ctx;

    (void)err;
    for (size_t i = 0; i < count && i < 40; i++)
        reader->names[i] = names[i];
    reader->count = count < 40 ? count : 40;
    return 0;
}

static const struct cell *cell_named(const struct reader *reader, const struct cell *cells,
                                     const char *name)
{
    static const struct cell null = {.kind = CELL_NULL};

    for (size_t i = 0; i < reader->count; i++)
        if (strcmp(reader->names[i], name) == 0)
            return &cells[i];
    return &null;
}

static void add_cell(struct reader *reader, const struct cell *cells, const char *name)
{
    cell_to_table(&reader->text, cell_named(reader, cells, name), name);
}

/* "+12.25  ports     same 9 ports, which ..." */
static void add_evidence(struct text *text, const struct cell *cell)
{
    json_t *lines = json_loadb(cell->text, cell->length, 0, NULL), *line;
    size_t i;

    json_array_foreach(lines, i, line)
    {
        const char *feature = json_string_value(json_object_get(line, "feature"));
        const char *words = json_string_value(json_object_get(line, "text"));

        text_addf(text, "  %+7.2f  ", json_number_value(json_object_get(line, "bits")));
        text_shown(text, feature == NULL ? "" : feature, feature == NULL ? 0 : strlen(feature));
        text_addf(text, "%*s  ",
                  feature == NULL || strlen(feature) > 10 ? 0 : (int)(10 - strlen(feature)),
                  "");
        text_shown(text, words == NULL ? "" : words, words == NULL ? 0 : strlen(words));
        text_add(text, "\n", 1);
    }
    json_decref(lines);
}

/* "48 min later" */
static void add_span(struct text *text, double seconds)
{
    double span = fabs(seconds);

    if (span < 120)
        text_addf(text, "%.0f s", span);
    else if (span < 7200)
        text_addf(text, "%.0f min", span / 60);
    else if (span < 2 * 86400)
        text_addf(text, "%.1f h", span / 3600);
    else
        text_addf(text, "%.1f days", span / 86400);
    text_add_z(text, seconds < 0 ? " before" : " later");
}

static int on_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct reader *reader = ctx;
    struct text *text = &reader->text;
    bool hop = cell_named(reader, cells, "from")->kind != CELL_NULL;
    const struct cell *refute = cell_named(reader, cells, "refute");
    int rc;

    (void)count;
    reader->rows++;
    add_cell(reader, cells, hop ? "from" : "a");
    text_add_z(text, hop ? " -> " : " -- ");
    add_cell(reader, cells, hop ? "to" : "b");
    text_add_z(text, "  ");
    add_cell(reader, cells, "kind");
    text_add_z(text, hop ? " hop, " : " link, ");
    add_cell(reader, cells, "state");
    text_add_z(text, ", probability ");
    add_cell(reader, cells, "probability");
    text_add_z(text, ", ");
    add_cell(reader, cells, "actor");
    text_add(text, "\n", 1);
    if (hop) {
        text_add_z(text, "  stopped ");
        add_cell(reader, cells, "stopped");
        text_add_z(text, ", started ");
        add_cell(reader, cells, "started");
        text_add_z(text, " (");
        add_span(text, cell_named(reader, cells, "gap_s")->real);
        text_add_z(text, "), noticed ");
        add_cell(reader, cells, "noticed");
        text_add(text, "\n", 1);
    }
    text_addf(text, "  %+7.2f  bits of evidence, prior %+.2f:\n",
              cell_named(reader, cells, "bits")->real,
              cell_named(reader, cells, "prior_bits")->real);
    add_evidence(text, cell_named(reader, cells, "evidence"));
    if (refute->kind == CELL_TEXT) {
        text_add_z(text, "  would refute it: ");
        add_cell(reader, cells, "refute");
        text_add(text, "\n", 1);
    }
    text_add(text, "\n", 1);
    rc = output_text(stdout, text, err);
    return rc == OUTPUT_GONE ? nj_fail(err, NJ_IO, "write the output") : rc;
}

int derived_evidence(const struct cli *cli, const struct setup *setup,
                     const struct derived_question *question, struct nj_err *err)
{
    struct reader reader = {0};
    const struct row_sink sink = {.head = on_head, .row = on_row, .ctx = &reader};
    struct store *store;
    int rc;

    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = store_derived(store, question, &sink, err);
    if (rc == 0 && reader.rows == 0 && !cli->quiet)
        cli_say("the store %s holds no such %s%s", setup->store_dir,
                question->what == DERIVED_HOPS ? "hop" : "link",
                question->all ? "" : " that is accepted; --all shows the others too");
    text_done(&reader.text);
    store_close(store);
    return rc;
}
