/* SPDX-License-Identifier: Apache-2.0 */
/* Where a document goes: a file whose name tells its form, .html, .md, .json or .pdf. */
#ifndef NJ_CLI_DOCUMENT_H
#define NJ_CLI_DOCUMENT_H

#include <jansson.h>

#include "base/err.h"
#include "report/doc.h"

enum document_form {
    DOCUMENT_HTML,
    DOCUMENT_MARKDOWN,
    DOCUMENT_JSON,
    DOCUMENT_PDF,
    DOCUMENT_FORMS,
};

/** By the end of a name; "-" is Markdown on standard output. @return 0; -1 NJ_CONFIG */
int document_form(const char *path, enum document_form *ret_form, struct nj_err *err);

/**
 * Write it to a file beside the one asked for, and rename that when it is complete.
 *
 * A PDF is printed by Chromium from the HTML; where it is not installed the error says what to
 * install.
 *
 * @param facts  what JSON shows
 * @return 0; -1 NJ_IO, NJ_NOMEM, NJ_CONFIG (no Chromium)
 */
int document_write(const char *path, enum document_form form, const struct doc *doc,
                   const json_t *facts, struct nj_err *err);

/** The same for a text that is ready, such as a picture. */
int document_write_text(const char *path, const struct text *text, struct nj_err *err);

#endif
