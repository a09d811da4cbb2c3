/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/abuse.h"

#include <inttypes.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feed/write.h"

#define LINE_BYTES 57 /* of input: 76 characters of base64 (RFC 2045, 6.8) */

/* Base64, taken; NULL: no memory */
static char *base64(const void *bytes, size_t length)
{
    char *text = malloc(BASE64_ENCODE_RAW_LENGTH(length) + 1);

    if (text == NULL)
        return NULL;
    base64_encode_raw(text, length, bytes);
    text[BASE64_ENCODE_RAW_LENGTH(length)] = '\0';
    return text;
}

/* How sure the address was real, as a number that receivers sort by. */
static double confidence(enum grade grade)
{
    static const double of[] = {
        [GRADE_A] = 0.95, [GRADE_B] = 0.8, [GRADE_C] = 0.5, [GRADE_D] = 0.1};

    return of[grade];
}

static void report_id(const struct abuse_report *report, char id[FEED_UUID_MAX])
{
    char name[160], source[ADDR_TEXT_MAX];

    (void)snprintf(name, sizeof(name), "abuse|%s|%" PRId64 "|%" PRId64,
                   addr_text(report->source, source), report->first_us, report->last_us);
    (void)feed_uuid(feed_namespace, name, id);
}

static void describe_attacks(uint64_t count, const char *what, char *text, size_t size)
{
    size_t used = strlen(text);

    if (count > 0)
        (void)snprintf(text + used, size - used, "; %" PRIu64 " of them tried to %s", count,
                       what);
}

/* True of dark addresses as of honeypots and hosts: who asks there was not asked to. */
static void describe(const struct abuse_report *report, char *text, size_t size)
{
    char source[ADDR_TEXT_MAX], first[FEED_TIME_MAX], last[FEED_TIME_MAX];

    (void)snprintf(
        text, size, "%s sent us %" PRIu64 " unsolicited request%s from %s to %s%s%.200s",
        addr_text(report->source, source), report->sessions, report->sessions == 1 ? "" : "s",
        feed_time(report->first_us, false, first), feed_time(report->last_us, false, last),
        report->ports[0] == '\0' ? "" : ", ports ", report->ports);
    describe_attacks(report->logins, "log in", text, size);
    describe_attacks(report->exploits, "exploit a weakness", text, size);
}

