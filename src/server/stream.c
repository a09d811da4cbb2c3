/* SPDX-License-Identifier: Apache-2.0 */
/* Server-Sent Events: the connections, and the live stream, which all readers of a filter
 * share. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "server/stream.h"

#define BLOCK_BYTES 8192
/* What the kernel keeps unsent for a reader that is slow: what stands there is old when it is
 * read, there may be thousands of them, and until some of it is gone nobody sees that such a
 * reader does take something (tcp(7), TCP_NOTSENT_LOWAT). */
#define UNSENT_BYTES 16384

static void suspend(void *ctx)
{
    MHD_suspend_connection(((struct stream *)ctx)->connection);
}

void stream_wake(void *ctx)
{
    MHD_resume_connection(((struct stream *)ctx)->connection);
}

static ssize_t on_read(void *cls, uint64_t position, char *to, size_t room)
{
    struct stream *stream = cls;
    ssize_t rc = ring_read(stream->ring, stream->reader, to, room, suspend);

    (void)position;
    return rc == RING_ENDED ? MHD_CONTENT_READER_END_OF_STREAM : rc;
}

static void on_free(void *cls)
{
    struct stream *stream = cls;

    if (stream->reader != NULL)
        ring_leave(stream->ring, stream->reader);
    if (stream->replay != NULL) {
        replay_leave(stream->replay);
    } else {
        channels_leave(stream->server->channels, stream->channel, nj_monotonic_ns());
        stream->server->counts.streams--;
    }
    free(stream);
}

static void bound_unsent(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const int bytes = UNSENT_BYTES;

    if (info != NULL)
        (void)setsockopt(info->connect_fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes,
                         sizeof(bytes));
}

/* @param after  the last id that the reader has got, or NULL */
enum MHD_Result stream_begin(struct stream *stream, const char *after)
{
    struct MHD_Response *response;
    enum MHD_Result rc;

    response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, stream,
                                                 on_free);
    if (response == NULL) {
        on_free(stream);
        return MHD_NO;
    }
    stream->reader = ring_join(stream->ring, stream, after);
    if (stream->reader == NULL) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    bound_unsent(stream->connection);
    http_secure(response);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    (void)MHD_add_response_header(response, "X-Accel-Buffering", "no");
    rc = MHD_queue_response(stream->connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return rc;
}

struct stream *stream_new(struct server *server, struct MHD_Connection *connection)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL)
        return NULL;
    stream->server = server;
    stream->connection = connection;
    return stream;
}

enum MHD_Result stream_refuse(struct MHD_Connection *connection, const struct nj_err *err)
{
    return http_error(connection,
                      err->code == NJ_NOMEM   ? 500
                      : err->code == NJ_LIMIT ? 413
                                              : 400,
                      err->msg);
}

enum MHD_Result stream_answer(struct server *server, struct MHD_Connection *connection,
                              const struct query *query)
{
    struct channel *channel;
    struct stream *stream;
    struct nj_err err;
    int rc;

    rc = channels_join(server->channels, query->filter, &channel, &err);
    if (rc < 0)
        return stream_refuse(connection, &err);
    if (rc == CHANNELS_FULL)
        return http_error(connection, 503, "too many different filters are watched live");
    if (++server->counts.streams > STREAMS_MAX ||
        (stream = stream_new(server, connection)) == NULL) {
        server->counts.streams--;
        channels_leave(server->channels, channel, nj_monotonic_ns());
        return http_error(connection, 503, "too many streams are open");
    }
    stream->channel = channel;
    stream->ring = channel->ring;
    return stream_begin(
        stream, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID"));
}
