/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/span.h"

#define SOURCES 3000u
#define ROWS_MAX 40000u
#define PORTS_MAX 400000u

#define DAY 18000

/* Rows of random sources, ascending, and their entries, each with random ports. */
struct rows {
    struct ledger_row *items;
    size_t count;
    struct ledger_entry *entries;
    size_t entry_count;
    uint16_t *sports;
    size_t sport_count;
    FILE *file;
    uint64_t size;
};

static const char *const sensors[] = {"tokyo", "a-sensor-with-a-long-name", "s"};
static const char *const classes[] = {"scan", "backscatter", "exploit"};
static const char *const tools[] = {NULL, "", "zmap", "masscan"};

static struct addr source_of(uint32_t number)
{
    return number % 3 == 0
               ? (struct addr){.hi = 0x20010db800000000 | (uint64_t)number << 8, .lo = number}
               : addr_from_v4(0xc0000200 + 7 * number);
}

static int by_source(const void *a, const void *b)
{
    return addr_compare(*(const struct addr *)a, *(const struct addr *)b);
}

static struct ledger_row any_row(struct nj_rng *rng, size_t entry)
{
    struct ledger_row row = {.entry = entry,
                             .sensor = sensors[nj_rng_below(rng, 3)],
                             .class = classes[nj_rng_below(rng, 3)],
                             .rule = classes[nj_rng_below(rng, 3)],
                             .tool = tools[nj_rng_below(rng, 4)],
                             .stack = tools[nj_rng_below(rng, 4)],
                             .sessions = nj_rng_next(rng) >> nj_rng_below(rng, 64),
                             .packets = nj_rng_next(rng) >> nj_rng_below(rng, 64),
                             .dport = (uint16_t)nj_rng_next(rng),
                             .sport_min = (uint16_t)nj_rng_next(rng),
                             .proto = (uint8_t)nj_rng_next(rng)};

    row.sport_max = (uint16_t)(row.sport_min + nj_rng_below(rng, 65536u - row.sport_min));
    row.sport_bands = nj_rng_below(rng, 2) == 0 ? UINT64_C(1) << row.sport_min / 1024 |
                                                      UINT64_C(1) << row.sport_max / 1024
                                                : nj_rng_next(rng);
    return row;
}

/* Mostly few ports, sometimes many, and the least and the largest among them. */
static struct ledger_entry any_entry(struct nj_rng *rng, struct rows *rows, struct addr source)
{
    int64_t first = DAY * DAY_US + (int64_t)nj_rng_below64(rng, DAY_US);
    struct ledger_entry entry = {.src = source,
                                 .first_us = first,
                                 .last_us = first + (int64_t)nj_rng_below64(rng, 3 * DAY_US),
                                 .sport_start = rows->sport_count,
                                 .exact = nj_rng_below(rng, 2) == 0};
    uint32_t step = nj_rng_below(rng, 50) == 0 ? 30 : 20000;

    for (uint32_t port = nj_rng_below(rng, step); port < 65536 && rows->sport_count < PORTS_MAX;
         port += 1 + nj_rng_below(rng, step))
        rows->sports[rows->sport_count++] = (uint16_t)port;
    if (nj_rng_below(rng, 10) == 0 && rows->sport_count > entry.sport_start)
        rows->sports[rows->sport_count - 1] = 65535;
    entry.sport_count = rows->sport_count - entry.sport_start;
    return entry;
}

static struct rows write_rows(struct nj_rng *rng, uint32_t sources)
{
    struct rows rows = {.items = calloc(ROWS_MAX, sizeof(*rows.items)),
                        .entries = calloc(sources + 1, sizeof(*rows.entries)),
                        .sports = calloc(PORTS_MAX, sizeof(*rows.sports)),
                        .file = tmpfile()};
    struct addr *order = calloc(sources + 1, sizeof(*order));
    struct ledger_writer *writer;
    struct nj_err err = {0};