static int add_evidence(json_t *evidence, const char *media_type, const char *description,
                        const void *bytes, size_t length, struct nj_err *err)
{
    char hash[65];
    char *payload;
    json_t *item;

    if (length == 0)
        return 0;
    payload = base64(bytes, length);
    if (payload == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a report");
    feed_sha256(bytes, length, hash);
    item = json_pack("{s:s, s:s, s:s, s:s+, s:I}", "content_type", media_type, "description",
                     description, "payload", payload, "hash", "sha256:", hash, "size",
                     (json_int_t)length);
    free(payload);
    return json_array_append_new(evidence, item) < 0
               ? nj_fail(err, NJ_NOMEM, "no memory for a report")
               : 0;
}

int abuse_xarf(const struct abuse_report *report, json_t **ret, struct nj_err *err)
{
    const char *at = strchr(report->from, '@');
    char source[ADDR_TEXT_MAX], first[FEED_TIME_MAX], last[FEED_TIME_MAX];
    char id[FEED_UUID_MAX], text[600];
    json_t *object, *contact, *evidence = json_array();

    report_id(report, id);
    describe(report, text, sizeof(text));
    contact = json_pack("{s:s, s:s, s:s}", "org", report->org, "contact", report->from,
                        "domain", at == NULL ? "" : at + 1);
    object = json_pack("{s:s, s:s, s:s, s:O, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:s}",
                       "xarf_version", "4.0.0", "report_id", id, "timestamp",
                       feed_time(report->last_us, true, last), "reporter", contact, "sender",
                       contact, "source_identifier", addr_text(report->source, source),
                       "category", "connection", "type", report->type, "protocol",
                       report->protocol, "first_seen", feed_time(report->first_us, true, first),
                       "last_seen", last, "evidence_source", "honeypot", "confidence",
                       confidence(report->grade), "description", text);
    if (object == NULL || evidence == NULL ||
        add_evidence(evidence, "text/plain", "Packets, one a line; our addresses are replaced",
                     report->lines, strlen(report->lines), err) < 0 ||
        add_evidence(evidence, "application/vnd.tcpdump.pcap",
                     "The same packets as a capture; our addresses are replaced", report->pcap,
                     report->pcap_length, err) < 0) {
        json_decref(object);
        json_decref(evidence);
        return nj_fail(err, NJ_NOMEM, "no memory for a report");
    }
    if (report->port > 0)
        (void)json_object_set_new(object, "destination_port", json_integer(report->port));
    if (report->source_port > 0)
        (void)json_object_set_new(object, "source_port", json_integer(report->source_port));
    if (json_array_size(evidence) > 0)
        (void)json_object_set(object, "evidence", evidence);
    json_decref(evidence);
    *ret = object;
    return 0;
}

/* ---- the mail ---- */

static int put_base64(FILE *out, const char *bytes, size_t length, struct nj_err *err)
{
    for (size_t at = 0; at < length; at += LINE_BYTES) {
        size_t part = length - at < LINE_BYTES ? length - at : LINE_BYTES;
        char *line = base64(bytes + at, part);

        if (line == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for a mail");
        (void)fprintf(out, "%s\n", line);
        free(line);
    }
    return 0;
}

static int put_part(FILE *out, const char *boundary, const char *media_type, const char *name,
                    const char *bytes, size_t length, struct nj_err *err)
{
    (void)fprintf(out,
                  "\n--%s\nContent-Type: %s; name=\"%s\"\n"
                  "Content-Disposition: attachment; filename=\"%s\"\n"
                  "Content-Transfer-Encoding: base64\n\n",
                  boundary, media_type, name, name);
    return put_base64(out, bytes, length, err);
}

static void put_text(FILE *out, const struct abuse_report *report)
{
    static const char *const sure[] = {
        [GRADE_A] = "The address answered us in both directions: it was not forged.",
        [GRADE_B] = "Stack and TTL of the address were the same over many sessions and hours.",
        [GRADE_C] =
            "Nothing proves that the address was not forged; please check at your side.",
        [GRADE_D] = "There are signs that the address was forged; please check at your side.",
    };
    char text[600], source[ADDR_TEXT_MAX];

    describe(report, text, sizeof(text));
    (void)fprintf(out,
                  "Hello,\n\nwe report %s from an address of your network. Please have a "
                  "look at the host.\n\n%s.\n\n%s\n\n",
                  report->logins + report->exploits > 0 ? "attacks" : "scanning", text,
                  sure[report->grade]);
    if (report->lines[0] != '\0')
        (void)fprintf(out,
                      "Some of the packets from %s (times in UTC; our addresses are replaced):"
                      "\n\n%s\n",
                      addr_text(report->source, source), report->lines);
    if (report->to_basis[0] != '\0')
        (void)fprintf(out, "This mail goes to %s, the contact for abuse that %s.\n\n",
                      report->to, report->to_basis);
    (void)fprintf(out, "Attached: the report as XARF 4 (xarf.json)%s.\n\n%s\n",
                  report->pcap_length > 0 ? " and the packets (sample.pcap)" : "", report->org);
}

static void put_head(FILE *out, const struct abuse_report *report, int64_t now_us,
                     const char *id)
{
    time_t now = (time_t)(now_us / 1000000);
    char date[64], source[ADDR_TEXT_MAX];
    const char *at = strchr(report->from, '@');
    struct tm tm;

    (void)gmtime_r(&now, &tm);
    (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &tm);
    (void)fprintf(out, "From: <%s>\n", report->from);
    if (report->to[0] != '\0')
        (void)fprintf(out, "To: <%s>\n", report->to);
    (void)fprintf(out,
                  "Subject: Abuse report: %s from %s\nDate: %s\nMessage-ID: <%s%s>\n"
                  "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n"
                  "Content-Type: multipart/mixed; boundary=\"nj-%s\"\n\n",
                  strcmp(report->type, "login_attack") == 0 ? "login attacks"
                  : report->exploits > 0                    ? "attacks"
                                                            : "port scan",
                  addr_text(report->source, source), date, id, at == NULL ? "@localhost" : at,
                  id);
}

int abuse_mail(const struct abuse_report *report, int64_t now_us, char **ret,
               size_t *ret_length, struct nj_err *err)
{
    char id[FEED_UUID_MAX], boundary[FEED_UUID_MAX + 8];
    char *text = NULL, *json = NULL;
    json_t *xarf = NULL;
    FILE *out;
    int rc = abuse_xarf(report, &xarf, err);

    if (rc < 0)
        return -1;
    json = json_dumps(xarf, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(xarf);
    out = open_memstream(&text, ret_length);
    if (json == NULL || out == NULL) {
        free(json);
        if (out != NULL)
            (void)fclose(out);
        free(text);
        return nj_fail(err, NJ_NOMEM, "no memory for a mail");
    }
    report_id(report, id);
    (void)snprintf(boundary, sizeof(boundary), "nj-%s", id);
    put_head(out, report, now_us, id);
    (void)fprintf(out,
                  "--%s\nContent-Type: text/plain; charset=utf-8\n"
                  "Content-Transfer-Encoding: 8bit\n\n",
                  boundary);
    put_text(out, report);
    rc = put_part(out, boundary, "application/json", "xarf.json", json, strlen(json), err);
    if (rc == 0 && report->pcap_length > 0)
        rc = put_part(out, boundary, "application/vnd.tcpdump.pcap", "sample.pcap",
                      report->pcap, report->pcap_length, err);
    (void)fprintf(out, "\n--%s--\n", boundary);
    free(json);
    if (fclose(out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for a mail");
    if (rc < 0) {
        free(text);
        return -1;
    }
    *ret = text;
    return 0;
}
