/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/look.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alert/message.h"
#include "base/span.h"
#include "trend/findings.h"

#define BEGIN "begin"
#define POSITION "alerts"
#define FORGET_US (9 * DAY_US) /* behind it nothing is found again: a week of findings */
#define EXPECTED_US (7 * DAY_US)

struct looking {
    struct store *store;
    struct box *box;
    const struct alert_look *look;
    const struct alert_rule *rule;
    const struct row_sink *sink; /* a test's rows; NULL: messages are put into the box */
    struct alert_counts counts;
};

/* ---- gathering ---- */

static uint32_t kinds_wanted(const struct alerts *alerts)
{
    uint32_t on = 0;

    for (size_t i = 0; i < alerts->rule_count; i++)
        on |= alerts->rules[i].on;
    return on;
}

static bool wants(uint32_t on, enum alert_source from)
{
    for (size_t i = 0; i < alert_kind_count; i++) {
        if ((on >> i & 1) != 0 && alert_kinds[i].from == from)
            return true;
    }
    return false;
}

/* Weeks count as of their Monday, which is what makes a finding the same from day to day. */
static int gather_findings(struct store *store, int64_t from_us, int64_t to_us,
                           struct nj_err *err)
{
    const struct findings_question question = {
        .scope = {.from_us = from_us < 0 ? 0 : from_us, .to_us = to_us}, .q = FINDINGS_Q};
    struct findings findings = {0};
    int rc = findings_find(store, &question, &findings, err);

    for (size_t i = 0; rc == 0 && i < findings.count; i++) {
        const struct finding *finding = &findings.items[i];
        struct alert_event event = {.for_rule = ALERT_ANY_RULE,
                                    .port = finding->port.port,
                                    .proto = finding->port.proto,
                                    .packet_us = finding->start_us,
                                    .at_us = (int64_t)finding->monday * DAY_US};

        (void)snprintf(event.kind, sizeof(event.kind), "%s", finding_names[finding->kind]);
        (void)snprintf(event.country, sizeof(event.country), "%s", finding->country);
        (void)snprintf(event.text, sizeof(event.text), "%.470s", finding->text);
        (void)snprintf(event.key, sizeof(event.key), "%s|%u|%u|%s|%" PRId32, event.kind,
                       finding->port.port, finding->port.proto, finding->country,
                       finding->monday);
        rc = store_alerts_add(store, &event, err);
    }
    findings_done(&findings);
    return rc;
}

/* @param silent_to_us  silence counts up to then */
static int gather(const struct looking *l, int64_t from_us, int64_t to_us, int64_t silent_to_us,
                  struct nj_err *err)
{
    const struct alerts *alerts = l->look->alerts;
    uint32_t on = kinds_wanted(alerts);

