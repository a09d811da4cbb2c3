/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 5424 messages over UDP, TCP and TLS. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "outbox/send.h"

#include "base/clock.h"

#define PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define UDP_WAIT_MS 200 /* for "nobody is there" to come back */

struct line {
    const struct outlet *outlet;
    int fd;
    int64_t until_ms;
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t tls;
};

static int late(const struct line *line, struct nj_err *err)
{
    return nj_fail(err, NJ_LIMIT, "%s: no answer in time", line->outlet->url);
}

/* Wait until the socket can be read or written. @return 0; -1: the time is over */
static int await(const struct line *line, short events, struct nj_err *err)
{
    struct pollfd wait = {.fd = line->fd, .events = events};
    int64_t left = line->until_ms - nj_monotonic_ms();
    int rc = left <= 0 ? 0 : poll(&wait, 1, (int)left);

    if (rc < 0 && errno == EINTR)
        return 0;
    return rc > 0 ? 0 : late(line, err);
}

/* ---- connecting ---- */

static int connect_to(struct line *line, const struct addrinfo *to, struct nj_err *err)
{
    int fault = 0;
    socklen_t size = sizeof(fault);

    line->fd =
        socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->ai_protocol);
    if (line->fd < 0)
        return nj_fail(err, NJ_IO, "%s", line->outlet->url);
    if (connect(line->fd, to->ai_addr, to->ai_addrlen) == 0)
        return 0;
    if (errno == EINPROGRESS) {
        if (await(line, POLLOUT, err) < 0)
            goto failed;
        if (getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &fault, &size) == 0 && fault == 0)
            return 0;
        errno = fault;
    }
    (void)nj_fail(err, NJ_IO, "%s", line->outlet->url);
failed:
    (void)close(line->fd);
    line->fd = -1;
    return -1;
}

static int open_line(struct line *line, struct nj_err *err)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = line->outlet->way == OUTLET_UDP ? SOCK_DGRAM : SOCK_STREAM,
    };
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(line->outlet->host, line->outlet->port, &hints, &list);

    if (rc != 0)
        return nj_fail(err, NJ_STORE, "%s: %s", line->outlet->url, gai_strerror(rc));
    rc = -1;
    for (const struct addrinfo *to = list; rc < 0 && to != NULL; to = to->ai_next)
        rc = connect_to(line, to, err);
    freeaddrinfo(list);
    return rc;
}

/* ---- TLS ---- */

static int tls_fault(const struct line *line, const char *what, int code, struct nj_err *err)
{
    gnutls_datum_t text = {0};
    int rc;

    if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR &&
        gnutls_certificate_verification_status_print(
            gnutls_session_get_verify_cert_status(line->tls), GNUTLS_CRT_X509, &text, 0) == 0) {
        rc =
            nj_fail(err, NJ_STORE, "%s: its certificate: %.140s", line->outlet->url, text.data);
        gnutls_free(text.data);
        return rc;
    }
    return nj_fail(err, NJ_STORE, "%s: %s: %s", line->outlet->url, what, gnutls_strerror(code));
}

static int load_credentials(struct line *line, struct nj_err *err)
{
    const struct outlet *outlet = line->outlet;
    int rc = gnutls_certificate_allocate_credentials(&line->credentials);

    if (rc < 0)
        return tls_fault(line, "TLS", rc, err);
    rc = outlet->ca[0] == '\0' ? gnutls_certificate_set_x509_system_trust(line->credentials)
                               : gnutls_certificate_set_x509_trust_file(
                                     line->credentials, outlet->ca, GNUTLS_X509_FMT_PEM);
    if (rc <= 0)
        return nj_fail(err, NJ_STORE, "%s: no authorities in %s", outlet->url,
                       outlet->ca[0] == '\0' ? "the system's list" : outlet->ca);
    if (outlet->cert[0] == '\0')
        return 0;
    rc = gnutls_certificate_set_x509_key_file(line->credentials, outlet->cert, outlet->key,
                                              GNUTLS_X509_FMT_PEM);
    return rc < 0 ? tls_fault(line, outlet->cert, rc, err) : 0;
}

/* Go on after a call that would have waited. @return 1: again; 0: it is over, done or not;
 * -1: the time is over */
static int again(const struct line *line, long rc, struct nj_err *err)
{
    if (rc == GNUTLS_E_INTERRUPTED)
        return 1;
    if (rc != GNUTLS_E_AGAIN)
        return 0;
    return await(line, gnutls_record_get_direction(line->tls) == 1 ? POLLOUT : POLLIN, err) < 0
               ? -1
               : 1;
}

