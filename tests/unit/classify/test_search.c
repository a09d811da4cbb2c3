/* SPDX-License-Identifier: Apache-2.0 */
#include "classify/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"

#define PATTERNS 12
#define PATTERN_MAX 5
#define TEXT_MAX 40

struct pattern {
    uint8_t bytes[PATTERN_MAX];
    size_t length;
};

/* How often each pattern ends at each place of a text. */
struct hits {
    unsigned at[PATTERNS][TEXT_MAX + 1];
};

static void on_hit(void *ctx, uint32_t number, size_t end)
{
    struct hits *hits = ctx;

    assert_true(number < PATTERNS && end <= TEXT_MAX);
    hits->at[number][end]++;
}

static uint8_t small(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static bool ends_here(const struct pattern *pattern, const uint8_t *text, size_t end)
{
    if (pattern->length > end)
        return false;
    for (size_t i = 0; i < pattern->length; i++)
        if (small(pattern->bytes[i]) != small(text[end - pattern->length + i]))
            return false;
    return true;
}

/* Few letters, so that patterns overlap, begin and end one another. */
static uint8_t letter(struct nj_rng *rng)
{
    return (uint8_t) "abAB\x00\xff"[nj_rng_below(rng, 6)];
}

static void check_texts(const struct search *search, const struct pattern *patterns,
                        const uint32_t *numbers, struct nj_rng *rng)
{
    for (unsigned round = 0; round < 50; round++) {
        size_t length = nj_rng_below(rng, TEXT_MAX + 1);
        struct hits found = {0}, expected = {0};
        uint8_t text[TEXT_MAX];

        for (size_t i = 0; i < length; i++)
            text[i] = nj_rng_below(rng, 2) == 0 ? 'z' : letter(rng);
        for (size_t end = 1; end <= length; end++)
            for (unsigned p = 0; p < PATTERNS; p++)
                if (ends_here(&patterns[p], text, end))
                    expected.at[numbers[p]][end] = 1;
        search_run(search, text, length, on_hit, &found);
        assert_memory_equal(&found, &expected, sizeof(found));
    }
}

static void every_place_where_a_pattern_ends_is_told_once(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct nj_rng rng = nj_rng(seed, 0);
        struct search *search = search_new();
        struct pattern patterns[PATTERNS];
        uint32_t numbers[PATTERNS];
        struct nj_err err;

        assert_non_null(search);
        for (unsigned p = 0; p < PATTERNS; p++) {
            /* one byte alone makes all else of its letter a beginning: not in every set */
            patterns[p].length = 1 + seed % 2 + nj_rng_below(&rng, PATTERN_MAX - 1);
            for (size_t i = 0; i < patterns[p].length; i++)
                patterns[p].bytes[i] = letter(&rng);
            assert_int_equal(
                search_add(search, patterns[p].bytes, patterns[p].length, &numbers[p], &err),
                0);
        }
        assert_int_equal(search_build(search, &err), 0);
        check_texts(search, patterns, numbers, &rng);
        search_free(search);
    }
}

static void without_patterns_nothing_is_found(void **state)
{
    struct search *search = search_new();
    struct hits found = {0};
    struct nj_err err;

    (void)state;
    assert_non_null(search);
    assert_int_equal(search_build(search, &err), 0);
    search_run(search, (const uint8_t *)"abc", 3, on_hit, &found);
    assert_int_equal(found.at[0][1], 0);
    search_free(search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_where_a_pattern_ends_is_told_once),
        cmocka_unit_test(without_patterns_nothing_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
