/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a brief's chapter about one country. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/brief_parts.h"
#include "report/facts.h"
#include "report/plot.h"

static const struct doc_column port_columns[] = {
    {"#", true},
    {"port", false},
    {"what runs there", false},
    {"sessions", true},
    {"share", true},
    {"sources", true},
    {"of the sources (95 %)", true},
    {"known exploits", false},
    {"change", true}, /* only where there is a period to compare with */
};
#define PORT_COLUMNS (sizeof(port_columns) / sizeof(port_columns[0]))
/* and one for each of the leading ports */
static const struct doc_column week_columns[] = {
    {"week", false}, {"sessions", true}, {"sources", true}};
#define WEEK_COLUMNS (sizeof(week_columns) / sizeof(week_columns[0]))
static const struct doc_column theme_columns[] = {
    {"theme", false},
    {"sessions", true},
    {"share", true},
    {"sources", true},
    {"networks", true},
    {"ports", true},
    {"tools by sources", false},
};
static const struct doc_column neighbour_columns[] = {
    {"near", false},    {"port", false},    {"weeks", true},        {"most in a week", true},
    {"in week", false}, {"expected", true}, {"ask for both", true},
};

/* ---- ports of a country ---- */

static unsigned figure_number(const struct doc *doc)
{
    unsigned count = 1;

    for (size_t i = 0; i < doc->count; i++)
        count += doc->blocks[i].kind == DOC_FIGURE;
    return count;
}

static void source_line(const json_t *facts, char *line, size_t size)
{
    uint64_t sensors = json_array_size(fact_list(facts, "sensors"));

    (void)snprintf(line, size, "Source: Nightjar, %s, %s to %s (UTC)",
                   COUNTED(sensors, "sensor"), fact_text(facts, "from"),
                   fact_text(facts, "to"));
}

/* "3389/tcp Remote Desktop (RDP)", a long name cut between words. @return text */
#define PORT_LABEL (BRIEF_PORT_MAX + 32)
#define LABEL_NAME 21 /* bytes of the name that have room beside a figure */
static const char *port_label(const json_t *row, char text[PORT_LABEL])
{
    const char *service = fact_text(row, "service");
    size_t length = strlen(service);
    bool cut = length > LABEL_NAME;

    if (cut) {
        length = LABEL_NAME;
        while (length > 0 && service[length] != ' ')
            length--;
    }
    (void)snprintf(text, PORT_LABEL, "%s%s%.*s%s", BRIEF_PORT(row), length > 0 ? " " : "",
                   (int)length, service, cut ? " …" : "");
    return text;
}

static void port_figure(struct doc *doc, const json_t *facts, const json_t *country)
{
    struct plot_bar bars[BRIEF_PORTS];
    char labels[BRIEF_PORTS][PORT_LABEL], notes[BRIEF_PORTS][96], title[160], source[160];
    size_t count = 0, i;
    unsigned number = figure_number(doc);
    struct text *to;
    json_t *row;

    json_array_foreach(fact_list(country, "ports"), i, row)
    {
        if (i == BRIEF_PORTS)
            break;
        (void)snprintf(notes[i], sizeof(notes[i]), "%s, %s", PERCENT(fact_number(row, "share")),
                       COUNTED(fact_count(row, "sources"), "source"));
        bars[count++] = (struct plot_bar){.label = port_label(row, labels[i]),
                                          .value = fact_number(row, "share"),
                                          .low = NAN,
                                          .high = NAN,
                                          .before = fact_number(row, "before_share"),
                                          .note = notes[i]};
    }
    (void)snprintf(title, sizeof(title), "Leading ports, %s", fact_text(country, "name"));
    source_line(facts, source, sizeof(source));
    to = doc_figure(doc, "Share of the sessions of each of the leading ports. The table below"
                         " has the numbers.");
    if (to != NULL)
        plot_bars(to, &(struct plot_bars){
                          .head = {.width = 760,
                                   .title = title,
                                   .description = "Bars: share of the sessions by port; the"
                                                  " table below has the numbers.",
                                   .source = source,
                                   .id = number},
                          .unit = "share of sessions",
                          .bars = bars,
                          .count = count});
}

/* "9.5 % (6.2-12.8)": a share and its interval. */
static void share_cell(struct doc *doc, double share, double low, double high)
{
    int digits = 100 * low < 1 && low > 0 ? 2 : 1;

    doc_cell(doc, "%s (%.*f–%.*f)", PERCENT(share), digits, 100 * low, digits, 100 * high);
}

