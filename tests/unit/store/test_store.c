/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "store/query.h"
#include "support/folder.h"

#define DAY_NS 86400000000000ll
#define START_NS (1411430400ll * 1000000000) /* 2014-09-23 */

static const char *sensor = "tokyo";

static struct store *open_writer(void)
{
    struct store_options options = {.dir = test_folder, .threads = 1, .memory_mb = 256};
    struct nj_err err = {0};
    struct store *store = NULL;

    if (store_open_writer(&options, &store, &err) < 0)
        fail_msg("%s", err.msg);
    return store;
}

static struct store *open_reader(void)
{
    struct store_options options = {.dir = test_folder, .threads = 1, .memory_mb = 256};
    struct nj_err err = {0};
    struct store *store = NULL;

    if (store_open(&options, &store, &err) < 0)
        fail_msg("%s", err.msg);
    return store;
}

/* ---- rows in, answers out
 * ----------------------------------------------------------------------- */

struct table {
    char cells[64][12][64];
    size_t rows, columns;
    char names[12][32];
    char warnings[4][500];
    size_t warning_count;
};

static void on_line(void *ctx, const char *line)
{
    struct table *table = ctx;

    (void)snprintf(table->warnings[table->warning_count++ % 4], 500, "%s", line);
}

static int on_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    struct table *table = ctx;

    (void)err;
    table->columns = count;
    for (size_t i = 0; i < count && i < 12; i++)
        (void)snprintf(table->names[i], 32, "%s", names[i]);
    return 0;
}

static int on_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct table *table = ctx;

    (void)err;
    assert_true(table->rows < 64);
    for (size_t i = 0; i < count && i < 12; i++) {
        char *to = table->cells[table->rows][i];

        switch (cells[i].kind) {
        case CELL_TEXT:
            (void)snprintf(to, 64, "%.*s", (int)cells[i].length, cells[i].text);
            break;
        case CELL_REAL:
            (void)snprintf(to, 64, "%.3f", cells[i].real);
            break;
        case CELL_ADDRESS:
            (void)addr_text(cells[i].address, to);
            break;
        case CELL_NULL:
            (void)snprintf(to, 64, "-");
            break;
        default:
            (void)snprintf(to, 64, "%lld", (long long)cells[i].number);
            break;
        }
    }
    table->rows++;
    return 0;
}

static struct table top(struct store *store, enum top_field field, const char *filter, bool all,
                        enum period by)
{
    struct top_question question = {
        .field = field,
        .scope = {.filter = filter,
                  .all_classes = all,
                  .from_us = INT64_MIN,
                  .to_us = INT64_MAX},
        .by = by,
        .limit = 10,
    };
    struct table table = {0};
    struct row_sink sink = {.head = on_head, .row = on_row, .ctx = &table};
    struct nj_err err = {0};

    if (store_prepare(store, on_line, &table, &err) < 0 ||
        store_top(store, &question, &sink, &err) < 0)
        fail_msg("%s", err.msg);
    return table;
}

struct names {
    struct nj_intern *table;
    uint32_t rule, masscan;
};

static void add_of(struct store *store, const struct names *names, int64_t time_ns,
                   struct addr src, uint16_t port, enum class class, const char *country,
                   uint32_t sessions)
{
    struct visit visit = {
        .first_ns = time_ns,
        .last_ns = time_ns,
        .handed_ns = time_ns,
        .seq = store_last_seq(store) + store_staged(store) + 1,
        .src = src,
        .dst = addr_from_v4(0xcb007101),
        .packets = sessions,
        .bytes = 40 * (uint64_t)sessions,
        .sessions = sessions,
        .targets = 1,
        .rule = names->rule,
        .dport = port,
        .sport = 40000,
        .sport_min = 40000,
        .sport_max = 40000,
        .proto = PROTO_TCP,
        .class = (uint8_t) class,
    };
    struct store_place place = {.asn = 64500};
    struct nj_err err;

    memcpy(place.country, country, 3);
    assert_int_equal(store_add_visit(store, &visit, sensor, &place, names->table, &err), 0);
}

static void add(struct store *store, const struct names *names, int64_t time_ns, uint32_t src,
                uint16_t port, enum class class, const char *country, uint32_t sessions)
{
    add_of(store, names, time_ns, addr_from_v4(src), port, class, country, sessions);
}

static struct store_input input_named(const char *name)
{
    struct store_input input = {
        .head_length = 10, .head_digest = 7, .position = 100, .digest = 9};

    (void)snprintf(input.name, sizeof(input.name), "%s", name);
    (void)snprintf(input.sensor, sizeof(input.sensor), "tokyo");
    (void)snprintf(input.format, sizeof(input.format), "pcap");
    return input;
}

