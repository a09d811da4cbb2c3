/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in the order of handing on. Those of the last commits are kept in memory (recent.h). For
 * others the segments that a window of time touches are known from their spans, which the
 * catalog keeps; a window holds about as many rows as a commit. They are taken as they stand
 * and sorted here, by number alone: a sort by the engine would carry all columns. A window that
 * is fuller (a log whose rows all bear one date) comes page by page, sorted by the engine. */
#include "store/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/recent.h"

#define WINDOW_ROWS (2u * STORE_COMMIT_ROWS)
#define PAGE_ROWS (4u * STORE_COMMIT_ROWS)
#define NUMBERS_EACH 2u /* numbers of a window, for each of its rows */
#define SOON_ROWS 24    /* in advance; rows themselves twice as far */

struct place_in_order {
    int64_t handed_us;
    uint64_t seq;
    uint32_t row;
};

/* Visits in order. */
struct page {
    const struct replay_row *rows;
    const struct place_in_order *order; /* NULL: as they stand */
    size_t count;
};

/* Traits in order, from the engine or (`at` to `end`) as they are kept. */
struct trait_feed {
    struct row_reader reader;
    const struct trait *const *at, *const *end;
};

struct replay {
    struct replay_spans spans;
    struct row_names names;
    struct recent *recent; /* store_commit adds to it */

    struct replay_row *rows; /* of a window or page */
    struct place_in_order *order, *numbered;
    size_t row_count, row_room;
};

/* The buffers are as large as the largest window was. */
static void free_rows(struct replay *replay)
{
    free(replay->rows);
    free(replay->order);
    free(replay->numbered);
    replay->rows = NULL;
    replay->order = replay->numbered = NULL;
    replay->row_count = replay->row_room = 0;
}

int replay_new(struct store *store, struct nj_intern *names, store_line_fn line, void *line_ctx,
               struct replay **ret_replay, struct nj_err *err)
{
    struct replay *replay = calloc(1, sizeof(*replay));

