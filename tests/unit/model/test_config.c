/* SPDX-License-Identifier: Apache-2.0 */
#include "model/config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct config parse(const char *text)
{
    struct config config;
    struct nj_err err;

    if (config_parse(text, strlen(text), "nightjar.conf", &config, &err) < 0)
        fail_msg("%s", err.msg);
    return config;
}

static void assert_refused(const char *text, const char *message)
{
    struct config config;
    struct nj_err err = {.code = NJ_OK};

    assert_int_equal(config_parse(text, strlen(text), "nightjar.conf", &config, &err), -1);
    assert_int_equal(err.code, NJ_CONFIG);
    assert_string_equal(err.msg, message);
}

static const struct sensor *sensor(const struct config *config, const char *name)
{
    const struct sensor *found = config_sensor(config, name);

    assert_non_null(found);
    return found;
}

static bool is_lit(const struct sensor *s, const char *text)
{
    struct addr a;

    assert_int_equal(addr_parse(text, &a, NULL), 0);
    for (size_t i = 0; i < s->prefix_count; i++) {
        if (prefix_has(&s->prefixes[i].prefix, a))
            return s->prefixes[i].lit;
    }
    fail_msg("%s is in no prefix", text);
    return false;
}

/* ---- what counts --------------------------------------------------------------------------*/

static void without_a_file_the_defaults_count(void **state)
{
    struct config config;
    const struct sensor *s;

    (void)state;
    assert_int_equal(config_default(&config, NULL), 0);
    assert_int_equal(config.sensor_count, 1);
    s = sensor(&config, "default");
    assert_int_equal(s->prefix_count, 0);
    assert_int_equal(s->gather_s, -1);
    assert_true(isnan(s->lat) && isnan(s->lon));
    assert_null(config.store_dir);
    assert_null(config.country.paths[0]);
    assert_false(config.rdap_allow); /* nobody outside is asked */
    assert_int_equal(config.duckdb_memory_mb, 1024);
    assert_int_equal(config.visits_days, 0); /* for ever */
    assert_int_equal(config.traits_days, 0);
    assert_null(config_sensor(&config, "tokyo"));
    config_done(&config);
}

static void every_key_is_taken(void **state)
{
    struct config config = parse("[store]\n"
                                 "dir = /var/lib/nightjar\n"
                                 "[sensor tokyo]\n"
                                 "dark = 192.0.2.0/24, 2001:db8:1::/48\n"
                                 "lit = 198.51.100.7\n"
                                 "place = 35.68, -139.69\n"
                                 "gather = 0\n"
                                 "[geo]\n"
                                 "country = /geo/country.mmdb\n"
                                 "city = /geo/city4.mmdb\n"
                                 "city = /geo/city6.mmdb\n"
                                 "asn = /geo/as.csv\n"
                                 "[rdap]\n"
                                 "allow = yes\n"
                                 "server = https://rdap.example/base\n"
                                 "bootstrap = http://127.0.0.1:8080/\n"
                                 "age_days = 7\n"
                                 "questions = 5\n"
                                 "[ingest]\n"
                                 "max_senders = 2000\n"
                                 "max_visits = 3000\n"
                                 "max_sessions = 4000\n"
                                 "part = 60\n"
                                 "payload = 0\n"
                                 "[duckdb]\n"
                                 "memory_mb = 512\n"
                                 "threads = 2\n"
                                 "temp_dir = /var/tmp\n"
                                 "[retention]\n"
                                 "visits_days = 730\n"
                                 "traits_days = 36500\n");
    const struct sensor *s = sensor(&config, "tokyo");

    (void)state;
    assert_string_equal(config.store_dir, "/var/lib/nightjar");
    assert_int_equal(s->prefix_count, 3);
    assert_false(is_lit(s, "192.0.2.200"));
    assert_false(is_lit(s, "2001:db8:1:ffff::1"));
    assert_true(is_lit(s, "198.51.100.7"));
    assert_true(s->lat == 35.68 && s->lon == -139.69);
    assert_int_equal(s->gather_s, 0);
    assert_string_equal(config.country.paths[0], "/geo/country.mmdb");
    assert_null(config.country.paths[1]);
    assert_string_equal(config.city.paths[0], "/geo/city4.mmdb");
    assert_string_equal(config.city.paths[1], "/geo/city6.mmdb");
    assert_string_equal(config.asn.paths[0], "/geo/as.csv");
    assert_true(config.rdap_allow);
    assert_string_equal(config.rdap_server, "https://rdap.example/base/");
    assert_string_equal(config.rdap_bootstrap, "http://127.0.0.1:8080/");
    assert_int_equal(config.rdap_age_days, 7);
    assert_int_equal(config.rdap_questions, 5);
    assert_int_equal(config.max_senders, 2000);
    assert_int_equal(config.max_visits, 3000);
    assert_int_equal(config.max_sessions, 4000);
    assert_int_equal(config.part_s, 60);
    assert_int_equal(config.payload_bytes, 0);
    assert_int_equal(config.duckdb_memory_mb, 512);
    assert_int_equal(config.duckdb_threads, 2);
    assert_string_equal(config.duckdb_temp_dir, "/var/tmp");
    assert_int_equal(config.visits_days, 730);
    assert_int_equal(config.traits_days, 36500);
    config_done(&config);
}

