/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar routes: prefix and origin AS over time. `routes import FILE...` reads MRT files, RIB
 * dumps and updates, by Debian's bgpdump; `routes IP` shows what stood over an address. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "about/about.h"
#include "base/clock.h"
#include "base/folders.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/lines_of.h"
#include "cli/page.h"
#include "cli/statements.h"
#include "testimony/mrt.h"
#include "testimony/routes.h"

#define ROUTES_LIST "routes"
#define ROUTES_LIMIT_S 3600 /* for one file; a full RIB of many peers takes some minutes */

struct order {
    const char *name, *source, *licence;
    unsigned limit_s;
};

/* ---- import ---- */

static int on_line(void *ctx, const char *line, size_t length, struct nj_err *err)
{
    return routes_line(ctx, line, length, err);
}

/* What the list said before goes on to be known. */
static int on_known(void *ctx, const struct testimony *t, struct nj_err *err)
{
    json_t *value = t->value == NULL ? NULL : json_loads(t->value, 0, NULL);
    const struct statement known = {.net = t->net, .from_us = t->from_us, .to_us = t->to_us};
    int rc = routes_known(ctx, &known,
                          (uint32_t)json_integer_value(json_object_get(value, "origin")),
                          json_is_true(json_object_get(value, "standing")), err);

    json_decref(value);
    return rc;
}

/* Warn of a file that is not whole: it is used as far as it goes.
 * @return 1: so it was; 0; -1 */
static int check_whole(const struct cli *cli, const char *path, struct nj_err *err)
{
    struct nj_stream *stream;
    struct mrt_file file;
    int rc;

    if (nj_stream_open(path, &stream, err) < 0)
        return -1;
    rc = mrt_walk(stream, &file, err);
    nj_stream_free(stream);
    if (rc < 0)
        return nj_within(err, "%.120s", path);
    if ((file.cut || file.strange) && file.records > 0 && !cli->quiet)
        cli_say("warning: %s: %s behind record %llu (byte %llu); what stands before was used",
                path, file.cut ? "it is cut off" : "what stands is no MRT record",
                (unsigned long long)file.records, (unsigned long long)file.bytes);
    return (file.cut || file.strange) && file.records > 0;
}

static int read_file(struct routes *routes, const char *path, unsigned limit_s,
                     struct nj_err *err)
{
    const struct routes_counts *counts = routes_counts(routes);
    char program[] = "bgpdump", lines[] = "-m", quiet[] = "-q";
    uint64_t before = counts->lines;
    /* absolute, so that it is neither an option nor an address on the network */
    char *full = realpath(path, NULL);
    int rc;

    if (full == NULL)
        return nj_fail(err, NJ_IO, "open %s", path);
    rc = lines_of((char *const[]){program, lines, quiet, full, NULL}, limit_s, on_line, routes,
                  err);
    free(full);
    if (rc < 0)
        return nj_within(err, "%.120s", path);
    if (counts->lines == before)
        return nj_fail(err, NJ_FORMAT, "%.120s: bgpdump finds no route in it", path);
    return 0;
}

static void say_counts(const struct cli *cli, const struct routes_counts *counts)
{
    if (cli->quiet)
        return;
    cli_say("%llu announcement%s, %llu withdrawal%s, %llu default routes or "
            "no prefixes, %llu paths that end in a set, %llu lines that can't be used",
            (unsigned long long)counts->announced, counts->announced == 1 ? "" : "s",
            (unsigned long long)counts->withdrawn, counts->withdrawn == 1 ? "" : "s",
            (unsigned long long)counts->special, (unsigned long long)counts->sets,
            (unsigned long long)counts->refused);
    if (counts->refused > 0)
        cli_say("warning: the first line of bgpdump that can't be used is line %llu",
                (unsigned long long)counts->bad_line);
    if (counts->dropped > 0)
        cli_say("warning: %llu announcements were dropped: more than %u prefixes and origins",
                (unsigned long long)counts->dropped, ROUTES_GATHERED_MAX);
}

/* The list as it was when its routes were read. */
struct before {
    struct testimony_list list;
    bool known;
};

/* What the list says already, without keeping others from writing. */
static int read_known(const struct setup *setup, const struct order *order,
                      struct routes *routes, struct before *ret, struct nj_err *err)
{
    struct store *store;
    int rc;

    *ret = (struct before){.known = false};
    if (setup_need_store(setup, NULL) < 0)
        return 0;
    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = testimony_find_list(store, order->name, &ret->list, err);
    ret->known = rc == 0;
    if (rc == 0 && ret->list.kind != TESTIMONY_ROUTES)
        rc = nj_fail(err, NJ_CONFIG, "the list %s is of kind %s, not of routes", order->name,
                     testimony_kinds[ret->list.kind]);
    else if (rc == 0)
        rc = testimony_of(store, order->name, on_known, routes, err);
    store_close(store);
    return rc < 0 ? -1 : 0;
}

/* What is not said now stays as it was said before. */
static void say(char *to, size_t size, const char *now, const char *before)
{
    (void)snprintf(to, size, "%s", now == NULL ? before : now);
}

