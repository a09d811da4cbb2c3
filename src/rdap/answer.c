/* SPDX-License-Identifier: Apache-2.0 */
/* An answer, as far as it is read:
 *
 *   {"objectClassName": "ip network", "startAddress": "203.0.113.0", "endAddress": ...,
 *    "handle": ..., "name": ..., "country": "CN",
 *    "events": [{"eventAction": "registration", "eventDate": "2011-05-01T00:00:00Z"}, ...],
 *    "entities": [{"roles": ["registrant"],
 *                  "vcardArray": ["vcard", [["fn", {}, "text", "Example Org"], ...]],
 *                  "entities": [{"roles": ["abuse"], ...}]}, ...]}
 *
 * ARIN puts the abuse contact below the registrant, RIPE, APNIC and AFRINIC beside it, LACNIC
 * either way: entities are looked through level by level, so that the network's own contact
 * comes before its holder's. */
#include "rdap/answer.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text_json.h"
#include "model/addr.h"
#include "outbox/outlet.h"

#define LEVELS_MAX 4     /* of entities in entities; registries have two */
#define ENTITIES_MAX 512 /* looked at, on each pass over a level */
#define PROPERTIES_MAX 256

/* The most that a registry holds is a /8 or a /12 (IANA's registries). What is wider is the
 * root of a registry's tree, and its contact nobody's. */
#define V4_BITS_MIN 8
#define V6_BITS_MIN 12

/* ---- texts ---- */

/* Cut in front of the character that does not fit. */
static void keep(char *to, size_t size, const char *text)
{
    size_t length = strlen(text);

    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    memcpy(to, text, length);
    to[length] = '\0';
}

/* The day at the start of a time (RFC 3339): "2011-05-01T00:00:00Z". */
static void keep_day(char day[11], const char *text)
{
    static const char form[] = "dddd-dd-dd";

    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
            return;
    }
    if (memcmp(text + 5, "12", 2) > 0 || memcmp(text + 8, "31", 2) > 0)
        return;
    (void)snprintf(day, 11, "%.10s", text);
}

/* ---- entities ---- */

/* The i-th property of a jCard with that name: [NAME, PARAMETERS, TYPE, VALUE]. */
static const json_t *property(const json_t *entity, const char *name, size_t i)
{
    const json_t *all = json_array_get(json_object_get(entity, "vcardArray"), 1);
    size_t count = json_array_size(all);

    for (size_t k = 0; k < count && k < PROPERTIES_MAX; k++) {
        const json_t *one = json_array_get(all, k);
        const char *called = json_string_value(json_array_get(one, 0));

        if (called != NULL && strcasecmp(called, name) == 0 && i-- == 0)
            return json_array_get(one, 3);
    }
    return NULL;
}

/* Of several texts, as of "org" with its units, the first. */
static const char *property_text(const json_t *value)
{
    const char *text =
        json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);

    return text == NULL ? "" : text;
}

static bool has_role(const json_t *entity, const char *role)
{
    const json_t *roles = json_object_get(entity, "roles");
    size_t count = json_array_size(roles);

    for (size_t i = 0; i < count && i < PROPERTIES_MAX; i++) {
        const char *one = json_string_value(json_array_get(roles, i));

        if (one != NULL && strcasecmp(one, role) == 0)
            return true;
    }
    return false;
}

/* Takes what it looks for. @return whether it was there */
typedef bool (*entity_fn)(const json_t *entity, struct rdap_network *network);

struct search {
    const char *role;
    entity_fn take;
    struct rdap_network *network;
    unsigned left; /* entities that may be looked at yet */
};

/* @param below  levels between these entities and those that are meant */
static bool search_level(struct search *search, const json_t *entities, unsigned below)
{
    size_t count = json_array_size(entities);

    for (size_t i = 0; i < count && search->left > 0; i++) {
        const json_t *entity = json_array_get(entities, i);

        search->left--;
        if (below > 0 ? search_level(search, json_object_get(entity, "entities"), below - 1)
                      : has_role(entity, search->role) && search->take(entity, search->network))
            return true;
    }
    return false;
}

static void find(const json_t *root, const char *role, entity_fn take,
                 struct rdap_network *network)
{
    for (unsigned level = 0; level < LEVELS_MAX; level++) {
        struct search search = {
            .role = role, .take = take, .network = network, .left = ENTITIES_MAX};

        if (search_level(&search, json_object_get(root, "entities"), level))
            return;
    }
}

static bool take_abuse(const json_t *entity, struct rdap_network *network)
{
    const json_t *value;

    for (size_t i = 0; (value = property(entity, "email", i)) != NULL; i++) {
        const char *mailbox = property_text(value);

        if (strncasecmp(mailbox, "mailto:", 7) == 0)
            mailbox += 7;
        if (outlet_check_mailbox(mailbox, NULL) == 0) {
            keep(network->abuse, sizeof(network->abuse), mailbox);
            return true;
        }
    }
    return false;
}