static void port_table(struct doc *doc, const json_t *facts, const json_t *country)
{
    bool shares = strcmp(fact_text(country, "data"), "shares") == 0;
    bool compared = fact_true(facts, "compared");
    json_t *row;
    size_t i;

    doc_table(doc, port_columns, compared ? PORT_COLUMNS : PORT_COLUMNS - 1);
    json_array_foreach(fact_list(country, "ports"), i, row)
    {
        doc_cell(doc, "%u", (unsigned)fact_count(row, "rank"));
        doc_cell(doc, "%s", BRIEF_PORT(row));
        doc_cell(doc, "%s", brief_or_dash(fact_text(row, "service")));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sessions")));
        doc_cell(doc, "%s", shares ? PERCENT(fact_number(row, "share")) : "–");
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sources")));
        if (shares)
            share_cell(doc, fact_number(row, "share_sources"),
                       fact_number(row, "share_sources_low"),
                       fact_number(row, "share_sources_high"));
        else
            doc_cell(doc, "–");
        doc_cell(doc, "%s", brief_or_dash(fact_text(row, "known")));
        if (!compared)
            continue;
        if (fact_count(row, "before_sessions") == 0)
            doc_cell(doc, "not seen before");
        else if (isnan(fact_number(row, "change"))) /* by sensors that are not compared */
            doc_cell(doc, "–");
        else
            doc_cell(doc, "%+.0f %%", 100 * fact_number(row, "change"));
    }
    doc_say(doc, "%s",
            compared ? "Change: sessions per captured hour against the period before, of the"
                       " sensors that captured half of both; it is not tested, so read it "
                       "beside the findings. Known exploits: from the"
                       " table of ports, what is known of the port, not what was seen."
                     : "No change is given: too little of the period before was captured. Known"
                       " exploits: from the table of ports, what is known of the port, not what"
                       " was seen.");
}

/* ---- weekly shares ---- */

/* Rows come by port, then week; every series has every week. */
static size_t week_count(const json_t *rows)
{
    const json_t *first = json_array_get(rows, 0);
    size_t count = 0;

    while (count < json_array_size(rows) &&
           fact_count(json_array_get(rows, count), "port") == fact_count(first, "port") &&
           fact_count(json_array_get(rows, count), "proto") == fact_count(first, "proto"))
        count++;
    return count;
}

struct shares {
    double *values, *lows, *highs; /* series by series */
    char (*labels)[24];
    const char **places;
    struct plot_series series[SVG_SERIES];
    char names[SVG_SERIES][PORT_LABEL];
    size_t week_count, series_count;
    bool told; /* any share at all: weeks of few sources have none */
    bool gap;  /* not each of them */
};

static void shares_done(struct shares *shares)
{
    free(shares->values);
    free(shares->labels);
    free(shares->places);
}

static bool gather_shares(const json_t *weeks, struct shares *ret)
{
    size_t rows = json_array_size(weeks), i;
    json_t *row;

    *ret = (struct shares){.week_count = week_count(weeks)};
    if (ret->week_count == 0 || rows / ret->week_count > SVG_SERIES)
        return false;
    ret->values = calloc(3 * rows, sizeof(double));
    ret->labels = calloc(ret->week_count, sizeof(*ret->labels));
    ret->places = calloc(ret->week_count, sizeof(*ret->places));
    if (ret->values == NULL || ret->labels == NULL || ret->places == NULL)
        return false;
    ret->lows = ret->values + rows;
    ret->highs = ret->lows + rows;
    json_array_foreach(weeks, i, row)
    {
        size_t series = i / ret->week_count, week = i % ret->week_count;

        ret->values[i] = fact_number(row, "share");
        ret->told = ret->told || !isnan(ret->values[i]);
        ret->gap = ret->gap || isnan(ret->values[i]);
        ret->lows[i] = fact_number(row, "low");
        ret->highs[i] = fact_number(row, "high");
        if (week == 0) {
            ret->series[series] =
                (struct plot_series){.name = port_label(row, ret->names[series]),
                                     .values = ret->values + i,
                                     .lows = ret->lows + i,
                                     .highs = ret->highs + i};
            ret->series_count = series + 1;
        }
        if (series == 0) {
            (void)snprintf(ret->labels[week], sizeof(ret->labels[week]), "%.4s%s%s",
                           fact_text(row, "week") + 5 * (fact_text(row, "week")[0] != '\0'),
                           fact_true(row, "partial") ? "*" : "", "");
            ret->places[week] = ret->labels[week];
        }
    }
    return true;
}

#define WEEK_CAPTION                                                                           \
    "Share of the sessions in each ISO week, with 95 % intervals (shaded). * a week of which"  \
    " not every day is in the period."

static void week_figure(struct doc *doc, const json_t *facts, const json_t *country)
{
    char title[160], source[160];
    struct shares shares;
    unsigned number = figure_number(doc);
    struct text *to;

    if (gather_shares(fact_list(country, "weeks"), &shares) && shares.week_count > 1 &&
        shares.told) {
        (void)snprintf(title, sizeof(title), "Leading ports week by week, %s",
                       fact_text(country, "name"));
        source_line(facts, source, sizeof(source));
        to = doc_figure(doc, shares.gap ? WEEK_CAPTION
                                 " A gap: a week without a session, or with"
                                 " too few sources."
                                        : WEEK_CAPTION);
        if (to != NULL)
            plot_lines(to, &(struct plot_lines){
                               .head = {.width = 760,
                                        .height = 330,
                                        .title = title,
                                        .description = "Lines: share of the sessions by week"
                                                       " and port, with intervals.",
                                        .source = source,
                                        .id = number},
                               .unit = "share of sessions",
                               .places = shares.places,
                               .place_count = shares.week_count,
                               .series = shares.series,
                               .series_count = shares.series_count});
    }
    shares_done(&shares);
}

