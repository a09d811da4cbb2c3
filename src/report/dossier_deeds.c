/* SPDX-License-Identifier: Apache-2.0 */
/* What the addresses of a dossier did: when, from where to which ports, with which tool, and
 * how much of the Internet that would be. */
#include <math.h>
#include <string.h>

#include "report/dossier_parts.h"
#include "report/facts.h"
#include "report/plot.h"

static const struct doc_column member_columns[] = {
    {"address", false}, {"first (UTC)", false}, {"last (UTC)", false}, {"sessions", true},
    {"risk", true},     {"level", false},       {"grade", false},
};
static const struct doc_column port_columns[] = {
    {"port", false}, {"what runs there", false}, {"sessions", true},
    {"risk", true},  {"known for", false},
};
static const struct doc_column trait_columns[] = {
    {"address", false}, {"kind", false},   {"value", false},
    {"bits", true},     {"packets", true}, {"last (UTC)", false},
};
static const struct doc_column packet_columns[] = {
    {"time (UTC)", false}, {"from", false},  {"source port", true}, {"port", false},
    {"flags", false},      {"window", true}, {"TTL", true},         {"ID", true},
    {"bytes", true},       {"tool", false},  {"payload", false},
};
static const struct doc_column episode_columns[] = {
    {"first (UTC)", false}, {"last (UTC)", false},       {"state", false},
    {"sessions", true},     {"targets, at least", true}, {"leading ports", false},
};

/* ---- addresses, ports, tools, hours ---- */

void dossier_members(struct doc *doc, const json_t *facts)
{
    json_t *row;
    size_t i;

    if (json_array_size(fact_list(facts, "sources")) < 2)
        return;
    DOC_TABLE(doc, member_columns);
    json_array_foreach(fact_list(facts, "sources"), i, row)
    {
        doc_cell(doc, "%s", fact_text(row, "source"));
        doc_cell(doc, "%s", MINUTE(row, "first"));
        doc_cell(doc, "%s", MINUTE(row, "last"));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sessions")));
        doc_cell(doc, "%.0f", fact_number(row, "risk"));
        doc_cell(doc, "%s", fact_or_unknown(row, "level"));
        doc_cell(doc, "%s", fact_or_unknown(row, "grade"));
    }
}

void dossier_ports(struct doc *doc, const json_t *source)
{
    const json_t *ports = json_object_get(source, "source_ports");
    json_t *row;
    size_t i;

    doc_heading(doc, 2, "Ports");
    DOC_TABLE(doc, port_columns);
    json_array_foreach(fact_list(source, "ports"), i, row)
    {
        if (i == 30)
            break;
        doc_cell(doc, "%u/%s", (unsigned)fact_count(row, "port"), fact_text(row, "proto"));
        doc_cell(doc, "%s", fact_text(row, "service"));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sessions")));
        doc_cell(doc, "%.1f", fact_number(row, "risk"));
        doc_cell(doc, "%s", fact_text(row, "known"));
    }
    if (json_array_size(fact_list(source, "ports")) > 30)
        doc_say(doc, "And %s, none with more sessions.",
                COUNTED(json_array_size(fact_list(source, "ports")) - 30, "port"));
    if (isnan(fact_number(ports, "min")))
        doc_say(doc, "No source port is known.");
    else if (fact_number(ports, "min") >= fact_number(ports, "max"))
        doc_say(doc, "Its source port is always %.0f.", fact_number(ports, "min"));
    else
        doc_say(doc, "Source ports from %.0f to %.0f, %s%s distinct ones.",
                fact_number(ports, "min"), fact_number(ports, "max"),
                fact_true(ports, "exact") ? "" : "at least ",
                GROUPED(fact_count(ports, "distinct")));
}

static void named_counts(struct doc *doc, const json_t *source, const char *member,
                         const char *what)
{
    const json_t *object = json_object_get(source, member);
    const char *name;
    json_t *value;

    if (json_object_size(object) == 0) {
        doc_say(doc, "No %s is known.", what);
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        doc_item(doc, "%s %s: %s", what, name,
                 COUNTED((uint64_t)json_integer_value(value), "session"));
    }
}

