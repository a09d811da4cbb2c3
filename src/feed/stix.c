/* SPDX-License-Identifier: Apache-2.0 */
#include "feed/stix.h"

#include <stdlib.h>
#include <string.h>

#include "feed/escape.h"
#include "feed/write.h"

#define ID_MAX 96
#define OBSERVED_MAX 999999999 /* of number_observed */

struct bundle {
    json_t *objects;
    const struct feed_about *about;
    char identity[ID_MAX], pattern[ID_MAX];
};

/* An identifier that follows from type and name. */
static char *make_id(const char *type, const char *name, char id[ID_MAX])
{
    char key[200], uuid[FEED_UUID_MAX];

    (void)snprintf(key, sizeof(key), "%s/%.150s", type, name);
    (void)snprintf(id, ID_MAX, "%s--%s", type, feed_uuid(feed_namespace, key, uuid));
    return id;
}

static void set_time(json_t *object, const char *name, int64_t us)
{
    char text[FEED_TIME_MAX];

    feed_json_set(object, name, feed_time(us, true, text));
}

/* Begin an object of the kinds that have versions; `modified` is not before `created`. */
static json_t *begin(const struct bundle *b, const char *type, const char *id, int64_t created,
                     int64_t modified)
{
    json_t *object = json_object();

    feed_json_set(object, "type", type);
    feed_json_set(object, "spec_version", "2.1");
    feed_json_set(object, "id", id);
    if (b->identity[0] != '\0' && strcmp(type, "identity") != 0)
        feed_json_set(object, "created_by_ref", b->identity);
    set_time(object, "created", created);
    set_time(object, "modified", modified < created ? created : modified);
    return object;
}

static void add(struct bundle *b, json_t *object)
{
    (void)json_array_append_new(b->objects, object);
}

/* What is said of an address is created with its first packet, whatever becomes of decisions:
 * an object keeps its time of creation. */
static int64_t created_us(const struct decision *d)
{
    return d->first_us != 0 && d->first_us < d->since_us ? d->first_us : d->since_us;
}

static void relate(struct bundle *b, const char *from, const char *kind, const char *to,
                   int64_t us)
{
    char name[3 * ID_MAX], id[ID_MAX];
    json_t *object;

    (void)snprintf(name, sizeof(name), "%s %s %s", from + strlen(from) - 36, kind,
                   to + strlen(to) - 36);
    object = begin(b, "relationship", make_id("relationship", name, id), us, us);
    feed_json_set(object, "relationship_type", kind);
    feed_json_set(object, "source_ref", from);
    feed_json_set(object, "target_ref", to);
    add(b, object);
}

/* ---- the parts ---- */

/* Made once and never changed: the date is that of the first STIX 2.1 text. */
#define FIXED_US 1590000000000000ll

static void add_identity(struct bundle *b)
{
    const char *name = b->about->publisher[0] != '\0' ? b->about->publisher : "Nightjar";
    char id[ID_MAX];
    json_t *object = begin(b, "identity", make_id("identity", name, id), FIXED_US, FIXED_US);

    feed_json_set(object, "name", name);
    feed_json_set(object, "identity_class", "organization");
    feed_json_set(object, "contact_information", b->about->contact);
    add(b, object);
    (void)snprintf(b->identity, sizeof(b->identity), "%s", id);
}

static void add_pattern(struct bundle *b)
{
    char id[ID_MAX];
    json_t *object =
        begin(b, "attack-pattern", make_id("attack-pattern", "T1595", id), FIXED_US, FIXED_US);

    feed_json_set(object, "name", "Active Scanning");
    (void)json_object_set_new(
        object, "external_references",
        json_pack("[{s:s, s:s}]", "source_name", "mitre-attack", "external_id", "T1595"));
    (void)json_object_set_new(object, "kill_chain_phases",
                              json_pack("[{s:s, s:s}]", "kill_chain_name", "mitre-attack",
                                        "phase_name", "reconnaissance"));
    add(b, object);
    (void)snprintf(b->pattern, sizeof(b->pattern), "%s", id);
}

/* Identifiers of observables are SHA-1 of their canonical JSON in the standard's namespace. */
static char *observable_id(const char *type, const char *canonical, char id[ID_MAX])
{
    char uuid[FEED_UUID_MAX];

    (void)snprintf(id, ID_MAX, "%s--%s", type, feed_uuid(feed_stix_namespace, canonical, uuid));
    return id;
}