static int begin_tls(struct line *line, struct nj_err *err)
{
    const struct outlet *outlet = line->outlet;
    uint8_t bytes[16];
    bool named;
    int rc, more;

    if (load_credentials(line, err) < 0)
        return -1;
    rc = gnutls_init(&line->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
    if (rc < 0)
        return tls_fault(line, "TLS", rc, err);
    named = inet_pton(AF_INET, outlet->host, bytes) != 1 &&
            inet_pton(AF_INET6, outlet->host, bytes) != 1;
    if (named)
        (void)gnutls_server_name_set(line->tls, GNUTLS_NAME_DNS, outlet->host,
                                     strlen(outlet->host));
    (void)gnutls_priority_set_direct(line->tls, PRIORITIES, NULL);
    (void)gnutls_credentials_set(line->tls, GNUTLS_CRD_CERTIFICATE, line->credentials);
    gnutls_session_set_verify_cert(line->tls, outlet->host, 0);
    gnutls_transport_set_int(line->tls, line->fd);
    do {
        rc = gnutls_handshake(line->tls);
        more = again(line, rc, err);
    } while (more > 0 || (more == 0 && rc < 0 && gnutls_error_is_fatal(rc) == 0));
    if (more < 0)
        return -1;
    return rc < 0 ? tls_fault(line, "handshake", rc, err) : 0;
}

/* ---- sending ---- */

static int send_bytes(struct line *line, const char *bytes, size_t length, struct nj_err *err)
{
    while (length > 0) {
        ssize_t put;

        if (line->tls != NULL) {
            put = gnutls_record_send(line->tls, bytes, length);
            if (put < 0) {
                int more = again(line, put, err);

                if (more > 0)
                    continue;
                return more < 0 ? -1 : tls_fault(line, "send", (int)put, err);
            }
        } else {
            put = send(line->fd, bytes, length, MSG_NOSIGNAL);
            if (put < 0 && (errno == EAGAIN || errno == EINTR)) {
                if (await(line, POLLOUT, err) < 0)
                    return -1;
                continue;
            }
            if (put < 0)
                return nj_fail(err, NJ_IO, "%s: send", line->outlet->url);
        }
        bytes += put;
        length -= (size_t)put;
    }
    return 0;
}

static int send_counted(struct line *line, const struct box_message *message,
                        struct nj_err *err)
{
    char *framed = NULL;
    int head =
        asprintf(&framed, "%zu %.*s", message->length, (int)message->length, message->body);
    int rc;

    if (head < 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a message");
    rc = send_bytes(line, framed, (size_t)head, err);
    free(framed);
    return rc;
}

/* Read what the other side says. Over TLS 1.3 it refuses our certificate only now.
 * @return bytes; 0: it has ended; -1 with errno */
static ssize_t hear(struct line *line, char *bytes, size_t size)
{
    ssize_t got;

    if (line->tls == NULL)
        return recv(line->fd, bytes, size, 0);
    got = gnutls_record_recv(line->tls, bytes, size);
    if (got >= 0 || got == GNUTLS_E_PREMATURE_TERMINATION) /* many end without a word */
        return got < 0 ? 0 : got;
    errno = gnutls_error_is_fatal((int)got) ? ECONNREFUSED : EAGAIN;
    return -1;
}

/* The other side has everything when it ends after we did. What it says is not for us. */
static int await_end(struct line *line, struct nj_err *err)
{
    char ignored[512];
    int waiting = -1;

    if (line->tls != NULL)
        (void)gnutls_bye(line->tls, GNUTLS_SHUT_WR);
    (void)shutdown(line->fd, SHUT_WR);
    for (;;) {
        ssize_t got;

        if (await(line, POLLIN, err) < 0)
            return ioctl(line->fd, SIOCOUTQ, &waiting) == 0 && waiting == 0 ? 0 : -1;
        got = hear(line, ignored, sizeof(ignored));
        if (got == 0)
            return 0;
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return nj_fail(err, NJ_IO, "%s: it broke off", line->outlet->url);
    }
}

static int send_stream(struct line *line, const struct box_message *messages, size_t count,
                       struct nj_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (send_counted(line, &messages[i], err) < 0)
            return -1;
    return await_end(line, err);
}

static int send_datagrams(struct line *line, const struct box_message *messages, size_t count,
                          struct nj_err *err)
{
    struct pollfd wait = {.fd = line->fd};
    int fault = 0;
    socklen_t size = sizeof(fault);

    for (size_t i = 0; i < count; i++)
        if (send_bytes(line, messages[i].body, messages[i].length, err) < 0)
            return -1;
    (void)poll(&wait, 1, UDP_WAIT_MS);
    if (getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &fault, &size) == 0 && fault != 0) {
        errno = fault;
        return nj_fail(err, NJ_IO, "%s", line->outlet->url);
    }
    return 0;
}

int send_syslog(const struct outlet *outlet, const struct box_message *messages, size_t count,
                unsigned limit_s, struct nj_err *err)
{
    struct line line = {
        .outlet = outlet, .fd = -1, .until_ms = nj_monotonic_ms() + (int64_t)limit_s * 1000};
    int rc = open_line(&line, err);

    if (rc == 0 && outlet->way == OUTLET_TLS)
        rc = begin_tls(&line, err);
    if (rc == 0)
        rc = outlet->way == OUTLET_UDP ? send_datagrams(&line, messages, count, err)
                                       : send_stream(&line, messages, count, err);
    if (line.tls != NULL)
        gnutls_deinit(line.tls);
    if (line.credentials != NULL)
        gnutls_certificate_free_credentials(line.credentials);
    if (line.fd >= 0)
        (void)close(line.fd);
    return rc;
}
