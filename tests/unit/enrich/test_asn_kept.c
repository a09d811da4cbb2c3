/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/asn_kept.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "maker.h"

/* A folder with a file of ranges, and where tables are kept. */
struct place {
    char folder[64], csv[96], kept[96];
    int64_t now_s; /* long after the file changed */
};

static const char ranges[] = "192.0.2.0\t192.0.2.127\t64496\tUS\tOne\n"
                             "not a row\n"
                             "198.51.100.0\t198.51.100.255\t64497\tNL\tTwo\n"
                             "2001:db8::\t2001:db8::ffff\t64498\tDE\tThree\n";

static void write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fputs(text, out) < 0, 0);
    assert_int_equal(fclose(out), 0);
}

static int make_place(void **state)
{
    static struct place place;

    (void)snprintf(place.folder, sizeof(place.folder), "/tmp/nightjar-kept-XXXXXX");
    assert_non_null(mkdtemp(place.folder));
    (void)snprintf(place.csv, sizeof(place.csv), "%s/asn.csv", place.folder);
    (void)snprintf(place.kept, sizeof(place.kept), "%s/cache/nightjar", place.folder);
    write_text(place.csv, ranges);
    place.now_s = (int64_t)time(NULL) + 100;
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    const struct place *place = *state;
    char command[96];

    (void)snprintf(command, sizeof(command), "rm -rf %s", place->folder);
    return system(command);
}

/* The one kept table of a kind. @return whether there is one */
static bool find_kept(const struct place *place, const char *kind, char ret_path[PATH_MAX])
{
    char pattern[PATH_MAX];
    glob_t found;
    bool one;

    (void)snprintf(pattern, sizeof(pattern), "%s/ranges-*.%s", place->kept, kind);
    one = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1;
    if (one)
        (void)snprintf(ret_path, PATH_MAX, "%s", found.gl_pathv[0]);
    globfree(&found);
    return one;
}

static void remove_kept(const struct place *place)
{
    char path[PATH_MAX];

    assert_true(find_kept(place, "asn", path));
    assert_int_equal(unlink(path), 0);
}

static ino_t kept_inode(const struct place *place)
{
    char path[PATH_MAX];
    struct stat st;

    assert_true(find_kept(place, "asn", path));
    assert_int_equal(stat(path, &st), 0);
    return st.st_ino;
}

/* The AS of an address by the file, as the module says it. */
static uint32_t asn_of(const struct place *place, const char *address)
{
    struct asn_table *table;
    struct asn_csv_counts counts;
    struct addr a;
    uint32_t asn;

    assert_int_equal(addr_parse(address, &a, NULL), 0);
    assert_int_equal(
        asn_kept_load(place->kept, place->now_s, place->csv, false, &table, &counts, NULL), 0);
    asn = asn_table_find(table, a);
    asn_table_free(table);
    return asn;
}

static void what_is_kept_says_what_the_file_says(void **state)
{
    const struct place *place = *state;
    ino_t first = 0;

    for (unsigned round = 0; round < 2; round++) {
        struct asn_table *table;
        struct asn_csv_counts counts;
        struct addr v6;

        assert_int_equal(
            asn_kept_load(place->kept, place->now_s, place->csv, false, &table, &counts, NULL),
            0);
        assert_int_equal(asn_table_find(table, addr_from_v4(0xc0000201)), 64496);
        assert_int_equal(asn_table_find(table, addr_from_v4(0xc0000280)), 0);
        assert_int_equal(asn_table_find(table, addr_from_v4(0xc63364ff)), 64497);
        assert_int_equal(addr_parse("2001:db8::7", &v6, NULL), 0);
        assert_int_equal(asn_table_find(table, v6), 64498);
        assert_string_equal(as_names_find(table->names, 64496), "One");
        assert_string_equal(as_names_find(table->names, 64498), "Three");
        assert_null(as_names_find(table->names, 64499));
        assert_int_equal(counts.rows, 3);
        assert_int_equal(counts.refused, 1);
        assert_int_equal(counts.bad_line, 2);
        asn_table_free(table);
        if (round == 0)
            first = kept_inode(place);
    }
    assert_int_equal(kept_inode(place), first); /* it was believed, not made anew */
}

