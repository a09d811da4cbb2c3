/* SPDX-License-Identifier: Apache-2.0 */
/* The service: JSON under /api/v1/, a live stream and its replay, /metrics, and the console's
 * files (docs/SERVICE.md). Called by cli/. Threads: those of the HTTP library, which never wait
 * for a query; a few that answer questions; one that publishes; one for each replay. */
#ifndef NJ_SERVER_SERVER_H
#define NJ_SERVER_SERVER_H

#include "enrich/enrich.h"
#include "ports/ports.h"
#include "server/settings.h"
#include "store/live.h"
#include "store/query.h"

struct server;

/* What capture tells about itself. */
struct server_interface {
    char name[32];
    uint64_t packets, kernel_dropped, interface_dropped;
    bool up;
};

#define SERVER_INTERFACES_MAX 16

struct server_capture {
    struct server_interface interfaces[SERVER_INTERFACES_MAX];
    size_t interface_count;
    uint64_t packets, sessions, visits;
    uint64_t truncated, malformed, unsupported, refused;
    uint64_t dropped; /* by this program: the journal was full or could not be written */
    uint64_t journal_bytes;
    int64_t last_commit_us; /* clock; 0: none yet */
    char problem[256];      /* "": fine */
};

struct server_options {
    const char *host; /* numeric address it listens on */
    int listener;     /* of server_listen; taken by server_start, whatever it returns */
    struct store_options store;
    const struct server_settings *settings; /* borrowed, see server_configure */
    struct ports *ports;                    /* borrowed */
    const char *console_dir;                /* NULL: no console */
    unsigned rate;                          /* requests a second of one client; 0: unlimited */
    unsigned threads;                       /* questions answered at once */
    int64_t longest_s;                      /* of one question */
    /* Databases for the country, AS and place of addresses. @return 0; -1 */
    int (*open_enrich)(void *ctx, struct enrich **ret_enrich, struct nj_err *err);
    void *enrich_ctx;
    bool captures;      /* this process hands its visits to server_visit */
    store_line_fn line; /* for people; any thread */
    void *line_ctx;
};

/** Take an address: the one thing of a server that may need privileges.
 * @param port  0: any free one
 * @return 0, with a socket that listens; -1 NJ_CONFIG, NJ_IO */
int server_listen(const char *host, uint16_t port, int *ret_listener, struct nj_err *err);

#define SERVER_THREADS_DEFAULT 2u
#define SERVER_RATE_DEFAULT 100u
#define SERVER_LONGEST_S_DEFAULT 30

/** @return 0; -1 NJ_IO (the address is taken), NJ_CONFIG, NJ_NOMEM */
int server_start(const struct server_options *options, struct server **ret_server,
                 struct nj_err *err);

/** Ends all streams and waits for what is being answered. */
void server_stop(struct server *server);

/** Use other settings from now on; the old ones must stay readable until server_stop. */
void server_configure(struct server *server, const struct server_settings *settings);

uint16_t server_port(const struct server *server);

/** Who tells of capture, for /metrics; NULL: nobody. */
void server_capture(struct server *server,
                    void (*capture)(void *ctx, struct server_capture *ret), void *ctx);

/** A visit was handed on: shown on the map if there is room. Any thread; never waits long.
 * Visits that are given here are not looked up in the store again. */
void server_visit(struct server *server, const struct live_row *row);

#endif