static void comments_blanks_and_indentation_say_nothing(void **state)
{
    struct config config = parse("\xef\xbb\xbf# comment\r\n"
                                 "\r\n"
                                 "   [sensor a]   ; comment\r\n"
                                 "\tdark = 192.0.2.0/24   # comment\r\n"
                                 "    lit=198.51.100.0/24\r\n"
                                 "  ; gather = 5\r\n"
                                 "[store]\n"
                                 "dir = /data/a#b;c");

    (void)state;
    assert_int_equal(sensor(&config, "a")->prefix_count, 2);
    assert_int_equal(sensor(&config, "a")->gather_s, -1);
    assert_string_equal(config.store_dir, "/data/a#b;c");
    config_done(&config);
}

static void lists_may_be_spread_over_several_keys(void **state)
{
    struct config config = parse("[sensor a]\n"
                                 "dark = 192.0.2.0/25 192.0.2.128/26,\n"
                                 "dark = 192.0.2.192/26\n");

    (void)state;
    assert_int_equal(sensor(&config, "a")->prefix_count, 3);
    config_done(&config);
}

static void sections_without_keys_and_the_default_sensor_count_too(void **state)
{
    struct config config = parse("[sensor empty]\n"
                                 "[sensor default]\n"
                                 "gather = 60\n"
                                 "[sensor last]\n");

    (void)state;
    assert_int_equal(config.sensor_count, 3);
    assert_string_equal(config.sensors[0].name, "default");
    assert_int_equal(config.sensors[0].gather_s, 60);
    assert_string_equal(config.sensors[1].name, "empty");
    assert_string_equal(config.sensors[2].name, "last");
    config_done(&config);
}

static void the_most_specific_prefix_of_a_sensor_stands_first(void **state)
{
    struct config config = parse("[sensor a]\n"
                                 "dark = 192.0.2.0/24, 192.0.2.132\n"
                                 "lit = 192.0.2.128/28, 2001:db8::1\n"
                                 "dark = 2001:db8::/32\n");
    const struct sensor *s = sensor(&config, "a");

    (void)state;
    assert_false(is_lit(s, "192.0.2.1"));
    assert_true(is_lit(s, "192.0.2.130"));
    assert_false(is_lit(s, "192.0.2.132"));
    assert_true(is_lit(s, "2001:db8::1"));
    assert_false(is_lit(s, "2001:db8::2"));
    config_done(&config);
}

static void relative_paths_count_from_the_folder_of_the_file(void **state)
{
    static const char text[] = "[store]\ndir = store\n[geo]\nasn = ../as.csv\nasn = /as.csv\n";
    struct config config;

    (void)state;
    assert_int_equal(
        config_parse(text, strlen(text), "/etc/nightjar/nightjar.conf", &config, NULL), 0);
    assert_string_equal(config.store_dir, "/etc/nightjar/store");
    assert_string_equal(config.asn.paths[0], "/etc/nightjar/../as.csv");
    assert_string_equal(config.asn.paths[1], "/as.csv");
    config_done(&config);
    config = parse(text);
    assert_string_equal(config.store_dir, "store");
    config_done(&config);
}

