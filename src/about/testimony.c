/* SPDX-License-Identifier: Apache-2.0 */
/* Who says what about an address, and when: databases, lists, reverse names, registries,
 * services, routes. */
#include "about/testimony.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "about/about.h"
#include "about/registration.h"
#include "base/span.h"
#include "base/text_json.h"
#include "model/addr.h"
#include "store/testimony.h"
#include "testimony/statement.h"

#define ROUTES_MAX 4096u /* over one address; further ones are left out */

static json_t *date_or_null(int64_t us)
{
    struct text text = {0};
    json_t *value;

    if (us == 0)
        return json_null();
    text_date(&text, us / DAY_US);
    value = json_stringn(text.bytes, text.length);
    text_done(&text);
    return value;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* ---- databases ---- */

static const char *const place_fields[] = {"country", "asn", "region", "city", "isp"};
#define PLACE_FIELDS (sizeof(place_fields) / sizeof(place_fields[0]))

static json_t *answer_row(const char *source, int64_t dated_us)
{
    json_t *row = json_object();

    (void)json_object_set_new(row, "source", json_string(source));
    (void)json_object_set_new(row, "date", date_or_null(dated_us));
    return row;
}

json_t *about_answers(const struct place_detail *detail)
{
    json_t *list = json_array();

    for (size_t i = 0; i < detail->answer_count; i++) {
        const struct place_answer *answer = &detail->answers[i];
        json_t *row = answer_row(base_name(answer->path), answer->built * 1000000);

        (void)json_object_set_new(row, "country", text_json_or_null(answer->place.country));
        (void)json_object_set_new(
            row, "asn", answer->place.asn == 0 ? json_null() : json_integer(answer->place.asn));
        (void)json_object_set_new(row, "as_name", text_json_or_null(answer->as_name));
        (void)json_object_set_new(row, "region", text_json_or_null(answer->region));
        (void)json_object_set_new(row, "city", text_json_or_null(answer->city));
        (void)json_object_set_new(row, "isp", text_json_or_null(answer->isp));
        (void)json_object_set_new(row, "organisation", text_json_or_null(answer->organisation));
        (void)json_array_append_new(list, row);
    }
    return list;
}

static const char *value_text(const json_t *row, const char *field, char number[24])
{
    const json_t *value = json_object_get(row, field);

    if (!json_is_integer(value))
        return json_string_value(value);
    (void)snprintf(number, 24, "%lld", (long long)json_integer_value(value));
    return number;
}

/* "CN (a.mmdb, b.mmdb), US (c.mmdb)": each value with who says so.
 * @return the number of different values */
static size_t gather(const json_t *testimony, const char *field, struct text *said,
                     size_t *ret_answers)
{
    size_t count = json_array_size(testimony), distinct = 0;
    char number[24], other[24];

    *ret_answers = 0;
    for (size_t i = 0; i < count; i++) {
        const char *value = value_text(json_array_get(testimony, i), field, number);
        const char *separator = "";
        bool first = true;

        if (value == NULL)
            continue;
        (*ret_answers)++;
        for (size_t k = 0; k < i && first; k++) {
            const char *before = value_text(json_array_get(testimony, k), field, other);

            first = before == NULL || strcasecmp(before, value) != 0;
        }
        if (!first)
            continue;
        text_addf(said, "%s%s (", distinct++ == 0 ? "" : ", ", value);
        for (size_t k = i; k < count; k++) {
            const json_t *row = json_array_get(testimony, k);
            const char *same = value_text(row, field, other);

            if (same == NULL || strcasecmp(same, value) != 0)
                continue;
            text_addf(said, "%s%s", separator,
                      json_string_value(json_object_get(row, "source")));
            separator = ", ";
        }
        text_add(said, ")", 1);
    }
    return distinct;
}

json_t *about_disagreements(const json_t *testimony)
{
    json_t *list = json_array();

    for (size_t i = 0; i < PLACE_FIELDS; i++) {
        struct text said = {0};
        size_t answers, distinct = gather(testimony, place_fields[i], &said, &answers);

        if (distinct > 1) {
            json_t *row = json_object();

            (void)json_object_set_new(row, "field", json_string(place_fields[i]));
            (void)json_object_set_new(row, "answers", json_integer((json_int_t)answers));
            (void)json_object_set_new(row, "distinct", json_integer((json_int_t)distinct));
            (void)json_object_set_new(row, "values", json_stringn(said.bytes, said.length));
            (void)json_array_append_new(list, row);
        }
        text_done(&said);
    }
    return list;
}

/* ---- what the store keeps of others ---- */

struct gathered {
    json_t *lists, *names, *registrations, *services;
    struct route *routes;
    size_t route_count;
    bool none;     /* a source says that nothing answers there */
    char who[64];  /* the newest that says so, or that was asked for a prefix around it */
    int64_t as_of; /* 0: it does not say */
    bool asked;
};

static json_t *member(const json_t *value, const char *name)
{
    json_t *found = json_object_get(value, name);

    return found == NULL ? json_null() : json_incref(found);
}

static int add_to_list(struct gathered *g, const struct testimony *t, const json_t *value)
{
    char net[PREFIX_TEXT_MAX];
    json_t *row = json_object();
    int64_t dated_us = t->to_us != 0 ? t->to_us : t->list->dated_us;

    (void)json_object_set_new(row, "list", json_string(t->list->name));
    (void)json_object_set_new(row, "kind", json_string(testimony_kinds[t->list->kind]));
    (void)json_object_set_new(row, "entry", json_string(prefix_text(&t->net, net)));
    (void)json_object_set_new(row, "label", member(value, "label"));
    (void)json_object_set_new(row, "verified", json_null());
    (void)json_object_set_new(row, "date", date_or_null(dated_us));
    (void)json_object_set_new(row, "source", text_json_or_null(t->list->source));
    (void)json_object_set_new(row, "licence", text_json_or_null(t->list->licence));
    return json_array_append_new(g->lists, row);
}

static int add_service(struct gathered *g, const struct testimony *t, const json_t *value)
{
    int64_t dated_us = t->to_us != 0 ? t->to_us : t->list->dated_us;
    bool none = json_is_true(json_object_get(value, "none"));
    bool covered = json_is_true(json_object_get(value, "covered"));
    json_t *row;

    if (none || covered) {
        g->none = g->none || none;
        if (!g->asked || dated_us >= g->as_of) {
            g->as_of = dated_us;
            (void)snprintf(g->who, sizeof(g->who), "%s", t->list->name);
        }
        g->asked = true;
        return 0;
    }
    row = json_object();
    (void)json_object_set_new(row, "port", member(value, "port"));
    (void)json_object_set_new(row, "proto", member(value, "proto"));
    (void)json_object_set_new(row, "service", member(value, "service"));
    (void)json_object_set_new(row, "product", member(value, "product"));
    (void)json_object_set_new(row, "date", date_or_null(dated_us));
    (void)json_object_set_new(row, "source", json_string(t->list->name));
    return json_array_append_new(g->services, row);
}

static int add_name(struct gathered *g, const struct testimony *t, const json_t *value)
{
    json_t *row = json_object();

    (void)json_object_set_new(row, "name", member(value, "name"));
    (void)json_object_set_new(row, "answer", member(value, "answer"));
    (void)json_object_set_new(row, "confirmed", member(value, "confirmed"));
    (void)json_object_set_new(row, "date", date_or_null(t->to_us));
    (void)json_object_set_new(row, "source", json_string(t->list->name));
    return json_array_append_new(g->names, row);
}

static int add_route(struct gathered *g, const struct testimony *t, const json_t *value)
{
    struct route *routes;

    if (g->route_count == ROUTES_MAX)
        return 0;
    if (g->route_count % 64 == 0) {
        routes = reallocarray(g->routes, g->route_count + 64, sizeof(*routes));
        if (routes == NULL)
            return -1;
        g->routes = routes;
    }
    routes = &g->routes[g->route_count++];
    *routes =
        (struct route){.net = t->net,
                       .origin = (uint32_t)json_integer_value(json_object_get(value, "origin")),
                       .first_us = t->from_us,
                       .last_us = t->to_us,
                       .standing = json_is_true(json_object_get(value, "standing"))};
    if (routes->standing && t->list->dated_us > routes->last_us)
        routes->last_us = t->list->dated_us;
    (void)snprintf(routes->list, sizeof(routes->list), "%s", t->list->name);
    return 0;
}

static int on_testimony(void *ctx, const struct testimony *t, struct nj_err *err)
{
    struct gathered *g = ctx;
    json_t *value = t->value == NULL ? NULL : json_loads(t->value, 0, NULL);
    int rc;

    switch (t->list->kind) {
    case TESTIMONY_SERVICES:
        rc = add_service(g, t, value);
        break;
    case TESTIMONY_NAMES:
        rc = add_name(g, t, value);
        break;
    case TESTIMONY_ROUTES:
        rc = add_route(g, t, value);
        break;
    case TESTIMONY_RDAP:
        rc = json_array_append_new(g->registrations, registration_row(t, value));
        break;
    case TESTIMONY_SERVERS: /* whom to ask, nothing of the address */
        rc = 0;
        break;
    default:
        rc = add_to_list(g, t, value);
        break;
    }
    json_decref(value);
    return rc < 0 ? nj_fail(err, NJ_NOMEM, "no memory for the answer") : 0;
}

/* ---- declared scanners and their names
 * -------------------------------------------------------
 *
 * A list says whose scanner it is, "censys.io" or "Rapid7 (Project Sonar)". A reverse name is
 * evidence only if the name leads back to the address, since anybody may write any name for his
 * own addresses. It verifies the entry when it has the owner's leading word in it. */

/* The first word of at least four letters or digits, in small letters. */
static bool leading_word(const char *label, char word[40])
{
    size_t length = 0;

    for (; *label != '\0'; label++) {
        if (isalnum((unsigned char)*label) && length < 39) {
            word[length++] = (char)tolower((unsigned char)*label);
        } else if (length >= 4) {
            break;
        } else {
            length = 0;
        }
    }
    word[length] = '\0';
    return length >= 4;
}

static const char *verify(const json_t *names, const char *label)
{
    const char *result = "not asked";
    char word[40];
    json_t *row;
    size_t i;

    json_array_foreach((json_t *)(uintptr_t)names, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));

        if (name == NULL) {
            result = "no reverse name";
        } else if (json_is_null(json_object_get(row, "confirmed"))) {
            result = "reverse name not checked";
        } else if (!json_is_true(json_object_get(row, "confirmed"))) {
            result = "reverse name does not lead back";
        } else if (label != NULL && leading_word(label, word) &&
                   strcasestr(name, word) != NULL) {
            return "verified by reverse name";
        } else {
            result = "reverse name is another's";
        }
    }
    return result;
}

