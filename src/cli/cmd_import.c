/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar import FILE... --kind KIND: others' lists and exports into the store, each with its
 * name, source, licence and date. A list that is given again replaces what it said before. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/folders.h"
#include "base/stream.h"
#include "cli/commands.h"
#include "cli/derived.h"
#include "cli/statements.h"
#include "testimony/lists.h"
#include "testimony/services.h"

#define COVERS_MAX CLI_LIST_MAX

struct order {
    const struct cli *cli;
    const struct setup *setup;
    enum testimony_kind kind;
    const char *name, *source, *licence; /* NULL: not given */
    int64_t dated_us;                    /* 0: not given */
    struct prefix covers[COVERS_MAX];    /* what the export was asked for */
    size_t cover_count;
    bool confirmed;
    bool changed_declared, failed;
};

/* Files that become one list. */
struct batch {
    struct testimony_list list;
    char **paths;
    size_t count;
};

/* ---- one file ---- */

static struct lists_bounds bounds_of(enum testimony_kind kind)
{
    if (kind == TESTIMONY_SPECIAL)
        return (struct lists_bounds){.v4 = 0, .v6 = 0};
    /* nobody who declares his scanners has more than this of the Internet */
    if (kind == TESTIMONY_DECLARED || kind == TESTIMONY_TOR)
        return (struct lists_bounds){.v4 = 16, .v6 = 32};
    return (struct lists_bounds){.v4 = 8, .v6 = 19};
}

/* @param fn  what happens to each statement */
static int read_file(const struct order *order, const char *path, statement_fn fn, void *ctx,
                     struct reading *ret, struct nj_err *err)
{
    struct nj_stream *stream;
    const uint8_t *bytes;
    size_t length;
    int rc;

    if (nj_stream_open(path, &stream, err) < 0)
        return -1;
    rc = nj_stream_peek(stream, NJ_STREAM_WANT_MAX, &bytes, &length, err);
    if (rc == 0 && length >= NJ_STREAM_WANT_MAX)
        rc = nj_fail(err, NJ_LIMIT, "has more than %u MiB: split it", NJ_STREAM_WANT_MAX >> 20);
    if (rc == 0)
        rc = order->kind == TESTIMONY_SERVICES
                 ? services_read((const char *)bytes, length, fn, ctx, ret, err)
                 : lists_read((const char *)bytes, length, bounds_of(order->kind), fn, ctx, ret,
                              err);
    nj_stream_free(stream);
    return rc < 0 ? nj_within(err, "%.100s", path) : 0;
}

static int count_only(void *ctx, const struct statement *statement, struct nj_err *err)
{
    (void)ctx;
    (void)statement;
    (void)err;
    return 0;
}

/* ---- what the list is ---- */

/* "lists/censys-scanning.json.gz" is called "censys-scanning". */
static void name_of(const char *path, char *ret, size_t size)
{
    static const char *const endings[] = {".gz",    ".xz",     ".zst",    ".bz2", ".json",
                                          ".jsonl", ".ndjson", ".ip6set", ".txt", ".csv",
                                          ".ipset", ".lst",    ".list",   ".tsv", NULL};
    const char *slash = strrchr(path, '/');

    (void)snprintf(ret, size, "%s", slash == NULL ? path : slash + 1);
    for (size_t i = 0; endings[i] != NULL; i++) {
        size_t length = strlen(ret), end = strlen(endings[i]);

        if (length > end && strcmp(ret + length - end, endings[i]) == 0)
            ret[length - end] = '\0';
    }
}

static int64_t file_time(const char *path)
{
    struct stat st;

    /* packers give files a date of the last century where the content shall decide alone */
    if (stat(path, &st) < 0 || st.st_mtim.tv_sec < 946684800)
        return 0;
    return (int64_t)st.st_mtim.tv_sec * 1000000;
}

static void say_refused(const struct order *order, const char *path,
                        const struct reading *reading)
{
    if (reading->refused == 0 || order->cli->quiet)
        return;
    cli_say("%s: %llu of %llu entries could not be used; the first is line or entry %llu: %s",
            path, (unsigned long long)reading->refused,
            (unsigned long long)(reading->refused + reading->statements),
            (unsigned long long)reading->bad_line, reading->why);
}

/* Read all files once without keeping anything: what they hold, and of when. */
static int look(const struct order *order, struct batch *batch, uint64_t *ret_statements,
                struct nj_err *err)
{
    struct testimony_list *list = &batch->list;