void dossier_tools(struct doc *doc, const json_t *facts, const json_t *source)
{
    bool hidden = false;
    json_t *row;
    size_t i;

    doc_heading(doc, 2, "Tool, stack, class");
    named_counts(doc, source, "tools", "tool");
    named_counts(doc, source, "classes", "class");
    json_array_foreach(fact_list(source, "stacks"), i, row)
    {
        if (i < 5)
            doc_item(doc, "stack %s: %s", fact_text(row, "stack"),
                     COUNTED(fact_count(row, "sessions"), "session"));
    }
    if (json_array_size(fact_list(facts, "traits")) == 0) {
        doc_say(doc, "The packets hold no further evidence: no relation of a known tool and no"
                     " name was seen in them.");
        return;
    }
    doc_heading(doc, 3, "Evidence");
    DOC_TABLE(doc, trait_columns);
    json_array_foreach(fact_list(facts, "traits"), i, row)
    {
        doc_cell(doc, "%s", fact_text(row, "source"));
        doc_cell(doc, "%s", fact_text(row, "kind"));
        doc_cell(doc, "%s", fact_text(row, "value"));
        doc_cell(doc, "%s", TEXT_MEAN(fact_number(row, "bits")));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "packets")));
        doc_cell(doc, "%s", MINUTE(row, "last"));
        hidden = hidden || strstr(fact_text(row, "value"), "[hidden]") != NULL;
    }
    if (hidden)
        doc_say(doc, "Hidden is what names the sensor.");
}

void dossier_hours(struct doc *doc, const json_t *facts, unsigned number)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    double values[7 * 24] = {0};
    struct text *to;
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(facts, "hours"), i, row)
    {
        uint64_t day = fact_count(row, "weekday"), hour = fact_count(row, "hour");

        if (day < 7 && hour < 24)
            values[day * 24 + hour] += fact_number(row, "sessions");
    }
    doc_heading(doc, 2, "By weekday and hour");
    to = doc_figure(doc, "Sessions of all addresses by weekday and hour, UTC; the area of a"
                         " field tells how many.");
    if (to != NULL)
        plot_grid(to,
                  &(struct plot_grid){
                      .head = {.width = 760,
                               .title = "Sessions by weekday and hour (UTC)",
                               .description = "Seven rows of 24 fields, filled by the number"
                                              " of sessions.",
                               .source = "Source: Nightjar",
                               .id = number},
                      .unit = "sessions",
                      .rows = days,
                      .row_count = 7,
                      .column_count = 24,
                      .values = values});
}

/* ---- runs and packets ---- */

void dossier_episodes(struct doc *doc, const json_t *source)
{
    json_t *row;
    size_t i;

    doc_heading(doc, 2, "Runs of activity");
    if (json_array_size(fact_list(source, "episodes")) == 0) {
        doc_say(doc, "No run of activity was followed.");
        return;
    }
    DOC_TABLE(doc, episode_columns);
    json_array_foreach(fact_list(source, "episodes"), i, row)
    {
        doc_cell(doc, "%s", MINUTE(row, "first"));
        doc_cell(doc, "%s", MINUTE(row, "last"));
        doc_cell(doc, "%s", fact_text(row, "state"));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sessions")));
        doc_cell(doc, "%s",
                 fact_count(row, "targets") == 0 ? "not told"
                                                 : GROUPED(fact_count(row, "targets")));
        doc_cell(doc, "%s", fact_text(row, "top_ports"));
    }
}

static void count_or_dash(struct doc *doc, const json_t *row, const char *name)
{
    if (isnan(fact_number(row, name)))
        doc_cell(doc, "–");
    else
        doc_cell(doc, "%.0f", fact_number(row, name));
}

static void packet_row(struct doc *doc, const json_t *row)
{
    char time[24];

    (void)snprintf(time, sizeof(time), "%.19s", fact_text(row, "time"));
    if (strlen(time) > 10)
        time[10] = ' ';
    doc_cell(doc, "%s", time);
    doc_cell(doc, "%s", fact_text(row, "source"));
    count_or_dash(doc, row, "sport");
    if (!isnan(fact_number(row, "dport")))
        doc_cell(doc, "%.0f/%s", fact_number(row, "dport"), fact_text(row, "proto"));
    else if (!isnan(fact_number(row, "type")))
        doc_cell(doc, "%s type %.0f code %.0f", fact_text(row, "proto"),
                 fact_number(row, "type"), fact_number(row, "code"));
    else
        doc_cell(doc, "%s", fact_text(row, "proto"));
    doc_cell(doc, "%s", fact_text(row, "flags")[0] == '\0' ? "–" : fact_text(row, "flags"));
    count_or_dash(doc, row, "window");
    count_or_dash(doc, row, "ttl");
    if (fact_true(row, "id_hidden"))
        doc_cell(doc, "hidden");
    else
        count_or_dash(doc, row, "id");
    count_or_dash(doc, row, "length");
    doc_cell(doc, "%s", fact_text(row, "tool"));
    doc_cell(doc, "%s", fact_text(row, "payload"));
}

