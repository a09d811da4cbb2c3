/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in the order of handing on. The segments that a window of time touches are known from
 * their spans, which the catalog keeps; a window holds about as many rows as a commit. They are
 * taken as they stand and sorted here, by number alone: a sort by the engine would carry all
 * columns. A window that is fuller (a log whose rows all bear one date) comes page by page,
 * sorted by the engine. */
#include "store/replay.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

#define WINDOW_ROWS (2u * STORE_COMMIT_ROWS)
#define PAGE_ROWS (4u * STORE_COMMIT_ROWS)
#define SOON_ROWS 24 /* in advance */

/* A visit up to its payload, which no later stage asks for. */
#define ROW_BYTES offsetof(struct visit, payload_length)

struct row {
    unsigned char visit[ROW_BYTES];
    struct store_place place;
};

struct place_in_order {
    int64_t handed_us;
    uint64_t seq;
    uint32_t row;
};

/* The text that a column had last, and its number: rows of one source stand together, and
 * seldom change it. */
struct last_name {
    char text[64];
    uint32_t length, number;
};

#define NAME_COLUMNS 6

struct spanned {
    struct segment segment;
    int64_t first_us, last_us;
};

struct replay {
    struct store *store;
    struct nj_intern *names;
    store_line_fn line;
    void *line_ctx;
    struct spanned *items; /* of visits and traits; healthy ones */
    size_t count;

    struct row *rows; /* of a window or page */
    struct place_in_order *order;
    size_t row_count, row_room;
    struct last_name last[NAME_COLUMNS];
};

int replay_new(struct store *store, struct nj_intern *names, store_line_fn line, void *line_ctx,
               struct replay **ret_replay, struct nj_err *err)
{
    struct replay *replay = calloc(1, sizeof(*replay));