static void the_example_file_says_the_defaults(void **state)
{
    struct config from_file, defaults;
    struct nj_err err;

    (void)state;
    if (config_load(NJ_SOURCE_DATA "/nightjar.conf", &from_file, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(config_default(&defaults, NULL), 0);
    assert_int_equal(from_file.sensor_count, 1);
    assert_null(from_file.store_dir);
    assert_null(from_file.country.paths[0]);
    assert_null(from_file.duckdb_temp_dir);
    assert_false(from_file.rdap_allow);
    assert_null(from_file.rdap_server);
    assert_null(from_file.rdap_bootstrap);
    assert_int_equal(from_file.rdap_age_days, defaults.rdap_age_days);
    assert_int_equal(from_file.rdap_questions, defaults.rdap_questions);
    assert_int_equal(from_file.max_senders, defaults.max_senders);
    assert_int_equal(from_file.max_visits, defaults.max_visits);
    assert_int_equal(from_file.max_sessions, defaults.max_sessions);
    assert_int_equal(from_file.part_s, defaults.part_s);
    assert_int_equal(from_file.payload_bytes, defaults.payload_bytes);
    assert_int_equal(from_file.duckdb_memory_mb, defaults.duckdb_memory_mb);
    assert_int_equal(from_file.duckdb_threads, defaults.duckdb_threads);
    assert_int_equal(from_file.visits_days, 0);
    assert_int_equal(from_file.traits_days, 0);
    config_done(&from_file);
    config_done(&defaults);
}

/* The lines that the example file has commented out are right as well. */
static void the_example_file_holds_with_its_comments_opened(void **state)
{
    static char text[16384];
    FILE *in = fopen(NJ_SOURCE_DATA "/nightjar.conf", "rbe");
    size_t used = 0;
    struct config config;
    struct nj_err err;
    char line[256];

    (void)state;
    assert_non_null(in);
    while (fgets(line, sizeof(line), in) != NULL) {
        char key[32];
        int skip = sscanf(line, "# %31[a-z_] = ", key) == 1 && strstr(line, " = ") != NULL ? 2
                   : strncmp(line, "# [", 3) == 0                                          ? 2
                                                                                           : 0;

        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", line + skip);
    }
    (void)fclose(in);
    if (config_parse(text, used, "example", &config, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(sensor(&config, "tokyo")->prefix_count, 3);
    assert_true(sensor(&config, "tokyo")->lat == 35.68);
    assert_non_null(config.country.paths[0]);
    assert_int_equal(config.visits_days, 730);
    config_done(&config);
}

/* ---- what is refused ----------------------------------------------------------------------*/

static void unknown_keys_are_errors_with_line_and_suggestion(void **state)
{
    (void)state;
    assert_refused("# one\n\n[sensor tokyo]\ndark = 192.0.2.0/24\ngaher = 5\n",
                   "nightjar.conf:5: unknown key \"gaher\" in [sensor tokyo]; did you mean "
                   "\"gather\"?");
    assert_refused("[store]\ngather = 5\n",
                   "nightjar.conf:2: unknown key \"gather\" in [store]");
    assert_refused("[sensors tokyo]\n", "nightjar.conf:1: unknown section [sensors tokyo]; did "
                                        "you mean \"sensor\"?");
    assert_refused("[etc]\ndir = x\n", "nightjar.conf:1: unknown section [etc]");
    assert_refused("dir = x\n[store]\n",
                   "nightjar.conf:1: \"dir\" stands before the first [section]");
}

static void an_rdap_server_is_a_url(void **state)
{
    (void)state;
    assert_refused("[rdap]\nserver = ftp://rdap.example/\n",
                   "nightjar.conf:2: server = ftp://rdap.example/: expected https://HOST/PATH");
    assert_refused("[rdap]\nallow = maybe\n",
                   "nightjar.conf:2: allow = maybe: expected yes or no");
}

static void lines_that_are_none_are_errors(void **state)
{
    char longer[400];

    (void)state;
    assert_refused("[store]\ndir\n",
                   "nightjar.conf:2: \"dir\" is neither [section] nor key = value");
    assert_refused("[store]\n= x\n", "nightjar.conf:2: no key stands before \"=\"");
    assert_refused("[store]\ndir = \n", "nightjar.conf:2: \"dir\" has no value");
    assert_refused("[store]\ndir = # x\n", "nightjar.conf:2: \"dir\" has no value");
    assert_refused("\n[store\ndir = x\n", "nightjar.conf:2: \"[store\" has no closing bracket");
    assert_refused("[store] dir = x\n",
                   "nightjar.conf:1: \"[store] dir = x\" has more behind the closing bracket");
    assert_refused("[sensor a]b]\n",
                   "nightjar.conf:1: \"[sensor a]b]\" has more behind the closing bracket");
    assert_refused("[]\n", "nightjar.conf:1: unknown section []");
    assert_refused("[sensor a-name-that-is-longer-than-what-the-reader-keeps]\n",
                   "nightjar.conf:1: the section's name has more than 49 bytes");
    (void)snprintf(longer, sizeof(longer), "[store]\ndir = /%0*d\n", CONFIG_LINE_MAX - 6, 0);
    assert_refused(longer, "nightjar.conf:2: the line has 197 bytes, at most 196 are read");
}

static void the_longest_line_is_read_whole(void **state)
{
    char text[400];
    struct config config;

    (void)state;
    (void)snprintf(text, sizeof(text), "[store]\ndir = /%0*d\n[duckdb]\nthreads = 3\n",
                   CONFIG_LINE_MAX - 7, 0);
    config = parse(text);
    assert_int_equal(strlen(config.store_dir), CONFIG_LINE_MAX - 6);
    assert_int_equal(config.duckdb_threads, 3);
    config_done(&config);
}

static void a_byte_0_is_an_error(void **state)
{
    static const char text[] = "[store]\ndir = /a\0b\n";
    struct config config;
    struct nj_err err;

    (void)state;
    assert_int_equal(config_parse(text, sizeof(text) - 1, "x", &config, &err), -1);
    assert_string_equal(err.msg, "x:2: a byte 0 stands in the line; is it a text file?");
}

static void what_stands_twice_is_an_error(void **state)
{
    (void)state;
    assert_refused("[sensor a]\n[sensor b]\n[sensor a]\n",
                   "nightjar.conf:3: [sensor a] stands twice, first in line 1");
    assert_refused("[sensor default]\n[sensor default]\n",
                   "nightjar.conf:2: [sensor default] stands twice, first in line 1");
    assert_refused("[store]\n[geo]\n[store]\n",
                   "nightjar.conf:3: [store] stands twice, first in line 1");
    assert_refused("[ingest]\npart = 60\n\npart = 60\n",
                   "nightjar.conf:4: \"part\" stands twice in [ingest], first in line 2");
}

static void a_sensor_needs_a_plain_name(void **state)
{
    static const char tail[] = ": expected [sensor NAME], a name of letters, digits, \".\", "
                               "\"_\" and \"-\"";
    char message[200];

    (void)state;
    (void)snprintf(message, sizeof(message), "nightjar.conf:1: [sensor]%s", tail);
    assert_refused("[sensor]\n", message);
    (void)snprintf(message, sizeof(message), "nightjar.conf:1: [sensor a b]%s", tail);
    assert_refused("[sensor a b]\n", message);
    assert_refused("[store x]\n",
                   "nightjar.conf:1: [store x]: only [sensor NAME] takes a name");
}

static void numbers_out_of_range_are_errors_that_name_it(void **state)
{
    (void)state;
    assert_refused("[sensor a]\ngather = 3601\n",
                   "nightjar.conf:2: gather = 3601: expected a whole number from 0 to 3600");
    assert_refused("[sensor a]\ngather = -1\n",
                   "nightjar.conf:2: gather = -1: expected a whole number from 0 to 3600");
    assert_refused("[ingest]\npayload = 10k\n",
                   "nightjar.conf:2: payload = 10k: expected a whole number from 0 to 256");
    assert_refused("[retention]\nvisits_days = 0\n",
                   "nightjar.conf:2: visits_days = 0: expected a whole number from 1 to 36500");
    assert_refused("[ingest]\nmax_visits = 99999999999999999999999\n",
                   "nightjar.conf:2: max_visits = 99999999999999999999999: expected a whole "
                   "number from 1000 to 268435456");
}

static void places_off_the_map_are_errors(void **state)
{
    static const char *const bad[] = {"91, 0", "0, 181",  "0",      "0,",    "0 0",
                                      "a, b",  "0, 0, 0", "nan, 0", "0, inf"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char text[100], message[200];

        (void)snprintf(text, sizeof(text), "[sensor a]\nplace = %s\n", bad[i]);
        (void)snprintf(message, sizeof(message),
                       "nightjar.conf:2: place = %s: expected LAT, LON in degrees, -90 to 90 "
                       "and -180 to 180",
                       bad[i]);
        assert_refused(text, message);
    }
}

static void bad_prefixes_are_errors_that_quote_them(void **state)
{
    (void)state;
    assert_refused("[sensor a]\ndark = 192.0.2.0/24, 192.0.2.1/24\n",
                   "nightjar.conf:2: \"192.0.2.1/24\": host bits must be zero");
    assert_refused("[sensor a]\nlit = example.org\n",
                   "nightjar.conf:2: \"example.org\" is no IP address");
}

static void an_address_belongs_to_one_sensor(void **state)
{
    (void)state;
    assert_refused("[sensor a]\ndark = 192.0.2.0/24\n[sensor b]\nlit = 192.0.2.128/25\n",
                   "nightjar.conf:4: the prefix that begins with 192.0.2.128 overlaps one of "
                   "[sensor a] in line 2");
    assert_refused("[sensor a]\nlit = 2001:db8:1::/48\n[sensor b]\ndark = 2001:db8::/32\n",
                   "nightjar.conf:4: the prefix that begins with 2001:db8:: overlaps one of "
                   "[sensor a] in line 2");
    assert_refused("[sensor a]\ndark = 192.0.2.0/24\nlit = 192.0.2.0/24\n",
                   "nightjar.conf:3: the prefix that begins with 192.0.2.0 stands twice, also "
                   "in line 2");
    /* b's prefix is between two of a's, inside of a wider one of a */
    assert_refused("[sensor a]\ndark = 192.0.2.0/24, 192.0.2.0/28, 192.0.2.64/28\n"
                   "[sensor b]\ndark = 192.0.2.32/28\n",
                   "nightjar.conf:4: the prefix that begins with 192.0.2.32 overlaps one of "
                   "[sensor a] in line 2");
}

static void neighbours_do_not_overlap(void **state)
{
    struct config config = parse("[sensor a]\ndark = 192.0.2.0/25\n"
                                 "[sensor b]\ndark = 192.0.2.128/25\n"
                                 "[sensor c]\ndark = 192.0.3.0/24, 192.0.1.0/24\n");

    (void)state;
    assert_int_equal(config.sensor_count, 4);
    config_done(&config);
}

static void more_than_the_maximum_is_an_error(void **state)
{
    static char text[CONFIG_SENSORS_MAX * 20 + 200];
    size_t used = 0;
    char message[100];

    (void)state;
    for (unsigned i = 0; i <= CONFIG_FILES_MAX; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%sasn = x\n",
                                 i == 0 ? "[geo]\n" : "");
    assert_refused(text, "nightjar.conf:10: more than 8 files for \"asn\"");
    used = 0;
    for (unsigned i = 0; i < CONFIG_SENSORS_MAX; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "[sensor s%u]\n", i);
    (void)snprintf(message, sizeof(message), "nightjar.conf:%u: more than %u sensors",
                   CONFIG_SENSORS_MAX, CONFIG_SENSORS_MAX - 1);
    assert_refused(text, message);
}

static void files_that_can_not_be_read_are_errors(void **state)
{
    char path[] = "/tmp/nightjar-config-XXXXXX";
    int file = mkstemp(path);
    struct config config;
    struct nj_err err;

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(config_load("/nowhere/nightjar.conf", &config, &err), -1);
    assert_int_equal(err.code, NJ_IO);
    assert_string_equal(err.msg,
                        "/nowhere/nightjar.conf: can't be opened: No such file or directory");
    assert_int_equal(config_load("/", &config, &err), -1);
    assert_int_equal(err.code, NJ_IO);
    assert_string_equal(err.msg, "/: can't be read: Is a directory");
    assert_int_equal(config_load(path, &config, &err), 0); /* empty: the defaults */
    assert_int_equal(config.sensor_count, 1);
    config_done(&config);
    assert_int_equal(ftruncate(file, CONFIG_SIZE_MAX + 1), 0);
    assert_int_equal(config_load(path, &config, &err), -1);
    assert_int_equal(err.code, NJ_CONFIG);
    assert_non_null(strstr(err.msg, "has more than 1048576 bytes"));
    (void)close(file);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_the_defaults_count),
        cmocka_unit_test(every_key_is_taken),
        cmocka_unit_test(comments_blanks_and_indentation_say_nothing),
        cmocka_unit_test(lists_may_be_spread_over_several_keys),
        cmocka_unit_test(sections_without_keys_and_the_default_sensor_count_too),
        cmocka_unit_test(the_most_specific_prefix_of_a_sensor_stands_first),
        cmocka_unit_test(relative_paths_count_from_the_folder_of_the_file),
        cmocka_unit_test(the_example_file_says_the_defaults),
        cmocka_unit_test(the_example_file_holds_with_its_comments_opened),
        cmocka_unit_test(unknown_keys_are_errors_with_line_and_suggestion),
        cmocka_unit_test(an_rdap_server_is_a_url),
        cmocka_unit_test(lines_that_are_none_are_errors),
        cmocka_unit_test(the_longest_line_is_read_whole),
        cmocka_unit_test(a_byte_0_is_an_error),
        cmocka_unit_test(what_stands_twice_is_an_error),
        cmocka_unit_test(a_sensor_needs_a_plain_name),
        cmocka_unit_test(numbers_out_of_range_are_errors_that_name_it),
        cmocka_unit_test(places_off_the_map_are_errors),
        cmocka_unit_test(bad_prefixes_are_errors_that_quote_them),
        cmocka_unit_test(an_address_belongs_to_one_sensor),
        cmocka_unit_test(neighbours_do_not_overlap),
        cmocka_unit_test(more_than_the_maximum_is_an_error),
        cmocka_unit_test(files_that_can_not_be_read_are_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
