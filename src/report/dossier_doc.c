/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a dossier. A section without data says so. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/advice.h"
#include "report/dossier.h"
#include "report/dossier_parts.h"
#include "report/dossier_places.h"
#include "report/facts.h"

static const struct doc_column detail_columns[] = {{"", false}, {"", false}};
static const struct doc_column hop_columns[] = {
    {"from", false},   {"silent since (UTC)", false}, {"to", false},  {"began (UTC)", false},
    {"silence", true}, {"probability", true},         {"bits", true}, {"kind", false},
    {"state", false},
};
static const struct doc_column link_columns[] = {
    {"kind", false}, {"with", false}, {"probability", true}, {"bits", true}, {"state", false},
};
static const struct doc_column receipt_columns[] = {
    {"reason", false}, {"points", true}, {"fact", false}};
static const struct doc_column level_columns[] = {
    {"since (UTC)", false}, {"risk", true}, {"level", false}, {"reason", false}};

/* Probabilities near one are not rounded to it, nor those near nothing to that. */
static const char *probability(const json_t *row, char text[FACT_TEXT])
{
    double p = fact_number(row, "probability");

    (void)snprintf(text, FACT_TEXT, "%s%.3f",
                   p > 0.9995   ? "over "
                   : p < 0.0005 ? "under "
                                : "",
                   p > 0.9995   ? 0.999
                   : p < 0.0005 ? 0.001
                                : p);
    return text;
}
#define PROBABILITY(row) probability((row), (char[FACT_TEXT]){0})

static const char *duration(double seconds, char text[FACT_TEXT])
{
    if (isnan(seconds))
        (void)snprintf(text, FACT_TEXT, "unknown");
    else if (seconds < 120)
        (void)snprintf(text, FACT_TEXT, "%.0f s", seconds);
    else if (seconds < 7200)
        (void)snprintf(text, FACT_TEXT, "%.0f min", seconds / 60);
    else if (seconds < 2 * 86400)
        (void)snprintf(text, FACT_TEXT, "%.1f h", seconds / 3600);
    else
        (void)snprintf(text, FACT_TEXT, "%.1f d", seconds / 86400);
    return text;
}

/* When who carries on began: hand-overs overlap by up to half an hour. */
static const char *later(double gap_s, char text[FACT_TEXT])
{
    size_t used;

    (void)duration(fabs(gap_s), text);
    used = strlen(text);
    (void)snprintf(text + used, FACT_TEXT - used, "%s", gap_s < 0 ? " before that" : " later");
    return text;
}

static const char *silence(double gap_s, char text[FACT_TEXT])
{
    char time[FACT_TEXT];

    (void)snprintf(text, FACT_TEXT, gap_s < 0 ? "%.16s overlap" : "%.16s",
                   duration(fabs(gap_s), time));
    return text;
}

/* ---- the head ---- */

static void detail(struct doc *doc, const char *name, const char *value)
{
    doc_cell(doc, "%s", name);
    doc_cell(doc, "%s", value);
}

static const char *asn_text(const json_t *row, char text[160])
{
    uint64_t asn = fact_count(row, "asn");
    const char *name = fact_text(row, "as_name");

    if (asn == 0)
        (void)snprintf(text, 160, "unknown");
    else
        (void)snprintf(text, 160, "AS%llu%s%s", (unsigned long long)asn,
                       name[0] == '\0' ? "" : " ", name);
    return text;
}

/* What the registry said, if it was asked: "abuse@example.net (RDAP of ..., asked on ...)". */
static const char *registered(const json_t *source, const char *name, char text[600])
{
    const json_t *row = json_array_get(fact_list(source, "registrations"), 0);

    if (row == NULL)
        (void)snprintf(text, 600, "unknown: the registry was not asked");
    else
        (void)snprintf(text, 600, "%.255s (RDAP of %.127s, asked on %s)",
                       fact_text(row, name)[0] == '\0' ? "none named" : fact_text(row, name),
                       fact_text(row, "server"), fact_or_unknown(row, "date"));
    return text;
}

/* Anybody may write any name for his address. */
static const char *hostname(const json_t *source, char text[600])
{
    const json_t *row = json_array_get(fact_list(source, "names"), 0);
    bool elsewhere = json_is_false(json_object_get(row, "confirmed"));

    (void)snprintf(text, 600, "%.400s%s", fact_or_unknown(source, "hostname"),
                   elsewhere ? " (leads elsewhere)" : "");
    return text;
}

