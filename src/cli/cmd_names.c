/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar names IP...: ask for reverse names and keep the answers. Nothing asks unless
 * somebody gives this command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "names/names.h"
#include "store/testimony.h"

#define DAY_US 86400000000ll

struct order {
    const struct cli *cli;
    struct names_options options;
    unsigned days; /* younger answers are not asked for again */
    bool declared;
    struct addr *addrs;
    size_t count;
    int64_t now_us;
};

/* ---- whom to ask for ---- */

static int add(struct order *order, struct addr a, struct nj_err *err)
{
    if (order->count == NAMES_ADDRESSES_MAX)
        return nj_fail(err, NJ_LIMIT, "more than %u addresses", NAMES_ADDRESSES_MAX);
    order->addrs[order->count++] = a;
    return 0;
}

static int read_lines(struct order *order, struct nj_err *err)
{
    char line[256];
    unsigned number = 0;

    while (fgets(line, sizeof(line), stdin) != NULL) {
        struct addr a;

        number++;
        line[strcspn(line, "\r\n\t ,;#")] = '\0';
        if (line[0] == '\0')
            continue;
        if (addr_parse(line, &a, err) < 0) {
            if (number == 1)
                continue; /* the name of a column */
            return nj_within(err, "standard input:%u", number);
        }
        if (add(order, a, err) < 0)
            return -1;
    }
    return 0;
}

static int on_declared(void *ctx, struct addr a, struct nj_err *err)
{
    return add(ctx, a, err);
}

static int gather(struct order *order, struct store *store, struct nj_err *err)
{
    for (size_t i = 0; i < order->cli->word_count; i++) {
        const char *word = order->cli->words[i];
        struct addr a;

        if (strcmp(word, "-") == 0) {
            if (read_lines(order, err) < 0)
                return -1;
        } else if (addr_parse(word, &a, err) < 0) {
            return cli_usage(order->cli, "%s", err->msg);
        } else if (add(order, a, err) < 0) {
            return -1;
        }
    }
    return order->declared ? testimony_declared_sources(store, on_declared, order, err) : 0;
}

static int by_address(const void *left, const void *right)
{
    return addr_compare(*(const struct addr *)left, *(const struct addr *)right);
}

/* Both the addresses and the kept names come sorted, so one walk finds who is known. */
struct walk {
    struct order *order;
    size_t next, kept;
    int64_t oldest_us;
};

/* The addresses below this one have no kept name. */
static void keep_below(struct walk *walk, struct addr a)
{
    struct order *order = walk->order;

    while (walk->next < order->count && addr_compare(order->addrs[walk->next], a) < 0)
        order->addrs[walk->kept++] = order->addrs[walk->next++];
}

static int on_known(void *ctx, const struct testimony *t, struct nj_err *err)
{
    struct walk *walk = ctx;

    (void)err;
    keep_below(walk, t->net.first);
    if (walk->next < walk->order->count &&
        addr_equal(walk->order->addrs[walk->next], t->net.first) && t->to_us > walk->oldest_us)
        walk->next++;
    return 0;
}

/* Once each, and only those without a young answer. */
static int leave_out_known(struct order *order, struct store *store, struct nj_err *err)
{
    struct walk walk = {.order = order,
                        .oldest_us = order->now_us - (int64_t)order->days * DAY_US};
    size_t distinct = 0;

    qsort(order->addrs, order->count, sizeof(*order->addrs), by_address);
    for (size_t i = 0; i < order->count; i++)
        if (i == 0 || !addr_equal(order->addrs[i], order->addrs[i - 1]))
            order->addrs[distinct++] = order->addrs[i];
    order->count = distinct;
    if (order->days == 0)
        return 0;
    if (testimony_of(store, TESTIMONY_NAMES_LIST, on_known, &walk, err) < 0)
        return -1;
    while (walk.next < order->count)
        order->addrs[walk.kept++] = order->addrs[walk.next++];
    order->count = walk.kept;
    return 0;
}

/* ---- answers ---- */

static int keep_one(struct testimony_writer *writer, const struct order *order,
                    const struct names_answer *answer, struct nj_err *err)
{
    const struct prefix net = {.first = answer->addr, .last = answer->addr};
    struct text value = {0};
    int rc = -1;

    text_addf(&value, "{\"answer\":\"%s\"",
              answer->result == NAMES_FOUND ? "name" : "no such name");
    if (answer->result == NAMES_FOUND) {
        text_add_z(&value, ",\"name\":");
        text_json(&value, answer->name, strlen(answer->name));
        if (answer->checked)
            text_addf(&value, ",\"confirmed\":%s", answer->confirmed ? "true" : "false");
    }
    text_add(&value, "}", 2);
    if (value.no_memory)
        (void)nj_fail(err, NJ_NOMEM, "no memory for a name");
    else if (testimony_forget(writer, &net, err) == 0)
        rc = testimony_add(writer, &net, 0, order->now_us, value.bytes, err);
    text_done(&value);
    return rc;
}

