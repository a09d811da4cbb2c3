/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text_json.h"

#include <string.h>

static void new_line(struct text *text, bool pretty, unsigned indent)
{
    if (pretty)
        text_addf(text, "\n%*s", (int)indent, "");
}

static void add_members(struct text *text, const json_t *value, bool pretty, unsigned indent)
{
    json_t *object = (json_t *)(uintptr_t)value; /* jansson iterates over what it may change */
    bool first = true;

    text_add(text, "{", 1);
    for (void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
        const char *key = json_object_iter_key(i);

        text_add_z(text, first ? "" : ",");
        new_line(text, pretty, indent + 2);
        text_json(text, key, strlen(key));
        text_add_z(text, pretty ? ": " : ":");
        text_json_value(text, json_object_iter_value(i), pretty, indent + 2);
        first = false;
    }
    if (!first)
        new_line(text, pretty, indent);
    text_add(text, "}", 1);
}

void text_json_value(struct text *text, const json_t *value, bool pretty, unsigned indent)
{
    size_t count = json_array_size(value);

    switch (json_typeof(value)) {
    case JSON_OBJECT:
        add_members(text, value, pretty, indent);
        break;
    case JSON_ARRAY:
        text_add(text, "[", 1);
        for (size_t i = 0; i < count; i++) {
            text_add_z(text, i > 0 ? "," : "");
            new_line(text, pretty, indent + 2);
            text_json_value(text, json_array_get(value, i), false, 0);
        }
        if (count > 0)
            new_line(text, pretty, indent);
        text_add(text, "]", 1);
        break;
    case JSON_STRING:
        text_json(text, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        text_addf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        text_real(text, json_real_value(value));
        break;
    case JSON_TRUE:
        text_add_z(text, "true");
        break;
    case JSON_FALSE:
        text_add_z(text, "false");
        break;
    case JSON_NULL:
        text_add_z(text, "null");
        break;
    }
}

json_t *text_json_time(int64_t us)
{
    struct text text = {0};
    json_t *value;

    text_time(&text, us);
    value = text.no_memory ? NULL : json_stringn(text.bytes, text.length);
    text_done(&text);
    return value;
}

json_t *text_json_or_null(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

const char *text_json_member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text == NULL ? "" : text;
}
