/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the parameters of a request: "name=value" lines for each set of them, then as
 * tokens. What is accepted keeps to its limits. */
#include <stdlib.h>
#include <string.h>

#include "server/query.h"
#include "server/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct query *query)
{
    if (query->limit == 0 || query->limit > QUERY_LIMIT_MAX ||
        query->offset > QUERY_OFFSET_MAX || query->source_count > QUERY_SOURCES_MAX ||
        query->country_count > QUERY_COUNTRIES_MAX || !(query->speed > 0) ||
        query->speed > QUERY_SPEED_MAX || query->show > QUERY_SHOW_MAX ||
        query->field >= TOP_FIELDS || query->by > PERIOD_MONTH)
        abort();
}

static void one(const char *text, bool in_path)
{
    struct query query;
    struct nj_err err;
    char *copy = strdup(text), *rest = NULL;

    if (copy == NULL)
        return;
    query_init(&query);
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *value = strchr(line, '=');

        if (value == NULL)
            continue;
        *value++ = '\0';
        if (query_set(&query, UINT32_MAX, in_path, line, value, &err) < 0 && err.msg[0] == '\0')
            abort();
        check(&query);
    }
    (void)query_check(&query, &err);
    query_done(&query);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct tokens *tokens;
    struct nj_err err;

    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    one(text, false);
    one(text, true);
    if (tokens_parse(text, size, "fuzz", &tokens, &err) == 0) {
        if (tokens_scope(tokens, "") != 0 || tokens_scope(tokens, "short") != 0)
            abort();
        tokens_free(tokens);
    }
    free(text);
    return 0;
}
