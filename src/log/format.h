/* SPDX-License-Identifier: Apache-2.0 */
/* A log format as its file says it (docs/LOG-FORMATS.md): header, columns, one SELECT. */
#ifndef NJ_LOG_FORMAT_H
#define NJ_LOG_FORMAT_H

#include <regex.h>
#include <stdbool.h>

#include "log/log.h"
#include "log/rows.h"
#include "model/packet.h"

#define FORMAT_FILE_MAX 65536u
#define FORMAT_KINDS 3

struct log_format {
    char name[32];
    char about[120];
    char rule[48]; /* empty: the classifier decides */
    enum class class;
    enum rows_kind kinds[FORMAT_KINDS]; /* tried in this order */
    size_t kind_count;
    char delimiters[8];
    regex_t detect; /* if has_detect: a line of the first bytes must match */
    bool has_detect;
    struct rows_column columns[ROWS_COLUMNS_MAX];
    size_t column_count;
    char *select;
};

/** The rows as the format wants them split, when they are of this kind. */
struct rows_spec format_spec(const struct log_format *format, enum rows_kind kind);

/** Parse the text of a format file. `path` is for messages.
 * @return 0; -1 NJ_CONFIG, NJ_NOMEM */
int format_parse(const char *path, const char *text, size_t length,
                 struct log_format **ret_format, struct nj_err *err);
void format_free(struct log_format *format);

/** Whether the first bytes of an input look like this format: the larger the more it asked
 * for, 0 not at all. */
unsigned format_match(const struct log_format *format, const uint8_t *bytes, size_t length,
                      enum rows_kind *ret_kind);

/** The kind to try for an input that does not look like this format, whose error then says
 * what is missing. */
enum rows_kind format_guess(const struct log_format *format, const uint8_t *bytes,
                            size_t length);

#endif
