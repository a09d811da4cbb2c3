/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a brief: which facts stand where. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/brief_parts.h"
#include "report/facts.h"

static const struct doc_column sensor_columns[] = {
    {"sensor", false},   {"sessions", true},          {"hours captured", true},
    {"addresses", true}, {"reached, at least", true},
};
static const struct doc_column rank_columns[] = {
    {"country", false}, {"sessions", true}, {"share", true}, {"sources", true}};
static const struct doc_column finding_columns[] = {
    {"week", false},    {"kind", false}, {"port", false}, {"country", false}, {"count", true},
    {"expected", true}, {"times", true}, {"q", true},     {"state", false},
};
static const struct doc_column campaign_columns[] = {
    {"port", false},    {"finding", false}, {"since (UTC)", false}, {"sources", true},
    {"networks", true}, {"sessions", true}, {"countries", false},   {"tools", false},
};
static const struct doc_column risk_columns[] = {
    {"service", false},
    {"risk", true},
    {"sources", true},
    {"known for", false},
};

const char *brief_port(const json_t *row, char text[BRIEF_PORT_MAX])
{
    uint8_t proto = (uint8_t)fact_count(row, "proto");

    if (proto == 1 || proto == 58)
        (void)snprintf(text, BRIEF_PORT_MAX, "%s type %u", PROTO_TEXT(proto),
                       (unsigned)(fact_count(row, "port") >> 8));
    else
        (void)snprintf(text, BRIEF_PORT_MAX, "%u/%s", (unsigned)fact_count(row, "port"),
                       proto == 0 ? fact_text(row, "proto") : PROTO_TEXT(proto));
    return text;
}

const char *brief_or_dash(const char *text)
{
    return text[0] == '\0' ? "–" : text;
}

void brief_sentences(struct doc *doc, const json_t *object, const char *name, bool items)
{
    json_t *sentence;
    size_t i;

    json_array_foreach(fact_list(object, name), i, sentence)
    {
        if (items)
            doc_item(doc, "%s", json_string_value(sentence));
        else
            doc_say(doc, "%s", json_string_value(sentence));
    }
}

/* ---- head ---- */

static void head(struct doc *doc, const json_t *facts)
{
    json_t *row;
    size_t i;

    doc_heading(doc, 2, "Key findings");
    brief_sentences(doc, facts, "key", true);
    doc_heading(doc, 2, "Period, sensors, method");
    doc_say(doc, "Period: %s to %s (UTC, both days included).%s%s", fact_text(facts, "from"),
            fact_text(facts, "to"), fact_text(facts, "selection")[0] == '\0' ? "" : " ",
            fact_text(facts, "selection"));
    if (json_array_size(fact_list(facts, "sensors")) > 0) {
        DOC_TABLE(doc, sensor_columns);
        json_array_foreach(fact_list(facts, "sensors"), i, row)
        {
            doc_cell(doc, "%s", fact_text(row, "sensor"));
            doc_cell(doc, "%s", GROUPED(fact_count(row, "sessions")));
            doc_cell(doc, "%s", GROUPED(fact_count(row, "hours")));
            if (isnan(fact_number(row, "addresses")))
                doc_cell(doc, "not configured");
            else if (fact_number(row, "addresses") == 0)
                doc_cell(doc, "IPv6 alone");
            else
                doc_cell(doc, "%s", GROUPED(fact_count(row, "addresses")));
            doc_cell(doc, "%s",
                     fact_count(row, "reached") == 0 ? "not told"
                                                     : GROUPED(fact_count(row, "reached")));
        }
    }
    brief_sentences(doc, facts, "method", true);
    if (json_array_size(fact_list(facts, "ranking")) == 0)
        return;
    DOC_TABLE(doc, rank_columns);
    json_array_foreach(fact_list(facts, "ranking"), i, row)
    {
        doc_cell(doc, "%s", fact_text(row, "name"));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sessions")));
        doc_cell(doc, "%s",
                 isnan(fact_number(row, "share")) ? "–" : PERCENT(fact_number(row, "share")));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sources")));
    }
}