static void countries_of_the_same_file_are_kept_apart(void **state)
{
    const struct place *place = *state;

    for (unsigned round = 0; round < 2; round++) {
        struct asn_csv_counts counts;
        struct asn_table *table;
        char path[PATH_MAX];

        assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
        assert_int_equal(
            asn_kept_load(place->kept, place->now_s, place->csv, true, &table, &counts, NULL),
            0);
        assert_int_equal(asn_table_find(table, addr_from_v4(0xc0000201)), 'U' << 8 | 'S');
        assert_null(table->names);
        asn_table_free(table);
        assert_true(find_kept(place, "country", path));
    }
}

static void all_names_of_a_large_file_are_kept(void **state)
{
    const struct place *place = *state;
    char path[96], name[32];
    FILE *out;

    (void)snprintf(path, sizeof(path), "%s/large.csv", place->folder);
    out = fopen(path, "wb");
    assert_non_null(out);
    for (unsigned i = 0; i < 5000; i++)
        (void)fprintf(out, "%u,%u,%u,Network with number %u\n", i << 8, i << 8 | 255, i + 1, i);
    assert_int_equal(fclose(out), 0);
    for (unsigned round = 0; round < 2; round++) {
        struct asn_csv_counts counts;
        struct asn_table *table;

        assert_int_equal(
            asn_kept_load(place->kept, place->now_s, path, false, &table, &counts, NULL), 0);
        for (unsigned i = 0; i < 5000; i++) {
            (void)snprintf(name, sizeof(name), "Network with number %u", i);
            assert_int_equal(asn_table_find(table, addr_from_v4(i << 8 | 7)), i + 1);
            assert_string_equal(as_names_find(table->names, i + 1), name);
        }
        assert_null(as_names_find(table->names, 5001));
        asn_table_free(table);
    }
    assert_int_equal(unlink(path), 0);
    remove_kept(place);
}

/* The second time its tree is not asked. */
static void countries_of_a_tree_are_kept_too(void **state)
{
    const struct place *place = *state;
    struct maker *maker = maker_new(4);
    struct mmdb *mmdb = NULL;
    char tree[96], path[PATH_MAX];

    (void)snprintf(tree, sizeof(tree), "%s/country.mmdb", place->folder);
    maker_insert(maker, "192.0.2.0", 24, maker_flat_country(maker, "NL"));
    maker_write(maker, tree);
    assert_int_equal(mmdb_open(tree, &mmdb, NULL), 0);
    for (unsigned round = 0; round < 2; round++) {
        struct v4_map *map;

        assert_int_equal(asn_kept_flatten(place->kept, place->now_s, tree,
                                          round == 0 ? mmdb : NULL, &map, NULL),
                         0);
        assert_int_equal(v4_map_find(map, 0xc0000201), mmdb_country_value("NL"));
        assert_int_equal(v4_map_find(map, 0xc6336401), 0);
        v4_map_free(map);
        assert_true(find_kept(place, "tree", path));
    }
    mmdb_close(mmdb);
}

static void a_damaged_table_is_made_anew(void **state)
{
    const struct place *place = *state;
    char path[PATH_MAX];
    struct stat st;

    assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
    assert_true(find_kept(place, "asn", path));
    assert_int_equal(stat(path, &st), 0);
    /* each field in front and behind; between them are slots, most of them empty */
    for (off_t at = 0; at < st.st_size; at += at < 200 || st.st_size - at < 200 ? 3 : 97) {
        ino_t before = kept_inode(place);
        int file = open(path, O_RDWR);
        char byte;

        assert_true(file >= 0);
        assert_int_equal(pread(file, &byte, 1, at), 1);
        byte ^= 0x10;
        assert_int_equal(pwrite(file, &byte, 1, at), 1);
        assert_int_equal(close(file), 0);
        assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
        assert_int_not_equal(kept_inode(place), before);
        assert_int_equal(truncate(path, at), 0);
        assert_int_equal(asn_of(place, "198.51.100.1"), 64497);
    }
}

