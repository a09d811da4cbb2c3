/* SPDX-License-Identifier: Apache-2.0 */
/* openapi.json (OpenAPI 3.1), made from the tables of routes and parameters. */
#include <stdio.h>
#include <string.h>

#include "server/internal.h"
#include "store/families.h"
#include "store/fields.h"

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
    json_t *array;
    size_t count;
    const struct query_info *params = query_params(&count);

    if (route->kind == ROUTE_TAXII)
        return taxii_params(route);
    array = json_array();
    for (size_t i = 0; i < count; i++)
        if ((route->params & params[i].param) != 0)
            (void)json_array_append_new(array, param_json(&params[i]));
    if (route->kind == ROUTE_STREAM)
        (void)json_array_append_new(
            array, json_pack("{ss ss sb ss s{ss}}", "name", "Last-Event-ID", "in", "header",
                             "required", 0, "description",
                             "The id of the last message that came: what is missed is told.",
                             "schema", "type", "string"));
    return array;
}

/* Each of the scopes is enough, in either form of a token. */
static json_t *security_json(const struct route *route)
{
    static const struct {
        unsigned bit;
        const char *name;
    } scopes[] = {{.bit = SCOPE_READ, .name = "read"},
                  {.bit = SCOPE_WRITE, .name = "write"},
                  {.bit = SCOPE_FEEDS, .name = "feeds"}};
    json_t *array = json_array();

    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        if ((route->scope & scopes[i].bit) == 0)
            continue;
        (void)json_array_append_new(array, json_pack("{s[s]}", "token", scopes[i].name));
        (void)json_array_append_new(array, json_pack("{s[s]}", "password", scopes[i].name));
    }
    return array;
}

/* "string|null": both. */
static json_t *type_json(const char *types)
{
    const char *bar = strchr(types, '|');

    if (bar == NULL)
        return json_string(types);
    return json_pack("[s#s]", types, (int)(bar - types), bar + 1);
}

/* Kinds that are null where they are empty. */
static bool may_be_empty(enum field_kind kind)
{
    return kind == FIELD_TEXT || kind == FIELD_STRING || kind == FIELD_BYTES ||
           kind == FIELD_ADDRESS;
}

static json_t *stored_fields(void)
{
    static const char *const types[] = {
        [FIELD_TIME] = "string",  [FIELD_I64] = "integer",    [FIELD_U64] = "integer",
        [FIELD_U32] = "integer",  [FIELD_U16] = "integer",    [FIELD_U8] = "integer",
        [FIELD_F32] = "number",   [FIELD_ADDRESS] = "string", [FIELD_TEXT] = "string",
        [FIELD_BYTES] = "string", [FIELD_STRING] = "string",  [FIELD_PORTS] = "string",
    };
    json_t *properties = json_object();

    for (size_t i = 0; i < visit_field_count; i++) {
        const struct field *field = &visit_fields[i];
        json_t *type = field->null == NULL_NEVER && !may_be_empty(field->kind)
                           ? json_string(types[field->kind])
                           : json_pack("[ss]", types[field->kind], "null");

        (void)json_object_set_new(
            properties, field->name,
            json_pack("{so ss}", "type", type, "description", field->description));
    }
    return properties;
}

static json_t *rows_schema(const struct route *route)
{
    json_t *properties = route->columns == NULL ? stored_fields() : json_object();

    for (const struct route_column *column = route->columns;
         column != NULL && column->name != NULL; column++)
        (void)json_object_set_new(properties, column->name,
                                  json_pack("{so ss}", "type", type_json(column->type),
                                            "description", column->description));
    return json_pack("{ss s[ss] s{s{ss s{ss so}} s{s[ss] ss}}}", "type", "object", "required",
                     "rows", "next", "properties", "rows", "type", "array", "items", "type",
                     "object", "properties", properties, "next", "type", "integer", "null",
                     "description", "offset of the next page");
}

static json_t *content_json(const struct route *route)
{
    json_t *content;

    switch (route->kind) {
    case ROUTE_ROWS:
        return json_pack("{s{so}}", "application/json", "schema", rows_schema(route));
    case ROUTE_STREAM:
    case ROUTE_REPLAY:
        return json_pack("{s{s{ss}}}", "text/event-stream", "schema", "type", "string");
    case ROUTE_TEXT:
        return json_pack("{s{s{ss}}}", "text/plain", "schema", "type", "string");
    case ROUTE_TAXII:
        return json_pack("{s{s{ss}}}", TAXII_TYPE, "schema", "type", "object");
    case ROUTE_FILE:
        content = json_object();
        for (size_t i = 0; route->types[i] != NULL; i++)
            (void)json_object_set_new(content, route->types[i],
                                      json_pack("{s{ss}}", "schema", "type", "string"));
        return content;
    case ROUTE_OBJECT:
        break;
    }
    return json_pack("{s{s{ss}}}", "application/json", "schema", "type", "object");
}

