/* SPDX-License-Identifier: Apache-2.0 */
/* Statements are kept by list and prefix, so those about an address are found by asking each
 * list for each of the prefixes that could hold it. Networks are written as prefixes only,
 * never as ranges. */
#include "store/testimony.h"

#include <stdlib.h>

#include "model/addr.h"
#include "store/derived_internal.h"

const char *const testimony_kinds[TESTIMONY_KINDS + 1] = {
    [TESTIMONY_LIST] = "list",
    [TESTIMONY_DECLARED] = "declared",
    [TESTIMONY_TOR] = "tor",
    [TESTIMONY_HOSTING] = "hosting",
    [TESTIMONY_SPECIAL] = "special",
    [TESTIMONY_WARNING] = "warning",
    [TESTIMONY_SERVICES] = "services",
    [TESTIMONY_NAMES] = "names",
    [TESTIMONY_ROUTES] = "routes",
    [TESTIMONY_RDAP] = "rdap",
    [TESTIMONY_SERVERS] = "rdap-servers",
};

#define LIST_COLUMNS                                                                           \
    "l.name, l.kind, l.source, l.licence, l.file, l.dated_us, l.imported_us, l.entries,"       \
    " l.refused"
enum { LIST_COLUMN_COUNT = 9 };

/* ---- reading rows ---- */

static void column_text(sqlite3_stmt *stmt, int i, char *ret, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(stmt, i);

    (void)snprintf(ret, size, "%s", text == NULL ? "" : text);
}

/* LIST_COLUMNS, from the i-th on. */
static void read_list(sqlite3_stmt *stmt, int i, struct testimony_list *ret)
{
    int64_t kind = sqlite3_column_int64(stmt, i + 1);

    *ret = (struct testimony_list){
        .kind = kind >= 0 && kind < TESTIMONY_KINDS ? (enum testimony_kind)kind : 0,
        .dated_us = sqlite3_column_int64(stmt, i + 5),
        .imported_us = sqlite3_column_int64(stmt, i + 6),
        .entries = (uint64_t)sqlite3_column_int64(stmt, i + 7),
        .refused = (uint64_t)sqlite3_column_int64(stmt, i + 8)};
    column_text(stmt, i, ret->name, sizeof(ret->name));
    column_text(stmt, i + 2, ret->source, sizeof(ret->source));
    column_text(stmt, i + 3, ret->licence, sizeof(ret->licence));
    column_text(stmt, i + 4, ret->file, sizeof(ret->file));
}

#define STATEMENT_SELECT                                                                       \
    "SELECT " LIST_COLUMNS ", t.first, t.last, t.from_us, t.to_us, t.value FROM testimony t"   \
    " JOIN testimony_list l ON l.id = t.list"

/* Hand on the rows of a STATEMENT_SELECT. */
static int send_rows(struct store *store, sqlite3_stmt *stmt, testimony_fn fn, void *ctx,
                     struct nj_err *err)
{
    const int i = LIST_COLUMN_COUNT;
    int rc;

    while ((rc = catalog_next(store, stmt, err)) > 0) {
        struct testimony_list list;
        struct testimony found = {
            .list = &list,
            .net = {.first = addr_at(stmt, i), .last = addr_at(stmt, i + 1)},
            .from_us = sqlite3_column_int64(stmt, i + 2),
            .to_us = sqlite3_column_int64(stmt, i + 3),
            .value = (const char *)sqlite3_column_text(stmt, i + 4)};

        read_list(stmt, 0, &list);
        if (fn(ctx, &found, err) < 0)
            return -1;
    }
    return rc;
}

/* ---- asking ---- */

