/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "store/cell.h"

#define WAITING_MAX 1000 /* rows that decide the widths: more than a ranking has by default */
#define GAP 2            /* blanks between columns */
#define CUT_MIN 12       /* no text is cut shorter than this */

struct column {
    char *name;
    size_t from;  /* index of its cell in a row */
    size_t width; /* 0: not known yet */
    bool number;  /* of all rows that have waited */
    bool text;    /* of any row: may be cut. Times and addresses are not */
};

struct shown {
    size_t start, length; /* in `waiting` */
};

struct table {
    size_t terminal;
    bool colour;
    const char *const *only;
    struct column *columns;
    size_t count;
    struct text waiting; /* cells of the rows that wait */
    struct shown *cells; /* rows * count */
    size_t rows;
    bool begun; /* the head is written, widths are fixed */
};

struct table *table_new(size_t width, bool colour, const char *const *only)
{
    struct table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return NULL;
    table->terminal = width;
    table->colour = colour;
    table->only = only;
    return table;
}

void table_free(struct table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->columns[i].name);
    free(table->columns);
    free(table->cells);
    text_done(&table->waiting);
    free(table);
}

static bool is_shown(const struct table *table, const char *name)
{
    if (table->only == NULL)
        return true;
    for (size_t i = 0; table->only[i] != NULL; i++)
        if (strcmp(table->only[i], name) == 0)
            return true;
    return false;
}

/* Names come from the user's SQL too. */
static char *shown_name(const char *name)
{
    struct text text = {0};

    text_shown(&text, name, strlen(name));
    text_add(&text, "", 1);
    if (text.no_memory)
        text_done(&text);
    return text.bytes;
}

int table_head(struct table *table, const char *const *names, size_t count, struct nj_err *err)
{
    table->columns = calloc(count + 1, sizeof(*table->columns));
    table->cells = calloc(WAITING_MAX * (count + 1), sizeof(*table->cells));
    if (table->columns == NULL || table->cells == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a table");
    for (size_t i = 0; i < count; i++) {
        struct column *column = &table->columns[table->count];

        if (!is_shown(table, names[i]))
            continue;
        *column = (struct column){.name = shown_name(names[i]), .from = i, .number = true};
        if (column->name == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a table");
        column->width = text_columns(column->name, strlen(column->name));
        table->count++;
    }
    return 0;
}

static void add_blanks(struct text *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add(out, " ", 1);
}

/* One cell in its column; nothing stands behind the last one. */
static void add_cell(const struct table *table, size_t i, const char *bytes, size_t length,
                     struct text *out)
{
    const struct column *column = &table->columns[i];
    size_t width = text_columns(bytes, length);
    size_t missing = width < column->width ? column->width - width : 0;

    if (column->number)
        add_blanks(out, missing);
    if (width > column->width && table->terminal > 0 && column->text) {
        text_add(out, bytes, text_fit(bytes, length, column->width - 1));
        text_add_z(out, "\u2026");
    } else {
        text_add(out, bytes, length);
    }
    if (i + 1 < table->count)
        add_blanks(out, GAP + (column->number ? 0 : missing));
    else
        text_add(out, "\n", 1);
}

/* Make the widest texts narrower until a row fits into the terminal, if it can. */
static void fit_terminal(struct table *table)
{
    size_t total = table->count > 0 ? GAP * (table->count - 1) : 0;

    for (size_t i = 0; i < table->count; i++)
        total += table->columns[i].width;
    while (table->terminal > 0 && total > table->terminal) {
        struct column *widest = NULL;

        for (size_t i = 0; i < table->count; i++) {
            struct column *column = &table->columns[i];

            if (column->text && column->width > CUT_MIN &&
                (widest == NULL || column->width > widest->width))
                widest = column;
        }
        if (widest == NULL)
            return;
        widest->width--;
        total--;
    }
}

static void begin(struct table *table, struct text *out)
{
    table->begun = true;
    fit_terminal(table);
    if (table->colour)
        text_add_z(out, "\033[1m");
    for (size_t i = 0; i < table->count; i++)
        add_cell(table, i, table->columns[i].name, strlen(table->columns[i].name), out);
    if (table->colour) { /* before the line's end */
        out->length -= out->no_memory || out->length == 0 ? 0 : 1;
        text_add_z(out, "\033[0m\n");
    }
    for (size_t row = 0; row < table->rows; row++) {
        for (size_t i = 0; i < table->count; i++) {
            const struct shown *cell = &table->cells[row * table->count + i];

            add_cell(table, i, table->waiting.bytes + cell->start, cell->length, out);
        }
    }
    table->rows = 0;
    table->waiting.length = 0;
}

static int check(const struct table *table, const struct text *out, struct nj_err *err)
{
    if (table->waiting.no_memory || out->no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for a table");
    return 0;
}

int table_row(struct table *table, const struct cell *cells, size_t count, struct text *out,
              struct nj_err *err)
{
    (void)count;
    for (size_t i = 0; i < table->count; i++) {
        struct column *column = &table->columns[i];
        const struct cell *cell = &cells[column->from];
        size_t start = table->waiting.length, length, width;

        cell_to_table(&table->waiting, cell, column->name);
        length = table->waiting.length - start;
        if (table->begun) {
            if (!table->waiting.no_memory)
                add_cell(table, i, table->waiting.bytes + start, length, out);
            table->waiting.length = 0;
            continue;
        }
        table->cells[table->rows * table->count + i] =
            (struct shown){.start = start, .length = length};
        if (!table->waiting.no_memory) {
            width = text_columns(table->waiting.bytes + start, length);
            column->width = width > column->width ? width : column->width;
        }
        column->text = column->text || cell->kind == CELL_TEXT || cell->kind == CELL_BYTES;
        column->number = column->number && (cell->kind == CELL_NULL || cell_is_number(cell));
    }
    if (check(table, out, err) < 0)
        return -1;
    if (!table->begun && ++table->rows == WAITING_MAX)
        begin(table, out);
    return check(table, out, err);
}

int table_end(struct table *table, struct text *out, struct nj_err *err)
{
    if (!table->begun && table->count > 0)
        begin(table, out);
    return check(table, out, err);
}