    assert_non_null(rows.items);
    assert_non_null(rows.entries);
    assert_non_null(rows.sports);
    assert_non_null(rows.file);
    assert_non_null(order);
    for (uint32_t i = 0; i < sources; i++)
        order[i] = source_of(i);
    qsort(order, sources, sizeof(*order), by_source);
    assert_int_equal(ledger_writer_new(rows.file, DAY, &writer, &err), 0);
    for (uint32_t i = 0; i < sources; i++) {
        uint64_t count = nj_rng_below(rng, 50) == 0 ? 400 : 1 + nj_rng_below(rng, 5);
        const struct ledger_entry *entry = &rows.entries[i];

        rows.entries[rows.entry_count++] = any_entry(rng, &rows, order[i]);
        assert_int_equal(ledger_writer_begin(writer, entry, rows.sports, &err), 0);
        while (count-- > 0 && rows.count < ROWS_MAX) {
            rows.items[rows.count] = any_row(rng, i);
            assert_int_equal(ledger_writer_add(writer, &rows.items[rows.count++], &err), 0);
        }
    }
    assert_int_equal(ledger_writer_end(writer, &err), 0);
    ledger_writer_free(writer);
    free(order);
    assert_int_equal(fflush(rows.file), 0);
    rows.size = (uint64_t)ftell(rows.file);
    return rows;
}

static void rows_done(struct rows *rows)
{
    (void)fclose(rows->file);
    free(rows->items);
    free(rows->entries);
    free(rows->sports);
}

static const char *text_of(const char *text)
{
    return text == NULL ? "" : text;
}

static void same_row(const struct ledger_row *found, const struct ledger_row *wanted)
{
    assert_string_equal(found->sensor, wanted->sensor);
    assert_string_equal(found->class, wanted->class);
    assert_string_equal(found->rule, wanted->rule);
    assert_string_equal(found->tool, text_of(wanted->tool));
    assert_string_equal(found->stack, text_of(wanted->stack));
    assert_int_equal(found->sessions, wanted->sessions);
    assert_int_equal(found->packets, wanted->packets);
    assert_int_equal(found->sport_bands, wanted->sport_bands);
    assert_int_equal(found->sport_min, wanted->sport_min);
    assert_int_equal(found->sport_max, wanted->sport_max);
    assert_int_equal(found->dport, wanted->dport);
    assert_int_equal(found->proto, wanted->proto);
}

static void same_entry(const struct ledger_rows *found, size_t number, const struct rows *rows,
                       const struct ledger_entry *wanted)
{
    const struct ledger_entry *entry = &found->entries[number];

    assert_true(number < found->entry_count);
    assert_true(addr_equal(entry->src, wanted->src));
    assert_int_equal(entry->first_us, wanted->first_us);
    assert_int_equal(entry->last_us, wanted->last_us);
    assert_int_equal(entry->exact, wanted->exact);
    assert_int_equal(entry->sport_count, wanted->sport_count);
    if (wanted->sport_count > 0)
        assert_memory_equal(found->sports + entry->sport_start,
                            rows->sports + wanted->sport_start,
                            wanted->sport_count * sizeof(*rows->sports));
}

