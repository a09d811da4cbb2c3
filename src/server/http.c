/* SPDX-License-Identifier: Apache-2.0 */
/* From an HTTP request to a route and back. The library's threads only parse, copy and pack
 * little: a question is handed to the pool while its connection is suspended, unless the cache
 * has its answer. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "base/clock.h"
#include "server/request.h"
#include "server/respond.h"
#include "server/who.h"

#define UPLOAD_BYTES_MAX (1u << 20) /* what is thrown away before the connection is cut */

/* ---- errors ---- */

static void set_error(struct request *request, unsigned status, const char *message)
{
    if (request->is_taxii)
        taxii_error(&request->answer, status, message);
    else
        answer_error(&request->answer, status, message);
}

static enum MHD_Result fail(struct request *request, unsigned status, const char *message)
{
    bool basic =
        request->is_taxii || (request->route != NULL && request->route->scope == SCOPE_FEEDS);

    set_error(request, status, message);
    if (status >= 400)
        request->server->counts.failed++;
    return respond_error(request->connection, &request->answer,
                         basic ? RESPOND_BASIC : RESPOND_BEARER);
}

static enum MHD_Result wrong_method(struct request *request, const char *methods)
{
    set_error(request, 405, "this path does not take that method");
    return respond_methods(request->connection, &request->answer, methods);
}

/* ---- questions ---- */

/* Which state of the store, and which minute of the clock, an answer is of. */
static uint64_t version_of(const struct request *request, uint64_t store_version)
{
    return XXH3_64bits_withSeed(&request->clock_us, sizeof(request->clock_us), store_version);
}

static void answer_now(struct request *request, struct store *store)
{
    struct answer *answer = &request->answer;
    struct nj_err err = {0};
    struct ask ask = {
        .server = request->server,
        .store = store,
        .query = &request->query,
        .taxii = request->taxii,
        .body = request->body,
        .body_length = request->body_length,
        .version = request->version,
        .versioned = request->versioned,
        .answer = answer,
    };

    if (request->route->answer(&ask, &err) < 0) {
        answer_fault(answer, &err);
        if (request->is_taxii)
            taxii_error(answer, answer->status, err.msg);
    }
    if (answer->body.no_memory)
        set_error(request, 500, "no memory for the answer");
    if (answer->status != 200)
        return;
    answer_seal(answer);
    if (request->route->dated)
        answer->modified_s = (int64_t)time(NULL);
    if (request->key.length > 0)
        cache_put(request->server->cache, request->key.bytes, request->key.length,
                  version_of(request, ask.version), answer);
}

static enum MHD_Result send_answer(struct request *request)
{
    if (request->answer.status >= 400)
        request->server->counts.failed++;
    return respond(request->connection, &request->answer);
}

/* A thread of the pool. */
static void answer_later(void *ctx, struct store *store, const struct nj_err *why)
{
    struct request *request = ctx;

    if (store != NULL) {
        answer_now(request, store);
        respond_pack(request->connection, &request->answer);
    } else {
        set_error(request, 503, why->msg);
    }
    request->state = REQUEST_ANSWERED;
    MHD_resume_connection(request->connection);
}

/* Whether this was answered before and nobody has committed since. */
static bool is_known(struct request *request)
{
    const char *known = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_IF_NONE_MATCH);

    request->versioned = !request->route->no_store &&
                         snapshot_version(&request->server->snapshot, &request->version);
    if (!request->route->cached || request->key.no_memory || !request->versioned) {
        text_done(&request->key);
        return false;
    }
    return cache_find(request->server->cache, request->key.bytes, request->key.length,
                      version_of(request, request->version), known, &request->answer);
}

static enum MHD_Result ask(struct request *request)
{
    struct server *server = request->server;

