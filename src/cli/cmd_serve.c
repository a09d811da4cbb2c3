/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar serve: the service (docs/SERVICE.md). */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/alerts.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/live.h"
#include "cli/notify.h"
#include "cli/privileges.h"
#include "cli/reload.h"
#include "cli/settings.h"

#define FILES 8192u /* connections, the files of the store, and some */
#define LISTEN_DEFAULT "127.0.0.1:8414"

struct serving {
    const struct cli *cli;
    struct reloaded *reloaded;
    struct cli_list interfaces;
    struct live_run_options live;
    const char *listen, *console, *alerts_path;
    struct settings_files files;
    unsigned rate;
    char host[64];
    uint16_t port;
    int listener; /* -1: none, or the server's */
    char console_path[PATH_MAX];

    struct ports *ports;
    struct settings *settings;
    struct live_run *run;
    struct alerts_run *alerts;       /* NULL: nobody wants to be told */
    _Atomic(struct server *) server; /* NULL until it has begun: the map shows nothing yet */
};

/* ---- what the options say ---- */

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

/* @return 0; CLI_USAGE, said */
static int check(struct serving *serving)
{
    int rc = parse_listen(serving);

    if (rc != 0)
        return rc;
    if ((serving->files.cert == NULL) != (serving->files.key == NULL))
        return cli_usage(serving->cli, "--cert and --key go together");
    if (!is_loopback(serving->host) &&
        (serving->files.cert == NULL || serving->files.tokens == NULL))
        return cli_usage(serving->cli,
                         "--listen %s: without --cert, --key and --tokens only loopback is"
                         " served",
                         serving->listen);
    return 0;
}

/* ---- the service ---- */

static int open_enrich(void *ctx, struct enrich **ret_enrich, struct nj_err *err)
{
    return setup_enrich(ctx, SETUP_ALL, ret_enrich, err);
}

/* A row that capture hands on, for the live streams. */
static void on_visit(void *ctx, const struct visit *visit, const char *sensor,
                     const struct store_place *place, const struct nj_intern *names)
{
    struct serving *serving = ctx;
    struct server *server = serving->server;
    char user[LIVE_USER_MAX];
    struct live_row row;

    if (server == NULL)
        return;
    live_row_of(visit, sensor, place, names, user, &row);
    server_visit(server, &row);
}

static int start_server(struct serving *serving, struct nj_err *err)
{
    const struct server_options options = {
        .host = serving->host,
        .listener = serving->listener,
        .store = setup_store_options(&serving->reloaded->setup),
        .settings = &serving->settings->server,
        .ports = serving->ports,
        .console_dir = serving->console,
        .rate = serving->rate,
        .threads = SERVER_THREADS_DEFAULT,
        .longest_s = SERVER_LONGEST_S_DEFAULT,
        .open_enrich = open_enrich,
        .enrich_ctx = &serving->reloaded->setup,
        .captures = serving->interfaces.count > 0,
        .line = cli_warn,
    };

    struct server *server;

    serving->listener = -1; /* the server's now */
    if (server_start(&options, &server, err) < 0)
        return -1;
    if (serving->run != NULL)
        server_capture(server, live_run_counts, serving->run);
    serving->server = server;
    return 0;
}

static int start_capture(struct serving *serving, struct nj_err *err)
{
    serving->live.cli = serving->cli;
    serving->live.setup = &serving->reloaded->setup;
    serving->live.interfaces = serving->interfaces.items;
    serving->live.interface_count = serving->interfaces.count;
    serving->live.visited = on_visit;
    serving->live.visited_ctx = serving;
    return live_run_start(&serving->live, &serving->run, err);
}

static int start_alerts(struct serving *serving, struct nj_err *err)
{
    int rc = alerts_run_start(&serving->reloaded->setup, serving->alerts_path,
                              serving->interfaces.count > 0, &serving->alerts, err);

    return rc == ALERTS_NONE ? 0 : rc;
}

/* Rules with a fault change nothing: the old ones stay. */
static void reload_alerts(struct serving *serving)
{
    struct alerts_run *before = serving->alerts;
    struct nj_err err;

    bool programs = false;

    serving->alerts = NULL;
    if (!serving->live.programs &&
        alerts_run_programs(&serving->reloaded->setup, serving->alerts_path, &programs, &err) ==
            0 &&
        programs)
        cli_say(
            "warning: alerts: this service began without mail and can run no programs: start"
            " it anew to send mail");
    if (start_alerts(serving, &err) < 0) {
        cli_warn(NULL, err.msg);
        serving->alerts = before;
    } else {
        alerts_run_stop(before);
    }
}

/* A fresh configuration counts only with the files that go with it. */
static int test(void *ctx, const struct setup *setup, struct nj_err *err)
{
    struct serving *serving = ctx;
    struct settings *fresh;

    if (settings_load(&serving->files, setup, &fresh, err) < 0)
        return -1;
    fresh->older = serving->settings;
    serving->settings = fresh;
    return 0;
}

