/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar dossier IP|ACTOR: the document on one of them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "about/about.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/document.h"
#include "report/dossier.h"
#include "report/facts.h"
#include "store/dossier.h"
#include "store/findings.h"

struct asked {
    struct addr sources[DOSSIER_SOURCES];
    size_t count;
    uint64_t actor;
    const char *output;
};

/* ---- who is meant ---------------------------------------------------------------------------
 */

static void add_source(struct asked *asked, const char *text)
{
    struct addr source;

    if (addr_parse(text, &source, NULL) < 0 || asked->count == DOSSIER_SOURCES)
        return;
    for (size_t i = 0; i < asked->count; i++)
        if (addr_equal(asked->sources[i], source))
            return;
    asked->sources[asked->count++] = source;
}

/* The addresses of the actor, behind the one that was asked for. */
static int add_members(struct store *store, struct asked *asked, struct nj_err *err)
{
    json_t *actor, *row;
    size_t i;
    int rc;

    if (asked->actor == 0)
        return 0;
    rc = store_actor(store, asked->actor, &actor, err);
    if (rc != 0)
        return rc;
    json_array_foreach(fact_list(actor, "sources"), i, row)
    {
        add_source(asked, fact_text(row, "source"));
    }
    json_decref(actor);
    return 0;
}

static int find_actor(struct store *store, struct asked *asked, struct nj_err *err)
{
    json_t *known;
    int rc;

    if (asked->actor != 0)
        return 0;
    rc = store_source(store, asked->sources[0], &known, err);
    if (rc != 0)
        return rc;
    if (fact_text(known, "actor")[0] != '\0')
        rc = actor_parse(fact_text(known, "actor"), &asked->actor, err);
    json_decref(known);
    return rc;
}

/* ---- what databases say ---------------------------------------------------------------------
 */

static json_t *databases_of(struct enrich *enrich)
{
    const struct enrich_source *sources;
    size_t count = enrich_sources(enrich, &sources);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        const char *name = strrchr(sources[i].path, '/');
        json_t *row = json_object();

        fact_set_text(row, "file", name == NULL ? sources[i].path : name + 1);
        fact_set_text(row, "kind", sources[i].kind);
        fact_set_text(row, "built",
                      sources[i].built == 0 ? "" : DAY(sources[i].built * 1000000));
        fact_set_text(row, "problem", sources[i].problem);
        (void)json_array_append_new(list, row);
    }
    return list;
}

static double all_addresses(const struct config *config)
{
    double sum = 0;

    for (size_t i = 0; i < config->sensor_count; i++) {
        double own = describe_addresses(&config->sensors[i]);

        sum += isnan(own) ? 0 : own;
    }
    return sum > 0 ? sum : NAN;
}

/* ---- the answer -----------------------------------------------------------------------------
 */

/* Days for a long life, hours for a short one. */
static enum period step_of(const json_t *facts)
{
    return json_array_size(fact_list(facts, "hours")) > 0 &&
                   fact_count(json_array_get(fact_list(facts, "totals"), 0), "hours") <= 72
               ? PERIOD_HOUR
               : PERIOD_DAY;
}

/* What others say of each address goes to what the store says of it. */
static int add_testimony(struct store *store, struct enrich *enrich, const json_t *facts,
                         struct nj_err *err)
{
    json_t *source;
    size_t i;

    json_array_foreach(fact_list(facts, "sources"), i, source)
    {
        struct place_detail detail;
        struct addr a;

        if (addr_parse(fact_text(source, "source"), &a, err) < 0)
            return -1;
        enrich_detail(enrich, a, &detail);
        if (about_testimony(store, a, &detail, source, err) < 0)
            return -1;
    }
    return 0;
}

static int write_dossier(const struct asked *asked, const struct setup *setup,
                         struct store *store, struct enrich *enrich, enum document_form form,
                         struct nj_err *err)
{
    struct store_scope scope = ask_everything();
    struct dossier_question question = {.sources = asked->sources,
                                        .source_count = asked->count,
                                        .actor = asked->actor,
                                        .addresses = all_addresses(&setup->config)};
    json_t *places = json_array(), *databases = databases_of(enrich), *facts = NULL;
    struct timeline timeline = {0};
    struct ports *ports = NULL;
    struct doc doc;
    int rc = setup_ports(&ports, err);

    for (size_t i = 0; i < asked->count; i++) {
        struct place_detail detail;

        enrich_detail(enrich, asked->sources[i], &detail);
        (void)json_array_append_new(places, about_place(asked->sources[i], &detail));
    }
    question.places = places;
    question.databases = databases;
    question.ports = ports;
    scope.all_classes = true;
    if (rc == 0)
        rc = dossier_facts(store, &question, &facts, err);
    if (rc == 0)
        rc = add_testimony(store, enrich, facts, err);
    if (rc == 0)
        rc = timeline_load(store, asked->sources, asked->count, &scope, step_of(facts),
                           &timeline, err);
    if (rc == 0) {
        dossier_doc(facts, &timeline, &doc);
        rc = document_write(asked->output, form, &doc, facts, err);
        doc_done(&doc);
    }
    timeline_done(&timeline);
    json_decref(facts);
    json_decref(places);
    json_decref(databases);
    ports_free(ports);
    return rc;
}

static int answer(const struct cli *cli, struct asked *asked, const struct setup *setup,
                  struct nj_err *err)
{
    enum document_form form;
    struct enrich *enrich = NULL;
    struct store *store;
    int rc;

    if (document_form(asked->output, &form, err) < 0)
        return cli_usage(cli, "%s", err->msg);
    if (strcmp(asked->output, "-") == 0 && cli->format == OUTPUT_JSON)
        form = DOCUMENT_JSON;
    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = asked->count > 0 ? find_actor(store, asked, err) : 0;
    if (rc == 0)
        rc = add_members(store, asked, err);
    if (rc == 0)
        rc = setup_enrich(setup, SETUP_ALL, &enrich, err);
    if (rc == 0)
        rc = write_dossier(asked, setup, store, enrich, form, err);
    if (rc == STORE_UNKNOWN) {
        cli_say("%s: the store %s holds nothing of it", cli->words[0], setup->store_dir);
        rc = CLI_FAILED;
    }
    enrich_free(enrich);
    store_close(store);
    return rc;
}

int cmd_dossier(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct asked asked = {.output = "-"};
    const struct cli_option options[] = {
        {.name = "output",
         .letter = 'o',
         .argument = "FILE",
         .help = ".html, .md, .json or .pdf (Markdown on standard output)",
         .text = &asked.output},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc != 0)
        return rc;
    if (cli->word_count != 1)
        return cli_usage(cli, "expected one address or actor, found %zu words",
                         cli->word_count);
    if (addr_parse(cli->words[0], &asked.sources[0], err) == 0)
        asked.count = 1;
    else if (actor_parse(cli->words[0], &asked.actor, err) < 0)
        return cli_usage(cli, "%s is neither an address nor an actor, as in NJ-000001",
                         cli->words[0]);
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    rc = answer(cli, &asked, &setup, err);
    setup_done(&setup);
    return rc;
}