int testimony_find_list(struct store *store, const char *name, struct testimony_list *ret,
                        struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = catalog_has(store, "testimony", err), step;

    if (rc <= 0)
        return rc < 0 ? -1 : STORE_UNKNOWN;
    if (catalog_prepare(store, "SELECT " LIST_COLUMNS " FROM testimony_list l WHERE l.name = ?",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    step = sqlite3_step(stmt);
    if (step == SQLITE_ROW)
        read_list(stmt, 0, ret);
    (void)sqlite3_finalize(stmt);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return catalog_fail(store, err);
    return step == SQLITE_ROW ? 0 : STORE_UNKNOWN;
}

static int send_list(const struct testimony_list *list, const struct row_sink *sink,
                     struct nj_err *err)
{
    const struct cell cells[] = {
        text_cell(list->name),
        text_cell(testimony_kinds[list->kind]),
        {.kind = CELL_UINT, .unsigned_number = list->entries},
        {.kind = CELL_UINT, .unsigned_number = list->refused},
        time_cell(list->dated_us),
        text_cell(list->source),
        text_cell(list->licence),
        time_cell(list->imported_us),
        text_cell(list->file),
    };

    return sink->row(sink->ctx, cells, sizeof(cells) / sizeof(cells[0]), err);
}

int testimony_lists(struct store *store, const struct row_sink *sink, struct nj_err *err)
{
    static const char *const names[] = {"name",   "kind",    "entries",  "refused", "date",
                                        "source", "licence", "imported", "file"};
    sqlite3_stmt *stmt;
    int rc = catalog_has(store, "testimony", err);

    if (rc < 0 || sink->head(sink->ctx, names, sizeof(names) / sizeof(names[0]), err) < 0)
        return -1;
    if (rc == 0)
        return 0;
    if (catalog_prepare(store, "SELECT " LIST_COLUMNS " FROM testimony_list l ORDER BY l.name",
                        &stmt, err) < 0)
        return -1;
    while (rc >= 0 && (rc = catalog_next(store, stmt, err)) > 0) {
        struct testimony_list list;

        read_list(stmt, 0, &list);
        rc = send_list(&list, sink, err);
    }
    (void)sqlite3_finalize(stmt);
    return rc;
}

/* The prefix with that many bits free that holds an address. */
static struct prefix around(struct addr a, unsigned free_bits)
{
    uint64_t hi = free_bits <= 64 ? 0 : UINT64_MAX >> (128 - free_bits);
    uint64_t lo = free_bits == 0    ? 0
                  : free_bits >= 64 ? UINT64_MAX
                                    : UINT64_MAX >> (64 - free_bits);

    return (struct prefix){.first = {.hi = a.hi & ~hi, .lo = a.lo & ~lo},
                           .last = {.hi = a.hi | hi, .lo = a.lo | lo}};
}

int testimony_about(struct store *store, struct addr a, testimony_fn fn, void *ctx,
                    struct nj_err *err)
{
    unsigned bits = addr_is_v4(a) ? 32 : 128;
    sqlite3_stmt *stmt;
    int rc = catalog_has(store, "testimony", err);

    if (rc <= 0)
        return rc;
    if (catalog_prepare(store,
                        STATEMENT_SELECT " WHERE t.first = ? AND t.last = ?"
                                         " ORDER BY t.list, t.number",
                        &stmt, err) < 0)
        return -1;
    for (unsigned i = 0; i <= bits && rc >= 0; i++) {
        struct prefix net = around(a, bits - i);
        struct binder b = {.stmt = stmt};

        bind_end(&b, net.first);
        bind_end(&b, net.last);
        rc = send_rows(store, stmt, fn, ctx, err);
        (void)sqlite3_reset(stmt);
    }
    (void)sqlite3_finalize(stmt);
    return rc < 0 ? -1 : 0;
}

int testimony_of(struct store *store, const char *name, testimony_fn fn, void *ctx,
                 struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = catalog_has(store, "testimony", err);

    if (rc <= 0)
        return rc;
    if (catalog_prepare(store,
                        STATEMENT_SELECT " WHERE l.name = ? ORDER BY t.first, t.last, t.number",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    rc = send_rows(store, stmt, fn, ctx, err);
    (void)sqlite3_finalize(stmt);
    return rc;
}

int testimony_declared_sources(struct store *store,
                               int (*fn)(void *ctx, struct addr source, struct nj_err *err),
                               void *ctx, struct nj_err *err)
{
    sqlite3_stmt *stmt;
    int rc = 0;

    if (derived_present(store, err) < 0 ||
        catalog_prepare(store,
                        "SELECT DISTINCT source FROM episode WHERE declared ORDER BY source",
                        &stmt, err) < 0)
        return -1;
    while (rc >= 0 && (rc = catalog_next(store, stmt, err)) > 0)
        rc = fn(ctx, addr_at(stmt, 0), err);
    (void)sqlite3_finalize(stmt);
    return rc;
}

int testimony_nets(struct store *store, enum testimony_kind kind, struct nets **ret,
                   struct nj_err *err)
{
    struct nets *nets = NULL;
    sqlite3_stmt *stmt;
    int rc = catalog_has(store, "testimony", err);

    *ret = NULL;
    if (rc <= 0)
        return rc;
    if (catalog_prepare(store,
                        "SELECT t.first, t.last, coalesce(t.value ->> '$.label', l.name)"
                        " FROM testimony t JOIN testimony_list l ON l.id = t.list"
                        " WHERE l.kind = ? ORDER BY l.name, t.number",
                        &stmt, err) < 0)
        return -1;
    (void)sqlite3_bind_int64(stmt, 1, kind);
    while (rc >= 0 && (rc = catalog_next(store, stmt, err)) > 0) {
        struct prefix net = {.first = addr_at(stmt, 0), .last = addr_at(stmt, 1)};

        if (nets == NULL && (nets = nets_new()) == NULL)
            rc = nj_fail(err, NJ_NOMEM, "no memory for lists");
        else
            rc = nets_add(nets, &net, (const char *)sqlite3_column_text(stmt, 2), err);
    }
    (void)sqlite3_finalize(stmt);
    if (rc < 0) {
        nets_free(nets);
        return -1;
    }
    if (nets != NULL)
        nets_finish(nets);
    *ret = nets;
    return 0;
}
