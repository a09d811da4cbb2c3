/* SPDX-License-Identifier: Apache-2.0 */
#include "rdap/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/text.h"
#include "model/addr.h"
#include "model/special.h"
#include "rdap/answer.h"
#include "rdap/servers.h"

struct rdap_client {
    CURL *curl;
    struct curl_slist *headers;
    unsigned timeout_ms;
    bool local, too_long;
    struct text body;
};

static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool has_proxy(void)
{
    return getenv("https_proxy") != NULL || getenv("HTTPS_PROXY") != NULL ||
           getenv("all_proxy") != NULL || getenv("ALL_PROXY") != NULL;
}

/* Called by curl for each connection. A redirect, or a name, may lead into the user's own
 * network: nothing there is asked. */
static curl_socket_t open_public(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
    const char *name = (const char *)to + offsetof(struct curl_sockaddr, addr);
    struct addr a = {.hi = 0}; /* of another family: not asked */
    struct sockaddr_in6 six;
    struct sockaddr_in four;

    (void)ctx;
    (void)purpose;
    if (to->family == AF_INET) {
        memcpy(&four, name, sizeof(four));
        a = addr_from_v4(ntohl(four.sin_addr.s_addr));
    } else if (to->family == AF_INET6) {
        memcpy(&six, name, sizeof(six));
        a = addr_from_bytes(six.sin6_addr.s6_addr);
    }
    if (special_everywhere(a))
        return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Called by curl; another number than it gave ends the transfer. */
static size_t on_bytes(char *bytes, size_t size, size_t count, void *ctx)
{
    struct rdap_client *client = ctx;

    client->too_long = size * count > RDAP_ANSWER_MAX - client->body.length;
    if (client->too_long)
        return 0;
    text_add(&client->body, bytes, size * count);
    return client->body.no_memory ? 0 : size * count;
}

int rdap_client_new(unsigned timeout_ms, bool local, struct rdap_client **ret,
                    struct nj_err *err)
{
    struct rdap_client *client = calloc(1, sizeof(*client));

    (void)pthread_once(&started, start);
    if (client != NULL) {
        client->curl = curl_easy_init();
        client->headers = curl_slist_append(NULL, "Accept: application/rdap+json");
    }
    if (client == NULL || client->curl == NULL || client->headers == NULL) {
        rdap_client_free(client);
        return nj_fail(err, NJ_NOMEM, "no memory to ask RDAP");
    }
    client->timeout_ms = timeout_ms;
    client->local = local;
    (void)curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, local ? "https,http" : "https");
    /* by ourselves: each step must be one that may be asked */
    (void)curl_easy_setopt(client->curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(client->curl, CURLOPT_USERAGENT, "nightjar/" NJ_VERSION);
    (void)curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, client->headers);
    (void)curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
    if (local)
        (void)curl_easy_setopt(client->curl, CURLOPT_PROXY, "");
    else if (!has_proxy()) /* a proxy may stand anywhere */
        (void)curl_easy_setopt(client->curl, CURLOPT_OPENSOCKETFUNCTION, open_public);
    *ret = client;
    return 0;
}

void rdap_client_free(struct rdap_client *client)
{
    if (client == NULL)
        return;
    curl_easy_cleanup(client->curl);
    curl_slist_free_all(client->headers);
    text_done(&client->body);
    free(client);
}

/* "rdap.example.net:8443" of a URL that may be asked, so it has "://". */
static void keep_host(char host[RDAP_HOST_MAX], const char *url)
{
    const char *from = strstr(url, "://") + 3;

    (void)snprintf(host, RDAP_HOST_MAX, "%.*s", (int)strcspn(from, "/?#"), from);
}

/* One step. @return the status; -1 */
static long step(struct rdap_client *client, const char *url, int64_t left_ms,
                 struct nj_err *err)
{
    char said[CURL_ERROR_SIZE] = "", host[RDAP_HOST_MAX];
    long status = 0;
    CURLcode code;

    client->body.length = 0;
    client->body.no_memory = false;
    client->too_long = false;
    keep_host(host, url);
    errno = 0;
    if (left_ms <= 0)
        return nj_fail(err, NJ_IO, "%s: no answer in time", host);
    (void)curl_easy_setopt(client->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, (long)left_ms);
    (void)curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, said);
    code = curl_easy_perform(client->curl);
    (void)curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, NULL);
    if (client->too_long)
        return nj_fail(err, NJ_LIMIT, "%s: an answer of more than %u bytes", host,
                       RDAP_ANSWER_MAX);
    if (client->body.no_memory)
        return nj_fail(err, NJ_NOMEM, "no memory for the answer of %s", host);
    errno = 0; /* it says nothing of why */
    if (code != CURLE_OK)
        return nj_fail(err, NJ_IO, "%s: %.110s", host,
                       said[0] == '\0' ? curl_easy_strerror(code) : said);
    (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

int rdap_client_get(struct rdap_client *client, const char *url, struct rdap_reply *ret,
                    struct nj_err *err)
{
    int64_t end_ms = nj_monotonic_ms() + client->timeout_ms;
    char here[RDAP_URL_MAX];
    const char *next;
    long status;

    (void)snprintf(here, sizeof(here), "%s", url);
    for (unsigned i = 0; i <= RDAP_REDIRECTS_MAX; i++) {
        if (!rdap_may_ask(here, client->local))
            return nj_fail(err, NJ_FORMAT, "\"%.120s\" may not be asked: expected https://",
                           here);
        status = step(client, here, end_ms - nj_monotonic_ms(), err);
        if (status < 0)
            return -1;
        keep_host(ret->host, here);
        ret->bytes = client->body.bytes;
        ret->length = client->body.length;
        if (status == 200)
            return 0;
        if (status == 404)
            return RDAP_NO_RECORD;
        if (status == 429 || status >= 500)
            return nj_fail(err, status == 429 || status == 503 ? NJ_BUSY : NJ_IO,
                           "%s answers %ld", ret->host, status);
        next = NULL;
        (void)curl_easy_getinfo(client->curl, CURLINFO_REDIRECT_URL, &next);
        if (status < 300 || status > 399 || next == NULL)
            return nj_fail(err, NJ_FORMAT, "%s answers %ld", ret->host, status);
        if (strlen(next) >= sizeof(here))
            return nj_fail(err, NJ_FORMAT, "%s sends to a URL of %zu bytes", ret->host,
                           strlen(next));
        (void)snprintf(here, sizeof(here), "%s", next);
    }
    return nj_fail(err, NJ_FORMAT, "more than %u redirects", RDAP_REDIRECTS_MAX);
}
