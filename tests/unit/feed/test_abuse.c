/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/abuse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct abuse_report scan = {
    .type = "port_scan",
    .protocol = "tcp",
    .first_us = 1700000000000000,
    .last_us = 1700003600000000,
    .sessions = 40,
    .ports = "80/tcp",
    .port = 80,
    .source_port = -1,
    .grade = GRADE_B,
    .org = "Example",
    .from = "soc@example.net",
    .to = "",
    .to_basis = "",
    .lines = "",
};

/* The mail, to be freed. */
static char *mail(const struct abuse_report *report)
{
    struct nj_err err;
    size_t length;
    char *text;

    assert_int_equal(abuse_mail(report, report->last_us, &text, &length, &err), 0);
    return text;
}

static void a_report_says_what_was_tried_and_nothing_of_services(void **state)
{
    struct abuse_report report = scan;
    char *text;

    (void)state;
    report.source = addr_from_v4(0xcb007107);
    text = mail(&report);
    assert_non_null(strstr(text, "Subject: Abuse report: port scan from 203.0.113.7"));
    assert_non_null(strstr(text, "we report scanning"));
    assert_non_null(
        strstr(text, "203.0.113.7 sent us 40 unsolicited requests from 2023-11-14"));
    assert_null(strstr(text, "offer no service"));
    free(text);

    report.exploits = 7;
    text = mail(&report);
    assert_non_null(strstr(text, "Subject: Abuse report: attacks from 203.0.113.7"));
    assert_non_null(strstr(text, "we report attacks"));
    assert_non_null(strstr(text, "; 7 of them tried to exploit a weakness."));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_says_what_was_tried_and_nothing_of_services),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