    if (request->route->kind == ROUTE_STREAM)
        return stream_answer(server, request->connection, &request->query);
    if (request->route->kind == ROUTE_REPLAY)
        return replay_answer(server, request->connection, &request->query);
    if (is_known(request))
        return send_answer(request);
    if (request->route->no_store) {
        answer_now(request, NULL);
        return send_answer(request);
    }
    request->state = REQUEST_ASKED;
    MHD_suspend_connection(request->connection);
    if (pool_ask(server->pool, answer_later, request) == 0)
        return MHD_YES;
    set_error(request, 503, "too many questions wait already");
    request->state = REQUEST_ANSWERED;
    MHD_resume_connection(request->connection);
    return MHD_YES;
}

/* Whether the service answers this client at all. @return 0, or a status with *ret_message */
static unsigned refuse(struct request *request, unsigned scope, const char **ret_message)
{
    struct server *server = request->server;
    unsigned has;

    if (server->limit != NULL &&
        !limit_allow(server->limit, who_address(request->connection), nj_monotonic_ns())) {
        server->counts.limited++;
        *ret_message = "too many requests of this client";
        return 429;
    }
    if (request->hostless) {
        *ret_message = "HTTP/1.1 asks for a Host header";
        return 400;
    }
    if (!who_names_us(server, request->connection)) {
        *ret_message = "the Host header names neither an address nor localhost";
        return 421;
    }
    has = scope == 0 ? 0 : who_scope(server, request->connection);
    if ((has & scope) != 0 || scope == 0)
        return 0;
    server->counts.unauthorized++;
    *ret_message = has == 0 ? "a token is needed" : "the token does not have the right scope";
    return has == 0 ? 401 : 403;
}

/* What TAXII asks of a client's headers. */
static bool is_acceptable(struct request *request)
{
    return taxii_accepted(MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                      MHD_HTTP_HEADER_ACCEPT));
}

static enum MHD_Result no_route(struct request *request, const char *url, const char *method,
                                const char *methods)
{
    bool api = strncmp(url, "/api/", 5) == 0 || strncmp(url, "/feeds", 6) == 0 ||
               strcmp(url, "/metrics") == 0 || request->is_taxii;

    if (methods[0] != '\0')
        return wrong_method(request, methods);
    if (api)
        return fail(request, 404,
                    request->is_taxii
                        ? "there is no such resource (paths end in \"/\")"
                        : "there is no such path (/api/v1/openapi.json has them)");
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return wrong_method(request, "GET, HEAD");
    return files_answer(request->server, request->connection, url);
}

static enum MHD_Result begin(struct request *request, const char *url, const char *method)
{
    const char *message = NULL;
    struct nj_err err = {0};
    struct route_path path;
    char methods[32];
    unsigned status;
    int rc;

    request->is_taxii = strncmp(url, "/taxii2", 7) == 0;
    request->route = route_find(method, url, &path, methods);
    status = refuse(request, request->route == NULL ? 0 : request->route->scope, &message);
    if (status != 0)
        return fail(request, status, message);
    if (request->route == NULL)
        return no_route(request, url, method, methods);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
        who_is_foreign(request->connection))
        return fail(request, 403, "another origin may not write here");
    if (request->upload > BODY_BYTES_MAX)
        return fail(request, 413, "the request's body is too large");
    if (request->route->kind == ROUTE_TAXII && !is_acceptable(request))
        return fail(request, 406, "only " TAXII_TYPE " is served: ask for it in Accept");
    rc = request_read(request, url, &path, &err);
    if (rc > 0)
        return fail(request, 404, err.msg);
    if (rc < 0)
        return fail(request, err.code == NJ_NOMEM ? 500 : 400, err.msg);
    return ask(request);
}

/* ---- the library's calls ---- */

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

    if (request == NULL) {
        request = calloc(1, sizeof(*request));
        if (request == NULL)
            return MHD_NO;
        request->server = server;
        request->connection = connection;
        request->hostless = strcmp(version, MHD_HTTP_VERSION_1_1) == 0 &&
                            MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                        MHD_HTTP_HEADER_HOST) == NULL;
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
    text_done(&request->key);
    free(request->taxii);
    free(request->body);
    free(request);
    *ret_request = NULL;
}
