/* SPDX-License-Identifier: Apache-2.0 */
/* Signed web hooks, with libcurl. */
#include <curl/curl.h>
#include <inttypes.h>
#include <nettle/hmac.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox/send.h"

#define SECRET_MAX 4096u

void send_sign(const char *secret, size_t secret_length, int64_t unix_s, const char *body,
               size_t length, char ret[SEND_SIGNATURE_MAX])
{
    struct hmac_sha256_ctx hmac;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char stamp[32];
    int used;

    (void)snprintf(stamp, sizeof(stamp), "%" PRId64 ".", unix_s);
    hmac_sha256_set_key(&hmac, secret_length, (const uint8_t *)secret);
    hmac_sha256_update(&hmac, strlen(stamp), (const uint8_t *)stamp);
    hmac_sha256_update(&hmac, length, (const uint8_t *)body);
    hmac_sha256_digest(&hmac, sizeof(digest), digest);
    used = snprintf(ret, SEND_SIGNATURE_MAX, "t=%" PRId64 ",v1=", unix_s);
    for (size_t i = 0; i < sizeof(digest); i++)
        used += snprintf(ret + used, SEND_SIGNATURE_MAX - (size_t)used, "%02x", digest[i]);
}

/* The first line of the file, without its end. */
static int read_secret(const char *path, char *secret, size_t *ret_length, struct nj_err *err)
{
    FILE *in = fopen(path, "rbe");
    size_t length;

    if (in == NULL)
        return nj_fail(err, NJ_IO, "open the secret %s", path);
    length = fread(secret, 1, SECRET_MAX, in);
    (void)fclose(in);
    for (size_t i = 0; i < length; i++) {
        if (secret[i] == '\n' || secret[i] == '\r')
            length = i;
    }
    if (length < 16)
        return nj_fail(err, NJ_CONFIG, "%s: the secret has %zu bytes, expected at least 16",
                       path, length);
    *ret_length = length;
    return 0;
}

static pthread_once_t started = PTHREAD_ONCE_INIT;

static void start(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* What the receiver answers is not for us. */
static size_t ignore(char *bytes, size_t size, size_t count, void *ctx)
{
    (void)bytes;
    (void)ctx;
    return size * count;
}

static struct curl_slist *headers(const char *signature)
{
    char line[SEND_SIGNATURE_MAX + 32];
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json"), *more;

    (void)snprintf(line, sizeof(line), "Nightjar-Signature: %s", signature);
    more = list == NULL ? NULL : curl_slist_append(list, line);
    if (more == NULL)
        curl_slist_free_all(list);
    return more;
}

static int post(CURL *curl, const struct outlet *outlet, struct nj_err *err)
{
    char said[CURL_ERROR_SIZE] = "";
    long status = 0;
    CURLcode code;

    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, said);
    code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) /* whatever became of the rest of the answer */
        return 0;
    if (code != CURLE_OK)
        return nj_fail(err, NJ_STORE, "%.120s: %.110s", outlet->url,
                       said[0] == '\0' ? curl_easy_strerror(code) : said);
    (void)nj_fail(err, NJ_STORE, "%.160s answers %ld", outlet->url, status);
    return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429
               ? SEND_REFUSED
               : -1;
}

int send_webhook(const struct outlet *outlet, const struct box_message *message, int64_t now_us,
                 unsigned limit_s, struct nj_err *err)
{
    char secret[SECRET_MAX], signature[SEND_SIGNATURE_MAX];
    struct curl_slist *lines;
    size_t length = 0;
    CURL *curl;
    int rc;

    if (read_secret(outlet->secret, secret, &length, err) < 0)
        return -1;
    send_sign(secret, length, now_us / 1000000, message->body, message->length, signature);
    explicit_bzero(secret, sizeof(secret));
    (void)pthread_once(&started, start);
    curl = curl_easy_init();
    lines = headers(signature);
    if (curl == NULL || lines == NULL) {
        rc = nj_fail(err, NJ_NOMEM, "no memory for a web hook");
    } else {
        (void)curl_easy_setopt(curl, CURLOPT_URL, outlet->url);
        (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
        (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
        (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)limit_s);
        (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
        (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "nightjar/" NJ_VERSION);
        (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)message->length);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, message->body);
        (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
        if (outlet->ca[0] != '\0')
            (void)curl_easy_setopt(curl, CURLOPT_CAINFO, outlet->ca);
        rc = post(curl, outlet, err);
    }
    curl_slist_free_all(lines);
    curl_easy_cleanup(curl);
    return rc;
}