static void commit(struct store *store, struct store_input *input)
{
    uint64_t last = store_last_seq(store) + store_staged(store);
    struct nj_err err = {0};

    if (store_write(store, 0, &err) < 0 || store_commit(store, "tokyo", input, last, &err) < 0)
        fail_msg("%s", err.msg);
}

static struct names make_names(void)
{
    struct names names = {.table = nj_intern_new(100)};

    names.rule = nj_intern_z(names.table, "tcp-syn");
    names.masscan = nj_intern_z(names.table, "masscan");
    return names;
}

/* Two days, three sources: two commits. */
static void fill(struct names *names)
{
    struct store_input first = input_named("one.pcap"), second = input_named("two.pcap");
    struct store *store = open_writer();

    *names = make_names();
    add(store, names, START_NS, 0xc0000201, 23, CLASS_SCAN, "CN", 6);
    add(store, names, START_NS + DAY_NS, 0xc0000201, 23, CLASS_SCAN, "CN", 1);
    add(store, names, START_NS + 5, 0xc0000202, 80, CLASS_SCAN, "RU", 2);
    commit(store, &first);
    add(store, names, START_NS + 9, 0xc0000203, 23, CLASS_SCAN, "CN", 1);
    add(store, names, START_NS + 9, 0xc0000203, 4000, CLASS_BACKSCATTER, "CN", 50);
    commit(store, &second);
    store_close(store);
}

static void rankings_add_up_over_commits(void **state)
{
    struct store *store;
    struct names names;
    struct table ports, countries;

    (void)state;
    fill(&names);
    store = open_reader();
    ports = top(store, TOP_PORTS, NULL, false, PERIOD_NONE);
    assert_int_equal(ports.rows, 2);
    assert_string_equal(ports.names[0], "port");
    assert_string_equal(ports.cells[0][0], "23");
    assert_string_equal(ports.cells[0][1], "tcp");
    assert_string_equal(ports.cells[0][3], "8");     /* sessions */
    assert_string_equal(ports.cells[0][4], "2");     /* sources: not 3, one came twice */
    assert_string_equal(ports.cells[0][5], "0.800"); /* share */
    assert_string_equal(ports.cells[1][6], "1.000"); /* cumulative */
    countries = top(store, TOP_COUNTRIES, "dport = 23", false, PERIOD_DAY);
    assert_int_equal(countries.rows, 2);
    assert_string_equal(countries.cells[0][0], "2014-09-23");
    assert_string_equal(countries.cells[0][3], "7");
    assert_string_equal(countries.cells[1][0], "2014-09-24");
    store_close(store);
    nj_intern_free(names.table);
}

static bool same_top(struct store *a, struct store *b, enum top_field field, enum period by)
{
    struct table left = top(a, field, NULL, true, by), right = top(b, field, NULL, true, by);

    return left.rows > 0 && memcmp(&left, &right, sizeof(left)) == 0;
}

static bool same_source(struct store *a, struct store *b, uint32_t v4)
{
    json_t *left = NULL, *right = NULL;
    struct nj_err err = {0};
    bool same;

    if (store_source(a, addr_from_v4(v4), &left, &err) != 0 ||
        store_source(b, addr_from_v4(v4), &right, &err) != 0)
        fail_msg("%s", err.msg);
    same = json_equal(left, right) != 0;
    json_decref(left);
    json_decref(right);
    return same;
}

static void summaries_in_memory_answer_as_the_files_do(void **state)
{
    struct store_options options = {.dir = test_folder, .threads = 2, .memory_mb = 256};
    struct store_input third = input_named("three.pcap");
    struct store *stores[3] = {NULL}, *writer;
    struct nj_err err = {0};
    struct names names;

    (void)state;
    fill(&names);
    options.memory = store_memory_new();
    stores[0] = open_reader();
    for (size_t i = 1; i < 3; i++)
        assert_int_equal(store_open(&options, &stores[i], &err), 0);
    for (unsigned round = 0; round < 2; round++) {
        for (enum top_field field = 0; field < TOP_FIELDS; field++) {
            size_t i = 1 + (field + round) % 2; /* of the two that share the memory */

            assert_true(same_top(stores[0], stores[i], field, PERIOD_NONE));
            assert_true(same_top(stores[0], stores[i], field, PERIOD_WEEK));
            assert_true(same_source(stores[0], stores[i], 0xc0000201));
        }
        if (round == 0) { /* what is committed in between, with a text of more than 12 bytes */
            sensor = "a-sensor-with-a-long-name";
            writer = open_writer();
            add(writer, &names, START_NS + 3 * DAY_NS, 0xc0000201, 443, CLASS_SCAN, "\0\0", 9);
            commit(writer, &third);
            store_close(writer);
            sensor = "tokyo";
            assert_string_equal(
                top(stores[1], TOP_SENSORS, NULL, false, PERIOD_NONE).cells[1][0],
                "a-sensor-with-a-long-name");
            assert_string_equal(top(stores[1], TOP_PORTS, "sensor = a-sensor-with-a-long-name",
                                    false, PERIOD_NONE)
                                    .cells[0][0],
                                "443");
        }
    }
    for (size_t i = 0; i < 3; i++)
        store_close(stores[i]);
    store_memory_free(options.memory);
    nj_intern_free(names.table);
}

