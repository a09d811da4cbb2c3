/* SPDX-License-Identifier: Apache-2.0 */
/* Ledgers as a table function of DuckDB, ledgers([source, ...]): the rows of a few sources,
 * so that questions about them are the same SQL as about any view. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/ledger.h"
#include "store/rows.h"

struct ledgers {
    struct segment_list list; /* of this kind alone */
    bool whole;               /* there is one of all visits */
    bool registered;
};

/* ---- which files ---- */

/* Whether each file of visits has its ledger. Both kinds are sorted by day and commit. */
static bool is_whole(const struct segment_list *list, const struct segment_list *ledgers)
{
    size_t next = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct segment *visits = &list->items[i];

        if (visits->kind != SEGMENT_VISITS)
            continue;
        if (next == ledgers->count || ledgers->items[next].day != visits->day ||
            ledgers->items[next].commit != visits->commit)
            return false;
        next++;
    }
    return next == ledgers->count;
}

static int register_table(struct store *store, struct nj_err *err);

int ledger_follow(struct store *store, const struct segment_list *list, struct nj_err *err)
{
    struct ledgers *ledgers = store->ledgers;

    if (ledgers == NULL)
        ledgers = store->ledgers = calloc(1, sizeof(*ledgers));
    if (ledgers == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for ledgers");
    ledgers->whole = false;
    ledgers->list.count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == SEGMENT_LEDGERS &&
            segment_list_add(&ledgers->list, &list->items[i], err) < 0)
            return -1;
    if (!ledgers->registered && register_table(store, err) < 0)
        return -1;
    ledgers->registered = true;
    ledgers->whole = is_whole(list, &ledgers->list);
    return 0;
}

void ledger_done(struct store *store)
{
    if (store->ledgers == NULL)
        return;
    segment_list_done(&store->ledgers->list);
    free(store->ledgers);
}

bool ledger_whole(const struct store *store)
{
    return store->ledgers != NULL && store->ledgers->whole;
}

void ledger_from(const struct store *store, const struct addr *sources, size_t count, FILE *out)
{
    bool whole = ledger_whole(store);
    char text[ADDR_TEXT_MAX];

    (void)fputs(whole ? "ledgers([" : "(SELECT * FROM sources WHERE src IN (", out);
    for (size_t i = 0; i < count; i++)
        (void)fprintf(out, "%s'%s'::UUID", i == 0 ? "" : ",", uuid_text(sources[i], text));
    (void)fputs(whole ? "])" : "))", out);
}

/* ---- the table function ---- */

static const struct {
    const char *name;
    duckdb_type type;
} columns[LEDGER_COLUMNS] = {
    [LEDGER_SRC] = {"src", DUCKDB_TYPE_UUID},
    [LEDGER_SENSOR] = {"sensor", DUCKDB_TYPE_VARCHAR},
    [LEDGER_CLASS] = {"class", DUCKDB_TYPE_VARCHAR},
    [LEDGER_RULE] = {"rule", DUCKDB_TYPE_VARCHAR},
    [LEDGER_TOOL] = {"tool", DUCKDB_TYPE_VARCHAR},
    [LEDGER_STACK] = {"stack", DUCKDB_TYPE_VARCHAR},
    [LEDGER_PROTO] = {"proto", DUCKDB_TYPE_UTINYINT},
    [LEDGER_DPORT] = {"dport", DUCKDB_TYPE_USMALLINT},
    [LEDGER_SESSIONS] = {"sessions", DUCKDB_TYPE_UBIGINT},
    [LEDGER_PACKETS] = {"packets", DUCKDB_TYPE_UBIGINT},
    [LEDGER_SPORT_MIN] = {"sport_min", DUCKDB_TYPE_USMALLINT},
    [LEDGER_SPORT_MAX] = {"sport_max", DUCKDB_TYPE_USMALLINT},
    [LEDGER_SPORT_BANDS] = {"sport_bands", DUCKDB_TYPE_UBIGINT},
    [LEDGER_FIRST] = {"first", DUCKDB_TYPE_TIMESTAMP},
    [LEDGER_LAST] = {"last", DUCKDB_TYPE_TIMESTAMP},
    [LEDGER_EXACT] = {"exact", DUCKDB_TYPE_BOOLEAN},
    [LEDGER_SPORTS] = {"sports", DUCKDB_TYPE_LIST},
    [LEDGER_DAY] = {"day", DUCKDB_TYPE_DATE},
};

struct asked {
    struct addr *sources; /* ascending, each once */
    size_t count;
};

struct scan {
    size_t file;             /* the next to be read */
    int32_t day;             /* of the one before */
    struct ledger_rows rows; /* of the one before */
    size_t next;             /* of them */
    enum ledger_column wanted[LEDGER_COLUMNS];
    idx_t wanted_count;
};

