/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "server/ring.h"

static unsigned woken, waited;

static void wake(void *ctx)
{
    (void)ctx;
    woken++;
}

static void wait(void *ctx)
{
    (void)ctx;
    waited++;
}

static struct ring *make(size_t messages, size_t bytes)
{
    struct ring *ring = ring_new(messages, bytes, wake);

    assert_non_null(ring);
    woken = waited = 0;
    return ring;
}

/* All that is there for a reader, in pieces of `room` bytes. */
static const char *all(struct ring *ring, struct ring_reader *reader, size_t room)
{
    static char text[4096];
    size_t used = 0;
    ssize_t got;

    while ((got = ring_read(ring, reader, text + used, room, wait)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    return text;
}

static void messages_are_events_with_numbers(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *reader = ring_join(ring, NULL, 0);

    (void)state;
    assert_true(ring_add(ring, "clock", "{}", 2));
    assert_true(ring_add(ring, "event", "{\"a\":1}", 7));
    assert_string_equal(all(ring, reader, 5), "event: clock\nid: 1\ndata: {}\n\n"
                                              "event: event\nid: 2\ndata: {\"a\":1}\n\n");
    assert_int_equal(waited, 1);
    ring_leave(ring, reader);
    ring_free(ring);
}

static void a_waiting_reader_is_woken_once(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *reader = ring_join(ring, NULL, 0);
    char byte[64];

    (void)state;
    assert_int_equal(ring_read(ring, reader, byte, sizeof(byte), wait), 0);
    assert_true(ring_add(ring, "a", "1", 1));
    assert_true(ring_add(ring, "a", "2", 1));
    assert_int_equal(woken, 1);
    ring_leave(ring, reader);
    ring_free(ring);
}

static void a_slow_reader_is_told_what_it_missed(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *slow = ring_join(ring, NULL, 0);
    char byte[8];

    (void)state;
    assert_true(ring_add(ring, "a", "first", 5));
    /* in the middle of the first message, which it must get whole */
    assert_int_equal(ring_read(ring, slow, byte, sizeof(byte), wait), 8);
    for (int i = 0; i < 9; i++)
        assert_true(ring_add(ring, "a", "x", 1));
    assert_string_equal(all(ring, slow, 100), "\nid: 1\ndata: first\n\n"
                                              "event: lost\nid: 9\ndata: {\"missed\":8}\n\n"
                                              "event: a\nid: 10\ndata: x\n\n");
    ring_leave(ring, slow);
    ring_free(ring);
}

static void a_reader_that_knows_a_number_goes_on_behind_it(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *reader;

    (void)state;
    for (char c = 'a'; c <= 'd'; c++)
        assert_true(ring_add(ring, "m", &c, 1));
    reader = ring_join(ring, NULL, 3);
    assert_string_equal(all(ring, reader, 100), "event: m\nid: 4\ndata: d\n\n");
    ring_leave(ring, reader);
    /* of an earlier life of the service */
    reader = ring_join(ring, NULL, 99);
    assert_string_equal(all(ring, reader, 100), "");
    ring_leave(ring, reader);
    ring_free(ring);
}

static void bytes_are_bounded_whatever_the_messages(void **state)
{
    struct ring *ring = make(100, 300);
    struct ring_reader *reader = ring_join(ring, NULL, 0);
    char big[200];

    (void)state;
    memset(big, 'x', sizeof(big));
    for (int i = 0; i < 5; i++)
        assert_true(ring_add(ring, "m", big, sizeof(big)));
    assert_non_null(strstr(all(ring, reader, 100), "event: lost\nid: 4\ndata: {\"missed\":4}"));
    assert_int_equal(ring_counts(ring).missed, 4);
    ring_leave(ring, reader);
    ring_free(ring);
}

static void the_end_comes_after_what_is_left(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *reader = ring_join(ring, NULL, 0);
    char text[100];

    (void)state;
    assert_true(ring_add(ring, "m", "1", 1));
    ring_end(ring);
    assert_true(ring_read(ring, reader, text, sizeof(text), wait) > 0);
    assert_int_equal(ring_read(ring, reader, text, sizeof(text), wait), RING_ENDED);
    assert_int_equal(ring_backlog(ring), 0);
    ring_leave(ring, reader);
    ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_events_with_numbers),
        cmocka_unit_test(a_waiting_reader_is_woken_once),
        cmocka_unit_test(a_slow_reader_is_told_what_it_missed),
        cmocka_unit_test(a_reader_that_knows_a_number_goes_on_behind_it),
        cmocka_unit_test(bytes_are_bounded_whatever_the_messages),
        cmocka_unit_test(the_end_comes_after_what_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
