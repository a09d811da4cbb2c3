/* SPDX-License-Identifier: Apache-2.0 */
#include "about/registration.h"

#include <stdio.h>

#include "about/about.h"
#include "base/span.h"
#include "base/text.h"
#include "report/facts.h"

static json_t *member(const json_t *value, const char *name)
{
    json_t *found = json_object_get(value, name);

    return json_is_string(found) ? json_incref(found) : json_null();
}

static json_t *day(int64_t us)
{
    struct text text = {0};
    json_t *value;

    text_date(&text, us / DAY_US);
    value = json_stringn(text.bytes, text.length);
    text_done(&text);
    return value;
}

json_t *registration_row(const struct testimony *t, const json_t *value)
{
    static const char *const members[] = {"answer",  "network",      "handle", "range",
                                          "country", "organisation", "abuse",  "registered",
                                          "changed", "server"};
    json_t *row = json_object();

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        (void)json_object_set_new(row, members[i], member(value, members[i]));
    (void)json_object_set_new(row, "date", t->to_us == 0 ? json_null() : day(t->to_us));
    (void)json_object_set_new(row, "source", json_string(t->list->name));
    return row;
}

json_t *registration_answer(const json_t *row)
{
    static const char *const unknown[] = {"asn", "as_name", "region", "city", "isp"};
    const char *server = json_string_value(json_object_get(row, "server"));
    json_t *answer;

    if (!json_is_string(json_object_get(row, "range")))
        return NULL;
    answer = json_object();
    (void)json_object_set_new(answer, "source",
                              json_sprintf("RDAP of %s", server == NULL ? "?" : server));
    (void)json_object_set(answer, "date", json_object_get(row, "date"));
    (void)json_object_set(answer, "country", json_object_get(row, "country"));
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        (void)json_object_set_new(answer, unknown[i], json_null());
    (void)json_object_set(answer, "organisation", json_object_get(row, "organisation"));
    return answer;
}

static int on_testimony(void *ctx, const struct testimony *t, struct nj_err *err)
{
    struct about_contact *contact = ctx;
    json_t *value;

    (void)err;
    if (t->list->kind != TESTIMONY_RDAP)
        return 0;
    value = t->value == NULL ? NULL : json_loads(t->value, 0, NULL);
    *contact = (struct about_contact){.asked_us = t->to_us};
    (void)snprintf(contact->mailbox, sizeof(contact->mailbox), "%s", fact_text(value, "abuse"));
    (void)snprintf(contact->range, sizeof(contact->range), "%s", fact_text(value, "range"));
    (void)snprintf(contact->server, sizeof(contact->server), "%s", fact_text(value, "server"));
    json_decref(value);
    return 0;
}

int about_contact(struct store *store, struct addr source, struct about_contact *ret,
                  struct nj_err *err)
{
    *ret = (struct about_contact){.asked_us = 0};
    if (testimony_about(store, source, on_testimony, ret, err) < 0)
        return -1;
    return ret->asked_us == 0 ? STORE_UNKNOWN : 0;
}
