/* SPDX-License-Identifier: Apache-2.0 */
#include "model/config_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/config.h"

int config_fault(struct config_lines *l, unsigned line, const char *format, ...)
{
    char message[sizeof(l->err->msg)];
    va_list args;

    if (l->failed)
        return 0;
    l->failed = true;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    (void)nj_fail(l->err, NJ_CONFIG, "%.100s:%u: %s", l->path, line, message);
    return 0;
}

int config_no_memory(struct config_lines *l)
{
    if (!l->failed)
        (void)nj_fail(l->err, NJ_NOMEM, "no memory to read %s", l->path);
    l->failed = true;
    return 0;
}

/* How much of a line counts: up to a comment (# or ; at its start or behind a blank), without
 * the blanks at its end. */
static size_t without_comment(const char *line, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        bool blank = strchr(CONFIG_BLANKS, line[i]) != NULL && line[i] != '\0';

        if ((line[i] == '#' || line[i] == ';') && used < i + (i == 0))
            break;
        if (!blank)
            used = i + 1;
    }
    return used;
}

/* What inih would pass over, cut or mistake. */
static bool line_is_fine(struct config_lines *l, const char *line, size_t length)
{
    const char *close = memchr(line, ']', length);

    if (memchr(line, '\0', length) != NULL)
        (void)config_fault(l, l->line, "a byte 0 stands in the line; is it a text file?");
    else if (length > CONFIG_LINE_MAX)
        (void)config_fault(l, l->line, "the line has %zu bytes, at most %u are read", length,
                           CONFIG_LINE_MAX);
    else if (line[0] == '[' && close == NULL)
        (void)config_fault(l, l->line, "\"%.*s\" has no closing bracket", (int)length, line);
    else if (line[0] == '[' && close != line + length - 1)
        (void)config_fault(l, l->line, "\"%.*s\" has more behind the closing bracket",
                           (int)length, line);
    else if (line[0] == '[' && length - 2 >= CONFIG_NAME_SIZE)
        (void)config_fault(l, l->line, "the section's name has more than %u bytes",
                           CONFIG_NAME_SIZE - 1);
    else if (line[0] != '[' && memchr(line, '=', length) == NULL)
        (void)config_fault(l, l->line, "\"%.*s\" is neither [section] nor key = value",
                           (int)length, line);
    else if (line[0] == '=')
        (void)config_fault(l, l->line, "no key stands before \"=\"");
    return !l->failed;
}

char *config_next_line(char *ret_line, int size, void *lines)
{
    struct config_lines *l = lines;

    if (l->head_read) {
        l->head_read = false;
        (void)snprintf(ret_line, (size_t)size, "=");
        return ret_line;
    }
    while (l->length > 0 && !l->failed) {
        const char *line = l->text, *end = memchr(line, '\n', l->length);
        size_t length = end == NULL ? l->length : (size_t)(end - line);
        size_t step = end == NULL ? length : length + 1;

        l->text += step;
        l->length -= step;
        l->line++;
        while (length > 0 && (*line == ' ' || *line == '\t')) {
            line++;
            length--;
        }
        length = without_comment(line, length);
        if (length == 0)
            continue;
        if (!line_is_fine(l, line, length))
            return NULL;
        if (length >= (size_t)size) {
            (void)config_fault(l, l->line, "the line has %zu bytes, at most %d are read",
                               length, size - 1);
            return NULL;
        }
        memcpy(ret_line, line, length);
        ret_line[length] = '\0';
        l->head_read = line[0] == '[';
        return ret_line;
    }
    return NULL;
}
