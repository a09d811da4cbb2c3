/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a fact: its form, then of an episode sessions, ports, tool and country; of a
 * risk both levels in a byte, the score, and the fact of its receipt's first line, if it has
 * one. */
#include "store/event_fact.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/pack.h"
#include "store/derived.h"

const char *const event_names[EVENT_KINDS] = {
    [EVENT_STARTED] = "started", [EVENT_CEASED] = "ceased",       [EVENT_RESUMED] = "resumed",
    [EVENT_HOP] = "hop",         [EVENT_WITHDRAWN] = "withdrawn", [EVENT_ACTOR] = "actor",
    [EVENT_JOINED] = "joined",   [EVENT_LEFT] = "left",           [EVENT_MERGED] = "merged",
    [EVENT_LEVEL] = "level",
};

static void risk_text(const struct event_fact *fact, char ret_text[EVENT_TEXT_MAX])
{
    char line[FACT_TEXT_MAX] = "";

    if (fact->risk.has_fact)
        risk_fact_text(&fact->risk.fact, line);
    (void)snprintf(ret_text, EVENT_TEXT_MAX, "%s to %s, risk %u.%02u: %s",
                   risk_level_names[fact->risk.before], risk_level_names[fact->risk.after],
                   fact->risk.score / 100, fact->risk.score % 100, line);
}

void event_fact_text(const struct event_fact *fact, char ret_text[EVENT_TEXT_MAX])
{
    switch (fact->form) {
    case EVENT_SAYS:
        (void)snprintf(ret_text, EVENT_TEXT_MAX, "%s", fact->says);
        return;
    case EVENT_EPISODE:
        (void)snprintf(ret_text, EVENT_TEXT_MAX,
                       "%" PRIu64 " session%s to %" PRIu32 " port%s%s%s%s%s",
                       fact->episode.sessions, fact_plural(fact->episode.sessions),
                       fact->episode.ports, fact_plural(fact->episode.ports),
                       fact->episode.tool[0] == '\0' ? "" : ", ", fact->episode.tool,
                       fact->episode.country[0] == '\0' ? "" : ", ", fact->episode.country);
        return;
    case EVENT_RISK:
        risk_text(fact, ret_text);
        return;
    }
}

size_t event_fact_pack(const struct event_fact *fact, uint8_t ret_bytes[EVENT_FACT_BYTES])
{
    uint8_t *at = nj_put_fixed(ret_bytes, fact->form, 1);

    if (fact->form == EVENT_EPISODE) {
        at = nj_put_count(at, fact->episode.sessions);
        at = nj_put_count(at, fact->episode.ports);
        at = nj_put_text(at, fact->episode.tool, sizeof(fact->episode.tool));
        at = nj_put_text(at, fact->episode.country, sizeof(fact->episode.country));
    } else if (fact->form == EVENT_RISK) {
        at = nj_put_fixed(at, (unsigned)fact->risk.before | (unsigned)fact->risk.after << 4, 1);
        at = nj_put_count(at, fact->risk.score);
        if (fact->risk.has_fact)
            at += risk_fact_pack(&fact->risk.fact, at);
    }
    return (size_t)(at - ret_bytes);
}

static void take_text(struct nj_cursor *c, char *to, size_t size)
{
    (void)snprintf(to, size, "%s", nj_text(c));
}

static bool unpack_risk(struct nj_cursor *c, struct event_fact *ret)
{
    unsigned levels = nj_u8(c);
    size_t left;

    ret->risk.score = (uint32_t)nj_count(c);
    left = nj_cursor_left(c);
    if (c->bad || (levels & 15) >= RISK_LEVELS || levels >> 4 >= RISK_LEVELS)
        return false;
    ret->risk.before = (enum risk_level)(levels & 15);
    ret->risk.after = (enum risk_level)(levels >> 4);
    ret->risk.has_fact = left > 0;
    return left == 0 || risk_fact_unpack(c->pos, left, &ret->risk.fact) == left;
}

bool event_fact_unpack(const uint8_t *bytes, size_t size, struct event_fact *ret)
{
    struct nj_cursor c = nj_cursor(bytes, size);
    unsigned form = nj_u8(&c);

    memset(ret, 0, sizeof(*ret));
    ret->form = (enum event_form)form;
    if (c.bad)
        return false;
    if (form == EVENT_RISK)
        return unpack_risk(&c, ret);
    if (form != EVENT_EPISODE)
        return false;
    ret->episode.sessions = nj_count(&c);
    ret->episode.ports = (uint32_t)nj_count(&c);
    take_text(&c, ret->episode.tool, sizeof(ret->episode.tool));
    take_text(&c, ret->episode.country, sizeof(ret->episode.country));
    return !c.bad && nj_cursor_left(&c) == 0;
}

/* ---- in SQL ---- */

static void text_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    const uint8_t *bytes;
    struct event_fact fact;
    char text[EVENT_TEXT_MAX];

    (void)count;
    if (sqlite3_value_type(values[0]) != SQLITE_BLOB) {
        sqlite3_result_value(context, values[0]);
        return;
    }
    bytes = sqlite3_value_blob(values[0]);
    if (bytes == NULL ||
        !event_fact_unpack(bytes, (size_t)sqlite3_value_bytes(values[0]), &fact))
        return;
    event_fact_text(&fact, text);
    sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

static void name_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    int kind = sqlite3_value_int(values[0]);

    (void)count;
    if (kind >= 0 && kind < EVENT_KINDS)
        sqlite3_result_text(context, event_names[kind], -1, SQLITE_STATIC);
}

static void kind_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    const char *name = (const char *)sqlite3_value_text(values[0]);

    (void)count;
    for (int kind = 0; name != NULL && kind < EVENT_KINDS; kind++)
        if (strcmp(name, event_names[kind]) == 0)
            sqlite3_result_int(context, kind);
}

int event_functions(sqlite3 *catalog)
{
    static const struct {
        const char *name;
        void (*function)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {
        {"event_text", text_function},
        {"event_name", name_function},
        {"event_kind", kind_function},
    };

    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (sqlite3_create_function(catalog, functions[i].name, 1,
                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                    functions[i].function, NULL, NULL) != SQLITE_OK)
            return -1;
    return 0;
}
