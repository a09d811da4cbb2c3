/* SPDX-License-Identifier: Apache-2.0 */
/* Large lists that grow. */
#include "base/huge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"

static void a_list_keeps_its_items_however_often_it_grows(void **state)
{
    uint64_t *list = NULL;
    size_t room = 0;

    (void)state;
    for (size_t more = 3; more <= 12u << 20; room = more, more *= 2) { /* 24 bytes to 96 MB */
        list = nj_huge_grown(list, room, more, sizeof(*list));
        assert_non_null(list);
        for (size_t i = room; i < more; i++)
            list[i] = nj_mix64(i);
        for (size_t i = 0; i < more; i++)
            assert_true(list[i] == nj_mix64(i));
    }
    free(list);
}

static void a_list_that_no_memory_holds_stays(void **state)
{
    uint8_t *list = nj_huge_grown(NULL, 0, 1, 1);

    (void)state;
    assert_non_null(list);
    *list = 7;
    assert_null(nj_huge_grown(list, 1, SIZE_MAX / 4, 24));
    assert_int_equal(*list, 7);
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_keeps_its_items_however_often_it_grows),
        cmocka_unit_test(a_list_that_no_memory_holds_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