static void add_declared(const struct gathered *g, json_t *object)
{
    const json_t *declared = NULL;
    json_t *row;
    size_t i;

    json_array_foreach(g->lists, i, row)
    {
        const char *label = json_string_value(json_object_get(row, "label"));

        if (strcmp(json_string_value(json_object_get(row, "kind")), "declared") != 0)
            continue;
        (void)json_object_set_new(row, "verified", json_string(verify(g->names, label)));
        declared = row; /* the most specific entry comes last */
    }
    if (declared == NULL) {
        (void)json_object_set_new(object, "declared", json_null());
        return;
    }
    (void)json_object_set(object, "declared",
                          json_is_string(json_object_get(declared, "label"))
                              ? json_object_get(declared, "label")
                              : json_object_get(declared, "list"));
}

/* ---- all of it ---- */

static void add_services(const struct gathered *g, json_t *object)
{
    struct text note = {0};
    size_t count = json_array_size(g->services);

    if (count > 0) {
        text_addf(&note, "%zu public-facing service%s known", count, count == 1 ? "" : "s");
    } else if (g->asked) {
        text_addf(&note, "no public-facing service known (as of ");
        if (g->as_of == 0)
            text_add_z(&note, "an unknown day");
        else
            text_date(&note, g->as_of / DAY_US);
        text_addf(&note, ", %s)", g->who);
    }
    (void)json_object_set(object, "services", g->services);
    (void)json_object_set_new(object, "exposure",
                              note.length == 0 ? json_null()
                                               : json_stringn(note.bytes, note.length));
    text_done(&note);
}