    *ret_statements = order->cover_count;
    for (size_t i = 0; i < batch->count; i++) {
        struct reading reading;
        int64_t dated_us;

        if (read_file(order, batch->paths[i], count_only, NULL, &reading, err) < 0)
            return -1;
        say_refused(order, batch->paths[i], &reading);
        *ret_statements += reading.statements;
        list->refused += reading.refused;
        dated_us = reading.dated_us != 0    ? reading.dated_us
                   : reading.newest_us != 0 ? reading.newest_us
                                            : file_time(batch->paths[i]);
        if (dated_us > list->dated_us)
            list->dated_us = dated_us;
        if (list->source[0] == '\0' && reading.name[0] != '\0')
            (void)snprintf(list->source, sizeof(list->source), "%s", reading.name);
        if (list->source[0] == '\0')
            (void)snprintf(list->source, sizeof(list->source), "%s", reading.about);
    }
    if (order->dated_us != 0)
        list->dated_us = order->dated_us;
    return 0;
}

static void describe(const struct order *order, struct batch *batch)
{
    struct testimony_list *list = &batch->list;

    *list = (struct testimony_list){.kind = order->kind,
                                    .imported_us = nj_wall_us() / US_PER_S * US_PER_S};
    if (order->name != NULL)
        (void)snprintf(list->name, sizeof(list->name), "%s", order->name);
    else
        name_of(batch->paths[0], list->name, sizeof(list->name));
    if (order->source != NULL)
        (void)snprintf(list->source, sizeof(list->source), "%s", order->source);
    if (order->licence != NULL)
        (void)snprintf(list->licence, sizeof(list->licence), "%s", order->licence);
    (void)snprintf(list->file, sizeof(list->file), "%s%s", batch->paths[0],
                   batch->count > 1 ? ", ..." : "");
}

/* ---- into the store ---- */

/* A list that is empty now was most likely lost on its way. */
static int check_empty(const struct order *order, struct store *store,
                       const struct batch *batch, uint64_t statements, struct nj_err *err)
{
    struct testimony_list before;
    int rc;

    if (statements > 0 || order->confirmed)
        return 0;
    rc = testimony_find_list(store, batch->list.name, &before, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return nj_fail(err, NJ_CONFIG,
                       "%.60s holds no entry, and the list %s had %llu: nothing was changed; "
                       "--confirm if that is meant",
                       batch->paths[0], batch->list.name, (unsigned long long)before.entries);
    return nj_fail(err, NJ_CONFIG, "%.100s holds no entry; --confirm to keep an empty list",
                   batch->paths[0]);
}

/* @param statements  what the first reading found: a pipe has no second one */
static int write_all(const struct order *order, struct store *store, const struct batch *batch,
                     uint64_t statements, struct nj_err *err)
{
    uint64_t written = order->cover_count;
    struct testimony_writer *writer;
    int rc = 0;

    if (testimony_begin(store, &batch->list, true, &writer, err) < 0)
        return -1;
    for (size_t i = 0; i < order->cover_count && rc == 0; i++)
        rc = testimony_add(writer, &order->covers[i], 0, batch->list.dated_us,
                           "{\"covered\":true}", err);
    for (size_t i = 0; i < batch->count && rc == 0; i++) {
        struct reading reading;

        rc = read_file(order, batch->paths[i], statement_keep, writer, &reading, err);
        written += reading.statements;
    }
    if (rc == 0 && written != statements)
        rc = nj_fail(err, NJ_IO,
                     "%.100s is not the same when it is read again: give a file, not a pipe",
                     batch->paths[0]);
    if (rc < 0) {
        testimony_cancel(writer);
        return -1;
    }
    return testimony_end(writer, &batch->list, err);
}

static int take_in(struct order *order, struct store *store, struct batch *batch,
                   const struct row_sink *sink, struct nj_err *err)
{
    struct testimony_list kept;
    struct cell cells[5];
    uint64_t statements;

    describe(order, batch);
    if (look(order, batch, &statements, err) < 0 ||
        check_empty(order, store, batch, statements, err) < 0 ||
        write_all(order, store, batch, statements, err) < 0 ||
        testimony_find_list(store, batch->list.name, &kept, err) != 0)
        return -1;
    order->changed_declared |= order->kind == TESTIMONY_DECLARED;
    cells[0] = (struct cell){.kind = CELL_TEXT, .text = kept.name, .length = strlen(kept.name)};
    cells[1] = (struct cell){.kind = CELL_TEXT,
                             .text = testimony_kinds[kept.kind],
                             .length = strlen(testimony_kinds[kept.kind])};
    cells[2] = (struct cell){.kind = CELL_UINT, .unsigned_number = kept.entries};
    cells[3] = (struct cell){.kind = CELL_UINT, .unsigned_number = kept.refused};
    cells[4] = (struct cell){.kind = kept.dated_us == 0 ? CELL_NULL : CELL_TIME,
                             .number = kept.dated_us};
    return sink->row(sink->ctx, cells, 5, err);
}

/* Faults of one file: of its list nothing was changed, and the next ones go on. */
static bool of_the_file(enum nj_code code)
{
    return code == NJ_CONFIG || code == NJ_FORMAT || code == NJ_IO || code == NJ_LIMIT;
}

/* With --name all files are one list, else each is one of its own. */
static int import(struct order *order, struct store *store, struct nj_err *err)
{
    static const char *const names[] = {"name", "kind", "entries", "refused", "date"};
    const struct cli *cli = order->cli;
    struct output *output = output_new(stdout, cli->format, NULL);
    struct row_sink sink;
    struct nj_err late;
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    sink = output_sink(output);
    rc = sink.head(sink.ctx, names, 5, err);
    for (size_t i = 0; i < cli->word_count && rc == 0;) {
        struct batch batch = {.paths = &cli->words[i],
                              .count = order->name != NULL ? cli->word_count : 1};

        rc = take_in(order, store, &batch, &sink, err);
        i += batch.count;
        if (rc < 0 && of_the_file(err->code)) {
            cli_say("%s", err->msg);
            order->failed = true;
            rc = 0;
        }
    }
    /* also after a fault: what was taken in before it counts */
    if (order->changed_declared && derived_again(cli, order->setup, store, &late) < 0 &&
        rc == 0) {
        *err = late;
        rc = -1;
    }
    rc = output_close(output, rc, err);
    return rc == 0 && order->failed ? CLI_FAILED : rc;
}

/* ---- the command line ---- */

static int read_kind(const struct cli *cli, const char *text, enum testimony_kind *ret)
{
    const char *names[TESTIMONY_KINDS + 1] = {NULL};
    char hint[CLI_SUGGEST_MAX];

    if (text == NULL)
        return cli_usage(cli, "expected --kind: declared, tor, hosting, special, warning, "
                              "services, or list");
    /* names and routes are no kinds of files that are imported here */
    for (size_t i = 0; i < TESTIMONY_NAMES; i++) {
        names[i] = testimony_kinds[i];
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum testimony_kind)i;
            return 0;
        }
    }
    return cli_usage(cli, "--kind %s: %s", text, cli_suggest(text, names, hint));
}