/* Its organisation, or its own name if it says that it is no person. */
static bool take_organisation(const json_t *entity, struct rdap_network *network)
{
    const char *name = property_text(property(entity, "org", 0));

    const char *kind = property_text(property(entity, "kind", 0));

    if (name[0] == '\0' && (strcasecmp(kind, "org") == 0 || strcasecmp(kind, "group") == 0))
        name = property_text(property(entity, "fn", 0));
    keep(network->organisation, sizeof(network->organisation), name);
    return name[0] != '\0';
}

/* ---- the network ---- */

static void read_events(const json_t *root, struct rdap_network *network)
{
    const json_t *events = json_object_get(root, "events");
    size_t count = json_array_size(events);

    for (size_t i = 0; i < count && i < PROPERTIES_MAX; i++) {
        const json_t *event = json_array_get(events, i);
        const char *action = text_json_member(event, "eventAction");

        if (strcmp(action, "registration") == 0)
            keep_day(network->registered, text_json_member(event, "eventDate"));
        else if (strcmp(action, "last changed") == 0)
            keep_day(network->changed, text_json_member(event, "eventDate"));
    }
}

/* Whether it is wider than any network that somebody holds. */
static bool too_wide(const struct prefix *net)
{
    return addr_is_v4(net->first)
               ? (addr_v4(net->last) - addr_v4(net->first)) >> (32 - V4_BITS_MIN) != 0
               : (net->last.hi - net->first.hi) >> (64 - V6_BITS_MIN) != 0;
}

/* RIPE wrote "203.0.113.0/32" for an address. @return whether it is one */
static bool read_address(const char *text, struct addr *ret)
{
    char address[ADDR_TEXT_MAX];
    size_t length = strcspn(text, "/");

    if (length >= sizeof(address))
        return false;
    (void)snprintf(address, sizeof(address), "%.*s", (int)length, text);
    return addr_parse(address, ret, NULL) == 0;
}

static int read_range(const json_t *root, struct addr asked, struct prefix *net,
                      struct nj_err *err)
{
    const char *first = text_json_member(root, "startAddress"),
               *last = text_json_member(root, "endAddress");
    char text[ADDR_TEXT_MAX];

    if (!read_address(first, &net->first) || !read_address(last, &net->last) ||
        addr_is_v4(net->first) != addr_is_v4(asked) ||
        addr_is_v4(net->last) != addr_is_v4(asked) || addr_compare(net->first, net->last) > 0)
        return nj_fail(err, NJ_FORMAT, "\"%.50s\" to \"%.50s\" is no network", first, last);
    if (!prefix_has(net, asked))
        return nj_fail(err, NJ_FORMAT, "the answer is about %.50s to %.50s, without %s", first,
                       last, addr_text(asked, text));
    if (too_wide(net))
        return nj_fail(err, NJ_FORMAT, "the answer is about %.50s to %.50s, nobody's network",
                       first, last);
    return 0;
}

int rdap_read_network(const char *bytes, size_t length, struct addr asked,
                      struct rdap_network *ret, struct nj_err *err)
{
    struct rdap_network network = {.name = ""};
    const char *country, *class;
    json_error_t fault;
    json_t *root;
    int rc;

    if (length > RDAP_ANSWER_MAX)
        return nj_fail(err, NJ_FORMAT, "an answer of %zu bytes, at most %u are read", length,
                       RDAP_ANSWER_MAX);
    root = json_loadb(bytes, length, 0, &fault);
    if (root == NULL)
        return nj_fail(err, NJ_FORMAT, "the answer is no JSON: line %d: %.120s", fault.line,
                       fault.text);
    class = text_json_member(root, "objectClassName"); /* some leave it out */
    if (class[0] != '\0' && strcmp(class, "ip network") != 0)
        rc = nj_fail(err, NJ_FORMAT, "the answer is about \"%.40s\", no \"ip network\"", class);
    else
        rc = read_range(root, asked, &network.net, err);
    if (rc == 0) {
        keep(network.handle, sizeof(network.handle), text_json_member(root, "handle"));
        keep(network.name, sizeof(network.name), text_json_member(root, "name"));
        country = text_json_member(root, "country");
        if (isalpha((unsigned char)country[0]) && isalpha((unsigned char)country[1]) &&
            country[2] == '\0')
            (void)snprintf(network.country, sizeof(network.country), "%c%c",
                           toupper((unsigned char)country[0]),
                           toupper((unsigned char)country[1]));
        read_events(root, &network);
        find(root, "registrant", take_organisation, &network);
        find(root, "abuse", take_abuse, &network);
        *ret = network;
    }
    json_decref(root);
    return rc;
}

char *rdap_range(const struct prefix *net, char *text)
{
    char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];

    if (prefix_length(net) >= 0)
        return prefix_text(net, text);
    (void)snprintf(text, RDAP_RANGE_MAX, "%s - %s", addr_text(net->first, first),
                   addr_text(net->last, last));
    return text;
}
