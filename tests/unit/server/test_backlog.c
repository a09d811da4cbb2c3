/* SPDX-License-Identifier: Apache-2.0 */
#include "server/backlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct live_row row_of(const char *tool, const char *stack)
{
    return (struct live_row){.sensor = "tokyo",
                             .class = "scan",
                             .country = "",
                             .tool = tool,
                             .rule = "tcp-syn",
                             .stack = stack,
                             .app = "",
                             .user = "",
                             .conn_state = "",
                             .sessions = 3};
}

static void rows_keep_their_texts_when_those_change(void **state)
{
    struct backlog backlog = {.rows = NULL};
    char tool[16] = "zmap";
    struct live_row row = row_of(tool, "a");

    (void)state;
    backlog_add(&backlog, &row);
    (void)snprintf(tool, sizeof(tool), "nmap");
    backlog_add(&backlog, &row);
    row.stack = "b";
    backlog_add(&backlog, &row);
    assert_int_equal(backlog.count, 3);
    assert_string_equal(backlog.rows[0].tool, "zmap");
    assert_string_equal(backlog.rows[1].tool, "nmap");
    assert_string_equal(backlog.rows[2].tool, "nmap");
    assert_string_equal(backlog.rows[2].stack, "b");
    assert_string_equal(backlog.rows[2].rule, "tcp-syn");
    backlog_clear(&backlog);
    assert_int_equal(backlog.count, 0);
    backlog_done(&backlog);
}

static void what_does_not_fit_is_counted(void **state)
{
    struct backlog backlog = {.rows = NULL};
    struct live_row row = row_of("zmap", "a");
    char *text = calloc(1, BACKLOG_TEXT_BYTES + 1);

    (void)state;
    assert_non_null(text);
    for (unsigned i = 0; i < BACKLOG_ROWS + 5; i++)
        backlog_add(&backlog, &row);
    assert_int_equal(backlog.count, BACKLOG_ROWS);
    assert_int_equal(backlog.left_sessions, 5 * 3);
    backlog_clear(&backlog);
    memset(text, 'x', BACKLOG_TEXT_BYTES);
    row.stack = text;
    backlog_add(&backlog, &row);
    assert_int_equal(backlog.count, 0);
    assert_int_equal(backlog.left_sessions, 3);
    row.stack = "a";
    backlog_add(&backlog, &row);
    assert_int_equal(backlog.count, 1);
    backlog_done(&backlog);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_keep_their_texts_when_those_change),
        cmocka_unit_test(what_does_not_fit_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