static void classes_that_are_no_attack_count_on_demand_only(void **state)
{
    struct store *store;
    struct names names;
    struct table some, all, named;

    (void)state;
    fill(&names);
    store = open_reader();
    some = top(store, TOP_CLASSES, NULL, false, PERIOD_NONE);
    all = top(store, TOP_CLASSES, NULL, true, PERIOD_NONE);
    named = top(store, TOP_PORTS, "class = backscatter", false, PERIOD_NONE);
    assert_int_equal(some.rows, 1);
    assert_int_equal(all.rows, 2);
    assert_string_equal(all.cells[0][0], "backscatter");
    assert_string_equal(named.cells[0][0], "4000");
    store_close(store);
    nj_intern_free(names.table);
}

static void address_filters_reach_the_engine(void **state)
{
    struct store *store;
    struct names names;

    (void)state;
    fill(&names);
    store = open_reader();
    assert_string_equal(
        top(store, TOP_SOURCES, "src = 192.0.2.2", false, PERIOD_NONE).cells[0][0],
        "192.0.2.2");
    assert_int_equal(top(store, TOP_SOURCES, "src in 192.0.2.0/30", false, PERIOD_NONE).rows,
                     3);
    assert_int_equal(top(store, TOP_SOURCES, "src in 198.51.100.0/24", false, PERIOD_NONE).rows,
                     0);
    assert_int_equal(top(store, TOP_SOURCES, "ts >= 2014-09-24", false, PERIOD_NONE).rows, 1);
    store_close(store);
    nj_intern_free(names.table);
}

