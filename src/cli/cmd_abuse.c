/* SPDX-License-Identifier: Apache-2.0 */
/* nightjar abuse IP: a report to the owner of the address's network. Nothing is sent, and
 * nobody on the network is asked: who the owner is, the user or a file of his says, or the
 * registry said when `nightjar rdap` asked it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "about/sample.h"
#include "base/text_json.h"
#include "cli/alerts.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/contact.h"
#include "cli/policy.h"
#include "feed/abuse.h"
#include "feed/feed.h"
#include "outbox/outlet.h"
#include "sample/describe.h"
#include "sample/pcap_out.h"

#define SAMPLES_DEFAULT 10

struct asked {
    struct cli *cli;
    const struct setup *setup;
    const char *output, *form, *contact, *contacts, *from, *org;
    unsigned samples;
    bool no_packets;
    struct addr source;

    struct contact to;
    char publisher[96], mailbox[128]; /* of the policy */
    char ports[200];
    char *lines, *pcap;
    size_t pcap_length;
};

/* ---- who reports ---- */

/* Who reports: the command line, else what lists say of themselves. */
static int find_reporter(struct asked *asked, struct store *store, struct nj_err *err)
{
    struct policy_ready ready;

    if (asked->from != NULL && asked->org != NULL)
        return 0;
    if (policy_load_ready(asked->setup, store, NULL, true, &ready, err) < 0)
        return -1;
    (void)snprintf(asked->publisher, sizeof(asked->publisher), "%s", ready.policy.publisher);
    (void)snprintf(asked->mailbox, sizeof(asked->mailbox), "%s", ready.policy.contact);
    policy_ready_done(&ready);
    if (asked->org == NULL)
        asked->org = asked->publisher;
    if (asked->from != NULL)
        return 0;
    if (outlet_check_mailbox(asked->mailbox, NULL) < 0)
        return nj_fail(err, NJ_CONFIG,
                       "who reports? --from MAILBOX, or \"contact\" of the policy, which is "
                       "\"%.60s\"",
                       asked->mailbox);
    asked->from = asked->mailbox;
    return 0;
}

/* ---- packets ---- */

static int describe_packets(struct asked *asked, const struct store_samples *samples,
                            struct nj_err *err)
{
    size_t lines_length;
    FILE *lines = open_memstream(&asked->lines, &lines_length);
    FILE *pcap = open_memstream(&asked->pcap, &asked->pcap_length);
    int rc = lines == NULL || pcap == NULL ? nj_fail(err, NJ_NOMEM, "no memory for packets")
                                           : sample_pcap_begin(pcap, err);