static void details(struct doc *doc, const json_t *facts, const json_t *source)
{
    const json_t *place = json_array_get(fact_list(facts, "places_now"), 0);
    const json_t *actor = json_object_get(facts, "actor");
    const char *country = fact_text(place, "country");
    char text[160], said[600], fact[DOSSIER_FACT];

    DOC_TABLE(doc, detail_columns);
    detail(doc, "address", fact_text(source, "source"));
    detail(doc, "hostname", hostname(source, said));
    detail(doc, "ISP", dossier_fact(source, "isp", fact_text(place, "isp"), country, fact));
    detail(
        doc, "organisation",
        dossier_fact(source, "organisation", fact_text(place, "organisation"), country, fact));
    detail(doc, "registered to", registered(source, "organisation", said));
    detail(doc, "abuse contact", registered(source, "abuse", said));
    detail(doc, "autonomous system",
           dossier_fact(source, "asn", asn_text(place, text), country, fact));
    detail(doc, "country",
           dossier_fact(source, "country", country[0] == '\0' ? "" : COUNTRY(country), country,
                        fact));
    detail(doc, "region",
           dossier_fact(source, "region", fact_text(place, "region"), country, fact));
    detail(doc, "city", dossier_fact(source, "city", fact_text(place, "city"), country, fact));
    if (isnan(fact_number(source, "risk")))
        (void)snprintf(text, sizeof(text), "not scored");
    else
        (void)snprintf(text, sizeof(text), "%.0f of 100", fact_number(source, "risk"));
    detail(doc, "risk", text);
    detail(doc, "level", fact_or_unknown(source, "level"));
    detail(doc, "grade of the address", fact_or_unknown(source, "grade"));
    if (fact_text(source, "declared")[0] != '\0')
        detail(doc, "declared scanner of", fact_text(source, "declared"));
    detail(doc, "actor", actor == NULL ? "none" : fact_text(actor, "actor"));
    (void)snprintf(text, sizeof(text), "%s to %s UTC", MINUTE(source, "first"),
                   MINUTE(source, "last"));
    detail(doc, "seen", text);
    detail(doc, "sessions", GROUPED(fact_count(source, "sessions")));
    if (fact_text(source, "grade_reason")[0] != '\0')
        doc_say(doc, "Grade %s: %s.", fact_text(source, "grade"),
                fact_text(source, "grade_reason"));
}

static void summary(struct doc *doc, const json_t *facts, const json_t *source)
{
    const json_t *actor = json_object_get(facts, "actor");
    bool at_once = strcmp(MINUTE(source, "first"), MINUTE(source, "last")) == 0;
    char until[FACT_TEXT + 8];
    json_t *hop;
    size_t i;

    (void)snprintf(until, sizeof(until), " to %s", MINUTE(source, "last"));
    doc_say(doc, "%s sent %s %s %s%s UTC, to %s.", fact_text(source, "source"),
            COUNTED(fact_count(source, "sessions"), "session"), at_once ? "on" : "from",
            MINUTE(source, "first"), at_once ? "" : until,
            COUNTED(json_array_size(fact_list(source, "ports")), "port"));
    if (actor == NULL) {
        doc_say(doc, "No other address is known to be the same operator's.");
        return;
    }
    doc_say(doc, "It is one of %s of actor %s, which sent %s in all.",
            COUNTED(json_array_size(fact_list(actor, "sources")), "address"),
            fact_text(actor, "actor"), COUNTED(fact_count(actor, "sessions"), "session"));
    json_array_foreach(fact_list(actor, "hops"), i, hop)
    {
        doc_item(doc,
                 "%s fell silent on %s UTC; %s began on %s UTC, %s%s"
                 " (probability %s, %.1f bits).",
                 fact_text(hop, "from"), MINUTE(hop, "stopped"), fact_text(hop, "to"),
                 MINUTE(hop, "started"), later(fact_number(hop, "gap_s"), (char[FACT_TEXT]){0}),
                 strcmp(fact_text(hop, "kind"), "return") == 0
                     ? ", back from where it had moved"
                     : "",
                 PROBABILITY(hop), fact_number(hop, "bits"));
    }
}

/* ---- links, score, notes ---- */

