/* SPDX-License-Identifier: Apache-2.0 */
/* openapi.json (OpenAPI 3.1), made from the tables of routes and parameters. */
#include <string.h>

#include "server/internal.h"

static json_t *param_json(const struct query_info *info)
{
    json_t *schema = json_pack("{ss}", "type", info->type);
    json_t *words;

    if (info->words != NULL && strcmp(info->type, "boolean") != 0) {
        words = json_array();
        for (size_t i = 0; info->words[i] != NULL; i++)
            (void)json_array_append_new(words, json_string(info->words[i]));
        (void)json_object_set_new(schema, "enum", words);
    }
    if (info->most > 0) {
        (void)json_object_set_new(schema, "minimum", json_real(info->least));
        (void)json_object_set_new(schema, "maximum", json_real(info->most));
    }
    return json_pack("{ss ss sb ss so}", "name", info->name, "in",
                     info->in_path ? "path" : "query", "required", info->in_path, "description",
                     info->description, "schema", schema);
}

static json_t *params_json(const struct route *route)
{
    json_t *array = json_array();
    size_t count;
    const struct query_info *params = query_params(&count);

    for (size_t i = 0; i < count; i++)
        if ((route->params & params[i].param) != 0)
            (void)json_array_append_new(array, param_json(&params[i]));
    return array;
}

static json_t *rows_schema(const struct route *route)
{
    json_t *row = json_pack("{ss}", "type", "object");
    json_t *properties;

    if (route->columns != NULL) {
        properties = json_object();
        for (size_t i = 0; route->columns[i] != NULL; i++)
            (void)json_object_set_new(properties, route->columns[i], json_object());
        (void)json_object_set_new(row, "properties", properties);
    }
    return json_pack("{ss s[ss] s{s{ss so} s{s[ss] ss}}}", "type", "object", "required", "rows",
                     "next", "properties", "rows", "type", "array", "items", row, "next",
                     "type", "integer", "null", "description", "offset of the next page");
}

static json_t *content_json(const struct route *route)
{
    switch (route->kind) {
    case ROUTE_ROWS:
        return json_pack("{s{so}}", "application/json", "schema", rows_schema(route));
    case ROUTE_STREAM:
    case ROUTE_REPLAY:
        return json_pack("{s{s{ss}}}", "text/event-stream", "schema", "type", "string");
    case ROUTE_TEXT:
        return json_pack("{s{s{ss}}}", "text/plain", "schema", "type", "string");
    case ROUTE_OBJECT:
        break;
    }
    return json_pack("{s{s{ss}}}", "application/json", "schema", "type", "object");
}

static json_t *error_json(const char *description)
{
    return json_pack("{ss s{s{s{ss}}}}", "description", description, "content",
                     "application/json", "schema", "$ref", "#/components/schemas/error");
}

static json_t *body_json(void)
{
    return json_pack("{sb s{s{s{ss}}}}", "required", 1, "content", "application/json", "schema",
                     "$ref", "#/components/schemas/note");
}

static json_t *operation_json(const struct route *route)
{
    json_t *responses = json_object();
    json_t *operation;

    (void)json_object_set_new(
        responses, "200",
        json_pack("{ss so}", "description", "the answer", "content", content_json(route)));
    (void)json_object_set_new(responses, "400", error_json("a parameter is wrong"));
    (void)json_object_set_new(responses, "401", error_json("a token is needed"));
    (void)json_object_set_new(responses, "429", error_json("too many requests"));
    (void)json_object_set_new(responses, "503", error_json("busy, or no store yet"));
    if (route->kind == ROUTE_OBJECT &&
        (route->params & (PARAM_ADDRESS | PARAM_ACTOR | PARAM_PORT)) != 0)
        (void)json_object_set_new(responses, "404", error_json("nothing is known of it"));
    operation = json_pack("{ss s[s] so so}", "summary", route->summary, "tags", route->tag,
                          "parameters", params_json(route), "responses", responses);
    if (strcmp(route->method, "POST") == 0)
        (void)json_object_set_new(operation, "requestBody", body_json());
    return operation;
}

json_t *openapi_make(void)
{
    json_t *paths = json_object(), *path, *schemas;

    for (size_t i = 0; i < route_count; i++) {
        char method[8] = "";

        for (size_t c = 0; routes[i].method[c] != '\0' && c < sizeof(method) - 1; c++)
            method[c] = (char)(routes[i].method[c] | 0x20);
        path = json_object_get(paths, routes[i].path);
        if (path == NULL) {
            (void)json_object_set_new(paths, routes[i].path, json_object());
            path = json_object_get(paths, routes[i].path);
        }
        (void)json_object_set_new(path, method, operation_json(&routes[i]));
    }
    schemas =
        json_pack("{s{ss s{s{ss}} s[s]} s{ss s[ss] s{s{ss} s{ss} s{ss} s{ss} s{ss}}}}", "error",
                  "type", "object", "properties", "error", "type", "string", "required",
                  "error", "note", "type", "object", "required", "subject", "text",
                  "properties", "subject", "type", "string", "text", "type", "string", "source",
                  "type", "string", "confidence", "type", "string", "level", "type", "string");
    return json_pack("{ss s{ss ss ss} so s{so s{s{ss ss}}} s[{s[]}{}]}", "openapi", "3.1.0",
                     "info", "title", "Nightjar", "version", NJ_VERSION, "description",
                     "Threat intelligence from unsolicited traffic. Fields are described by"
                     " docs/SCHEMA.md.",
                     "paths", paths, "components", "schemas", schemas, "securitySchemes",
                     "token", "type", "http", "scheme", "bearer", "security", "token");
}
