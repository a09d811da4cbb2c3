/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a brief about the whole. Nothing is said here that is not a number in the
 * facts. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/brief_parts.h"
#include "report/facts.h"

#define NEIGHBOURS_KEY 3u /* ports around a service; fewer are told in their chapter */

/* ---- campaigns, key findings, conclusion ---- */

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
                 BRIEF_PORT_WORDS(row), first, COUNTED(fact_count(row, "sources"), "source"),
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
    double now = fact_number(whole, "steady_sessions") / fact_number(facts, "steady_hours");
    double before =
        fact_number(whole, "steady_before") / fact_number(facts, "steady_before_hours");
    char networks[48] = "";
    size_t steady = 0, i;
    json_t *sensor;

    json_array_foreach(fact_list(facts, "sensors"), i, sensor)
    {
        steady += fact_true(sensor, "compared");
    }

    if (fact_count(whole, "networks") > 0) /* else the AS of none is known */
        (void)snprintf(networks, sizeof(networks), " in %s",
                       COUNTED(fact_count(whole, "networks"), "network"));
    fact_say(facts, "key", "%s from %s%s were counted from %s to %s.",
             COUNTED(fact_count(whole, "sessions"), "session"),
             COUNTED(fact_count(whole, "sources"), "source"), networks,
             fact_text(facts, "from"), fact_text(facts, "to"));
    if (!fact_true(facts, "compared") || !(before > 0))
        fact_say(facts, "key",
                 "There is no comparison with the period before (%s to %s): no sensor captured"
                 " half of its hours and half of this one's.",
                 fact_text(facts, "before_from"), fact_text(facts, "before_to"));
    else if (steady == json_array_size(fact_list(facts, "sensors")))
        fact_say(facts, "key",
                 "Per captured hour that is %s %s than in the period before (%s to %s: %s).",
                 PERCENT(fabs(now / before - 1)), now >= before ? "more" : "less",
                 fact_text(facts, "before_from"), fact_text(facts, "before_to"),
                 COUNTED(fact_count(whole, "before_sessions"), "session"));
    else
        fact_say(facts, "key",
                 "Per captured hour the %s that captured half of both periods saw %s %s than in"
                 " the period before (%s to %s: %s): the others are left out of this.",
                 COUNTED(steady, "sensor"), PERCENT(fabs(now / before - 1)),
                 now >= before ? "more" : "less", fact_text(facts, "before_from"),
                 fact_text(facts, "before_to"),
                 COUNTED(fact_count(whole, "steady_before"), "session"));
}

static void ranking_words(json_t *facts)
{
    struct fact_items countries = {.between = ", "};
    size_t i;
    json_t *row;

    json_array_foreach(fact_list(facts, "ranking"), i, row)
    {
        if (i < 3)
            fact_item(&countries, "%s (%s)", fact_text(row, "name"),
                      isnan(fact_number(row, "share"))
                          ? COUNTED(fact_count(row, "sessions"), "session")
                          : PERCENT(fact_number(row, "share")));
    }
    if (countries.count > 0)
        fact_say(facts, "key", "Most sessions came from %s.", LISTED(&countries));
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
                fact_say(facts, "key", "%s: %s (%s).", name,
                         strcmp(fact_text(country, "data"), "counts") == 0
                             ? "counts only, too few sources for shares"
                             : "insufficient data",
                         COUNTED(fact_count(country, "sources"), "source"));
                continue;
            }
            if (brief_week_range(country, leader, &low, &high) > 1)
                fact_say(facts, "key", "%s: %s holds %s of the sessions, %s to %s by week.",
                         name, BRIEF_PORT_WORDS(leader), PERCENT(fact_number(leader, "share")),
                         PERCENT(low), PERCENT(high));
            else
                fact_say(facts, "key", "%s: %s holds %s of the sessions.", name,
                         BRIEF_PORT_WORDS(leader), PERCENT(fact_number(leader, "share")));
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
                         "Around TCP %u%s%s%s, %s ports are asked for more than their"
                         " surroundings explain, the most of them by %s %s in a week.",
                         (unsigned)fact_count(row, "near"), service[0] == '\0' ? "" : " (",
                         service, service[0] == '\0' ? "" : ")", GROUPED(count),
                         GROUPED(fact_count(row, "most")), fact_text(facts, "unit"));
        }
    }
    json_array_foreach(fact_list(facts, "campaigns"), i, row)
    {
        if (strcmp(fact_text(row, "kind"), "new-port") == 0)
            fact_say(facts, "key", "New in week %s: %s, asked for by %s and by nobody before.",
                     fact_text(facts, "last_week"), BRIEF_PORT_WORDS(row),
                     COUNTED(fact_count(row, "sources"), "source"));
    }
}

static void telescope_words(json_t *facts)
{
    double smallest = fact_number(facts, "smallest_rate");

    if (json_array_size(fact_list(facts, "sensors")) == 0)
        return;
    if (!(fact_number(facts, "addresses") > 0)) {
        fact_say(
            facts, "method",
            "%s, so nothing is extrapolated from them: counts are what these sensors saw,"
            " and no rate of the Internet.",
            isnan(fact_number(facts, "addresses"))
                ? "The sensors' prefixes are not all configured"
                : "The sensors' prefixes are of IPv6 alone, which nobody goes over in random"
                  " order");
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

    fact_say(
        facts, "method", "A session is one attempt to reach a sensor. %s",
        fact_true(facts, "all_classes")
            ? "All classes of traffic are counted."
            : "The classes scan, exploit and credential are counted, and what scanners of lit"
              " networks send besides.");
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
        fact_say(facts, "method", "Captured were %s of the period's %s hours.",
                 GROUPED(fact_count(facts, "hours")),
                 GROUPED(fact_count(facts, "period_hours")));
    if (fact_true(facts, "uneven"))
        fact_say(facts, "method",
                 "The sensors did not all capture equally long (hours captured): how many"
                 " sessions a week has also follows from how many captured.");
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
                 BRIEF_PORT_WORDS(risk), fact_number(risk, "risk"),
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
        brief_country_words(country, fact_text(facts, "unit"),
                            fact_count(facts, "weeks_tested") > 0);
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
