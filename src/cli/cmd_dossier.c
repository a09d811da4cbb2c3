/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar dossier IP|ACTOR: the document on one of them. */
#include <stdlib.h>
#include <string.h>

#include "about/dossier.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/document.h"
#include "cli/policy.h"
#include "store/derived_ask.h"

struct asked {
    struct addr source; /* addr_is_none: the actor */
    uint64_t actor;
    const char *output;
};

static void detail(void *ctx, struct addr a, struct place_detail *ret)
{
    enrich_detail(ctx, a, ret);
}

static int write_dossier(const struct asked *asked, const struct setup *setup,
                         struct store *store, struct enrich *enrich, enum document_form form,
                         struct nj_err *err)
{
    struct about_dossier_question question = {.source = asked->source,
                                              .actor = asked->actor,
                                              .config = &setup->config,
                                              .detail = detail,
                                              .ctx = enrich};
    char *fallback = policy_fallback(setup);
    const struct policy_wanted policy = {.fallback = fallback,
                                         .sensors = setup->config.sensors,
                                         .sensor_count = setup->config.sensor_count};
    struct ports *ports = NULL;
    json_t *facts = NULL;
    struct doc doc;
    int rc = setup_ports(&ports, err);

    question.ports = ports;
    question.policy = &policy;
    if (rc == 0 && fallback == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a path");
    question.databases = about_databases(enrich);
    if (rc == 0)
        rc = about_dossier(store, &question, &facts, &doc, err);
    if (rc == 0) {
        rc = document_write(asked->output, form, &doc, facts, err);
        doc_done(&doc);
        json_decref(facts);
    }
    json_decref(question.databases);
    free(fallback);
    ports_free(ports);
    return rc;
}

static int answer(const struct cli *cli, const struct asked *asked, const struct setup *setup,
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
    if (addr_parse(cli->words[0], &asked.source, err) < 0 &&
        actor_parse(cli->words[0], &asked.actor, err) < 0)
        return cli_usage(cli, "%s is neither an address nor an actor, as in NJ-000001",
                         cli->words[0]);
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    rc = answer(cli, &asked, &setup, err);
    setup_done(&setup);
    return rc;
}
