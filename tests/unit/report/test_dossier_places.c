/* SPDX-License-Identifier: Apache-2.0 */
#include "report/dossier_places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The chapter about these sources, as Markdown. To be freed. */
static char *chapter(const char *sources)
{
    json_t *facts = json_pack("{s:o}", "sources", json_loads(sources, 0, NULL));
    struct text text = {0};
    struct doc doc;

    assert_non_null(facts);
    doc_init(&doc, "", "");
    dossier_places(&doc, facts);
    doc_markdown(&doc, &text);
    text_add(&text, "", 1);
    assert_false(text.no_memory);
    doc_done(&doc);
    json_decref(facts);
    return text.bytes;
}

/* Two sources, the second with these answers and disagreements. */
#define SECOND(testimony, disagreements)                                                       \
    "[{\"source\": \"192.0.2.1\"}, {\"source\": \"192.0.2.2\", \"testimony\": [" testimony     \
    "], \"disagreements\": [" disagreements "]}]"

static void only_a_dispute_about_the_country_hides_the_country(void **state)
{
    char *network = chapter(SECOND(
        "{\"source\": \"a\", \"country\": \"CN\", \"region\": \"Hunan\", \"asn\": 64500},"
        "{\"source\": \"b\", \"country\": \"CN\", \"region\": \"Fujian\","
        " \"city\": \"Xiamen\", \"asn\": 64501}",
        "{\"field\": \"asn\", \"values\": \"64500 (a), 64501 (b)\"}"));
    char *country = chapter(SECOND("{\"source\": \"a\", \"country\": \"CN\"},"
                                   "{\"source\": \"b\", \"country\": \"JP\"}",
                                   "{\"field\": \"country\", \"values\": \"CN, JP\"}"));

    (void)state;
    assert_null(strstr(network, "disputed"));
    assert_non_null(strstr(network, "| 192.0.2.2 | CN | Fujian, Xiamen"));
    assert_non_null(strstr(network, "see below"));
    assert_non_null(strstr(country, "| 192.0.2.2 | disputed |"));
    free(network);
    free(country);
}

static void facts_at_the_head_say_that_they_are_disputed(void **state)
{
    json_t *source = json_loads(
        "{\"testimony\": [{\"source\": \"a\", \"country\": \"NL\"},"
        " {\"source\": \"b\", \"country\": \"RU\", \"city\": \"Kemerovo\"}],"
        " \"disagreements\": [{\"field\": \"country\", \"values\": \"NL (a), RU (b)\"}]}",
        0, NULL);
    char text[DOSSIER_FACT];

    (void)state;
    assert_non_null(source);
    assert_string_equal(dossier_fact(source, "country", "Netherlands", "NL", text),
                        "Netherlands (disputed: see Where it is)");
    assert_string_equal(dossier_fact(source, "city", "Kemerovo", "NL", text),
                        "Kemerovo (in Russia, says b)");
    assert_string_equal(dossier_fact(source, "city", "Kemerovo", "RU", text), "Kemerovo");
    assert_string_equal(dossier_fact(source, "isp", "", "NL", text), "unknown");
    json_decref(source);
}

static void name_that_was_not_checked_is_not_said_to_lead_elsewhere(void **state)
{
    char *text = chapter("[{\"source\": \"192.0.2.1\", \"names\": ["
                         "{\"name\": \"one.example\", \"confirmed\": null},"
                         "{\"name\": \"two.example\", \"confirmed\": false},"
                         "{\"name\": \"three.example\", \"confirmed\": true},"
                         "{\"name\": null, \"confirmed\": null}]}]");

    (void)state;
    assert_non_null(strstr(text, "| one.example | not checked |"));
    assert_non_null(strstr(text, "| two.example | no |"));
    assert_non_null(strstr(text, "| three.example | yes |"));
    assert_non_null(strstr(text, "| there is none |  "));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_dispute_about_the_country_hides_the_country),
        cmocka_unit_test(facts_at_the_head_say_that_they_are_disputed),
        cmocka_unit_test(name_that_was_not_checked_is_not_said_to_lead_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
