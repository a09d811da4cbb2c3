/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers share: times, names, heads, JSON, and identifiers made of what they name. */
#include "feed/write.h"

#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/span.h"
#include "feed/escape.h"

/* UUIDv5 in the DNS namespace of "nightjar.invalid": made once, never changed. */
const char feed_namespace[] = "25309f3c-021e-55c4-a409-2c8fd40d292c";
const char feed_stix_namespace[] = "00abedb4-aa42-466c-9c01-fed23315a9b7";

char *feed_time(int64_t us, bool fraction, char *text)
{
    int64_t seconds = nj_floor_div(us, US_PER_S);
    time_t time = (time_t)seconds;
    struct tm tm;
    size_t length;

    (void)gmtime_r(&time, &tm);
    length = strftime(text, FEED_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    if (fraction)
        (void)snprintf(text + length, FEED_TIME_MAX - length, ".%03dZ",
                       (int)((us - seconds * 1000000) / 1000));
    else
        (void)snprintf(text + length, FEED_TIME_MAX - length, "Z");
    return text;
}

char *feed_actor(uint64_t actor, char *text)
{
    text[0] = '\0';
    if (actor != 0)
        (void)snprintf(text, FEED_TIME_MAX, "NJ-%06" PRIu64, actor);
    return text;
}

const char *feed_prefix(const struct feed_about *about)
{
    return about->prefix == NULL ? FEED_PRODUCT : about->prefix;
}

int64_t feed_seconds_left(const struct decision *decision, const struct feed_about *about)
{
    int64_t left = (decision->until_us - about->generated_us) / 1000000;

    return left < 1 ? 1 : left;
}

static void head_line(FILE *out, const char *lead, const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    (void)fprintf(out, "%s%s: ", lead, name);
    escape_plain(out, text, 200);
    (void)fputc('\n', out);
}

void feed_head(FILE *out, const char *lead, const struct feed_list *list,
               const struct feed_about *about)
{
    char generated[FEED_TIME_MAX], expires[FEED_TIME_MAX];

    (void)fprintf(out, "%sgenerated: %s\n%sexpires: %s\n%sentries: %zu", lead,
                  feed_time(about->generated_us, false, generated), lead,
                  feed_time(about->expires_us, false, expires), lead, list->count);
    if (list->cut > 0)
        (void)fprintf(out, ", the worst of %zu", list->count + list->cut);
    (void)fputc('\n', out);
    head_line(out, lead, "publisher", about->publisher);
    head_line(out, lead, "contact", about->contact);
    head_line(out, lead, "licence", about->licence);
}

/* ---- JSON ---- */

json_t *feed_json_text(const char *text)
{
    json_t *value = json_string(text);
    char *copy;

    if (value != NULL)
        return value;
    copy = strdup(text);
    for (char *c = copy; c != NULL && *c != '\0'; c++) {
        if ((*c & 0x80) != 0)
            *c = '?';
    }
    value = copy == NULL ? NULL : json_string(copy);
    free(copy);
    return value;
}

/* The library hands on each sign by itself, and a stream takes its time for each. */
struct gathered {
    FILE *out;
    size_t used;
    char bytes[4096];
};

static int gather(const char *bytes, size_t size, void *ctx)
{
    struct gathered *gathered = ctx;

    if (size > sizeof(gathered->bytes) - gathered->used) {
        if (fwrite(gathered->bytes, 1, gathered->used, gathered->out) != gathered->used)
            return -1;
        gathered->used = 0;
    }
    if (size > sizeof(gathered->bytes))
        return fwrite(bytes, 1, size, gathered->out) == size ? 0 : -1;
    memcpy(gathered->bytes + gathered->used, bytes, size);
    gathered->used += size;
    return 0;
}

int feed_json_dump(FILE *out, const json_t *value, size_t flags)
{
    struct gathered gathered = {.out = out};

    if (value == NULL || json_dump_callback(value, gather, &gathered, flags) != 0)
        return -1;
    return fwrite(gathered.bytes, 1, gathered.used, out) == gathered.used ? 0 : -1;
}

int feed_json_line(FILE *out, json_t *object, struct nj_err *err)
{
    int rc = feed_json_dump(out, object, JSON_COMPACT | JSON_REAL_PRECISION(12));

    json_decref(object);
    if (rc != 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a feed");
    (void)fputc('\n', out);
    return 0;
}

void feed_json_set(json_t *object, const char *name, const char *text)
{
    if (text[0] != '\0')
        (void)json_object_set_new(object, name, feed_json_text(text));
}

json_t *feed_json_decision(const struct decision *decision)
{
    json_t *object = json_object();
    char text[PREFIX_TEXT_MAX];
    char grade[2] = {"ABCD"[decision->grade], '\0'};

    feed_json_set(object, "net", prefix_text(&decision->net, text));
    feed_json_set(object, "action", action_names[decision->action]);
    feed_json_set(object, "since", feed_time(decision->since_us, false, text));
    feed_json_set(object, "until", feed_time(decision->until_us, false, text));
    (void)json_object_set_new(object, "risk", json_real(decision->risk));
    feed_json_set(object, "level", risk_level_names[decision->level]);
    feed_json_set(object, "grade", grade);
    feed_json_set(object, "actor", feed_actor(decision->actor, text));
    if (decision->hop > 0) {
        (void)json_object_set_new(object, "hop", json_real(decision->hop));
        feed_json_set(object, "hop_from", addr_text(decision->hop_from, text));
    }
    feed_json_set(object, "country", decision->country);
    if (decision->asn != 0)
        (void)json_object_set_new(object, "asn", json_integer(decision->asn));
    feed_json_set(object, "tool", decision->tool);
    feed_json_set(object, "ports", decision->ports);
    if (decision->sessions > 0)
        (void)json_object_set_new(object, "sessions",
                                  json_integer((json_int_t)decision->sessions));
    if (decision->first_us != 0)
        feed_json_set(object, "first", feed_time(decision->first_us, false, text));
    if (decision->last_us != 0)
        feed_json_set(object, "last", feed_time(decision->last_us, false, text));
    if (decision->addresses > 1)
        (void)json_object_set_new(object, "addresses", json_integer(decision->addresses));
    feed_json_set(object, "rule", decision->rule);
    feed_json_set(object, "reason", decision->reason);
    return object;
}

/* ---- digests ---- */

static void to_hex(const uint8_t *bytes, size_t length, char *hex)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < length; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * length] = '\0';
}

