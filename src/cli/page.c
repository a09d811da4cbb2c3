/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/page.h"

#include <string.h>

#include "cli/table.h"
#include "store/cell.h"

#define COLUMNS_MAX 32

static json_t *changeable(const json_t *object)
{
    return (json_t *)(uintptr_t)object; /* jansson iterates over what it may change */
}

static struct cell cell_of(const json_t *value)
{
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_STRING:
        return (struct cell){.kind = CELL_TEXT,
                             .text = json_string_value(value),
                             .length = json_string_length(value)};
    case JSON_INTEGER:
        return (struct cell){.kind = CELL_INT, .number = json_integer_value(value)};
    case JSON_REAL:
        return (struct cell){.kind = CELL_REAL, .real = json_real_value(value)};
    case JSON_TRUE:
    case JSON_FALSE:
        return (struct cell){.kind = CELL_BOOL, .number = json_is_true(value)};
    default:
        return (struct cell){.kind = CELL_NULL};
    }
}

static bool is_list_of_objects(const json_t *value)
{
    return json_is_object(json_array_get(value, 0));
}

/* ---- a page
 * ----------------------------------------------------------------------------------
 */

/* A member in one line: a scalar, "tcp 5, udp 3" for an object, "a, b" for a list. */
static void add_inline(struct text *page, const char *name, const json_t *value)
{
    size_t count = json_is_object(value) ? json_object_size(value) : json_array_size(value);
    json_t *object = changeable(value);
    bool first = true;
    struct cell cell;

    if (count == 0) { /* a scalar, or an empty list or object: "-" */
        cell = cell_of(value);
        cell_to_table(page, &cell, name);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        text_add_z(page, i > 0 ? ", " : "");
        cell = cell_of(json_array_get(value, i));
        cell_to_table(page, &cell, name);
    }
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
        const char *key = json_object_iter_key(i);

        text_add_z(page, first ? "" : ", ");
        text_shown(page, key, strlen(key));
        text_add_z(page, " ");
        cell = cell_of(json_object_iter_value(i));
        cell_to_table(page, &cell, name);
        first = false;
    }
}

static int add_list(struct text *page, const char *name, const json_t *list, struct nj_err *err)
{
    json_t *columns = changeable(json_array_get(list, 0));
    struct table *table = table_new(output_width(stdout), output_colour(stdout), NULL);
    const char *names[COLUMNS_MAX];
    struct cell cells[COLUMNS_MAX];
    size_t count = 0, rows = json_array_size(list);
    int rc = -1;

    if (table == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a table");
    for (void *i = json_object_iter(columns); i != NULL && count < COLUMNS_MAX;
         i = json_object_iter_next(columns, i))
        names[count++] = json_object_iter_key(i);
    text_addf(page, "\n%s\n", name);
    if (table_head(table, names, count, err) < 0)
        goto out;
    for (size_t row = 0; row < rows && row < PAGE_ROWS; row++) {
        for (size_t i = 0; i < count; i++)
            cells[i] = cell_of(json_object_get(json_array_get(list, row), names[i]));
        if (table_row(table, cells, count, page, err) < 0)
            goto out;
    }
    rc = table_end(table, page, err);
    if (rows > PAGE_ROWS)
        text_addf(page, "... and %zu more (--format json has them)\n", rows - PAGE_ROWS);
out:
    table_free(table);
    return rc;
}

static int add_page(struct text *page, const json_t *value, struct nj_err *err)
{
    json_t *object = changeable(value);
    size_t widest = 0;

    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i))
        if (!is_list_of_objects(json_object_iter_value(i)) &&
            strlen(json_object_iter_key(i)) > widest)
            widest = strlen(json_object_iter_key(i));
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
        if (is_list_of_objects(json_object_iter_value(i)))
            continue;
        text_addf(page, "%-*s  ", (int)widest, json_object_iter_key(i));
        add_inline(page, json_object_iter_key(i), json_object_iter_value(i));
        text_add(page, "\n", 1);
    }
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i))
        if (is_list_of_objects(json_object_iter_value(i)) &&
            add_list(page, json_object_iter_key(i), json_object_iter_value(i), err) < 0)
            return -1;
    return 0;
}

/* ---- rows (name, value)
 * ----------------------------------------------------------------------
 */

static int send_members(const struct row_sink *sink, struct text *path, const json_t *value,
                        struct nj_err *err)
{
    json_t *object = changeable(value);
    size_t length = path->length;
    struct cell cells[2];

    if (!json_is_object(value) && !json_is_array(value)) {
        if (path->no_memory)
            return nj_fail(err, NJ_NOMEM, "no memory for the output");
        /* behind the dot in front */
        cells[0] = (struct cell){.kind = CELL_TEXT};
        cells[0].text = path->bytes + 1;
        cells[0].length = path->length - 1;
        cells[1] = cell_of(value);
        return sink->row(sink->ctx, cells, 2, err);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        text_addf(path, ".%zu", i);
        if (send_members(sink, path, json_array_get(value, i), err) < 0)
            return -1;
        path->length = length;
    }
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
        text_addf(path, ".%s", json_object_iter_key(i));
        if (send_members(sink, path, json_object_iter_value(i), err) < 0)
            return -1;
        path->length = length;
    }
    return 0;
}

static int print_csv(const json_t *object, struct nj_err *err)
{
    static const char *const names[] = {"name", "value"};
    struct output *output = output_new(stdout, OUTPUT_CSV, NULL);
    struct text path = {0};
    struct row_sink sink;
    int rc;

    if (output == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    sink = output_sink(output);
    rc = sink.head(sink.ctx, names, 2, err);
    if (rc == 0)
        rc = send_members(&sink, &path, object, err);
    text_done(&path);
    return output_close(output, rc, err);
}

int page_print(enum output_format format, const json_t *object, struct nj_err *err)
{
    struct text page = {0};
    int rc = 0;

    if (format == OUTPUT_CSV)
        return print_csv(object, err);
    if (format == OUTPUT_TABLE) {
        rc = add_page(&page, object, err);
    } else {
        text_json_value(&page, object, format == OUTPUT_JSON, 0);
        text_add(&page, "\n", 1);
    }
    if (rc == 0)
        rc = output_text(stdout, &page, err);
    text_done(&page);
    return rc == OUTPUT_GONE ? 0 : rc;
}
