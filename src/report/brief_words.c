/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a brief. Nothing is said here that is not a number in the facts. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/brief.h"
#include "report/facts.h"

#define PLACE_MAX 160
#define NEIGHBOURS_KEY 3u /* ports around a service; fewer are told in their chapter */

/* "TCP 1433 (ms-sql-s)" */
static const char *port_words(const json_t *row, char text[PLACE_MAX])
{
    unsigned proto = (unsigned)fact_count(row, "proto");
    const char *name = fact_text(row, "service");
    char proto_text[FACT_TEXT] = "", upper[FACT_TEXT] = "";

    if (proto == 0) /* a finding names it as text */
        (void)snprintf(proto_text, sizeof(proto_text), "%s", fact_text(row, "proto"));
    else
        (void)snprintf(proto_text, sizeof(proto_text), "%s",
                       fact_proto(proto, (char[FACT_TEXT]){0}));
    for (size_t i = 0; proto_text[i] != '\0'; i++)
        upper[i] = (char)toupper((unsigned char)proto_text[i]);
    if (proto == 1 || proto == 58)
        (void)snprintf(text, PLACE_MAX, "%s type %u", upper,
                       (unsigned)(fact_count(row, "port") >> 8));
    else
        (void)snprintf(text, PLACE_MAX, "%s %u%s%s%s", upper, (unsigned)fact_count(row, "port"),
                       name[0] == '\0' ? "" : " (", name, name[0] == '\0' ? "" : ")");
    return text;
}
#define PORT(row) port_words((row), (char[PLACE_MAX]){0})

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

/* Smallest and largest share of the leading port over full weeks. @return how many weeks */
static unsigned week_range(const json_t *country, const json_t *leader, double *ret_low,
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
    unsigned weeks = week_range(country, leader, &low, &high);
    char range[128] = "";

    if (weeks > 1)
        (void)snprintf(range, sizeof(range), ", in the weeks between %s and %s", PERCENT(low),
                       PERCENT(high));
    fact_say(country, "sentences",
             "%s leads with %s of %s sessions%s; %s of its sources, %s of them all (95 %%"
             " interval %s to %s), asked for it.",
             PORT(leader), PERCENT(fact_number(leader, "share")), of, range,
             GROUPED(fact_count(leader, "sources")),
             PERCENT(fact_number(leader, "share_sources")),
             PERCENT(fact_number(leader, "share_sources_low")),
             PERCENT(fact_number(leader, "share_sources_high")));
    if (second != NULL)
        fact_say(country, "sentences", "It is followed by %s with %s of the sessions.",
                 PORT(second), PERCENT(fact_number(second, "share")));
}

static void theme_words(json_t *country)
{
    char text[400] = "";
    size_t used = 0, i;
    json_t *theme;

    json_array_foreach(fact_list(country, "themes"), i, theme)
    {
        int length;

        if (i == 3)
            break;
        length = snprintf(text + used, sizeof(text) - used, "%s%s (%s of the sessions, %s)",
                          i == 0 ? "" : "; ", fact_text(theme, "name"),
                          PERCENT(fact_number(theme, "share")),
                          COUNTED(fact_count(theme, "sources"), "source"));
        if (length < 0 || (size_t)length >= sizeof(text) - used)
            break;
        used += (size_t)length;
    }
    if (used > 0)
        fact_say(country, "sentences", "What is looked for, by theme: %s.", text);
}

/* ---- findings ------------------------------------------------------------------------------
 */

