/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar serve: the service (docs/SERVICE.md). */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/setup.h"
#include "server/server.h"

#define LISTEN_DEFAULT "127.0.0.1:8414"

struct serving {
    const struct cli *cli;
    struct setup *setup;
    struct ports *ports;
    const char *listen, *console;
    char host[64];
    uint16_t port;
};

/* "ADDRESS:PORT", "[V6]:PORT". @return 0; CLI_USAGE, said */
static int parse_listen(struct serving *serving)
{
    const char *text = serving->listen, *colon = strrchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text);
    char *end = NULL;
    unsigned long port = colon == NULL ? ULONG_MAX : strtoul(colon + 1, &end, 10);

    if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (colon == NULL || colon[1] < '0' || colon[1] > '9' || *end != '\0' || port > 65535 ||
        length == 0 || length >= sizeof(serving->host))
        return cli_usage(serving->cli, "--listen %s: expected ADDRESS:PORT", serving->listen);
    (void)snprintf(serving->host, sizeof(serving->host), "%.*s", (int)length, text);
    serving->port = (uint16_t)port;
    return 0;
}

static bool is_loopback(const char *host)
{
    struct prefix loopback;
    struct addr address;

    return addr_parse(host, &address, NULL) == 0 &&
           prefix_parse("127.0.0.0/8", &loopback, NULL) == 0 &&
           (prefix_has(&loopback, address) || (address.hi == 0 && address.lo == 1));
}

static int open_enrich(void *ctx, struct enrich **ret_enrich, struct nj_err *err)
{
    return setup_enrich(ctx, SETUP_ALL, ret_enrich, err);
}

static int serve(struct serving *serving, struct nj_err *err)
{
    struct server_options options = {
        .host = serving->host,
        .port = serving->port,
        .store = setup_store_options(serving->setup),
        .config = &serving->setup->config,
        .ports = serving->ports,
        .console_dir = serving->console,
        .rate = SERVER_RATE_DEFAULT,
        .threads = SERVER_THREADS_DEFAULT,
        .longest_s = SERVER_LONGEST_S_DEFAULT,
        .open_enrich = open_enrich,
        .enrich_ctx = serving->setup,
        .line = cli_warn,
    };
    struct server *server;
    sigset_t signals;
    int which = 0;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    if (server_start(&options, &server, err) < 0)
        return -1;
    cli_say("listening on http://%s:%u/",
            serving->listen[0] == '[' ? serving->listen : serving->host, server_port(server));
    do
        (void)sigwait(&signals, &which);
    while (which == SIGHUP);
    server_stop(server);
    return 0;
}

int cmd_serve(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct setup setup;
    struct serving serving = {.cli = cli, .listen = LISTEN_DEFAULT, .setup = &setup};
    const struct cli_option options[] = {
        {.name = "listen",
         .argument = "ADDRESS:PORT",
         .help = "where to listen (" LISTEN_DEFAULT ")",
         .text = &serving.listen},
        {.name = "console",
         .argument = "DIR",
         .help = "folder of the console's files",
         .text = &serving.console},
    };
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = cli_no_words(cli);
    if (rc == 0)
        rc = parse_listen(&serving);
    if (rc != 0)
        return rc;
    if (!is_loopback(serving.host))
        return cli_usage(cli, "--listen %s: without TLS and tokens only loopback is served",
                         serving.listen);
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    rc = setup_ports(&serving.ports, err);
    if (rc == 0)
        rc = serve(&serving, err);
    ports_free(serving.ports);
    setup_done(&setup);
    return rc;
}