static void asked_free(void *data)
{
    struct asked *asked = data;

    free(asked->sources);
    free(asked);
}

static void scan_free(void *data)
{
    struct scan *scan = data;

    ledger_rows_done(&scan->rows);
    free(scan);
}

static int by_address(const void *a, const void *b)
{
    return addr_compare(*(const struct addr *)a, *(const struct addr *)b);
}

/* @return false when out of memory */
static bool take_sources(struct asked *asked, duckdb_value list)
{
    idx_t count = duckdb_get_list_size(list), taken = 0;
    size_t kept = 0;

    asked->sources = calloc(count + 1, sizeof(*asked->sources));
    if (asked->sources == NULL)
        return false;
    for (idx_t i = 0; i < count; i++) {
        duckdb_value value = duckdb_get_list_child(list, i);

        if (!duckdb_is_null_value(value)) {
            duckdb_uhugeint number = duckdb_get_uuid(value); /* its top bit is the address's */

            asked->sources[taken++] = (struct addr){.hi = number.upper, .lo = number.lower};
        }
        duckdb_destroy_value(&value);
    }
    qsort(asked->sources, taken, sizeof(*asked->sources), by_address);
    for (idx_t i = 0; i < taken; i++)
        if (kept == 0 || !addr_equal(asked->sources[kept - 1], asked->sources[i]))
            asked->sources[kept++] = asked->sources[i];
    asked->count = kept;
    return true;
}

/* A list is of ports. */
static duckdb_logical_type type_of(enum ledger_column column)
{
    duckdb_logical_type port, list;

    if (columns[column].type != DUCKDB_TYPE_LIST)
        return duckdb_create_logical_type(columns[column].type);
    port = duckdb_create_logical_type(DUCKDB_TYPE_USMALLINT);
    list = duckdb_create_list_type(port);
    duckdb_destroy_logical_type(&port);
    return list;
}

static void on_bind(duckdb_bind_info info)
{
    struct asked *asked = calloc(1, sizeof(*asked));
    duckdb_value list = duckdb_bind_get_parameter(info, 0);

    if (asked == NULL || !take_sources(asked, list)) {
        free(asked);
        duckdb_bind_set_error(info, "out of memory");
    } else {
        duckdb_bind_set_bind_data(info, asked, asked_free);
    }
    duckdb_destroy_value(&list);
    for (enum ledger_column i = 0; i < LEDGER_COLUMNS; i++) {
        duckdb_logical_type type = type_of(i);

        duckdb_bind_add_result_column(info, columns[i].name, type);
        duckdb_destroy_logical_type(&type);
    }
}

