/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions as events for log management and SIEM: CEF, LEEF, ECS, OCSF, RFC 5424. */
#include <string.h>

#include "feed/escape.h"
#include "feed/write.h"

/* 1 to 10: as severe as the risk, at most "medium" for what is only watched. */
static int severity(const struct decision *decision)
{
    int severity = (int)(decision->risk / 10 + 0.5);

    if (decision->action == ACTION_MONITOR && severity > 6)
        severity = 6;
    return severity < 1 ? 1 : severity > 10 ? 10 : severity;
}

static int64_t millis(int64_t us)
{
    return us / 1000;
}

/* ---- CEF -----------------------------------------------------------------------------------
 *
 * src is IPv4 only in older dictionaries: IPv6 goes to c6a2 with its label. No
 * trailing blank. */

int write_cef(const struct feed_list *list, const struct feed_about *about, FILE *out,
              struct nj_err *err)
{
    char text[PREFIX_TEXT_MAX], actor[FEED_TIME_MAX], until[FEED_TIME_MAX];

    (void)err;
    for (size_t i = 0; i < list->count; i++) {
        const struct decision *d = &list->items[i];
        bool v4_host = feed_is_v4(d) && prefix_is_host(&d->net);

        (void)fputs("CEF:0|", out);
        escape_cef_header(out, about->publisher[0] != '\0' ? about->publisher : "Nightjar");
        (void)fprintf(out, "|Nightjar|" NJ_VERSION "|decision.%s|Scanner to %s|%d|rt=%" PRId64,
                      action_names[d->action], action_names[d->action], severity(d),
                      millis(about->generated_us));
        (void)addr_text(d->net.first, text);
        if (v4_host)
            (void)fprintf(out, " src=%s", text);
        else if (prefix_is_host(&d->net))
            (void)fprintf(out, " c6a2=%s c6a2Label=source", text);
        else
            (void)fprintf(out, " cs6=%s cs6Label=prefix", prefix_text(&d->net, text));
        if (d->first_us != 0)
            (void)fprintf(out, " start=%" PRId64, millis(d->first_us));
        if (d->last_us != 0)
            (void)fprintf(out, " end=%" PRId64, millis(d->last_us));
        if (d->sessions > 0)
            (void)fprintf(out, " cnt=%" PRIu64, d->sessions);
        (void)fprintf(out, " act=%s", action_names[d->action]);
        (void)fprintf(out, " cn1=%d cn1Label=score cs1=%s cs1Label=level", (int)(d->risk + 0.5),
                      risk_level_names[d->level]);
        if (d->ports[0] != '\0') {
            (void)fputs(" cs2=", out);
            escape_cef(out, d->ports);
            (void)fputs(" cs2Label=ports", out);
        }
        if (d->actor != 0)
            (void)fprintf(out, " cs3=%s cs3Label=actor", feed_actor(d->actor, actor));
        if (d->hop > 0)
            (void)fprintf(out, " cs4=%s cs4Label=hopFrom cfp1=%.4f cfp1Label=hopProbability",
                          addr_text(d->hop_from, text), d->hop);
        (void)fprintf(out, " cs5=%s cs5Label=until", feed_time(d->until_us, false, until));
        (void)fputs(" reason=", out);
        escape_cef(out, d->reason);
        (void)fputc('\n', out);
    }
    return 0;
}

/* ---- LEEF ---- */

static void leef(FILE *out, const char *key, const char *value)
{
    if (value[0] == '\0')
        return;
    (void)fprintf(out, "\t%s=", key);
    escape_leef(out, value);
}

int write_leef(const struct feed_list *list, const struct feed_about *about, FILE *out,
               struct nj_err *err)
{
    char text[PREFIX_TEXT_MAX];

    (void)err;
    for (size_t i = 0; i < list->count; i++) {
        const struct decision *d = &list->items[i];

        (void)fprintf(out,
                      "LEEF:2.0|Nightjar|Nightjar|" NJ_VERSION
                      "|decision.%s|0x09|devTime=%" PRId64 "\tcat=scanner\tsev=%d",
                      action_names[d->action], millis(about->generated_us), severity(d));
        leef(out, prefix_is_host(&d->net) ? "src" : "prefix", prefix_text(&d->net, text));
        leef(out, "action", action_names[d->action]);
        (void)fprintf(out, "\tscore=%.2f", d->risk);
        if (d->sessions > 0)
            (void)fprintf(out, "\ttotalSessions=%" PRIu64, d->sessions);
        leef(out, "level", risk_level_names[d->level]);
        leef(out, "ports", d->ports);
        leef(out, "tool", d->tool);
        leef(out, "country", d->country);
        leef(out, "actor", feed_actor(d->actor, text));
        if (d->hop > 0) {
            (void)fprintf(out, "\thopProbability=%.4f", d->hop);
            leef(out, "hopFrom", addr_text(d->hop_from, text));
        }
        leef(out, "until", feed_time(d->until_us, false, text));
        leef(out, "reason", d->reason);
        (void)fputc('\n', out);
    }
    return 0;
}

