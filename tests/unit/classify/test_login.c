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

#define SMB2_SETUP(STATUS, FLAGS)                                                              \
    "\0\0\0\x48\xfeSMB\x40\0\1\0" STATUS "\1\0\x01\0\1\0\0\0" /* up to the flags */            \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                                             \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0" FLAGS
#define SMB1_SETUP(STATUS, ACTION)                                                             \
    "\0\0\0\x2b\xffSMB\x73" STATUS "\x98"                                                      \
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03\xff\0\0\0" ACTION
#define STATUS_OK "\0\0\0\0"
#define STATUS_MORE "\x16\0\0\xc0"
#define STATUS_LOGON_FAILURE "\x6d\0\0\xc0"

static void smb_says_it_by_the_status_of_the_session(void **state)
{
    (void)state;
    assert_int_equal(SAYS(SMB2_SETUP(STATUS_OK, "\0\0")), LOGIN_IN);
    assert_int_equal(SAYS(SMB2_SETUP(STATUS_OK, "\1\0")), LOGIN_UNTOLD); /* guest */
    assert_int_equal(SAYS(SMB2_SETUP(STATUS_OK, "\2\0")), LOGIN_UNTOLD); /* nobody */
    assert_int_equal(SAYS(SMB2_SETUP(STATUS_MORE, "\0\0")), LOGIN_UNTOLD);
    assert_int_equal(SAYS(SMB2_SETUP(STATUS_LOGON_FAILURE, "")), LOGIN_OUT);
    assert_int_equal(SAYS(SMB1_SETUP(STATUS_OK, "\0\0")), LOGIN_IN);
    assert_int_equal(SAYS(SMB1_SETUP(STATUS_OK, "\1\0")), LOGIN_UNTOLD);
    assert_int_equal(SAYS(SMB1_SETUP(STATUS_OK, "\2\0")), LOGIN_IN);   /* of a key, no guest */
    assert_int_equal(SAYS(SMB1_SETUP(STATUS_OK, "\0")), LOGIN_UNTOLD); /* cut off */
    assert_int_equal(SAYS(SMB1_SETUP(STATUS_LOGON_FAILURE, "")), LOGIN_OUT);
    assert_int_equal(SAYS("\0\0\0\x10\xfeSMB\x40\0\1\0\0\0\0\0"), LOGIN_UNTOLD);
}

#define REGISTER "REGISTER sip:pbx.example SIP/2.0\r\nVia: x\r\n"
#define CSEQ "\r\nCSeq: 2 REGISTER\r\n"

static void sip_says_it_to_who_comes_with_a_password(void **state)
{
    (void)state;
    assert_false(ASKS(REGISTER "\r\n"));
    assert_true(ASKS(REGISTER "Authorization: Digest x\r\n\r\n"));
    assert_true(ASKS(REGISTER "proxy-authorization: Digest x\r\n\r\n"));
    assert_int_equal(SAYS("SIP/2.0 100 Trying" CSEQ), LOGIN_UNTOLD);
    assert_int_equal(SAYS("SIP/2.0 200 OK" CSEQ), LOGIN_IN);
    assert_int_equal(SAYS("SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n"), LOGIN_UNTOLD);
    assert_int_equal(SAYS("SIP/2.0 403 Forbidden" CSEQ), LOGIN_OUT);
    assert_int_equal(SAYS("SIP/2.0 401 Unauthorized" CSEQ), LOGIN_OUT);
    assert_int_equal(SAYS("SIP/2.0 401 Unauthorized" CSEQ "WWW-Authenticate: x, stale=true"),
                     LOGIN_UNTOLD);
    assert_int_equal(SAYS("SIP/2.0 401 Unauthorized" CSEQ "WWW-Authenticate: x, Stale=TRUE"),
                     LOGIN_UNTOLD);
    assert_int_equal(SAYS("SIP/2.0 401 Unauthorized" CSEQ "WWW-Authenticate: x, stale=false"),
                     LOGIN_OUT);
}

static void sip_answer_that_names_register_among_its_methods_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(SAYS("SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n"
                          "Allow: INVITE, REGISTER, BYE\r\n\r\n"),
                     LOGIN_UNTOLD);
    assert_int_equal(SAYS("SIP/2.0 403 No\r\nAllow: INVITE, REGISTER\r\ncseq: 1 INVITE"),
                     LOGIN_UNTOLD);
    assert_int_equal(SAYS("SIP/2.0 200 OK\r\nAllow: INVITE, BYE\r\ncseq: 7 REGISTER"),
                     LOGIN_IN);
}

#define SMB_WORDS "\0\0\0\x60\xffSMB\x73\0\0\0\0"
#define NTLM_AUTHENTICATE(NAME_LENGTH)                                                         \
    "NTLMSSP\0\x03\0\0\0" /* then the fields of two answers and a domain */                    \
    "\x18\0\x18\0\x40\0\0\0\x18\0\x18\0\x58\0\0\0\x08\0\x08\0\x70\0\0\0" NAME_LENGTH           \
    "\x78\0\0\0"

static void nobody_does_not_ask_to_be_let_in(void **state)
{
    (void)state;
    assert_true(ASKS(SMB_WORDS NTLM_AUTHENTICATE("\x06\0\x06\0")));
    assert_false(ASKS(SMB_WORDS NTLM_AUTHENTICATE("\0\0\0\0")));
    assert_false(ASKS(SMB_WORDS "NTLMSSP\0\x03\0\0\0")); /* cut off before the name */
    assert_true(ASKS(SMB_WORDS "NTLMSSP\0\x01\0\0\0"));  /* not yet said who */
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
    } texts[] = {TEXT("230 "),
                 TEXT("R\0\0\0\x08\0\0\0\0"),
                 TEXT("\x07\0\0\x02\0\0\0\x02\0\0\0"),
                 TEXT("\x04\x01\0\x40\0\x33\x01\0\xe3"),
                 TEXT("HTTP/1.1 200"),
                 TEXT(SMB2_SETUP(STATUS_OK, "\0\0")),
                 TEXT(SMB1_SETUP(STATUS_OK, "\0\0")),
                 TEXT("SIP/2.0 200 OK" CSEQ),
                 TEXT(REGISTER "Authorization: x"),
                 TEXT(SMB_WORDS NTLM_AUTHENTICATE("\x06\0\x06\0"))};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        for (size_t length = 1; length <= texts[i].length; length++) {
            uint8_t *exact = malloc(length); /* what is behind it is not ours */

            assert_non_null(exact);
            memcpy(exact, texts[i].bytes, length);
            assert_int_equal(login_answer(exact, length),
                             login_answer((const uint8_t *)texts[i].bytes, length));
            (void)login_lasts(exact, length);
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
        cmocka_unit_test(smb_says_it_by_the_status_of_the_session),
        cmocka_unit_test(sip_says_it_to_who_comes_with_a_password),
        cmocka_unit_test(sip_answer_that_names_register_among_its_methods_says_nothing),
        cmocka_unit_test(nobody_does_not_ask_to_be_let_in),
        cmocka_unit_test(what_asks_for_more_says_nothing),
        cmocka_unit_test(no_length_is_read_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
