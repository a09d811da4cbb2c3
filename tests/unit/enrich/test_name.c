/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *clean(const char *text, char *room, size_t size)
{
    (void)name_clean(text, strlen(text), room, size);
    return room;
}

static void valid_names_stay_as_they_are(void **state)
{
    static const char *const names[] = {
        "", "Chinanet", "S\u00e3o Paulo", "\u5317\u4eac", "\U0001f310 net",
    };
    char room[64];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_string_equal(clean(names[i], room, sizeof(room)), names[i]);
}

static void what_a_terminal_would_obey_becomes_question_marks(void **state)
{
    char room[64];

    (void)state;
    assert_string_equal(clean("a\x1b[31mb\n\x7f", room, sizeof(room)), "a?[31mb??");
    assert_string_equal(clean("x\xc2\x9by", room, sizeof(room)), "x??y"); /* C1 control */
}

static void bytes_that_are_no_utf8_become_question_marks(void **state)
{
    char room[64];

    (void)state;
    assert_string_equal(clean("\xff"
                              "a",
                              room, sizeof(room)),
                        "?a");
    assert_string_equal(clean("\xc0\xaf", room, sizeof(room)), "??");           /* overlong */
    assert_string_equal(clean("\xe0\x80\xaf", room, sizeof(room)), "???");      /* overlong */
    assert_string_equal(clean("\xed\xa0\x80", room, sizeof(room)), "???");      /* surrogate */
    assert_string_equal(clean("\xf4\x90\x80\x80", room, sizeof(room)), "????"); /* too large */
    assert_string_equal(clean("ab\xe5\x8c", room, sizeof(room)), "ab??");       /* cut off */
}

static void a_long_name_is_cut_behind_a_whole_character(void **state)
{
    char room[5];

    (void)state;
    assert_string_equal(clean("abcdef", room, sizeof(room)), "abcd");
    assert_string_equal(clean("abc\u00e9", room, sizeof(room)), "abc");
    assert_string_equal(clean("ab\u00e9", room, sizeof(room)), "ab\u00e9");
    assert_string_equal(clean("abc", room, 1), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_names_stay_as_they_are),
        cmocka_unit_test(what_a_terminal_would_obey_becomes_question_marks),
        cmocka_unit_test(bytes_that_are_no_utf8_become_question_marks),
        cmocka_unit_test(a_long_name_is_cut_behind_a_whole_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
