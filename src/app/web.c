/* SPDX-License-Identifier: Apache-2.0 */
/* What is written like HTTP: HTTP itself (RFC 9112), the Docker API in it (docs.docker.com,
 * "Engine API"), SIP (RFC 3261), SSDP (UPnP Device Architecture 2.0, 1.3), RTSP (RFC 7826). */
#include "app/sight.h"

#define METHOD_MAX 9 /* the longest of these: SUBSCRIBE */

static const char *const methods[] = {
    "GET",   "POST",  "HEAD",    "OPTIONS",  "PUT",    "DELETE",
    "TRACE", "PATCH", "CONNECT", "PROPFIND", "SEARCH", "MKCOL",
};

static const char *const sip_methods[] = {
    "OPTIONS", "REGISTER", "INVITE", "ACK",     "BYE",       "CANCEL",
    "MESSAGE", "NOTIFY",   "INFO",   "PUBLISH", "SUBSCRIBE",
};

static const char *const rtsp_methods[] = {"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "ANNOUNCE"};

static bool listed(const struct nj_cursor *word, const char *const *list, size_t count)
{
    size_t length = nj_cursor_left(word);

    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == length && memcmp(word->pos, list[i], length) == 0)
            return true;
    return false;
}

static void add(struct sight *sight, const char *key, struct nj_cursor value)
{
    sight_add(sight, key, value.pos, nj_cursor_left(&value));
}

/* "METHOD TARGET VERSION", the version possibly cut off. The method is looked at first, since
 * few payloads with such a beginning have one. @return false if it is no such line */
static bool request_line(struct nj_cursor *in, const char *const *list, size_t count,
                         struct nj_cursor *ret_method, struct nj_cursor *ret_target,
                         struct nj_cursor *ret_version)
{
    size_t left = nj_cursor_left(in);
    const uint8_t *blank = memchr(in->pos, ' ', left < METHOD_MAX + 1 ? left : METHOD_MAX + 1);
    const uint8_t *last;
    struct nj_cursor line;

    if (blank == NULL)
        return false;
    *ret_method = nj_cursor(in->pos, (size_t)(blank - in->pos));
    if (!listed(ret_method, list, count))
        return false;
    in->pos = blank + 1;
    line = take_until(in, '\n');
    if (line.pos < line.end && line.end[-1] == '\r')
        line.end--;
    last = memrchr(line.pos, ' ', nj_cursor_left(&line)); /* scanners send blanks within the
                                                           * target */
    *ret_target = nj_cursor(line.pos, (size_t)((last == NULL ? line.end : last) - line.pos));
    *ret_version = last == NULL ? nj_cursor(line.end, 0)
                                : nj_cursor(last + 1, (size_t)(line.end - last - 1));
    return nj_cursor_left(ret_target) > 0;
}
#define REQUEST_LINE(IN, LIST, METHOD, TARGET, VERSION)                                        \
    request_line(IN, LIST, sizeof(LIST) / sizeof((LIST)[0]), METHOD, TARGET, VERSION)

/* /_ping, /v1.24/containers/create, /containers/json: the API of a container engine */
static bool is_docker(struct nj_cursor target)
{
    static const char *const roots[] = {"/_ping",  "/containers/", "/images/", "/exec/",
                                        "/swarm/", "/volumes",     "/networks"};

    if (begins(&target, "/v1.")) {
        size_t digits = 0;

        target.pos += 4;
        while (target.pos < target.end && target.pos[0] >= '0' && target.pos[0] <= '9') {
            target.pos++;
            digits++;
        }
        return digits > 0 && digits <= 2 && target.pos < target.end && target.pos[0] == '/';
    }
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
        if (begins(&target, roots[i]))
            return true;
    return false;
}

bool app_http(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    struct nj_cursor method, target, version;

    (void)packet;
    if (begins(&in, "HTTP/1.")) {
        add(sight, "server", header_value(in, "Server"));
        return true;
    }
    if (begins(&in, "PRI * HTTP/2.0")) {
        sight->request = true;
        sight_addz(sight, "version", "2");
        return true;
    }
    if (!REQUEST_LINE(&in, methods, &method, &target, &version))
        return false;
    if (nj_cursor_left(&version) > 0 ? !begins(&version, "HTTP/")
                                     : target.pos[0] != '/' && target.pos[0] != '*')
        return false;
    if (is_docker(target))
        sight->name = "docker";
    sight->request = true;
    add(sight, "ua", header_value(in, "User-Agent"));
    add(sight, "method", method);
    add(sight, "path", target);
    add(sight, "host", header_value(in, "Host"));
    return true;
}

bool app_sip(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    struct nj_cursor method, target, version;

    (void)packet;
    if (begins(&in, "SIP/2.0 ")) {
        add(sight, "server", header_value(in, "Server"));
        return true;
    }
    if (!REQUEST_LINE(&in, sip_methods, &method, &target, &version) ||
        (!begins(&target, "sip:") && !begins(&target, "sips:") && !begins(&target, "tel:")))
        return false;
    sight->request = true;
    add(sight, "ua", header_value(in, "User-Agent"));
    add(sight, "method", method);
    add(sight, "target", target);
    add(sight, "from", header_value(in, "From"));
    return true;
}

bool app_ssdp(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    (void)packet;
    if (begins(&in, "M-SEARCH * HTTP/1.1")) {
        sight->request = true;
        (void)take_until(&in, '\n');
        add(sight, "st", header_value(in, "ST"));
        add(sight, "ua", header_value(in, "User-Agent"));
        return true;
    }
    return begins(&in, "NOTIFY * HTTP/1.1") || begins(&in, "HTTP/1.1 200 OK");
}

bool app_rtsp(const struct packet *packet, struct nj_cursor in, struct sight *sight)
{
    struct nj_cursor method, target, version;

    (void)packet;
    if (begins(&in, "RTSP/1.0 "))
        return true;
    if (!REQUEST_LINE(&in, rtsp_methods, &method, &target, &version) ||
        !begins(&version, "RTSP/"))
        return false;
    sight->request = true;
    add(sight, "ua", header_value(in, "User-Agent"));
    add(sight, "path", target);
    return true;
}