static void add_as(struct bundle *b, uint32_t asn, char id[ID_MAX])
{
    char canonical[64];

    (void)snprintf(canonical, sizeof(canonical), "{\"number\":%" PRIu32 "}", asn);
    (void)observable_id("autonomous-system", canonical, id);
    add(b, json_pack("{s:s, s:s, s:s, s:I}", "type", "autonomous-system", "spec_version", "2.1",
                     "id", id, "number", (json_int_t)asn));
}

static const char *address_type(const struct decision *d)
{
    return feed_is_v4(d) ? "ipv4-addr" : "ipv6-addr";
}

static void add_address(struct bundle *b, const struct decision *d, const char *as_id,
                        char id[ID_MAX])
{
    char canonical[96], text[PREFIX_TEXT_MAX];
    json_t *object;

    (void)prefix_text(&d->net, text);
    (void)snprintf(canonical, sizeof(canonical), "{\"value\":\"%s\"}", text);
    (void)observable_id(address_type(d), canonical, id);
    object = json_pack("{s:s, s:s, s:s, s:s}", "type", address_type(d), "spec_version", "2.1",
                       "id", id, "value", text);
    if (as_id[0] != '\0')
        (void)json_object_set_new(object, "belongs_to_refs", json_pack("[s]", as_id));
    add(b, object);
}

static void add_observed(struct bundle *b, const struct decision *d, const char *address_id,
                         char id[ID_MAX])
{
    int64_t first = d->first_us != 0 ? d->first_us : d->since_us;
    int64_t last = d->last_us > first ? d->last_us : first;
    uint64_t seen = d->sessions < 1              ? 1
                    : d->sessions > OBSERVED_MAX ? OBSERVED_MAX
                                                 : d->sessions;
    json_t *object =
        begin(b, "observed-data", make_id("observed-data", address_id, id), first, last);

    set_time(object, "first_observed", first);
    set_time(object, "last_observed", last);
    (void)json_object_set_new(object, "number_observed", json_integer((json_int_t)seen));
    (void)json_object_set_new(object, "object_refs", json_pack("[s]", address_id));
    add(b, object);
}

/* How sure: the grade says whether the address was real, the hop whether it is the actor. */
static int confidence(const struct decision *d)
{
    int sure = d->grade == GRADE_A   ? 90
               : d->grade == GRADE_B ? 70
               : d->grade == GRADE_C ? 40
                                     : 10;

    return d->hop > 0 && d->hop < 1 ? (int)(sure * d->hop) : sure;
}

static void add_indicator(struct bundle *b, const struct decision *d, const char *address_id,
                          char id[ID_MAX])
{
    char text[PREFIX_TEXT_MAX], pattern[160], name[200];
    int64_t last = d->last_us > d->since_us ? d->last_us : d->since_us;
    json_t *object =
        begin(b, "indicator", make_id("indicator", address_id, id), created_us(d), last);

    (void)prefix_text(&d->net, text);
    (void)snprintf(name, sizeof(name), "Scanner %s", text);
    (void)snprintf(pattern, sizeof(pattern), "[%s:value %s '%s']", address_type(d),
                   prefix_is_host(&d->net) ? "=" : "ISSUBSET", text);
    feed_json_set(object, "name", name);
    feed_json_set(object, "description", d->reason);
    (void)json_object_set_new(object, "indicator_types",
                              json_pack("[s]", d->action == ACTION_MONITOR
                                                   ? "anomalous-activity"
                                                   : "malicious-activity"));
    feed_json_set(object, "pattern", pattern);
    feed_json_set(object, "pattern_type", "stix");
    set_time(object, "valid_from", d->since_us);
    set_time(object, "valid_until",
             d->until_us / 1000 > d->since_us / 1000 ? d->until_us : d->since_us + 1000);
    (void)json_object_set_new(object, "confidence", json_integer(confidence(d)));
    (void)json_object_set_new(
        object, "labels",
        json_pack("[s, s]", action_names[d->action], risk_level_names[d->level]));
    (void)json_object_set_new(object, "kill_chain_phases",
                              json_pack("[{s:s, s:s}]", "kill_chain_name",
                                        "lockheed-martin-cyber-kill-chain", "phase_name",
                                        "reconnaissance"));
    add(b, object);
}