static void links(struct doc *doc, const json_t *source)
{
    bool tentative = false;
    json_t *row;
    size_t i;

    doc_heading(doc, 2, "Links");
    if (json_array_size(fact_list(source, "hops")) == 0)
        doc_say(doc, "No hand-over between addresses is known.");
    else
        DOC_TABLE(doc, hop_columns);
    json_array_foreach(fact_list(source, "hops"), i, row)
    {
        doc_cell(doc, "%s", fact_text(row, "from"));
        doc_cell(doc, "%s", MINUTE(row, "stopped"));
        doc_cell(doc, "%s", fact_text(row, "to"));
        doc_cell(doc, "%s", MINUTE(row, "started"));
        doc_cell(doc, "%s", silence(fact_number(row, "gap_s"), (char[FACT_TEXT]){0}));
        doc_cell(doc, "%s", PROBABILITY(row));
        doc_cell(doc, "%.1f", fact_number(row, "bits"));
        doc_cell(doc, "%s", fact_text(row, "kind"));
        doc_cell(doc, "%s", fact_text(row, "state"));
        tentative = tentative || strcmp(fact_text(row, "state"), "tentative") == 0;
    }
    if (tentative)
        doc_say(doc, "A tentative hop is likely, but not decided: nothing is concluded from"
                     " it.");
    if (json_array_size(fact_list(source, "links")) == 0) {
        doc_say(doc, "No address is known that acts beside it.");
        return;
    }
    DOC_TABLE(doc, link_columns);
    json_array_foreach(fact_list(source, "links"), i, row)
    {
        bool first = strcmp(fact_text(row, "a"), fact_text(source, "source")) == 0;

        doc_cell(doc, "%s", fact_text(row, "kind"));
        doc_cell(doc, "%s", fact_text(row, first ? "b" : "a"));
        doc_cell(doc, "%s", PROBABILITY(row));
        doc_cell(doc, "%.1f", fact_number(row, "bits"));
        doc_cell(doc, "%s", fact_text(row, "state"));
    }
}

static void score(struct doc *doc, const json_t *source)
{
    json_t *row;
    size_t i;

    doc_heading(doc, 2, "Risk, and why");
    if (isnan(fact_number(source, "risk"))) {
        doc_say(doc, "It was not scored.");
        return;
    }
    doc_say(doc,
            "Risk %.0f of 100, %s, as of the last packet in the store. It was scored last on %s"
            " UTC, and falls from there.",
            fact_number(source, "risk"), fact_text(source, "level"), MINUTE(source, "scored"));
    DOC_TABLE(doc, receipt_columns);
    json_array_foreach(fact_list(source, "receipt"), i, row)
    {
        doc_cell(doc, "%s", fact_text(row, "group"));
        doc_cell(doc, "%.1f", fact_number(row, "points"));
        doc_cell(doc, "%s", fact_text(row, "text"));
    }
    if (json_array_size(fact_list(source, "levels")) == 0)
        return;
    doc_heading(doc, 3, "How it came to this");
    DOC_TABLE(doc, level_columns);
    json_array_foreach(fact_list(source, "levels"), i, row)
    {
        doc_cell(doc, "%s", MINUTE(row, "at"));
        doc_cell(doc, "%.0f", fact_number(row, "risk"));
        doc_cell(doc, "%s", fact_text(row, "level"));
        doc_cell(doc, "%s", fact_text(row, "reason"));
    }
}

static void notes(struct doc *doc, const json_t *facts, const json_t *source)
{
    const json_t *const places_of[] = {source, json_object_get(facts, "actor")};
    bool any = false;
    json_t *row;
    size_t i;

    doc_heading(doc, 2, "Notes");
    for (size_t of = 0; of < 2; of++)
        json_array_foreach(fact_list(places_of[of], "notes"), i, row)
        {
            any = true;
            doc_item(doc, "%s UTC%s%s: %s", MINUTE(row, "noted"),
                     fact_text(row, "source")[0] == '\0' ? "" : ", ", fact_text(row, "source"),
                     fact_text(row, "text"));
        }
    if (!any)
        doc_say(doc, "Nobody has noted anything.");
}

/* What the policy in force decided. @return whether that holds now */
static bool decision(struct doc *doc, const json_t *facts)
{
    const json_t *policy = json_object_get(facts, "policy");
    const char *action = fact_text(policy, "action"), *state = fact_text(policy, "state");
    const char *problem = fact_text(policy, "problem");

    if (problem[0] != '\0')
        doc_say(doc, "The policy in force could not be asked: %s.", problem);
    else if (action[0] == '\0' || strcmp(action, "none") == 0)
        doc_say(doc, "The policy in force decides nothing about it.");
    else if (strcmp(state, "active") == 0)
        doc_say(doc, "The policy in force says: %s %s until %s UTC (rule %s: %s).", action,
                fact_text(policy, "net"), MINUTE(policy, "until"), fact_text(policy, "rule"),
                fact_text(policy, "reason"));
    else
        doc_say(doc, "The policy in force said: %s %s from %s to %s UTC (rule %s: %s); now %s.",
                action, fact_text(policy, "net"), MINUTE(policy, "since"),
                MINUTE(policy, "until"), fact_text(policy, "rule"), fact_text(policy, "reason"),
                state);
    return strcmp(state, "active") == 0;
}