/* ---- ECS ---- */

static void set_time(json_t *object, const char *name, int64_t us)
{
    char text[FEED_TIME_MAX];

    if (us != 0)
        feed_json_set(object, name, feed_time(us, true, text));
}

static json_t *ecs_source(const struct decision *d)
{
    json_t *source = json_object();
    char text[PREFIX_TEXT_MAX];

    if (prefix_is_host(&d->net))
        feed_json_set(source, "ip", addr_text(d->net.first, text));
    feed_json_set(source, "address", prefix_text(&d->net, text));
    if (d->asn != 0)
        (void)json_object_set_new(source, "as",
                                  json_pack("{s:I}", "number", (json_int_t)d->asn));
    if (d->country[0] != '\0')
        (void)json_object_set_new(source, "geo",
                                  json_pack("{s:s}", "country_iso_code", d->country));
    return source;
}

static json_t *ecs_threat(const struct decision *d, const struct feed_about *about)
{
    json_t *indicator = json_object(), *threat = json_object();
    char text[PREFIX_TEXT_MAX];

    feed_json_set(indicator, "type", feed_is_v4(d) ? "ipv4-addr" : "ipv6-addr");
    if (prefix_is_host(&d->net))
        feed_json_set(indicator, "ip", addr_text(d->net.first, text));
    set_time(indicator, "first_seen", d->first_us);
    set_time(indicator, "last_seen", d->last_us);
    if (d->sessions > 0)
        (void)json_object_set_new(indicator, "sightings",
                                  json_integer((json_int_t)d->sessions));
    feed_json_set(indicator, "confidence",
                  d->grade == GRADE_A   ? "High"
                  : d->grade == GRADE_B ? "Medium"
                                        : "Low");
    feed_json_set(indicator, "provider",
                  about->publisher[0] != '\0' ? about->publisher : "nightjar");
    feed_json_set(indicator, "description", d->reason);
    (void)json_object_set_new(threat, "indicator", indicator);
    (void)json_object_set_new(threat, "framework", json_string("MITRE ATT&CK"));
    (void)json_object_set_new(threat, "tactic", json_pack("{s:[s]}", "id", "TA0043"));
    (void)json_object_set_new(threat, "technique", json_pack("{s:[s]}", "id", "T1595"));
    if (d->actor != 0) {
        (void)feed_actor(d->actor, text);
        (void)json_object_set_new(threat, "group",
                                  json_pack("{s:s, s:s}", "id", text, "name", text));
    }
    if (d->tool[0] != '\0') {
        json_t *software = json_object();

        feed_json_set(software, "name", d->tool);
        (void)json_object_set_new(threat, "software", software);
    }
    return threat;
}

int write_ecs(const struct feed_list *list, const struct feed_about *about, FILE *out,
              struct nj_err *err)
{
    char text[PREFIX_TEXT_MAX];

