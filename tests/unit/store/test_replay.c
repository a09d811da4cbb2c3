/* SPDX-License-Identifier: Apache-2.0 */
#include "store/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/span.h"
#include "support/folder.h"

#include "store/internal.h"

#define START_US (19968 * DAY_US) /* 2024-09-02 */
#define FIRST_US 0                /* before all rows */
#define END_US (START_US + 100 * DAY_US)
#define ROWS_MAX 4000u

static const char *const texts[] = {"", "tcp-syn", "zmap", "masscan", "http"};
static const char *const sensors[] = {"tokyo", "a-sensor", "s"};
static const char countries[][3] = {"", "BR", "DE"};
static const char *const kinds[] = {"tool", "relation"};
static const char *const values[] = {"", "zmap", "masscan"};

/* ---- rows in ---- */

struct feed {
    struct store *store;
    struct nj_intern *names;
    struct nj_rng rng;
    int64_t now_us; /* when the next row is handed on */
    uint64_t seq;
};

static uint32_t any_name(struct feed *feed)
{
    return nj_intern_z(feed->names, texts[nj_rng_below(&feed->rng, 5)]);
}

static struct addr any_source(struct feed *feed)
{
    uint32_t number = nj_rng_below(&feed->rng, 200);

    return number % 3 == 0 ? (struct addr){.hi = 0x20010db800000000 + number, .lo = 1}
                           : addr_from_v4(0xc6336400 + number);
}

static void add_visit(struct feed *feed)
{
    struct nj_rng *rng = &feed->rng;
    struct store_place place = {.asn = nj_rng_below(rng, 3)};
    struct visit visit = {
        .first_ns = 1000 * (feed->now_us - (int64_t)nj_rng_below(rng, 90000000)) + 7,
        .handed_ns = 1000 * feed->now_us + 1,
        .seq = ++feed->seq,
        .src = any_source(feed),
        .packets = nj_rng_next(rng) >> nj_rng_below(rng, 64),
        .bytes = nj_rng_next(rng) >> nj_rng_below(rng, 64),
        .sessions = nj_rng_below(rng, 9),
        .targets = nj_rng_below(rng, 9),
        .repeats = nj_rng_below(rng, 2),
        .answered = nj_rng_below(rng, 2),
        .sport_bands = nj_rng_next(rng),
        .instance = nj_rng_below(rng, 2) * nj_rng_next(rng),
        .rule = any_name(feed),
        .tool = any_name(feed),
        .stack = any_name(feed),
        .app = any_name(feed),
        .conn_state = any_name(feed),
        .dport = (uint16_t)nj_rng_next(rng),
        .sport = (uint16_t)nj_rng_below(rng, 65000),
        .sports = {1, 2},
        .sports_count = 2,
        .proto = 6,
        .ttl = (uint8_t)nj_rng_next(rng),
        .ttl_min = 3,
        .ttl_max = 200,
        .tcp_flags = 2,
        .window = (uint16_t)nj_rng_next(rng),
        .class = (uint8_t)nj_rng_below(rng, CLASS_COUNT),
        .no_fields = nj_rng_below(rng, 4) == 0,
        .payload_length = 4,
        .payload = "abc",
    };
    struct nj_err err;

    if (nj_rng_below(rng, 2) == 0)
        visit.dst = addr_from_v4(0xcb007101);
    visit.last_ns = visit.first_ns + (int64_t)nj_rng_below(rng, 1000000000);
    visit.sport_min = visit.sport;
    visit.sport_max = (uint16_t)(visit.sport + nj_rng_below(rng, 2) * 100);
    memcpy(place.country, countries[nj_rng_below(rng, 3)], 3);
    assert_int_equal(store_add_visit(feed->store, &visit, sensors[nj_rng_below(rng, 3)], &place,
                                     feed->names, &err),
                     0);
}

static void add_trait(struct feed *feed)
{
    struct trait trait = {
        .time_ns = 1000 * feed->now_us + 2,
        .src = any_source(feed),
        .packets = nj_rng_below(&feed->rng, 3),
        .bits = (float)nj_rng_below(&feed->rng, 3),
        .kind = kinds[nj_rng_below(&feed->rng, 2)],
    };
    struct nj_err err;

    (void)snprintf(trait.value, sizeof(trait.value), "%s", values[nj_rng_below(&feed->rng, 3)]);
    assert_int_equal(
        store_add_trait(feed->store, &trait, sensors[nj_rng_below(&feed->rng, 3)], &err), 0);
}

