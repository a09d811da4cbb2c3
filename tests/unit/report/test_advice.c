/* SPDX-License-Identifier: Apache-2.0 */
/* What a port was known for when the packets came. */
#include "report/advice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void what_became_known_later_is_left_out(void **state)
{
    static const char known[] = "B (2016-08); toll fraud; A CVE-2017-0144: C, D;"
                                " CVE-2020-0796 (2020-03); E, \"OpenTelnet\" (2020 on);"
                                " F (CVE-1999-0103); G CVE-2019-20933 (2020-11)";
    static const struct {
        const char *day, *told;
    } cases[] = {
        {"1998-12-31", "toll fraud"},
        {"2016-07-31", "toll fraud; F (CVE-1999-0103)"},
        {"2016-08-01", "B (2016-08); toll fraud; F (CVE-1999-0103)"},
        {"2019-12-31T23:59:59Z",
         "B (2016-08); toll fraud; A CVE-2017-0144: C, D; F (CVE-1999-0103)"},
        {"2020-02-29", "B (2016-08); toll fraud; A CVE-2017-0144: C, D;"
                       " E, \"OpenTelnet\" (2020 on); F (CVE-1999-0103)"},
        {"2020-11-30", known},
    };
    json_t *row = json_object();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        advice_known(row, known, cases[i].day);
        assert_string_equal(json_string_value(json_object_get(row, "known")), cases[i].told);
    }
    advice_known(row, "", "2020-01-01");
    assert_string_equal(json_string_value(json_object_get(row, "known")), "");
    json_decref(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_became_known_later_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