static void add_routes(struct gathered *g, int64_t first_us, int64_t last_us, json_t *testimony,
                       json_t *object)
{
    json_t *list = json_array();
    const struct route *at = NULL;
    const char *basis = NULL;
    char net[PREFIX_TEXT_MAX];

    routes_sort(g->routes, g->route_count);
    if (last_us != 0)
        at = routes_at(g->routes, g->route_count, last_us, &basis);
    for (size_t i = 0; i < g->route_count; i++) {
        const struct route *r = &g->routes[i];
        json_t *row = json_object();

        (void)json_object_set_new(row, "prefix", json_string(prefix_text(&r->net, net)));
        (void)json_object_set_new(row, "origin", json_integer(r->origin));
        (void)json_object_set_new(row, "first", text_json_time(r->first_us));
        (void)json_object_set_new(row, "last", text_json_time(r->last_us));
        (void)json_object_set_new(row, "standing", json_boolean(r->standing));
        (void)json_object_set_new(
            row, "during_packets",
            json_boolean(last_us != 0 && r->first_us <= last_us && r->last_us >= first_us));
        (void)json_object_set_new(row, "source", json_string(r->list));
        (void)json_array_append_new(list, row);
    }
    if (at != NULL) {
        json_t *row = answer_row(at->list, at->last_us);

        (void)json_object_set_new(row, "country", json_null());
        (void)json_object_set_new(row, "asn", json_integer(at->origin));
        (void)json_object_set_new(row, "as_name", json_null());
        (void)json_object_set_new(row, "region", json_null());
        (void)json_object_set_new(row, "city", json_null());
        (void)json_object_set_new(row, "isp", json_null());
        (void)json_object_set_new(row, "organisation", json_null());
        (void)json_array_append_new(testimony, row);
    }
    (void)json_object_set_new(
        object, "prefix", at == NULL ? json_null() : json_string(prefix_text(&at->net, net)));
    (void)json_object_set_new(object, "origin",
                              at == NULL ? json_null() : json_integer(at->origin));
    (void)json_object_set_new(object, "origin_basis", text_json_or_null(basis));
    (void)json_object_set_new(object, "routes", list);
    (void)json_object_set_new(object, "route_changes",
                              routes_changes(g->routes, g->route_count));
}

