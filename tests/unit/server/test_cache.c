/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void put(struct cache *cache, const char *key, uint64_t version, const char *body)
{
    struct answer answer = {.status = 0};

    answer_bytes(&answer, "text/plain", body, strlen(body));
    answer_seal(&answer);
    cache_put(cache, key, strlen(key), version, &answer);
    answer_done(&answer);
}

static bool holds(struct cache *cache, const char *key, uint64_t version, const char *body)
{
    struct answer answer;
    bool same;

    if (!cache_find(cache, key, strlen(key), version, NULL, &answer))
        return false;
    same = answer.body.length == strlen(body) &&
           memcmp(answer.body.bytes, body, strlen(body)) == 0;
    answer_done(&answer);
    return same;
}

static void an_answer_counts_for_its_key_and_version(void **state)
{
    struct cache *cache = cache_new();

    (void)state;
    put(cache, "a", 1, "one");
    assert_true(holds(cache, "a", 1, "one"));
    assert_false(holds(cache, "a", 2, "one"));
    assert_false(holds(cache, "b", 1, "one"));
    put(cache, "a", 2, "two");
    assert_true(holds(cache, "a", 2, "two"));
    assert_false(holds(cache, "a", 1, "one"));
    assert_int_equal(cache_counts(cache).entries, 1);
    cache_free(cache);
}

static void a_client_that_has_it_gets_no_body(void **state)
{
    struct cache *cache = cache_new();
    struct answer answer;

    (void)state;
    put(cache, "a", 1, "one");
    assert_true(cache_find(cache, "a", 1, 1, NULL, &answer));
    answer_done(&answer);
    assert_true(cache_find(cache, "a", 1, 1, "\"0\", W/\"x\"", &answer));
    assert_int_equal(answer.body.length, 3);
    answer_done(&answer);
    assert_true(cache_find(cache, "a", 1, 1, answer.etag, &answer));
    assert_int_equal(answer.body.length, 0);
    answer_done(&answer);
    cache_free(cache);
}

static void the_same_bytes_keep_their_date(void **state)
{
    struct cache *cache = cache_new();
    struct answer answer = {.status = 0};

    (void)state;
    answer_bytes(&answer, "text/plain", "one", 3);
    answer_seal(&answer);
    answer.modified_s = 100;
    cache_put(cache, "a", 1, 1, &answer);
    answer.modified_s = 200;
    cache_put(cache, "a", 1, 2, &answer);
    assert_int_equal(answer.modified_s, 100);
    answer_bytes(&answer, "text/plain", "two", 3);
    answer_seal(&answer);
    answer.modified_s = 300;
    cache_put(cache, "a", 1, 3, &answer);
    assert_int_equal(answer.modified_s, 300);
    answer_done(&answer);
    cache_free(cache);
}

static void the_oldest_leave_when_it_is_full(void **state)
{
    struct cache *cache = cache_new();
    char key[16];

    (void)state;
    for (unsigned i = 0; i < CACHE_ENTRIES + 10; i++) {
        (void)snprintf(key, sizeof(key), "%u", i);
        put(cache, key, 1, key);
        assert_true(holds(cache, "0", 1, "0") || i > 0);
    }
    assert_int_equal(cache_counts(cache).entries, CACHE_ENTRIES);
    assert_true(holds(cache, "0", 1, "0")); /* it was used all the time */
    assert_false(holds(cache, "1", 1, "1"));
    cache_free(cache);
}

static void bytes_are_bounded(void **state)
{
    static char body[CACHE_ANSWER_BYTES + 2];
    struct cache *cache = cache_new();
    char key[16];

    (void)state;
    memset(body, 'x', sizeof(body) - 1);
    put(cache, "large", 1, body);
    assert_int_equal(cache_counts(cache).entries, 0);
    body[CACHE_ANSWER_BYTES] = '\0';
    for (unsigned i = 0; i < 20; i++) {
        (void)snprintf(key, sizeof(key), "%u", i);
        put(cache, key, 1, body);
        assert_true(cache_counts(cache).bytes <= CACHE_BYTES);
    }
    assert_true(holds(cache, "19", 1, body));
    cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_counts_for_its_key_and_version),
        cmocka_unit_test(a_client_that_has_it_gets_no_body),
        cmocka_unit_test(the_same_bytes_keep_their_date),
        cmocka_unit_test(the_oldest_leave_when_it_is_full),
        cmocka_unit_test(bytes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
