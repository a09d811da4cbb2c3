/* SPDX-License-Identifier: Apache-2.0 */
/* A MISP feed: manifest.json, hashes.csv and one file per event (MISP core format).
 *
 * One event for each actor, and for all others one for each day on which they were first seen,
 * so that no event grows without bound. The identifiers follow from what they name: the same
 * event is updated and not doubled. Numbers are JSON strings, booleans are booleans; an event's
 * timestamp grows only when something in it changed. Consumers keep what they once read: what
 * is no longer listed stays as an attribute that is deleted, as long as the decisions know of
 * it. hashes.csv must not be empty: without decisions there is an event with a comment in place
 * of an address. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "feed/escape.h"
#include "feed/write.h"

struct event {
    uint64_t actor; /* 0: others, of one day */
    int64_t day;    /* since 1970, of the others; NOBODY: the event that says so */
    char uuid[FEED_UUID_MAX], info[128];
    int64_t timestamp_s;
    json_t *attributes;
};

struct events {
    struct event *items;
    size_t count, listed; /* listed: attributes that are not deleted */
};

#define NOBODY (-1)
#define NOBODY_S 1590000000 /* its time, which never changes */
#define DAY_S 86400

static json_t *number_text(int64_t number)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%" PRId64, number);
    return json_string(text);
}

static char *date_of(int64_t seconds, char *text)
{
    (void)feed_time(seconds * 1000000, false, text);
    text[10] = '\0';
    return text;
}

static void set_text(json_t *object, const char *name, const char *text)
{
    (void)json_object_set_new(object, name, feed_json_text(text));
}

static json_t *organisation(const struct feed_about *about)
{
    const char *name = about->publisher[0] != '\0' ? about->publisher : "Nightjar";
    char key[160], uuid[FEED_UUID_MAX];
    json_t *object = json_object();

    (void)snprintf(key, sizeof(key), "organisation/%s", name);
    set_text(object, "name", name);
    set_text(object, "uuid", feed_uuid(feed_namespace, key, uuid));
    return object;
}

/* ---- attributes ---- */

/* When the decision last changed: it began, or something new was seen. */
static int64_t changed_s(const struct decision *d)
{
    return (d->last_us > d->since_us ? d->last_us : d->since_us) / 1000000;
}

/* @param gone_us  when it was taken back; 0: it is listed */
static json_t *attribute(const struct event *event, const struct decision *d, int64_t gone_us)
{
    char net[PREFIX_TEXT_MAX], key[160], uuid[FEED_UUID_MAX], time[FEED_TIME_MAX];
    json_t *object = json_object();

    (void)prefix_text(&d->net, net);
    (void)snprintf(key, sizeof(key), "%s/%s", event->uuid, net);
    set_text(object, "uuid", feed_uuid(feed_namespace, key, uuid));
    set_text(object, "type", "ip-src");
    set_text(object, "category", "Network activity");
    set_text(object, "value", net);
    (void)json_object_set_new(object, "to_ids",
                              json_boolean(gone_us == 0 && d->action > ACTION_MONITOR));
    (void)json_object_set_new(object, "timestamp",
                              number_text(gone_us != 0 ? gone_us / 1000000 : changed_s(d)));
    set_text(object, "comment",
             gone_us == 0 || d->state == DECISION_MOVED ? d->reason : "no longer listed");
    (void)json_object_set_new(object, "deleted", json_boolean(gone_us != 0));
    (void)json_object_set_new(object, "disable_correlation", json_false());
    set_text(object, "distribution", "5");
    if (d->first_us != 0)
        set_text(object, "first_seen", feed_time(d->first_us, true, time));
    if (d->last_us != 0 && d->last_us >= d->first_us)
        set_text(object, "last_seen", feed_time(d->last_us, true, time));
    return object;
}

/* Nobody is listed: an attribute that is no indicator. */
static json_t *nobody(const struct event *event)
{
    char key[160], uuid[FEED_UUID_MAX];
    json_t *object = json_object();

    (void)snprintf(key, sizeof(key), "%s/nobody", event->uuid);
    set_text(object, "uuid", feed_uuid(feed_namespace, key, uuid));
    set_text(object, "type", "comment");
    set_text(object, "category", "Other");
    set_text(object, "value", "nobody is listed");
    (void)json_object_set_new(object, "to_ids", json_false());
    (void)json_object_set_new(object, "timestamp", number_text(event->timestamp_s));
    (void)json_object_set_new(object, "deleted", json_false());
    return object;
}

/* ---- events ---- */

static int64_t day_of(const struct decision *d)
{
    return (d->first_us != 0 ? d->first_us : d->since_us) / 1000000 / DAY_S;
}

static struct event new_event(uint64_t actor, int64_t day)
{
    struct event event = {.actor = actor, .day = day, .attributes = json_array()};
    char name[FEED_TIME_MAX], key[80];

    if (actor != 0) {
        (void)snprintf(event.info, sizeof(event.info), "Scanning actor %s",
                       feed_actor(actor, name));
        (void)snprintf(key, sizeof(key), "event/%" PRIu64, actor);
    } else if (day == NOBODY) {
        (void)snprintf(event.info, sizeof(event.info), "Nobody is listed");
        (void)snprintf(key, sizeof(key), "event/nobody");
    } else {
        (void)snprintf(event.info, sizeof(event.info),
                       "Scanners of no known actor, first seen on %s",
                       date_of(day * DAY_S, name));
        (void)snprintf(key, sizeof(key), "event/0/%" PRId64, day);
    }
    (void)feed_uuid(feed_namespace, key, event.uuid);
    return event;
}