    if (replay == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory to read rows");
    replay->spans = (struct replay_spans){.store = store, .line = line, .line_ctx = line_ctx};
    replay->names.names = names;
    replay->recent = recent_new(names);
    if (replay->recent == NULL) {
        replay_free(replay);
        return nj_fail(err, NJ_NOMEM, "no memory to read rows");
    }
    store->recent = replay->recent;
    *ret_replay = replay;
    return 0;
}

void replay_free(struct replay *replay)
{
    if (replay == NULL)
        return;
    if (replay->recent != NULL)
        replay->spans.store->recent = NULL;
    recent_free(replay->recent);
    free(replay->spans.items);
    free_rows(replay);
    free(replay);
}

int replay_look(struct replay *replay, int64_t after, struct replay_span *ret,
                struct nj_err *err)
{
    return replay_spans_look(&replay->spans, after, ret, err);
}

/* ---- a page of visits ---- */

static int by_order(const void *a, const void *b)
{
    const struct place_in_order *left = a, *right = b;

    if (left->handed_us != right->handed_us)
        return left->handed_us < right->handed_us ? -1 : 1;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

/* Rows got their numbers as they were handed on, and those of a window lie close together: so
 * each is put where its number belongs. Where that is not the order (other sensors' rows, of
 * other commands, lie between them) they are sorted. */
static void put_in_order(struct replay *replay)
{
    struct place_in_order *order = replay->order, *numbered = replay->numbered;
    uint64_t first = UINT64_MAX, last = 0;
    size_t n = 0;
    bool distinct, sorted = true;

    for (size_t i = 0; i < replay->row_count; i++) {
        first = order[i].seq < first ? order[i].seq : first;
        last = order[i].seq > last ? order[i].seq : last;
    }
    distinct = replay->row_count > 1 && last - first < NUMBERS_EACH * replay->row_count;
    if (distinct)
        memset(numbered, 0xff, (size_t)(last - first + 1) * sizeof(*numbered));
    for (size_t i = 0; distinct && i < replay->row_count; i++) {
        struct place_in_order *at = &numbered[order[i].seq - first];

        distinct = at->row == UINT32_MAX;
        *at = order[i];
    }
    for (size_t i = 0; distinct && n < replay->row_count; i++) {
        if (numbered[i].row == UINT32_MAX)
            continue;
        sorted = sorted && (n == 0 || numbered[i].handed_us >= order[n - 1].handed_us);
        order[n++] = numbered[i];
    }
    if ((!distinct || !sorted) && replay->row_count > 1)
        qsort(order, replay->row_count, sizeof(*order), by_order);
}

static int more_rows(struct replay *replay, struct nj_err *err)
{
    size_t room = replay->row_room * 2 + 4096;
    struct replay_row *rows = reallocarray(replay->rows, room, sizeof(*rows));
    struct place_in_order *order, *numbered;

    if (rows != NULL)
        replay->rows = rows;
    order = reallocarray(replay->order, room, sizeof(*order));
    if (order != NULL)
        replay->order = order;
    numbered = reallocarray(replay->numbered, NUMBERS_EACH * room, sizeof(*numbered));
    if (numbered != NULL)
        replay->numbered = numbered;
    if (rows == NULL || order == NULL || numbered == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu rows", room);
    replay->row_room = room;
    return 0;
}

/* Read a query's visits and put them in order. */
static int read_page(struct replay *replay, const char *sql, const struct duck_value *values,
                     size_t count, struct nj_err *err)
{
    struct row_reader reader;
    struct visit visit = {0};
    int rc = 0;

    replay->row_count = 0;
    if (row_reader_open(replay->spans.store, sql, values, count, &reader, err) < 0)
        return -1;
    for (; rc == 0 && !reader.ended; (void)row_reader_next(&reader)) {
        size_t n = replay->row_count;

        if (n == replay->row_room)
            rc = more_rows(replay, err);
        if (rc < 0)
            break;
        row_visit(&replay->names, &reader, &visit, &replay->rows[n].place);
        memcpy(replay->rows[n].visit, &visit, ROW_BYTES);
        replay->order[n] = (struct place_in_order){
            .handed_us = visit.handed_ns / 1000, .seq = visit.seq, .row = (uint32_t)n};
        replay->row_count++;
    }
    row_reader_close(&reader);
    put_in_order(replay);
    return rc;
}

static struct page page_of(const struct replay *replay)
{
    return (struct page){replay->rows, replay->order, replay->row_count};
}

static const struct replay_row *row_at(const struct page *page, size_t i)
{
    return &page->rows[page->order == NULL ? i : page->order[i].row];
}

static int64_t handed_us(const struct page *page, size_t i)
{
    int64_t handed_ns;

    memcpy(&handed_ns, row_at(page, i)->visit + offsetof(struct visit, handed_ns),
           sizeof(handed_ns));
    return handed_ns / 1000;
}

static void tell_soon(const struct page *page, size_t i, const struct replay_sink *sink)
{
    struct addr src;

    if (i >= page->count)
        return;
    if (i + SOON_ROWS < page->count)
        __builtin_prefetch(row_at(page, i + SOON_ROWS)->visit + offsetof(struct visit, src));
    memcpy(&src, row_at(page, i)->visit + offsetof(struct visit, src), sizeof(src));
    sink->soon(sink->ctx, src);
}

static bool no_traits(const struct trait_feed *traits)
{
    return traits->at == traits->end && traits->reader.ended;
}

static int64_t trait_us(const struct trait_feed *traits)
{
    return traits->at != traits->end ? (*traits->at)->time_ns / 1000
                                     : row_number(&traits->reader, TRAIT_TIME);
}

static int send_trait(struct replay *replay, struct trait_feed *traits,
                      const struct replay_sink *sink, struct nj_err *err)
{
    struct trait trait;

    if (traits->at != traits->end) {
        trait = **traits->at++;
    } else {
        row_trait(&replay->names, &traits->reader, &trait);
        (void)row_reader_next(&traits->reader);
    }
    return sink->trait(sink->ctx, &trait, nj_intern_text(replay->names.names, trait.sensor),
                       err);
}

/* Merge the page with the traits; of these those that belong before its last visit, and the
 * rest too if this is the last page. */
static int send_merged(struct replay *replay, const struct page *page,
                       struct trait_feed *traits, bool last, const struct replay_sink *sink,
                       struct nj_err *err)
{
    struct visit visit = {0};
    size_t i = 0;

    while (i < page->count || (last && !no_traits(traits))) {
        const struct replay_row *row;

        if (!no_traits(traits) && (i == page->count || trait_us(traits) < handed_us(page, i))) {
            if (send_trait(replay, traits, sink, err) < 0)
                return -1;
            continue;
        }
        if (sink->soon != NULL)
            tell_soon(page, i + SOON_ROWS, sink);
        row = row_at(page, i++);
        memcpy(&visit, row->visit, ROW_BYTES);
        if (sink->visit(sink->ctx, &visit, nj_intern_text(replay->names.names, visit.sensor),
                        &row->place, err) < 0)
            return -1;
    }
    return 0;
}

static struct duck_value int_value(int64_t number)
{
    return (struct duck_value){.kind = DUCK_INT, .integer = number};
}

static int open_traits(struct replay *replay, int64_t from_us, int64_t to_us,
                       struct row_reader *ret, struct nj_err *err)
{
    const struct duck_value values[] = {int_value(from_us), int_value(to_us)};
    char *files, *sql = NULL;
    int rc;

    *ret = (struct row_reader){.ended = true};
    if (replay_spans_files(&replay->spans, SEGMENT_TRAITS, from_us, to_us, &files, err) < 0)
        return -1;
    if (files == NULL)
        return 0;
    if (asprintf(
            &sql,
            "SELECT " TRAIT_COLUMNS " FROM %s WHERE ts >= make_timestamp($1) AND"
            " ts < make_timestamp($2) ORDER BY ts, src, sensor, kind, bits, packets, value",
            files) < 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a query");
    else
        rc = row_reader_open(replay->spans.store, sql, values, 2, ret, err);
    free(sql);
    free(files);
    return rc;
}

/* The visits of a window, at once or page by page if they are more than `PAGE_ROWS`. */
static int send_window(struct replay *replay, int64_t from_us, int64_t to_us, uint64_t rows,
                       const struct replay_sink *sink, struct nj_err *err)
{
    static const char all[] = "", page[] = " AND (handed_on > make_timestamp($1) OR"
                                           " seq::BIGINT > $3) ORDER BY handed_on, seq LIMIT ";
    struct trait_feed traits = {.reader.ended = true};
    int64_t last_us = from_us, seq = -1;
    bool paged = rows > PAGE_ROWS;
    struct page visits;
    char *files = NULL, *sql = NULL, limit[16] = "";
    int rc = -1;

    if (open_traits(replay, from_us, to_us, &traits.reader, err) < 0 ||
        replay_spans_files(&replay->spans, SEGMENT_VISITS, from_us, to_us, &files, err) < 0)
        goto out;
    if (paged)
        (void)snprintf(limit, sizeof(limit), "%u", PAGE_ROWS);
    if (files != NULL &&
        asprintf(&sql,
                 "SELECT " VISIT_COLUMNS " FROM %s WHERE handed_on >= make_timestamp($1) AND"
                 " handed_on < make_timestamp($2)%s%s",
                 files, paged ? page : all, limit) < 0) {
        sql = NULL;
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        goto out;
    }
    for (bool last = false; !last;) {
        const struct duck_value values[] = {int_value(last_us), int_value(to_us),
                                            int_value(seq)};

        last = rows <= PAGE_ROWS;
        replay->row_count = 0;
        if (sql != NULL && read_page(replay, sql, values, paged ? 3 : 2, err) < 0)
            goto out;
        if (replay->row_count > 0) {
            const struct place_in_order *end = &replay->order[replay->row_count - 1];

            last_us = end->handed_us;
            seq = (int64_t)end->seq;
        }
        visits = page_of(replay);
        if (send_merged(replay, &visits, &traits, last, sink, err) < 0)
            goto out;
        rows -= replay->row_count < rows ? replay->row_count : rows;
    }
    rc = 0;
out:
    row_reader_close(&traits.reader);
    free(files);
    free(sql);
    return rc;
}

/* ---- windows ---- */

static int read_rows(struct replay *replay, int64_t from_us, int64_t to_us,
                     const struct replay_sink *sink, struct nj_err *err)
{
    const struct duck_value values[] = {int_value(from_us), int_value(to_us)};
    struct row_reader minutes = {.ended = true};
    char *files = NULL, *sql = NULL;
    int64_t window_us = from_us;
    uint64_t rows = 0;
    int rc = -1;

    if (replay_spans_files(&replay->spans, SEGMENT_VISITS, from_us, to_us, &files, err) < 0)
        return -1;
    if (files == NULL)
        return send_window(replay, from_us, to_us, 0, sink, err);
    if (asprintf(&sql,
                 "SELECT epoch_us(" STORED_HANDED ") // 60000000 * 60000000 AS m,"
                 " count(*)::BIGINT FROM %s WHERE " STORED_HANDED
                 " >= make_timestamp($1) AND " STORED_HANDED
                 " < make_timestamp($2) GROUP BY m ORDER BY m",
                 files) < 0) {
        sql = NULL;
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        goto out;
    }
    if (row_reader_open(replay->spans.store, sql, values, 2, &minutes, err) < 0)
        goto out;
    for (; !minutes.ended; (void)row_reader_next(&minutes)) {
        int64_t minute = row_number(&minutes, 0);
        uint64_t count = (uint64_t)row_number(&minutes, 1);

        if (rows > 0 && rows + count > WINDOW_ROWS && minute > window_us) {
            if (send_window(replay, window_us, minute, rows, sink, err) < 0)
                goto out;
            window_us = minute;
            rows = 0;
        }
        rows += count;
    }
    rc = send_window(replay, window_us, to_us, rows, sink, err);
out:
    row_reader_close(&minutes);
    free(sql);
    free(files);
    return rc;
}

int replay_rows(struct replay *replay, int64_t from_us, int64_t to_us,
                const struct replay_sink *sink, struct nj_err *err)
{
    struct recent_rows kept;
    int rc;

    if (recent_rows(replay->recent, &replay->spans, from_us, to_us, &kept)) {
        const struct page page = {.rows = kept.visits, .count = kept.visit_count};
        struct trait_feed traits = {
            .reader.ended = true, .at = kept.traits, .end = kept.traits + kept.trait_count};

        rc = send_merged(replay, &page, &traits, true, sink, err);
    } else {
        rc = read_rows(replay, from_us, to_us, sink, err);
        free_rows(replay);
    }
    if (rc == 0)
        recent_drop(replay->recent, to_us);
    return rc;
}
