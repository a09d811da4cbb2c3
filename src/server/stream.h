/* SPDX-License-Identifier: Apache-2.0 */
/* An answer without end: what live streams (stream.c) and replays (replays.c)
 * have in common. */
#ifndef NJ_SERVER_STREAM_H
#define NJ_SERVER_STREAM_H

#include "server/channel.h"

/* One connection. */
struct stream {
    struct server *server;
    struct MHD_Connection *connection;
    struct ring *ring;
    struct ring_reader *reader;
    struct channel *channel; /* of a live one */
    struct replay *replay;   /* NULL: live */
};

/** @return NULL when out of memory */
struct stream *stream_new(struct server *server, struct MHD_Connection *connection);

/** Answer with what comes through its ring; the connection owns it now.
 * @param after  the last id that it has got, or NULL */
enum MHD_Result stream_begin(struct stream *stream, const char *after);

/** A filter that is none is told at once, not in the stream. */
enum MHD_Result stream_refuse(struct MHD_Connection *connection, const struct nj_err *err);

/** replays.c: the connection has ended. */
void replay_leave(struct replay *replay);

#endif
