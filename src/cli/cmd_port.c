/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar port PORT: what a port is for, and its history in the store. */
#include <stdlib.h>
#include <string.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/page.h"
#include "model/packet.h"

static const struct {
    const char *name;
    uint8_t number;
} protos[] = {{"tcp", PROTO_TCP}, {"udp", PROTO_UDP}, {"sctp", PROTO_SCTP}};
#define PROTOS (sizeof(protos) / sizeof(protos[0]))

/* What is asked for; `proto` 0: all. */
struct question {
    uint16_t port;
    uint8_t proto;
    struct store_scope scope;
};

/* "53" or "53/udp". */
static bool parse_port(const char *word, struct question *question)
{
    char *end;
    unsigned long port = strtoul(word, &end, 10);

    if (word[0] < '0' || word[0] > '9' || port == 0 || port > 65535)
        return false;
    question->port = (uint16_t)port;
    for (size_t i = 0; *end == '/' && i < PROTOS; i++) {
        if (strcmp(end + 1, protos[i].name) == 0) {
            question->proto = protos[i].number;
            return true;
        }
    }
    return *end == '\0';
}

static json_t *text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *one_known(const char *proto, const struct port_info *info)
{
    json_t *object = json_object();

    (void)json_object_set_new(object, "proto", json_string(proto));
    (void)json_object_set_new(object, "service", text_or_null(info->name));
    (void)json_object_set_new(object, "practice", text_or_null(info->practice));
    (void)json_object_set_new(object, "category", json_string(info->category));
    (void)json_object_set_new(object, "known_for", text_or_null(info->known));
    (void)json_object_set_new(object, "risk", json_real(info->risk));
    (void)json_object_set_new(object, "fact_source", text_or_null(info->source));
    return object;
}

/* A port that the table lacks is told as such, with the risk that it counts for. */
static json_t *known(const struct ports *ports, const struct question *question)
{
    const struct port_info nothing = {.name = "",
                                      .practice = "nothing is known of this port",
                                      .category = "unknown",
                                      .known = "",
                                      .risk = PORT_RISK_UNKNOWN,
                                      .source = ""};
    json_t *list = json_array();

    for (size_t i = 0; i < PROTOS; i++) {
        const struct port_info *info = ports_find(ports, question->port, protos[i].number);

        if (question->proto != 0 && question->proto != protos[i].number)
            continue;
        if (info != NULL)
            (void)json_array_append_new(list, one_known(protos[i].name, info));
        else if (question->proto != 0)
            (void)json_array_append_new(list, one_known(protos[i].name, &nothing));
    }
    if (json_array_size(list) == 0)
        (void)json_array_append_new(list, one_known("any", &nothing));
    return list;
}

/* A port that was never seen has an empty history. */
static int history(const struct setup *setup, const struct question *question, json_t *object,
                   struct nj_err *err)
{
    struct store *store;
    json_t *found = NULL;
    int rc;

    if (ask_open(setup, &store, err) < 0)
        return -1;
    rc = store_port(store, question->port, question->proto, &question->scope, &found, err);
    if (rc == STORE_UNKNOWN) {
        (void)json_object_set_new(object, "first", json_null());
        (void)json_object_set_new(object, "last", json_null());
        (void)json_object_set_new(object, "sessions", json_integer(0));
        (void)json_object_set_new(object, "sources", json_integer(0));
        rc = 0;
    } else if (rc == 0) {
        rc = json_object_update(object, found) < 0
                 ? nj_fail(err, NJ_NOMEM, "no memory for the answer")
                 : 0;
    }
    json_decref(found);
    store_close(store);
    return rc;
}

static int answer(const struct cli *cli, const struct setup *setup,
                  const struct question *question, struct nj_err *err)
{
    json_t *object = json_object();
    struct ports *ports = NULL;
    int rc = setup_ports(&ports, err);

    if (rc == 0) {
        (void)json_object_set_new(object, "port", json_integer(question->port));
        (void)json_object_set_new(object, "known", known(ports, question));
        rc = history(setup, question, object, err);
    }
    if (rc == 0)
        rc = page_print(cli->format, object, err);
    json_decref(object);
    ports_free(ports);
    return rc;
}

int cmd_port(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct question question = {.scope = ask_everything()};
    const struct cli_option options[] = {
        {.name = "from",
         .argument = "TIME",
         .help = "from this day or instant on (UTC)",
         .from = &question.scope.from_us},
        {.name = "to",
         .argument = "TIME",
         .help = "up to and with this day or instant",
         .to = &question.scope.to_us},
        {.name = "all",
         .help = "count all classes, not only scan, exploit, credential",
         .flag = &question.scope.all_classes},
    };
    struct setup setup;
    char *filter = NULL;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc != 0)
        return rc;
    if (cli->word_count == 0)
        return cli_usage(cli, "expected a port, as in 9530 or 53/udp");
    if (!parse_port(cli->words[0], &question))
        return cli_usage(cli, "port \"%s\", expected 1 to 65535, or as in 53/udp",
                         cli->words[0]);
    rc = ask_filter(cli, 1, &question.scope, &filter, err);
    if (rc == 0)
        rc = setup_load(cli, &setup, err);
    if (rc == 0) {
        rc = answer(cli, &setup, &question, err);
        setup_done(&setup);
    }
    free(filter);
    return rc;
}
