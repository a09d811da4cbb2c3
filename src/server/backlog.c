/* SPDX-License-Identifier: Apache-2.0 */
#include "server/backlog.h"

#include <stdlib.h>
#include <string.h>

/* Where the texts of a row stand. */
static const size_t text_members[] = {
    offsetof(struct live_row, sensor),     offsetof(struct live_row, class),
    offsetof(struct live_row, country),    offsetof(struct live_row, tool),
    offsetof(struct live_row, rule),       offsetof(struct live_row, stack),
    offsetof(struct live_row, app),        offsetof(struct live_row, user),
    offsetof(struct live_row, conn_state),
};

#define TEXTS (sizeof(text_members) / sizeof(text_members[0]))

static const char *text_at(const struct live_row *row, size_t member)
{
    const char *text;

    memcpy(&text, (const char *)row + member, sizeof(text));
    return text;
}

/* A copy of a text; that of the row before, if it says the same. NULL: there is no room. */
static const char *keep(struct backlog *backlog, const char *text, const char *before)
{
    size_t bytes = strlen(text) + 1;
    char *copy = backlog->texts + backlog->text_bytes;

    if (before != NULL && strcmp(text, before) == 0)
        return before;
    if (bytes > BACKLOG_TEXT_BYTES - backlog->text_bytes)
        return NULL;
    memcpy(copy, text, bytes);
    backlog->text_bytes += bytes;
    return copy;
}

static bool copy_row(struct backlog *backlog, const struct live_row *row)
{
    const struct live_row *before =
        backlog->count == 0 ? NULL : &backlog->rows[backlog->count - 1];
    struct live_row *copy = &backlog->rows[backlog->count];

    *copy = *row;
    for (size_t i = 0; i < TEXTS; i++) {
        size_t member = text_members[i];
        const char *text = keep(backlog, text_at(row, member),
                                before == NULL ? NULL : text_at(before, member));

        if (text == NULL)
            return false;
        memcpy((char *)copy + member, &text, sizeof(text));
    }
    backlog->count++;
    return true;
}

static bool has_memory(struct backlog *backlog)
{
    if (backlog->rows == NULL)
        backlog->rows = malloc(BACKLOG_ROWS * sizeof(*backlog->rows));
    if (backlog->texts == NULL)
        backlog->texts = malloc(BACKLOG_TEXT_BYTES);
    return backlog->rows != NULL && backlog->texts != NULL;
}

void backlog_add(struct backlog *backlog, const struct live_row *row)
{
    if (backlog->count == BACKLOG_ROWS || !has_memory(backlog) || !copy_row(backlog, row))
        backlog->left_sessions += (uint64_t)row->sessions;
}

void backlog_clear(struct backlog *backlog)
{
    backlog->count = 0;
    backlog->text_bytes = 0;
    backlog->left_sessions = 0;
}

void backlog_done(struct backlog *backlog)
{
    free(backlog->rows);
    free(backlog->texts);
    *backlog = (struct backlog){.rows = NULL};
}