/* What the grade and the level allow (anti-framing: never more than the grade bears). */
static void mitigation(struct doc *doc, const json_t *facts, const json_t *source)
{
    const char *level = fact_text(source, "level"), *grade = fact_text(source, "grade");
    bool forged = strcmp(grade, "D") == 0,
         unproven = strcmp(grade, "C") == 0 || grade[0] == '\0';
    bool high = strcmp(level, "HIGH") == 0 || strcmp(level, "EXTREME") == 0;
    bool told[32] = {false}, decided;
    json_t *row;
    size_t i;

    doc_heading(doc, 2, "What to do");
    decided = decision(doc, facts);
    if (forged)
        doc_say(doc,
                "Do not block it: the address shows signs of forgery, and blocking would hit"
                " whoever owns it. Watch the ports instead.");
    else if (high && unproven)
        doc_say(doc, "Watch it; block it only where a false alarm costs little and for a short"
                     " time, since nothing proves that the address was not forged.");
    else if (high && decided)
        doc_say(doc, "Keep watching: follow the actor rather than the address, since addresses"
                     " are given up when blocked.");
    else if (high)
        doc_say(doc,
                "Block it at the border with an expiry, and keep watching: follow the actor"
                " rather than the address, since addresses are given up when blocked.");
    else if (!decided)
        doc_say(doc, "Watch it: its risk does not call for blocking.");
    json_array_foreach(fact_list(source, "ports"), i, row)
    {
        size_t at = advice_find(fact_text(row, "category"));

        if (i >= 10 || fact_number(row, "risk") < 0.5 || at >= 32 || told[at])
            continue;
        told[at] = true;
        doc_item(doc, "Against interest in %s: %s", advices[at].name, advices[at].what);
    }
    if (fact_text(source, "stage")[0] != '\0')
        doc_say(doc, "Kill chain: %s%s%s.", fact_text(source, "stage"),
                fact_text(source, "technique")[0] == '\0' ? "" : ", ATT&CK ",
                fact_text(source, "technique"));
    else
        doc_say(doc, "Its stage of the kill chain is not known.");
}

void dossier_doc(const json_t *facts, const struct timeline *timeline, struct doc *doc)
{
    const json_t *source = json_array_get(fact_list(facts, "sources"), 0);
    const json_t *actor = json_object_get(facts, "actor");
    char title[160], subtitle[160];
    char caption[160] = "Activity, destination ports and source ports of all addresses.";
    struct text *to;

    (void)snprintf(title, sizeof(title), "Dossier: %s", fact_text(source, "source"));
    (void)snprintf(subtitle, sizeof(subtitle), "%s%s; as of the last packet in the store",
                   actor == NULL ? "one address" : "actor ",
                   actor == NULL ? "" : fact_text(actor, "actor"));
    doc_init(doc, title, subtitle);
    doc_heading(doc, 2, "In short");
    summary(doc, facts, source);
    details(doc, facts, source);
    doc_heading(doc, 2, "Timeline");
    if (timeline->source_count < json_array_size(fact_list(facts, "sources")))
        (void)snprintf(caption, sizeof(caption),
                       "Activity, destination ports and source ports of %s of the %s"
                       " addresses: this one, those that hopped, then the others.",
                       GROUPED(timeline->source_count),
                       GROUPED(json_array_size(fact_list(facts, "sources"))));
    to = doc_figure(doc, caption);
    if (to != NULL)
        timeline_svg(timeline, 1, to);
    dossier_members(doc, facts);
    links(doc, source);
    score(doc, source);
    dossier_ports(doc, source);
    dossier_tools(doc, facts, source);
    dossier_hours(doc, facts, 2);
    dossier_episodes(doc, source);
    dossier_packets(doc, facts);
    dossier_telescope(doc, facts);
    dossier_places(doc, facts);
    notes(doc, facts, source);
    mitigation(doc, facts, source);
}