/* Some rows, of which many share an instant, over a few minutes. */
static void commit(struct feed *feed, unsigned rows)
{
    struct nj_err err = {0};

    for (unsigned i = 0; i < rows; i++) {
        feed->now_us += nj_rng_below(&feed->rng, 3) * 400000;
        add_visit(feed);
        if (nj_rng_below(&feed->rng, 3) == 0)
            add_trait(feed);
    }
    if (store_write(feed->store, 0, &err) < 0 ||
        store_commit(feed->store, "tokyo", NULL, feed->seq, &err) < 0)
        fail_msg("%s", err.msg);
}

static void feed_make(struct feed *feed, uint64_t seed)
{
    struct store_options options = {.dir = test_folder, .threads = 1, .memory_mb = 256};
    struct nj_err err = {0};

    *feed = (struct feed){.now_us = START_US + DAY_US - 5 * MINUTE_US};
    feed->rng = nj_rng(seed, 1);
    feed->names = nj_intern_new(1000);
    if (store_open_writer(&options, &feed->store, &err) < 0)
        fail_msg("%s", err.msg);
}

static void feed_done(struct feed *feed)
{
    store_close(feed->store);
    nj_intern_free(feed->names);
}

/* ---- rows out ---- */

struct told {
    char line[260]; /* all that a later stage is told */
};

struct teller {
    const struct nj_intern *names;
    struct told *told;
    size_t count;
    unsigned warnings;
};

static struct told *next(struct teller *teller)
{
    assert_true(teller->count < ROWS_MAX);
    return &teller->told[teller->count++];
}

static int on_visit(void *ctx, struct visit *v, const char *sensor,
                    const struct store_place *place, struct nj_err *err)
{
    struct teller *t = ctx;

    (void)err;
    assert_int_equal(v->sports_count, 0);
    assert_int_equal(v->payload_length, 0);
    assert_int_equal(v->conn_state, 0);
    (void)snprintf(
        next(t)->line, sizeof(struct told),
        "v %ld %ld %ld %lu %lx.%lx %lx %lu %lu %u %u %u %u %lx %lx %s %s %s %s %s %u %u %u-%u"
        " %u %u %u-%u %u %u %u %u %s %u",
        v->first_ns, v->last_ns, v->handed_ns, v->seq, v->src.hi, v->src.lo, v->dst.lo,
        v->packets, v->bytes, v->sessions, v->targets, v->repeats, v->answered, v->sport_bands,
        v->instance, sensor, nj_intern_text(t->names, v->rule),
        nj_intern_text(t->names, v->tool), nj_intern_text(t->names, v->stack),
        nj_intern_text(t->names, v->app), v->dport, v->sport, v->sport_min, v->sport_max,
        v->proto, v->ttl, v->ttl_min, v->ttl_max, v->tcp_flags, v->window, v->class,
        v->no_fields, place->country, place->asn);
    return 0;
}

static int on_trait(void *ctx, const struct trait *trait, const char *sensor,
                    struct nj_err *err)
{
    struct teller *t = ctx;

    (void)err;
    (void)snprintf(next(t)->line, sizeof(struct told), "t %ld %lx.%lx %s %s %g %u \"%s\"",
                   trait->time_ns, trait->src.hi, trait->src.lo, sensor, trait->kind,
                   (double)trait->bits, trait->packets, trait->value);
    return 0;
}

static void on_line(void *ctx, const char *line)
{
    struct teller *teller = ctx;

    (void)line;
    teller->warnings++;
}

static struct replay *replay_make(const struct feed *feed, struct teller *teller)
{
    struct replay *replay;
    struct nj_err err;

    *teller = (struct teller){.names = feed->names, .told = calloc(ROWS_MAX, 260)};
    assert_int_equal(replay_new(feed->store, feed->names, on_line, teller, &replay, &err), 0);
    return replay;
}

static void take(struct replay *replay, struct teller *teller, int64_t from_us, int64_t to_us)
{
    const struct replay_sink sink = {.visit = on_visit, .trait = on_trait, .ctx = teller};
    struct replay_span span;
    struct nj_err err = {0};

    if (replay_look(replay, 0, &span, &err) < 0 ||
        replay_rows(replay, from_us, to_us, &sink, &err) < 0)
        fail_msg("%s", err.msg);
}

