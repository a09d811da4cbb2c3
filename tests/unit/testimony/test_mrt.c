/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/mrt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Two records, of 4 and of 0 bytes. */
static const uint8_t two[] = {0,   0,   0, 1, 0, 13, 0, 2,  0, 0, 0, 4, 'a', 'b',
                              'c', 'd', 0, 0, 0, 2,  0, 16, 0, 4, 0, 0, 0,   0};

static struct mrt_file walk(const void *bytes, size_t length)
{
    struct mrt_file file;
    struct nj_stream *stream;
    struct nj_err err;

    assert_int_equal(nj_stream_open_bytes(bytes, length, &stream, &err), 0);
    assert_int_equal(mrt_walk(stream, &file, &err), 0);
    nj_stream_free(stream);
    return file;
}

static void a_whole_file_is_no_news(void **state)
{
    struct mrt_file file = walk(two, sizeof(two));

    (void)state;
    assert_int_equal(file.records, 2);
    assert_int_equal(file.bytes, sizeof(two));
    assert_false(file.cut);
    assert_false(file.strange);
}

static void each_cut_is_seen_with_the_records_before_it(void **state)
{
    (void)state;
    for (size_t length = 1; length < sizeof(two); length++) {
        struct mrt_file file = walk(two, length);

        assert_int_equal(file.records, length >= 16 ? 1 : 0);
        assert_int_equal(file.cut, length != 16);
    }
}

static void what_is_no_record_is_strange_and_not_read_on(void **state)
{
    static const uint8_t text[] = "a line of text that is no MRT at all\n";
    struct mrt_file file = walk(text, sizeof(text) - 1);

    (void)state;
    assert_int_equal(file.records, 0);
    assert_true(file.strange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file_is_no_news),
        cmocka_unit_test(each_cut_is_seen_with_the_records_before_it),
        cmocka_unit_test(what_is_no_record_is_strange_and_not_read_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