static void a_table_that_others_can_write_is_not_believed(void **state)
{
    const struct place *place = *state;
    char path[PATH_MAX];
    struct stat st;

    assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
    assert_true(find_kept(place, "asn", path));
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
    assert_int_equal(stat(path, &st), 0); /* another file */
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void what_stands_at_its_place_is_neither_read_nor_written(void **state)
{
    const struct place *place = *state;
    char path[PATH_MAX], mine[96];
    struct stat st;

    assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
    assert_true(find_kept(place, "asn", path));
    (void)snprintf(mine, sizeof(mine), "%s/mine", place->folder);
    write_text(mine, "mine");

    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(mine, path), 0);
    assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(stat(mine, &st), 0);
    assert_int_equal(st.st_size, 4);

    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void a_folder_that_others_can_write_is_not_used(void **state)
{
    const struct place *place = *state;
    char path[PATH_MAX];

    assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
    assert_true(find_kept(place, "asn", path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(chmod(place->kept, 0777), 0);
    assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
    assert_false(find_kept(place, "asn", path));
    assert_int_equal(chmod(place->kept, 0700), 0);
}

static void without_a_folder_the_file_is_read(void **state)
{
    const struct place *place = *state;
    struct place other = *place;

    (void)snprintf(other.kept, sizeof(other.kept), "/proc/nowhere/nightjar");
    assert_int_equal(asn_of(&other, "192.0.2.1"), 64496);
}

/* The last of them: it changes the file. */
static void a_file_that_changed_is_read_again(void **state)
{
    struct place *place = *state;
    struct timespec times[2];
    char path[PATH_MAX];
    struct stat st;

    assert_int_equal(asn_of(place, "192.0.2.1"), 64496);
    assert_int_equal(stat(place->csv, &st), 0);
    write_text(place->csv, "192.0.2.0\t192.0.2.127\t64511\tUS\tOne\n"
                           "not a row\n"
                           "198.51.100.0\t198.51.100.255\t64497\tNL\tTwo\n"
                           "2001:db8::\t2001:db8::ffff\t64498\tDE\tThree\n");
    times[0] = st.st_atim;
    times[1] = st.st_mtim;
    assert_int_equal(utimensat(AT_FDCWD, place->csv, times, 0), 0); /* same size, same time */
    assert_int_equal(asn_of(place, "192.0.2.1"), 64511);

    assert_true(find_kept(place, "asn", path));
    assert_int_equal(unlink(path), 0);
    place->now_s -= 100; /* it has just changed */
    assert_int_equal(asn_of(place, "192.0.2.1"), 64511);
    assert_false(find_kept(place, "asn", path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_names_of_a_large_file_are_kept),
        cmocka_unit_test(what_is_kept_says_what_the_file_says),
        cmocka_unit_test(countries_of_the_same_file_are_kept_apart),
        cmocka_unit_test(countries_of_a_tree_are_kept_too),
        cmocka_unit_test(a_damaged_table_is_made_anew),
        cmocka_unit_test(a_table_that_others_can_write_is_not_believed),
        cmocka_unit_test(what_stands_at_its_place_is_neither_read_nor_written),
        cmocka_unit_test(a_folder_that_others_can_write_is_not_used),
        cmocka_unit_test(without_a_folder_the_file_is_read),
        cmocka_unit_test(a_file_that_changed_is_read_again),
    };

    return cmocka_run_group_tests(tests, make_place, remove_place);
}
