/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stage_text.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "store/stage.h"

#define ROOM_START 64u
#define SEEN 256u /* texts whose code is known by their address */
#define AHEAD 16u /* rows to load in advance: in sorted order they stand scattered */

/* Rows share their texts, so the address finds nearly all. */
struct seen {
    const char *text[SEEN];
    uint32_t code[SEEN];
};

const uint8_t *staged_row(const struct staged_rows *rows, size_t i)
{
    return rows->rows + (rows->order == NULL ? i : rows->order[i].index) * rows->size;
}

static uint32_t find_slot(const struct text_column *column, const char *text)
{
    uint32_t mask = 2 * column->room - 1;
    uint32_t slot = (uint32_t)XXH3_64bits(text, strlen(text)) & mask;

    while (column->slots[slot] != 0 &&
           strcmp(column->texts[column->slots[slot] - 1], text) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

static bool make_room(struct text_column *column)
{
    uint32_t room = column->room == 0 ? ROOM_START : 2 * column->room;
    const char **texts;

    if (column->count < column->room)
        return true;
    texts = realloc((void *)column->texts, room * sizeof(*texts));
    if (texts == NULL)
        return false;
    column->texts = texts;
    free(column->slots);
    column->slots = calloc(2 * (size_t)room, sizeof(*column->slots));
    if (column->slots == NULL)
        return false;
    column->room = room;
    for (uint32_t code = 0; code < column->count; code++)
        column->slots[find_slot(column, texts[code])] = code + 1;
    return true;
}

/* @return the text's code, TEXT_NULL when out of memory */
static uint32_t code_of(struct text_column *column, const char *text)
{
    uint32_t slot;

    if (!make_room(column))
        return TEXT_NULL;
    slot = find_slot(column, text);
    if (column->slots[slot] == 0) {
        column->texts[column->count++] = text;
        column->slots[slot] = column->count;
    }
    return column->slots[slot] - 1;
}

static bool read_text(struct text_column *column, struct seen *seen, const uint8_t *row,
                      uint32_t *ret_code)
{
    const char *text;
    size_t at;

    memcpy(&text, row + column->offset, sizeof(text));
    *ret_code = TEXT_NULL;
    if (text == NULL)
        return true;
    at = ((uintptr_t)text >> 4 ^ (uintptr_t)text >> 12) % SEEN;
    if (seen->text[at] != text) {
        uint32_t code = text[0] == '\0' ? TEXT_NULL : code_of(column, text);

        if (code == TEXT_NULL && text[0] != '\0')
            return false;
        seen->text[at] = text;
        seen->code[at] = code;
    }
    *ret_code = seen->code[at];
    return true;
}

bool text_columns_read(struct text_column *columns, size_t column_count,
                       const struct staged_rows *rows, size_t start, size_t end)
{
    struct seen *seen = calloc(column_count + 1, sizeof(*seen));
    bool done = seen != NULL;

    for (size_t c = 0; done && c < column_count; c++) {
        columns[c].codes = malloc((end - start + 1) * sizeof(*columns[c].codes));
        done = columns[c].codes != NULL;
    }
    for (size_t i = start; done && i < end; i++) {
        const uint8_t *row = staged_row(rows, i);

        if (i + AHEAD < end)
            for (size_t c = 0; c < column_count; c += 7) /* one line holds eight pointers */
                __builtin_prefetch(staged_row(rows, i + AHEAD) + columns[c].offset);
        for (size_t c = 0; done && c < column_count; c++)
            done = read_text(&columns[c], &seen[c], row, &columns[c].codes[i - start]);
    }
    free(seen);
    return done;
}

void text_columns_done(struct text_column *columns, size_t column_count)
{
    for (size_t c = 0; c < column_count; c++) {
        free(columns[c].codes);
        free((void *)columns[c].texts);
        free(columns[c].slots);
    }
}
