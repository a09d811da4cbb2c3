/* SPDX-License-Identifier: Apache-2.0 */
/* A bootstrap file (RFC 9224, 3):
 *
 *   {"version": "1.0", "publication": "2026-01-02T03:04:05Z",
 *    "services": [[["203.0.113.0/24", ...], ["https://rdap.example.net/", ...]], ...]}
 *
 * IANA's have some 260 prefixes of IPv4 and 40 of IPv6, of five registries. */
#include "rdap/servers.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "outbox/outlet.h"

#define PREFIXES_MAX 65536u

bool rdap_may_ask(const char *url, bool local)
{
    struct outlet outlet;

    /* what may be a URL, and which one may do without TLS, is one rule for all that we send */
    return strlen(url) < RDAP_URL_MAX && outlet_webhook(url, &outlet, NULL) == 0 &&
           (local || strncmp(url, "https://", 8) == 0);
}

/* The first URL that may be asked and leaves room for a question, with the "/" that RFC 9224, 3
 * asks for. */
static bool choose(const json_t *urls, bool local, char url[RDAP_URL_MAX])
{
    size_t count = json_array_size(urls);

    for (size_t i = 0; i < count; i++) {
        const char *one = json_string_value(json_array_get(urls, i));
        size_t length = one == NULL ? 0 : strlen(one);

        if (length == 0 || length + 64 > RDAP_URL_MAX || !rdap_may_ask(one, local))
            continue;
        (void)snprintf(url, RDAP_URL_MAX, "%s%s", one, one[length - 1] == '/' ? "" : "/");
        return true;
    }
    return false;
}

static int64_t read_time(const char *text)
{
    struct tm tm = {.tm_sec = 0};
    const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

    return end == NULL ? 0 : (int64_t)timegm(&tm) * 1000000;
}

static int read_service(const json_t *service, bool local, rdap_server_fn fn, void *ctx,
                        struct rdap_servers_read *ret, struct nj_err *err)
{
    const json_t *prefixes = json_array_get(service, 0);
    size_t count = json_array_size(prefixes);
    char url[RDAP_URL_MAX];
    bool usable = choose(json_array_get(service, 1), local, url);

    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(prefixes, i));
        struct prefix net;

        if (!usable || text == NULL || prefix_parse(text, &net, NULL) < 0 ||
            ret->taken == PREFIXES_MAX) {
            ret->refused++;
        } else {
            ret->taken++;
            if (fn(ctx, &net, url, err) < 0)
                return -1;
        }
    }
    return 0;
}

int rdap_read_servers(const char *bytes, size_t length, bool local, rdap_server_fn fn,
                      void *ctx, struct rdap_servers_read *ret, struct nj_err *err)
{
    const json_t *services;
    json_error_t fault;
    json_t *root = json_loadb(bytes, length, 0, &fault);
    size_t count;
    int rc = 0;

    *ret = (struct rdap_servers_read){.taken = 0};
    if (root == NULL)
        return nj_fail(err, NJ_FORMAT, "the list of servers is no JSON: line %d: %.120s",
                       fault.line, fault.text);
    services = json_object_get(root, "services");
    count = json_array_size(services);
    ret->published_us = read_time(json_string_value(json_object_get(root, "publication")));
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = read_service(json_array_get(services, i), local, fn, ctx, ret, err);
    if (rc == 0 && ret->taken == 0)
        rc = nj_fail(err, NJ_FORMAT,
                     "the list of servers has no prefix with a server (RFC 9224, 3)");
    json_decref(root);
    return rc;
}
