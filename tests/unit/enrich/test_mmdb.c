/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/mmdb.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "maker.h"

static char path[64];

static int make_path(void **state)
{
    int file;

    (void)state;
    (void)snprintf(path, sizeof(path), "/tmp/nightjar-mmdb-XXXXXX");
    file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static struct mmdb *open_made(struct maker *maker)
{
    struct mmdb *m = NULL;
    struct nj_err err = {.code = NJ_OK};

    maker_write(maker, path);
    if (mmdb_open(path, &m, &err) < 0)
        fail_msg("%s", err.msg);
    return m;
}

static struct addr address(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(text, &a, NULL), 0);
    return a;
}

static void assert_country(struct mmdb *m, const char *text, const char *expected)
{
    struct mmdb_place place = {.asn = 0};
    int rc = mmdb_place(m, address(text), &place, NULL);

    assert_int_equal(rc, expected == NULL ? MMDB_ABSENT : 0);
    if (expected != NULL)
        assert_string_equal(place.country, expected);
}

static void the_flat_layout_is_read(void **state)
{
    struct maker *maker = maker_new(6);
    struct mmdb_detail detail;
    struct mmdb_about about;
    struct mmdb *m;
    size_t offset = maker->length;

    (void)state;
    maker_map(maker, 5);
    maker_text(maker, "city");
    maker_text(maker, "Hengyang");
    maker_text(maker, "country_code");
    maker_text(maker, "CN");
    maker_text(maker, "latitude");
    maker_float(maker, 26.5f);
    maker_text(maker, "longitude");
    maker_float(maker, 112.25f);
    maker_text(maker, "state1");
    maker_text(maker, "Hunan");
    maker_insert(maker, "192.0.2.0", 24, offset);
    m = open_made(maker);

    assert_country(m, "192.0.2.9", "CN");
    assert_country(m, "192.0.3.0", NULL);
    assert_int_equal(mmdb_detail(m, address("192.0.2.9"), &detail, NULL), 0);
    assert_string_equal(detail.region, "Hunan");
    assert_string_equal(detail.city, "Hengyang");
    assert_true(detail.lat == 26.5 && detail.lon == 112.25);
    mmdb_about(m, &about);
    assert_true(about.country && about.detail && !about.asn);
    assert_int_equal(about.built, 1700000000);
    mmdb_close(m);
}

static void the_nested_layout_is_read(void **state)
{
    struct maker *maker = maker_new(6);
    struct mmdb_detail detail;
    struct mmdb *m;

    (void)state;
    maker_insert(maker, "2001:db8::", 32,
                 maker_nested_city(maker, "FR", "Bretagne", "Brest", 48.4, -4.5));
    m = open_made(maker);

    assert_country(m, "2001:db8::7", "FR");
    assert_int_equal(mmdb_detail(m, address("2001:db8::7"), &detail, NULL), 0);
    assert_string_equal(detail.region, "Bretagne");
    assert_string_equal(detail.city, "Brest");
    assert_true(detail.lat == 48.4 && detail.lon == -4.5);
    mmdb_close(m);
}

static void as_numbers_are_read_as_number_or_as_text(void **state)
{
    struct maker *maker = maker_new(4);
    struct mmdb_place place;
    struct mmdb *m;
    size_t text;

    (void)state;
    maker_insert(maker, "192.0.2.0", 24, maker_as(maker, 64496, "Example"));
    text = maker->length;
    maker_map(maker, 2);
    maker_text(maker, "asn");
    maker_text(maker, "AS64497");
    maker_text(maker, "as_name");
    maker_text(maker, "Other");
    maker_insert(maker, "198.51.100.0", 24, text);
    m = open_made(maker);

    assert_int_equal(mmdb_place(m, address("192.0.2.1"), &place, NULL), 0);
    assert_int_equal(place.asn, 64496);
    assert_int_equal(mmdb_place(m, address("198.51.100.1"), &place, NULL), 0);
    assert_int_equal(place.asn, 64497);
    mmdb_close(m);
}

