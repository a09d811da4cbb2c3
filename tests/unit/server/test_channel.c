/* SPDX-License-Identifier: Apache-2.0 */
#include "server/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct channel *join(struct channels *channels, const char *filter)
{
    struct channel *channel = NULL;
    struct nj_err err = {.code = NJ_OK};

    if (channels_join(channels, filter, &channel, &err) != 0)
        fail_msg("%s", err.msg);
    return channel;
}

static void who_gives_the_same_filter_shares_a_stream(void **state)
{
    struct channels *channels = channels_new(1);
    struct channel *one = join(channels, "dport = 22"), *two = join(channels, "dport = 23");

    (void)state;
    assert_ptr_equal(join(channels, "dport = 22"), one);
    assert_ptr_not_equal(one, two);
    assert_ptr_equal(join(channels, ""), join(channels, NULL));
    assert_int_equal(channels_filters(channels), 2);
    channels_free(channels);
}

static void a_wrong_filter_opens_nothing(void **state)
{
    struct channels *channels = channels_new(1);
    struct channel *channel;
    struct nj_err err = {.code = NJ_OK};

    (void)state;
    assert_int_equal(channels_join(channels, "level = HIGH", &channel, &err), -1);
    assert_int_equal(err.code, NJ_CONFIG);
    assert_non_null(strstr(err.msg, "\"level\" is no field"));
    assert_int_equal(channels_filters(channels), 0);
    channels_free(channels);
}

static void a_filter_is_remembered_for_a_while_after_its_last_reader(void **state)
{
    struct channels *channels = channels_new(1);
    struct channel *channel = join(channels, "dport = 22"), *taken[CHANNELS_MAX];

    (void)state;
    (void)join(channels, "dport = 22");
    channels_leave(channels, channel, 5);
    channels_expire(channels, INT64_MAX);
    assert_int_equal(channels_filters(channels), 1); /* one still reads */
    channels_leave(channels, channel, 5);
    channels_expire(channels, 5 + WATCHED_NS - 1);
    assert_ptr_equal(join(channels, "dport = 22"), channel);
    channels_leave(channels, channel, 9);
    assert_int_equal(channels_take(channels, taken), 2);
    channels_expire(channels, 9 + WATCHED_NS);
    assert_int_equal(channels_filters(channels), 0);
    assert_true(ring_add(taken[1]->ring, "clock", "{}", 2, 0)); /* it is held yet */
    channels_give(channels, taken, 2);
    assert_int_equal(channels_counts(channels).messages, 1); /* counters do not go back */
    channels_free(channels);
}

static void so_many_filters_and_no_more(void **state)
{
    struct channels *channels = channels_new(1);
    struct channel *first = NULL, *channel;
    struct nj_err err;
    char filter[32];

    (void)state;
    for (unsigned i = 0; i < FILTERS_MAX; i++) {
        (void)snprintf(filter, sizeof(filter), "dport = %u", i);
        channel = join(channels, filter);
        first = first == NULL ? channel : first;
    }
    assert_int_equal(channels_join(channels, "dport = 9999", &channel, &err), CHANNELS_FULL);
    (void)join(channels, "dport = 1");
    channels_leave(channels, first, 0); /* nobody reads it: it makes room at once */
    channel = join(channels, "dport = 9999");
    assert_int_equal(channels_filters(channels), FILTERS_MAX);
    channels_free(channels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_gives_the_same_filter_shares_a_stream),
        cmocka_unit_test(a_wrong_filter_opens_nothing),
        cmocka_unit_test(a_filter_is_remembered_for_a_while_after_its_last_reader),
        cmocka_unit_test(so_many_filters_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
