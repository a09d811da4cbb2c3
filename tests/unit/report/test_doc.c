/* SPDX-License-Identifier: Apache-2.0 */
#include "report/doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char hostile[] =
    "<img src=x onerror=alert(1)> [a](http://198.51.100.1) | `c`\x1b[2J"
    "\n# head";

static char *made(void (*writer)(const struct doc *, struct text *), const struct doc *doc,
                  struct text *text)
{
    writer(doc, text);
    text_add(text, "", 1);
    assert_false(text->no_memory);
    return text->bytes;
}

static void fill(struct doc *doc)
{
    static const struct doc_column columns[] = {{"one", false}, {"two", true}};

    doc_init(doc, hostile, hostile);
    doc_heading(doc, 2, "%s", hostile);
    doc_say(doc, "%s", hostile);
    doc_item(doc, "%s", hostile);
    doc_item(doc, "second");
    doc_table(doc, columns, 2);
    doc_cell(doc, "%s", hostile);
    doc_cell(doc, "%d", 7);
    doc_code(doc, hostile);
}

static void hostile_text_is_harmless_in_html(void **state)
{
    struct text text = {0};
    struct doc doc;
    char *page;

    (void)state;
    fill(&doc);
    page = made(doc_html, &doc, &text);
    assert_null(strstr(page, "<img"));
    assert_null(strchr(page, '\x1b'));
    assert_non_null(strstr(page, "&lt;img src=x onerror=alert(1)&gt;"));
    text_done(&text);
    doc_done(&doc);
}

static void hostile_text_is_harmless_in_markdown(void **state)
{
    struct text text = {0};
    struct doc doc;
    char *page;

    (void)state;
    fill(&doc);
    page = made(doc_markdown, &doc, &text);
    assert_non_null(strstr(page, "| \\<img src=x onerror=alert(1)\\> \\[a\\](http\\://"));
    assert_null(strchr(page, '\x1b'));
    assert_null(strstr(page, "\n# head")); /* no line of its own */
    text_done(&text);
    doc_done(&doc);
}

static void a_page_loads_nothing_and_runs_nothing(void **state)
{
    struct text text = {0};
    struct doc doc;
    char *page;

    (void)state;
    doc_init(&doc, "title", "subtitle");
    doc_say(&doc, "a paragraph");
    page = made(doc_html, &doc, &text);
    assert_non_null(strstr(page, "default-src 'none'"));
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "src="));
    assert_null(strstr(page, "<link"));
    text_done(&text);
    doc_done(&doc);
}

static void neighbouring_items_are_one_list(void **state)
{
    struct text text = {0};
    struct doc doc;
    char *page, *list;

    (void)state;
    fill(&doc);
    page = made(doc_html, &doc, &text);
    list = strstr(strstr(page, "<main>"), "<ul>");
    assert_non_null(list);
    assert_null(strstr(list + 1, "<ul>"));
    text_done(&text);
    doc_done(&doc);
}

static void numbers_stay_readable_in_markdown(void **state)
{
    struct text text = {0};

    (void)state;
    text_markdown(&text, "21.0 % of 218.77.79.43", 22);
    assert_int_equal(text.length, 22);
    text_done(&text);
    text_markdown(&text, "1. item", 7);
    assert_memory_equal(text.bytes, "1\\. item", 8);
    text_done(&text);
}

static void a_table_without_names_has_no_head(void **state)
{
    static const struct doc_column columns[] = {{"", false}, {"", false}};
    struct text text = {0};
    struct doc doc;

    (void)state;
    doc_init(&doc, "title", "");
    DOC_TABLE(&doc, columns);
    doc_cell(&doc, "city");
    doc_cell(&doc, "Hengyang");
    assert_null(strstr(made(doc_html, &doc, &text), "<thead>"));
    assert_non_null(strstr(text.bytes, "<td class=\"s\">Hengyang</td>"));
    text_done(&text);
    doc_done(&doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text_is_harmless_in_html),
        cmocka_unit_test(hostile_text_is_harmless_in_markdown),
        cmocka_unit_test(a_page_loads_nothing_and_runs_nothing),
        cmocka_unit_test(neighbouring_items_are_one_list),
        cmocka_unit_test(numbers_stay_readable_in_markdown),
        cmocka_unit_test(a_table_without_names_has_no_head),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
