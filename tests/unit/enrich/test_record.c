/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/record.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "maker.h"

#define PATH(...)                                                                              \
    (const char *const[])                                                                      \
    {                                                                                          \
        __VA_ARGS__, NULL                                                                      \
    }

static struct record_section section_of(const struct maker *m)
{
    return (struct record_section){.bytes = m->data, .size = m->length};
}

static void assert_text(const struct maker *m, size_t offset, const char *const *path,
                        const char *expected)
{
    struct record_section section = section_of(m);
    struct record_value value;

    assert_int_equal(record_find(&section, offset, path, &value, NULL), 0);
    assert_int_equal(value.type, RECORD_TEXT);
    assert_int_equal(value.length, strlen(expected));
    assert_memory_equal(value.bytes, expected, value.length);
}

static void values_are_found_through_maps_and_arrays(void **state)
{
    struct maker *m = maker_new(4);
    size_t offset = maker_nested_city(m, "FR", "Bretagne", "Brest", 48.4, -4.5);
    struct record_section section = section_of(m);
    struct record_value value;

    (void)state;
    assert_text(m, offset, PATH("country", "iso_code"), "FR");
    assert_text(m, offset, PATH("subdivisions", "0", "names", "en"), "Bretagne");
    assert_text(m, offset, PATH("city", "names", "en"), "Brest");
    assert_int_equal(record_find(&section, offset, PATH("location", "longitude"), &value, NULL),
                     0);
    assert_true(record_number(&value) == -4.5);
    free(m);
}

static void what_is_not_there_is_absent(void **state)
{
    struct maker *m = maker_new(4);
    size_t offset = maker_nested_city(m, "FR", "Bretagne", "Brest", 48.4, -4.5);
    struct record_section section = section_of(m);
    struct record_value value;

    (void)state;
    assert_int_equal(record_find(&section, offset, PATH("country_code"), &value, NULL),
                     RECORD_ABSENT);
    assert_int_equal(record_find(&section, offset, PATH("subdivisions", "1"), &value, NULL),
                     RECORD_ABSENT);
    assert_int_equal(record_find(&section, offset, PATH("subdivisions", "x"), &value, NULL),
                     RECORD_ABSENT);
    assert_int_equal(
        record_find(&section, offset, PATH("country", "iso_code", "en"), &value, NULL),
        RECORD_ABSENT);
    free(m);
}

static void pointers_are_followed_once(void **state)
{
    struct maker *m = maker_new(4);
    struct record_section section;
    struct record_value value;
    struct nj_err err;
    size_t key, text, record, twice;

    (void)state;
    key = m->length;
    maker_text(m, "country_code");
    text = m->length;
    maker_text(m, "NL");
    record = m->length;
    maker_map(m, 2);
    maker_text(m, "before");
    maker_pointer(m, key);
    maker_pointer(m, key);
    maker_pointer(m, text);
    twice = m->length;
    maker_pointer(m, twice + 2);
    maker_pointer(m, text);
    section = section_of(m);

    assert_text(m, record, PATH("country_code"), "NL");
    assert_int_equal(record_find(&section, twice, PATH("x"), &value, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_int_equal(err.offset, twice);
    free(m);
}

static void numbers_of_all_widths_are_read(void **state)
{
    struct maker *m = maker_new(4);
    struct record_section section;
    struct record_value value;

    (void)state;
    maker_array(m, 6);
    maker_number(m, 5, 1, 7);          /* uint16 in one byte */
    maker_number(m, 6, 3, 0x010203);   /* uint32 in three */
    maker_number(m, 9, 8, 1ull << 40); /* uint64 */
    maker_float(m, 26.5f);
    maker_double(m, -112.25);
    maker_text(m, "7");
    section = section_of(m);
    static const double expected[] = {7, 0x010203, 1099511627776.0, 26.5, -112.25, NAN};

    for (size_t i = 0; i < 6; i++) {
        char index[2] = {(char)('0' + i), '\0'};

        assert_int_equal(record_find(&section, 0, PATH(index), &value, NULL), 0);
        if (isnan(expected[i]))
            assert_true(isnan(record_number(&value)));
        else
            assert_true(record_number(&value) == expected[i]);
    }
    free(m);
}

static void every_cut_of_a_record_is_refused(void **state)
{
    struct maker *m = maker_new(4);
    size_t offset = maker_nested_city(m, "FR", "Bretagne", "Brest", 48.4, -4.5);
    struct record_value value;

    (void)state;
    for (size_t size = 0; size < m->length; size++) {
        /* a copy of just that size, so that a read behind it is seen */
        uint8_t *copy = malloc(size == 0 ? 1 : size);
        struct record_section section = {.bytes = copy, .size = size};

        assert_non_null(copy);
        memcpy(copy, m->data, size);
        assert_int_equal(record_find(&section, offset, PATH("subdivisions", "0", "names", "en"),
                                     &value, NULL),
                         -1);
        free(copy);
    }
    free(m);
}

static void endless_nesting_costs_a_bounded_number_of_steps(void **state)
{
    const size_t size = 8u << 20;
    uint8_t *bytes = malloc(size);
    struct record_section section = {.bytes = bytes, .size = size};
    struct record_value value;
    struct nj_err err;

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 0xe1, size); /* maps of one pair whose key is a map of one pair whose ... */
    assert_int_equal(record_find(&section, 0, PATH("a"), &value, &err), -1);
    for (size_t i = 0; i + 1 < size; i += 2) {
        bytes[i] = 0x01; /* arrays of one array of one ... */
        bytes[i + 1] = 0x04;
    }
    bytes[0] = 0xe1; /* in a map, under a key of no bytes */
    bytes[1] = 0x40;
    assert_int_equal(record_find(&section, 0, PATH("a"), &value, &err), -1);
    assert_non_null(strstr(err.msg, "too many values"));
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_through_maps_and_arrays),
        cmocka_unit_test(what_is_not_there_is_absent),
        cmocka_unit_test(pointers_are_followed_once),
        cmocka_unit_test(numbers_of_all_widths_are_read),
        cmocka_unit_test(every_cut_of_a_record_is_refused),
        cmocka_unit_test(endless_nesting_costs_a_bounded_number_of_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
