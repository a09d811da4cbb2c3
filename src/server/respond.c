/* SPDX-License-Identifier: Apache-2.0 */
#include "server/respond.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zlib.h>

#include "server/internal.h"

/* What all answers have; `policy` is the content policy of this one. */
static void secure(struct MHD_Response *response, const char *policy, const char *frame)
{
    const struct {
        const char *name, *value;
    } headers[] = {
        {"Content-Security-Policy", policy},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", frame},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    };

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        (void)MHD_add_response_header(response, headers[i].name, headers[i].value);
}

void http_secure(struct MHD_Response *response)
{
    secure(
        response,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
        " font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self';"
        " frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "DENY");
}

/* A document of ours has its style in itself. It is shown in an origin of its own, without
 * scripts, so that nothing in it could reach the console even if it were markup. */
static void secure_document(struct MHD_Response *response)
{
    secure(response,
           "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
           " form-action 'none'; frame-ancestors 'self'; sandbox allow-popups",
           "SAMEORIGIN");
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value);
}

/* "Tue, 23 Sep 2014 10:00:00 GMT" (RFC 9110, 5.6.7). */
static void date_text(int64_t seconds, char text[40])
{
    time_t when = (time_t)seconds;
    struct tm tm;

    (void)gmtime_r(&when, &tm);
    (void)strftime(text, 40, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

/* Whether the client has this answer: by its ETag, or without one by the date. */
static bool has_it(struct MHD_Connection *connection, const struct answer *answer)
{
    const char *known =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    const char *since = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_IF_MODIFIED_SINCE);
    struct tm tm = {0};

    if (answer->status != 200 || answer->etag[0] == '\0')
        return false;
    if (known != NULL)
        return strcmp(known, "*") == 0 || strstr(known, answer->etag) != NULL;
    return since != NULL && answer->modified_s > 0 &&
           strptime(since, "%a, %d %b %Y %H:%M:%S GMT", &tm) != NULL &&
           (int64_t)timegm(&tm) >= answer->modified_s;
}

/* ---- packing ---- */

#define PACK_MIN 1024 /* bytes: less gains nothing */
/* What a thread of the library packs, which has others to serve: some 10 ms. */
#define PACK_HERE_MAX (1u << 20)

/* Whether an item of Accept-Encoding ("gzip;q=0.5") is gzip, and not refused (RFC
 * 9110, 12.5.3). */
static bool is_gzip(const char *item, size_t length)
{
    size_t blanks = strspn(item, " \t");
    char text[64];
    const char *quality;

    length -= blanks < length ? blanks : length;
    (void)snprintf(text, sizeof(text), "%.*s",
                   (int)(length < sizeof(text) ? length : sizeof(text) - 1), item + blanks);
    if (strcspn(text, " \t;") != 4 || strncasecmp(text, "gzip", 4) != 0)
        return false;
    quality = strcasestr(text, "q=");
    return quality == NULL || strtod(quality + 2, NULL) > 0;
}

bool respond_takes_gzip(struct MHD_Connection *connection)
{
    const char *item = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                   MHD_HTTP_HEADER_ACCEPT_ENCODING);

    while (item != NULL && *item != '\0') {
        size_t length = strcspn(item, ",");

        if (is_gzip(item, length))
            return true;
        item += length + (item[length] == ',');
    }
    return false;
}

/* Put the packed bytes in place of the plain ones; where that fails nothing changes. */
static void pack(struct answer *answer)
{
    z_stream z = {.next_in = (Bytef *)answer->body.bytes,
                  .avail_in = (uInt)answer->body.length};
    struct text packed = {0};
    uLong room;

    if (answer->body.length < PACK_MIN || answer->body.length > UINT32_MAX / 2 ||
        deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    room = deflateBound(&z, (uLong)answer->body.length);
    packed.bytes = malloc(room);
    z.next_out = (Bytef *)packed.bytes;
    z.avail_out = (uInt)room;
    if (packed.bytes != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END)
        packed.length = (size_t)z.total_out;
    (void)deflateEnd(&z);
    if (packed.length == 0) {
        free(packed.bytes);
        return;
    }
    free(answer->body.bytes);
    answer->body = packed;
    answer->packed = true;
}

void respond_pack(struct MHD_Connection *connection, struct answer *answer)
{
    if (answer->status == 200 && !answer->packed && !has_it(connection, answer) &&
        respond_takes_gzip(connection))
        pack(answer);
}

/* ---- answers ---- */

static struct MHD_Response *response_of(struct answer *answer, bool body)
{
    struct MHD_Response *response;

    if (!body)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    response = MHD_create_response_from_buffer(answer->body.length, answer->body.bytes,
                                               MHD_RESPMEM_MUST_FREE);
    if (response != NULL)
        answer->body = (struct text){0};
    return response;
}

static void add_headers(struct MHD_Response *response, const struct answer *answer)
{
    char date[40], etag[sizeof(answer->etag) + 2];

    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "private, no-cache");
    add_header(response, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    if (answer->packed)
        add_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    if (answer->etag[0] != '\0') { /* other bytes of the same: a weak one (RFC 9110, 8.8.1) */
        (void)snprintf(etag, sizeof(etag), "%s%s", answer->packed ? "W/" : "", answer->etag);
        add_header(response, MHD_HTTP_HEADER_ETAG, etag);
    }
    if (answer->modified_s > 0) {
        date_text(answer->modified_s, date);
        add_header(response, MHD_HTTP_HEADER_LAST_MODIFIED, date);
    }
    for (size_t i = 0; i < answer->header_count; i++)
        add_header(response, answer->headers[i].name, answer->headers[i].value);
}

static enum MHD_Result queue(struct MHD_Connection *connection, struct answer *answer,
                             unsigned status, bool body, const char *name, const char *value)
{
    struct MHD_Response *response = response_of(answer, body);
    enum MHD_Result rc;

    if (response == NULL)
        return MHD_NO;
    add_headers(response, answer);
    if (name != NULL)
        add_header(response, name, value);
    if (answer->document)
        secure_document(response);
    else
        http_secure(response);
    rc = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

enum MHD_Result respond(struct MHD_Connection *connection, struct answer *answer)
{
    bool known = has_it(connection, answer);

    if (answer->body.length <= PACK_HERE_MAX)
        respond_pack(connection, answer);
    return queue(connection, answer, known ? 304 : answer->status, !known,
                 answer->status == 503 ? MHD_HTTP_HEADER_RETRY_AFTER : NULL, "2");
}

enum MHD_Result respond_error(struct MHD_Connection *connection, struct answer *answer,
                              enum respond_scheme scheme)
{
    if (answer->body.no_memory)
        return MHD_NO;
    if (answer->status == 401)
        return queue(connection, answer, 401, true, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                     scheme == RESPOND_BASIC ? "Basic realm=\"Nightjar\", charset=\"UTF-8\""
                                             : "Bearer");
    if (answer->status == 429)
        return queue(connection, answer, 429, true, MHD_HTTP_HEADER_RETRY_AFTER, "2");
    return respond(connection, answer);
}

enum MHD_Result respond_methods(struct MHD_Connection *connection, struct answer *answer,
                                const char *methods)
{
    return queue(connection, answer, 405, true, MHD_HTTP_HEADER_ALLOW, methods);
}

enum MHD_Result http_error(struct MHD_Connection *connection, unsigned status,
                           const char *message)
{
    struct answer answer = {.status = 0};
    enum MHD_Result rc;

    answer_error(&answer, status, message);
    rc = respond_error(connection, &answer, RESPOND_BEARER);
    answer_done(&answer);
    return rc;
}
