/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/outlet.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What may stand in a URL (RFC 3986, 2) and in nothing else: no blanks, quotes, controls. */
static bool is_url(const char *text)
{
    if (strlen(text) >= OUTLET_URL_MAX)
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("-._~:/?#[]@!$&'()*+,;=%", *c) == NULL)
            return false;
    }
    return true;
}

static void keep_url(struct outlet *outlet, const char *url)
{
    (void)snprintf(outlet->url, sizeof(outlet->url), "%s", url);
}

int outlet_syslog(const char *url, struct outlet *ret, struct nj_err *err)
{
    static const struct {
        const char *scheme, *port;
    } ways[] = {[OUTLET_UDP] = {"udp://", "514"},
                [OUTLET_TCP] = {"tcp://", "514"},
                [OUTLET_TLS] = {"tls://", "6514"}};
    struct outlet outlet = {.kind = OUTLET_SYSLOG};
    const char *host, *end, *port;
    size_t way = 0, length;

    while (way < 3 && strncmp(url, ways[way].scheme, 6) != 0)
        way++;
    if (way == 3 || !is_url(url))
        return nj_fail(
            err, NJ_CONFIG,
            "\"%.80s\": expected udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT", url);
    host = url + 6;
    if (host[0] == '[') {
        host++;
        end = strchr(host, ']');
        port = end == NULL ? NULL : end + 1;
    } else {
        end = host + strcspn(host, ":");
        port = end;
    }
    length = end == NULL ? 0 : (size_t)(end - host);
    if (length == 0 || length >= sizeof(outlet.host) || memchr(host, '/', length) != NULL)
        return nj_fail(err, NJ_CONFIG, "\"%.80s\": expected the name of a host", url);
    (void)snprintf(outlet.host, sizeof(outlet.host), "%.*s", (int)length, host);
    if (port[0] == '\0') {
        (void)snprintf(outlet.port, sizeof(outlet.port), "%s", ways[way].port);
    } else {
        char *stop = NULL;
        unsigned long number = port[0] == ':' && isdigit((unsigned char)port[1])
                                   ? strtoul(port + 1, &stop, 10)
                                   : 0;

        if (number == 0 || number > 65535 || *stop != '\0')
            return nj_fail(err, NJ_CONFIG, "\"%.80s\": expected a port from 1 to 65535", url);
        (void)snprintf(outlet.port, sizeof(outlet.port), "%lu", number);
    }
    outlet.way = (enum outlet_way)way;
    keep_url(&outlet, url);
    *ret = outlet;
    return 0;
}

int outlet_webhook(const char *url, struct outlet *ret, struct nj_err *err)
{
    static const char *const here[] = {"http://127.0.0.1", "http://[::1]", "http://localhost"};
    struct outlet outlet = {.kind = OUTLET_WEBHOOK};
    bool good = strncmp(url, "https://", 8) == 0 && url[8] != '\0' && url[8] != '/';

    for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++) {
        size_t length = strlen(here[i]);

        good = good || (strncmp(url, here[i], length) == 0 &&
                        (url[length] == '\0' || strchr(":/?", url[length]) != NULL));
    }
    if (!good || !is_url(url) || strchr(url, '@') != NULL)
        return nj_fail(err, NJ_CONFIG,
                       "\"%.80s\": expected https://HOST/PATH (http:// for 127.0.0.1 only)",
                       url);
    keep_url(&outlet, url);
    *ret = outlet;
    return 0;
}

int outlet_check_mailbox(const char *address, struct nj_err *err)
{
    const char *at = strchr(address, '@');

    for (const char *c = address; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("!#$%&'*+-/=?^_`{|}~.@", *c) == NULL)
            at = NULL;
    }
    if (at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
        address[0] == '-' || strlen(address) > 254)
        return nj_fail(err, NJ_CONFIG, "\"%.80s\": expected an address such as soc@example.net",
                       address);
    return 0;
}

int outlet_mail(const char *address, struct outlet *ret, struct nj_err *err)
{
    struct outlet outlet = {.kind = OUTLET_MAIL, .program = OUTLET_SENDMAIL};

    if (outlet_check_mailbox(address, err) < 0)
        return -1;
    keep_url(&outlet, address);
    *ret = outlet;
    return 0;
}

int outlet_set(struct outlet *outlet, const char *word, const char *value, struct nj_err *err)
{
    const struct {
        const char *word;
        unsigned kinds;
        char *to;
    } words[] = {
        {"ca", 1u << OUTLET_SYSLOG | 1u << OUTLET_WEBHOOK, outlet->ca},
        {"cert", 1u << OUTLET_SYSLOG, outlet->cert},
        {"key", 1u << OUTLET_SYSLOG, outlet->key},
        {"secret", 1u << OUTLET_WEBHOOK, outlet->secret},
        {"by", 1u << OUTLET_MAIL, outlet->program},
    };

    if (outlet->kind == OUTLET_MAIL && strcmp(word, "from") == 0) {
        if (outlet_check_mailbox(value, err) < 0)
            return -1;
        (void)snprintf(outlet->from, sizeof(outlet->from), "%s", value);
        return 0;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].word, word) != 0 || (words[i].kinds >> outlet->kind & 1) == 0)
            continue;
        if (strlen(value) >= OUTLET_PATH_MAX)
            return nj_fail(err, NJ_CONFIG, "%s: a path of %zu bytes, at most %d fit", word,
                           strlen(value), OUTLET_PATH_MAX - 1);
        (void)snprintf(words[i].to, OUTLET_PATH_MAX, "%s", value);
        return 0;
    }
    return OUTLET_NO_WORD;
}

int outlet_complete(const struct outlet *outlet, struct nj_err *err)
{
    if ((outlet->cert[0] == '\0') != (outlet->key[0] == '\0'))
        return nj_fail(err, NJ_CONFIG, "cert and key go together");
    if (outlet->kind == OUTLET_SYSLOG && outlet->way != OUTLET_TLS &&
        (outlet->ca[0] != '\0' || outlet->cert[0] != '\0'))
        return nj_fail(err, NJ_CONFIG, "ca, cert and key are for tls://");
    if (outlet->kind == OUTLET_WEBHOOK && outlet->secret[0] == '\0')
        return nj_fail(err, NJ_CONFIG, "a web hook is signed: secret FILE is missing");
    if (outlet->kind == OUTLET_MAIL && outlet->program[0] != '/')
        return nj_fail(err, NJ_CONFIG, "by %.80s: expected a path from / on", outlet->program);
    return 0;
}
