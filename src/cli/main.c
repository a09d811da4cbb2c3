/* SPDX-License-Identifier: Apache-2.0 */
/* The program: finds the command in the table below and runs it. A new command is a row here,
 * a file cmd_NAME.c and a page docs/man/nightjar-NAME.1. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

static const struct cli_command commands[] = {
    {.name = "ingest",
     .arguments = "[options] FILE...",
     .summary = "take captures and logs into the store",
     .run = cmd_ingest},
    {.name = "suspects",
     .arguments = "[FILTER] [options]",
     .summary = "sources by risk, worst first",
     .run = cmd_suspects},
    {.name = "hops",
     .arguments = "[IP | FILTER] [options]",
     .summary = "who carried on for whom, with the evidence",
     .run = cmd_hops},
    {.name = "actors",
     .arguments = "[IP | FILTER] [options]",
     .summary = "sources that have one operator",
     .run = cmd_actors},
    {.name = "actor",
     .arguments = "ID [options]",
     .summary = "all that is known of one actor",
     .run = cmd_actor},
    {.name = "capture",
     .arguments = "-i IFACE [options]",
     .summary = "take packets from interfaces into the store",
     .run = cmd_capture},
    {.name = "top",
     .arguments = "FIELD [FILTER] [options]",
     .summary = "rank ports, countries, networks, sources, tools, ...",
     .run = cmd_top},
    {.name = "source",
     .arguments = "IP [options]",
     .summary = "all that is known of one address",
     .run = cmd_source},
    {.name = "port",
     .arguments = "PORT[/PROTO] [FILTER] [options]",
     .summary = "what a port is for, and its history in the store",
     .run = cmd_port},
    {.name = "timeline",
     .arguments = "IP|ACTOR... [options]",
     .summary = "counts over time of some addresses",
     .run = cmd_timeline},
    {.name = "findings",
     .arguments = "[FILTER] [options]",
     .summary = "what changed: newcomers, bursts, neighbour ports, shares",
     .run = cmd_findings},
    {.name = "brief",
     .arguments = "[FILTER] [options]",
     .summary = "the written report on a period, by country",
     .run = cmd_brief},
    {.name = "dossier",
     .arguments = "IP | ACTOR [options]",
     .summary = "the document on one address or actor",
     .run = cmd_dossier},
    {.name = "families",
     .arguments = "[FAMILY] [options]",
     .summary = "programs by the relations between the fields they write",
     .run = cmd_families},
    {.name = "episodes",
     .arguments = "[IP | FILTER] [options]",
     .summary = "runs of activity of the sources",
     .run = cmd_episodes},
    {.name = "links",
     .arguments = "[IP | FILTER] [options]",
     .summary = "which episodes belong together, and why",
     .run = cmd_links},
    {.name = "events",
     .arguments = "[IP | FILTER] [options]",
     .summary = "what was noticed: started, ceased, hops, levels, actors",
     .run = cmd_events},
    {.name = "visits",
     .arguments = "[FILTER] [options]",
     .summary = "the stored rows",
     .run = cmd_visits},
    {.name = "sample",
     .arguments = "IP|ACTOR... [options]",
     .summary = "packets as they came, a few of each kind",
     .run = cmd_sample},
    {.name = "note",
     .arguments = "IP|ACTOR TEXT [options]",
     .summary = "keep what an analyst knows",
     .run = cmd_note},
    {.name = "decisions",
     .arguments = "[IP] [options]",
     .summary = "whom the policy says to block, quarantine, monitor",
     .run = cmd_decisions},
    {.name = "policy",
     .arguments = "show|test|set|confirm [FILE] [options]",
     .summary = "the rules for that: try them, put them in force",
     .run = cmd_policy},
    {.name = "feed",
     .arguments = "NAME [-o FILE] [options]",
     .summary = "decisions for firewalls, IDS, SIEM and others",
     .run = cmd_feed},
    {.name = "alerts",
     .arguments = "show|test|run|queue [FILE] [options]",
     .summary = "tell people and programs what was noticed",
     .run = cmd_alerts},
    {.name = "abuse",
     .arguments = "IP [options]",
     .summary = "a report to the owner of an address's network",
     .run = cmd_abuse},
    {.name = "filter",
     .arguments = "FILE... [options]",
     .summary = "mark or drop the lines of any log that are known noise",
     .run = cmd_filter},
    {.name = "lookup",
     .arguments = "[IP...] [options]",
     .summary = "what is known of many addresses at once",
     .run = cmd_lookup},
    {.name = "import",
     .arguments = "FILE... --kind KIND [options]",
     .summary = "keep others' lists and exports: who says what of whom",
     .run = cmd_import},
    {.name = "lists",
     .arguments = "[show NAME | remove NAME] [options]",
     .summary = "what was imported: names, kinds, dates, licences",
     .run = cmd_lists},
    {.name = "routes",
     .arguments = "IP | import FILE... [options]",
     .summary = "prefix and origin AS at the time of the packets",
     .run = cmd_routes},
    {.name = "names",
     .arguments = "IP... | - | --declared [options]",
     .summary = "ask for reverse names, and keep the answers",
     .run = cmd_names},
    {.name = "rdap",
     .arguments = "IP... | - | --declared [options]",
     .summary = "ask registries whose network it is, and keep the answers",
     .run = cmd_rdap},
    {.name = "sql",
     .arguments = "QUERY [options]",
     .summary = "read-only SQL on the store",
     .run = cmd_sql},
    {.name = "serve",
     .arguments = "[options]",
     .summary = "the service: API, live stream, map and console",
     .run = cmd_serve},
    {.name = "status",
     .arguments = "[options]",
     .summary = "what the store holds",
     .run = cmd_status},
    {.name = "verify",
     .arguments = "[options]",
     .summary = "check every segment of the store",
     .run = cmd_verify},
    {.name = "rebuild",
     .arguments = "[options]",
     .summary = "derive episodes, links and scores anew",
     .run = cmd_rebuild},
    {.name = "compact",
     .arguments = "[options]",
     .summary = "join and sort the store's segments",
     .run = cmd_compact},
    {.name = "expire",
     .arguments = "[options]",
     .summary = "drop the days that are too old",
     .run = cmd_expire},
    {.name = "doctor",
     .arguments = "[options]",
     .summary = "check the installation, the data and the store",
     .run = cmd_doctor},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
    (void)puts("usage: nightjar COMMAND [options]\n"
               "Turns the unsolicited traffic that reaches your addresses into threat"
               " intelligence.\n\ncommands:");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    (void)puts("\ncommon options, after the command: --store DIR, --config FILE,\n"
               "--format table|json|ndjson|csv, -v, -q, --help; nightjar --version.\n"
               "More: nightjar COMMAND --help, and the manual page nightjar-COMMAND(1).");
}

static const struct cli_command *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

static int unknown(const char *name)
{
    const char *names[COMMANDS + 1] = {NULL};
    char hint[CLI_SUGGEST_MAX];

    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    if (name[0] == '-')
        cli_say("%s: expected a command first (nightjar --help)", name);
    else
        cli_say("there is no command \"%s\"; %s", name, cli_suggest(name, names, hint));
    return CLI_USAGE;
}

/* What was printed before the end must have arrived. */
static int flush_output(int status)
{
    if (fflush(stdout) == 0 || errno == EPIPE)
        return status;
    cli_say("write the output: %s", strerror(errno));
    return status == CLI_DONE ? CLI_FAILED : status;
}

static int run(const struct cli_command *command, int argc, char **argv)
{
    struct cli cli = {.command = command};
    struct nj_err err = {0};
    int status = command->run(&cli, argc, argv, &err);

    if (status < 0) {
        cli_say("%s", err.msg);
        return CLI_FAILED;
    }
    return status == CLI_HELPED ? CLI_DONE : status;
}

int main(int argc, char **argv)
{
    const struct cli_command *command;

    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* widths of characters, whatever the user's is */
    (void)signal(SIGPIPE, SIG_IGN);       /* writing says so instead (cli/output.h) */
    if (argc < 2) {
        cli_say("expected a command (nightjar --help)");
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("nightjar " NJ_VERSION);
        return flush_output(CLI_DONE);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return flush_output(CLI_DONE);
    }
    command = find(argv[1]);
    if (command == NULL)
        return unknown(argv[1]);
    return flush_output(run(command, argc - 1, argv + 1));
}