static void compaction_changes_no_answer(void **state)
{
    struct store_report report;
    struct table lines = {0};
    struct nj_err err = {0};
    struct names names;
    struct store *store;
    struct table before, after;

    (void)state;
    fill(&names);
    store = open_reader();
    before = top(store, TOP_PORTS, NULL, true, PERIOD_NONE);
    store_close(store);
    store = open_writer();
    if (store_compact(store, on_line, &lines, &report, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(report.written, 4); /* the first day's visits, counts, sources, ledger */
    store_close(store);
    store = open_reader();
    after = top(store, TOP_PORTS, NULL, true, PERIOD_NONE);
    assert_memory_equal(before.cells, after.cells, sizeof(before.cells));
    assert_int_equal(store_verify(store, on_line, &lines, &report, &err), 0);
    store_close(store);
    nj_intern_free(names.table);
}

static uint64_t tidied(struct store *store)
{
    struct store_report report;
    struct table lines = {0};
    struct nj_err err = {0};

    if (store_tidy(store, on_line, &lines, &report, &err) < 0)
        fail_msg("%s", err.msg);
    return report.written;
}

static void small_commits_are_joined_when_they_have_piled_up(void **state)
{
    struct names names = make_names();
    struct store *store = open_writer();

    (void)state;
    for (uint32_t i = 0; i <= STORE_SMALL_SEGMENTS; i++) {
        struct store_input input;
        char name[32];

        assert_int_equal(tidied(store), 0);
        (void)snprintf(name, sizeof(name), "%u.pcap", i);
        input = input_named(name);
        add(store, &names, START_NS + i, 0xc0000201, 23, CLASS_SCAN, "CN", 2);
        commit(store, &input);
    }
    assert_int_equal(tidied(store), 4); /* visits, counts, sources, ledger */
    assert_int_equal(tidied(store), 0);
    store_close(store);
    store = open_reader();
    assert_string_equal(top(store, TOP_PORTS, NULL, false, PERIOD_NONE).cells[0][3], "242");
    store_close(store);
    nj_intern_free(names.table);
}

/* Rows in no order of time: each commit has some of every day. */
static void segments_of_a_large_commit_are_left_to_compact(void **state)
{
    struct names names = make_names();
    struct store *store = open_writer();

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        struct store_input input = input_named(i == 0 ? "one.csv" : "two.csv");

        for (uint32_t k = 0; k < STORE_COMMIT_ROWS / 2; k++)
            add(store, &names, START_NS + k % (STORE_SMALL_SEGMENTS + 1) * DAY_NS, 0xc0000201,
                23, CLASS_SCAN, "CN", 1);
        commit(store, &input);
    }
    assert_int_equal(tidied(store), 0);
    store_close(store);
    nj_intern_free(names.table);
}

/* ---- timelines
 * ------------------------------------------------------------------------------------- */

static struct table timeline(struct store *store, enum period by, bool all, int64_t to_us)
{
    const struct addr sources[] = {addr_from_v4(0xc0000203), addr_from_v4(0xc0000201),
                                   addr_from_v4(0xc0000201), addr_from_v4(0xc0000299)};
    const struct store_scope scope = {.all_classes = all, .from_us = INT64_MIN, .to_us = to_us};
    struct table table = {0};
    struct row_sink sink = {.head = on_head, .row = on_row, .ctx = &table};
    struct nj_err err = {0};

    if (store_prepare(store, on_line, &table, &err) < 0 ||
        store_timeline(store, sources, 4, &scope, by, &sink, &err) < 0)
        fail_msg("%s", err.msg);
    return table;
}

/* SQL on the catalog, as an older program or a fault would have left it. */
static void change_catalog(const char *sql)
{
    char path[200];
    sqlite3 *catalog;

    (void)snprintf(path, sizeof(path), "%s/catalog.db", test_folder);
    assert_int_equal(sqlite3_open(path, &catalog), SQLITE_OK);
    assert_int_equal(sqlite3_exec(catalog, sql, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(catalog);
}

#define FORGET_LEDGERS "DELETE FROM segment WHERE path LIKE 'summaries/ledgers/%'"

/* Of every kind of question; the rest of `wanted` is filled in the first round. */
static void same_timelines(struct table wanted[8], bool first)
{
    struct store *store = open_reader();
    size_t i = 0;

    for (enum period by = PERIOD_HOUR; by <= PERIOD_MONTH; by++)
        for (int all = 0; all < 2; all++, i++) {
            /* days, all of them or the first; hours; or a bound within a day */
            int64_t to_us = by == PERIOD_WEEK    ? (START_NS + DAY_NS) / 1000 - 1
                            : by == PERIOD_MONTH ? START_NS / 1000 + 7
                                                 : INT64_MAX;
            struct table found = timeline(store, by, all != 0, to_us);

            if (first)
                wanted[i] = found;
            assert_int_equal(found.warning_count, 0);
            assert_memory_equal(found.cells, wanted[i].cells, sizeof(found.cells));
        }
    store_close(store);
}

static void compact(uint64_t written)
{
    struct store *store = open_writer();
    struct store_report report;
    struct table lines = {0};
    struct nj_err err = {0};

    if (store_compact(store, on_line, &lines, &report, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(report.written, written);
    store_close(store);
}

static void ledgers_say_what_visits_say(void **state)
{
    struct table *wanted = calloc(8, sizeof(*wanted));
    struct names names;

    (void)state;
    assert_non_null(wanted);
    fill(&names);
    same_timelines(wanted, true);
    assert_string_equal(wanted[2].cells[0][0], "2014-09-23");
    assert_string_equal(wanted[2].cells[0][1], "192.0.2.1");
    assert_string_equal(wanted[2].cells[0][4], "6");
    assert_string_equal(wanted[2].cells[0][6], "40000");
    assert_string_equal(wanted[2].cells[0][8], "1");
    assert_int_equal(wanted[2].rows, 3);
    assert_int_equal(wanted[3].rows, 4); /* and backscatter */
    change_catalog(FORGET_LEDGERS " AND path LIKE '%c00000002%'");
    same_timelines(wanted, false); /* some are gone: none is asked */
    change_catalog(FORGET_LEDGERS);
    same_timelines(wanted, false);
    compact(8); /* two days' visits, counts, sources and ledgers */
    same_timelines(wanted, false);
    compact(0);
    free(wanted);
    nj_intern_free(names.table);
}

/* ---- sources
 * --------------------------------------------------------------------------------------- */

#define MANY 12u

/* Three commits of two days, with the same sources in turns: any port, program, length and
 * source ports; what a later one says of a tool holds for the rows without. */
static void fill_at_random(struct names *names, struct nj_rng *rng)
{
    static const char *const files[] = {"one.pcap", "two.pcap", "three.pcap"};
    struct store *store = open_writer();
    const struct store_place place = {.country = "CN", .asn = 64500};
    struct trait tool = {.kind = "tool", .value = "zmap", .bits = 20, .packets = 9};
    struct nj_err err = {0};

    *names = make_names();
    for (size_t i = 0; i < 3; i++) {
        struct store_input input = input_named(files[i]);

        for (uint32_t k = 0; k < 150; k++) {
            uint16_t port = (uint16_t)(1024 + nj_rng_below(rng, 60000));
            struct visit visit = {
                .first_ns = START_NS + (int64_t)nj_rng_below64(rng, 2 * DAY_NS) / 1000 * 1000,
                .seq = store_last_seq(store) + store_staged(store) + 1,
                .src = addr_from_v4(0xc0000201 + nj_rng_below(rng, MANY)),
                .dst = addr_from_v4(0xcb007101),
                .packets = 1 + nj_rng_below(rng, 9),
                .sessions = 1 + nj_rng_below(rng, 3),
                .targets = 1,
                .rule = names->rule,
                .tool = nj_rng_below(rng, 2) == 0 ? names->masscan : 0,
                .stack = nj_rng_below(rng, 2) == 0 ? names->masscan : 0,
                .dport = (uint16_t)(20 + nj_rng_below(rng, 4)),
                .sport = port,
                .sport_min = port,
                .sport_max = (uint16_t)(port + nj_rng_below(rng, 3)),
                .sports = {port, (uint16_t)(port + 1), (uint16_t)(port + 2)},
                .sport_bands = UINT64_C(1) << port / 1024,
                .proto = nj_rng_below(rng, 5) == 0 ? PROTO_UDP : PROTO_TCP,
                .class = nj_rng_below(rng, 5) == 0 ? CLASS_EXPLOIT : CLASS_SCAN,
            };

            visit.last_ns = visit.first_ns + (int64_t)nj_rng_below64(rng, DAY_NS);
            visit.handed_ns = visit.last_ns;
            visit.sports_count = (uint8_t)(visit.sport_max - port + 1);
            if (nj_rng_below(rng, 4) == 0) /* more of sessions that were counted before */
                visit.sessions = visit.sport = visit.sport_min = visit.sport_max =
                    visit.sports_count = 0;
            assert_int_equal(store_add_visit(store, &visit, sensor, &place, names->table, &err),
                             0);
        }
        tool.src = addr_from_v4(0xc0000201 + (uint32_t)i);
        tool.time_ns = START_NS + DAY_NS;
        assert_int_equal(store_add_trait(store, &tool, sensor, &err), 0);
        commit(store, &input);
    }
    store_close(store);
}

static void same_sources(json_t *wanted[MANY], bool first)
{
    struct store *store = open_reader();
    struct table lines = {0};
    struct nj_err err = {0};
    json_t *unknown;

    assert_int_equal(store_prepare(store, on_line, &lines, &err), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        json_t *found = NULL;

        if (store_source(store, addr_from_v4(0xc0000201 + i), &found, &err) != 0)
            fail_msg("%s", err.msg);
        if (first)
            wanted[i] = json_incref(found);
        assert_true(json_integer_value(json_object_get(json_object_get(found, "source_ports"),
                                                       "min")) >= 1024);
        if (json_equal(found, wanted[i]) == 0)
            fail_msg("%s, before %s", json_dumps(found, 0), json_dumps(wanted[i], 0));
        json_decref(found);
    }
    assert_int_equal(store_source(store, addr_from_v4(0xc0000299), &unknown, &err),
                     STORE_UNKNOWN);
    store_close(store);
}

static void ledgers_say_of_sources_what_visits_say(void **state)
{
    struct nj_rng rng = nj_rng(7, 0);
    json_t *wanted[MANY];
    struct names names;

    (void)state;
    fill_at_random(&names, &rng);
    same_sources(wanted, true);
    assert_true(json_integer_value(json_object_get(wanted[0], "sessions")) > 30);
    assert_true(json_object_get(json_object_get(wanted[0], "tools"), "zmap") != NULL);
    assert_true(json_object_get(json_object_get(wanted[5], "tools"), "unknown") != NULL);
    change_catalog(FORGET_LEDGERS " AND path LIKE '%c00000002%'");
    same_sources(wanted, false);
    compact(9); /* two days' visits, counts, sources and ledgers, one's traits */
    same_sources(wanted, false);
    change_catalog(FORGET_LEDGERS);
    same_sources(wanted, false);
    for (uint32_t i = 0; i < MANY; i++)
        json_decref(wanted[i]);
    nj_intern_free(names.table);
}

/* The stage sorts by 32 bits of an address. */
static void ledgers_hold_ipv6_among_ipv4(void **state)
{
    static const struct {
        struct addr src;
        const char *text;
    } sources[] = {{{.hi = 0, .lo = 0xffff14000001}, "20.0.0.1"},
                   {{.hi = 0x2a00145000000001, .lo = 1}, "2a00:1450:0:1::1"},
                   {{.hi = 0x2a00145000000002, .lo = 1}, "2a00:1450:0:2::1"},
                   {{.hi = 0, .lo = 0xffff2d000001}, "45.0.0.1"},
                   {{.hi = 0, .lo = 0xffffc8000001}, "200.0.0.1"}};
    const struct store_scope scope = {.from_us = INT64_MIN, .to_us = INT64_MAX};
    struct store_input input = input_named("one.pcap");
    struct store *store = open_writer();
    struct names names = make_names();
    struct nj_err err = {0};

    (void)state;
    for (uint16_t port = 1; port <= 3; port++)
        for (size_t i = 0; i < 5; i++)
            add_of(store, &names, START_NS, sources[i].src, port, CLASS_SCAN, "CN", 1);
    commit(store, &input);
    store_close(store);
    store = open_reader();
    for (size_t i = 0; i < 5; i++) {
        struct table found = {0};
        struct row_sink sink = {.head = on_head, .row = on_row, .ctx = &found};

        assert_int_equal(store_prepare(store, on_line, &found, &err), 0);
        assert_int_equal(
            store_timeline(store, &sources[i].src, 1, &scope, PERIOD_DAY, &sink, &err), 0);
        assert_int_equal(found.rows, 3);
        assert_string_equal(found.cells[0][1], sources[i].text);
    }
    store_close(store);
    nj_intern_free(names.table);
}

/* @param change  of the catalog: what an older nightjar would have left */
static void gets_its_ledgers_by_compaction(const char *change)
{
    struct table *wanted = calloc(8, sizeof(*wanted));
    struct store_report report;
    struct table lines = {0};
    struct nj_err err = {0};
    struct names names;
    struct store *store;

    assert_non_null(wanted);
    fill(&names);
    same_timelines(wanted, true);
    change_catalog(change);
    same_timelines(wanted, false);
    compact(8);
    same_timelines(wanted, false);
    store = open_reader();
    assert_int_equal(store_verify(store, on_line, &lines, &report, &err), 0);
    assert_int_equal(report.segments, 8);
    store_close(store);
    free(wanted);
    nj_intern_free(names.table);
}

static void store_of_version_4_gets_its_ledgers_by_compaction(void **state)
{
    (void)state;
    gets_its_ledgers_by_compaction(FORGET_LEDGERS
                                   "; UPDATE fact SET value = '4' WHERE name = 'version'");
}

/* Its ledgers say less: they are not read, and go when compaction has made others. */
static void ledgers_of_version_5_make_room_for_new_ones(void **state)
{
    (void)state;
    gets_its_ledgers_by_compaction(
        "UPDATE segment SET kind = 5 WHERE path LIKE 'summaries/ledgers/%';"
        "UPDATE fact SET value = '5' WHERE name = 'version'");
}

/* ---- damage
 * ---------------------------------------------------------------------------------------- */

static char victim[300];

static const char *victims; /* a part of their path */

static int find_victim(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)walk;
    if (type == FTW_F && strstr(path, victims) != NULL && victim[0] == '\0')
        (void)snprintf(victim, sizeof(victim), "%s", path);
    return 0;
}

static void flip_a_bit(const char *where)
{
    int fd;
    char byte;

    victim[0] = '\0';
    victims = where;
    (void)nftw(test_folder, find_victim, 16, FTW_PHYS);
    fd = open(victim, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, 60), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, 60), 1);
    (void)close(fd);
}

static void damaged_segment_is_named_and_the_rest_answers(void **state)
{
    struct store_report report;
    struct nj_err err = {0};
    struct names names;
    struct store *store;
    struct table ports;

    (void)state;
    fill(&names);
    flip_a_bit("/visits/day=2014-09-23/");
    store = open_reader();
    ports = top(store, TOP_PORTS, NULL, true, PERIOD_NONE);
    assert_int_equal(ports.warning_count, 1);
    assert_non_null(strstr(ports.warnings[0], victim + strlen(test_folder) + 1));
    assert_true(ports.rows >= 1);
    assert_int_equal(store_verify(store, on_line, &ports, &report, &err), STORE_DAMAGED);
    assert_int_equal(report.damaged, 1);
    store_close(store);
    nj_intern_free(names.table);
}

static void damaged_ledger_is_named_and_visits_answer(void **state)
{
    struct store_report report;
    struct nj_err err = {0};
    struct names names;
    struct table days;
    struct store *store;

    (void)state;
    fill(&names);
    flip_a_bit("/ledgers/day=2014-09-24/");
    store = open_reader();
    days = timeline(store, PERIOD_DAY, true, INT64_MAX);
    assert_int_equal(days.warning_count, 1);
    assert_non_null(strstr(days.warnings[0], "summaries/ledgers/day=2014-09-24/"));
    assert_int_equal(days.rows, 4);
    assert_int_equal(store_verify(store, on_line, &days, &report, &err), STORE_DAMAGED);
    assert_int_equal(report.damaged, 1);
    store_close(store);
    compact(8);
    store = open_reader();
    days = timeline(store, PERIOD_DAY, true, INT64_MAX);
    assert_int_equal(days.warning_count, 0);
    assert_int_equal(days.rows, 4);
    store_close(store);
    nj_intern_free(names.table);
}

static void what_a_killed_writer_left_is_removed(void **state)
{
    char path[200];
    struct names names;
    FILE *orphan;

    (void)state;
    fill(&names);
    (void)snprintf(path, sizeof(path), "%s/visits/day=2014-09-23/c00000099-1.parquet",
                   test_folder);
    orphan = fopen(path, "wbe");
    assert_non_null(orphan);
    (void)fputs("half a file", orphan);
    (void)fclose(orphan);
    store_close(open_writer());
    assert_int_equal(access(path, F_OK), -1);
    nj_intern_free(names.table);
}

static void second_writer_is_refused_with_the_holder(void **state)
{
    struct store_options options = {.dir = test_folder, .threads = 1, .memory_mb = 256};
    struct store *first = open_writer(), *second;
    struct nj_err err = {0};
    char pid[32];

    (void)state;
    (void)snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
    assert_int_equal(store_open_writer(&options, &second, &err), -1);
    assert_int_equal(err.code, NJ_BUSY);
    assert_non_null(strstr(err.msg, pid));
    store_close(first);
}

static void *open_waiting(void *arg)
{
    struct store_options options = {
        .dir = test_folder, .threads = 1, .memory_mb = 256, .what = "ingest", .wait_s = 20};
    struct nj_err err = {0};

    return store_open_writer(&options, arg, &err) < 0 ? arg : NULL;
}

static void writer_that_waits_is_noticed_and_gets_its_turn(void **state)
{
    struct store *first = open_writer(), *second = NULL, *third;
    struct store_options options = {.dir = test_folder, .threads = 1, .memory_mb = 256};
    struct nj_err err = {0};
    pthread_t thread;
    void *failed;

    (void)state;
    assert_false(store_wanted(first));
    assert_int_equal(pthread_create(&thread, NULL, open_waiting, &second), 0);
    while (!store_wanted(first))
        (void)usleep(1000);
    store_close(first);
    store_give_way(test_folder, 20000);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    assert_false(store_wanted(second));
    assert_int_equal(store_open_writer(&options, &third, &err), -1);
    assert_int_equal(err.code, NJ_BUSY);
    assert_non_null(strstr(err.msg, "(nightjar ingest)"));
    store_close(second);
}

static void inputs_are_found_again(void **state)
{
    struct store_input *inputs;
    struct nj_err err = {0};
    struct names names;
    struct store *store;
    size_t count;

    (void)state;
    fill(&names);
    store = open_reader();
    assert_int_equal(store_find_inputs(store, "tokyo", "pcap", &inputs, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_string_equal(inputs[0].name, "one.pcap");
    assert_int_equal(inputs[0].digest, 9);
    free(inputs);
    assert_int_equal(store_find_inputs(store, "oslo", "pcap", &inputs, &count, &err), 0);
    assert_int_equal(count, 0);
    free(inputs);
    store_close(store);
    nj_intern_free(names.table);
}

/* The text with `path` for its %s. */
static void put_path(char *ret, size_t size, const char *text, const char *path)
{
    const char *at = strstr(text, "%s");

    (void)snprintf(ret, size, "%.*s%s%s", (int)(at - text), text, path, at + 2);
}

static void sql_reads_and_never_writes(void **state)
{
    static const char *const refused[] = {
        "COPY visits TO '/tmp/nightjar-out.csv'",
        "CREATE TABLE x(i INT)",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT 1; SELECT 2",
        "ATTACH '/tmp/nightjar.db'",
        "SET threads = 1",
        "",
    };
    static const char *const into[] = {
        /* what stands in the store's own folder */
        "/* SELECT */ COPY visits TO",
        "/* /* */ SELECT */ COPY visits TO",
        "EXPLAIN ANALYZE COPY visits TO",
        "explain (analyze) copy visits to",
        "-- SELECT\nEXPLAIN ANALYZE COPY (SELECT 1) TO",
        "EXPORT DATABASE",
        "EXPLAIN EXPORT DATABASE",
        /* a comment hides where the options end */
        "EXPLAIN (ANALYZE /*) SELECT 1 --*/) COPY (SELECT 1) TO",
        "EXPLAIN (FORMAT /* ) SELECT 1 -- */ json, ANALYZE) COPY visits TO",
    };
    static const char *const acting[] = {
        /* a SELECT by its form */
        "SELECT [1], * FROM enable_profiling(save_location := '%s', format := 'json')",
        "SELECT [1], * FROM Enable_Logging(level := 'trace', storage := 'file', "
        "storage_path := '%s')",
        "WITH a AS (SELECT 1) SELECT (SELECT 1 FROM query('SELECT * FROM "
        "enable_profiling(save_location := ''%s'')')) FROM a",
        "EXPLAIN ANALYZE SELECT * FROM enable_profiling(save_location := '%s')",
    };
    static const char *const taken[] = {
        "EXPLAIN SELECT 1",
        "explain analyze select 1",
        "EXPLAIN (FORMAT json) SELECT 1",
        "EXPLAIN ((SELECT 1))",
        "/* a /* b */ */ -- c\n(SELECT 1)",
        "DESCRIBE visits",
        "SHOW TABLES",
        "SUMMARIZE visits",
        "TABLE visits",
        "FROM visits",
        "VALUES (1)",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "PIVOT visits ON class IN ('scan') USING sum(sessions)",
    };
    struct table table = {0};
    struct row_sink sink = {.head = on_head, .row = on_row, .ctx = &table};
    struct nj_err err = {0};
    struct names names;
    struct store *store;

    (void)state;
    fill(&names);
    store = open_reader();
    assert_int_equal(store_prepare(store, on_line, &table, &err), 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_int_equal(store_sql(store, refused[i], &sink, &err), -1);
    for (size_t i = 0; i < sizeof(into) / sizeof(into[0]); i++) {
        char sql[256], path[128];

        (void)snprintf(path, sizeof(path), "%s/x", test_folder);
        (void)snprintf(sql, sizeof(sql), "%s '%s'", into[i], path);
        assert_int_equal(store_sql(store, sql, &sink, &err), -1);
        if (access(path, F_OK) == 0)
            fail_msg("%s: it wrote", sql);
    }
    for (size_t i = 0; i < sizeof(acting) / sizeof(acting[0]); i++) {
        char path[128], sql[400];

        (void)snprintf(path, sizeof(path), "%s/y", test_folder);
        put_path(sql, sizeof(sql), acting[i], path);
        assert_int_equal(store_sql(store, sql, &sink, &err), -1);
        if (access(path, F_OK) == 0)
            fail_msg("%s: it wrote", sql);
    }
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        table = (struct table){0};
        if (store_sql(store, taken[i], &sink, &err) < 0)
            fail_msg("%s: %s", taken[i], err.msg);
    }
    table = (struct table){0};
    if (store_sql(store, "SELECT count(*), sum(sessions)::BIGINT FROM visits", &sink, &err) < 0)
        fail_msg("%s", err.msg);
    assert_string_equal(table.cells[0][0], "5");
    assert_string_equal(table.cells[0][1], "60");
    store_close(store);
    nj_intern_free(names.table);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_make, folder_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rankings_add_up_over_commits),
        TEST(summaries_in_memory_answer_as_the_files_do),
        TEST(classes_that_are_no_attack_count_on_demand_only),
        TEST(address_filters_reach_the_engine),
        TEST(compaction_changes_no_answer),
        TEST(small_commits_are_joined_when_they_have_piled_up),
        TEST(segments_of_a_large_commit_are_left_to_compact),
        TEST(ledgers_say_what_visits_say),
        TEST(ledgers_hold_ipv6_among_ipv4),
        TEST(ledgers_say_of_sources_what_visits_say),
        TEST(store_of_version_4_gets_its_ledgers_by_compaction),
        TEST(ledgers_of_version_5_make_room_for_new_ones),
        TEST(damaged_segment_is_named_and_the_rest_answers),
        TEST(damaged_ledger_is_named_and_visits_answer),
        TEST(what_a_killed_writer_left_is_removed),
        TEST(second_writer_is_refused_with_the_holder),
        TEST(writer_that_waits_is_noticed_and_gets_its_turn),
        TEST(inputs_are_found_again),
        TEST(sql_reads_and_never_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
