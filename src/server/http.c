/* SPDX-License-Identifier: Apache-2.0 */
/* From an HTTP request to a route and back. The library's threads only parse and copy: a
 * question is handed to the pool while its connection is suspended. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "server/internal.h"

#define UPLOAD_BYTES_MAX (1u << 20) /* what is thrown away before the connection is cut */

enum request_state { REQUEST_NEW, REQUEST_BODY, REQUEST_ASKED, REQUEST_ANSWERED };

struct request {
    struct server *server;
    struct MHD_Connection *connection;
    const struct route *route;
    enum request_state state;
    struct query query;
    struct answer answer;
    char *body;
    size_t body_length, upload;
};

/* ---- answers -------------------------------------------------------------------------------
 */

void http_secure(struct MHD_Response *response)
{
    static const struct {
        const char *name, *value;
    } headers[] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
         " font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self';"
         " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    };

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        (void)MHD_add_response_header(response, headers[i].name, headers[i].value);
}

static enum MHD_Result queue_response(struct MHD_Connection *connection, unsigned status,
                                      struct MHD_Response *response)
{
    enum MHD_Result rc;

    if (response == NULL)
        return MHD_NO;
    http_secure(response);
    rc = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

/* An answer's bytes become the response's. */
static enum MHD_Result send_answer(struct request *request)
{
    struct answer *answer = &request->answer;
    const char *known = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_IF_NONE_MATCH);
    struct MHD_Response *response;
    unsigned status = answer->status;

    if (answer->body.no_memory)
        answer_error(answer, 500, "no memory for the answer");
    if (status == 200)
        answer_seal(answer);
    if (status == 200 && known != NULL && strstr(known, answer->etag) != NULL) {
        status = 304;
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    } else {
        response = MHD_create_response_from_buffer(answer->body.length, answer->body.bytes,
                                                   MHD_RESPMEM_MUST_FREE);
        if (response != NULL)
            answer->body = (struct text){0};
    }
    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "private, no-cache");
    if (answer->etag[0] != '\0')
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, answer->etag);
    if (status >= 400)
        request->server->counts.failed++;
    if (status == 503)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "2");
    return queue_response(request->connection, status, response);
}

static struct MHD_Response *error_response(const char *message)
{
    struct answer answer = {.status = 0};
    struct MHD_Response *response;

    answer_error(&answer, 500, message);
    if (answer.body.no_memory) {
        answer_done(&answer);
        return NULL;
    }
    response = MHD_create_response_from_buffer(answer.body.length, answer.body.bytes,
                                               MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        answer_done(&answer);
    else
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                      "application/json");
    return response;
}

enum MHD_Result http_error(struct MHD_Connection *connection, unsigned status,
                           const char *message)
{
    struct MHD_Response *response = error_response(message);

    if (response == NULL)
        return MHD_NO;
    if (status == 401)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    if (status == 429 || status == 503)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "2");
    return queue_response(connection, status, response);
}

static enum MHD_Result wrong_method(struct MHD_Connection *connection, const char *methods)
{
    struct MHD_Response *response = error_response("this path does not take that method");

    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, methods);
    return queue_response(connection, 405, response);
}

/* ---- who asks ------------------------------------------------------------------------------
 */

static struct addr client_address(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *client = info == NULL ? NULL : info->client_addr;

    if (client != NULL && client->sa_family == AF_INET)
        return addr_from_v4(
            ntohl(((const struct sockaddr_in *)(const void *)client)->sin_addr.s_addr));
    if (client != NULL && client->sa_family == AF_INET6)
        return addr_from_bytes(
            ((const struct sockaddr_in6 *)(const void *)client)->sin6_addr.s6_addr);
    return (struct addr){0, 0};
}

/* Scopes of whoever asks. Without tokens everybody may do everything (loopback). */
static unsigned scope_of(const struct server *server, struct MHD_Connection *connection)
{
    const char *text =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);

    if (server->options.tokens == NULL)
        return SCOPE_READ | SCOPE_WRITE | SCOPE_FEEDS;
    if (text != NULL && strncasecmp(text, "Bearer ", 7) == 0)
        return tokens_scope(server->options.tokens, text + 7);
    /* the console's streams can't set headers */
    return tokens_scope(server->options.tokens,
                        MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "nightjar"));
}