static int keep(const struct order *order, struct store *store,
                const struct names_answer *answers, struct nj_err *err)
{
    const struct testimony_list list = {.name = TESTIMONY_NAMES_LIST,
                                        .kind = TESTIMONY_NAMES,
                                        .source = "reverse DNS",
                                        .dated_us = order->now_us,
                                        .imported_us = order->now_us};
    struct testimony_writer *writer;
    int rc = 0;

    if (testimony_begin(store, &list, false, &writer, err) < 0)
        return -1;
    for (size_t i = 0; i < order->count && rc == 0; i++)
        if (answers[i].result != NAMES_FAILED) /* no answer: what is known stays */
            rc = keep_one(writer, order, &answers[i], err);
    if (rc < 0) {
        testimony_cancel(writer);
        return -1;
    }
    return testimony_end(writer, &list, err);
}

static int print(const struct order *order, const struct names_answer *answers,
                 struct nj_err *err)
{
    static const char *const names[] = {"source", "answer", "name", "confirmed"};
    static const char *const results[] = {
        [NAMES_FOUND] = "name", [NAMES_NONE] = "no such name", [NAMES_FAILED] = "failed"};
    struct output *output = output_new(stdout, order->cli->format, NULL);
    struct row_sink sink;
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    sink = output_sink(output);
    rc = sink.head(sink.ctx, names, 4, err);
    for (size_t i = 0; i < order->count && rc == 0; i++) {
        bool found = answers[i].result == NAMES_FOUND;
        const char *result = results[answers[i].result];
        const struct cell cells[] = {
            {.kind = CELL_ADDRESS, .address = answers[i].addr},
            {.kind = CELL_TEXT, .text = result, .length = strlen(result)},
            {.kind = found ? CELL_TEXT : CELL_NULL,
             .text = answers[i].name,
             .length = strlen(answers[i].name)},
            {.kind = answers[i].checked ? CELL_BOOL : CELL_NULL,
             .number = answers[i].confirmed},
        };

        rc = sink.row(sink.ctx, cells, 4, err);
    }
    return output_close(output, rc, err);
}

/* Whom to ask, of a store that others may write to meanwhile. @return 0; CLI_USAGE, said; -1 */
static int choose(struct order *order, const struct setup *setup, struct nj_err *err)
{
    struct store *store;
    int rc;

    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = gather(order, store, err);
    if (rc == 0)
        rc = leave_out_known(order, store, err);
    store_close(store);
    return rc;
}

/* The questions first, which may take an hour; then the lock that keeps others from writing. */
static int ask(struct order *order, const struct setup *setup, struct nj_err *err)
{
    struct store_options options = setup_writer_options(order->cli, setup);
    struct names_answer *answers;
    struct store *store;
    int rc = choose(order, setup, err);

    if (rc != 0)
        return rc;
    answers = calloc(order->count + 1, sizeof(*answers));
    if (answers == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for names");
    rc = names_ask(order->addrs, order->count, &order->options, answers, err);
    if (rc == 0 && order->count > 0) {
        rc = store_open_writer(&options, &store, err);
        if (rc == 0) {
            rc = keep(order, store, answers, err);
            store_close(store);
        }
    }
    if (rc == 0)
        rc = print(order, answers, err);
    free(answers);
    return rc;
}

int cmd_names(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct order order = {
        .cli = cli, .days = 7, .options = {.parallel = 16, .rate = 50, .timeout_ms = 2000}};
    const struct cli_option options[] = {
        {.name = "declared",
         .help = "all sources of imported lists of declared scanners",
         .flag = &order.declared},
        {.name = "server",
         .argument = "ADDRESS[:PORT]",
         .help = "whom to ask, several with commas (those of resolv.conf)",
         .text = &order.options.servers},
        {.name = "parallel",
         .argument = "N",
         .help = "queries under way, at most 200 (16)",
         .number = &order.options.parallel},
        {.name = "rate",
         .argument = "N",
         .help = "queries a second, at most 10000 (50)",
         .number = &order.options.rate},
        {.name = "timeout",
         .argument = "MS",
         .help = "of the first of three tries (2000)",
         .number = &order.options.timeout_ms},
        {.name = "age",
         .argument = "DAYS",
         .help = "answers younger than this are not asked for again (7)",
         .number = &order.days},
    };
    struct timespec now;
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0 && cli->word_count == 0 && !order.declared)
        rc = cli_usage(cli, "expected addresses, - for those of standard input, or --declared");
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc != 0)
        return rc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    order.now_us = (int64_t)now.tv_sec * 1000000;
    order.addrs = calloc(NAMES_ADDRESSES_MAX, sizeof(*order.addrs));
    if (order.addrs == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for addresses");
    if (rc == 0)
        rc = setup_need_store(&setup, err);
    if (rc == 0)
        rc = ask(&order, &setup, err);
    free(order.addrs);
    setup_done(&setup);
    return rc;
}
