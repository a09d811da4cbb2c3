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

#define SOURCES 3000u
#define ROWS_MAX 40000u

/* Rows of random sources, ascending. */
struct rows {
    struct ledger_row *items;
    size_t count;
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
    return addr_compare(((const struct ledger_row *)a)->src,
                        ((const struct ledger_row *)b)->src);
}

static struct ledger_row any_row(struct nj_rng *rng, struct addr source)
{
    struct ledger_row row = {.src = source,
                             .sensor = sensors[nj_rng_below(rng, 3)],
                             .class = classes[nj_rng_below(rng, 3)],
                             .tool = tools[nj_rng_below(rng, 4)],
                             .sessions = nj_rng_next(rng) >> nj_rng_below(rng, 64),
                             .packets = nj_rng_next(rng) >> nj_rng_below(rng, 64),
                             .days = nj_rng_below(rng, 3),
                             .day = 18000,
                             .dport = (uint16_t)nj_rng_next(rng),
                             .sport_min = (uint16_t)nj_rng_next(rng),
                             .proto = (uint8_t)nj_rng_next(rng)};

    row.sport_max = (uint16_t)(row.sport_min + nj_rng_below(rng, 65536u - row.sport_min));
    row.sport_bands = nj_rng_below(rng, 2) == 0 ? UINT64_C(1) << row.sport_min / 1024 |
                                                      UINT64_C(1) << row.sport_max / 1024
                                                : nj_rng_next(rng);
    return row;
}

static struct rows write_rows(struct nj_rng *rng, uint32_t sources)
{
    struct rows rows = {.items = calloc(ROWS_MAX, sizeof(*rows.items)), .file = tmpfile()};
    struct ledger_writer *writer;
    struct nj_err err = {0};

    assert_non_null(rows.items);
    assert_non_null(rows.file);
    for (uint32_t i = 0; i < sources; i++) {
        struct addr source = source_of(i);
        uint64_t count = nj_rng_below(rng, 50) == 0 ? 400 : 1 + nj_rng_below(rng, 5);

        while (count-- > 0 && rows.count < ROWS_MAX)
            rows.items[rows.count++] = any_row(rng, source);
    }
    qsort(rows.items, rows.count, sizeof(*rows.items), by_source);
    assert_int_equal(ledger_writer_new(rows.file, &writer, &err), 0);
    for (size_t i = 0; i < rows.count; i++)
        assert_int_equal(ledger_writer_add(writer, &rows.items[i], &err), 0);
    assert_int_equal(ledger_writer_end(writer, &err), 0);
    ledger_writer_free(writer);
    assert_int_equal(fflush(rows.file), 0);
    rows.size = (uint64_t)ftell(rows.file);
    return rows;
}

static void rows_done(struct rows *rows)
{
    (void)fclose(rows->file);
    free(rows->items);
}

static const char *text_of(const char *text)
{
    return text == NULL ? "" : text;
}

static void assert_same(const struct ledger_row *found, const struct ledger_row *wanted)
{
    assert_true(addr_equal(found->src, wanted->src));
    assert_string_equal(found->sensor, wanted->sensor);
    assert_string_equal(found->class, wanted->class);
    assert_string_equal(found->tool, text_of(wanted->tool));
    assert_int_equal(found->sessions, wanted->sessions);
    assert_int_equal(found->packets, wanted->packets);
    assert_int_equal(found->sport_bands, wanted->sport_bands);
    assert_int_equal(found->sport_min, wanted->sport_min);
    assert_int_equal(found->sport_max, wanted->sport_max);
    assert_int_equal(found->dport, wanted->dport);
    assert_int_equal(found->proto, wanted->proto);
    assert_int_equal(found->days, wanted->days);
    assert_int_equal(found->day, wanted->day);
}

/* What the file says of sources is what was written of them, in its order. */
static void look_up(const struct rows *rows, const struct addr *sources, size_t count)
{
    struct ledger_rows found = {0};
    struct nj_err err = {0};
    size_t next = 0;

    if (ledger_read(fileno(rows->file), rows->size, 18000, sources, count, &found, &err) < 0)
        fail_msg("%s", err.msg);
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < count; k++)
            if (addr_equal(rows->items[i].src, sources[k])) {
                assert_true(next < found.count);
                assert_same(&found.items[next++], &rows->items[i]);
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
    look_up(&rows, &rows.items[0].src, 1);
    look_up(&rows, &rows.items[rows.count - 1].src, 1);
    look_up(&rows, none, 3);
    many[0] = rows.items[5].src;
    many[1] = rows.items[rows.count / 2].src;
    many[2] = rows.items[rows.count - 1].src;
    look_up(&rows, many, 3);
    rows_done(&rows);
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
        sources[i] = i < rows.count ? rows.items[i].src : addr_from_v4(i);
    for (size_t round = 0; round < rounds; round++) {
        off_t at = (off_t)nj_rng_below64(&rng, rows.size);
        struct ledger_rows found = {0};
        uint64_t size = round % 4 == 0 ? (uint64_t)at : rows.size;
        uint8_t before, changed = (uint8_t)nj_rng_next(&rng);

        if (round % 4 == 1) /* the end leads to the rest */
            at = (off_t)(rows.size - 1 - nj_rng_below(&rng, 24));
        assert_int_equal(pread(fileno(rows.file), &before, 1, at), 1);
        assert_int_equal(pwrite(fileno(rows.file), &changed, 1, at), 1);
        errors += ledger_read(fileno(rows.file), size, 18000, sources, 300, &found, &err) < 0;
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
        cmocka_unit_test(a_file_without_rows_knows_nobody),
        cmocka_unit_test(damage_is_an_error_at_worst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