int about_testimony(struct store *store, struct addr source, const struct place_detail *detail,
                    json_t *object, struct nj_err *err)
{
    struct gathered g = {.lists = json_array(),
                         .names = json_array(),
                         .registrations = json_array(),
                         .services = json_array()};
    json_t *testimony = about_answers(detail), *name, *registered;
    int64_t first_us = statement_time(json_string_value(json_object_get(object, "first")));
    int64_t last_us = statement_time(json_string_value(json_object_get(object, "last")));
    int rc = testimony_about(store, source, on_testimony, &g, err);

    if (rc == 0) {
        add_declared(&g, object);
        add_routes(&g, first_us, last_us, testimony, object);
        registered = registration_answer(json_array_get(g.registrations, 0));
        if (registered != NULL)
            (void)json_array_append_new(testimony, registered);
        add_services(&g, object);
        name = json_object_get(json_array_get(g.names, 0), "name");
        if (json_is_string(name))
            (void)json_object_set(object, "hostname", name);
        (void)json_object_set(object, "names", g.names);
        (void)json_object_set(object, "registrations", g.registrations);
        (void)json_object_set(object, "lists", g.lists);
        (void)json_object_set_new(object, "disagreements", about_disagreements(testimony));
        (void)json_object_set(object, "testimony", testimony);
    }
    free(g.routes);
    json_decref(testimony);
    json_decref(g.lists);
    json_decref(g.names);
    json_decref(g.registrations);
    json_decref(g.services);
    return rc;
}