static void reload(struct serving *serving)
{
    notify("RELOADING=1");
    if (reload_again(serving->cli, &serving->reloaded, test, serving)) {
        server_configure(serving->server, &serving->settings->server);
        if (serving->run != NULL)
            live_run_reload(serving->run, &serving->reloaded->setup);
    }
    reload_alerts(serving);
    notify("READY=1");
}

/* Systems give a process 1,024 files, and let it ask for more: each reader of a
 * stream is one. */
static void allow_readers(void)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= FILES)
        return;
    files.rlim_cur = files.rlim_max < FILES ? files.rlim_max : FILES;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

/* Without capture: with it, live_run_start does so between its interfaces and its threads. */
static int drop(const struct serving *serving, struct nj_err *err)
{
    const struct privileges privileges = {.user = serving->live.user,
                                          .programs = serving->live.programs};

    return privileges_drop(&privileges, err);
}

static int serve(struct serving *serving, struct nj_err *err)
{
    bool v6 = strchr(serving->host, ':') != NULL;
    sigset_t signals;
    int which = 0, rc = 0;

    reload_signals(&signals);
    allow_readers();
    rc = alerts_run_programs(&serving->reloaded->setup, serving->alerts_path,
                             &serving->live.programs, err);
    if (rc == 0)
        rc = server_listen(serving->host, serving->port, &serving->listener, err);
    /* capture first: it drops privileges before there are other threads */
    if (rc == 0)
        rc = serving->interfaces.count > 0 ? start_capture(serving, err) : drop(serving, err);
    if (rc == 0)
        rc = start_server(serving, err);
    if (rc == 0)
        rc = start_alerts(serving, err);
    if (rc == 0) {
        cli_say("listening on %s://%s%s%s:%u/%s",
                serving->files.cert == NULL ? "http" : "https", v6 ? "[" : "", serving->host,
                v6 ? "]" : "", server_port(serving->server),
                serving->files.cert == NULL ? " (loopback only: no TLS, no tokens)" : "");
        notify("READY=1");
        while (sigwait(&signals, &which) == 0 && which == SIGHUP)
            reload(serving);
        notify("STOPPING=1");
    }
    /* what capture still hands on goes to a service that is there */
    if (serving->server != NULL)
        server_capture(serving->server, NULL, NULL);
    if (serving->run != NULL && live_run_stop(serving->run, NULL, rc < 0 ? NULL : err) < 0)
        rc = -1;
    alerts_run_stop(serving->alerts);
    server_stop(serving->server);
    if (serving->listener >= 0)
        (void)close(serving->listener);
    return rc;
}

int cmd_serve(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct serving serving = {
        .cli = cli, .listen = LISTEN_DEFAULT, .listener = -1, .rate = SERVER_RATE_DEFAULT};
    const struct cli_option options[] = {
        {.name = "listen",
         .argument = "ADDRESS:PORT",
         .help = "where to listen (" LISTEN_DEFAULT ")",
         .text = &serving.listen},
        {.name = "console",
         .argument = "DIR",
         .help = "folder of the console's files (those beside the program)",
         .text = &serving.console},
        {.name = "capture",
         .argument = "IFACE",
         .help = "capture from this interface, too (may be repeated)",
         .list = &serving.interfaces},
        {.name = "filter",
         .argument = "EXPRESSION",
         .help = "capture only these packets (pcap-filter(7))",
         .text = &serving.live.filter},
        {.name = "promiscuous",
         .help = "capture packets that are not for this host, too",
         .flag = &serving.live.promiscuous},
        {.name = "user",
         .argument = "NAME",
         .help = "become this user when interfaces and address are open",
         .text = &serving.live.user},
        {.name = "tokens",
         .argument = "FILE",
         .help = "who may ask: lines of SCOPES TOKEN",
         .text = &serving.files.tokens},
        {.name = "alerts",
         .argument = "FILE",
         .help = "whom to tell of what (alerts.conf beside the configuration)",
         .text = &serving.alerts_path},
        {.name = "cert",
         .argument = "FILE",
         .help = "TLS: certificates, PEM",
         .text = &serving.files.cert},
        {.name = "key",
         .argument = "FILE",
         .help = "TLS: private key, PEM",
         .text = &serving.files.key},
        {.name = "rate",
         .argument = "N",
         .help = "requests a second of one client (100; 0: any)",
         .number = &serving.rate},
    };
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = cli_no_words(cli);
    if (rc == 0)
        rc = check(&serving);
    if (rc != 0)
        return rc;
    if (serving.console == NULL && console_find(serving.console_path))
        serving.console = serving.console_path;
    if (reload_begin(cli, &serving.reloaded, err) < 0)
        return -1;
    rc = setup_ports(&serving.ports, err);
    if (rc == 0)
        rc = settings_load(&serving.files, &serving.reloaded->setup, &serving.settings, err);
    if (rc == 0)
        rc = serve(&serving, err);
    ports_free(serving.ports);
    settings_done(serving.settings);
    reload_done(serving.reloaded);
    return rc;
}