/* An actor, with what is known of it from all decisions of the list. */
static void add_actor(struct bundle *b, const struct feed_list *list, uint64_t actor,
                      char id[ID_MAX])
{
    int64_t first = INT64_MAX, last = 0, created = 0;
    char name[FEED_TIME_MAX];
    json_t *object;

    for (size_t i = 0; i < list->count; i++) {
        const struct decision *d = &list->items[i];
        int64_t from = d->first_us != 0 ? d->first_us : d->since_us;

        if (d->actor != actor)
            continue;
        first = from < first ? from : first;
        created = d->actor_us;
        last = d->last_us > last ? d->last_us : last;
    }
    (void)feed_actor(actor, name);
    object = begin(b, "intrusion-set", make_id("intrusion-set", name, id),
                   created != 0 ? created : first, last);
    feed_json_set(object, "name", name);
    feed_json_set(object, "description",
                  "Sources that one operator moves between, by their links");
    set_time(object, "first_seen", first);
    set_time(object, "last_seen", last > first ? last : first + 1000);
    (void)json_object_set_new(object, "goals", json_pack("[s]", "reconnaissance"));
    add(b, object);
}

/* ---- all of it ---- */

static int by_number(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* The distinct values of a member, sorted. */
static size_t distinct(const struct feed_list *list, bool actors, uint64_t *values)
{
    size_t count = 0, kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        uint64_t value = actors ? list->items[i].actor : list->items[i].asn;

        if (value != 0)
            values[count++] = value;
    }
    qsort(values, count, sizeof(*values), by_number);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || values[i] != values[i - 1])
            values[kept++] = values[i];
    }
    return kept;
}

static void add_decision(struct bundle *b, const struct decision *d)
{
    char address[ID_MAX], observed[ID_MAX], indicator[ID_MAX], other[ID_MAX], text[64];

    other[0] = '\0';
    if (d->asn != 0) {
        (void)snprintf(text, sizeof(text), "{\"number\":%" PRIu32 "}", d->asn);
        (void)observable_id("autonomous-system", text, other);
    }
    add_address(b, d, other, address);
    add_observed(b, d, address, observed);
    add_indicator(b, d, address, indicator);
    relate(b, indicator, "based-on", observed, created_us(d));
    relate(b, indicator, "indicates", b->pattern, created_us(d));
    if (d->actor != 0) {
        (void)make_id("intrusion-set", feed_actor(d->actor, text), other);
        relate(b, indicator, "indicates", other, created_us(d));
    }
}

int stix_objects(const struct feed_list *list, const struct feed_about *about, json_t **ret,
                 struct nj_err *err)
{
    struct bundle b = {.objects = json_array(), .about = about};
    uint64_t *values = calloc(list->count + 1, sizeof(*values));
    char id[ID_MAX];
    size_t count;

    if (b.objects == NULL || values == NULL) {
        json_decref(b.objects);
        free(values);
        return nj_fail(err, NJ_NOMEM, "no memory for STIX objects");
    }
    add_identity(&b);
    add_pattern(&b);
    count = distinct(list, false, values);
    for (size_t i = 0; i < count; i++)
        add_as(&b, (uint32_t)values[i], id);
    count = distinct(list, true, values);
    for (size_t i = 0; i < count; i++)
        add_actor(&b, list, values[i], id);
    for (size_t i = 0; i < list->count; i++)
        add_decision(&b, &list->items[i]);
    free(values);
    *ret = b.objects;
    return 0;
}

int write_stix(const struct feed_list *list, const struct feed_about *about, FILE *out,
               struct nj_err *err)
{
    char id[ID_MAX], name[64];
    json_t *objects, *bundle;
    int rc;

    if (stix_objects(list, about, &objects, err) < 0)
        return -1;
    (void)snprintf(name, sizeof(name), "%" PRId64 " %zu", about->generated_us, list->count);
    bundle = json_pack("{s:s, s:s, s:o}", "type", "bundle", "id", make_id("bundle", name, id),
                       "objects", objects);
    rc = feed_json_dump(out, bundle, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
    json_decref(bundle);
    if (rc != 0)
        return nj_fail(err, NJ_NOMEM, "no memory for a STIX bundle");
    (void)fputc('\n', out);
    return 0;
}
