/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar links and nightjar hops: which episodes have one operator, and why. */
#include <math.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/derived.h"

#define ROWS_DEFAULT 30

#define WIDELY 3.0 /* times as many by one estimate as by the other */
#define ENOUGH 5.0 /* false ones, before that means anything */

static bool differ_widely(const struct derived_fdr *fdr)
{
    double decoys = fmax(fdr->decoys_before, fmax(fdr->decoys_week, fdr->decoys_place));

    return (decoys >= ENOUGH && fdr->decoy > WIDELY * fdr->bayes) ||
           (fdr->bayes * fdr->targets >= ENOUGH && fdr->bayes > WIDELY * fdr->decoy);
}

/* Both estimates stand under every list of hops, so that nobody takes the
 * threshold for truth. */
static int say_fdr(const struct setup *setup, struct nj_err *err)
{
    struct store_options options = setup_store_options(setup);
    struct derived_fdr fdr;
    struct store *store;
    int rc;

    if (store_open(&options, &store, err) < 0)
        return -1;
    rc = store_fdr(store, &fdr, err);
    store_close(store);
    if (rc == 0)
        cli_say(
            "hops are accepted from a probability of %.4f on; of the %.0f %s"
            " it, %.2f %% are false by their probabilities, %.2f %% by decoys that reach it "
            "too (%.0f begun before, %.0f weeks off, %.0f moved)%s",
            fdr.threshold, fdr.targets,
            fdr.targets == 1 ? "pair that reaches" : "pairs that reach", 100 * fdr.bayes,
            100 * fdr.decoy, fdr.decoys_before, fdr.decoys_week, fdr.decoys_place,
            differ_widely(&fdr) ? "; these differ: trust neither" : "");
    return rc < 0 ? -1 : 0;
}

static int run(struct cli *cli, int argc, char **argv, enum derived_kind what,
               const char *const *brief, struct nj_err *err)
{
    struct derived_question question = {
        .what = what, .limit = ROWS_DEFAULT, .at_us = INT64_MAX};
    const char *actor = NULL;
    const struct cli_option options[] = {
        {.name = "number",
         .letter = 'n',
         .argument = "N",
         .help = "rows at most (30; 0: all)",
         .number = &question.limit},
        {.name = "all", .help = "tentative and withdrawn ones too", .flag = &question.all},
        {.name = "actor", .argument = "ID", .help = "only those of this actor", .text = &actor},
    };
    struct setup setup;
    char *filter = NULL;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0 && actor != NULL && actor_parse(actor, &question.actor, err) < 0)
        rc = cli_usage(cli, "--actor: %s", err->msg);
    if (rc == 0)
        rc = derived_words(cli, &question, &filter, err);
    if (rc != 0)
        return rc;
    rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        if (cli->format == OUTPUT_TABLE && (cli->verbose || !addr_is_none(question.source)))
            rc = derived_evidence(cli, &setup, &question, err);
        else
            rc = derived_rows(cli, &setup, brief, &question, err);
        if (rc == 0 && what == DERIVED_HOPS && cli->format == OUTPUT_TABLE && !cli->quiet)
            rc = say_fdr(&setup, err);
        setup_done(&setup);
    }
    free(filter);
    return rc;
}

int cmd_links(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    static const char *const brief[] = {"a",    "b",      "kind",  "probability",
                                        "bits", "stated", "actor", NULL};

    return run(cli, argc, argv, DERIVED_LINKS, brief, err);
}

int cmd_hops(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    static const char *const brief[] = {"started",     "from", "to",    "gap_s", "kind",
                                        "probability", "bits", "actor", NULL};

    return run(cli, argc, argv, DERIVED_HOPS, brief, err);
}
