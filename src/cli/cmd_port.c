/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar port PORT: what a port is for, and its history in the store. */
#include <stdlib.h>
#include <string.h>

#include "about/about.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/page.h"
#include "model/packet.h"

/* What is asked for; `proto` 0: all. */
struct question {
    uint16_t port;
    uint8_t proto;
    struct store_scope scope;
};

/* "53" or "53/udp"; of ICMP type x 256 + code: "2048/icmp". */
static bool parse_port(const char *word, struct question *question)
{
    char *end;
    unsigned long port = strtoul(word, &end, 10);

    if (word[0] < '0' || word[0] > '9' || port > 65535)
        return false;
    question->port = (uint16_t)port;
    if (*end == '\0')
        return true;
    if (*end == '/')
        question->proto = proto_number(end + 1, strlen(end + 1));
    return question->proto != 0;
}

static int answer(const struct cli *cli, const struct setup *setup,
                  const struct question *question, struct nj_err *err)
{
    json_t *object = NULL;
    struct ports *ports = NULL;
    struct store *store = NULL;
    int rc = setup_ports(&ports, err);

    if (rc == 0)
        rc = ask_open(setup, &store, err);
    if (rc == 0)
        rc = about_port(store, ports, question->port, question->proto, &question->scope,
                        &object, err);
    if (rc == 0)
        rc = page_print(cli->format, object, err);
    json_decref(object);
    store_close(store);
    ports_free(ports);
    return rc;
}

int cmd_port(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct question question = {.scope = ask_everything()};
    const struct cli_option options[] = {
        ASK_PERIOD(&question.scope.from_us, &question.scope.to_us),
        ASK_ALL(&question.scope.all_classes),
    };
    struct setup setup;
    char *filter = NULL;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc != 0)
        return rc;
    if (cli->word_count == 0)
        return cli_usage(cli, "expected a port, as in 9530 or 53/udp");
    if (!parse_port(cli->words[0], &question))
        return cli_usage(cli, "port \"%s\", expected 0 to 65535, or as in 53/udp",
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
