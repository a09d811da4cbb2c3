/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/escape.h"

#include <stdbool.h>
#include <string.h>

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

void escape_plain(FILE *out, const char *text, size_t max)
{
    for (size_t i = 0; text[i] != '\0' && i < max; i++) {
        bool fine = text[i] >= 0x20 && text[i] < 0x7f && strchr("\"\\;#", text[i]) == NULL;

        (void)fputc(fine ? text[i] : '?', out);
    }
}

void escape_csv(FILE *out, const char *text)
{
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    bool quoted = formula || strpbrk(text, "\",\r\n") != NULL;

    if (quoted)
        (void)fputc('"', out);
    if (formula)
        (void)fputc('\'', out);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            (void)fputc('"', out);
        (void)fputc(is_control(*c) ? ' ' : *c, out);
    }
    if (quoted)
        (void)fputc('"', out);
}

void escape_zeek(FILE *out, const char *text)
{
    if (text[0] == '\0') {
        (void)fputs("(empty)", out);
        return;
    }
    if (strcmp(text, "-") == 0) {
        (void)fputs("\\x2d", out);
        return;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (is_control(*c) || *c == '\\')
            (void)fprintf(out, "\\x%02x", (unsigned char)*c);
        else
            (void)fputc(*c, out);
    }
}

/* With a backslash before each of `special`; line ends become blanks or \n. */
static void with_backslash(FILE *out, const char *text, const char *special, bool newline)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (newline && (*c == '\n' || *c == '\r')) {
            (void)fputs(*c == '\n' ? "\\n" : "\\r", out);
        } else if (is_control(*c)) {
            (void)fputc(' ', out);
        } else {
            if (strchr(special, *c) != NULL)
                (void)fputc('\\', out);
            (void)fputc(*c, out);
        }
    }
}

void escape_cef_header(FILE *out, const char *text)
{
    with_backslash(out, text, "\\|", false);
}

void escape_cef(FILE *out, const char *text)
{
    with_backslash(out, text, "\\=", true);
}

void escape_leef(FILE *out, const char *text)
{
    with_backslash(out, text, "", false);
}

void escape_syslog(FILE *out, const char *text)
{
    with_backslash(out, text, "\"\\]", false);
}

void escape_syslog_name(FILE *out, const char *text, size_t max)
{
    size_t written = 0;

    for (const char *c = text; *c != '\0' && written < max; c++, written++)
        (void)fputc(*c > 0x20 && *c < 0x7f ? *c : '_', out);
    if (written == 0)
        (void)fputc('-', out);
}