static int keep(const struct order *order, struct store *store, struct routes *routes,
                const struct before *before, const char *file, struct nj_err *err)
{
    const struct routes_counts *counts = routes_counts(routes);
    struct testimony_list list = {.kind = TESTIMONY_ROUTES, .dated_us = before->list.dated_us};
    struct testimony_list present;
    struct testimony_writer *writer;
    int found = testimony_find_list(store, order->name, &present, err);

    if (found < 0)
        return -1;
    if ((found == 0) != before->known ||
        (found == 0 && (present.imported_us != before->list.imported_us ||
                        present.entries != before->list.entries)))
        return nj_fail(err, NJ_STORE,
                       "the list %s has changed while the files were read: import them again",
                       order->name);
    list.imported_us = nj_wall_us() / US_PER_S * US_PER_S;
    if (counts->last_us > list.dated_us)
        list.dated_us = counts->last_us;
    list.refused = before->list.refused + counts->refused;
    say(list.name, sizeof(list.name), order->name, "");
    say(list.file, sizeof(list.file), file, "");
    say(list.source, sizeof(list.source), order->source, before->list.source);
    say(list.licence, sizeof(list.licence), order->licence, before->list.licence);
    if (testimony_begin(store, &list, true, &writer, err) < 0)
        return -1;
    if (routes_each(routes, statement_keep, writer, err) < 0) {
        testimony_cancel(writer);
        return -1;
    }
    return testimony_end(writer, &list, err);
}

/* The work of minutes first; then the lock that keeps others from writing. */
static int import(const struct cli *cli, const struct setup *setup, const struct order *order,
                  struct nj_err *err)
{
    struct store_options options = setup_writer_options(cli, setup);
    struct routes *routes = routes_new();
    struct store *store = NULL;
    struct before before;
    unsigned cut = 0;
    int rc = 0;

    if (routes == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for routes");
    rc = read_known(setup, order, routes, &before, err);
    for (size_t i = 1; i < cli->word_count && rc == 0; i++) {
        rc = check_whole(cli, cli->words[i], err);
        cut += rc > 0;
        if (rc >= 0)
            rc = read_file(routes, cli->words[i], order->limit_s, err);
    }
    if (rc == 0)
        rc = nj_make_parents(setup->store_dir, 0777, err);
    if (rc == 0)
        rc = store_open_writer(&options, &store, err);
    if (rc == 0) {
        say_counts(cli, routes_counts(routes));
        if (cut > 0 && !cli->quiet)
            cli_say("warning: %u of %zu files are not whole", cut, cli->word_count - 1);
        rc = keep(order, store, routes, &before, cli->words[1], err);
        store_close(store);
    }
    routes_free(routes);
    return rc;
}

/* ---- one address ---- */

static int show(const struct cli *cli, const struct setup *setup, struct addr a,
                struct nj_err *err)
{
    static const char *const shown[] = {"prefix", "origin",        "origin_basis",
                                        "routes", "route_changes", NULL};
    const struct place_detail nothing = {.answer_count = 0};
    json_t *known = NULL, *page = json_object();
    char text[ADDR_TEXT_MAX];
    struct store *store;
    int rc = ask_open(setup, &store, err);

    if (rc == 0) {
        rc = store_source(store, a, &known, err); /* when its packets came */
        if (rc == STORE_UNKNOWN) {
            known = json_object();
            rc = 0;
        }
        if (rc == 0)
            rc = about_testimony(store, a, &nothing, known, err);
        store_close(store);
    }
    if (rc == 0) {
        (void)json_object_set_new(page, "source", json_string(addr_text(a, text)));
        for (const char *const *name = shown; *name != NULL; name++)
            (void)json_object_set(page, *name, json_object_get(known, *name));
        rc = page_print(cli->format, page, err);
    }
    json_decref(known);
    json_decref(page);
    return rc;
}

int cmd_routes(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct order order = {.name = ROUTES_LIST, .limit_s = ROUTES_LIMIT_S};
    const struct cli_option options[] = {
        {.name = "name",
         .argument = "NAME",
         .help = "of the list that they go into (" ROUTES_LIST ")",
         .text = &order.name},
        {.name = "source",
         .argument = "TEXT",
         .help = "whose view it is",
         .text = &order.source},
        {.name = "licence",
         .argument = "TEXT",
         .help = "under which terms it may be used",
         .text = &order.licence},
        {.name = "limit",
         .argument = "SECONDS",
         .help = "that bgpdump may take for one file (3600)",
         .number = &order.limit_s},
    };
    struct setup setup;
    struct addr a = {0, 0};
    bool imports;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc != 0)
        return rc;
    imports = cli->word_count > 0 && strcmp(cli->words[0], "import") == 0;
    if (imports && cli->word_count < 2)
        return cli_usage(cli, "expected MRT files");
    if (imports && statements_check_name(cli, order.name) != 0)
        return CLI_USAGE;
    if (!imports && (cli->word_count != 1 || addr_parse(cli->words[0], &a, err) < 0))
        return cli_usage(cli, "expected import FILE..., or one address");
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    rc = imports ? import(cli, &setup, &order, err) : show(cli, &setup, a, err);
    setup_done(&setup);
    return rc;
}
