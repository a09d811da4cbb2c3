/* SPDX-License-Identifier: Apache-2.0 */
#include "log/cells.h"

#include <string.h>

#include "base/text.h"
#include "log/header.h"

/* How many bytes from here on are well-formed UTF-8 of one character (RFC 3629); 0: none. */
static size_t utf8_size(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];
    uint8_t low = 0x80, high = 0xbf; /* bounds of the second byte */
    size_t size;

    if (lead < 0x80)
        return lead == 0 ? 0 : 1;
    if (lead >= 0xc2 && lead <= 0xdf) {
        size = 2;
    } else if ((lead & 0xf0) == 0xe0) {
        size = 3;
        low = lead == 0xe0 ? 0xa0 : low;
        high = lead == 0xed ? 0x9f : high;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        size = 4;
        low = lead == 0xf0 ? 0x90 : low;
        high = lead == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (size > left || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if (at[i] < 0x80 || at[i] > 0xbf)
            return 0;
    }
    return size;
}

bool cells_make_utf8(char *text, size_t length)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint8_t *bytes = (uint8_t *)text;
    bool altered = false;

    for (size_t i = 0; i < length;) {
        uint64_t word;
        size_t size;

        if (length - i >= sizeof(word)) {
            memcpy(&word, bytes + i, sizeof(word));
            if (((word | ((word - ones) & ~word)) & tops) == 0) {
                i += sizeof(word);
                continue;
            }
        }
        size = utf8_size(bytes + i, length - i);
        if (size == 0) {
            bytes[i] = '?';
            altered = true;
            size = 1;
        }
        i += size;
    }
    return altered;
}

/* A quoted cell as RFC 4180 means it: quotes off, doubled ones single. */
static struct rows_cell unquote(struct rows *rows, const char *text, size_t length)
{
    char *to = rows->text + rows->text_used;
    bool quoted = true;
    size_t used = 0;

    for (size_t i = 1; i < length; i++) {
        if (quoted && text[i] == '"') {
            if (i + 1 < length && text[i + 1] == '"')
                i++;
            else {
                quoted = false;
                continue;
            }
        }
        to[used++] = text[i];
    }
    rows->text_used += used;
    return (struct rows_cell){.text = to, .length = used == 0 ? ROWS_NULL : (uint32_t)used};
}

static struct rows_cell csv_cell(struct rows *rows, const char *text, size_t length)
{
    if (length == 0)
        return (struct rows_cell){.text = text, .length = ROWS_NULL};
    if (text[0] == '"')
        return unquote(rows, text, length);
    return (struct rows_cell){.text = text, .length = (uint32_t)length};
}

/* Zeek writes what is not printable, and the separator, as \xHH. What would not be text stays
 * as it is written. */
static struct rows_cell zeek_cell(struct rows *rows, const char *text, size_t length)
{
    char *to = rows->text + rows->text_used;
    size_t used = 0;

    if (length == strlen(rows->unset) && memcmp(text, rows->unset, length) == 0)
        return (struct rows_cell){.text = text, .length = ROWS_NULL};
    if (length == strlen(rows->empty) && memcmp(text, rows->empty, length) == 0)
        return (struct rows_cell){.text = text, .length = 0};
    if (memchr(text, '\\', length) == NULL)
        return (struct rows_cell){.text = text, .length = (uint32_t)length};
    for (size_t i = 0; i < length; i++) {
        int value = -1;

        if (length - i >= 4 && text[i] == '\\' && text[i + 1] == 'x' &&
            text_hex_digit(text[i + 2]) >= 0 && text_hex_digit(text[i + 3]) >= 0)
            value = text_hex_digit(text[i + 2]) << 4 | text_hex_digit(text[i + 3]);
        if (value >= 0x20 && value < 0x7f) {
            to[used++] = (char)value;
            i += 3;
        } else {
            to[used++] = text[i];
        }
    }
    rows->text_used += used;
    return (struct rows_cell){.text = to, .length = (uint32_t)used};
}

static size_t cell_end(const struct rows *rows, const char *text, size_t from, size_t length)
{
    const char *cut;

    if (rows->spec.kind == ROWS_CSV && from < length && text[from] == '"') {
        for (from++; from < length; from++) {
            if (text[from] != '"')
                continue;
            if (from + 1 < length && text[from + 1] == '"')
                from++;
            else
                break;
        }
    }
    cut = from < length ? memchr(text + from, rows->delimiter, length - from) : NULL;
    return cut == NULL ? length : (size_t)(cut - text);
}

void cells_split(struct rows *rows, struct rows_row *row)
{
    size_t from = 0, end;

    for (size_t c = 0; c < rows->spec.column_count; c++)
        row->cell[c] = (struct rows_cell){.text = "", .length = ROWS_NULL};
    for (; from <= row->length; from = end + 1, row->cells++) {
        end = cell_end(rows, row->text, from, row->length);
        if (row->cells >= rows->width) {
            /* a delimiter at the end of the row opens no column */
            if (row->cells == rows->width && end == from)
                continue;
            row->bad = ROWS_TOO_MANY;
        } else if (rows->column_of[row->cells] != HEADER_NO_COLUMN) {
            row->cell[rows->column_of[row->cells]] =
                rows->spec.kind == ROWS_CSV ? csv_cell(rows, row->text + from, end - from)
                                            : zeek_cell(rows, row->text + from, end - from);
        }
    }
    if (row->cells < rows->width)
        row->bad = ROWS_TOO_FEW;
}
