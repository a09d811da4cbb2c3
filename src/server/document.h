/* SPDX-License-Identifier: Apache-2.0 */
/* A brief or a dossier as the answer to a question. */
#ifndef NJ_SERVER_DOCUMENT_H
#define NJ_SERVER_DOCUMENT_H

#include <jansson.h>

#include "report/doc.h"
#include "server/route.h"

/** Answer with a document in the format that was asked for: the page, Markdown, or its facts as
 * JSON. @param name  of the file that it is saved as, without suffix. @return 0; -1 NJ_NOMEM,
 * NJ_LIMIT */
int document_answer(struct ask *ask, const char *name, const struct doc *doc,
                    const json_t *facts, struct nj_err *err);

#endif
