/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver of the later stages promises: its tables follow from the stored rows alone,
 * wherever checkpoints stand and in whatever passes the rows came. */
#include "pipeline/derive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "model/formula.h"
#include "model/packet.h"
#include "store/derived_ask.h"
#include "support/folder.h"

#define HOUR_NS 3600000000000ll
#define DAY_NS (24 * HOUR_NS)
#define START_NS (1411430400ll * 1000000000) /* 2014-09-23 */
#define DAYS 6

static struct store *open_writer(void)
{
    const struct store_options options = {.dir = test_folder, .threads = 1, .memory_mb = 256};
    struct nj_err err = {0};
    struct store *store = NULL;

    if (store_open_writer(&options, &store, &err) < 0)
        fail_msg("%s", err.msg);
    return store;
}

static void on_line(void *ctx, const char *line)
{
    unsigned *lines = ctx;

    ++*lines;
    (void)line;
}

static double port_risk(void *ctx, uint16_t port, uint8_t proto)
{
    (void)ctx;
    (void)proto;
    return port == 23 ? 0.9 : 0.2;
}

/* ---- rows ---- */

static void add(struct store *store, struct nj_intern *names, int64_t time_ns, uint32_t src,
                uint16_t port, enum class class)
{
    const struct store_place place = {.country = "CN", .asn = 64500};
    const struct visit visit = {
        .first_ns = time_ns,
        .last_ns = time_ns + 1000000000,
        .handed_ns = time_ns + 2000000000,
        .seq = store_last_seq(store) + store_staged(store) + 1,
        .src = addr_from_v4(src),
        .dst = addr_from_v4(0xcb007101),
        .packets = 12,
        .bytes = 480,
        .sessions = 12,
        .targets = 3,
        .rule = nj_intern_z(names, class == CLASS_EXPLOIT ? "netgear-setup" : "tcp-syn"),
        .dport = port,
        .sport = 40000,
        .sport_min = 40000,
        .sport_max = 40000,
        .proto = PROTO_TCP,
        .class = (uint8_t) class,
    };
    struct nj_err err;

    assert_int_equal(store_add_visit(store, &visit, "tokyo", &place, names, &err), 0);
}

/* Twelve sources for days [from, to): scans each few hours, one of them with an exploit. */
static void add_days(struct store *store, const char *name, int from, int to)
{
    struct store_input input = {
        .head_length = 10, .head_digest = 7, .position = 100, .digest = 9};
    struct nj_intern *names = nj_intern_new(100);
    struct nj_err err = {0};

    (void)snprintf(input.name, sizeof(input.name), "%s", name);
    (void)snprintf(input.sensor, sizeof(input.sensor), "tokyo");
    (void)snprintf(input.format, sizeof(input.format), "pcap");
    for (int day = from; day < to; day++)
        for (int hour = 0; hour < 24; hour++)
            for (uint32_t i = 0; i < 12; i++)
                if (hour % (int)(i + 1) == 0 && (int)(i % DAYS) <= day)
                    add(store, names, START_NS + day * DAY_NS + hour * HOUR_NS + i * 7000000000,
                        0xc6336400 + i, i % 2 == 0 ? 23 : 80,
                        i == 3 && hour == 12 ? CLASS_EXPLOIT : CLASS_SCAN);
    if (store_write(store, 0, &err) < 0 ||
        store_commit(store, "tokyo", &input, store_last_seq(store) + store_staged(store),
                     &err) < 0)
        fail_msg("%s", err.msg);
    nj_intern_free(names);
}

/* ---- deriving ---- */

/* @param lines  counts what is told */
static struct derive_options options_for(struct store *store, unsigned *lines)
{
    return (struct derive_options){
        .store = store,
        .port_risk = port_risk,
        .max_sources = 1000,
        .max_followed = 500,
        .max_episodes = 1000,
        .fdr = DERIVE_FDR,
        .line = on_line,
        .line_ctx = lines,
    };
}

static struct derive_counts derive(struct store *store, uint64_t checkpoint_rows, bool rebuild)
{
    unsigned lines = 0;
    struct derive_options options = options_for(store, &lines);
    struct derive *d = NULL;
    struct derive_counts counts;
    struct nj_err err = {0};

    options.checkpoint_rows = checkpoint_rows;
    if (derive_new(&options, &d, &err) < 0 ||
        (rebuild ? derive_rebuild(d, &err) : derive_run(d, true, &err)) < 0)
        fail_msg("%s", err.msg);
    counts = *derive_counts(d);
    derive_free(d);
    assert_int_equal(lines, 0);
    return counts;
}

