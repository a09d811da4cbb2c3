/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar rdap IP...: ask registries whose network an address is in, and keep the answers.
 * Nothing asks unless the configuration allows it and somebody gives this command. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/rdap_servers.h"
#include "cli/whom.h"
#include "model/special.h"
#include "rdap/ask.h"
#include "rdap/servers.h"
#include "store/testimony.h"

struct order {
    const struct cli *cli;
    const struct config *config;
    struct rdap_options options;
    unsigned days; /* younger answers are not asked for again */
    bool declared;
    int64_t now_us;
    struct rdap_servers servers;
    struct rdap_answer *answers;
    size_t count, later, known; /* later: more than one run may ask; known: answers are young */
};

/* ---- whom to ask ---- */

/* Nobody outside is asked about what is nobody's, or ours. @return why; NULL: ask */
static const char *never_asked(const struct config *config, struct addr a)
{
    const struct prefix net = {.first = a, .last = a};

    for (size_t i = 0; i < config->sensor_count; i++) {
        const struct sensor *sensor = &config->sensors[i];

        for (size_t k = 0; k < sensor->prefix_count; k++) {
            if (prefix_has(&sensor->prefixes[k].prefix, a))
                return "an address of our own";
        }
    }
    return special_range(&net);
}

static const char *server_for(const struct order *order, struct addr a)
{
    return order->config->rdap_server != NULL ? order->config->rdap_server
                                              : rdap_servers_find(&order->servers, a);
}

