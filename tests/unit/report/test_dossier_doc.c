/* SPDX-License-Identifier: Apache-2.0 */
#include "report/dossier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The dossier of a source with one session and one hop to it, as Markdown. To be freed. */
static char *dossier(double gap_s, double probability)
{
    json_t *hop = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f}", "from", "192.0.2.1", "to", "192.0.2.2",
        "state", "accepted", "kind", "first", "stopped", "2025-03-03T12:09:27Z", "started",
        "2025-03-03T12:00:00Z", "gap_s", gap_s, "probability", probability, "bits", 26.9);
    json_t *facts =
        json_pack("{s:[{s:s, s:i, s:s, s:s, s:[{}], s:[O]}], s:{s:s, s:i, s:[{}, {}], s:[O]}}",
                  "sources", "source", "192.0.2.2", "sessions", 1, "first",
                  "2025-03-03T12:00:05Z", "last", "2025-03-03T12:00:05Z", "ports", "hops", hop,
                  "actor", "actor", "NJ-000001", "sessions", 9, "sources", "hops", hop);
    struct timeline timeline = {0};
    struct text text = {0};
    struct doc doc;

    assert_non_null(facts);
    dossier_doc(facts, &timeline, &doc);
    doc_markdown(&doc, &text);
    text_add(&text, "", 1);
    assert_false(text.no_memory);
    doc_done(&doc);
    json_decref(facts);
    json_decref(hop);
    return text.bytes;
}

static void who_carries_on_may_begin_before_the_end(void **state)
{
    char *text = dossier(2138, 0.99999), *overlap = dossier(-567, 0.00001);

    (void)state;
    assert_non_null(
        strstr(text, "2025-03-03 12:00 UTC, 36 min later (probability over 0.999,"));
    assert_non_null(strstr(overlap, " UTC, 9 min before that (probability under 0.001,"));
    assert_non_null(strstr(overlap, "| 9 min overlap | under 0.001 |"));
    free(text);
    free(overlap);
}

static void one_session_has_one_time(void **state)
{
    char *text = dossier(2138, 0.99);

    (void)state;
    assert_non_null(
        strstr(text, "192.0.2.2 sent one session on 2025-03-03 12:00 UTC, to one port."));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_carries_on_may_begin_before_the_end),
        cmocka_unit_test(one_session_has_one_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
