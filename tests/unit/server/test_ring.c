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
    struct ring *ring = ring_new(messages, bytes, 0xab, wake);

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
    struct ring_reader *reader = ring_join(ring, NULL, NULL);

    (void)state;
    assert_true(ring_add(ring, "clock", "{}", 2, 0));
    assert_true(ring_add(ring, "event", "{\"a\":1}", 7, 0));
    assert_string_equal(all(ring, reader, 5), "event: clock\nid: 1.0.ab\ndata: {}\n\n"
                                              "event: event\nid: 2.0.ab\ndata: {\"a\":1}\n\n");
    assert_int_equal(waited, 1);
    ring_leave(ring, reader);
    ring_free(ring);
}

static void a_waiting_reader_is_woken_once(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *reader = ring_join(ring, NULL, NULL);
    char byte[64];

    (void)state;
    assert_int_equal(ring_read(ring, reader, byte, sizeof(byte), wait), 0);
    assert_true(ring_add(ring, "a", "1", 1, 0));
    assert_true(ring_add(ring, "a", "2", 1, 0));
    assert_int_equal(woken, 1);
    ring_leave(ring, reader);
    ring_free(ring);
}

static void a_slow_reader_is_told_what_it_missed(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *slow = ring_join(ring, NULL, NULL);
    char byte[8];

    (void)state;
    assert_true(ring_add(ring, "a", "first", 5, 7));
    /* in the middle of the first message, which it must get whole */
    assert_int_equal(ring_read(ring, slow, byte, sizeof(byte), wait), 8);
    for (int i = 0; i < 9; i++)
        assert_true(ring_add(ring, "a", "x", 1, 10));
    assert_string_equal(all(ring, slow, 100),
                        "\nid: 1.7.ab\ndata: first\n\n"
                        "event: lost\nid: 9.87.ab\n"
                        "data: {\"missed\":8,\"sessions\":80,\"first\":2,\"last\":9}\n\n"
                        "event: a\nid: 10.97.ab\ndata: x\n\n");
    ring_leave(ring, slow);
    ring_free(ring);
}

static void a_reader_that_knows_an_id_goes_on_behind_it(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *reader;

    (void)state;
    for (char c = 'a'; c <= 'd'; c++)
        assert_true(ring_add(ring, "m", &c, 1, 1));
    reader = ring_join(ring, NULL, "3.3.ab");
    assert_string_equal(all(ring, reader, 100), "event: m\nid: 4.4.ab\ndata: d\n\n");
    ring_leave(ring, reader);
    ring_free(ring);
}

static void who_was_away_too_long_is_told_what_it_missed(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *reader;

    (void)state;
    for (int i = 0; i < 20; i++)
        assert_true(ring_add(ring, "m", "x", 1, 5));
    reader = ring_join(ring, NULL, "3.15.ab");
    assert_string_equal(all(ring, reader, 100),
                        "event: lost\nid: 19.95.ab\n"
                        "data: {\"missed\":16,\"sessions\":80,\"first\":4,\"last\":19}\n\n"
                        "event: m\nid: 20.100.ab\ndata: x\n\n");
    ring_leave(ring, reader);
    ring_free(ring);
}

static void an_id_of_another_life_or_of_nobody_does_not_pass_for_ours(void **state)
{
    static const char *const strange[] = {"3.3.aa", "99.0.ab", "2.999.ab"};
    static const char *const none[] = {"", "3", "3.3", "3.3.ab.", "x", "-1.0.ab", "3.3.ab "};
    struct ring *ring = make(4, 1000);

    (void)state;
    for (char c = 'a'; c <= 'd'; c++)
        assert_true(ring_add(ring, "m", &c, 1, 1));
    for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
        struct ring_reader *reader = ring_join(ring, NULL, strange[i]);

        assert_string_equal(all(ring, reader, 100),
                            "event: lost\nid: 4.4.ab\ndata: {\"missed\":null,"
                            "\"sessions\":null,\"first\":null,\"last\":null}\n\n");
        ring_leave(ring, reader);
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        struct ring_reader *reader = ring_join(ring, NULL, none[i]);

        assert_string_equal(all(ring, reader, 100), "");
        ring_leave(ring, reader);
    }
    ring_free(ring);
}

static void what_nobody_read_is_told_to_who_comes_again_and_not_to_who_is_new(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *again, *fresh;

    (void)state;
    assert_true(ring_add(ring, "m", "1", 1, 2));
    again = ring_join(ring, NULL, "1.2.ab");
    fresh = ring_join(ring, NULL, NULL);
    ring_skip(ring, 3, 30);
    assert_string_equal(all(ring, again, 100),
                        "event: lost\nid: 4.32.ab\n"
                        "data: {\"missed\":3,\"sessions\":30,\"first\":2,\"last\":4}\n\n");
    assert_string_equal(all(ring, fresh, 100), "");
    assert_true(ring_add(ring, "m", "5", 1, 1));
    assert_string_equal(all(ring, again, 100), "event: m\nid: 5.33.ab\ndata: 5\n\n");
    assert_string_equal(all(ring, fresh, 100), "event: m\nid: 5.33.ab\ndata: 5\n\n");
    ring_leave(ring, again);
    ring_leave(ring, fresh);
    ring_free(ring);
}

static void bytes_are_bounded_whatever_the_messages(void **state)
{
    struct ring *ring = make(100, 300);
    struct ring_reader *reader = ring_join(ring, NULL, NULL);
    char big[200];

    (void)state;
    memset(big, 'x', sizeof(big));
    for (int i = 0; i < 5; i++)
        assert_true(ring_add(ring, "m", big, sizeof(big), 0));
    assert_non_null(
        strstr(all(ring, reader, 100), "event: lost\nid: 4.0.ab\ndata: {\"missed\":4,"));
    assert_int_equal(ring_counts(ring).missed, 4);
    ring_leave(ring, reader);
    ring_free(ring);
}

static void the_end_comes_after_what_is_left(void **state)
{
    struct ring *ring = make(4, 1000);
    struct ring_reader *reader = ring_join(ring, NULL, NULL);
    char text[100];

    (void)state;
    assert_true(ring_add(ring, "m", "1", 1, 0));
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
        cmocka_unit_test(a_reader_that_knows_an_id_goes_on_behind_it),
        cmocka_unit_test(who_was_away_too_long_is_told_what_it_missed),
        cmocka_unit_test(an_id_of_another_life_or_of_nobody_does_not_pass_for_ours),
        cmocka_unit_test(what_nobody_read_is_told_to_who_comes_again_and_not_to_who_is_new),
        cmocka_unit_test(bytes_are_bounded_whatever_the_messages),
        cmocka_unit_test(the_end_comes_after_what_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
