/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alert/message.h"

#define TO "to a mail soc@example.net\n"

static int parse(const char *text, struct alerts *alerts, struct nj_err *err)
{
    size_t count;
    const struct filter_field *fields = alert_fields(&count);

    return alerts_parse(text, strlen(text), "etc/a.conf", fields, count, alerts, err);
}

static void refuses(const char *text, const char *message)
{
    struct alerts alerts;
    struct nj_err err;

    assert_int_equal(parse(text, &alerts, &err), -1);
    if (strstr(err.msg, message) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", message, err.msg);
}

static void a_rule_says_on_what_and_whom_to_tell(void **state)
{
    struct alerts alerts;
    struct nj_err err;

    (void)state;
    if (parse("host h # ours\nwatch NJ-000042 192.0.2.7\nown 198.51.100.0/24\n" TO
              "to b syslog tls://log.example.net ca ca.pem\n"
              "rule r\n on hop silent 6h\n if watched = yes\n unless country = CH\n"
              " tell a b at most 7 once 24h\n",
              &alerts, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(alerts.rule_count, 1);
    assert_int_equal(alerts.rules[0].silent_us / 3600000000, 6);
    assert_int_equal(alerts.rules[0].to, 3);
    assert_int_equal(alerts.rules[0].at_most, 7);
    assert_int_equal(alerts.rules[0].once_us / 3600000000, 24);
    assert_true(alerts.rules[0].has_unless);
    assert_int_equal(alerts.actors[0], 42);
    assert_int_equal(alerts.source_count, 1);
    assert_string_equal(alerts.outlets[1].outlet.ca, "etc/ca.pem"); /* from the rules' folder */
    assert_string_equal(alerts.host, "h");
    alerts_done(&alerts);
}

static void a_fault_is_told_with_line_and_column(void **state)
{
    (void)state;
    refuses(TO "rule r\n on hopp\n", "a.conf:3:5: there is no event \"hopp\"; did you mean");
    refuses(TO "rule r\n on hop\n if watched = maybe\n", "a.conf:4:");
    refuses(TO "rule r\n on hop\n tell b\n", "a.conf:4:7: no \"to\" line above names \"b\"");
    refuses(TO "rule r\n on hop\n", "does not say whom to tell");
    refuses(TO "rule r\n tell a\n", "does not say on what");
    refuses(TO TO, "a.conf:2:4: there is such a receiver already");
    refuses("to a syslog tcp://h ca x\n", "a.conf:1:1: ca, cert and key are for tls://");
    refuses("to a mail soc@example.net by sendmail\n", "from / on");
    refuses("to at mail soc@example.net\n", "has a meaning");
    refuses(TO "rule r\n on silent\n", "expected a time");
    refuses(" on hop\n", "outside of a rule");
}

static void no_message_can_be_broken_by_what_is_in_it(void **state)
{
    struct outlet outlet;
    struct alert_event event = {
        .kind = "hop", .key = "k", .at_us = 1000000, .risk = -1, .port = -1, .grade = -1};
    char *text;
    size_t length;

    (void)state;
    (void)strcpy(event.text, "a\"]\n<1>1 \\ b");
    assert_int_equal(outlet_syslog("tcp://h", &outlet, NULL), 0);
    assert_int_equal(alert_message(&outlet, "h h", "r", &event, &text, &length, NULL), 0);
    assert_null(memchr(text, '\n', length));
    assert_non_null(
        strstr(text, "<132>1 1970-01-01T00:00:01Z h_h nightjar - ALERT [nightjar@"));
    free(text);
    assert_int_equal(outlet_webhook("https://h/", &outlet, NULL), 0);
    assert_int_equal(alert_message(&outlet, "h", "r", &event, &text, &length, NULL), 0);
    assert_non_null(strstr(text, "\"text\":\"a\\\"]\\u000a<1>1 \\\\ b\""));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_says_on_what_and_whom_to_tell),
        cmocka_unit_test(a_fault_is_told_with_line_and_column),
        cmocka_unit_test(no_message_can_be_broken_by_what_is_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
