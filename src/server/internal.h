/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of server/ share. Not for other modules. */
#ifndef NJ_SERVER_INTERNAL_H
#define NJ_SERVER_INTERNAL_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "about/sample.h"
#include "server/cache.h"
#include "server/decided.h"
#include "server/limit.h"
#include "server/pool.h"
#include "server/ring.h"
#include "server/route.h"
#include "server/server.h"
#include "server/snapshot.h"
#include "server/taxii.h"

#define BODY_BYTES_MAX 65536u
#define STREAMS_MAX 2000u
#define REPLAYS_MAX 8u

/* Databases are not for several threads: one instance, one lock. */
struct lookup {
    pthread_mutex_t lock;
    struct enrich *enrich; /* NULL: nobody has asked yet */
    bool failed;
};

struct channels;
struct live_row;

struct server_counts {
    atomic_ullong requests, refused, limited, unauthorized, failed;
    atomic_ullong unjudged;         /* sessions that were not held against filters */
    atomic_ullong streams, replays; /* open now */
    atomic_ullong started_s;
};

struct server {
    struct server_options options;
    struct MHD_Daemon *daemon;
    uint16_t port;
    struct pool *pool;
    struct channels *channels; /* of the live stream */
    struct publisher *publisher;
    struct limit *limit;
    struct cache *cache;
    struct decided *decided;
    struct snapshot snapshot;
    struct taxii taxii;
    uint8_t sample_key[MASK_KEY_BYTES]; /* of stand-ins in samples, as long as it runs */
    bool tls;
    atomic_ullong kept_decisions; /* digest of those that history has; 0: none yet */
    struct lookup lookup;
    json_t *openapi;
    struct server_counts counts;
    atomic_bool stopping;
    pthread_mutex_t capture_lock; /* of the next two */
    void (*capture)(void *ctx, struct server_capture *ret);
    void *capture_ctx;
    _Atomic(const struct server_settings *) settings;
    atomic_int replay_threads;
};

/** server.c: a line for people. */
void server_say(struct server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** lookup.c: country, AS and place of an address, names of networks. */
void lookup_init(struct lookup *lookup);
void lookup_done(struct lookup *lookup);
void lookup_detail(struct server *server, struct addr a, struct place_detail *ret);
/** Which databases answer; taken. */
json_t *lookup_databases(struct server *server);
/** Copies; "" if unknown. */
void lookup_as_name(struct server *server, uint32_t asn, char *ret, size_t size);

/** publish.c: the thread that feeds the live stream. */
int publisher_start(struct server *server, struct publisher **ret, struct nj_err *err);
void publisher_stop(struct publisher *publisher);
void publisher_visit(struct publisher *publisher, const struct live_row *row);

/** stream.c: a ring's `wake`. */
void stream_wake(void *ctx);

/** stream.c: an endless answer. @return what MHD wants of a handler */
enum MHD_Result stream_answer(struct server *server, struct MHD_Connection *connection,
                              const struct query *query);
enum MHD_Result replay_answer(struct server *server, struct MHD_Connection *connection,
                              const struct query *query);

/** files.c: the console's files. */
enum MHD_Result files_answer(struct server *server, struct MHD_Connection *connection,
                             const char *path);

/** http.c */
enum MHD_Result http_handle(void *cls, struct MHD_Connection *connection, const char *url,
                            const char *method, const char *version, const char *upload,
                            size_t *upload_size, void **request);
void http_done(void *cls, struct MHD_Connection *connection, void **request,
               enum MHD_RequestTerminationCode how);
/** Headers that every answer has. */
void http_secure(struct MHD_Response *response);
/** An error as JSON. */
enum MHD_Result http_error(struct MHD_Connection *connection, unsigned status,
                           const char *message);

#endif
