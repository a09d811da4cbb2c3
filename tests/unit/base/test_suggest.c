/* SPDX-License-Identifier: Apache-2.0 */
#include "base/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *suggest(const char *word)
{
    static const char *const words[] = {"dark",   "lit",          "place",
                                        "gather", "max_sessions", "max_senders"};

    return nj_suggest(word, words, sizeof(words) / sizeof(words[0]));
}

static void a_word_with_a_typing_error_finds_what_was_meant(void **state)
{
    (void)state;
    assert_string_equal(suggest("gaher"), "gather");   /* missing */
    assert_string_equal(suggest("gathher"), "gather"); /* too much */
    assert_string_equal(suggest("garher"), "gather");  /* wrong */
    assert_string_equal(suggest("agther"), "gather");  /* exchanged */
    assert_string_equal(suggest("Gather"), "gather");  /* case */
    assert_string_equal(suggest("gtaehr"), "gather");  /* two errors */
    assert_string_equal(suggest("max_sender"), "max_senders");
    assert_string_equal(suggest("lits"), "lit");
}

static void a_word_that_is_far_from_all_finds_nothing(void **state)
{
    char word[200];

    (void)state;
    assert_null(suggest("colour"));
    assert_null(suggest(""));
    assert_null(suggest("lxy")); /* two errors in three letters could mean anything */
    memset(word, 'a', sizeof(word) - 1);
    word[sizeof(word) - 1] = '\0';
    assert_null(suggest(word));
    assert_null(nj_suggest("dark", NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_with_a_typing_error_finds_what_was_meant),
        cmocka_unit_test(a_word_that_is_far_from_all_finds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
