/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/table.h"
#include "store/cell.h"

const char *const output_names[OUTPUT_FORMATS] = {
    [OUTPUT_TABLE] = "table",
    [OUTPUT_JSON] = "json",
    [OUTPUT_NDJSON] = "ndjson",
    [OUTPUT_CSV] = "csv",
};

struct output {
    FILE *to;
    enum output_format format;
    struct table *table; /* OUTPUT_TABLE */
    char **names;        /* the other formats: columns, ready to be written */
    size_t count;
    uint64_t rows;
    struct text text; /* of the present row */
    bool gone;        /* nobody reads any more */
};

/* ---- where it goes
 * ---------------------------------------------------------------------------
 */

int output_text(FILE *to, struct text *text, struct nj_err *err)
{
    size_t length = text->length;

    text->length = 0;
    if (text->no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    if (length == 0 || fwrite(text->bytes, 1, length, to) == length)
        return 0;
    if (errno == EPIPE)
        return OUTPUT_GONE;
    return nj_fail(err, NJ_IO, "write the output");
}

size_t output_width(FILE *to)
{
    struct winsize size;

    if (!isatty(fileno(to)))
        return 0;
    if (ioctl(fileno(to), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

bool output_colour(FILE *to)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(fileno(to)) && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

/* ---- rows
 * ------------------------------------------------------------------------------------
 */

struct output *output_new(FILE *to, enum output_format format, const char *const *columns)
{
    struct output *output = calloc(1, sizeof(*output));

    if (output == NULL)
        return NULL;
    output->to = to;
    output->format = format;
    if (format != OUTPUT_TABLE)
        return output;
    output->table = table_new(output_width(to), output_colour(to), columns);
    if (output->table == NULL) {
        free(output);
        return NULL;
    }
    return output;
}

static void output_free(struct output *output)
{
    table_free(output->table);
    for (size_t i = 0; i < output->count; i++)
        free(output->names[i]);
    free(output->names);
    text_done(&output->text);
    free(output);
}

static int flush_text(struct output *output, struct nj_err *err)
{
    int rc = output_text(output->to, &output->text, err);

    if (rc == OUTPUT_GONE) {
        output->gone = true;
        return nj_fail(err, NJ_IO, "write the output");
    }
    return rc;
}

/* A column's name in the syntax of the format, to be copied before each value or once. */
static char *written_name(enum output_format format, const char *name)
{
    struct text text = {0};

    if (format == OUTPUT_CSV) {
        text_csv(&text, name, strlen(name));
    } else {
        text_json(&text, name, strlen(name));
        text_add_z(&text, format == OUTPUT_NDJSON ? ":" : ": ");
    }
    text_add(&text, "", 1);
    if (text.no_memory)
        text_done(&text);
    return text.bytes;
}

static int on_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    struct output *output = ctx;

    if (output->table != NULL)
        return table_head(output->table, names, count, err);
    output->names = calloc(count + 1, sizeof(*output->names));
    if (output->names == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the output");
    for (; output->count < count; output->count++) {
        output->names[output->count] = written_name(output->format, names[output->count]);
        if (output->names[output->count] == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for the output");
    }
    if (output->format != OUTPUT_CSV)
        return 0;
    for (size_t i = 0; i < count; i++) {
        text_add_z(&output->text, i > 0 ? "," : "");
        text_add_z(&output->text, output->names[i]);
    }
    text_add_z(&output->text, "\r\n");
    return flush_text(output, err);
}

/* What stands between two objects of the array, and before the first. */
static void begin_object(struct output *output)
{
    if (output->format == OUTPUT_JSON)
        text_add_z(&output->text, output->rows == 0 ? "[\n  " : ",\n  ");
    output->rows++;
}

static int on_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct output *output = ctx;
    struct text *text = &output->text;

    switch (output->format) {
    case OUTPUT_TABLE:
        if (table_row(output->table, cells, count, text, err) < 0)
            return -1;
        break;
    case OUTPUT_CSV:
        for (size_t i = 0; i < count; i++) {
            text_add_z(text, i > 0 ? "," : "");
            cell_to_csv(text, &cells[i]);
        }
        text_add_z(text, "\r\n");
        break;
    default:
        begin_object(output);
        text_add(text, "{", 1);
        for (size_t i = 0; i < count && i < output->count; i++) {
            text_add_z(text, i == 0 ? "" : output->format == OUTPUT_JSON ? ", " : ",");
            text_add_z(text, output->names[i]);
            cell_to_json(text, &cells[i]);
        }
        text_add_z(text, output->format == OUTPUT_NDJSON ? "}\n" : "}");
        break;
    }
    return flush_text(output, err);
}

struct row_sink output_sink(struct output *output)
{
    return (struct row_sink){.head = on_head, .row = on_row, .ctx = output};
}

int output_object(struct output *output, const json_t *object, struct nj_err *err)
{
    begin_object(output);
    text_json_value(&output->text, object, output->format == OUTPUT_JSON, 2);
    if (output->format == OUTPUT_NDJSON)
        text_add(&output->text, "\n", 1);
    return flush_text(output, err);
}

/* The end of the table or of the array; after a fault the array stays open, so that nobody
 * takes a part for the whole. */
static int finish(struct output *output, struct nj_err *err)
{
    if (output->format == OUTPUT_TABLE && table_end(output->table, &output->text, err) < 0)
        return -1;
    if (output->format == OUTPUT_JSON)
        text_add_z(&output->text, output->rows == 0 ? "[]\n" : "\n]\n");
    return flush_text(output, err);
}

int output_close(struct output *output, int rc, struct nj_err *err)
{
    bool gone;

    if (rc == 0)
        rc = finish(output, err);
    if (fflush(output->to) != 0 && !output->gone) {
        if (errno == EPIPE)
            output->gone = true;
        else if (rc == 0)
            rc = nj_fail(err, NJ_IO, "write the output");
    }
    gone = output->gone;
    output_free(output);
    return gone && rc < 0 ? 0 : rc;
}