/* All derived rows but for their eras. Taken. */
static char *dump(void)
{
    static const char *const queries[] = {
        "SELECT * FROM episode ORDER BY id",
        "SELECT * FROM link ORDER BY id",
        "SELECT * FROM actor ORDER BY id",
        "SELECT * FROM actor_source ORDER BY actor, source, from_us",
        "SELECT * FROM score ORDER BY source",
        "SELECT * FROM score_history ORDER BY source, at_us",
        "SELECT * FROM event ORDER BY id",
    };
    char path[128], *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    sqlite3 *catalog;

    (void)snprintf(path, sizeof(path), "%s/catalog.db", test_folder);
    assert_int_equal(sqlite3_open_v2(path, &catalog, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        sqlite3_stmt *stmt;

        assert_int_equal(sqlite3_prepare_v2(catalog, queries[i], -1, &stmt, NULL), SQLITE_OK);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            for (int k = 0; k < sqlite3_column_count(stmt); k++) {
                const uint8_t *bytes = sqlite3_column_blob(stmt, k);

                if (strcmp(sqlite3_column_name(stmt, k), "era") == 0)
                    continue;
                for (int b = 0; b < sqlite3_column_bytes(stmt, k); b++)
                    (void)fprintf(out, "%02x", bytes[b]);
                (void)fputc('|', out);
            }
            (void)fputc('\n', out);
        }
        (void)sqlite3_finalize(stmt);
    }
    (void)sqlite3_close(catalog);
    (void)fclose(out);
    return text;
}

static void expect_same(const char *wanted)
{
    char *found = dump();

    assert_true(strlen(found) > 1000);
    assert_string_equal(found, wanted);
    free(found);
}

static void checkpoints_inside_a_pass_change_nothing(void **state)
{
    struct store *store = open_writer();
    struct derive_counts counts;
    char *wanted;

    (void)state;
    add_days(store, "all", 0, DAYS);
    (void)derive(store, 1u << 30, false);
    wanted = dump();
    counts = derive(store, 10, true);
    assert_in_range(counts.checkpoints, DAYS - 1, DAYS); /* one a day, and the last */
    expect_same(wanted);
    free(wanted);
    store_close(store);
}

/* Rows of a middle day come last: the pass goes back to a checkpoint that stands before them,
 * also if that one was made inside a pass. */
static void late_rows_are_taken_from_the_checkpoint_before_them(void **state)
{
    struct store *store = open_writer();
    struct derive_counts counts;
    char *wanted;

    (void)state;
    add_days(store, "begin", 0, 3);
    add_days(store, "end", 4, DAYS);
    (void)derive(store, 10, false);
    add_days(store, "middle", 3, 4);
    counts = derive(store, 10, false);
    assert_int_equal(counts.recomputed, 1);
    assert_true(counts.back_to_us > START_NS / 1000 + DAY_NS / 1000);
    assert_true(counts.back_to_us <= START_NS / 1000 + 3 * DAY_NS / 1000);
    wanted = dump();
    (void)derive(store, 1u << 30, true);
    expect_same(wanted);
    free(wanted);
    store_close(store);
}

static void passes_of_a_day_each_tell_what_one_pass_tells(void **state)
{
    struct store *store = open_writer();
    char *wanted;

    (void)state;
    for (int day = 0; day < DAYS; day++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "day-%d", day);
        add_days(store, name, day, day + 1);
        (void)derive(store, 0, false);
    }
    wanted = dump();
    (void)derive(store, 0, true);
    expect_same(wanted);
    free(wanted);
    store_close(store);
}