/* What was told is what another replay reads from the files. */
static void compare_with_files(const struct feed *feed, const struct teller *told)
{
    struct teller files;
    struct replay *replay = replay_make(feed, &files);

    take(replay, &files, FIRST_US, END_US);
    assert_int_equal(told->count, files.count);
    for (size_t i = 0; i < files.count; i++)
        assert_string_equal(told->told[i].line, files.told[i].line);
    replay_free(replay);
    free(files.told);
}

/* At the beginning: two commits that the replay sees. */
static struct replay *begin(struct feed *feed, uint64_t seed, struct teller *teller)
{
    struct replay *replay;

    feed_make(feed, seed);
    replay = replay_make(feed, teller);
    commit(feed, 100);
    commit(feed, 100);
    return replay;
}

/* At the end: what was told is what the files say. */
static void compare_and_end(struct feed *feed, struct teller *teller, struct replay *replay)
{
    replay_free(replay);
    compare_with_files(feed, teller);
    free(teller->told);
    feed_done(feed);
}

static int64_t minute_of(int64_t us)
{
    return us - us % MINUTE_US;
}

/* ---- the tests ---- */

static void rows_of_commits_are_those_of_their_files(void **state)
{
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct teller teller;
        struct replay *replay;
        struct feed feed;
        int64_t from_us = FIRST_US;

        feed_make(&feed, seed);
        replay = replay_make(&feed, &teller);
        for (unsigned i = 0; i < 4; i++) {
            commit(&feed, 100 + nj_rng_below(&feed.rng, 300));
            take(replay, &teller, from_us, minute_of(feed.now_us - MINUTE_US));
            from_us = minute_of(feed.now_us - MINUTE_US);
        }
        take(replay, &teller, from_us, END_US);
        compare_and_end(&feed, &teller, replay);
        assert_int_equal(folder_remove(state), 0);
        assert_int_equal(folder_make(state), 0);
    }
}

static void move_visits(const char *from, const char *to)
{
    char old[100], new[100];

    (void)snprintf(old, sizeof(old), "%s/%s", test_folder, from);
    (void)snprintf(new, sizeof(new), "%s/%s", test_folder, to);
    assert_int_equal(rename(old, new), 0);
}

static void rows_of_the_last_commits_need_no_file(void **state)
{
    const struct replay_sink sink = {.visit = on_visit, .trait = on_trait};
    struct replay_sink mine = sink;
    struct replay_span span;
    struct teller teller;
    struct replay *replay;
    struct feed feed;
    struct nj_err err;

    (void)state;
    replay = begin(&feed, 1, &teller);
    mine.ctx = &teller;
    assert_int_equal(replay_look(replay, 0, &span, &err), 0);
    move_visits("visits", "elsewhere");
    assert_int_equal(replay_rows(replay, FIRST_US, END_US, &mine, &err), 0);
    move_visits("elsewhere", "visits");
    compare_and_end(&feed, &teller, replay);
}

static void rows_out_of_order_come_from_files(void **state)
{
    struct teller teller;
    struct replay *replay;
    struct feed feed;

    (void)state;
    feed_make(&feed, 3);
    replay = replay_make(&feed, &teller);
    commit(&feed, 100);
    feed.now_us -= HOUR_US;
    commit(&feed, 100);
    commit(&feed, 100);
    take(replay, &teller, FIRST_US, END_US);
    compare_and_end(&feed, &teller, replay);
}

static void a_pass_that_goes_back_reads_files(void **state)
{
    struct teller teller;
    struct replay *replay;
    struct feed feed;

    (void)state;
    feed_make(&feed, 4);
    replay = replay_make(&feed, &teller);
    commit(&feed, 100);
    take(replay, &teller, FIRST_US, minute_of(feed.now_us));
    commit(&feed, 100);
    teller.count = 0;
    take(replay, &teller, FIRST_US, END_US);
    compare_and_end(&feed, &teller, replay);
}

/* Cut the file of visits at this place of the list. */
static void damage(const struct feed *feed, size_t place)
{
    struct segment_list list;
    struct nj_err err;
    char path[300];

    assert_int_equal(segment_list(feed->store, SEGMENT_VISITS, &list, &err), 0);
    assert_true(place < list.count);
    (void)snprintf(path, sizeof(path), "%s/%s", test_folder, list.items[place].path);
    segment_list_done(&list);
    assert_int_equal(truncate(path, 100), 0);
}

