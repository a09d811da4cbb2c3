/* SPDX-License-Identifier: Apache-2.0 */
#include "server/body.h"

#include <string.h>

int body_object(const struct ask *ask, json_t **ret_object, struct nj_err *err)
{
    json_error_t why;
    json_t *object = json_loadb(ask->body == NULL ? "" : ask->body, ask->body_length,
                                JSON_REJECT_DUPLICATES, &why);

    if (object == NULL)
        return nj_fail(err, NJ_CONFIG, "the body is no JSON: line %d: %.100s", why.line,
                       why.text);
    if (!json_is_object(object)) {
        json_decref(object);
        return nj_fail(err, NJ_CONFIG, "the body: expected a JSON object");
    }
    *ret_object = object;
    return 0;
}

int body_text(const json_t *object, const char *name, size_t bytes_max, const char **ret,
              struct nj_err *err)
{
    const json_t *value = json_object_get(object, name);

    *ret = NULL;
    if (value == NULL || json_is_null(value))
        return 0;
    if (!json_is_string(value) || json_string_length(value) > bytes_max ||
        strlen(json_string_value(value)) != json_string_length(value))
        return nj_fail(err, NJ_CONFIG, "%s: expected a text of at most %zu bytes", name,
                       bytes_max);
    *ret = json_string_value(value);
    return 0;
}