    for (size_t i = 0; rc == 0 && i < samples->count; i++) {
        const struct sample *sample = &samples->items[i];
        char text[SAMPLE_TEXT_MAX], source[ADDR_TEXT_MAX];
        struct text time = {0};

        text_time(&time, sample->time_ns / 1000);
        (void)fprintf(lines, "%.*s %s:%u > port %u %s\n", (int)time.length, time.bytes,
                      addr_text(sample->src, source), sample->sport, sample->dport,
                      sample_describe(sample, text));
        text_done(&time);
        rc = sample_pcap_put(pcap, sample, err);
    }
    if (lines != NULL && fclose(lines) != 0 && rc == 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for packets");
    if (pcap != NULL && fclose(pcap) != 0 && rc == 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for packets");
    if (samples->count == 0)
        asked->pcap_length = 0;
    return rc;
}

/* Sanitised with a key for this once, as `sample --sanitize` does. Not strictly: the owner
 * finds the packets in his own records by time and ports. */
static int take_packets(struct asked *asked, struct store *store, struct nj_err *err)
{
    const struct samples_question question = {.sources = &asked->source,
                                              .source_count = 1,
                                              .from_us = INT64_MIN,
                                              .to_us = INT64_MAX,
                                              .limit = asked->samples};
    struct about_hiding hiding = {.drawn = true, .config = &asked->setup->config};
    struct store_samples samples = {0};
    int rc = 0;

    if (!asked->no_packets) {
        rc = about_key(hiding.key, err);
        if (rc == 0)
            rc = about_samples(store, &question, &hiding, &samples, err);
        explicit_bzero(hiding.key, sizeof(hiding.key));
        if (rc < 0)
            return nj_within(err, "--samples 0 leaves packets out");
    }
    rc = describe_packets(asked, &samples, err);
    store_samples_done(&samples);
    return rc;
}

/* ---- the report ---- */

static int64_t time_of(const json_t *object, const char *name)
{
    int64_t us = 0;

    (void)filter_parse_time(text_json_member(object, name), false, &us, NULL);
    return us;
}

static void list_ports(struct asked *asked, const json_t *about, struct abuse_report *report)
{
    const json_t *ports = json_object_get(about, "ports");

    report->port = report->source_port = -1;
    report->protocol = "tcp";
    for (size_t i = 0; i < json_array_size(ports) && i < 10; i++) {
        const json_t *port = json_array_get(ports, i);
        const char *proto = text_json_member(port, "proto");
        size_t used = strlen(asked->ports);

        if (i == 0) {
            report->port = (int)json_integer_value(json_object_get(port, "port"));
            report->protocol = strcmp(proto, "udp") == 0        ? "udp"
                               : strncmp(proto, "icmp", 4) == 0 ? "icmp"
                               : strcmp(proto, "sctp") == 0     ? "sctp"
                                                                : "tcp";
        }
        (void)snprintf(asked->ports + used, sizeof(asked->ports) - used,
                       "%s%" JSON_INTEGER_FORMAT "/%.8s", i == 0 ? "" : ", ",
                       json_integer_value(json_object_get(port, "port")), proto);
    }
    report->ports = asked->ports;
    if (strcmp(report->protocol, "icmp") == 0)
        report->port = -1;
}

static int print(const struct asked *asked, const struct abuse_report *report,
                 struct nj_err *err)
{
    FILE *out = stdout;
    char *text = NULL;
    size_t length = 0;
    int rc = 0;

    if (strcmp(asked->form, "mail") == 0) {
        rc = abuse_mail(report, alerts_clock_us(), &text, &length, err);
    } else {
        json_t *object = NULL;

        rc = abuse_xarf(report, &object, err);
        if (rc == 0) {
            text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
            length = text == NULL ? 0 : strlen(text);
            json_decref(object);
        }
    }
    if (rc == 0 && text == NULL)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a report");
    if (rc == 0 && asked->output != NULL && strcmp(asked->output, "-") != 0)
        out = fopen(asked->output, "we");
    if (rc == 0 && (out == NULL || fwrite(text, 1, length, out) != length ||
                    fputs(strcmp(asked->form, "mail") == 0 ? "" : "\n", out) < 0))
        rc = nj_fail(err, NJ_IO, "write the report");
    if (out != NULL && out != stdout && fclose(out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_IO, "write the report");
    free(text);
    return rc;
}

static int report_on(struct asked *asked, struct store *store, const json_t *about,
                     struct nj_err *err)
{
    const json_t *classes = json_object_get(about, "classes");
    const char *grade = text_json_member(about, "grade");
    struct abuse_report report = {
        .source = asked->source,
        .type = json_object_get(classes, "credential") != NULL ? "login_attack" : "port_scan",
        .first_us = time_of(about, "first"),
        .last_us = time_of(about, "last"),
        .sessions = (uint64_t)json_integer_value(json_object_get(about, "sessions")),
        .logins = (uint64_t)json_integer_value(json_object_get(classes, "credential")),
        .exploits = (uint64_t)json_integer_value(json_object_get(classes, "exploit")),
        .grade = grade[0] >= 'A' && grade[0] <= 'D' ? (enum grade)(grade[0] - 'A') : GRADE_C,
    };
    const struct contact_question question = {
        .cli = asked->cli,
        .source = asked->source,
        .asn = (uint32_t)json_integer_value(json_object_get(about, "asn")),
        .named = asked->contact,
        .file = asked->contacts,
        .now_us = alerts_clock_us(),
        .age_days = asked->setup->config.rdap_age_days};

    if (report.grade == GRADE_D)
        return nj_fail(err, NJ_CONFIG,
                       "grade D: there are signs that the address was forged; its owner did "
                       "nothing (%.120s)",
                       text_json_member(about, "grade_reason"));
    list_ports(asked, about, &report);
    if (find_reporter(asked, store, err) < 0 ||
        contact_find(&question, store, &asked->to, err) < 0 ||
        take_packets(asked, store, err) < 0)
        return -1;
    report.org = asked->org[0] == '\0' ? asked->from : asked->org;
    report.from = asked->from;
    report.to = asked->to.mailbox;
    report.to_basis = asked->to.basis;
    report.lines = asked->lines == NULL ? "" : asked->lines;
    report.pcap = asked->pcap;
    report.pcap_length = asked->pcap_length;
    return print(asked, &report, err);
}

static int run(struct asked *asked, struct nj_err *err)
{
    struct store *store;
    json_t *about = NULL;
    int rc;

    if (ask_open(asked->setup, &store, err) < 0)
        return -1;
    rc = store_source(store, asked->source, &about, err);
    if (rc == STORE_UNKNOWN) {
        cli_say("%s: never seen", asked->cli->words[0]);
        rc = CLI_FAILED;
    } else if (rc == 0) {
        rc = report_on(asked, store, about, err);
    }
    json_decref(about);
    store_close(store);
    free(asked->lines);
    free(asked->pcap);
    return rc;
}

static int check(const struct cli *cli, struct asked *asked)
{
    struct nj_err err;

    if (cli->word_count != 1 || addr_parse(cli->words[0], &asked->source, &err) < 0)
        return cli_usage(cli, "expected one address");
    if (strcmp(asked->form, "mail") != 0 && strcmp(asked->form, "xarf") != 0)
        return cli_usage(cli, "--form %s: expected mail or xarf", asked->form);
    if (asked->contact != NULL && outlet_check_mailbox(asked->contact, &err) < 0)
        return cli_usage(cli, "--contact %s", err.msg);
    if (asked->from != NULL && outlet_check_mailbox(asked->from, &err) < 0)
        return cli_usage(cli, "--from %s", err.msg);
    for (const char *c = asked->org; c != NULL && *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20)
            return cli_usage(cli, "--org: a control character");
    }
    asked->no_packets = asked->samples == 0;
    return asked->samples > 50 ? cli_usage(cli, "--samples %u: at most 50", asked->samples) : 0;
}

int cmd_abuse(struct cli *cli, int argc, char **argv, struct nj_err *err)
{
    struct asked asked = {.cli = cli, .form = "mail", .samples = SAMPLES_DEFAULT};
    const struct cli_option options[] = {
        {.name = "output",
         .letter = 'o',
         .argument = "FILE",
         .help = "write it there (standard output)",
         .text = &asked.output},
        {.name = "form",
         .argument = "mail|xarf",
         .help = "a mail with attachments, or the XARF object alone (mail)",
         .text = &asked.form},
        {.name = "contact",
         .argument = "MAILBOX",
         .help = "of the network's owner",
         .text = &asked.contact},
        {.name = "contacts",
         .argument = "FILE",
         .help = "lines of PREFIX,MAILBOX or AS64500,MAILBOX: the narrowest counts",
         .text = &asked.contacts},
        {.name = "from",
         .argument = "MAILBOX",
         .help = "who reports (\"contact\" of the policy)",
         .text = &asked.from},
        {.name = "org",
         .argument = "NAME",
         .help = "his organisation (\"publisher\" of the policy)",
         .text = &asked.org},
        {.name = "samples",
         .argument = "N",
         .help = "packets at most, sanitised (10; 0: none)",
         .number = &asked.samples},
    };
    struct setup setup;
    int rc = cli_parse(cli, argc, argv, options, sizeof(options) / sizeof(options[0]), err);

    if (rc == 0)
        rc = check(cli, &asked);
    if (rc != 0)
        return rc;
    if (setup_load(cli, &setup, err) < 0)
        return -1;
    asked.setup = &setup;
    rc = run(&asked, err);
    setup_done(&setup);
    return rc;
}