/* What a route may answer but 200. */
static const struct {
    unsigned status;
    const char *description;
} errors[] = {
    {.status = 304, .description = "the client has this answer (If-None-Match)"},
    {.status = 400, .description = "a parameter or the body is wrong, or Host is missing"},
    {.status = 401, .description = "a token is needed"},
    {.status = 403,
     .description = "the token does not have the scope, another origin writes, or"
                    " what is asked for is read-only"},
    {.status = 404, .description = "nothing is known of it, or it is none"},
    {.status = 406, .description = "only TAXII 2.1 is served"},
    {.status = 413, .description = "the body, the filter or the answer is too large"},
    {.status = 414, .description = "the address is too long"},
    {.status = 421, .description = "the Host header names neither an address nor localhost"},
    {.status = 429, .description = "too many requests of this client (Retry-After)"},
    {.status = 431, .description = "the headers are too long"},
    {.status = 500, .description = "the store or the memory fails"},
    {.status = 503, .description = "busy, or no store yet (Retry-After)"},
};

static bool may_answer(const struct route *route, unsigned status)
{
    switch (status) {
    case 304:
        return strcmp(route->method, "GET") == 0 && route->kind != ROUTE_STREAM &&
               route->kind != ROUTE_REPLAY;
    case 404:
        return strchr(route->path, '{') != NULL;
    case 406:
        return route->kind == ROUTE_TAXII;
    default:
        return true;
    }
}

/* Of 414 and 431 the HTTP library writes its own. */
static bool has_body(unsigned status)
{
    return status != 304 && status != 414 && status != 431;
}

/* Errors are one line of JSON, TAXII's its error message. */
static json_t *error_json(const struct route *route, size_t error)
{
    bool taxii = route->kind == ROUTE_TAXII;
    const char *type = taxii ? TAXII_TYPE : "application/json";
    const char *schema =
        taxii ? "#/components/schemas/taxii_error" : "#/components/schemas/error";

    if (!has_body(errors[error].status))
        return json_pack("{ss}", "description", errors[error].description);
    return json_pack("{ss s{s{s{ss}}}}", "description", errors[error].description, "content",
                     type, "schema", "$ref", schema);
}

static json_t *body_json(const struct route *route)
{
    char ref[64];

    (void)snprintf(ref, sizeof(ref), "#/components/schemas/%s", route->body);
    return json_pack("{sb s{s{s{ss}}}}", "required", 1, "content", "application/json", "schema",
                     "$ref", ref);
}

/* Schemas of errors and of bodies. */
static json_t *schemas_json(void)
{
    json_t *note = json_pack("{ss s[ss] s{s{ss} s{ss} s{ss} s{ss} s{ss}}}", "type", "object",
                             "required", "subject", "text", "properties", "subject", "type",
                             "string", "text", "type", "string", "source", "type", "string",
                             "confidence", "type", "string", "level", "type", "string");
    json_t *brief =
        json_pack("{ss s{s{ss} s{ss} s{ss} s{ss} s{ss} s{ss} s{ss} s{ss} s{ss}}}", "type",
                  "object", "properties", "from", "type", "string", "to", "type", "string",
                  "country", "type", "string", "network", "type", "string", "sensor", "type",
                  "string", "unit", "type", "string", "filter", "type", "string", "all", "type",
                  "boolean", "notes", "type", "string");

    json_t *family =
        json_pack("{ss s[s] s{s{ss si}}}", "type", "object", "required", "name", "properties",
                  "name", "type", "string", "maxLength", FAMILY_NAME_BYTES_MAX);

    json_t *taxii = json_pack("{ss s{s{ss} s{ss} s{ss}} s[s]}", "type", "object", "properties",
                              "title", "type", "string", "description", "type", "string",
                              "http_status", "type", "string", "required", "title");

    return json_pack("{s{ss s{s{ss}} s[s]} so so so so}", "error", "type", "object",
                     "properties", "error", "type", "string", "required", "error", "note", note,
                     "brief", brief, "family", family, "taxii_error", taxii);
}

static json_t *operation_json(const struct route *route)
{
    json_t *responses = json_object();
    json_t *operation;

    (void)json_object_set_new(
        responses, "200",
        json_pack("{ss so}", "description", "the answer", "content", content_json(route)));
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        char status[8];

        (void)snprintf(status, sizeof(status), "%u", errors[i].status);
        if (may_answer(route, errors[i].status))
            (void)json_object_set_new(responses, status, error_json(route, i));
    }
    operation = json_pack("{ss s[s] so so so}", "summary", route->summary, "tags", route->tag,
                          "parameters", params_json(route), "security", security_json(route),
                          "responses", responses);
    if (route->body != NULL)
        (void)json_object_set_new(operation, "requestBody", body_json(route));
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
    schemas = schemas_json();
    return json_pack("{ss s{ss ss ss} so s{so s{s{ss ss} s{ss ss}}} s[{s[]}{s[]}{}]}",
                     "openapi", "3.1.0", "info", "title", "Nightjar", "version", NJ_VERSION,
                     "description",
                     "Threat intelligence from unsolicited traffic. Fields are described by"
                     " docs/SCHEMA.md.",
                     "paths", paths, "components", "schemas", schemas, "securitySchemes",
                     "token", "type", "http", "scheme", "bearer", "password", "type", "http",
                     "scheme", "basic", "security", "token", "password");
}
