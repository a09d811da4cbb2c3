/* SPDX-License-Identifier: Apache-2.0 */
/* What the later stages noticed, one by one. */
#include <string.h>

#include "store/derived_internal.h"
#include "store/events.h"

static const char events_sql[] =
    "SELECT id, at_us, packet_us, event_name(kind), source, other, actor, link,"
    " event_text(text) FROM event"
    " WHERE id > ?1 AND at_us >= ?2 AND at_us <= ?3 ORDER BY at_us, id LIMIT ?4";

static void text_of(char *to, size_t size, sqlite3_stmt *stmt, int i)
{
    const unsigned char *text = sqlite3_column_text(stmt, i);

    (void)snprintf(to, size, "%s", text == NULL ? "" : (const char *)text);
}

static struct addr address_of(sqlite3_stmt *stmt, int i)
{
    const uint8_t *bytes = sqlite3_column_blob(stmt, i);

    return bytes == NULL || sqlite3_column_bytes(stmt, i) != 16 ? (struct addr){0, 0}
                                                                : addr_from_bytes(bytes);
}

static void read_event(sqlite3_stmt *stmt, struct stored_event *event)
{
    *event = (struct stored_event){
        .id = sqlite3_column_int64(stmt, 0),
        .at_us = sqlite3_column_int64(stmt, 1),
        .packet_us = sqlite3_column_int64(stmt, 2),
        .source = address_of(stmt, 4),
        .other = address_of(stmt, 5),
        .actor = (uint64_t)sqlite3_column_int64(stmt, 6),
        .link = (uint64_t)sqlite3_column_int64(stmt, 7),
    };
    text_of(event->kind, sizeof(event->kind), stmt, 3);
    text_of(event->text, sizeof(event->text), stmt, 8);
}

int store_events(struct store *store, const struct events_question *question,
                 int (*on_event)(void *ctx, const struct stored_event *event,
                                 struct nj_err *err),
                 void *ctx, struct nj_err *err)
{
    struct stored_event event;
    struct binder b = {0};
    int rc = 0;

    if (derived_present(store, err) < 0)
        return -1;
    if (catalog_prepare(store, events_sql, &b.stmt, err) < 0)
        return -1;
    bind_int(&b, question->after_id);
    bind_int(&b, question->from_us);
    bind_int(&b, question->to_us);
    bind_int(&b, question->limit);
    while (rc >= 0 && (rc = catalog_next(store, b.stmt, err)) > 0) {
        read_event(b.stmt, &event);
        rc = on_event(ctx, &event, err);
    }
    (void)sqlite3_finalize(b.stmt);
    return rc < 0 ? -1 : 0;
}

int store_last_event(struct store *store, int64_t *ret_id, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc;

    if (derived_present(store, err) < 0 ||
        catalog_prepare(store, "SELECT coalesce(max(id), 0) FROM event", &stmt, err) < 0)
        return -1;
    rc = catalog_next(store, stmt, err);
    if (rc > 0)
        *ret_id = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return rc > 0 ? 0 : -1;
}

/* ---- as cells
 * ----------------------------------------------------------------------------------
 */

const char *const event_columns[] = {"id",    "time",  "noticed", "event", "source",
                                     "other", "actor", "link",    "text",  NULL};
#define COLUMNS (sizeof(event_columns) / sizeof(event_columns[0]) - 1)

void event_cells(const struct stored_event *event, struct cell cells[static EVENT_COLUMNS],
                 char actor[static 32])
{
    _Static_assert(COLUMNS == EVENT_COLUMNS, "a cell for each column");

    actor[0] = '\0';
    if (event->actor != 0)
        (void)snprintf(actor, 32, "NJ-%06llu", (unsigned long long)event->actor);
    cells[0] = (struct cell){.kind = CELL_INT, .number = event->id};
    cells[1] = (struct cell){.kind = CELL_TIME, .number = event->packet_us};
    cells[2] = (struct cell){.kind = CELL_TIME, .number = event->at_us};
    cells[3] = text_cell(event->kind);
    cells[4] = address_cell(event->source);
    cells[5] = address_cell(event->other);
    cells[6] = text_cell(actor);
    cells[7] = (struct cell){.kind = event->link == 0 ? CELL_NULL : CELL_UINT,
                             .unsigned_number = event->link};
    cells[8] = text_cell(event->text);
}
