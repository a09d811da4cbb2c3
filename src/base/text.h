/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows, and the one escape function per syntax that is printed.
 *
 * Much of what is printed was chosen by attackers (payloads, user names, file names): nothing
 * of it may reach a terminal as a control sequence, break a line, or run in a spreadsheet. */
#ifndef NJ_BASE_TEXT_H
#define NJ_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty text. When memory ends `no_memory` is set for good and the text stays
 * as it was, so that a writer asks once at the end. */
struct text {
    char *bytes; /* not NUL-terminated */
    size_t length, size;
    bool no_memory;
};

void text_done(struct text *text);

/** The value of a hexadecimal digit. @return 0 to 15; -1 for another character */
int text_hex_digit(char c);

void text_add(struct text *text, const char *bytes, size_t length);
void text_add_z(struct text *text, const char *z);
void text_addf(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** For people: one line. Control and format characters and bytes that are no UTF-8 become
 * \x1b, \u202e; all else stays. */
void text_shown(struct text *text, const char *bytes, size_t length);

/** A JSON string with its quotes (RFC 8259). The same characters become \u001b, \u202e; bytes
 * that are no UTF-8 become U+FFFD. */
void text_json(struct text *text, const char *bytes, size_t length);

/** Whether a text may be shown as it is: UTF-8 (RFC 3629), with nothing that text_shown would
 * replace. */
bool text_is_plain(const char *bytes, size_t length);

/** A CSV cell (RFC 4180). As text_shown, but line ends and tabs stay, in quotes. A text that a
 * spreadsheet would take for a formula gets an apostrophe in front. */
void text_csv(struct text *text, const char *bytes, size_t length);

/** Text of HTML, SVG or XML, also for an attribute in double quotes: as text_shown, with &, <,
 * >, " and ' as references. */
void text_html(struct text *text, const char *bytes, size_t length);

/** A run of Markdown (CommonMark, with the tables and links of GitHub's), also for a table's
 * cell: as text_shown, and nothing in it is markup, a link or an image. */
void text_markdown(struct text *text, const char *bytes, size_t length);

/** 1234567 as "1,234,567". */
void text_grouped(struct text *text, uint64_t number);

/** The same in a buffer of the caller's. @return buffer */
#define TEXT_COUNT_MAX 32
const char *text_count(uint64_t number, char buffer[TEXT_COUNT_MAX]);
#define TEXT_COUNT(number) text_count((number), (char[TEXT_COUNT_MAX]){0})

/** With one decimal: "1,234,567.8"; of a mean of counts, which is not below 0; "unknown" if
 * it is, or is none. */
const char *text_mean(double number, char buffer[TEXT_COUNT_MAX]);
#define TEXT_MEAN(number) text_mean((number), (char[TEXT_COUNT_MAX]){0})

/** Shortest decimal that reads back as the same number; "null" if it is not finite. */
void text_real(struct text *text, double number);

/** Microseconds since 1970 as "2020-05-01T10:00:00Z", with six decimals if there are any. */
void text_time(struct text *text, int64_t us);

/** Days since 1970 as "2020-05-01". */
void text_date(struct text *text, int64_t days);

/** Columns that a text takes on a terminal. Text as text_shown gives it. */
size_t text_columns(const char *bytes, size_t length);

/** How many bytes of it fit into that many columns. */
size_t text_fit(const char *bytes, size_t length, size_t columns);

#endif
