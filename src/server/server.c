/* SPDX-License-Identifier: Apache-2.0 */
#include "server/server.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/channel.h"

#define HTTP_THREADS 2u
#define CONNECTIONS_MAX (STREAMS_MAX + 500u)
#define CONNECTION_BYTES 32768u /* of a connection: the longest head of a request */
#define BACKLOG 511             /* connections that wait to be taken */
#define IDLE_S 30u              /* a connection that says nothing, or takes nothing, is cut */
#define QUESTIONS_WAITING 64u

void server_say(struct server *server, const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (server->options.line != NULL)
        server->options.line(server->options.line_ctx, line);
}

/* The library's own complaints are of clients that went away. */
__attribute__((format(printf, 2, 0))) static void on_library(void *cls, const char *format,
                                                             va_list args)
{
    (void)cls;
    (void)format;
    (void)args;
}

static int parse_listen(const char *host, uint16_t port, struct sockaddr_storage *ret,
                        socklen_t *ret_length, struct nj_err *err)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)ret;

    *ret = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        *ret_length = sizeof(*v4);
        return 0;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        *ret_length = sizeof(*v6);
        return 0;
    }
    return nj_fail(err, NJ_CONFIG, "listen: \"%.60s\" is no address", host);
}

int server_listen(const char *host, uint16_t port, int *ret_listener, struct nj_err *err)
{
    struct sockaddr_storage address;
    const int on = 1;
    socklen_t length = 0;
    int fd;

    if (parse_listen(host, port, &address, &length, err) < 0)
        return -1;
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        (address.ss_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
        bind(fd, (const struct sockaddr *)&address, length) < 0 || listen(fd, BACKLOG) < 0) {
        (void)nj_fail(err, NJ_IO, "listen on %s port %u", host, port);
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    *ret_listener = fd;
    return 0;
}

static uint16_t port_of(int listener)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t length = sizeof(address);

    if (getsockname(listener, (struct sockaddr *)&address, &length) < 0)
        return 0;
    return address.ss_family == AF_INET6
               ? ntohs(((const struct sockaddr_in6 *)(const void *)&address)->sin6_port)
               : ntohs(((const struct sockaddr_in *)(const void *)&address)->sin_port);
}

static int start_daemon(struct server *server, struct nj_err *err)
{
    const struct server_options *options = &server->options;
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_CERT_CALLBACK, 0, tls_callback()},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "SECURE192:SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };

    if (server->tls)
        flags |= MHD_USE_TLS;
    else
        tls[0] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    if (strchr(options->host, ':') != NULL)
        flags |= MHD_USE_IPv6;
    server->port = port_of(options->listener);
    server->daemon = MHD_start_daemon(
        flags, server->port, NULL, NULL, http_handle, server, MHD_OPTION_EXTERNAL_LOGGER,
        on_library, NULL, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)options->listener,
        MHD_OPTION_NOTIFY_COMPLETED, http_done, server, MHD_OPTION_THREAD_POOL_SIZE,
        HTTP_THREADS, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (server->daemon == NULL)
        return nj_fail(err, NJ_IO, "serve on %s port %u", options->host, server->port);
    server->options.listener = -1; /* the daemon's now */
    return 0;
}

/* Numbers from it on, one for each stream, that no other run of the service has had. */
static uint64_t life(void)
{
    return (uint64_t)nj_wall_us() / 1000 << 16;
}

static int start_parts(struct server *server, struct nj_err *err)
{
    const struct server_options *options = &server->options;
    const struct pool_options pool = {
        .store = options->store,
        .threads = options->threads,
        .spare = 1,
        .waiting = QUESTIONS_WAITING,
        .longest_ns = options->longest_s * 1000000000,
        .line = options->line,
        .line_ctx = options->line_ctx,
    };

    server->channels = channels_new(life());
    server->openapi = openapi_make();
    if (options->rate > 0)
        server->limit = limit_new(options->rate);
    server->cache = cache_new();
    server->decided = decided_new();
    if (about_key(server->sample_key, err) < 0)
        return -1;
    if (server->channels == NULL || server->openapi == NULL || server->cache == NULL ||
        server->decided == NULL || (options->rate > 0 && server->limit == NULL))
        return nj_fail(err, NJ_NOMEM, "no memory for the service");
    if (pool_new(&pool, &server->pool, err) < 0 ||
        publisher_start(server, &server->publisher, err) < 0)
        return -1;
    return start_daemon(server, err);
}

int server_start(const struct server_options *options, struct server **ret_server,
                 struct nj_err *err)
{
    struct server *server = calloc(1, sizeof(*server));

    if (server == NULL) {
        (void)close(options->listener);
        return nj_fail(err, NJ_NOMEM, "no memory for the service");
    }
    server->options = *options;
    server->settings = options->settings;
    server->tls = options->settings->identity != NULL;
    tls_use(options->settings->identity);
    snapshot_init(&server->snapshot, server->options.store.dir);
    taxii_init(&server->taxii);
    server->counts.started_s = (unsigned long long)time(NULL);
    lookup_init(&server->lookup);
    (void)pthread_mutex_init(&server->capture_lock, NULL);
    if (start_parts(server, err) < 0) {
        server_stop(server);
        return -1;
    }
    *ret_server = server;
    return 0;
}

void server_stop(struct server *server)
{
    const struct timespec tick = {.tv_nsec = 5000000};
    MHD_socket listener = MHD_INVALID_SOCKET;

    if (server == NULL)
        return;
    /* Nobody may stay suspended when the daemon stops, and nobody hold a handle of the pool
     * when it goes: end what streams, then what asks, then the library. */
    server->stopping = true;
    if (server->daemon != NULL)
        listener = MHD_quiesce_daemon(server->daemon);
    if (listener != MHD_INVALID_SOCKET)
        (void)close(listener);
    if (server->channels != NULL)
        channels_end(server->channels);
    if (server->pool != NULL)
        pool_stop(server->pool);
    while (server->replay_threads > 0)
        (void)nanosleep(&tick, NULL);
    publisher_stop(server->publisher);
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    if (server->options.listener >= 0)
        (void)close(server->options.listener);
    pool_free(server->pool);
    channels_free(server->channels);
    lookup_done(&server->lookup);
    (void)pthread_mutex_destroy(&server->capture_lock);
    limit_free(server->limit);
    cache_free(server->cache);
    decided_free(server->decided);
    snapshot_done(&server->snapshot);
    taxii_done(&server->taxii);
    tls_use(NULL);
    json_decref(server->openapi);
    free(server);
}

void server_capture(struct server *server,
                    void (*capture)(void *ctx, struct server_capture *ret), void *ctx)
{
    (void)pthread_mutex_lock(&server->capture_lock);
    server->capture = capture;
    server->capture_ctx = ctx;
    (void)pthread_mutex_unlock(&server->capture_lock);
}

void server_configure(struct server *server, const struct server_settings *settings)
{
    server->settings = settings;
    tls_use(settings->identity);
    snapshot_settings(&server->snapshot);
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

void server_visit(struct server *server, const struct live_row *row)
{
    publisher_visit(server->publisher, row);
}
