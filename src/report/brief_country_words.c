/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a brief about one country. Nothing is said here that is not a number in the
 * facts. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/brief_parts.h"
#include "report/facts.h"

const char *brief_port_words(const json_t *row, char text[BRIEF_PLACE_MAX])
{
    uint8_t proto = (uint8_t)fact_count(row, "proto");
    const char *name = fact_text(row, "service");
    char lower[FACT_TEXT] = "", upper[FACT_TEXT] = "";

    if (proto == 0) /* a finding names it as text */
        (void)snprintf(lower, sizeof(lower), "%s", fact_text(row, "proto"));
    else
        (void)snprintf(lower, sizeof(lower), "%s", PROTO_TEXT(proto));
    for (size_t i = 0; lower[i] != '\0'; i++)
        upper[i] = (char)toupper((unsigned char)lower[i]);
    if (proto == 1 || proto == 58)
        (void)snprintf(text, BRIEF_PLACE_MAX, "%s type %u", upper,
                       (unsigned)(fact_count(row, "port") >> 8));
    else
        (void)snprintf(text, BRIEF_PLACE_MAX, "%s %u%s%s%s", upper,
                       (unsigned)fact_count(row, "port"), name[0] == '\0' ? "" : " (", name,
                       name[0] == '\0' ? "" : ")");
    return text;
}

/* Whether shares may be told of a country; else it is said why not, and false. */
static bool shares_told(json_t *country)
{
    const char *data = fact_text(country, "data");
    const char *name = fact_text(country, "name");
    uint64_t sources = fact_count(country, "sources");

    if (strcmp(data, "shares") == 0)
        return true;
    if (sources == 0)
        fact_say(country, "sentences", "No session%s%s was seen in the period.",
                 fact_text(country, "country")[0] == '\0' ? "" : " from ",
                 fact_text(country, "country")[0] == '\0' ? "" : name);
    else if (strcmp(data, "counts") == 0)
        fact_say(country, "sentences",
                 "Only %s of %s sent %s: counts are shown, but shares would say more than the"
                 " data allows (%u sources are needed).",
                 COUNTED(sources, "source"), name,
                 COUNTED(fact_count(country, "sessions"), "session"), BRIEF_SOURCES_SHARES);
    else
        fact_say(country, "sentences",
                 "Insufficient data: %s of %s with %s. Nothing further is claimed"
                 " (%u sources are needed).",
                 COUNTED(sources, "source"), name,
                 COUNTED(fact_count(country, "sessions"), "session"), BRIEF_SOURCES_COUNTS);
    return false;
}

unsigned brief_week_range(const json_t *country, const json_t *leader, double *ret_low,
                          double *ret_high)
{
    unsigned count = 0;
    json_t *week;
    size_t i;

    *ret_low = 1;
    *ret_high = 0;
    json_array_foreach(fact_list(country, "weeks"), i, week)
    {
        double share = fact_number(week, "share");

        if (fact_count(week, "port") != fact_count(leader, "port") ||
            fact_count(week, "proto") != fact_count(leader, "proto") || isnan(share))
            continue;
        *ret_low = fmin(*ret_low, share);
        *ret_high = fmax(*ret_high, share);
        count++;
    }
    return count;
}

static void leading_words(json_t *country, const char *of)
{
    json_t *leader = json_array_get(fact_list(country, "ports"), 0);
    json_t *second = json_array_get(fact_list(country, "ports"), 1);
    double low, high;
    unsigned weeks = brief_week_range(country, leader, &low, &high);
    char range[128] = "";

    if (weeks > 1)
        (void)snprintf(range, sizeof(range), ", in the weeks between %s and %s", PERCENT(low),
                       PERCENT(high));
    fact_say(country, "sentences",
             "%s leads with %s of %s sessions%s; %s of its sources, %s of them all (95 %%"
             " interval %s to %s), asked for it.",
             BRIEF_PORT_WORDS(leader), PERCENT(fact_number(leader, "share")), of, range,
             GROUPED(fact_count(leader, "sources")),
             PERCENT(fact_number(leader, "share_sources")),
             PERCENT(fact_number(leader, "share_sources_low")),
             PERCENT(fact_number(leader, "share_sources_high")));
    if (second != NULL)
        fact_say(country, "sentences", "It is followed by %s with %s of the sessions.",
                 BRIEF_PORT_WORDS(second), PERCENT(fact_number(second, "share")));
}

static void theme_words(json_t *country)
{
    struct fact_items themes = {.between = "; "};
    size_t i;
    json_t *theme;

    json_array_foreach(fact_list(country, "themes"), i, theme)
    {
        if (i < 3)
            fact_item(&themes, "%s (%s of the sessions, %s)", fact_text(theme, "name"),
                      PERCENT(fact_number(theme, "share")),
                      COUNTED(fact_count(theme, "sources"), "source"));
    }
    if (themes.count > 0)
        fact_say(country, "sentences", "What is looked for, by theme: %s.", LISTED(&themes));
}

/* ---- findings ---- */