static void each_family_is_answered_by_the_trees_that_hold_it(void **state)
{
    struct maker *maker = maker_new(4);
    struct mmdb *m;

    (void)state;
    maker_insert(maker, "192.0.2.0", 24, maker_flat_country(maker, "NL"));
    m = open_made(maker);
    assert_country(m, "192.0.2.1", "NL");
    assert_country(m, "2001:db8::1", NULL); /* not an error */
    mmdb_close(m);

    maker = maker_new(6);
    maker_insert(maker, "2001:db8::", 32, maker_flat_country(maker, "DE"));
    m = open_made(maker);
    assert_country(m, "2001:db8::1", "DE");
    assert_country(m, "192.0.2.1", NULL);
    mmdb_close(m);

    maker = maker_new(6);
    maker_insert(maker, "2001:db8::", 32, maker_flat_country(maker, "DE"));
    maker_insert(maker, "192.0.2.0", 24, maker_flat_country(maker, "NL"));
    m = open_made(maker);
    assert_country(m, "2001:db8::1", "DE");
    assert_country(m, "192.0.2.1", "NL");
    mmdb_close(m);
}

static void values_out_of_range_are_unknown(void **state)
{
    struct maker *maker = maker_new(4);
    struct mmdb_detail detail;
    struct mmdb_place place;
    struct mmdb *m;

    (void)state;
    maker_insert(maker, "192.0.2.0", 24,
                 maker_nested_city(maker, "x1", "a\x1b[2Jb", "c\xff", 91, -181));
    maker_insert(maker, "198.51.100.0", 24, maker_flat_country(maker, "NLD"));
    m = open_made(maker);

    assert_country(m, "192.0.2.1", "");
    assert_country(m, "198.51.100.1", "");
    assert_int_equal(mmdb_detail(m, address("192.0.2.1"), &detail, NULL), 0);
    assert_true(isnan(detail.lat) && isnan(detail.lon));
    assert_string_equal(detail.region, "a?[2Jb");
    assert_string_equal(detail.city, "c?");
    assert_int_equal(mmdb_place(m, address("192.0.2.1"), &place, NULL), 0);
    assert_int_equal(place.asn, 0);
    mmdb_close(m);
}

static void the_flat_map_says_what_the_tree_says(void **state)
{
    static const char *const countries[] = {"NL", "DE", "FR", "CN"};

    (void)state;
    for (unsigned version = 4; version <= 6; version += 2) {
        struct maker *maker = maker_new(version);
        struct v4_map *map;
        struct mmdb *m;

        for (unsigned i = 0; i < 8; i++) {
            char text[32];

            (void)snprintf(text, sizeof(text), "192.0.2.%u", 32 * i);
            if (i != 5)
                maker_insert(maker, text, 27 + i % 3,
                             maker_flat_country(maker, countries[i % 4]));
        }
        m = open_made(maker);
        assert_int_equal(mmdb_flatten(m, NULL, &map, NULL), 0);
        for (uint32_t a = 0xc00001f0; a < 0xc0000310; a++) {
            struct mmdb_place place = {.asn = 0};

            (void)mmdb_place(m, addr_from_v4(a), &place, NULL);
            assert_int_equal(v4_map_find(map, a), mmdb_country_value(place.country));
        }
        v4_map_free(map);
        mmdb_close(m);
    }
}

static void flattening_an_as_file_learns_the_names_of_both_families(void **state)
{
    struct maker *maker = maker_new(6);
    struct as_names *names = as_names_new();
    struct v4_map *map;
    struct mmdb *m;

    (void)state;
    maker_insert(maker, "192.0.2.0", 24, maker_as(maker, 64496, "Four"));
    maker_insert(maker, "2001:db8::", 32, maker_as(maker, 64497, "Six"));
    m = open_made(maker);

    assert_int_equal(mmdb_flatten(m, names, &map, NULL), 0);
    assert_int_equal(v4_map_find(map, 0xc0000201), 64496);
    assert_string_equal(as_names_find(names, 64496), "Four");
    assert_string_equal(as_names_find(names, 64497), "Six");
    v4_map_free(map);
    mmdb_close(m);
    as_names_free(names);
}

