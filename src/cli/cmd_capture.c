/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar capture -i IFACE: packets from interfaces into the store, until a signal. */
#include <signal.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/live.h"
#include "cli/reload.h"

/* A row for each interface. */
static int print(const struct cli *cli, const struct server_capture *counts, struct nj_err *err)
{
    static const char *const names[] = {"interface", "packets", "kernel_dropped",
                                        "interface_dropped", "dropped"};
    struct output *output = output_new(stdout, cli->format, NULL);
    struct row_sink sink;
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    sink = output_sink(output);
    rc = sink.head(sink.ctx, names, 5, err);
    for (size_t i = 0; rc == 0 && i < counts->interface_count; i++) {
        const struct server_interface *interface = &counts->interfaces[i];
        const struct cell cells[] = {
            {.kind = CELL_TEXT, .text = interface->name, .length = strlen(interface->name)},
            count_cell(interface->packets),
            count_cell(interface->kernel_dropped),
            count_cell(interface->interface_dropped),
            count_cell(i == 0 ? counts->dropped : 0),
        };

        rc = sink.row(sink.ctx, cells, 5, err);
    }
    return output_close(output, rc, err);
}

static int capture(const struct live_run_options *options, struct reloaded **reloaded,
                   struct nj_err *err)
{
    struct server_capture counts;
    struct live_run *run;
    sigset_t signals;
    int which = 0, rc;

    reload_signals(&signals);
    if (live_run_start(options, &run, err) < 0)
        return -1;
    if (!options->cli->quiet)
        cli_say("capturing; SIGTERM or SIGINT ends it");
    while (sigwait(&signals, &which) == 0 && which == SIGHUP)
        if (reload_again(options->cli, reloaded, NULL, NULL))
            live_run_reload(run, &(*reloaded)->setup);
    rc = live_run_stop(run, &counts, err);
    return rc < 0 ? -1 : print(options->cli, &counts, err);
}

int cmd_capture(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct cli_list interfaces = {.count = 0};
    struct live_run_options live = {.cli = cli};
    const struct cli_option options[] = {
        {.name = "interface",
         .letter = 'i',
         .argument = "IFACE",
         .help = "take packets from this interface (may be repeated)",
         .list = &interfaces},
        {.name = "filter",
         .argument = "EXPRESSION",
         .help = "only these packets (pcap-filter(7))",
         .text = &live.filter},
        {.name = "promiscuous",
         .help = "packets that are not for this host, too",
         .flag = &live.promiscuous},
        {.name = "user",
         .argument = "NAME",
         .help = "become this user when the interfaces are open",
         .text = &live.user},
    };
    struct reloaded *reloaded;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = cli_no_words(cli);
    if (rc != 0)
        return rc;
    if (interfaces.count == 0)
        return cli_usage(cli, "expected an interface: -i IFACE");
    if (reload_begin(cli, &reloaded, err) < 0)
        return -1;
    live.interfaces = interfaces.items;
    live.interface_count = interfaces.count;
    live.setup = &reloaded->setup;
    rc = capture(&live, &reloaded, err);
    reload_done(reloaded);
    return rc;
}