/* A name of the host in a request that no token guards: a page elsewhere whose name leads here
 * (DNS rebinding) must not read with the user's browser. Addresses and localhost are ours. */
static bool host_is_ours(const struct server *server, struct MHD_Connection *connection)
{
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    char name[80];
    size_t length;

    if (server->options.tokens != NULL || host == NULL)
        return true;
    if (host[0] == '[')
        return true;
    length = strcspn(host, ":");
    if (length >= sizeof(name))
        return false;
    memcpy(name, host, length);
    name[length] = '\0';
    return strcasecmp(name, "localhost") == 0 ||
           addr_parse(name, &(struct addr){0, 0}, NULL) == 0;
}

/* Whether a page of another origin sends this: it may not write here. */
static bool origin_is_foreign(struct MHD_Connection *connection)
{
    const char *origin =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ORIGIN);
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    const char *name = origin == NULL ? NULL : strstr(origin, "://");

    if (origin == NULL)
        return false;
    return host == NULL || name == NULL || strcasecmp(name + 3, host) != 0;
}

/* ---- parameters ----------------------------------------------------------------------------
 */

struct reading {
    struct request *request;
    struct nj_err err;
    bool failed;
};

static enum MHD_Result on_argument(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_size, const char *value, size_t value_size)
{
    struct reading *reading = cls;
    struct request *request = reading->request;

    (void)kind;
    if (value == NULL) {
        value = "";
        value_size = 0;
    }
    if (strlen(name) != name_size || strlen(value) != value_size)
        reading->failed = nj_fail(&reading->err, NJ_CONFIG, "a NUL in a parameter") < 0;
    else
        reading->failed = query_set(&request->query, request->route->params, false, name, value,
                                    &reading->err) < 0;
    return reading->failed ? MHD_NO : MHD_YES;
}

/* @return 0; -1 with *err */
static int read_query(struct request *request, const char *rest, struct nj_err *err)
{
    struct reading reading = {.request = request};
    char name[32];

    if (rest != NULL && query_set(&request->query, request->route->params, true,
                                  route_path_param(request->route, name), rest, err) < 0)
        return -1;
    (void)MHD_get_connection_values_n(request->connection, MHD_GET_ARGUMENT_KIND, on_argument,
                                      &reading);
    if (reading.failed) {
        *err = reading.err;
        return -1;
    }
    return query_check(&request->query, err);
}

/* ---- questions -----------------------------------------------------------------------------
 */

static void answer_now(struct request *request, struct store *store)
{
    struct nj_err err = {0};
    struct ask ask = {
        .server = request->server,
        .store = store,
        .query = &request->query,
        .body = request->body,
        .body_length = request->body_length,
        .answer = &request->answer,
    };

    if (request->route->answer(&ask, &err) < 0)
        answer_fault(&request->answer, &err);
}

/* A thread of the pool. */
static void answer_later(void *ctx, struct store *store, const struct nj_err *why)
{
    struct request *request = ctx;

    if (store != NULL)
        answer_now(request, store);
    else
        answer_error(&request->answer, 503, why->msg);
    request->state = REQUEST_ANSWERED;
    MHD_resume_connection(request->connection);
}

static enum MHD_Result ask(struct request *request)
{
    struct server *server = request->server;

    if (request->route->kind == ROUTE_STREAM)
        return stream_answer(server, request->connection);
    if (request->route->kind == ROUTE_REPLAY)
        return replay_answer(server, request->connection, &request->query);
    if (request->route->no_store) {
        answer_now(request, NULL);
        return send_answer(request);
    }
    request->state = REQUEST_ASKED;
    MHD_suspend_connection(request->connection);
    if (pool_ask(server->pool, answer_later, request) == 0)
        return MHD_YES;
    answer_error(&request->answer, 503, "too many questions wait already");
    request->state = REQUEST_ANSWERED;
    MHD_resume_connection(request->connection);
    return MHD_YES;
}