/* ---- campaigns, risks ---- */

static void campaign_blocks(struct doc *doc, const json_t *facts)
{
    json_t *row;
    size_t i;

    doc_heading(doc, 2, "New campaigns of the last week");
    doc_say(doc, "Week %s%s.", fact_text(facts, "last_week"),
            fact_true(facts, "last_week_partial") ? " (the period ends within it)" : "");
    brief_sentences(doc, facts, "campaign_sentences", true);
    if (json_array_size(fact_list(facts, "campaigns")) == 0)
        return;
    DOC_TABLE(doc, campaign_columns);
    json_array_foreach(fact_list(facts, "campaigns"), i, row)
    {
        doc_cell(doc, "%s", BRIEF_PORT(row));
        doc_cell(doc, "%s", brief_or_dash(fact_text(row, "kind")));
        doc_cell(doc, "%.16s", fact_text(row, "first"));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sources")));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "networks")));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sessions")));
        doc_cell(doc, "%s", brief_or_dash(fact_text(row, "countries")));
        doc_cell(doc, "%s", brief_or_dash(fact_text(row, "tools")));
    }
}

/* The services of one category, under the advice that they share. */
static void risk_group(struct doc *doc, const json_t *risks, const char *category)
{
    json_t *row;
    size_t i;

    DOC_TABLE(doc, risk_columns);
    json_array_foreach(risks, i, row)
    {
        const char *practice = fact_text(row, "practice");

        if (strcmp(fact_text(row, "category"), category) != 0)
            continue;
        doc_cell(doc, "%s%s%s", BRIEF_PORT(row), practice[0] == '\0' ? "" : ": ", practice);
        doc_cell(doc, "%.1f", fact_number(row, "risk"));
        doc_cell(doc, "%s", GROUPED(fact_count(row, "sources")));
        doc_cell(doc, "%s", brief_or_dash(fact_text(row, "known")));
    }
}

static void risk_blocks(struct doc *doc, const json_t *facts)
{
    json_t *risks = fact_list(facts, "risks"), *row;
    size_t i;

    doc_heading(doc, 2, "Services at risk, and what to do");
    if (json_array_size(risks) == 0) {
        doc_say(doc, "None of the leading ports is known to hurt when it is exposed.");
        return;
    }
    doc_say(doc,
            "Leading ports whose exposure hurts, by kind; within a kind by risk and by how"
            " many sources ask for them. What they are known for leaves out what became known"
            " in a later year.");
    json_array_foreach(risks, i, row)
    {
        const char *category = fact_text(row, "category");
        bool told = false;

        for (size_t k = 0; k < i && !told; k++)
            told = strcmp(fact_text(json_array_get(risks, k), "category"), category) == 0;
        if (told)
            continue;
        doc_heading(doc, 3, "%c%s", toupper((unsigned char)fact_text(row, "theme")[0]),
                    fact_text(row, "theme")[0] == '\0' ? "" : fact_text(row, "theme") + 1);
        doc_say(doc, "%s", fact_text(row, "advice"));
        risk_group(doc, risks, category);
    }
}

/* ---- end ---- */

static void finding_table(struct doc *doc, const json_t *facts)
{
    const char *q;
    bool any = false;
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(facts, "findings"), i, row)
    {
        if (strcmp(fact_text(row, "kind"), "neighbour") == 0)
            continue; /* told above, each port once */
        if (!any)
            DOC_TABLE(doc, finding_columns);
        any = true;
        doc_cell(doc, "%s", fact_text(row, "week"));
        doc_cell(doc, "%s", fact_text(row, "kind"));
        doc_cell(doc, "%s", BRIEF_PORT(row));
        doc_cell(doc, "%s", brief_or_dash(fact_text(row, "country")));
        doc_cell(doc, "%s %s", GROUPED(fact_count(row, "count")), fact_text(row, "unit"));
        doc_cell(doc, "%s", TEXT_MEAN(fact_number(row, "baseline")));
        doc_cell(doc, "%.1f", fact_number(row, "ratio"));
        q = CHANCE(fact_number(row, "q"));
        doc_cell(doc, "%s", q[0] == '=' ? q + 2 : q);
        doc_cell(doc, "%s", fact_text(row, "state"));
    }
    if (!any)
        doc_say(doc, "There is none.");
}

