/* SPDX-License-Identifier: Apache-2.0 */
/* A saved table goes on as if nothing had been; a damaged one is refused and leaves none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "story.h"

static void fill(struct score_table *table, struct nj_intern *names)
{
    const struct risk_override o = {
        .set = true, .level = RISK_HIGH, .author = "ann", .reason = "seen elsewhere"};
    struct link link = hop(1, 43, 58, HOP_FIRST, 0.97, T0);
    struct source_facts d;

    d = hunan(names, 43, T0);
    assert_int_equal(score_table_observe(table, &d, T0, NULL), 0);
    for (unsigned i = 1; i < 40; i++) {
        d = telnet(i, i, T0 + i * S);
        d.stack = nj_intern_z(names, "a stack");
        assert_int_equal(score_table_observe(table, &d, T0 + 60 * S, NULL), 0);
    }
    assert_int_equal(score_table_link(table, &link, NULL), 0);
    link = hop(5, 58, 43, HOP_RETURN, 0.98, T0 + S);
    assert_int_equal(score_table_link(table, &link, NULL), 0);
    assert_int_equal(score_table_override(table, host(3), &o, NULL), 0);
    assert_int_equal(score_table_novelty(table, host(4), 1e-5, 23, PROTO_TCP, T0, NULL), 0);
    assert_int_equal(score_table_step(table, T0 + 60 * S, NULL, NULL), 0);
    assert_int_equal(score_table_flush(table, NULL, NULL), 0);
    d = telnet(39, 100, T0 + 61 * S); /* not yet stepped over */
    assert_int_equal(score_table_observe(table, &d, T0 + 61 * S, NULL), 0);
}

static char *bytes_of(const struct score_table *table, const struct nj_intern *names,
                      size_t *ret_size)
{
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, ret_size);

    assert_int_equal(score_table_save(table, names, out, NULL), 0);
    (void)fclose(out);
    return bytes;
}

/* @return 0, or the error's code */
static int load(struct score_table *table, struct nj_intern *names, char *bytes, size_t size)
{
    struct nj_err err = {.code = NJ_OK};
    FILE *in = fmemopen(bytes, size, "rb");
    int rc = score_table_load(table, names, in, &err);

    (void)fclose(in);
    return rc < 0 ? (int)err.code : 0;
}

struct log {
    char text[1 << 19];
    size_t length;
};

static int tell(void *ctx, const struct suspect *suspect, struct nj_err *err)
{
    struct log *log = ctx;
    char line[FACT_TEXT_MAX], reason[FACT_TEXT_MAX];

    (void)err;
    risk_fact_text(&suspect->receipt.lines[0].fact, line);
    grade_fact_text(&suspect->reason, reason);
    log->length += (size_t)snprintf(
        log->text + log->length, sizeof(log->text) - log->length, "%llx %.2f %d %lld %s %s\n",
        (unsigned long long)suspect->src.lo, suspect->receipt.score, suspect->receipt.level,
        (long long)suspect->changed_us, line, reason);
    assert_true(log->length < sizeof(log->text));
    return 0;
}

static void go_on(struct score_table *table, struct log *log)
{
    const struct score_sink sink = {.news = tell, .state = tell, .ctx = log};

    for (int day = 0; day < 60; day++) {
        struct source_facts d =
            telnet((unsigned)day % 7 + 30, 200 + (uint32_t)day, T0 + day * DAY);

        if (day % 3 == 0)
            assert_int_equal(score_table_observe(table, &d, d.last_us, NULL), 0);
        assert_int_equal(score_table_step(table, T0 + day * DAY + 62 * S, &sink, NULL), 0);
    }
    assert_int_equal(score_table_flush(table, &sink, NULL), 0);
}