static int read_segment(const struct store *store, const struct segment *segment,
                        const struct asked *asked, struct ledger_rows *rows, struct nj_err *err)
{
    char path[PATH_MAX];
    int fd, rc;

    (void)snprintf(path, sizeof(path), "%s/%s", store->dir, segment->path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return nj_fail(err, NJ_IO, "open %s", path);
    rc = ledger_read(fd, segment->size, segment->day, asked->sources, asked->count, rows, err);
    (void)close(fd);
    return rc < 0 ? nj_within(err, "%s", segment->path) : 0;
}

static void on_init(duckdb_init_info info)
{
    struct scan *scan = calloc(1, sizeof(*scan));

    if (scan == NULL) {
        duckdb_init_set_error(info, "out of memory");
        return;
    }
    for (idx_t i = 0; i < duckdb_init_get_column_count(info) && i < LEDGER_COLUMNS; i++) {
        idx_t column = duckdb_init_get_column_index(info, i);

        scan->wanted[scan->wanted_count++] =
            column < LEDGER_COLUMNS ? (enum ledger_column)column : LEDGER_COLUMNS;
    }
    duckdb_init_set_init_data(info, scan, scan_free);
    duckdb_init_set_max_threads(info, 1);
}

/* One file after the other: a source may have asked for all ports on all days. @return whether
 * there is a row; an error has been told */
static bool has_row(duckdb_function_info info, struct scan *scan)
{
    const struct store *store = duckdb_function_get_extra_info(info);
    const struct asked *asked = duckdb_function_get_bind_data(info);
    const struct segment_list *list = &store->ledgers->list;
    struct nj_err err = {0};

    while (scan->next == scan->rows.count && scan->file < list->count) {
        scan->next = scan->rows.count = scan->rows.entry_count = scan->rows.sport_count = 0;
        scan->day = list->items[scan->file].day;
        if (read_segment(store, &list->items[scan->file++], asked, &scan->rows, &err) < 0) {
            duckdb_function_set_error(info, err.msg);
            return false;
        }
    }
    return scan->next < scan->rows.count;
}

static void give_text(duckdb_vector vector, idx_t at, const char *text)
{
    if (text[0] == '\0')
        duck_set_null(vector, at);
    else
        duckdb_vector_assign_string_element(vector, at, text);
}

/* @param count  0: they stand on another row */
static void give_sports(duckdb_vector vector, idx_t at, const uint16_t *sports, size_t count)
{
    idx_t used = duckdb_list_vector_get_size(vector);
    uint16_t *child;

    ((duckdb_list_entry *)duckdb_vector_get_data(vector))[at] =
        (duckdb_list_entry){.offset = used, .length = count};
    if (count == 0)
        return;
    (void)duckdb_list_vector_reserve(vector, used + count);
    child = duckdb_vector_get_data(duckdb_list_vector_get_child(vector));
    memcpy(child + used, sports, count * sizeof(*sports));
    (void)duckdb_list_vector_set_size(vector, used + count);
}

/* One cell of the next row. */
static void give(const struct scan *scan, enum ledger_column column, duckdb_vector vector,
                 idx_t at)
{
    const struct ledger_row *rows = scan->rows.items, *row = &rows[scan->next];
    const struct ledger_entry *entry = &scan->rows.entries[row->entry];
    bool first = scan->next == 0 || rows[scan->next - 1].entry != row->entry;
    void *to = duckdb_vector_get_data(vector);

    switch (column) {
    case LEDGER_SRC:
        ((duckdb_uhugeint *)to)[at] = uuid_of(entry->src);
        break;
    case LEDGER_SENSOR:
        give_text(vector, at, row->sensor);
        break;
    case LEDGER_CLASS:
        give_text(vector, at, row->class);
        break;
    case LEDGER_RULE:
        give_text(vector, at, row->rule);
        break;
    case LEDGER_TOOL:
        give_text(vector, at, row->tool);
        break;
    case LEDGER_STACK:
        give_text(vector, at, row->stack);
        break;
    case LEDGER_PROTO:
        ((uint8_t *)to)[at] = row->proto;
        break;
    case LEDGER_DPORT:
        ((uint16_t *)to)[at] = row->dport;
        break;
    case LEDGER_SESSIONS:
        ((uint64_t *)to)[at] = row->sessions;
        break;
    case LEDGER_PACKETS:
        ((uint64_t *)to)[at] = row->packets;
        break;
    case LEDGER_SPORT_MIN:
        ((uint16_t *)to)[at] = row->sport_min;
        break;
    case LEDGER_SPORT_MAX:
        ((uint16_t *)to)[at] = row->sport_max;
        break;
    case LEDGER_SPORT_BANDS:
        ((uint64_t *)to)[at] = row->sport_bands;
        break;
    case LEDGER_FIRST:
        ((int64_t *)to)[at] = entry->first_us;
        break;
    case LEDGER_LAST:
        ((int64_t *)to)[at] = entry->last_us;
        break;
    case LEDGER_EXACT:
        ((bool *)to)[at] = entry->exact;
        break;
    case LEDGER_SPORTS:
        give_sports(vector, at, scan->rows.sports + entry->sport_start,
                    first ? entry->sport_count : 0);
        break;
    case LEDGER_DAY:
        ((int32_t *)to)[at] = scan->day;
        break;
    case LEDGER_COLUMNS: /* that of who counts rows only */
        break;
    }
}

static void on_scan(duckdb_function_info info, duckdb_data_chunk output)
{
    struct scan *scan = duckdb_function_get_init_data(info);
    duckdb_vector vectors[LEDGER_COLUMNS];
    idx_t count = 0;

    for (idx_t i = 0; i < scan->wanted_count; i++)
        vectors[i] = duckdb_data_chunk_get_vector(output, i);
    for (; count < duckdb_vector_size() && has_row(info, scan); count++, scan->next++)
        for (idx_t i = 0; i < scan->wanted_count; i++)
            give(scan, scan->wanted[i], vectors[i], count);
    duckdb_data_chunk_set_size(output, count);
}

static int register_table(struct store *store, struct nj_err *err)
{
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_logical_type address = duckdb_create_logical_type(DUCKDB_TYPE_UUID);
    duckdb_logical_type list = duckdb_create_list_type(address);
    duckdb_state state;

    duckdb_table_function_set_name(function, "ledgers");
    duckdb_table_function_add_parameter(function, list);
    duckdb_table_function_set_extra_info(function, store, NULL);
    duckdb_table_function_supports_projection_pushdown(function, true);
    duckdb_table_function_set_bind(function, on_bind);
    duckdb_table_function_set_init(function, on_init);
    duckdb_table_function_set_function(function, on_scan);
    state = duckdb_register_table_function(duck_connection(store->duck), function);
    duckdb_destroy_logical_type(&list);
    duckdb_destroy_logical_type(&address);
    duckdb_destroy_table_function(&function);
    if (state != DuckDBSuccess)
        return nj_fail(err, NJ_STORE, "DuckDB refused the table function ledgers");
    return 0;
}