    for (size_t i = 0; i < list->count; i++) {
        const struct decision *d = &list->items[i];
        json_t *object = json_object(), *event;

        set_time(object, "@timestamp", about->generated_us);
        (void)json_object_set_new(object, "ecs", json_pack("{s:s}", "version", "8.11.0"));
        event = json_pack("{s:s, s:[s], s:[s], s:s, s:s, s:f, s:i}", "kind", "enrichment",
                          "category", "threat", "type", "indicator", "module", "nightjar",
                          "dataset", "nightjar.scanner", "risk_score", d->risk, "severity",
                          severity(d));
        set_time(event, "start", d->since_us);
        set_time(event, "end", d->until_us);
        feed_json_set(event, "reason", d->reason);
        (void)json_object_set_new(object, "event", event);
        (void)json_object_set_new(object, "observer",
                                  json_pack("{s:s, s:s, s:s, s:s}", "vendor", "Nightjar",
                                            "product", "Nightjar", "type", "sensor", "version",
                                            NJ_VERSION));
        (void)json_object_set_new(object, "source", ecs_source(d));
        (void)json_object_set_new(object, "threat", ecs_threat(d, about));
        if (prefix_is_host(&d->net))
            (void)json_object_set_new(
                object, "related", json_pack("{s:[s]}", "ip", addr_text(d->net.first, text)));
        (void)json_object_set_new(object, "nightjar", feed_json_decision(d));
        if (feed_json_line(out, object, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- OCSF ----------------------------------------------------------------------------------
 *
 * Detection Finding: class 2004 in category 2, activity 1 (create). */

static int ocsf_severity(const struct decision *decision)
{
    return decision->action == ACTION_MONITOR ? 2
           : decision->level == RISK_EXTREME  ? 5
           : decision->level == RISK_HIGH     ? 4
                                              : 3;
}

int write_ocsf(const struct feed_list *list, const struct feed_about *about, FILE *out,
               struct nj_err *err)
{
    char text[PREFIX_TEXT_MAX], uid[FEED_UUID_MAX];

    for (size_t i = 0; i < list->count; i++) {
        const struct decision *d = &list->items[i];
        json_t *object, *endpoint = json_object(), *info;

        (void)prefix_text(&d->net, text);
        object = json_pack("{s:i, s:i, s:i, s:i, s:i, s:I, s:{s:s, s:{s:s, s:s, s:s}}}",
                           "class_uid", 2004, "category_uid", 2, "activity_id", 1, "type_uid",
                           200401, "severity_id", ocsf_severity(d), "time",
                           (json_int_t)millis(about->generated_us), "metadata", "version",
                           "1.3.0", "product", "name", "Nightjar", "vendor_name", "Nightjar",
                           "version", NJ_VERSION);
        info = json_pack("{s:s, s:s, s:I, s:I}", "uid", feed_uuid(feed_namespace, text, uid),
                         "title", "Scanner", "first_seen_time",
                         (json_int_t)millis(d->first_us != 0 ? d->first_us : d->since_us),
                         "last_seen_time",
                         (json_int_t)millis(d->last_us != 0 ? d->last_us : d->since_us));
        feed_json_set(info, "desc", d->reason);
        (void)json_object_set_new(object, "finding_info", info);
        feed_json_set(endpoint, prefix_is_host(&d->net) ? "ip" : "subnet", text);
        if (d->country[0] != '\0')
            (void)json_object_set_new(endpoint, "location",
                                      json_pack("{s:s}", "country", d->country));
        if (d->asn != 0)
            (void)json_object_set_new(endpoint, "autonomous_system",
                                      json_pack("{s:I}", "number", (json_int_t)d->asn));
        (void)json_object_set_new(object, "evidences",
                                  json_pack("[{s:o}]", "src_endpoint", endpoint));
        (void)json_object_set_new(object, "observables",
                                  json_pack("[{s:s, s:i, s:s}]", "name",
                                            "evidences.src_endpoint.ip", "type_id", 2, "value",
                                            text));
        (void)json_object_set_new(object, "risk_score", json_integer((int)(d->risk + 0.5)));
        (void)json_object_set_new(object, "unmapped", feed_json_decision(d));
        if (feed_json_line(out, object, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- RFC 5424 ------------------------------------------------------------------------------
 *
 * local0; the enterprise number 32473 is the one for examples (RFC 5612). */

static int syslog_severity(const struct decision *decision)
{
    return decision->action == ACTION_BLOCK ? 4 : decision->action == ACTION_QUARANTINE ? 5 : 6;
}

int write_syslog(const struct feed_list *list, const struct feed_about *about, FILE *out,
                 struct nj_err *err)
{
    char text[PREFIX_TEXT_MAX], net[PREFIX_TEXT_MAX];

    (void)err;
    for (size_t i = 0; i < list->count; i++) {
        const struct decision *d = &list->items[i];

        (void)prefix_text(&d->net, net);
        (void)fprintf(out, "<%d>1 %s ", 16 * 8 + syslog_severity(d),
                      feed_time(about->generated_us, true, text));
        escape_syslog_name(out, about->host == NULL ? "" : about->host, 255);
        (void)fprintf(out, " nightjar - DECISION [nightjar@32473 src=\"%s\" action=\"%s\"", net,
                      action_names[d->action]);
        (void)fprintf(out, " score=\"%.2f\" level=\"%s\" grade=\"%c\" until=\"%s\"", d->risk,
                      risk_level_names[d->level], "ABCD"[d->grade],
                      feed_time(d->until_us, false, text));
        if (d->actor != 0)
            (void)fprintf(out, " actor=\"%s\"", feed_actor(d->actor, text));
        if (d->hop > 0)
            (void)fprintf(out, " hop=\"%.4f\" hop_from=\"%s\"", d->hop,
                          addr_text(d->hop_from, text));
        (void)fputs(" ports=\"", out);
        escape_syslog(out, d->ports);
        (void)fputs("\" rule=\"", out);
        escape_syslog(out, d->rule);
        (void)fprintf(out, "\"] %s %s: ", action_names[d->action], net);
        escape_leef(out, d->reason);
        (void)fputc('\n', out);
    }
    return 0;
}
