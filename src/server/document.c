/* SPDX-License-Identifier: Apache-2.0 */
#include "server/document.h"

int document_answer(struct ask *ask, const char *name, const struct doc *doc,
                    const json_t *facts, struct nj_err *err)
{
    struct answer *answer = ask->answer;
    struct text *body = &answer->body;

    answer->status = 200;
    switch (ask->query->format) {
    case FORMAT_JSON:
        answer->type = "application/json";
        text_json_value(body, facts, true, 0);
        text_add_z(body, "\n");
        break;
    case FORMAT_MARKDOWN:
        answer->type = "text/markdown; charset=utf-8";
        doc_markdown(doc, body);
        break;
    default:
        answer->type = "text/html; charset=utf-8";
        answer->document = true;
        doc_html(doc, body);
        break;
    }
    answer_header(answer, "Content-Disposition", "inline; filename=\"%s.%s\"", name,
                  query_formats[ask->query->format]);
    if (body->no_memory || doc->no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for the document");
    if (body->length > ANSWER_BYTES_MAX)
        return nj_fail(err, NJ_LIMIT, "the document has more than %u MB: ask for less",
                       ANSWER_BYTES_MAX >> 20);
    return 0;
}
