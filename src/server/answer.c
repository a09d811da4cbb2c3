/* SPDX-License-Identifier: Apache-2.0 */
#include "server/answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "store/cell.h"

#define NAMES_MAX (sizeof(((struct answer_rows *)0)->names) / sizeof(char *))

void answer_done(struct answer *answer)
{
    text_done(&answer->body);
}

void answer_error(struct answer *answer, unsigned status, const char *message)
{
    text_done(&answer->body);
    answer->status = status;
    answer->type = "application/json";
    answer->header_count = 0;
    answer->modified_s = 0;
    answer->document = false;
    text_add_z(&answer->body, "{\"error\":");
    text_json(&answer->body, message, strlen(message));
    text_add_z(&answer->body, "}\n");
}

void answer_fault(struct answer *answer, const struct nj_err *err)
{
    switch (err->code) {
    case NJ_CONFIG:
    case NJ_FORMAT:
        answer_error(answer, 400, err->msg);
        break;
    case NJ_LIMIT:
        answer_error(answer, 413, err->msg);
        break;
    case NJ_BUSY:
        answer_error(answer, 503, err->msg);
        break;
    default:
        answer_error(answer, 500, err->msg);
        break;
    }
}

static int check(const struct answer *answer, struct nj_err *err)
{
    if (answer->body.no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for the answer");
    if (answer->body.length > ANSWER_BYTES_MAX)
        return nj_fail(err, NJ_LIMIT, "the answer has more than %u MB: ask for less",
                       ANSWER_BYTES_MAX >> 20);
    return 0;
}

int answer_object(struct answer *answer, const json_t *object, struct nj_err *err)
{
    answer->status = 200;
    answer->type = "application/json";
    text_json_value(&answer->body, object, false, 0);
    text_add_z(&answer->body, "\n");
    return check(answer, err);
}

void answer_header(struct answer *answer, const char *name, const char *format, ...)
{
    va_list args;

    if (answer->header_count == ANSWER_HEADERS_MAX)
        return;
    answer->headers[answer->header_count].name = name;
    va_start(args, format);
    (void)vsnprintf(answer->headers[answer->header_count].value,
                    sizeof(answer->headers[0].value), format, args);
    va_end(args);
    answer->header_count++;
}

void answer_bytes(struct answer *answer, const char *type, const void *bytes, size_t length)
{
    text_done(&answer->body);
    answer->status = 200;
    answer->type = type;
    text_add(&answer->body, bytes, length);
}

void answer_etag(const void *bytes, size_t length, char *etag)
{
    (void)snprintf(etag, sizeof(((struct answer *)0)->etag), "\"%016" PRIx64 "\"",
                   (uint64_t)XXH3_64bits(bytes, length));
}

void answer_seal(struct answer *answer)
{
    answer_etag(answer->body.bytes, answer->body.length, answer->etag);
}

/* ---- rows ---- */

void answer_rows_init(struct answer_rows *rows, struct answer *answer, uint64_t offset,
                      uint64_t limit)
{
    *rows = (struct answer_rows){.answer = answer, .offset = offset, .limit = limit};
    answer->status = 200;
    answer->type = "application/json";
    text_add_z(&answer->body, "{\"rows\":[");
}

static int on_head(void *ctx, const char *const *names, size_t count, struct nj_err *err)
{
    struct answer_rows *rows = ctx;

    if (count > NAMES_MAX)
        return nj_fail(err, NJ_LIMIT, "%zu columns", count);
    for (; rows->count < count; rows->count++) {
        struct text text = {0};

        text_json(&text, names[rows->count], strlen(names[rows->count]));
        text_add(&text, ":", 2); /* with its end */
        if (text.no_memory) {
            text_done(&text);
            return nj_fail(err, NJ_NOMEM, "no memory for the answer");
        }
        rows->names[rows->count] = text.bytes;
    }
    return 0;
}

static int on_row(void *ctx, const struct cell *cells, size_t count, struct nj_err *err)
{
    struct answer_rows *rows = ctx;
    struct text *body = &rows->answer->body;
    uint64_t number = rows->seen++;

    if (number < rows->offset || number - rows->offset >= rows->limit)
        return 0;
    text_add_z(body, number == rows->offset ? "\n{" : ",\n{");
    for (size_t i = 0; i < count && i < rows->count; i++) {
        text_add_z(body, i == 0 ? "" : ",");
        text_add_z(body, rows->names[i]);
        cell_to_json(body, &cells[i]);
    }
    text_add_z(body, "}");
    return check(rows->answer, err);
}

struct row_sink answer_rows_sink(struct answer_rows *rows)
{
    return (struct row_sink){.head = on_head, .row = on_row, .ctx = rows};
}

int answer_rows_close(struct answer_rows *rows, struct nj_err *err)
{
    struct text *body = &rows->answer->body;

    text_add_z(body, "\n],\"next\":");
    if (rows->seen > rows->offset && rows->seen - rows->offset > rows->limit)
        text_addf(body, "%" PRIu64, rows->offset + rows->limit);
    else
        text_add_z(body, "null");
    return check(rows->answer, err);
}

int answer_rows_end(struct answer_rows *rows, struct nj_err *err)
{
    text_add_z(&rows->answer->body, "}\n");
    return check(rows->answer, err);
}

void answer_rows_done(struct answer_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->names[i]);
    rows->count = 0;
}

int answer_rows_finish(struct answer_rows *rows, int rc, struct nj_err *err)
{
    if (rc == 0)
        rc = answer_rows_close(rows, err);
    if (rc == 0)
        rc = answer_rows_end(rows, err);
    answer_rows_done(rows);
    return rc;
}
