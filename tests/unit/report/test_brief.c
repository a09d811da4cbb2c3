/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of briefs, from facts made here. */
#include "report/brief_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/facts.h"

/* Facts of one country beside the whole, both with so many sources. */
static json_t *facts_of(const char *data, int sources)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:f, s:b, s:i, s:i, s:i, s:s, s:[], s:[], "
        "s:[],"
        " s:[{s:s, s:s, s:s, s:i, s:i, s:i, s:[], s:[], s:[], s:[], s:[], s:[], s:[]},"
        "    {s:s, s:s, s:s, s:i, s:i, s:i, s:[{s:i, s:i, s:s, s:i, s:i, s:f, s:f, s:f, s:f}],"
        "     s:[], s:[], s:[], s:[], s:[], s:[]}]}",
        "from", "2020-05-01", "to", "2020-05-07", "before_from", "2020-04-24", "before_to",
        "2020-04-30", "unit", "sources", "hours", 168.0, "before_hours", 0.0, "period_hours",
        168.0, "false_share", 0.05, "compared", 0, "tested", 10, "weeks_tested", 1,
        "weeks_untested", 0, "last_week", "2020-W19", "campaigns", "risks", "ranking",
        "countries", "country", "", "name", "all countries", "data", data, "sessions",
        5 * sources, "sources", sources, "networks", 3, "ports", "weeks", "themes",
        "neighbours", "findings", "sentences", "findings_sentences", "country", "IR", "name",
        "Iran", "data", data, "sessions", 5 * sources, "sources", sources, "networks", 3,
        "ports", "port", 1433, "proto", 6, "service", "ms-sql-s", "sessions", 2 * sources,
        "sources", sources / 2, "share", 0.4, "share_sources", 0.5, "share_sources_low", 0.45,
        "share_sources_high", 0.55, "weeks", "themes", "neighbours", "findings", "sentences",
        "findings_sentences");
}

/* Whether any sentence of a list has this in it. */
static bool said(const json_t *object, const char *list, const char *what)
{
    json_t *sentence;
    size_t i;

    json_array_foreach(fact_list(object, list), i, sentence)
    {
        if (strstr(json_string_value(sentence), what) != NULL)
            return true;
    }
    return false;
}

static void few_sources_are_insufficient_data_and_no_share_is_told(void **state)
{
    json_t *facts = facts_of("insufficient", 12), *country;

    (void)state;
    assert_non_null(facts);
    brief_words(facts);
    country = json_array_get(fact_list(facts, "countries"), 1);
    assert_true(said(country, "sentences", "Insufficient data: 12 sources of Iran"));
    assert_false(said(country, "sentences", "%)"));
    assert_false(said(country, "sentences", "leads"));
    assert_true(said(facts, "key", "Iran: insufficient data (12 sources)"));
    assert_true(said(facts, "conclusion", "too little"));
    json_decref(facts);
}

static void under_a_hundred_sources_counts_are_told_but_no_shares(void **state)
{
    json_t *facts = facts_of("counts", 50), *country;

    (void)state;
    brief_words(facts);
    country = json_array_get(fact_list(facts, "countries"), 1);
    assert_true(said(country, "sentences", "Only 50 sources of Iran sent 250 sessions"));
    assert_false(said(country, "sentences", "leads"));
    json_decref(facts);
}

static void where_most_came_from_is_a_share_only_if_there_is_one(void **state)
{
    json_t *facts = facts_of("counts", 50), *ranking = fact_list(facts, "ranking");

    (void)state;
    (void)json_array_append_new(
        ranking, json_pack("{s:s, s:i, s:n}", "name", "Iran", "sessions", 2500, "share"));
    (void)json_array_append_new(
        ranking, json_pack("{s:s, s:i, s:f}", "name", "Chile", "sessions", 20, "share", 0.25));
    brief_words(facts);
    assert_true(said(facts, "key",
                     "Most sessions came from Iran (2,500 sessions) and Chile (25.0 %)."));
    json_decref(facts);
}

static void a_leading_port_is_told_with_its_numbers_and_interval(void **state)
{
    json_t *facts = facts_of("shares", 1000), *country;

    (void)state;
    brief_words(facts);
    country = json_array_get(fact_list(facts, "countries"), 1);
    assert_true(
        said(country, "sentences", "TCP 1433 (ms-sql-s) leads with 40.0 % of Iran's sessions"));
    assert_true(said(country, "sentences", "95 % interval 45.0 % to 55.0 %"));
    json_decref(facts);
}

static void without_a_period_before_no_change_is_told(void **state)
{
    json_t *facts = facts_of("shares", 1000);

    (void)state;
    brief_words(facts);
    assert_true(said(facts, "key", "no comparison with the period before"));
    assert_false(said(facts, "key", "more than in the period before"));
    json_decref(facts);
}

static void an_empty_period_is_a_short_document(void **state)
{
    json_t *facts = facts_of("insufficient", 0);
    struct text text = {0};
    struct doc doc;

    (void)state;
    brief_words(facts);
    assert_true(said(facts, "key", "No session was counted from 2020-05-01 to 2020-05-07."));
    brief_doc(facts, &doc);
    doc_html(&doc, &text);
    text_add(&text, "", 1);
    assert_false(text.no_memory);
    assert_null(strstr(text.bytes, "nan"));
    assert_null(strstr(text.bytes, "<svg"));
    text_done(&text);
    doc_done(&doc);
    json_decref(facts);
}