/* Whether the service answers this client at all. @return 0, or a status with *ret_message */
static unsigned refuse(struct request *request, unsigned scope, const char **ret_message)
{
    struct server *server = request->server;

    if (server->limit != NULL &&
        !limit_allow(server->limit, client_address(request->connection), pool_clock_ns())) {
        server->counts.limited++;
        *ret_message = "too many requests of this client";
        return 429;
    }
    if (!host_is_ours(server, request->connection)) {
        *ret_message = "the Host header names neither an address nor localhost";
        return 421;
    }
    if (scope != 0 && (scope_of(server, request->connection) & scope) == 0) {
        server->counts.unauthorized++;
        *ret_message = "a token with the right scope is needed";
        return 401;
    }
    return 0;
}

static enum MHD_Result begin(struct request *request, const char *url, const char *method)
{
    bool api = strncmp(url, "/api/", 5) == 0 || strcmp(url, "/metrics") == 0;
    const char *rest = NULL, *message = NULL;
    struct nj_err err = {0};
    char methods[32];
    unsigned status;

    request->route = route_find(method, url, &rest, methods);
    status = refuse(request, request->route == NULL ? 0 : request->route->scope, &message);
    if (status != 0)
        return http_error(request->connection, status, message);
    if (request->route == NULL && methods[0] != '\0')
        return wrong_method(request->connection, methods);
    if (request->route == NULL && api)
        return http_error(request->connection, 404,
                          "there is no such path (/api/v1/openapi.json has them)");
    if (request->route == NULL && strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return wrong_method(request->connection, "GET, HEAD");
    if (request->route == NULL)
        return files_answer(request->server, request->connection, url);
    if (strcmp(method, "POST") == 0 && origin_is_foreign(request->connection))
        return http_error(request->connection, 403, "another origin may not write here");
    if (request->upload > BODY_BYTES_MAX)
        return http_error(request->connection, 413, "the request's body is too large");
    if (read_query(request, rest, &err) < 0)
        return http_error(request->connection, err.code == NJ_NOMEM ? 500 : 400, err.msg);
    return ask(request);
}

/* ---- the library's calls -------------------------------------------------------------------
 */

/* Bytes of a body. @return MHD_NO: it is cut off */
static enum MHD_Result take_upload(struct request *request, const char *upload, size_t size)
{
    char *body;

    request->upload += size;
    if (request->upload > UPLOAD_BYTES_MAX)
        return MHD_NO;
    if (request->upload > BODY_BYTES_MAX)
        return MHD_YES;
    body = realloc(request->body, request->body_length + size + 1);
    if (body == NULL)
        return MHD_NO;
    memcpy(body + request->body_length, upload, size);
    request->body = body;
    request->body_length += size;
    request->body[request->body_length] = '\0';
    return MHD_YES;
}

enum MHD_Result http_handle(void *cls, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **ret_request)
{
    struct server *server = cls;
    struct request *request = *ret_request;
    enum MHD_Result rc = MHD_YES;

    (void)version;
    if (request == NULL) {
        request = calloc(1, sizeof(*request));
        if (request == NULL)
            return MHD_NO;
        request->server = server;
        request->connection = connection;
        query_init(&request->query);
        *ret_request = request;
        server->counts.requests++;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        rc = take_upload(request, upload, *upload_size);
        *upload_size = 0;
        return rc;
    }
    if (request->state == REQUEST_NEW) {
        request->state = REQUEST_BODY;
        return begin(request, url, method);
    }
    return request->state == REQUEST_ANSWERED ? send_answer(request) : MHD_YES;
}

void http_done(void *cls, struct MHD_Connection *connection, void **ret_request,
               enum MHD_RequestTerminationCode how)
{
    struct request *request = *ret_request;

    (void)cls;
    (void)connection;
    (void)how;
    if (request == NULL)
        return;
    query_done(&request->query);
    answer_done(&request->answer);
    free(request->body);
    free(request);
    *ret_request = NULL;
}