/* What the file says of sources is what was written of them, in its order. */
static void look_up(const struct rows *rows, const struct addr *sources, size_t count)
{
    struct ledger_rows found = {0};
    struct nj_err err = {0};
    size_t next = 0;

    if (ledger_read(fileno(rows->file), rows->size, DAY, sources, count, &found, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < rows->count; i++) {
        const struct ledger_entry *wanted = &rows->entries[rows->items[i].entry];

        for (size_t k = 0; k < count; k++)
            if (addr_equal(wanted->src, sources[k])) {
                assert_true(next < found.count);
                same_row(&found.items[next], &rows->items[i]);
                same_entry(&found, found.items[next++].entry, rows, wanted);
            }
    }
    assert_int_equal(next, found.count);
    ledger_rows_done(&found);
}

static void each_source_finds_its_rows_and_no_others(void **state)
{
    struct nj_rng rng = nj_rng(1, 0);
    struct rows rows = write_rows(&rng, SOURCES);
    struct addr many[3], none[] = {{0, 1}, addr_from_v4(0xc0000201), {UINT64_MAX, UINT64_MAX}};

    (void)state;
    for (uint32_t i = 0; i < SOURCES; i += 1 + nj_rng_below(&rng, 20)) {
        struct addr source = source_of(i);

        look_up(&rows, &source, 1);
    }
    look_up(&rows, &rows.entries[0].src, 1);
    look_up(&rows, &rows.entries[SOURCES - 1].src, 1);
    look_up(&rows, none, 3);
    many[0] = rows.entries[5].src;
    many[1] = rows.entries[SOURCES / 2].src;
    many[2] = rows.entries[SOURCES - 1].src;
    look_up(&rows, many, 3);
    rows_done(&rows);
}

static void what_a_ledger_can_not_hold_is_refused(void **state)
{
    struct ledger_entry entry = {.src = source_of(1), .first_us = DAY * DAY_US};
    struct ledger_writer *writer;
    FILE *file = tmpfile();
    struct nj_err err = {0};

    (void)state;
    assert_non_null(file);
    assert_int_equal(ledger_writer_new(file, DAY, &writer, &err), 0);
    assert_int_equal(ledger_writer_begin(writer, &entry, NULL, &err), 0);
    assert_int_equal(ledger_writer_begin(writer, &entry, NULL, &err), -1); /* the same again */
    entry.src = source_of(2);
    entry.first_us--; /* of the day before */
    assert_int_equal(ledger_writer_begin(writer, &entry, NULL, &err), -1);
    ledger_writer_free(writer);
    (void)fclose(file);
}

static void a_file_without_rows_knows_nobody(void **state)
{
    const struct addr source = addr_from_v4(0xc0000201);
    struct nj_rng rng = nj_rng(2, 0);
    struct rows rows = write_rows(&rng, 0);

    (void)state;
    look_up(&rows, &source, 1);
    rows_done(&rows);
}

/* Of a file that was cut, or has a byte changed, all sources are asked: an error or some rows,
 * and no harm. */
static void damage_is_an_error_at_worst(void **state)
{
    struct nj_rng rng = nj_rng(3, 0);
    struct rows rows = write_rows(&rng, 300);
    struct addr sources[300];
    struct nj_err err = {0};
    size_t errors = 0, rounds = 2000;

    (void)state;
    for (uint32_t i = 0; i < 300; i++)
        sources[i] = rows.entries[i].src;
    for (size_t round = 0; round < rounds; round++) {
        off_t at = (off_t)nj_rng_below64(&rng, rows.size);
        struct ledger_rows found = {0};
        uint64_t size = round % 4 == 0 ? (uint64_t)at : rows.size;
        uint8_t before, changed = (uint8_t)nj_rng_next(&rng);

        if (round % 4 == 1) /* the end leads to the rest */
            at = (off_t)(rows.size - 1 - nj_rng_below(&rng, 24));
        assert_int_equal(pread(fileno(rows.file), &before, 1, at), 1);
        assert_int_equal(pwrite(fileno(rows.file), &changed, 1, at), 1);
        errors += ledger_read(fileno(rows.file), size, DAY, sources, 300, &found, &err) < 0;
        ledger_rows_done(&found);
        assert_int_equal(pwrite(fileno(rows.file), &before, 1, at), 1);
    }
    assert_true(errors > rounds / 4);
    look_up(&rows, sources, 1);
    rows_done(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_source_finds_its_rows_and_no_others),
        cmocka_unit_test(what_a_ledger_can_not_hold_is_refused),
        cmocka_unit_test(a_file_without_rows_knows_nobody),
        cmocka_unit_test(damage_is_an_error_at_worst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
