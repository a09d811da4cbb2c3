/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar lists: what was imported; `lists show NAME` prints a list, `lists remove NAME` drops
 * it. */
#include <string.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/derived.h"
#include "model/addr.h"
#include "store/testimony.h"

static int all_lists(void *ctx, struct store *store, const struct row_sink *sink,
                     struct nj_err *err)
{
    (void)ctx;
    return testimony_lists(store, sink, err);
}

static int send_statement(void *ctx, const struct testimony *t, struct nj_err *err)
{
    const struct row_sink *sink = ctx;
    char net[PREFIX_TEXT_MAX];
    const struct cell cells[] = {
        {.kind = CELL_TEXT, .text = prefix_text(&t->net, net), .length = strlen(net)},
        {.kind = t->from_us == 0 ? CELL_NULL : CELL_TIME, .number = t->from_us},
        {.kind = t->to_us == 0 ? CELL_NULL : CELL_TIME, .number = t->to_us},
        {.kind = t->value == NULL ? CELL_NULL : CELL_JSON,
         .text = t->value,
         .length = t->value == NULL ? 0 : strlen(t->value)},
    };

    return sink->row(sink->ctx, cells, sizeof(cells) / sizeof(cells[0]), err);
}

static int one_list(void *ctx, struct store *store, const struct row_sink *sink,
                    struct nj_err *err)
{
    static const char *const names[] = {"entry", "first", "last", "value"};
    struct testimony_list list;
    int rc = testimony_find_list(store, ctx, &list, err);

    if (rc == STORE_UNKNOWN)
        return nj_fail(err, NJ_CONFIG, "there is no list %.80s", (const char *)ctx);
    if (rc == 0)
        rc = sink->head(sink->ctx, names, sizeof(names) / sizeof(names[0]), err);
    if (rc == 0)
        rc = testimony_of(store, ctx, send_statement, (void *)(uintptr_t)sink, err);
    return rc;
}

static int drop(const struct cli *cli, const struct setup *setup, const char *name,
                struct nj_err *err)
{
    struct store_options options = setup_writer_options(cli, setup);
    struct testimony_list list;
    struct store *store;
    int rc;

    if (setup_need_store(setup, err) < 0 || store_open_writer(&options, &store, err) < 0)
        return -1;
    rc = testimony_find_list(store, name, &list, err);
    if (rc == 0)
        rc = testimony_remove(store, name, err);
    if (rc == STORE_UNKNOWN)
        rc = nj_fail(err, NJ_CONFIG, "there is no list %.80s", name);
    else if (rc == 0 && !cli->quiet)
        cli_say("removed %s with %llu entries", name, (unsigned long long)list.entries);
    if (rc == 0 && list.kind == TESTIMONY_DECLARED)
        rc = derived_again(cli, setup, store, err);
    store_close(store);
    return rc;
}

int cmd_lists(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    static const char *const columns[] = {"name", "kind",   "entries", "refused",
                                          "date", "source", "licence", NULL};
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, NULL, 0, err);
    bool show = cli->word_count == 2 && strcmp(cli->words[0], "show") == 0;
    bool remove = cli->word_count == 2 && strcmp(cli->words[0], "remove") == 0;

    if (rc == 0 && cli->word_count > 0 && !show && !remove)
        rc = cli_usage(cli, "expected nothing, show NAME, or remove NAME");
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc != 0)
        return rc;
    if (remove)
        rc = drop(cli, &setup, cli->words[1], err);
    else if (show)
        rc = ask_rows(cli, &setup, NULL, one_list, cli->words[1], err);
    else
        rc = ask_rows(cli, &setup, columns, all_lists, NULL, err);
    setup_done(&setup);
    return rc;
}
