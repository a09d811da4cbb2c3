/* SPDX-License-Identifier: Apache-2.0 */
/* What stands ahead of a log's rows and tells how to read them: its line ends, the names of its
 * columns in header lines of CSV and Zeek's directives. Called by rows.c and detect.c. */
#ifndef NJ_LOG_HEADER_H
#define NJ_LOG_HEADER_H

#include "log/rows.h"

#define HEADER_NO_COLUMN (-1)

/**
 * Map a header's names to the spec's columns; an earlier synonym beats a later one.
 *
 * @param column_of  ROWS_HEADER_MAX: file's column -> the spec's, or HEADER_NO_COLUMN
 * @return the required columns found, or 0 with *ret_missing set when one is missing
 */
size_t header_map(const struct rows_spec *spec, const char *header, size_t length,
                  char delimiter, int16_t *column_of, size_t *ret_width,
                  const char **ret_missing);

/** The same with the first of the spec's delimiters that gives all required columns, else the
 * first of all. */
size_t header_map_csv(const struct rows_spec *spec, const char *line, size_t length,
                      char *ret_delimiter, int16_t *column_of, size_t *ret_width,
                      const char **ret_missing);

/** What stands behind "#name" and one separator. @return NULL if the line is another one */
const char *header_directive(const uint8_t *line, size_t length, const char *name,
                             char separator, size_t *ret_length);

/** A separator as Zeek's header names it: "\x09" or the character itself. */
char header_separator(const char *text, size_t length);

/** Nothing but blanks, tabulators and carriage returns. */
bool header_blank(const uint8_t *bytes, size_t length);

/** What ends the lines of an input that begins with these bytes: a newline, or, where there is
 * none but a carriage return within the text, that (old Mac OS, and exports of
 * Excel for it). */
char header_line_end(const uint8_t *bytes, size_t length);

/** "sep=;", alone in the first line of a CSV: what Excel writes and reads there.
 * @return the separator, or 0 for another line */
char header_sep_line(const uint8_t *line, size_t length);

/** Where the JSON object of a line begins: at its beginning, or behind the head that syslog or
 * another transport has put in front of it. @return the place; `length` if there is none */
size_t header_object(const uint8_t *line, size_t length);

/** Whether a line without an object may be a piece of JSON all the same: an array, an object
 * that was cut, or one whose head is none. Others are lines of another program. */
bool header_has_json(const uint8_t *line, size_t length);

#endif