static int read_covers(const struct cli *cli, const struct cli_list *covers,
                       struct order *order, struct nj_err *err)
{
    if (covers->count > 0 && order->kind != TESTIMONY_SERVICES)
        return cli_usage(cli, "--covers is for --kind services");
    for (size_t i = 0; i < covers->count; i++)
        if (prefix_parse(covers->items[i], &order->covers[i], err) < 0)
            return cli_usage(cli, "--covers: %s", err->msg);
    order->cover_count = covers->count;
    return 0;
}

int cmd_import(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct order order = {.cli = cli};
    struct cli_list covers = {.count = 0};
    const char *kind = NULL;
    const struct cli_option options[] = {
        {.name = "kind",
         .argument = "KIND",
         .help = "declared, tor, hosting, special, warning, services, or list",
         .text = &kind},
        {.name = "name",
         .argument = "NAME",
         .help = "one list of that name of all files; else each file is its own",
         .text = &order.name},
        {.name = "source", .argument = "TEXT", .help = "who says so", .text = &order.source},
        {.name = "licence",
         .argument = "TEXT",
         .help = "under which terms it may be used",
         .text = &order.licence},
        {.name = "date",
         .argument = "DAY",
         .help = "of its content; else what it says, else the file's",
         .from = &order.dated_us},
        {.name = "covers",
         .argument = "PREFIX",
         .help = "what a services export was asked for: there, silence is an answer",
         .list = &covers},
        {.name = "confirm", .help = "an empty list is meant", .flag = &order.confirmed},
    };
    struct store_options store_options;
    struct setup setup;
    struct store *store;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0 && cli->word_count == 0)
        rc = cli_usage(cli, "expected files");
    if (rc == 0)
        rc = read_kind(cli, kind, &order.kind);
    if (rc == 0)
        rc = read_covers(cli, &covers, &order, err);
    if (rc == 0 && order.name != NULL)
        rc = statements_check_name(cli, order.name);
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc != 0)
        return rc;
    order.setup = &setup;
    store_options = setup_writer_options(cli, &setup);
    rc = nj_make_parents(setup.store_dir, 0777, err);
    if (rc == 0)
        rc = store_open_writer(&store_options, &store, err);
    if (rc == 0) {
        rc = import(&order, store, err);
        store_close(store);
    }
    setup_done(&setup);
    return rc;
}
