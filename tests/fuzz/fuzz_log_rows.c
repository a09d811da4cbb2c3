/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes split into rows and cells of each kind: everything in bounds, in order, text, and
 * the same from the middle on as from the beginning. The first byte chooses kind and place. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/stream.h"
#include "log/rows.h"

static const struct rows_column columns[] = {
    {.names = {"ts", "time"}, .required = true},
    {.names = {"src"}, .required = true},
    {.names = {"note"}},
};

static void check(int holds)
{
    if (!holds)
        abort();
}

static void check_row(const struct rows_row *row, size_t cells)
{
    size_t total = 0;

    check(row->length <= ROWS_TEXT_MAX);
    check(memchr(row->text, '\0', row->length) == NULL);
    for (size_t c = 0; row->cell != NULL && c < cells; c++) {
        if (row->cell[c].length == ROWS_NULL)
            continue;
        check(row->cell[c].length <= row->length);
        for (uint32_t i = 0; i < row->cell[c].length; i++)
            total += (unsigned char)row->cell[c].text[i];
    }
    check(total < SIZE_MAX);
}

/* Reads it all. `pick` chooses a row of the first batch, whose end is given back. @return rows,
 * or -1 when it could not be opened */
static long read_all(const struct rows_spec *spec, const uint8_t *data, size_t size,
                     const struct rows_start *start, size_t pick, struct rows_start *ret_end,
                     long *ret_after)
{
    struct nj_stream *stream = NULL;
    struct rows *rows = NULL;
    struct rows_row *batch;
    uint64_t line = 0, end = 0;
    size_t count;
    long total = -1;

    if (nj_stream_open_bytes(data, size, &stream, NULL) == 0 &&
        rows_new(spec, stream, start, &rows, NULL) == 0) {
        for (total = 0; rows_next(rows, &batch, &count, NULL) == 0; total += (long)count) {
            check(count >= 1 && count <= ROWS_BATCH_MAX);
            for (size_t i = 0; i < count; i++) {
                char reason[64];

                check(batch[i].line > line && batch[i].line_end >= batch[i].line);
                check(batch[i].end > end || batch[i].bad == ROWS_TOO_LONG);
                check(rows_reason(rows, &batch[i], reason, sizeof(reason))[0] != '\0');
                check_row(&batch[i], spec->column_count);
                line = batch[i].line_end;
                end = batch[i].end;
                if (total == 0 && ret_end != NULL && i == pick % count) {
                    *ret_end = (struct rows_start){.offset = end, .line = line};
                    *ret_after = -(long)i - 1;
                }
            }
        }
        if (ret_after != NULL && total > 0)
            *ret_after += total;
    }
    rows_free(rows);
    nj_stream_free(stream);
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rows_spec spec = {.delimiters = ",;\t", .column_count = 3, .columns = columns};
    struct rows_start middle = {0};
    long after = 0;

    if (size < 2)
        return 0;
    spec.kind = (enum rows_kind)(data[0] & 3);
    (void)rows_detect(&spec, data + 1, size - 1);
    if (read_all(&spec, data + 1, size - 1, &(struct rows_start){0}, data[0] >> 2, &middle,
                 &after) > 0)
        check(read_all(&spec, data + 1, size - 1, &middle, 0, NULL, NULL) == after);
    return 0;
}
