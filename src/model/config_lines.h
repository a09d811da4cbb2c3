/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a configuration file, one by one, as libinih can take them. For config.c.
 *
 * libinih splits a line well, but it tells neither its number nor that a section begins, cuts
 * long lines and names without a word, and takes an indented line for more of the value above.
 * So it gets its lines from here: counted, without indentation and comments, refused if libinih
 * would cut them, and with a line "=", a key without a name, behind each section's head. */
#ifndef NJ_MODEL_CONFIG_LINES_H
#define NJ_MODEL_CONFIG_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define CONFIG_NAME_SIZE 50u /* libinih's buffers for the names of sections and keys */

/* Blanks around values. */
#define CONFIG_BLANKS " \t\r\n\v\f"

struct config_lines {
    const char *path; /* for messages */
    struct nj_err *err;
    bool failed;      /* *err is filled, nothing more is read */
    const char *text; /* what is left */
    size_t length;
    unsigned line;  /* number of the line given last */
    bool head_read; /* it was a section's head */
};

/** Fail with "FILE:LINE: message", unless it has failed before.
 * @return 0, which is how a handler tells libinih of an error */
int config_fault(struct config_lines *lines, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The same for want of memory. */
int config_no_memory(struct config_lines *lines);

/** An ini_reader: the next line that says something. @return NULL at the end or
 * after a fault */
char *config_next_line(char *ret_line, int size, void *lines);

#endif