/* "3380-3388, 3390-3400 and 13389": rows sorted by port. */
static void port_runs(const json_t *ports, struct fact_items *to)
{
    size_t count = json_array_size(ports);

    for (size_t i = 0; i < count;) {
        uint64_t first = fact_count(json_array_get(ports, i), "port"), last = first;

        while (++i < count && fact_count(json_array_get(ports, i), "port") == last + 1)
            last++;
        if (last > first + 1) {
            fact_item(to, "%u-%u", (unsigned)first, (unsigned)last);
            continue;
        }
        fact_item(to, "%u", (unsigned)first);
        if (last > first)
            fact_item(to, "%u", (unsigned)last);
    }
}

static void proof_words(const json_t *story, char *text, size_t size)
{
    json_t *payload = json_array_get(fact_list(story, "payloads"), 0);

    if (payload == NULL)
        (void)snprintf(text, size,
                       "No payload says what they look for: that the ports lie side by side is"
                       " a hint, no proof.");
    else
        (void)snprintf(text, size,
                       "The payload of %s on %u speaks %s, which is proof for these.",
                       COUNTED(fact_count(payload, "sources"), "source"),
                       (unsigned)fact_count(payload, "port"), fact_text(payload, "app"));
}

static void neighbour_words(json_t *country, const json_t *story, const char *unit)
{
    size_t count = json_array_size(fact_list(story, "ports"));
    const char *service = fact_text(story, "service");
    struct fact_items runs = {.between = ", "};
    char proof[240];

    port_runs(fact_list(story, "ports"), &runs);
    proof_words(story, proof, sizeof(proof));
    if (count == 1)
        fact_say(country, "findings_sentences",
                 "Beside TCP %u%s%s%s, port %s stands out from its surroundings, with %s %s in"
                 " %s; %s of its sources ask for %u as well. %s",
                 (unsigned)fact_count(story, "near"), service[0] == '\0' ? "" : " (", service,
                 service[0] == '\0' ? "" : ")", LISTED(&runs),
                 GROUPED(fact_count(story, "most")), unit, fact_text(story, "most_week"),
                 PERCENT(fact_number(story, "together_high")),
                 (unsigned)fact_count(story, "near"), proof);
    else
        fact_say(country, "findings_sentences",
                 "Around TCP %u%s%s%s, %s ports stand out from their surroundings (%s), most of"
                 " all %u with %s %s in %s; %s to %s of the sources of each ask for %u as"
                 " well. %s",
                 (unsigned)fact_count(story, "near"), service[0] == '\0' ? "" : " (", service,
                 service[0] == '\0' ? "" : ")", GROUPED(count), LISTED(&runs),
                 (unsigned)fact_count(story, "most_port"), GROUPED(fact_count(story, "most")),
                 unit, fact_text(story, "most_week"),
                 PERCENT(fact_number(story, "together_low")),
                 PERCENT(fact_number(story, "together_high")),
                 (unsigned)fact_count(story, "near"), proof);
}

static void finding_words(json_t *country, const char *unit, bool tested)
{
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(country, "findings"), i, row)
    {
        fact_say(country, "findings_sentences", "Week %s: %s (%s; q %s).",
                 fact_text(row, "week"), fact_text(row, "text"), fact_text(row, "state"),
                 CHANCE(fact_number(row, "q")));
    }
    json_array_foreach(fact_list(country, "neighbours"), i, row)
    {
        neighbour_words(country, row, unit);
    }
    if (json_array_size(fact_list(country, "findings_sentences")) == 0)
        fact_say(
            country, "findings_sentences",
            !tested ? "Insufficient data: findings show against at least two captured weeks"
                      " before, which the store does not hold."
                    : "No newcomer, burst, neighbour port or change of the leading port's share"
                      " passed its test.");
}

/* Counts of sensors are no counts of the Internet where they were sought out, or left out. */
static void reach_words(json_t *country)
{
    double p = fact_number(country, "uniform");
    struct fact_items ports = {.between = ", "};
    json_t *port;
    size_t i;

    if (isnan(p))
        return;
    json_array_foreach(fact_list(country, "ports"), i, port)
    {
        if (strcmp(fact_text(port, "reach"), "localised") == 0)
            fact_item(&ports, "%s", BRIEF_PORT_WORDS(port));
    }
    fact_say(country, "sentences",
             strcmp(fact_text(country, "reach"), "localised") == 0
                 ? "Localised: its sources came to the sensors otherwise than by their sizes"
                   " (p %s), so counts tell of these networks and not of the Internet.%s%s%s"
                 : "Its sources came to the sensors by their sizes, as those do that go over"
                   " the whole Internet (p %s).%s%s%s",
             CHANCE(p), ports.count == 0 ? "" : " Localised ports: ", LISTED(&ports),
             ports.count == 0 ? "" : ".");
}

void brief_country_words(json_t *country, const char *unit, bool tested)
{
    const char *code = fact_text(country, "country");
    char of[80];

    if (shares_told(country)) {
        (void)snprintf(of, sizeof(of), "%s%s",
                       code[0] == '\0' ? "all" : fact_text(country, "name"),
                       code[0] == '\0' ? "" : "'s");
        leading_words(country, of);
        theme_words(country);
        reach_words(country);
    }
    if (fact_count(country, "sources") >= BRIEF_SOURCES_COUNTS)
        finding_words(country, unit, tested);
}