    if (replay == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory to read rows");
    replay->store = store;
    replay->names = names;
    replay->line = line;
    replay->line_ctx = line_ctx;
    *ret_replay = replay;
    return 0;
}

void replay_free(struct replay *replay)
{
    if (replay == NULL)
        return;
    free(replay->items);
    free(replay->rows);
    free(replay->order);
    free(replay);
}

/* ---- which segments ------------------------------------------------------------------------
 */

/* @return 1 with the span the catalog knows; 0: it knows none; -1 */
static int known_span(struct replay *replay, struct spanned *item, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int step;

    if (catalog_prepare(replay->store,
                        "SELECT first_us, last_us FROM segment_span WHERE path = ?", &stmt,
                        err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, item->segment.path, -1, SQLITE_STATIC);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW) {
        item->first_us = sqlite3_column_int64(stmt, 0);
        item->last_us = sqlite3_column_int64(stmt, 1);
    }
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(replay->store, err);
    return step == SQLITE_ROW;
}

static int save_span(struct replay *replay, const struct spanned *item, struct nj_err *err)
{
    sqlite3_stmt *stmt;

    if (catalog_prepare(replay->store, "INSERT OR REPLACE INTO segment_span VALUES(?, ?, ?)",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, item->segment.path, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(stmt, 2, item->first_us);
    (void)sqlite3_bind_int64(stmt, 3, item->last_us);
    return catalog_run(replay->store, stmt, err);
}

static const char *time_column(enum segment_kind kind)
{
    return kind == SEGMENT_VISITS ? "handed" : "ts";
}

/* From the file itself. */
static int measure_span(struct replay *replay, struct spanned *item, struct nj_err *err)
{
    const char *column = time_column(item->segment.kind);
    struct duck_query *query;
    duckdb_data_chunk chunk;
    char sql[PATH_MAX];
    int rc = -1;

    (void)snprintf(sql, sizeof(sql),
                   "SELECT epoch_us(min(%s)), epoch_us(max(%s)) FROM read_parquet('%s/%s')",
                   column, column, replay->store->dir, item->segment.path);
    if (duck_query_open(replay->store->duck, sql, NULL, 0, &query, err) < 0)
        return -1;
    if (duck_query_next(query, &chunk) == 0) {
        item->first_us =
            *(int64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
        item->last_us =
            *(int64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1));
        rc = 0;
    } else {
        (void)nj_fail(err, NJ_STORE, "segment %s: no rows", item->segment.path);
    }
    duck_query_close(query);
    return rc < 0 ? -1 : save_span(replay, item, err);
}

/* Whether it was told before: then it is already out of the list, or stays in it. */
static bool listed(const struct replay *replay, const struct segment *segment)
{
    for (size_t i = 0; i < replay->count; i++)
        if (strcmp(replay->items[i].segment.path, segment->path) == 0)
            return true;
    return false;
}

static int take_segment(struct replay *replay, const struct segment *segment, bool old,
                        struct spanned *ret, struct nj_err *err)
{
    char why[160], text[400];
    int rc;

    *ret = (struct spanned){.segment = *segment, .first_us = INT64_MAX, .last_us = INT64_MIN};
    if (segment_check(replay->store, segment, false, why) != 0) {
        if (!old) {
            (void)snprintf(
                text, sizeof(text),
                "segment %s is damaged (%s): what its rows would have told is missing",
                segment->path, why);
            replay->line(replay->line_ctx, text);
        }
        return 0;
    }
    rc = known_span(replay, ret, err);
    if (rc == 0)
        rc = measure_span(replay, ret, err);
    return rc < 0 ? -1 : 0;
}

int replay_look(struct replay *replay, int64_t after, struct replay_span *ret,
                struct nj_err *err)
{
    struct segment_list list;
    struct spanned *items = NULL;
    size_t count = 0;
    int64_t commit;
    int rc = -1;

    *ret =
        (struct replay_span){.new_us = INT64_MAX, .first_us = INT64_MAX, .last_us = INT64_MIN};
    if (next_commit(replay->store, &commit, err) < 0 ||
        segment_list(replay->store, SEGMENT_KINDS, &list, err) < 0)
        return -1;
    ret->commit = commit - 1;
    items = calloc(list.count + 1, sizeof(*items));
    if (items == NULL) {
        (void)nj_fail(err, NJ_NOMEM, "no memory for %zu segments", list.count);
        goto out;
    }
    for (size_t i = 0; i < list.count; i++) {
        const struct segment *segment = &list.items[i];
        struct spanned *item = &items[count];

        if (segment->kind != SEGMENT_VISITS && segment->kind != SEGMENT_TRAITS)
            continue;
        if (take_segment(replay, segment, listed(replay, segment), item, err) < 0)
            goto out;
        if (item->first_us > item->last_us)
            continue;
        count++;
        if (item->first_us < ret->first_us)
            ret->first_us = item->first_us;
        if (item->last_us > ret->last_us)
            ret->last_us = item->last_us;
        if (segment->commit > after && item->first_us < ret->new_us)
            ret->new_us = item->first_us;
    }
    free(replay->items);
    replay->items = items;
    replay->count = count;
    items = NULL;
    rc = 0;
out:
    free(items);
    segment_list_done(&list);
    return rc;
}

/* "read_parquet([...])" of the segments of a kind that touch the window. Taken; NULL with *err
 * unset when none does. */
static int files_of(const struct replay *replay, enum segment_kind kind, int64_t from_us,
                    int64_t to_us, char **ret, struct nj_err *err)
{
    char *text = NULL;
    size_t size;
    bool any = false;
    FILE *out = open_memstream(&text, &size);

    *ret = NULL;
    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    for (size_t i = 0; i < replay->count; i++) {
        const struct spanned *item = &replay->items[i];

        if (item->segment.kind != kind || item->last_us < from_us || item->first_us >= to_us)
            continue;
        (void)fprintf(out, "%s'%s/%s'", any ? ", " : "read_parquet([", replay->store->dir,
                      item->segment.path);
        any = true;
    }
    (void)fputs("], hive_partitioning = false)", out);
    if (fclose(out) != 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a query");
    if (any)
        *ret = text;
    else
        free(text);
    return 0;
}

/* ---- cells ---------------------------------------------------------------------------------
 */

/* The columns of a chunk, by the order of the SELECT. */
struct reader {
    struct duck_query *query;
    duckdb_data_chunk chunk;
    const void *data[32];
    uint64_t *validity[32];
    idx_t row, rows;
    bool ended;
};

static void reader_close(struct reader *reader)
{
    duck_query_close(reader->query);
    *reader = (struct reader){.ended = true};
}

/* Step to the next row. @return whether there is one */
static bool reader_next(struct reader *reader)
{
    size_t columns;

    if (reader->ended)
        return false;
    if (++reader->row < reader->rows)
        return true;
    do {
        if (duck_query_next(reader->query, &reader->chunk) != 0) {
            reader->ended = true;
            return false;
        }
        reader->rows = duckdb_data_chunk_get_size(reader->chunk);
    } while (reader->rows == 0);
    columns = duck_query_columns(reader->query);
    for (size_t i = 0; i < columns; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(reader->chunk, i);

        reader->data[i] = duckdb_vector_get_data(vector);
        reader->validity[i] = duckdb_vector_get_validity(vector);
    }
    reader->row = 0;
    return true;
}

static int reader_open(struct replay *replay, const char *sql, const struct duck_value *values,
                       size_t count, struct reader *ret, struct nj_err *err)
{
    *ret = (struct reader){.ended = true};
    if (duck_query_open(replay->store->duck, sql, values, count, &ret->query, err) < 0)
        return -1;
    ret->ended = false;
    (void)reader_next(ret);
    return 0;
}

static bool is_null(const struct reader *r, unsigned column)
{
    return !duckdb_validity_row_is_valid(r->validity[column], r->row);
}

#define NUMBER(type, r, column)                                                                \
    (is_null(r, column) ? 0 : ((const type *)(r)->data[column])[(r)->row])

static struct addr address_at(const struct reader *r, unsigned column)
{
    const duckdb_uhugeint *value = &((const duckdb_uhugeint *)r->data[column])[r->row];

    if (is_null(r, column))
        return (struct addr){0, 0};
    return (struct addr){.hi = value->upper ^ 1ull << 63, .lo = value->lower};
}

/* A text cell; length 0 for NULL. */
static const char *text_at(const struct reader *r, unsigned column, size_t *ret_length)
{
    duckdb_string_t *text = (duckdb_string_t *)(uintptr_t)r->data[column] + r->row;

    *ret_length = 0;
    if (is_null(r, column))
        return "";
    *ret_length = duckdb_string_t_length(*text);
    return duckdb_string_t_data(text);
}

/* The number of a text cell. @param which  of the columns that are asked for numbers */
static uint32_t name_at(struct replay *replay, const struct reader *r, unsigned column,
                        unsigned which,
                        uint32_t (*number_of)(struct replay *, const char *, size_t))
{
    struct last_name *last = &replay->last[which];
    size_t length;
    const char *text = text_at(r, column, &length);

    if (length == 0)
        return 0;
    if (length == last->length && memcmp(text, last->text, length) == 0)
        return last->number;
    if (length > sizeof(last->text))
        return number_of(replay, text, length);
    memcpy(last->text, text, length);
    last->length = (uint32_t)length;
    last->number = number_of(replay, text, length);
    return last->number;
}

static uint32_t intern(struct replay *replay, const char *text, size_t length)
{
    return nj_intern(replay->names, text, length);
}

static void copy_text(const struct reader *r, unsigned column, char *to, size_t size)
{
    size_t length;
    const char *text = text_at(r, column, &length);

    if (length >= size)
        length = size - 1;
    memcpy(to, text, length);
    to[length] = '\0';
}

/* ---- rows ----------------------------------------------------------------------------------
 */

enum visit_column {
    V_TS,
    V_DURATION,
    V_HANDED,
    V_SEQ,
    V_SRC,
    V_DST,
    V_SENSOR,
    V_PROTO,
    V_DPORT,
    V_SESSIONS,
    V_PACKETS,
    V_BYTES,
    V_TARGETS,
    V_SPORT,
    V_SPORT_MIN,
    V_SPORT_MAX,
    V_SPORT_BANDS,
    V_REPEATS,
    V_ANSWERED,
    V_TTL,
    V_TTL_MIN,
    V_TTL_MAX,
    V_TCP_FLAGS,
    V_WINDOW,
    V_CLASS,
    V_RULE,
    V_TOOL,
    V_STACK,
    V_INSTANCE,
    V_APP,
    V_COUNTRY,
    V_ASN,
};

#define VISIT_COLUMNS                                                                          \
    "ts, duration_us, handed, seq, src, dst, sensor, proto, dport, sessions, packets, bytes,"  \
    " targets, sport, sport_min, sport_max, sport_bands, repeats, answered, ttl, ttl_min,"     \
    " ttl_max, tcp_flags, \"window\", class, rule, tool, stack, instance, app, country, asn"

static uint32_t class_of(struct replay *replay, const char *text, size_t length)
{
    (void)replay;
    for (unsigned i = 0; i < CLASS_COUNT; i++)
        if (strlen(class_names[i]) == length && memcmp(class_names[i], text, length) == 0)
            return i;
    return CLASS_OTHER;
}

enum name_column { N_SENSOR, N_CLASS, N_RULE, N_TOOL, N_STACK, N_APP };
_Static_assert(N_APP + 1 == NAME_COLUMNS, "columns whose last text is kept");

static void fill_visit(struct replay *replay, const struct reader *r, struct visit *ret,
                       struct store_place *ret_place)
{
    int64_t ts = NUMBER(int64_t, r, V_TS);

    ret->class = is_null(r, V_CLASS) ? CLASS_OTHER
                                     : (uint8_t)name_at(replay, r, V_CLASS, N_CLASS, class_of);
    ret->first_ns = ts * 1000;
    ret->last_ns = (ts + NUMBER(int64_t, r, V_DURATION)) * 1000;
    ret->handed_ns = NUMBER(int64_t, r, V_HANDED) * 1000;
    ret->seq = NUMBER(uint64_t, r, V_SEQ);
    ret->src = address_at(r, V_SRC);
    ret->dst = address_at(r, V_DST);
    ret->sensor = name_at(replay, r, V_SENSOR, N_SENSOR, intern);
    ret->proto = NUMBER(uint8_t, r, V_PROTO);
    ret->dport = NUMBER(uint16_t, r, V_DPORT);
    ret->sessions = NUMBER(uint32_t, r, V_SESSIONS);
    ret->packets = NUMBER(uint64_t, r, V_PACKETS);
    ret->bytes = NUMBER(uint64_t, r, V_BYTES);
    ret->targets = NUMBER(uint32_t, r, V_TARGETS);
    ret->sport = NUMBER(uint16_t, r, V_SPORT);
    if (is_null(r, V_SPORT_MIN)) { /* all were `sport` */
        ret->sport_min = ret->sport_max = ret->sport;
        ret->sport_bands = UINT64_C(1) << (ret->sport >> 10);
    } else {
        ret->sport_min = NUMBER(uint16_t, r, V_SPORT_MIN);
        ret->sport_max = NUMBER(uint16_t, r, V_SPORT_MAX);
        ret->sport_bands = NUMBER(uint64_t, r, V_SPORT_BANDS);
    }
    ret->repeats = NUMBER(uint32_t, r, V_REPEATS);
    ret->answered = NUMBER(uint32_t, r, V_ANSWERED);
    ret->no_fields = is_null(r, V_TTL);
    ret->ttl = NUMBER(uint8_t, r, V_TTL);
    ret->ttl_min = NUMBER(uint8_t, r, V_TTL_MIN);
    ret->ttl_max = NUMBER(uint8_t, r, V_TTL_MAX);
    ret->tcp_flags = NUMBER(uint8_t, r, V_TCP_FLAGS);
    ret->window = NUMBER(uint16_t, r, V_WINDOW);
    ret->rule = name_at(replay, r, V_RULE, N_RULE, intern);
    ret->tool = name_at(replay, r, V_TOOL, N_TOOL, intern);
    ret->stack = name_at(replay, r, V_STACK, N_STACK, intern);
    ret->instance = NUMBER(uint64_t, r, V_INSTANCE);
    ret->app = name_at(replay, r, V_APP, N_APP, intern);
    ret->country = 0;
    ret_place->asn = NUMBER(uint32_t, r, V_ASN);
    copy_text(r, V_COUNTRY, ret_place->country, sizeof(ret_place->country));
}

enum trait_column { T_TS, T_SRC, T_SENSOR, T_KIND, T_VALUE, T_BITS, T_PACKETS };

#define TRAIT_COLUMNS "ts, src, sensor, kind, value, bits, packets"

static uint32_t trait_name(const struct replay *replay, const struct reader *r, unsigned column)
{
    size_t length;
    const char *text = text_at(r, column, &length);

    return length == 0 ? 0 : nj_intern(replay->names, text, length);
}

static int send_trait(const struct replay *replay, const struct reader *r,
                      const struct replay_sink *sink, struct nj_err *err)
{
    struct trait trait = {
        .time_ns = NUMBER(int64_t, r, T_TS) * 1000,
        .src = address_at(r, T_SRC),
        .sensor = trait_name(replay, r, T_SENSOR),
        .packets = NUMBER(uint32_t, r, T_PACKETS),
        .bits = NUMBER(float, r, T_BITS),
    };

    trait.kind = nj_intern_text(replay->names, trait_name(replay, r, T_KIND));
    copy_text(r, T_VALUE, trait.value, sizeof(trait.value));
    return sink->trait(sink->ctx, &trait, nj_intern_text(replay->names, trait.sensor), err);
}

/* ---- a page of visits ----------------------------------------------------------------------
 */

static int by_order(const void *a, const void *b)
{
    const struct place_in_order *left = a, *right = b;

    if (left->handed_us != right->handed_us)
        return left->handed_us < right->handed_us ? -1 : 1;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

static int more_rows(struct replay *replay, struct nj_err *err)
{
    size_t room = replay->row_room * 2 + 4096;
    struct row *rows = reallocarray(replay->rows, room, sizeof(*rows));
    struct place_in_order *order;

    if (rows != NULL)
        replay->rows = rows;
    order = reallocarray(replay->order, room, sizeof(*order));
    if (order != NULL)
        replay->order = order;
    if (rows == NULL || order == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for %zu rows", room);
    replay->row_room = room;
    return 0;
}

/* Read a query's visits and put them in order. */
static int read_page(struct replay *replay, const char *sql, const struct duck_value *values,
                     size_t count, struct nj_err *err)
{
    struct reader reader;
    struct visit visit = {0};
    int rc = 0;

    replay->row_count = 0;
    if (reader_open(replay, sql, values, count, &reader, err) < 0)
        return -1;
    for (; rc == 0 && !reader.ended; (void)reader_next(&reader)) {
        size_t n = replay->row_count;

        if (n == replay->row_room)
            rc = more_rows(replay, err);
        if (rc < 0)
            break;
        fill_visit(replay, &reader, &visit, &replay->rows[n].place);
        memcpy(replay->rows[n].visit, &visit, ROW_BYTES);
        replay->order[n] = (struct place_in_order){
            .handed_us = visit.handed_ns / 1000, .seq = visit.seq, .row = (uint32_t)n};
        replay->row_count++;
    }
    reader_close(&reader);
    if (replay->row_count > 1)
        qsort(replay->order, replay->row_count, sizeof(*replay->order), by_order);
    return rc;
}

static void tell_soon(const struct replay *replay, size_t i, const struct replay_sink *sink)
{
    struct addr src;

    if (i >= replay->row_count)
        return;
    memcpy(&src, replay->rows[replay->order[i].row].visit + offsetof(struct visit, src),
           sizeof(src));
    sink->soon(sink->ctx, src);
}

/* Merge the page with the traits; of these those that belong before its last visit, and the
 * rest too if this is the last page. */
static int send_merged(const struct replay *replay, struct reader *traits, bool last,
                       const struct replay_sink *sink, struct nj_err *err)
{
    struct visit visit = {0};
    size_t i = 0;

    while (i < replay->row_count || (last && !traits->ended)) {
        const struct row *row;

        if (!traits->ended && (i == replay->row_count ||
                               NUMBER(int64_t, traits, T_TS) < replay->order[i].handed_us)) {
            if (send_trait(replay, traits, sink, err) < 0)
                return -1;
            (void)reader_next(traits);
            continue;
        }
        if (sink->soon != NULL)
            tell_soon(replay, i + SOON_ROWS, sink);
        row = &replay->rows[replay->order[i++].row];
        memcpy(&visit, row->visit, ROW_BYTES);
        if (sink->visit(sink->ctx, &visit, nj_intern_text(replay->names, visit.sensor),
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
                       struct reader *ret, struct nj_err *err)
{
    const struct duck_value values[] = {int_value(from_us), int_value(to_us)};
    char *files, *sql = NULL;
    int rc;

    *ret = (struct reader){.ended = true};
    if (files_of(replay, SEGMENT_TRAITS, from_us, to_us, &files, err) < 0)
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
        rc = reader_open(replay, sql, values, 2, ret, err);
    free(sql);
    free(files);
    return rc;
}

/* The visits of a window, at once or page by page if they are more than `PAGE_ROWS`. */
static int send_window(struct replay *replay, int64_t from_us, int64_t to_us, uint64_t rows,
                       const struct replay_sink *sink, struct nj_err *err)
{
    static const char all[] = "", page[] = " AND (handed > make_timestamp($1) OR"
                                           " seq::BIGINT > $3) ORDER BY handed, seq LIMIT ";
    struct reader traits = {.ended = true};
    int64_t handed_us = from_us, seq = -1;
    bool paged = rows > PAGE_ROWS;
    char *files = NULL, *sql = NULL, limit[16] = "";
    int rc = -1;

    if (open_traits(replay, from_us, to_us, &traits, err) < 0 ||
        files_of(replay, SEGMENT_VISITS, from_us, to_us, &files, err) < 0)
        goto out;
    if (paged)
        (void)snprintf(limit, sizeof(limit), "%u", PAGE_ROWS);
    if (files != NULL &&
        asprintf(&sql,
                 "SELECT " VISIT_COLUMNS " FROM %s WHERE handed >= make_timestamp($1) AND"
                 " handed < make_timestamp($2)%s%s",
                 files, paged ? page : all, limit) < 0) {
        sql = NULL;
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        goto out;
    }
    for (bool last = false; !last;) {
        const struct duck_value values[] = {int_value(handed_us), int_value(to_us),
                                            int_value(seq)};

        last = rows <= PAGE_ROWS;
        replay->row_count = 0;
        if (sql != NULL && read_page(replay, sql, values, paged ? 3 : 2, err) < 0)
            goto out;
        if (replay->row_count > 0) {
            const struct place_in_order *end = &replay->order[replay->row_count - 1];

            handed_us = end->handed_us;
            seq = (int64_t)end->seq;
        }
        if (send_merged(replay, &traits, last, sink, err) < 0)
            goto out;
        rows -= replay->row_count < rows ? replay->row_count : rows;
    }
    rc = 0;
out:
    reader_close(&traits);
    free(files);
    free(sql);
    return rc;
}

/* ---- windows -------------------------------------------------------------------------------
 */

int replay_rows(struct replay *replay, int64_t from_us, int64_t to_us,
                const struct replay_sink *sink, struct nj_err *err)
{
    const struct duck_value values[] = {int_value(from_us), int_value(to_us)};
    struct reader minutes = {.ended = true};
    char *files = NULL, *sql = NULL;
    int64_t window_us = from_us;
    uint64_t rows = 0;
    int rc = -1;

    if (files_of(replay, SEGMENT_VISITS, from_us, to_us, &files, err) < 0)
        return -1;
    if (files == NULL)
        return send_window(replay, from_us, to_us, 0, sink, err);
    if (asprintf(&sql,
                 "SELECT epoch_us(handed) // 60000000 * 60000000 AS m, count(*)::BIGINT FROM %s"
                 " WHERE handed >= make_timestamp($1) AND handed < make_timestamp($2)"
                 " GROUP BY m ORDER BY m",
                 files) < 0) {
        sql = NULL;
        (void)nj_fail(err, NJ_NOMEM, "no memory for a query");
        goto out;
    }
    if (reader_open(replay, sql, values, 2, &minutes, err) < 0)
        goto out;
    for (; !minutes.ended; (void)reader_next(&minutes)) {
        int64_t minute = NUMBER(int64_t, &minutes, 0);
        uint64_t count = (uint64_t)NUMBER(int64_t, &minutes, 1);

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
    reader_close(&minutes);
    free(sql);
    free(files);
    return rc;
}
