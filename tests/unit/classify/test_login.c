/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAYS(TEXT) login_answer((const uint8_t *)(TEXT), sizeof(TEXT) - 1)
#define ASKS(TEXT) login_asks((const uint8_t *)(TEXT), sizeof(TEXT) - 1)

static void servers_say_whom_they_let_in(void **state)
{
    (void)state;
    assert_int_equal(SAYS("230 Login successful.\r\n"), LOGIN_IN);
    assert_int_equal(SAYS("235 2.7.0 Authentication successful\r\n"), LOGIN_IN);
    assert_int_equal(SAYS("+OK 3 messages\r\n"), LOGIN_IN);
    assert_int_equal(SAYS("HTTP/1.1 200 OK\r\n"), LOGIN_IN);
    assert_int_equal(SAYS("\x07\0\0\x02\0\0\0\x02\0\0\0"), LOGIN_IN);
    assert_int_equal(SAYS("R\0\0\0\x08\0\0\0\0S\0\0\0\x16"), LOGIN_IN);
    assert_int_equal(SAYS("\x04\x01\0\x40\0\x33\x01\0\xe3\x1b\0\x01"), LOGIN_IN);
}

static void and_whom_they_do_not(void **state)
{
    (void)state;
    assert_int_equal(SAYS("530 Login incorrect.\r\n"), LOGIN_OUT);
    assert_int_equal(SAYS("535 5.7.8 Error\r\n"), LOGIN_OUT);
    assert_int_equal(SAYS("-ERR\r\n"), LOGIN_OUT);
    assert_int_equal(SAYS("HTTP/1.1 401 Unauthorized\r\n"), LOGIN_OUT);
    assert_int_equal(SAYS("\x06\0\0\x02\xff\x15\x04#28"), LOGIN_OUT);
    assert_int_equal(SAYS("E\0\0\0\x40SFATAL\0"), LOGIN_OUT);
    assert_int_equal(SAYS("\x04\x01\0\x40\0\x33\x01\0\xaa\x1b\0\x01"), LOGIN_OUT);
}

static void what_asks_for_more_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(SAYS(""), LOGIN_UNTOLD);
    assert_int_equal(SAYS("331 Please specify the password.\r\n"), LOGIN_UNTOLD);
    assert_int_equal(SAYS("R\0\0\0\x0c\0\0\0\x05\1\2\3\4"), LOGIN_UNTOLD);
    assert_int_equal(SAYS("\x2c\0\0\x02\xfe"
                          "caching_sha2_password"),
                     LOGIN_UNTOLD);
    assert_false(ASKS("USER root\r\n"));
    assert_false(ASKS(""));
    assert_true(ASKS("PASS root\r\n"));
}

static void no_length_is_read_over(void **state)
{
#define TEXT(T)                                                                                \
    {                                                                                          \
        (T), sizeof(T) - 1                                                                     \
    }
    static const struct {
        const char *bytes;
        size_t length;
    } texts[] = {TEXT("230 "), TEXT("R\0\0\0\x08\0\0\0\0"),
                 TEXT("\x07\0\0\x02\0\0\0\x02\0\0\0"), TEXT("\x04\x01\0\x40\0\x33\x01\0\xe3"),
                 TEXT("HTTP/1.1 200")};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (size_t length = 1; length <= texts[i].length; length++) {
            uint8_t *exact = malloc(length); /* what is behind it is not ours */

            assert_non_null(exact);
            memcpy(exact, texts[i].bytes, length);
            assert_int_equal(login_answer(exact, length),
                             login_answer((const uint8_t *)texts[i].bytes, length));
            assert_int_equal(login_asks(exact, length),
                             login_asks((const uint8_t *)texts[i].bytes, length));
            free(exact);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_say_whom_they_let_in),
        cmocka_unit_test(and_whom_they_do_not),
        cmocka_unit_test(what_asks_for_more_says_nothing),
        cmocka_unit_test(no_length_is_read_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