static void a_loaded_table_tells_what_the_saved_one_would_have_told(void **state)
{
    struct nj_intern *names = nj_intern_new(100), *others = nj_intern_new(100);
    struct score_table *saved = table_of(names, 45), *loaded = table_of(others, 45);
    struct log *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
    size_t size, again;
    char *bytes, *copy;

    (void)state;
    fill(saved, names);
    (void)nj_intern_z(others, "numbers differ");
    bytes = bytes_of(saved, names, &size);
    assert_int_equal(load(loaded, others, bytes, size), 0);
    copy = bytes_of(loaded, others, &again);
    assert_int_equal(again, size);
    go_on(saved, a);
    go_on(loaded, b);
    assert_true(a->length > 1000);
    assert_string_equal(a->text, b->text);
    free(a);
    free(b);
    free(bytes);
    free(copy);
    score_table_free(saved);
    score_table_free(loaded);
    nj_intern_free(names);
    nj_intern_free(others);
}

/* What was told of it is its weight, rounded up. */
static void a_source_told_at_the_second_of_its_last_session_is_loaded_again(void **state)
{
    struct nj_intern *names = nj_intern_new(100);
    struct score_table *table = table_of(names, 10);
    struct source_facts d = telnet(1, 10, T0);
    size_t size;
    char *bytes;

    (void)state;
    assert_int_equal(score_table_observe(table, &d, T0, NULL), 0);
    assert_int_equal(score_table_step(table, T0, NULL, NULL), 0);
    bytes = bytes_of(table, names, &size);
    assert_int_equal(load(table, names, bytes, size), 0);
    assert_int_equal(score_table_counts(table)->sources, 1);
    free(bytes);
    score_table_free(table);
    nj_intern_free(names);
}

static void a_state_that_is_cut_or_changed_is_refused(void **state)
{
    struct nj_intern *names = nj_intern_new(1000);
    struct score_table *table = table_of(names, 100);
    size_t size;
    char *bytes;

    (void)state;
    fill(table, names);
    bytes = bytes_of(table, names, &size);
    assert_int_equal(load(table, names, bytes, size), 0);
    for (size_t at = 1; at < size; at += 1 + at / 97) {
        assert_int_equal(load(table, names, bytes, at), NJ_FORMAT);
        assert_int_equal(score_table_counts(table)->sources, 0);
        bytes[at] ^= (char)(1 << at % 8);
        assert_int_equal(load(table, names, bytes, size), NJ_FORMAT);
        assert_int_equal(score_table_counts(table)->sources, 0);
        bytes[at] ^= (char)(1 << at % 8);
    }
    free(bytes);
    score_table_free(table);
    nj_intern_free(names);
}

static void a_smaller_table_takes_the_state_and_makes_room_at_its_step(void **state)
{
    struct nj_intern *names = nj_intern_new(1000);
    struct score_table *table = table_of(names, 100), *small = table_of(names, 3);
    size_t size;
    char *bytes;

    (void)state;
    fill(table, names);
    bytes = bytes_of(table, names, &size);
    assert_int_equal(load(small, names, bytes, size), 0);
    assert_int_equal(score_table_step(small, T0 + 70 * S, NULL, NULL), 0);
    assert_int_equal(score_table_counts(small)->sources, 3);
    assert_true(score_table_find(small, host(43), T0, &(struct suspect){.shown = 0}));
    assert_true(score_table_find(small, host(3), T0, &(struct suspect){.shown = 0}));
    free(bytes);
    score_table_free(table);
    score_table_free(small);
    nj_intern_free(names);
}

static void what_is_saved_does_not_depend_on_who_is_open(void **state)
{
    const uint32_t usual = open_records;
    struct nj_intern *names = nj_intern_new(1000);
    char *bytes[2];
    size_t size[2];

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct score_table *table;

        open_records = i == 0 ? 1 : 1000;
        table = table_of(names, 100);
        fill(table, names);
        bytes[i] = bytes_of(table, names, &size[i]);
        score_table_free(table);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
    open_records = usual;
    nj_intern_free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loaded_table_tells_what_the_saved_one_would_have_told),
        cmocka_unit_test(a_source_told_at_the_second_of_its_last_session_is_loaded_again),
        cmocka_unit_test(a_state_that_is_cut_or_changed_is_refused),
        cmocka_unit_test(a_smaller_table_takes_the_state_and_makes_room_at_its_step),
        cmocka_unit_test(what_is_saved_does_not_depend_on_who_is_open),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    open_records = 2;
    return failed + cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
