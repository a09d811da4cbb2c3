/* SPDX-License-Identifier: Apache-2.0 */
#include "base/saved.h"

#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAGIC "TESTING1"
#define NUMBERS 200

struct state {
    uint64_t unsigneds[NUMBERS];
    int64_t signeds[NUMBERS];
    double doubles[8];
    float floats[4];
    uint32_t narrow;
    uint16_t narrower;
    bool yes;
};

static int walk(struct nj_saved *saved, void *ctx, struct nj_err *err)
{
    struct state *s = ctx;

    (void)err;
    for (int i = 0; i < NUMBERS; i++) {
        nj_saved_u64(saved, &s->unsigneds[i]);
        nj_saved_i64(saved, &s->signeds[i]);
    }
    for (int i = 0; i < 8; i++)
        nj_saved_double(saved, &s->doubles[i]);
    for (int i = 0; i < 4; i++)
        nj_saved_float(saved, &s->floats[i]);
    nj_saved_u32(saved, &s->narrow);
    nj_saved_u16(saved, &s->narrower);
    nj_saved_bool(saved, &s->yes);
    return 0;
}

/* Every length of number, and those on both sides of a length's end. */
static void fill(struct state *s)
{
    memset(s, 0, sizeof(*s));
    for (int i = 0; i < 64; i++) {
        s->unsigneds[3 * i] = (uint64_t)1 << i;
        s->unsigneds[3 * i + 1] = ((uint64_t)1 << i) - 1;
        s->unsigneds[3 * i + 2] = UINT64_MAX >> i;
    }
    for (int i = 0; i < NUMBERS; i++)
        s->signeds[i] = i % 2 == 0 ? (int64_t)s->unsigneds[i] : -(int64_t)(i * 7919ll << 40);
    s->signeds[0] = INT64_MIN;
    s->signeds[1] = INT64_MAX;
    s->signeds[2] = -1;
    memcpy(s->doubles, (double[]){0, -0.0, 1, 0.1, -1e300, DBL_MIN, DBL_MAX, DBL_TRUE_MIN},
           sizeof(s->doubles));
    memcpy(s->floats, (float[]){-0.0f, 0.1f, FLT_MAX, FLT_TRUE_MIN}, sizeof(s->floats));
    s->narrow = UINT32_MAX;
    s->narrower = UINT16_MAX;
    s->yes = true;
}

static size_t write_with(const struct nj_intern *names, nj_saved_walk how, void *state,
                         char **ret_bytes)
{
    struct nj_err err;
    size_t size;
    FILE *out = open_memstream(ret_bytes, &size);

    assert_non_null(out);
    assert_int_equal(nj_saved_write(out, MAGIC, names, how, state, &err), 0);
    assert_int_equal(fclose(out), 0);
    return size;
}

static size_t write_state(nj_saved_walk how, void *state, char **ret_bytes)
{
    return write_with(NULL, how, state, ret_bytes);
}

static int read_with(struct nj_intern *names, const char *bytes, size_t size, nj_saved_walk how,
                     void *state, struct nj_err *err)
{
    FILE *in = fmemopen((void *)(uintptr_t)bytes, size, "r");
    int rc;

    assert_non_null(in);
    rc = nj_saved_read(in, MAGIC, names, how, state, err);
    (void)fclose(in);
    return rc;
}

static int read_state(const char *bytes, size_t size, nj_saved_walk how, void *state,
                      struct nj_err *err)
{
    return read_with(NULL, bytes, size, how, state, err);
}

static void what_was_written_is_read_bit_by_bit(void **unused)
{
    struct state before, after = {0};
    struct nj_err err;
    char *bytes;
    size_t size;

    (void)unused;
    fill(&before);
    size = write_state(walk, &before, &bytes);
    assert_int_equal(read_state(bytes, size, walk, &after, &err), 0);
    assert_memory_equal(after.unsigneds, before.unsigneds, sizeof(before.unsigneds));
    assert_memory_equal(after.signeds, before.signeds, sizeof(before.signeds));
    assert_memory_equal(after.doubles, before.doubles, sizeof(before.doubles));
    assert_memory_equal(after.floats, before.floats, sizeof(before.floats));
    assert_int_equal(after.narrow, before.narrow);
    assert_int_equal(after.narrower, before.narrower);
    assert_true(after.yes);
    free(bytes);
}

static void a_state_of_zeros_takes_a_byte_a_number(void **unused)
{
    struct state zeros = {0};
    char *bytes;

    (void)unused;
    assert_int_equal(write_state(walk, &zeros, &bytes), 8 + 1 + (2 * NUMBERS + 8 + 4 + 3) + 8);
    free(bytes);
}