static void queries(struct doc *doc, const json_t *facts)
{
    const char *arguments = fact_text(facts, "arguments");
    struct text text = {0};
    json_t *country;
    size_t i;

    text_addf(&text, "nightjar brief %s\n", arguments);
    text_addf(&text, "nightjar top countries --from %s --to %s\n", fact_text(facts, "from"),
              fact_text(facts, "to"));
    json_array_foreach(fact_list(facts, "countries"), i, country)
    {
        const char *code = fact_text(country, "country");
        char filter[64] = "";

        if (code[0] != '\0')
            (void)snprintf(filter, sizeof(filter), " 'country = %s'", code);
        text_addf(&text, "nightjar top ports%s --from %s --to %s -n %u\n", filter,
                  fact_text(facts, "from"), fact_text(facts, "to"), BRIEF_PORTS);
        text_addf(&text, "nightjar top ports%s --from %s --to %s -n 5 --by week\n", filter,
                  fact_text(facts, "from"), fact_text(facts, "to"));
    }
    text_addf(&text, "nightjar findings --unit %s --from %s --to %s\n",
              fact_text(facts, "unit"), fact_text(facts, "from"), fact_text(facts, "to"));
    if (text.length > 0)
        text.bytes[text.length - 1] = '\0'; /* the last line's end */
    doc_heading(doc, 3, "Queries");
    doc_say(doc, "These commands give the numbers of the figures and tables again. What else"
                 " the brief was asked for stands in its first line.");
    doc_code(doc, text.bytes == NULL ? "" : text.bytes);
    text_done(&text);
}

/* An analyst's paragraphs: an empty line parts them. */
static void notes(struct doc *doc, const char *text)
{
    if (text[0] == '\0')
        return;
    doc_heading(doc, 2, "The analyst's notes");
    while (text[0] != '\0') {
        const char *end = strstr(text, "\n\n");
        size_t length = end == NULL ? strlen(text) : (size_t)(end - text);
        char *paragraph = strndup(text, length);

        if (paragraph == NULL) {
            doc->no_memory = true;
            return;
        }
        for (char *at = paragraph; *at != '\0'; at++)
            if (*at == '\n' || *at == '\r')
                *at = ' ';
        if (strspn(paragraph, " ") < strlen(paragraph))
            doc_say(doc, "%s", paragraph);
        free(paragraph);
        text += length + strspn(text + length, "\n");
    }
}

void brief_doc(const json_t *facts, struct doc *doc)
{
    char title[160], subtitle[240];
    json_t *country;
    size_t i;

    (void)snprintf(title, sizeof(title), "Scanning and attacks, %s to %s",
                   fact_text(facts, "from"), fact_text(facts, "to"));
    (void)snprintf(
        subtitle, sizeof(subtitle), "%s from %s at %s",
        COUNTED(fact_count(json_array_get(fact_list(facts, "countries"), 0), "sessions"),
                "session"),
        COUNTED(fact_count(json_array_get(fact_list(facts, "countries"), 0), "sources"),
                "source"),
        COUNTED(json_array_size(fact_list(facts, "sensors")), "sensor"));
    doc_init(doc, title, subtitle);
    head(doc, facts);
    notes(doc, fact_text(facts, "notes"));
    json_array_foreach(fact_list(facts, "countries"), i, country)
    {
        brief_country_doc(doc, facts, country);
    }
    campaign_blocks(doc, facts);
    risk_blocks(doc, facts);
    doc_heading(doc, 2, "Conclusion");
    brief_sentences(doc, facts, "conclusion", false);
    doc_heading(doc, 2, "Appendix");
    doc_heading(doc, 3, "All findings but neighbour ports");
    finding_table(doc, facts);
    queries(doc, facts);
}