void feed_md5(const char *text, char ret_hex[33])
{
    struct md5_ctx ctx;
    uint8_t digest[MD5_DIGEST_SIZE];

    md5_init(&ctx);
    md5_update(&ctx, strlen(text), (const uint8_t *)text);
    md5_digest(&ctx, sizeof(digest), digest);
    to_hex(digest, sizeof(digest), ret_hex);
}

void feed_sha256(const void *bytes, size_t length, char ret_hex[65])
{
    struct sha256_ctx ctx;
    uint8_t digest[SHA256_DIGEST_SIZE];

    sha256_init(&ctx);
    sha256_update(&ctx, length, bytes);
    sha256_digest(&ctx, sizeof(digest), digest);
    to_hex(digest, sizeof(digest), ret_hex);
}

static uint8_t hex_value(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

char *feed_uuid(const char *name_space, const char *name, char uuid[FEED_UUID_MAX])
{
    struct sha1_ctx ctx;
    uint8_t bytes[16], digest[SHA1_DIGEST_SIZE];
    size_t count = 0, at = 0;
    char hex[33];

    for (const char *c = name_space; *c != '\0' && count < 16; c++) {
        if (*c == '-')
            continue;
        bytes[count++] = (uint8_t)(hex_value(c[0]) << 4 | hex_value(c[1]));
        c++;
    }
    sha1_init(&ctx);
    sha1_update(&ctx, sizeof(bytes), bytes);
    sha1_update(&ctx, strlen(name), (const uint8_t *)name);
    sha1_digest(&ctx, sizeof(digest), digest);
    digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x50);
    digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
    to_hex(digest, 16, hex);
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            uuid[at++] = '-';
        uuid[at++] = hex[i];
    }
    uuid[at] = '\0';
    return uuid;
}