static int plan(struct order *order, const struct whom *whom, struct nj_err *err)
{
    size_t questions = 0, i;

    order->answers = calloc(RDAP_QUESTIONS_MAX, sizeof(*order->answers));
    if (order->answers == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for answers");
    for (i = 0; i < whom->count && order->count < RDAP_QUESTIONS_MAX &&
                questions < (size_t)order->config->rdap_questions;
         i++) {
        struct rdap_answer *answer = &order->answers[order->count++];
        const char *why = never_asked(order->config, whom->addrs[i]);

        answer->addr = whom->addrs[i];
        if (why == NULL) {
            answer->server = server_for(order, answer->addr);
            why = answer->server == NULL ? "no registry is known that has it" : "";
        }
        (void)snprintf(answer->why, sizeof(answer->why), "%s", why);
        questions += answer->server != NULL;
    }
    order->later = whom->count - i;
    return 0;
}

/* The lists of servers, at most as old as answers may be. */
static int update_servers(struct order *order, struct nj_err *err)
{
    struct nj_err why;

    if (order->config->rdap_server != NULL || order->servers.young ||
        rdap_servers_fetch(&order->servers, order->options.timeout_ms, &why) == 0)
        return 0;
    if (order->servers.nets == NULL) {
        *err = why;
        return -1;
    }
    cli_say("%s; going on with the servers that were known before", why.msg);
    return 0;
}

/* Of a store that others may write to meanwhile. @return 0; CLI_USAGE, said; -1 */
static int choose(struct order *order, const struct setup *setup, struct nj_err *err)
{
    struct whom whom = {.count = 0};
    struct store *store;
    int rc;

    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = whom_gather(order->cli, store, order->declared, &whom, err);
    if (rc == 0)
        rc = whom_leave_out(&whom, store, TESTIMONY_RDAP_LIST, order->now_us, order->days, err);
    order->known = whom.known;
    if (rc == 0 && order->config->rdap_server == NULL)
        rc = rdap_servers_load(&order->servers, store,
                               order->now_us - order->config->rdap_age_days * DAY_US, err);
    store_close(store);
    if (rc == 0 && whom.count > 0)
        rc = update_servers(order, err);
    if (rc == 0)
        rc = plan(order, &whom, err);
    whom_done(&whom);
    return rc;
}

/* ---- answers ---- */

static void put(json_t *value, const char *name, const char *text)
{
    if (text[0] != '\0')
        (void)json_object_set_new(value, name, json_string(text));
}

/* As about/registration.c reads it. */
static json_t *value_of(const struct rdap_answer *answer)
{
    const struct rdap_network *network = &answer->network;
    char range[RDAP_RANGE_MAX];
    json_t *value = json_object();

    put(value, "answer", answer->result == RDAP_FOUND ? "network" : "no record");
    if (answer->result == RDAP_FOUND) {
        put(value, "network", network->name);
        put(value, "handle", network->handle);
        put(value, "range", rdap_range(&network->net, range));
        put(value, "country", network->country);
        put(value, "organisation", network->organisation);
        put(value, "abuse", network->abuse);
        put(value, "registered", network->registered);
        put(value, "changed", network->changed);
    }
    put(value, "server", answer->host);
    return value;
}

static int keep_one(struct testimony_writer *writer, const struct order *order,
                    const struct rdap_answer *answer, struct nj_err *err)
{
    const struct prefix net = {.first = answer->addr, .last = answer->addr};
    json_t *value = value_of(answer);
    char *text = json_dumps(value, JSON_COMPACT);
    int rc = -1;

    if (text == NULL)
        (void)nj_fail(err, NJ_NOMEM, "no memory for an answer");
    else if (testimony_forget(writer, &net, err) == 0)
        rc = testimony_add(writer, &net, 0, order->now_us, text, err);
    free(text);
    json_decref(value);
    return rc;
}

static int keep(const struct order *order, struct store *store, struct nj_err *err)
{
    const struct testimony_list list = {.name = TESTIMONY_RDAP_LIST,
                                        .kind = TESTIMONY_RDAP,
                                        .source = "registries, by RDAP",
                                        .dated_us = order->now_us,
                                        .imported_us = order->now_us};
    struct testimony_writer *writer;
    int rc = 0;

    if (order->servers.fetched &&
        rdap_servers_keep(&order->servers, store, order->now_us, err) < 0)
        return -1;
    if (testimony_begin(store, &list, false, &writer, err) < 0)
        return -1;
    for (size_t i = 0; i < order->count && rc == 0; i++) {
        enum rdap_result result = order->answers[i].result;

        if (result == RDAP_FOUND || result == RDAP_NONE) /* else what is known stays */
            rc = keep_one(writer, order, &order->answers[i], err);
    }
    if (rc < 0) {
        testimony_cancel(writer);
        return -1;
    }
    return testimony_end(writer, &list, err);
}

static int print(const struct order *order, struct nj_err *err)
{
    static const char *const names[] = {"source",     "answer",  "network",      "handle",
                                        "range",      "country", "organisation", "abuse",
                                        "registered", "changed", "server",       "why"};
    static const char *const shown[] = {"source",       "answer", "network", "range", "country",
                                        "organisation", "abuse",  "why",     NULL};
    static const char *const results[] = {[RDAP_FOUND] = "network",
                                          [RDAP_NONE] = "no record",
                                          [RDAP_FAILED] = "failed",
                                          [RDAP_NOT_ASKED] = "not asked"};
    enum { COLUMNS = sizeof(names) / sizeof(names[0]) };
    struct output *output = output_new(stdout, order->cli->format, shown);
    struct row_sink sink;
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    sink = output_sink(output);
    rc = sink.head(sink.ctx, names, COLUMNS, err);
    for (size_t i = 0; i < order->count && rc == 0; i++) {
        const struct rdap_answer *answer = &order->answers[i];
        const struct rdap_network *network = &answer->network;
        char range[RDAP_RANGE_MAX] = "";
        const struct cell cells[COLUMNS] = {
            {.kind = CELL_ADDRESS, .address = answer->addr},
            text_cell(results[answer->result]),
            text_cell(network->name),
            text_cell(network->handle),
            text_cell(answer->result == RDAP_FOUND ? rdap_range(&network->net, range) : ""),
            text_cell(network->country),
            text_cell(network->organisation),
            text_cell(network->abuse),
            text_cell(network->registered),
            text_cell(network->changed),
            text_cell(answer->host),
            text_cell(answer->why),
        };

        rc = sink.row(sink.ctx, cells, COLUMNS, err);
    }
    return output_close(output, rc, err);
}

/* ---- the command ---- */

/* The questions first, which may take minutes; then the lock that keeps others from writing. */
static int ask(struct order *order, const struct setup *setup, struct nj_err *err)
{
    struct store_options options = setup_writer_options(order->cli, setup);
    struct store *store;
    int rc = choose(order, setup, err);

    if (rc == 0)
        rc = rdap_ask(order->answers, order->count, &order->options, err);
    if (rc == 0 && (order->count > 0 || order->servers.fetched)) {
        rc = store_open_writer(&options, &store, err);
        if (rc == 0) {
            rc = keep(order, store, err);
            store_close(store);
        }
    }
    if (rc != 0)
        return rc;
    whom_say_known(order->cli, order->known, order->days);
    if (order->later > 0)
        cli_say(
            "%zu left for the next run: one asks for %lld at most (\"questions\" of [rdap])",
            order->later, (long long)order->config->rdap_questions);
    return print(order, err);
}

static bool is_plain(const char *url)
{
    return url != NULL && strncmp(url, "http://", 7) == 0;
}

static int check(struct order *order, struct nj_err *err)
{
    const struct config *config = order->config;
    const char *urls[] = {config->rdap_server, config->rdap_bootstrap};

    if (!config->rdap_allow)
        return nj_fail(err, NJ_CONFIG,
                       "asking registries is not allowed: the configuration has no \"allow = "
                       "yes\" in [rdap], nightjar.conf(5)");
    order->options.local = is_plain(urls[0] != NULL ? urls[0] : urls[1]);
    for (size_t i = 0; i < 2; i++) {
        if (urls[i] != NULL && !rdap_may_ask(urls[i], is_plain(urls[i])))
            return nj_fail(err, NJ_CONFIG,
                           "[rdap] %s = %.80s: expected https://HOST/PATH (http:// for "
                           "127.0.0.1 only)",
                           i == 0 ? "server" : "bootstrap", urls[i]);
    }
    order->servers.url = config->rdap_bootstrap == NULL ? RDAP_SERVERS : config->rdap_bootstrap;
    order->servers.local = order->options.local;
    return 0;
}

int cmd_rdap(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct order order = {
        .cli = cli, .days = UINT32_MAX, .options = {.rate = 2, .timeout_ms = 10000}};
    const struct cli_option options[] = {
        whom_declared_option(&order.declared),
        {.name = "rate",
         .argument = "N",
         .help = "questions a second, at most 100 (2)",
         .number = &order.options.rate},
        {.name = "timeout",
         .argument = "MS",
         .help = "of a question, with its redirects (10000)",
         .number = &order.options.timeout_ms},
        {.name = "age",
         .argument = "DAYS",
         .help = "answers younger than this are not asked for again (\"age_days\" of [rdap])",
         .number = &order.days},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = whom_check(cli, order.declared);
    if (rc == 0 && (order.options.rate == 0 || order.options.rate > RDAP_RATE_MAX ||
                    order.options.timeout_ms == 0))
        rc = cli_usage(cli, "expected a rate of 1 to %u, and a timeout of 1 or more",
                       RDAP_RATE_MAX);
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc != 0)
        return rc;
    order.now_us = whom_now_us();
    order.config = &setup.config;
    if (order.days == UINT32_MAX)
        order.days = (unsigned)setup.config.rdap_age_days;
    rc = check(&order, err);
    if (rc == 0)
        rc = setup_need_store(&setup, err);
    if (rc == 0)
        rc = ask(&order, &setup, err);
    free(order.answers);
    rdap_servers_done(&order.servers);
    setup_done(&setup);
    return rc;
}