static void damaged_rows_are_left_out_though_they_were_kept(void **state)
{
    struct teller teller;
    struct replay *replay;
    struct feed feed;

    (void)state;
    replay = begin(&feed, 5, &teller);
    damage(&feed, 0);
    take(replay, &teller, FIRST_US, END_US);
    assert_int_equal(teller.warnings, 1);
    compare_and_end(&feed, &teller, replay);
}

static void a_damaged_file_is_told_once_whenever_it_was_damaged(void **state)
{
    struct replay_span span;
    struct teller teller;
    struct replay *replay;
    struct feed feed;
    struct nj_err err;

    (void)state;
    replay = begin(&feed, 5, &teller);
    damage(&feed, 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(replay_look(replay, 0, &span, &err), 0);
    assert_int_equal(teller.warnings, 1);
    damage(&feed, 1);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(replay_look(replay, 0, &span, &err), 0);
    assert_int_equal(teller.warnings, 2);
    replay_free(replay);
    free(teller.told);
    feed_done(&feed);
}

static void compacted_rows_come_once(void **state)
{
    struct store_report report;
    struct teller teller;
    struct replay *replay;
    struct feed feed;
    struct nj_err err = {0};

    (void)state;
    replay = begin(&feed, 6, &teller);
    if (store_compact(feed.store, on_line, &teller, &report, &err) < 0)
        fail_msg("%s", err.msg);
    commit(&feed, 100);
    take(replay, &teller, FIRST_US, END_US);
    compare_and_end(&feed, &teller, replay);
}

static void commits_behind_a_compaction_are_kept_again(void **state)
{
    struct store_report report;
    struct replay_sink sink = {.visit = on_visit, .trait = on_trait};
    struct replay_span span;
    struct teller teller;
    struct replay *replay;
    struct feed feed;
    struct nj_err err = {0};
    int64_t taken_us;

    (void)state;
    replay = begin(&feed, 7, &teller);
    sink.ctx = &teller;
    if (store_compact(feed.store, on_line, &teller, &report, &err) < 0)
        fail_msg("%s", err.msg);
    taken_us = feed.now_us + 1;
    take(replay, &teller, FIRST_US, taken_us);
    feed.now_us += MINUTE_US;
    commit(&feed, 100);
    assert_int_equal(replay_look(replay, 0, &span, &err), 0);
    move_visits("visits", "elsewhere");
    assert_int_equal(replay_rows(replay, taken_us, END_US, &sink, &err), 0);
    move_visits("elsewhere", "visits");
    compare_and_end(&feed, &teller, replay);
}

/* All spans that the catalog knows, as one text. */
static char *spans_of(const struct feed *feed)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    sqlite3_stmt *stmt;
    struct nj_err err;

    assert_int_equal(
        catalog_prepare(feed->store, "SELECT * FROM segment_span ORDER BY path", &stmt, &err),
        0);
    while (catalog_next(feed->store, stmt, &err) > 0)
        (void)fprintf(out, "%s %s %s\n", sqlite3_column_text(stmt, 0),
                      sqlite3_column_text(stmt, 1), sqlite3_column_text(stmt, 2));
    (void)sqlite3_finalize(stmt);
    (void)fclose(out);
    return text;
}

static void a_commit_knows_the_spans_of_its_files(void **state)
{
    struct replay_span span;
    struct teller teller;
    struct replay *replay;
    struct feed feed;
    struct nj_err err;
    char *known, *measured;

    (void)state;
    feed_make(&feed, 7);
    commit(&feed, 1500); /* over midnight */
    commit(&feed, 100);
    known = spans_of(&feed);
    assert_int_equal(catalog_exec(feed.store, "DELETE FROM segment_span", &err), 0);
    replay = replay_make(&feed, &teller);
    assert_int_equal(replay_look(replay, 0, &span, &err), 0);
    measured = spans_of(&feed);
    assert_string_equal(known, measured);
    assert_non_null(strstr(known, "visits/day=2024-09-03"));
    assert_non_null(strstr(known, "traits/day=2024-09-02"));
    replay_free(replay);
    free(teller.told);
    free(known);
    free(measured);
    feed_done(&feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_of_commits_are_those_of_their_files, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(rows_of_the_last_commits_need_no_file, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(rows_out_of_order_come_from_files, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_pass_that_goes_back_reads_files, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_told_once_whenever_it_was_damaged,
                                        folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(damaged_rows_are_left_out_though_they_were_kept,
                                        folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(compacted_rows_come_once, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(commits_behind_a_compaction_are_kept_again, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(a_commit_knows_the_spans_of_its_files, folder_make,
                                        folder_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
