/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar names IP...: ask for reverse names and keep the answers. Nothing asks unless
 * somebody gives this command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/whom.h"
#include "names/names.h"
#include "store/testimony.h"

struct order {
    const struct cli *cli;
    struct names_options options;
    unsigned days; /* younger answers are not asked for again */
    bool declared;
    struct whom whom;
    int64_t now_us;
};

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
    for (size_t i = 0; i < order->whom.count && rc == 0; i++)
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
    for (size_t i = 0; i < order->whom.count && rc == 0; i++) {
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
    rc = whom_gather(order->cli, store, order->declared, &order->whom, err);
    if (rc == 0)
        rc = whom_leave_out(&order->whom, store, TESTIMONY_NAMES_LIST, order->now_us,
                            order->days, err);
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
    answers = calloc(order->whom.count + 1, sizeof(*answers));
    if (answers == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for names");
    rc = names_ask(order->whom.addrs, order->whom.count, &order->options, answers, err);
    if (rc == 0 && order->whom.count > 0) {
        rc = store_open_writer(&options, &store, err);
        if (rc == 0) {
            rc = keep(order, store, answers, err);
            store_close(store);
        }
    }
    if (rc == 0) {
        whom_say_known(order->cli, order->whom.known, order->days);
        rc = print(order, answers, err);
    }
    free(answers);
    return rc;
}

int cmd_names(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct order order = {
        .cli = cli, .days = 7, .options = {.parallel = 16, .rate = 50, .timeout_ms = 2000}};
    const struct cli_option options[] = {
        whom_declared_option(&order.declared),
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
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = whom_check(cli, order.declared);
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc != 0)
        return rc;
    order.now_us = whom_now_us();
    rc = setup_need_store(&setup, err);
    if (rc == 0)
        rc = ask(&order, &setup, err);
    whom_done(&order.whom);
    setup_done(&setup);
    return rc;
}