/* The event of an actor (day 0) or day (actor 0). */
static struct event *event_of(struct events *events, uint64_t actor, int64_t day)
{
    for (size_t i = 0; i < events->count; i++) {
        if (events->items[i].actor == actor && events->items[i].day == day)
            return &events->items[i];
    }
    events->items[events->count] = new_event(actor, day);
    return &events->items[events->count++];
}

static void put(struct events *events, uint64_t actor, const struct decision *d,
                int64_t gone_us)
{
    struct event *event = event_of(events, actor, actor != 0 ? 0 : day_of(d));
    int64_t time_s = gone_us != 0 ? gone_us / 1000000 : changed_s(d);

    if (time_s > event->timestamp_s)
        event->timestamp_s = time_s;
    (void)json_array_append_new(event->attributes, attribute(event, d, gone_us));
    events->listed += gone_us == 0;
}

/* In the event of its actor, and taken back in the one of its day if it was listed there before
 * the actor was known. */
static void put_decision(struct events *events, const struct decision *d, int64_t gone_us)
{
    put(events, d->actor, d, gone_us);
    if (d->actor != 0 && d->since_us < d->actor_us)
        put(events, 0, d, d->actor_us);
}

static void put_all(struct events *events, const struct feed_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        put_decision(events, &list->items[i], 0);
    for (size_t i = 0; i < list->gone_count; i++)
        put_decision(events, &list->gone[i], list->gone[i].ended_us);
    if (events->listed == 0) {
        struct event *event = event_of(events, 0, NOBODY);

        event->timestamp_s = NOBODY_S;
        (void)json_array_append_new(event->attributes, nobody(event));
    }
}

static json_t *tags(void)
{
    return json_pack("[{s:s, s:s}]", "name", "tlp:amber", "colour", "#ffc000");
}

static json_t *manifest_entry(const struct event *event, const struct feed_about *about)
{
    char date[FEED_TIME_MAX];
    json_t *object = json_object();

    (void)json_object_set_new(object, "Orgc", organisation(about));
    (void)json_object_set_new(object, "Tag", tags());
    set_text(object, "info", event->info);
    set_text(
        object, "date",
        date_of(event->actor == 0 && event->day > 0 ? event->day * DAY_S : event->timestamp_s,
                date));
    set_text(object, "analysis", "1");
    set_text(object, "threat_level_id", event->actor != 0 ? "1" : "2");
    (void)json_object_set_new(object, "timestamp", number_text(event->timestamp_s));
    return object;
}

static json_t *event_object(const struct event *event, const struct feed_about *about)
{
    json_t *object = manifest_entry(event, about), *outer = json_object();

    set_text(object, "uuid", event->uuid);
    (void)json_object_set_new(object, "publish_timestamp", number_text(event->timestamp_s));
    (void)json_object_set_new(object, "published", json_true());
    set_text(object, "distribution", "0");
    (void)json_object_set(object, "Attribute", event->attributes);
    (void)json_object_set_new(object, "Object", json_array());
    (void)json_object_set_new(outer, "Event", object);
    return outer;
}

/* ---- files ---- */

static int write_json(const char *dir, const char *name, json_t *object, struct nj_err *err)
{
    char path[PATH_MAX];
    FILE *out = NULL;
    int rc = object == NULL ? -1 : 0;

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (rc == 0)
        out = fopen(path, "wbe");
    if (out == NULL || json_dumpf(object, out, JSON_INDENT(1)) != 0 ||
        fputc('\n', out) == EOF || fflush(out) != 0)
        rc = nj_fail(err, NJ_IO, "write %s", path);
    if (out != NULL && fclose(out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_IO, "write %s", path);
    json_decref(object);
    return rc;
}

/* Of what is listed, and not of what was taken back. */
static int write_hashes(const char *dir, const struct events *events, struct nj_err *err)
{
    char path[PATH_MAX], hex[33];
    FILE *out;
    int rc = 0;

    (void)snprintf(path, sizeof(path), "%s/hashes.csv", dir);
    out = fopen(path, "wbe");
    if (out == NULL)
        return nj_fail(err, NJ_IO, "write %s", path);
    for (size_t i = 0; i < events->count; i++) {
        size_t j;
        json_t *one;

        json_array_foreach(events->items[i].attributes, j, one)
        {
            if (json_is_true(json_object_get(one, "deleted")))
                continue;
            feed_md5(json_string_value(json_object_get(one, "value")), hex);
            (void)fprintf(out, "%s,%s\n", hex, events->items[i].uuid);
        }
    }
    if ((ferror(out) | fflush(out)) != 0)
        rc = nj_fail(err, NJ_IO, "write %s", path);
    if (fclose(out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_IO, "write %s", path);
    return rc;
}

int write_misp(const struct feed_list *list, const struct feed_about *about, const char *dir,
               struct nj_err *err)
{
    struct events events = {
        .items = calloc(2 * (list->count + list->gone_count) + 1, sizeof(*events.items))};
    json_t *manifest = json_object();
    char name[64];
    int rc = 0;

    if (events.items == NULL || manifest == NULL) {
        free(events.items);
        json_decref(manifest);
        return nj_fail(err, NJ_NOMEM, "no memory for a MISP feed");
    }
    put_all(&events, list);
    for (size_t i = 0; rc == 0 && i < events.count; i++) {
        const struct event *event = &events.items[i];

        (void)json_object_set_new(manifest, event->uuid, manifest_entry(event, about));
        (void)snprintf(name, sizeof(name), "%s.json", event->uuid);
        rc = write_json(dir, name, event_object(event, about), err);
    }
    if (rc == 0)
        rc = write_hashes(dir, &events, err);
    if (rc == 0)
        rc = write_json(dir, "manifest.json", json_incref(manifest), err);
    for (size_t i = 0; i < events.count; i++)
        json_decref(events.items[i].attributes);
    json_decref(manifest);
    free(events.items);
    return rc;
}