static void any_changed_or_missing_byte_is_refused(void **unused)
{
    struct state before, after;
    struct nj_err err;
    char *bytes;
    size_t size;

    (void)unused;
    fill(&before);
    size = write_state(walk, &before, &bytes);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x55;
        assert_int_equal(read_state(bytes, size, walk, &after, &err), -1);
        assert_int_equal(err.code, NJ_FORMAT);
        bytes[i] ^= 0x55;
        if (i > 0)
            assert_int_equal(read_state(bytes, i, walk, &after, &err), -1);
    }
    free(bytes);
}

static int walk_wide(struct nj_saved *saved, void *ctx, struct nj_err *err)
{
    (void)err;
    nj_saved_u64(saved, ctx);
    return 0;
}

static int walk_narrow(struct nj_saved *saved, void *ctx, struct nj_err *err)
{
    uint16_t value = 0;

    (void)err;
    nj_saved_u16(saved, &value);
    *(uint64_t *)ctx = value;
    return 0;
}

static void a_number_too_large_for_its_field_is_refused(void **unused)
{
    uint64_t fits = UINT16_MAX, does_not = UINT16_MAX + 1, found = 1;
    struct nj_err err;
    char *bytes;
    size_t size;

    (void)unused;
    size = write_state(walk_wide, &fits, &bytes);
    assert_int_equal(read_state(bytes, size, walk_narrow, &found, &err), 0);
    assert_int_equal(found, fits);
    free(bytes);
    size = write_state(walk_wide, &does_not, &bytes);
    assert_int_equal(read_state(bytes, size, walk_narrow, &found, &err), -1);
    assert_int_equal(found, 0);
    free(bytes);
}

#define MENTIONS 5

static int walk_names(struct nj_saved *saved, void *ctx, struct nj_err *err)
{
    uint32_t *names = ctx;

    (void)err;
    for (int i = 0; i < MENTIONS; i++)
        nj_saved_name(saved, &names[i]);
    return 0;
}

static void names_are_known_by_their_text_in_another_process(void **unused)
{
    static const char *const TEXT[MENTIONS] = {"zmap", "", "mirai", "zmap", "mirai"};
    struct nj_intern *here = nj_intern_new(64), *there = nj_intern_new(64);
    uint32_t before[MENTIONS], after[MENTIONS];
    struct nj_err err;
    char *bytes;
    size_t size;

    (void)unused;
    assert_non_null(here);
    assert_non_null(there);
    (void)nj_intern(there, "mirai", 5);
    for (int i = 0; i < MENTIONS; i++)
        before[i] = nj_intern(here, TEXT[i], strlen(TEXT[i]));
    size = write_with(here, walk_names, before, &bytes);
    assert_int_equal(read_with(there, bytes, size, walk_names, after, &err), 0);
    for (int i = 0; i < MENTIONS; i++)
        assert_string_equal(nj_intern_text(there, after[i]), TEXT[i]);
    assert_int_equal(after[0], after[3]);
    free(bytes);
    nj_intern_free(here);
    nj_intern_free(there);
}

/* What is written as numbers is read as names: 0 is the first mention of an empty text, then 0
 * again; 2 is neither a name that was mentioned nor the next. */
static int walk_numbers(struct nj_saved *saved, void *ctx, struct nj_err *err)
{
    static uint32_t numbers[] = {0, 0, 0, 2, 0};

    (void)ctx, (void)err;
    for (int i = 0; i < MENTIONS; i++)
        nj_saved_u32(saved, &numbers[i]);
    return 0;
}

static void a_name_out_of_turn_is_refused(void **unused)
{
    struct nj_intern *texts = nj_intern_new(64);
    uint32_t found[MENTIONS];
    struct nj_err err;
    char *bytes;
    size_t size;

    (void)unused;
    assert_non_null(texts);
    size = write_with(texts, walk_numbers, NULL, &bytes);
    assert_int_equal(read_with(texts, bytes, size, walk_names, found, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_int_equal(found[2], NJ_INTERN_NONE);
    free(bytes);
    nj_intern_free(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_bit_by_bit),
        cmocka_unit_test(a_state_of_zeros_takes_a_byte_a_number),
        cmocka_unit_test(any_changed_or_missing_byte_is_refused),
        cmocka_unit_test(a_number_too_large_for_its_field_is_refused),
        cmocka_unit_test(names_are_known_by_their_text_in_another_process),
        cmocka_unit_test(a_name_out_of_turn_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
