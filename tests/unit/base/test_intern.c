/* SPDX-License-Identifier: Apache-2.0 */
#include "base/intern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void same_text_gets_same_number(void **state)
{
    struct nj_intern *table = nj_intern_new(100);
    uint32_t zmap = nj_intern_z(table, "zmap");

    (void)state;
    assert_int_equal(nj_intern_z(table, "zmap"), zmap);
    assert_int_not_equal(nj_intern_z(table, "zmap2"), zmap);
    assert_int_not_equal(nj_intern_z(table, "zma"), zmap);
    assert_string_equal(nj_intern_text(table, zmap), "zmap");
    assert_int_equal(nj_intern(table, "", 0), NJ_INTERN_NONE);
    nj_intern_free(table);
}

static void full_table_says_other_and_counts(void **state)
{
    struct nj_intern *table = nj_intern_new(4);

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        char text[16];

        (void)snprintf(text, sizeof(text), "name%u", i);
        assert_int_equal(nj_intern_z(table, text), i < 2 ? i + 2 : NJ_INTERN_OTHER);
    }
    assert_int_equal(nj_intern_refused(table), 3);
    assert_int_equal(nj_intern_count(table), 4);
    nj_intern_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_text_gets_same_number),
        cmocka_unit_test(full_table_says_other_and_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