/* "3380-3388, 3390-3400, 13389": rows sorted by port. */
static void port_runs(const json_t *ports, char *text, size_t size)
{
    size_t used = 0, count = json_array_size(ports);

    text[0] = '\0';
    for (size_t i = 0; i < count;) {
        uint64_t first = fact_count(json_array_get(ports, i), "port"), last = first;
        int length;

        while (++i < count && fact_count(json_array_get(ports, i), "port") == last + 1)
            last++;
        if (first == last)
            length = snprintf(text + used, size - used, "%s%u", used == 0 ? "" : ", ",
                              (unsigned)first);
        else
            length = snprintf(text + used, size - used, "%s%u%s%u", used == 0 ? "" : ", ",
                              (unsigned)first, last == first + 1 ? ", " : "-", (unsigned)last);
        if (length < 0 || (size_t)length >= size - used) {
            text[used] = '\0'; /* the table has them all */
            return;
        }
        used += (size_t)length;
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
    char runs[400], proof[240];

    port_runs(fact_list(story, "ports"), runs, sizeof(runs));
    proof_words(story, proof, sizeof(proof));
    if (count == 1)
        fact_say(
            country, "findings_sentences",
            "Beside TCP %u%s%s%s, port %s stands out from its surroundings, with %.0f %s in"
            " %s; %s of its sources ask for %u as well. %s",
            (unsigned)fact_count(story, "near"), service[0] == '\0' ? "" : " (", service,
            service[0] == '\0' ? "" : ")", runs, fact_number(story, "most"), unit,
            fact_text(story, "most_week"), PERCENT(fact_number(story, "together_high")),
            (unsigned)fact_count(story, "near"), proof);
    else
        fact_say(
            country, "findings_sentences",
            "Around TCP %u%s%s%s, %zu ports stand out from their surroundings (%s), most of"
            " all %u with %.0f %s in %s; %s to %s of the sources of each ask for %u as"
            " well. %s",
            (unsigned)fact_count(story, "near"), service[0] == '\0' ? "" : " (", service,
            service[0] == '\0' ? "" : ")", count, runs,
            (unsigned)fact_count(story, "most_port"), fact_number(story, "most"), unit,
            fact_text(story, "most_week"), PERCENT(fact_number(story, "together_low")),
            PERCENT(fact_number(story, "together_high")), (unsigned)fact_count(story, "near"),
            proof);
}

static void finding_words(json_t *country, const char *unit, bool tested)
{
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(country, "findings"), i, row)
    {
        fact_say(country, "findings_sentences", "Week %s: %s (%s; q = %.2g).",
                 fact_text(row, "week"), fact_text(row, "text"), fact_text(row, "state"),
                 fact_number(row, "q"));
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
    json_t *port;
    char text[240] = "";
    size_t used = 0, left = 0, i;

    if (isnan(p))
        return;
    json_array_foreach(fact_list(country, "ports"), i, port)
    {
        int length = 0;

        if (strcmp(fact_text(port, "reach"), "localised") != 0)
            continue;
        if (used < sizeof(text) - 64)
            length = snprintf(text + used, sizeof(text) - used, "%s%s", used == 0 ? "" : ", ",
                              PORT(port));
        if (length > 0)
            used += (size_t)length;
        else
            left++;
    }
    fact_say(
        country, "sentences",
        strcmp(fact_text(country, "reach"), "localised") == 0
            ? "Localised: its sources came to the sensors otherwise than by their sizes"
              " (p = %.1g), so counts tell of these networks and not of the Internet.%s%s%s"
            : "Its sources came to the sensors by their sizes, as those do that go over"
              " the whole Internet (p = %.2f).%s%s%s",
        p, used == 0 ? "" : " Localised ports: ", text,
        used == 0  ? ""
        : left > 0 ? " and others."
                   : ".");
}

static void country_words(json_t *country, const char *unit, bool tested)
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

/* ---- campaigns, key findings, conclusion ---------------------------------------------------
 */

static void campaign_words(json_t *facts)
{
    json_t *row;
    size_t i;

    json_array_foreach(fact_list(facts, "campaigns"), i, row)
    {
        const char *countries = fact_text(row, "countries"), *tools = fact_text(row, "tools");
        char first[FACT_TEXT];

        (void)snprintf(first, sizeof(first), "%.16s", fact_text(row, "first"));
        if (strlen(first) > 10)
            first[10] = ' ';
        fact_say(facts, "campaign_sentences",
                 "%s, since %s UTC: %s with %s from %s%s%s%s%s; %s of them also asked for"
                 " another port of this list.",
                 PORT(row), first, COUNTED(fact_count(row, "sources"), "source"),
                 COUNTED(fact_count(row, "sessions"), "session"),
                 COUNTED(fact_count(row, "networks"), "network"),
                 countries[0] == '\0' ? "" : ", by country ", countries,
                 tools[0] == '\0' ? "" : "; tools ", tools, GROUPED(fact_count(row, "shared")));
    }
    if (json_array_size(fact_list(facts, "campaigns")) == 0)
        fact_say(
            facts, "campaign_sentences",
            fact_count(facts, "weeks_tested") == 0
                ? "Insufficient data: new campaigns show against at least two weeks before,"
                  " which the store does not hold."
                : "Nothing that began in this week passed its test.");
}

static void total_words(json_t *facts, const json_t *whole)
{
    double now = fact_number(whole, "sessions") / fact_number(facts, "hours");
    double before = fact_number(whole, "before_sessions") / fact_number(facts, "before_hours");

    fact_say(facts, "key", "%s from %s in %s were counted from %s to %s.",
             COUNTED(fact_count(whole, "sessions"), "session"),
             COUNTED(fact_count(whole, "sources"), "source"),
             COUNTED(fact_count(whole, "networks"), "network"), fact_text(facts, "from"),
             fact_text(facts, "to"));
    if (fact_true(facts, "compared") && before > 0)
        fact_say(facts, "key",
                 "Per captured hour that is %s %s than in the period before (%s to %s: %s).",
                 PERCENT(fabs(now / before - 1)), now >= before ? "more" : "less",
                 fact_text(facts, "before_from"), fact_text(facts, "before_to"),
                 COUNTED(fact_count(whole, "before_sessions"), "session"));
    else
        fact_say(facts, "key",
                 "There is no comparison with the period before (%s to %s): less than half of"
                 " its hours, or of this one's, were captured.",
                 fact_text(facts, "before_from"), fact_text(facts, "before_to"));
}

static void ranking_words(json_t *facts)
{
    char text[300] = "";
    size_t used = 0, i;
    json_t *row;

    json_array_foreach(fact_list(facts, "ranking"), i, row)
    {
        int length;

        if (i == 3)
            break;
        length = snprintf(text + used, sizeof(text) - used, "%s%s (%s)", i == 0 ? "" : ", ",
                          fact_text(row, "name"), PERCENT(fact_number(row, "share")));
        if (length < 0 || (size_t)length >= sizeof(text) - used)
            break;
        used += (size_t)length;
    }
    if (used > 0)
        fact_say(facts, "key", "Most sessions came from %s.", text);
}

static void key_words(json_t *facts)
{
    json_t *country, *row;
    size_t c, i;

    json_array_foreach(fact_list(facts, "countries"), c, country)
    {
        const char *name = fact_text(country, "name");
        json_t *leader = json_array_get(fact_list(country, "ports"), 0);
        double low, high;

        if (fact_text(country, "country")[0] != '\0') {
            if (strcmp(fact_text(country, "data"), "shares") != 0) {
                fact_say(facts, "key", "%s: insufficient data (%s).", name,
                         COUNTED(fact_count(country, "sources"), "source"));
                continue;
            }
            if (week_range(country, leader, &low, &high) > 1)
                fact_say(facts, "key", "%s: %s holds %s of the sessions, %s to %s by week.",
                         name, PORT(leader), PERCENT(fact_number(leader, "share")),
                         PERCENT(low), PERCENT(high));
            else
                fact_say(facts, "key", "%s: %s holds %s of the sessions.", name, PORT(leader),
                         PERCENT(fact_number(leader, "share")));
        }
        json_array_foreach(fact_list(country, "findings"), i, row)
        {
            if (strcmp(fact_text(row, "kind"), "newcomer") == 0)
                fact_say(facts, "key", "Week %s: %s (%s).", fact_text(row, "week"),
                         fact_text(row, "text"), fact_text(row, "state"));
        }
        json_array_foreach(fact_list(country, "neighbours"), i, row)
        {
            size_t count = json_array_size(fact_list(row, "ports"));
            const char *service = fact_text(row, "service");

            if (fact_text(country, "country")[0] == '\0' && count >= NEIGHBOURS_KEY)
                fact_say(facts, "key",
                         "Around TCP %u%s%s%s, %zu ports are asked for more than their"
                         " surroundings explain, the most of them by %.0f %s in a week.",
                         (unsigned)fact_count(row, "near"), service[0] == '\0' ? "" : " (",
                         service, service[0] == '\0' ? "" : ")", count,
                         fact_number(row, "most"), fact_text(facts, "unit"));
        }
    }
    json_array_foreach(fact_list(facts, "campaigns"), i, row)
    {
        if (strcmp(fact_text(row, "kind"), "new-port") == 0)
            fact_say(facts, "key", "New in week %s: %s, from %s that nobody had sent before.",
                     fact_text(facts, "last_week"), PORT(row),
                     COUNTED(fact_count(row, "sources"), "source"));
    }
}

static void telescope_words(json_t *facts)
{
    double smallest = fact_number(facts, "smallest_rate");

    if (json_array_size(fact_list(facts, "sensors")) == 0)
        return;
    if (!(fact_number(facts, "addresses") > 0)) {
        fact_say(facts, "method",
                 "The sensors' prefixes are not configured, so nothing is extrapolated from"
                 " them: counts are what these sensors saw, and no rate of the Internet.");
        return;
    }
    fact_say(facts, "method",
             "Exposure: %s address-hours (%s, for the hours that each captured). A scanner of"
             " all of IPv4 in random order that sent less than %.2g probes a second may have"
             " passed unseen; one that went once over a share of %s or more was seen with 95 %%"
             " probability.",
             GROUPED((uint64_t)fact_number(facts, "address_hours")),
             COUNTED(fact_count(facts, "addresses"), "address"), smallest,
             PERCENT(fact_number(facts, "coverage_seen")));
    if (fact_text(facts, "reach_unknown")[0] != '\0')
        fact_say(facts, "method",
                 "Whether sources seek these sensors or go over the whole Internet is not"
                 " known: %s.",
                 fact_text(facts, "reach_unknown"));
    else
        fact_say(facts, "method",
                 "Localised is what comes to the sensors otherwise than by their sizes: each"
                 " source counts once, at the sensor it reached first; chi-squared, p under"
                 " 0.0001.");
}

static void method_words(json_t *facts)
{
    json_t *row, *left = fact_list(facts, "left_out");
    size_t i;

    fact_say(facts, "method", "A session is one attempt to reach a sensor. %s",
             fact_true(facts, "all_classes")
                 ? "All classes of traffic are counted."
                 : "The classes scan, exploit and credential are counted.");
    json_array_foreach(left, i, row)
    {
        fact_say(facts, "method", "Left out: %s of class %s.",
                 COUNTED(fact_count(row, "sessions"), "session"), fact_text(row, "class"));
    }
    fact_say(facts, "method",
             "Countries are those of the source addresses, by the databases at ingest; an"
             " address tells where a packet came from, not who sent it.");
    fact_say(facts, "method",
             "Weekly shares are of sessions; their 95 %% intervals take sources for the sample,"
             " since the sessions of one source are not independent.");
    if (fact_count(facts, "weeks_tested") > 0)
        fact_say(
            facts, "method",
            "Findings count %s; %s in %s were tested, each against up to eight weeks before"
            " it, with false discoveries held to %s of what is reported.",
            fact_text(facts, "unit"), COUNTED(fact_count(facts, "tested"), "cell"),
            COUNTED(fact_count(facts, "weeks_tested"), "week"),
            PERCENT(fact_number(facts, "false_share")));
    if (fact_count(facts, "weeks_untested") > 0)
        fact_say(facts, "method",
                 "Not tested for findings: %s, for want of two captured weeks before.",
                 COUNTED(fact_count(facts, "weeks_untested"), "week"));
    if (fact_number(facts, "hours") < fact_number(facts, "period_hours"))
        fact_say(facts, "method", "Captured were %.0f of the period's %.0f hours.",
                 fact_number(facts, "hours"), fact_number(facts, "period_hours"));
    telescope_words(facts);
}

static void conclusion_words(json_t *facts, const json_t *whole)
{
    json_t *risk = json_array_get(fact_list(facts, "risks"), 0);
    size_t news = json_array_size(fact_list(facts, "campaigns"));

    if (fact_count(whole, "sources") < BRIEF_SOURCES_COUNTS) {
        fact_say(facts, "conclusion", "The period holds too little to conclude from: %s.",
                 COUNTED(fact_count(whole, "sources"), "source"));
        return;
    }
    if (risk != NULL)
        fact_say(facts, "conclusion",
                 "Of the services that matter, %s is asked for most (risk %.1f of 1, %s). %s",
                 PORT(risk), fact_number(risk, "risk"),
                 COUNTED(fact_count(risk, "sources"), "source"), fact_text(risk, "advice"));
    else
        fact_say(facts, "conclusion",
                 "None of the leading ports is one whose exposure is known to hurt.");
    if (news > 0)
        fact_say(
            facts, "conclusion",
            "%s began or surged in week %s; whether they last will show in the week after.",
            COUNTED(news, "port"), fact_text(facts, "last_week"));
    else
        fact_say(facts, "conclusion",
                 fact_count(facts, "weeks_tested") == 0
                     ? "Whether anything is new can't be said: the weeks before are missing."
                     : "Nothing in the last week differs from the weeks before by more than"
                       " their own ups and downs.");
}

void brief_words(json_t *facts)
{
    json_t *countries = fact_list(facts, "countries"), *country;
    json_t *whole = json_array_get(countries, 0);
    size_t i;

    json_array_foreach(countries, i, country)
    {
        country_words(country, fact_text(facts, "unit"), fact_count(facts, "weeks_tested") > 0);
    }
    method_words(facts);
    if (fact_count(whole, "sessions") == 0) {
        fact_say(facts, "key", "No session was counted from %s to %s.",
                 fact_text(facts, "from"), fact_text(facts, "to"));
    } else {
        total_words(facts, whole);
        ranking_words(facts);
        key_words(facts);
    }
    campaign_words(facts);
    conclusion_words(facts, whole);
}