static void files_that_are_no_database_are_refused(void **state)
{
    FILE *out = fopen(path, "wbe");
    struct nj_err err;
    struct mmdb *m;

    (void)state;
    assert_non_null(out);
    (void)fputs("192.0.2.0,192.0.2.255,64496,Example\n", out);
    (void)fclose(out);
    assert_false(mmdb_is(path));
    assert_int_equal(mmdb_open(path, &m, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    assert_int_equal(mmdb_open("/", &m, &err), -1);
    assert_string_equal(err.msg, "is no plain file");
    assert_int_equal(mmdb_open("/nowhere/at/all", &m, &err), -1);
    assert_int_equal(err.code, NJ_IO);
    assert_false(mmdb_is("/"));
    assert_false(mmdb_is("/nowhere/at/all"));
}

/* Open what stands in the file, if it opens, and ask it everything. */
static void use(void)
{
    static const char *const asked[] = {"192.0.2.9", "198.51.100.1", "2001:db8::1", "::"};
    struct as_names *names = as_names_new();
    struct mmdb *m;

    if (mmdb_open(path, &m, NULL) == 0) {
        for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
            struct mmdb_place place;
            struct mmdb_detail detail;
            struct v4_map *map;

            (void)mmdb_place(m, address(asked[i]), &place, NULL);
            (void)mmdb_detail(m, address(asked[i]), &detail, NULL);
            if (i == 0 && mmdb_flatten(m, names, &map, NULL) == 0)
                v4_map_free(map);
        }
        mmdb_close(m);
    }
    as_names_free(names);
}

static size_t read_all(uint8_t *bytes, size_t size)
{
    FILE *in = fopen(path, "rbe");
    size_t length;

    assert_non_null(in);
    length = fread(bytes, 1, size, in);
    (void)fclose(in);
    return length;
}

static void write_all(const uint8_t *bytes, size_t length)
{
    FILE *out = fopen(path, "wbe");

    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

static void no_cut_and_no_changed_byte_does_harm(void **state)
{
    static const uint8_t patterns[] = {0x00, 0x1f, 0x20, 0x3f, 0x7f, 0xe1, 0xff};
    static uint8_t bytes[32768];
    struct maker *maker = maker_new(6);
    struct nj_err err;
    struct mmdb *m;
    size_t length;

    (void)state;
    maker_insert(maker, "192.0.2.0", 26,
                 maker_nested_city(maker, "FR", "Bretagne", "Brest", 48.4, -4.5));
    maker_insert(maker, "2001:db8::", 20, maker_as(maker, 64496, "Example"));
    maker_write(maker, path);
    length = read_all(bytes, sizeof(bytes));
    assert_true(mmdb_is(path));

    for (size_t cut = 0; cut < length; cut += cut % 7 + 1) {
        write_all(bytes, cut);
        use();
        if (cut < length / 2) {
            assert_int_equal(mmdb_open(path, &m, &err), -1);
            assert_int_equal(err.code, NJ_FORMAT);
        }
    }
    for (size_t i = 0; i < length; i++) {
        uint8_t was = bytes[i];

        bytes[i] = patterns[i % sizeof(patterns)];
        write_all(bytes, length);
        use();
        bytes[i] = was;
    }
}

/* Behind enough good records to open well, a node that leads back to itself on both sides. */
static void a_tree_that_never_ends_is_damaged(void **state)
{
    struct maker *maker = maker_new(4);
    struct addr a = address("203.0.113.0");
    struct v4_map *map;
    struct nj_err err;
    struct mmdb *m;
    uint32_t node = 0;

    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        char text[32];

        (void)snprintf(text, sizeof(text), "192.0.2.%u", 16 * i);
        maker_insert(maker, text, 28, maker_flat_country(maker, "NL"));
    }
    maker_insert(maker, "203.0.113.0", 24, maker_flat_country(maker, "DE"));
    for (unsigned i = 0; i < 8; i++)
        node = maker->nodes[node][maker_bit(maker, a, i)];
    maker->nodes[node][0] = maker->nodes[node][1] = node;
    m = open_made(maker);
    assert_country(m, "192.0.2.1", "NL");
    assert_int_equal(mmdb_flatten(m, NULL, &map, &err), -1);
    assert_int_equal(err.code, NJ_FORMAT);
    mmdb_close(m);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make_path, remove_path)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FILE(the_flat_layout_is_read),
        WITH_FILE(the_nested_layout_is_read),
        WITH_FILE(as_numbers_are_read_as_number_or_as_text),
        WITH_FILE(each_family_is_answered_by_the_trees_that_hold_it),
        WITH_FILE(values_out_of_range_are_unknown),
        WITH_FILE(the_flat_map_says_what_the_tree_says),
        WITH_FILE(flattening_an_as_file_learns_the_names_of_both_families),
        WITH_FILE(files_that_are_no_database_are_refused),
        WITH_FILE(no_cut_and_no_changed_byte_does_harm),
        WITH_FILE(a_tree_that_never_ends_is_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