    if (store_alerts_begin(l->store, alerts->actors, alerts->actor_count, alerts->sources,
                           alerts->source_count, err) < 0)
        return -1;
    for (size_t i = 0; i < alert_kind_count; i++) {
        if ((on >> i & 1) != 0 && alert_kinds[i].from == ALERT_STORED &&
            store_alerts_stored(l->store, alert_kinds[i].name, from_us, to_us, err) < 0)
            return -1;
    }
    if (wants(on, ALERT_FINDING) && gather_findings(l->store, from_us, to_us, err) < 0)
        return -1;
    if (wants(on, ALERT_TOUCH) &&
        store_alerts_touches(l->store, alerts->own, alerts->own_count, from_us, to_us, err) < 0)
        return -1;
    for (size_t i = 0; i < alerts->rule_count; i++) {
        if (alerts->rules[i].silent_us > 0 &&
            store_alerts_silent(l->store, alerts->rules[i].silent_us, (unsigned)i, from_us,
                                silent_to_us, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- telling ---- */

/* Whom "once" is about. */
static void subject_of(const struct alert_event *event, char subject[ADDR_TEXT_MAX + 80])
{
    char text[ADDR_TEXT_MAX];

    if (!addr_is_none(event->source))
        (void)snprintf(subject, ADDR_TEXT_MAX + 80, "%s", addr_text(event->source, text));
    else
        (void)snprintf(subject, ADDR_TEXT_MAX + 80, "%s %d/%u %s", event->sensor, event->port,
                       event->proto, event->country);
}

/* Why it is held back. @return 0 with *ret, NULL: it is not; -1 */
static int held_back(const struct looking *l, const struct alert_event *event,
                     const char *subject, const char **ret, struct nj_err *err)
{
    int64_t hour_us = nj_floor_div(event->at_us, HOUR_US) * HOUR_US;
    uint64_t count = 0;

    *ret = NULL;
    if (l->rule->once_us > 0) {
        if (box_told_count(l->box, l->rule->name, subject, event->at_us - l->rule->once_us,
                           event->at_us, &count, err) < 0)
            return -1;
        if (count > 0) {
            *ret = "no: told of it already (once)";
            return 0;
        }
    }
    if (box_told_count(l->box, l->rule->name, NULL, hour_us, hour_us + HOUR_US - 1, &count,
                       err) < 0)
        return -1;
    if (count >= l->rule->at_most)
        *ret = "no: enough in this hour (at most)";
    return 0;
}

static int put_messages(const struct looking *l, const struct alert_event *event,
                        struct nj_err *err)
{
    const struct alerts *alerts = l->look->alerts;

    for (size_t i = 0; i < alerts->outlet_count; i++) {
        const struct outlet *outlet = &alerts->outlets[i].outlet;
        char *text;
        size_t length;
        int rc;

        if ((l->rule->to >> i & 1) == 0)
            continue;
        if (alert_message(outlet, l->look->host, l->rule->name, event, &text, &length, err) < 0)
            return -1;
        rc = box_put(l->box, outlet->url, text, length, l->look->now_us, err);
        free(text);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int send_row(const struct looking *l, const struct alert_event *event, const char *held,
                    struct nj_err *err)
{
    char to[ALERT_OUTLETS_MAX * 33 + 8] = "", why[400];
    const struct cell cells[] = {
        {.kind = CELL_TIME, .number = event->at_us},
        text_cell(l->rule->name),
        text_cell(held == NULL ? to : held),
        text_cell(event->kind),
        address_cell(event->source),
        address_cell(event->other),
        {.kind = CELL_NULL},
        {.kind = CELL_NULL},
        {.kind = CELL_NULL},
    };
    struct cell row[sizeof(cells) / sizeof(cells[0])];

    for (size_t i = 0; i < l->look->alerts->outlet_count; i++) {
        if ((l->rule->to >> i & 1) != 0)
            (void)snprintf(to + strlen(to), sizeof(to) - strlen(to), "%s%s",
                           to[0] == '\0' ? "" : " ", l->look->alerts->outlets[i].name);
    }
    (void)snprintf(why, sizeof(why), "on %s%s%.300s%s", event->kind,
                   l->rule->condition == NULL ? "" : " if ",
                   l->rule->condition == NULL ? "" : l->rule->condition,
                   event->watched ? "; watched" : "");
    memcpy(row, cells, sizeof(cells));
    if (held == NULL)
        row[2] = text_cell(to);
    if (event->risk >= 0)
        row[6] = text_cell(risk_level_names[event->level]);
    row[7] = text_cell(event->text);
    row[8] = text_cell(why);
    return l->sink->row(l->sink->ctx, row, sizeof(row) / sizeof(row[0]), err);
}

static int on_match(void *ctx, const struct alert_event *event, struct nj_err *err)
{
    struct looking *l = ctx;
    char subject[ADDR_TEXT_MAX + 80];
    const char *held;
    int rc;

    /* most of what is found was told at an earlier look: asked first, it costs no counts */
    rc = box_is_told(l->box, l->rule->name, event->key, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    subject_of(event, subject);
    if (held_back(l, event, subject, &held, err) < 0)
        return -1;
    rc = box_tell(l->box,
                  &(struct box_told){.rule = l->rule->name,
                                     .key = event->key,
                                     .subject = subject,
                                     .at_us = event->at_us,
                                     .sent = held == NULL},
                  err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    l->counts.told += held == NULL;
    l->counts.held += held != NULL;
    if (l->sink != NULL)
        return send_row(l, event, held, err);
    return held == NULL ? put_messages(l, event, err) : 0;
}

static int ask_rules(struct looking *l, struct nj_err *err)
{
    const struct alerts *alerts = l->look->alerts;

    for (size_t i = 0; i < alerts->rule_count; i++) {
        const struct alert_rule *rule = &alerts->rules[i];
        const char *kinds[33] = {NULL};
        size_t count = 0;

        for (size_t k = 0; k < alert_kind_count; k++) {
            if ((rule->on >> k & 1) != 0)
                kinds[count++] = alert_kinds[k].name;
        }
        l->rule = rule;
        if (store_alerts_match(l->store, kinds, (unsigned)i, &rule->when,
                               rule->has_unless ? &rule->unless : NULL, on_match, l, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- looking ---- */

int alert_begin(struct store *store, struct box *box, struct nj_err *err)
{
    int64_t now_us = INT64_MIN;
    int rc = box_begin(box, err);

    if (rc < 0)
        return -1;
    rc = box_position(box, BEGIN, &now_us, err);
    if (rc == BOX_NONE) {
        rc = store == NULL ? STORE_UNKNOWN : store_alerts_now(store, &now_us, err);
        /* what was noticed up to now is old; an empty store has nothing that is */
        if (rc >= 0)
            rc = box_set_position(box, BEGIN, rc == 0 ? now_us + 1 : INT64_MIN, err);
    }
    return box_end(box, rc, err) < 0 ? -1 : 0;
}

static int look_from(struct box *box, int64_t *ret_us, int64_t *ret_position,
                     struct nj_err *err)
{
    int64_t begin = INT64_MIN, position = INT64_MIN;

    if (box_position(box, BEGIN, &begin, err) < 0 ||
        box_position(box, POSITION, &position, err) < 0)
        return -1;
    *ret_us = begin;
    if (position > INT64_MIN + ALERT_LATE_US && position - ALERT_LATE_US > begin)
        *ret_us = position - ALERT_LATE_US;
    *ret_position = position;
    return 0;
}

int alert_look(struct store *store, struct box *box, const struct alert_look *look,
               struct alert_counts *ret, struct nj_err *err)
{
    struct looking l = {.store = store, .box = box, .look = look};
    int64_t from_us, to_us, silent_us, position;
    int rc = store_alerts_now(store, &to_us, err);

    *ret = (struct alert_counts){0};
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (look_from(box, &from_us, &position, err) < 0)
        return -1;
    silent_us = look->live && look->now_us > to_us && look->now_us - to_us < EXPECTED_US
                    ? look->now_us
                    : to_us;
    if (gather(&l, from_us, to_us, silent_us, err) < 0 || box_begin(box, err) < 0)
        return -1;
    rc = ask_rules(&l, err);
    if (rc == 0 && to_us > position)
        rc = box_set_position(box, POSITION, to_us, err);
    if (rc == 0 && to_us > FORGET_US)
        rc = box_forget_told(box, to_us - FORGET_US, err);
    if (box_end(box, rc, err) < 0)
        return -1;
    *ret = l.counts;
    return 0;
}

int alert_test(struct store *store, const struct alert_look *look, int64_t from_us,
               int64_t to_us, const struct row_sink *sink, struct nj_err *err)
{
    static const char *const names[] = {"time",  "rule",  "told", "event", "source",
                                        "other", "level", "text", "why"};
    struct looking l = {.store = store, .look = look, .sink = sink};
    int64_t last_us;
    int rc = sink->head(sink->ctx, names, sizeof(names) / sizeof(names[0]), err);

    if (rc == 0)
        rc = store_alerts_now(store, &last_us, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (to_us > last_us)
        to_us = last_us;
    if (box_open(NULL, &l.box, err) < 0)
        return -1;
    rc = gather(&l, from_us, to_us, to_us, err);
    if (rc == 0)
        rc = ask_rules(&l, err);
    box_close(l.box);
    return rc;
}