void dossier_packets(struct doc *doc, const json_t *facts)
{
    const char *problem = fact_text(facts, "packets_problem");
    json_t *row;
    bool hidden = false;
    size_t i;

    doc_heading(doc, 2, "Sampled packets");
    if (json_array_size(fact_list(facts, "packets")) == 0) {
        doc_say(doc, "None is shown: %s.",
                problem[0] == '\0' ? "no packet of it was kept" : problem);
        return;
    }
    DOC_TABLE(doc, packet_columns);
    json_array_foreach(fact_list(facts, "packets"), i, row)
    {
        packet_row(doc, row);
        hidden = hidden || fact_true(row, "id_hidden") ||
                 strstr(fact_text(row, "payload"), "[hidden]") != NULL;
    }
    doc_say(doc,
            "The first that were kept of each source, tool and port, without where they went."
            " Payload: its first bytes, others than printable ASCII as \\xNN.%s",
            hidden ? " Hidden is what follows from a sensor's address." : "");
}

/* ---- what that says of the Internet ---- */

/* Four digits that count, so that an interval does not end where it begins: "0.0123",
 * "1,599,000". */
static const char *rate_text(double rate, char text[FACT_TEXT])
{
    double unit = rate >= 10000 ? pow(10, floor(log10(rate)) - 3) : 1;

    if (rate >= 1000)
        return text_count((uint64_t)(round(rate / unit) * unit), text);
    (void)snprintf(text, FACT_TEXT, "%.4g", rate);
    return text;
}
#define RATE(rate) rate_text((rate), (char[FACT_TEXT]){0})

static void reach(struct doc *doc, const json_t *told)
{
    const char *word = fact_text(told, "reach");

    if (strcmp(word, "localised") == 0)
        doc_say(doc,
                "It is localised: with its leading port it came to the sensors otherwise than"
                " by their sizes (p %s), so neither rate nor coverage holds for the"
                " Internet.",
                CHANCE(fact_number(told, "uniform")));
    else if (strcmp(word, "uniform") == 0)
        doc_say(doc,
                "With its leading port it came to the sensors by their sizes, as who goes over"
                " the whole Internet does (p = %.2f).",
                fact_number(told, "uniform"));
    else
        doc_say(doc,
                "Whether it seeks these sensors or goes over the whole Internet is not"
                " known: %s.",
                fact_text(told, "reach_unknown"));
}

static void covered(struct doc *doc, const json_t *told)
{
    if (isnan(fact_number(told, "coverage_low")))
        return;
    if (fact_true(told, "exact"))
        doc_say(
            doc,
            "%s of the sensors' %s addresses were reached: if it goes over the Internet once,"
            " it covered %s to %s of it.",
            GROUPED(fact_count(told, "targets")), GROUPED(fact_count(told, "addresses")),
            PERCENT(fact_number(told, "coverage_low")),
            PERCENT(fact_number(told, "coverage_high")));
    else
        doc_say(doc,
                "At least %s of the sensors' %s addresses were reached: if it goes over the"
                " Internet once, it covered %s of it or more.",
                GROUPED(fact_count(told, "targets")), GROUPED(fact_count(told, "addresses")),
                PERCENT(fact_number(told, "coverage_low")));
}

void dossier_telescope(struct doc *doc, const json_t *facts)
{
    const json_t *told = json_object_get(facts, "telescope");
    const char *claim = fact_text(told, "claim");

    doc_heading(doc, 2, "What it means for the Internet");
    if (strcmp(claim, "unknown") == 0 || strcmp(claim, "ipv6") == 0) {
        doc_say(doc,
                "%s, so no rate and no coverage is extrapolated: counts are what these sensors"
                " saw.",
                strcmp(claim, "ipv6") == 0 ? "Nobody goes over all of IPv6 in random order"
                                           : "No IPv4 prefixes of the sensors are configured");
        return;
    }
    if (json_array_size(fact_list(facts, "sources")) > 1)
        doc_say(doc, "Of all IPv4 addresses of the actor together:");
    if (strcmp(claim, "none") == 0)
        doc_say(doc, "Under ten sessions allow no claim of a rate.");
    else if (strcmp(claim, "hosts") == 0)
        doc_say(doc, "It came to few addresses, or to the same ones again and again, as who"
                     " seeks single hosts does: no rate over all of IPv4 is claimed.");
    else
        doc_say(doc,
                "In the hours in which it was active, it sent %s%s probes a second over all of"
                " IPv4, if it goes about in random order (95 %% interval %s to %s).",
                strcmp(claim, "magnitude") == 0 ? "in the order of " : "",
                RATE(fact_number(told, "rate")), RATE(fact_number(told, "rate_low")),
                RATE(fact_number(told, "rate_high")));
    covered(doc, told);
    reach(doc, told);
}