/* As `ingest` of one input does; its fourth day comes last, and is late for no earlier run. */
static void lean_passes_beside_reading_tell_what_one_pass_tells(void **state)
{
    static const int days[] = {0, 1, 2, 4, 5, 3};
    struct store *store = open_writer();
    unsigned lines = 0;
    struct derive_options options = options_for(store, &lines);
    struct derive *d = NULL;
    struct nj_err err = {0};
    char *wanted;

    (void)state;
    options.lean = true;
    if (derive_new(&options, &d, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        char name[16];

        (void)snprintf(name, sizeof(name), "day-%d", days[i]);
        add_days(store, name, days[i], days[i] + 1);
        if (derive_run(d, false, &err) < 0)
            fail_msg("%s", err.msg);
    }
    assert_true(derive_counts(d)->rows > 0);
    if (derive_run(d, true, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(derive_counts(d)->recomputed, 0);
    derive_free(d);
    assert_int_equal(lines, 0);
    wanted = dump();
    (void)derive(store, 0, true);
    expect_same(wanted);
    free(wanted);
    store_close(store);
}

/* A catalog as the first version wrote it: without any table of the later stages. */
static void a_store_of_the_first_version_gets_the_tables(void **state)
{
    static const char back[] =
        "DROP TABLE episode; DROP TABLE episode_old; DROP TABLE link; DROP TABLE link_old;"
        "DROP TABLE actor; DROP TABLE actor_old; DROP TABLE actor_source;"
        "DROP TABLE actor_source_old; DROP TABLE score; DROP TABLE score_old;"
        "DROP TABLE score_history; DROP TABLE event; DROP TABLE note; DROP TABLE override;"
        "DROP TABLE derive_mark; DROP TABLE derive_figure; DROP TABLE checkpoint; DROP TABLE "
        "segment_span;"
        "UPDATE fact SET value = '1' WHERE name = 'version'";
    struct store *store = open_writer();
    char path[128], *wanted;
    sqlite3 *catalog;

    (void)state;
    add_days(store, "all", 0, 2);
    (void)derive(store, 0, false);
    wanted = dump();
    store_close(store);
    (void)snprintf(path, sizeof(path), "%s/catalog.db", test_folder);
    assert_int_equal(sqlite3_open(path, &catalog), SQLITE_OK);
    assert_int_equal(sqlite3_exec(catalog, back, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(catalog);

    store = open_writer();
    (void)derive(store, 0, false);
    expect_same(wanted);
    free(wanted);
    store_close(store);
}

static void exec(const char *sql)
{
    char path[128];
    sqlite3 *catalog;

    (void)snprintf(path, sizeof(path), "%s/catalog.db", test_folder);
    assert_int_equal(sqlite3_open(path, &catalog), SQLITE_OK);
    if (sqlite3_exec(catalog, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(catalog));
    (void)sqlite3_close(catalog);
}

/* The second and the third version kept the same tables with other columns. */
static void an_older_store_is_derived_anew_and_keeps_what_people_said(void **state)
{
    static const char *const versions[] = {
        "DROP TABLE checkpoint; CREATE TABLE checkpoint(id INTEGER PRIMARY KEY);"
        "DROP TABLE event; CREATE TABLE event(id INTEGER PRIMARY KEY, era INTEGER);"
        "DROP TABLE derive_figure;" /* the second version had it in the end only */
        "INSERT INTO note(source, text, noted_us) VALUES(x'00', 'ours', 1);"
        "UPDATE fact SET value = '2' WHERE name = 'version'",
        "DROP TABLE score; CREATE TABLE score(source BLOB PRIMARY KEY, receipt TEXT);"
        "CREATE TRIGGER score_keep BEFORE UPDATE ON score BEGIN SELECT 1; END;"
        "DROP TABLE score_history;"
        "CREATE TABLE score_history(id INTEGER PRIMARY KEY, reason TEXT);"
        "UPDATE fact SET value = '3' WHERE name = 'version'",
    };
    struct store *store = open_writer();
    char path[128], *wanted;
    sqlite3_stmt *stmt;
    sqlite3 *catalog;

    (void)state;
    add_days(store, "all", 0, 2);
    (void)derive(store, 0, false);
    wanted = dump();
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        store_close(store);
        exec(versions[i]);
        store = open_writer();
        (void)derive(store, 0, false);
        expect_same(wanted);
    }
    free(wanted);
    store_close(store);
    (void)snprintf(path, sizeof(path), "%s/catalog.db", test_folder);
    assert_int_equal(sqlite3_open(path, &catalog), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(catalog, "SELECT text FROM note", -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ours");
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(catalog);
}

/* Whatever kind of row the writing thread fails at: the pass says why and leaves nothing, and
 * the same stages find everything when they are asked again. */
static void a_pass_whose_rows_can_not_be_written_leaves_nothing(void **state)
{
    static const char *const tables[] = {"episode", "score", "score_history", "event"};
    struct store *store = open_writer();
    unsigned lines = 0;
    const struct derive_options options = options_for(store, &lines);
    struct derive *d = NULL;
    struct nj_err err = {0};
    char *empty, *found, *wanted, sql[200];

    (void)state;
    add_days(store, "all", 0, 2);
    empty = dump();
    if (derive_new(&options, &d, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        (void)snprintf(sql, sizeof(sql),
                       "CREATE TRIGGER no BEFORE INSERT ON %s BEGIN SELECT"
                       " RAISE(ABORT, 'no room'); END",
                       tables[i]);
        exec(sql);
        assert_int_equal(derive_run(d, true, &err), -1);
        assert_non_null(strstr(err.msg, "no room"));
        found = dump();
        assert_string_equal(found, empty);
        free(found);
        exec("DROP TRIGGER no");
    }
    if (derive_run(d, true, &err) < 0)
        fail_msg("%s", err.msg);
    derive_free(d);
    wanted = dump();
    (void)derive(store, 0, true);
    expect_same(wanted);
    free(wanted);
    free(empty);
    store_close(store);
}

/* @return the first number that a query finds */
static int64_t asked(const char *sql)
{
    char path[128];
    sqlite3_stmt *stmt;
    sqlite3 *catalog;
    int64_t number;

    (void)snprintf(path, sizeof(path), "%s/catalog.db", test_folder);
    assert_int_equal(sqlite3_open_v2(path, &catalog, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(catalog, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    number = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(catalog);
    return number;
}

/* Some 40 MB of rows, which is more than may wait for the writing thread. */
static void tell_many(struct derived *derived, int64_t rows)
{
    struct derived_event event = {.kind = EVENT_ACTOR, .fact = {.form = EVENT_SAYS}};
    struct nj_err err = {0};

    memset(event.fact.says, 'x', sizeof(event.fact.says) - 1);
    assert_int_equal(derived_begin(derived, &err), 0);
    for (event.at_us = 1; event.at_us <= rows; event.at_us++)
        if (derived_event(derived, &event, &err) < 0)
            fail_msg("%s", err.msg);
}

static void many_rows_are_written_in_the_order_in_which_they_were_told(void **state)
{
    const int64_t rows = (40 << 20) / EVENT_TEXT_MAX;
    const struct derived_mark mark = {.position_us = 1};
    struct store *store = open_writer();
    struct derived *derived;
    struct nj_err err = {0};

    (void)state;
    if (derived_open(store, &derived, &err) < 0)
        fail_msg("%s", err.msg);
    tell_many(derived, rows);
    derived_cancel(derived);
    assert_int_equal(asked("SELECT count(*) FROM event"), 0);
    tell_many(derived, rows);
    assert_int_equal(derived_commit(derived, &mark, &err), 0);
    derived_close(derived);
    store_close(store);
    assert_int_equal(asked("SELECT count(*) FROM event"), rows);
    assert_int_equal(asked("SELECT count(*) FROM event WHERE at_us = id"), rows);
}

/* Told before the formula changed: its points and facts stay as they are, and its version says
 * so; what is scored after that has the version of now. */
static void a_receipt_of_an_older_formula_stays_readable_and_says_so(void **state)
{
    struct store *store = open_writer();
    json_t *was = json_object(), *now = json_object();
    struct nj_err err = {0};
    struct addr source = addr_from_v4(0xc6336400);

    (void)state;
    add_days(store, "all", 0, 2);
    (void)derive(store, 0, false);
    assert_int_equal(derived_about(store, source, was, &err), 0);
    assert_int_equal(json_integer_value(json_object_get(was, "formula")), RISK_VERSION);
    assert_true(json_array_size(json_object_get(was, "receipt")) > 0);
    store_close(store);
    exec("UPDATE score SET version = 1");
    store = open_writer();
    assert_int_equal(derived_about(store, source, now, &err), 0);
    assert_int_equal(json_integer_value(json_object_get(now, "formula")), 1);
    assert_true(json_equal(json_object_get(now, "receipt"), json_object_get(was, "receipt")));
    assert_true(json_equal(json_object_get(now, "risk"), json_object_get(was, "risk")));
    (void)derive(store, 0, true); /* a rebuild */
    (void)json_object_clear(now);
    assert_int_equal(derived_about(store, source, now, &err), 0);
    assert_int_equal(json_integer_value(json_object_get(now, "formula")), RISK_VERSION);
    json_decref(was);
    json_decref(now);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_A_STORE(test) cmocka_unit_test_setup_teardown(test, folder_make, folder_remove)
        IN_A_STORE(checkpoints_inside_a_pass_change_nothing),
        IN_A_STORE(late_rows_are_taken_from_the_checkpoint_before_them),
        IN_A_STORE(passes_of_a_day_each_tell_what_one_pass_tells),
        IN_A_STORE(lean_passes_beside_reading_tell_what_one_pass_tells),
        IN_A_STORE(a_store_of_the_first_version_gets_the_tables),
        IN_A_STORE(an_older_store_is_derived_anew_and_keeps_what_people_said),
        IN_A_STORE(a_receipt_of_an_older_formula_stays_readable_and_says_so),
        IN_A_STORE(a_pass_whose_rows_can_not_be_written_leaves_nothing),
        IN_A_STORE(many_rows_are_written_in_the_order_in_which_they_were_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