static void week_cell(struct doc *doc, const json_t *row)
{
    if (fact_count(row, "all_sources") == 0)
        doc_cell(doc, "–");
    else if (isnan(fact_number(row, "share")))
        doc_cell(doc, "insufficient");
    else
        share_cell(doc, fact_number(row, "share"), fact_number(row, "low"),
                   fact_number(row, "high"));
}

/* Weeks down, ports across: what is compared stands side by side. */
static void week_table(struct doc *doc, const json_t *country)
{
    struct doc_column columns[WEEK_COLUMNS + SVG_SERIES];
    char names[SVG_SERIES][PORT_LABEL];
    const json_t *rows = fact_list(country, "weeks");
    size_t weeks = week_count(rows), ports = weeks == 0 ? 0 : json_array_size(rows) / weeks;

    if (ports > SVG_SERIES)
        ports = SVG_SERIES;
    memcpy(columns, week_columns, sizeof(week_columns));
    for (size_t i = 0; i < ports; i++)
        columns[WEEK_COLUMNS + i] = (struct doc_column){
            .name = port_label(json_array_get(rows, i * weeks), names[i]), .number = true};
    doc_table(doc, columns, WEEK_COLUMNS + ports);
    for (size_t week = 0; week < weeks; week++) {
        const json_t *first = json_array_get(rows, week);

        doc_cell(doc, "%s%s", fact_text(first, "week"), fact_true(first, "partial") ? "*" : "");
        doc_cell(doc, "%s", GROUPED(fact_count(first, "all_sessions")));
        doc_cell(doc, "%s", GROUPED(fact_count(first, "all_sources")));
        for (size_t port = 0; port < ports; port++)
            week_cell(doc, json_array_get(rows, port * weeks + week));
    }
    doc_say(doc, "Sessions and sources of all ports, and the share of the sessions that each of"
                 " the leading ports has, with its 95 %% interval. What each port has in"
                 " sessions and sources stands in the JSON form.");
}

/* ---- themes, findings ---- */

static void theme_table(struct doc *doc, const json_t *country)
{
    bool shares = strcmp(fact_text(country, "data"), "shares") == 0;
    json_t *row;
    size_t i;

    DOC_TABLE(doc, theme_columns);
    json_array_foreach(fact_list(country, "themes"), i, row)
    {
        doc_cell(doc, "%s", fact_text(row, "name"));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sessions")));
        doc_cell(doc, "%s", shares ? PERCENT(fact_number(row, "share")) : "–");
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sources")));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "networks")));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "ports")));
        doc_cell(doc, "%s", brief_or_dash(fact_text(row, "tools")));
    }
}

static void neighbour_table(struct doc *doc, const json_t *facts, const json_t *country)
{
    json_t *story, *port;
    size_t i, p;

    if (json_array_size(fact_list(country, "neighbours")) == 0)
        return;
    DOC_TABLE(doc, neighbour_columns);
    json_array_foreach(fact_list(country, "neighbours"), i, story)
    {
        json_array_foreach(fact_list(story, "ports"), p, port)
        {
            doc_cell(doc, "%u", (unsigned)fact_count(story, "near"));
            doc_cell(doc, "%u", (unsigned)fact_count(port, "port"));
            doc_cell(doc, "%u", (unsigned)fact_count(port, "weeks"));
            doc_cell(doc, "%s %s", GROUPED(fact_count(port, "count")),
                     fact_text(facts, "unit"));
            doc_cell(doc, "%s", fact_text(port, "week"));
            doc_cell(doc, "%s", TEXT_MEAN(fact_number(port, "baseline")));
            doc_cell(doc, "%s", PERCENT(fact_number(port, "together")));
        }
    }
}

void brief_country_doc(struct doc *doc, const json_t *facts, const json_t *country)
{
    bool whole = fact_text(country, "country")[0] == '\0';

    doc_heading(doc, 2, "%s", whole ? "All countries together" : fact_text(country, "name"));
    brief_sentences(doc, country, "sentences", false);
    if (fact_count(country, "sources") < BRIEF_SOURCES_COUNTS)
        return;
    doc_heading(doc, 3, "Leading ports");
    if (strcmp(fact_text(country, "data"), "shares") == 0)
        port_figure(doc, facts, country);
    port_table(doc, facts, country);
    if (json_array_size(fact_list(country, "weeks")) > 0) {
        doc_heading(doc, 3, "Week by week");
        week_figure(doc, facts, country);
        week_table(doc, country);
    }
    doc_heading(doc, 3, "Themes");
    doc_say(doc, "By the category of the ports, with the tools that packets or payloads showed."
                 " A source may have several themes.");
    theme_table(doc, country);
    doc_heading(doc, 3, "Newcomers, bursts, neighbour ports");
    brief_sentences(doc, country, "findings_sentences", true);
    neighbour_table(doc, facts, country);
}
