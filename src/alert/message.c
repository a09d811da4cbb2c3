/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/message.h"

#include <inttypes.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "feed/escape.h"

void alert_id(const char *rule, const char *key, char ret[ALERT_ID_MAX])
{
    struct sha256_ctx sha;
    uint8_t digest[16];

    sha256_init(&sha);
    sha256_update(&sha, strlen(rule) + 1, (const uint8_t *)rule);
    sha256_update(&sha, strlen(key), (const uint8_t *)key);
    sha256_digest(&sha, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++)
        (void)snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

char *alert_line(const struct alert_event *event, char text[ALERT_LINE_MAX])
{
    char source[ADDR_TEXT_MAX] = "", other[ADDR_TEXT_MAX] = "";
    bool both = !addr_is_none(event->source) && !addr_is_none(event->other);
    size_t named = strlen(event->kind); /* a hop's text begins with its kind */
    const char *said = event->text;

    if (strncmp(said, event->kind, named) == 0 && strncmp(said + named, ": ", 2) == 0)
        said += named + 2;

    if (!addr_is_none(event->source))
        (void)addr_text(event->source, source);
    if (both)
        (void)addr_text(event->other, other);
    (void)snprintf(text, ALERT_LINE_MAX, "%s%s%s%s%s: %s", event->kind,
                   source[0] == '\0' ? "" : " ", source, both ? " to " : "", other, said);
    return text;
}

/* local0: warning for what asks for action, notice for the rest. */
static int syslog_severity(const struct alert_event *event)
{
    return strcmp(event->kind, "hop") == 0 || event->level >= RISK_HIGH ? 4 : 5;
}

static void put_time(FILE *out, int64_t us)
{
    struct text text = {0};

    text_time(&text, us);
    (void)fwrite(text.bytes, 1, text.length, out);
    text_done(&text);
}

static void put_param(FILE *out, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    (void)fprintf(out, " %s=\"", name);
    escape_syslog(out, value);
    (void)fputc('"', out);
}

static void put_address(FILE *out, const char *name, struct addr address)
{
    char text[ADDR_TEXT_MAX];

    if (!addr_is_none(address))
        put_param(out, name, addr_text(address, text));
}

static void put_syslog(FILE *out, const char *host, const char *rule, const char *id,
                       const struct alert_event *event)
{
    char line[ALERT_LINE_MAX];

    (void)fprintf(out, "<%d>1 ", 16 * 8 + syslog_severity(event));
    put_time(out, event->at_us);
    (void)fputc(' ', out);
    escape_syslog_name(out, host, 255);
    (void)fprintf(out, " nightjar - ALERT [nightjar@32473 id=\"%s\"", id);
    put_param(out, "rule", rule);
    put_param(out, "event", event->kind);
    put_address(out, "src", event->source);
    put_address(out, "other", event->other);
    if (event->actor != 0)
        (void)fprintf(out, " actor=\"NJ-%06" PRIu64 "\"", event->actor);
    if (event->risk >= 0)
        (void)fprintf(out, " risk=\"%.2f\" level=\"%s\"", event->risk,
                      risk_level_names[event->level]);
    if (event->hop > 0)
        (void)fprintf(out, " hop=\"%.4f\"", event->hop);
    if (event->port >= 0)
        (void)fprintf(out, " port=\"%d\"", event->port);
    put_param(out, "country", event->country);
    put_param(out, "sensor", event->sensor);
    (void)fputs("] ", out);
    escape_leef(out, alert_line(event, line));
}

static void member(struct text *json, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    text_addf(json, ",\"%s\":", name);
    text_json(json, value, strlen(value));
}

static void member_time(struct text *json, const char *name, int64_t us)
{
    text_addf(json, ",\"%s\":\"", name);
    text_time(json, us);
    text_add_z(json, "\"");
}

static void member_address(struct text *json, const char *name, struct addr address)
{
    char text[ADDR_TEXT_MAX];

    if (!addr_is_none(address))
        member(json, name, addr_text(address, text));
}

static void put_json(FILE *out, const char *host, const char *rule, const char *id,
                     const struct alert_event *event)
{
    struct text json = {0};

    text_addf(&json, "{\"id\":\"%s\"", id);
    member(&json, "rule", rule);
    member(&json, "event", event->kind);
    if (event->packet_us != 0)
        member_time(&json, "time", event->packet_us);
    member_time(&json, "noticed", event->at_us);
    member_address(&json, "source", event->source);
    member_address(&json, "other", event->other);
    if (event->actor != 0)
        text_addf(&json, ",\"actor\":\"NJ-%06" PRIu64 "\"", event->actor);
    if (event->risk >= 0) {
        text_addf(&json, ",\"risk\":%.2f,\"level\":\"%s\"", event->risk,
                  risk_level_names[event->level]);
        if (event->grade >= 0)
            text_addf(&json, ",\"grade\":\"%c\"", "ABCD"[event->grade & 3]);
    }
    if (event->hop > 0)
        text_addf(&json, ",\"hop\":%.6f", event->hop);
    if (event->port >= 0)
        text_addf(&json, ",\"port\":%d,\"proto\":%u", event->port, event->proto);
    member(&json, "country", event->country);
    if (event->asn != 0)
        text_addf(&json, ",\"asn\":%" PRIu32, event->asn);
    member(&json, "sensor", event->sensor);
    member(&json, "text", event->text);
    member(&json, "host", host);
    text_add_z(&json, "}");
    (void)fwrite(json.bytes, 1, json.length, out);
    text_done(&json);
}

static void put_mail(FILE *out, const char *rule, const char *id,
                     const struct alert_event *event)
{
    char line[ALERT_LINE_MAX];

    (void)alert_line(event, line);
    escape_leef(out, line);
    (void)fputs("\n  noticed ", out);
    put_time(out, event->at_us);
    if (event->packet_us != 0) {
        (void)fputs(", packet of ", out);
        put_time(out, event->packet_us);
    }
    if (event->actor != 0)
        (void)fprintf(out, "\n  actor NJ-%06" PRIu64, event->actor);
    if (event->risk >= 0)
        (void)fprintf(out, "\n  risk %.2f, %s", event->risk, risk_level_names[event->level]);
    (void)fprintf(out, "\n  rule %s, id %s", rule, id);
}

int alert_message(const struct outlet *outlet, const char *host, const char *rule,
                  const struct alert_event *event, char **ret, size_t *ret_length,
                  struct nj_err *err)
{
    char id[ALERT_ID_MAX];
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for an alert");
    alert_id(rule, event->key, id);
    switch (outlet->kind) {
    case OUTLET_SYSLOG:
        put_syslog(out, host, rule, id, event);
        break;
    case OUTLET_WEBHOOK:
        put_json(out, host, rule, id, event);
        break;
    case OUTLET_MAIL:
        put_mail(out, rule, id, event);
        break;
    }
    if (fclose(out) != 0) {
        free(text);
        return nj_fail(err, NJ_NOMEM, "no memory for an alert");
    }
    *ret = text;
    *ret_length = length;
    return 0;
}