static void ports_around_one_service_are_one_sentence(void **state)
{
    json_t *facts = facts_of("shares", 1000);
    json_t *country = json_array_get(fact_list(facts, "countries"), 1);
    json_t *story =
        json_pack("{s:i, s:s, s:f, s:i, s:s, s:f, s:f, s:[], s:[]}", "near", 3389, "service",
                  "ms-wbt-server", "most", 11510.0, "most_port", 3388, "most_week", "2020-W27",
                  "together_low", 0.4, "together_high", 0.9, "payloads", "ports");

    (void)state;
    for (int port = 3380; port <= 3400; port++)
        if (port != 3389)
            (void)json_array_append_new(fact_list(story, "ports"),
                                        json_pack("{s:i}", "port", port));
    (void)json_array_append_new(fact_list(country, "neighbours"), story);
    brief_words(facts);
    assert_int_equal(json_array_size(fact_list(country, "findings_sentences")), 1);
    assert_true(said(country, "findings_sentences", "20 ports stand out"));
    assert_true(said(country, "findings_sentences", "(3380-3388 and 3390-3400)"));
    assert_true(said(country, "findings_sentences", "3388 with 11,510 sources in 2020-W27"));
    assert_true(said(country, "findings_sentences", "a hint, no proof"));
    json_decref(facts);
}

static void add_week(json_t *country, const char *week, int port, const char *service,
                     json_t *share)
{
    (void)json_array_append_new(fact_list(country, "weeks"),
                                json_pack("{s:s, s:i, s:i, s:s, s:i, s:i, s:o, s:f, s:f}",
                                          "week", week, "proto", 6, "port", port, "service",
                                          service, "all_sessions", 5000, "all_sources", 1200,
                                          "share", share, "low", 0.11, "high", 0.13));
}

static void weeks_stand_below_each_other_and_ports_side_by_side(void **state)
{
    json_t *facts = facts_of("shares", 1000);
    json_t *country = json_array_get(fact_list(facts, "countries"), 1);
    struct text text = {0};
    struct doc doc;

    (void)state;
    add_week(country, "2020-W19", 445, "Windows file sharing (SMB)", json_real(0.12));
    add_week(country, "2020-W20", 445, "Windows file sharing (SMB)", json_null());
    add_week(country, "2020-W19", 23, "Telnet", json_real(0.125));
    add_week(country, "2020-W20", 23, "Telnet", json_real(0.12));
    brief_words(facts);
    brief_doc(facts, &doc);
    doc_markdown(&doc, &text);
    text_add(&text, "", 1);
    assert_non_null(strstr(text.bytes, "| week | sessions | sources | 445/tcp Windows file"
                                       " sharing … | 23/tcp Telnet |"));
    assert_non_null(strstr(text.bytes, "| 2020-W19 | 5,000 | 1,200 | 12.0 % (11.0–13.0) |"
                                       " 12.5 % (11.0–13.0) |"));
    assert_non_null(
        strstr(text.bytes, "| 2020-W20 | 5,000 | 1,200 | insufficient | 12.0 % (11.0–13.0) |"));
    text_done(&text);
    doc_done(&doc);
    json_decref(facts);
}

static void notes_are_paragraphs_and_no_markup(void **state)
{
    json_t *facts = facts_of("shares", 1000);
    struct text text = {0};
    struct doc doc;

    (void)state;
    fact_set_text(facts, "notes", "First\nline.\n\n\n<b>Second</b>\n");
    brief_words(facts);
    brief_doc(facts, &doc);
    doc_html(&doc, &text);
    text_add(&text, "", 1);
    assert_non_null(strstr(text.bytes, "<p>First line.</p>"));
    assert_non_null(strstr(text.bytes, "&lt;b&gt;Second&lt;/b&gt;"));
    text_done(&text);
    doc_done(&doc);
    json_decref(facts);
}

static void the_last_week_is_the_last_complete_one(void **state)
{
    const int64_t day = 86400000000ll;
    int64_t from, to;

    (void)state;
    /* 2020-05-01 (18383, a Friday) to 2020-06-30 (18443, a Tuesday) */
    brief_last_week(18383 * day, 18443 * day, &from, &to);
    assert_int_equal(from / day, 18435); /* Monday, 2020-06-22 */
    assert_int_equal((to + 1) / day, 18442);
    /* a store of three days has no complete week */
    brief_last_week(18383 * day, 18385 * day, &from, &to);
    assert_int_equal(from / day, 18379);
    assert_int_equal((to + 1) / day, 18386);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_sources_are_insufficient_data_and_no_share_is_told),
        cmocka_unit_test(under_a_hundred_sources_counts_are_told_but_no_shares),
        cmocka_unit_test(where_most_came_from_is_a_share_only_if_there_is_one),
        cmocka_unit_test(a_leading_port_is_told_with_its_numbers_and_interval),
        cmocka_unit_test(without_a_period_before_no_change_is_told),
        cmocka_unit_test(an_empty_period_is_a_short_document),
        cmocka_unit_test(ports_around_one_service_are_one_sentence),
        cmocka_unit_test(weeks_stand_below_each_other_and_ports_side_by_side),
        cmocka_unit_test(notes_are_paragraphs_and_no_markup),
        cmocka_unit_test(the_last_week_is_the_last_complete_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
