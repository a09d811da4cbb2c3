/* SPDX-License-Identifier: Apache-2.0 */
/* From decisions to the objects of a collection. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "feed/stix.h"
#include "server/internal.h"
#include "server/lists.h"
#include "store/collection.h"

void taxii_init(struct taxii *taxii)
{
    *taxii = (struct taxii){.published = {0}};
    (void)pthread_mutex_init(&taxii->lock, NULL);
}

void taxii_done(struct taxii *taxii)
{
    (void)pthread_mutex_destroy(&taxii->lock);
}

/* ---- what is no longer decided ---- */

struct ending {
    int64_t at_us;
    json_t *object;
    char *text;
};

static void ending_clear(struct ending *ending)
{
    json_decref(ending->object);
    free(ending->text);
    ending->object = NULL;
    ending->text = NULL;
}

static bool time_of(const json_t *object, const char *name, int64_t *ret)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL && filter_parse_time(text, false, ret, NULL) == 0;
}

static void set_time(json_t *object, const char *name, int64_t us)
{
    struct text text = {0};
    char out[40];
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;

    (void)gmtime_r(&seconds, &tm);
    (void)strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%S", &tm);
    text_addf(&text, "%s.%03dZ", out, (int)(us % 1000000 / 1000));
    (void)json_object_set_new(object, name, json_stringn(text.bytes, text.length));
    text_done(&text);
}

/* An indicator whose decision ended early (its actor went on, somebody allowed it) gets a last
 * version that ends now. Everything else stays as it was. */
static bool end_object(void *ctx, const char *text, size_t length,
                       struct collection_object *ret)
{
    struct ending *ending = ctx;
    int64_t from_us, until_us, modified_us;
    const char *type;

    ending_clear(ending);
    ending->object = json_loadb(text, length, 0, NULL);
    type = json_string_value(json_object_get(ending->object, "type"));
    if (type == NULL || strcmp(type, "indicator") != 0 ||
        !time_of(ending->object, "valid_from", &from_us) ||
        !time_of(ending->object, "valid_until", &until_us) ||
        !time_of(ending->object, "modified", &modified_us) || until_us <= ending->at_us)
        return false;
    set_time(ending->object, "valid_until",
             ending->at_us > from_us ? ending->at_us : from_us + 1000);
    set_time(ending->object, "modified", modified_us + 1000);
    ending->text = json_dumps(ending->object, JSON_COMPACT);
    if (ending->text == NULL)
        return false;
    *ret = (struct collection_object){
        .id = json_string_value(json_object_get(ending->object, "id")),
        .type = "indicator",
        .version = json_string_value(json_object_get(ending->object, "modified")),
        .text = ending->text,
        .length = strlen(ending->text),
    };
    return ret->id != NULL;
}

/* ---- publishing ---- */

static int publish(struct ask *ask, const char *name, json_t *list, int64_t at_us,
                   struct nj_err *err)
{
    size_t count = json_array_size(list), made = 0;
    struct collection_object *objects = calloc(count + 1, sizeof(*objects));
    struct ending ending = {.at_us = at_us};
    json_t *item;
    size_t i;
    int rc = objects == NULL ? -1 : 0;

    json_array_foreach(list, i, item)
    {
        char *text = rc < 0 ? NULL : json_dumps(item, JSON_COMPACT | JSON_REAL_PRECISION(12));

        if (text == NULL) {
            rc = -1;
            break;
        }
        objects[made++] = (struct collection_object){
            .id = json_string_value(json_object_get(item, "id")),
            .type = json_string_value(json_object_get(item, "type")),
            .version = json_string_value(json_object_get(item, "modified")),
            .text = text,
            .length = strlen(text),
        };
    }
    if (rc < 0)
        (void)nj_fail(err, NJ_NOMEM, "no memory for a collection");
    else
        rc = store_publish(ask->store, name, objects, made, nj_wall_us(), end_object, &ending,
                           err);
    ending_clear(&ending);
    for (i = 0; i < made; i++)
        free((char *)(uintptr_t)objects[i].text);
    free(objects);
    return rc;
}

static int make(struct ask *ask, const struct taxii_collection_info *info, struct nj_err *err)
{
    const struct about_list_question question = {.feed = feed_find("stix"),
                                                 .wanted = {.actions = info->actions}};
    const struct about_decided *decided;
    struct about_list list;
    struct own_write write;
    json_t *objects;
    int rc;

    if (decided_take(ask, list_instant(ask->server, INT64_MAX), &decided, err) < 0)
        return -1;
    rc = about_list(decided, &question, &list, err);
    if (rc == 0) {
        rc = stix_objects(&list.list, &list.about, &objects, err);
        if (rc == 0) {
            decided_begin_write(ask, &write);
            rc = publish(ask, info->alias, objects, list.about.generated_us, err);
            if (rc == 0)
                decided_end_write(ask, &write);
            json_decref(objects);
        }
        about_list_done(&list);
    }
    decided_give(ask->server->decided, decided);
    return rc;
}

int taxii_publish(struct ask *ask, unsigned collection, struct nj_err *err)
{
    struct taxii *taxii = &ask->server->taxii;
    int rc = 0;

    (void)pthread_mutex_lock(&taxii->lock);
    ask->versioned = snapshot_version(&ask->server->snapshot, &ask->version);
    if (!ask->versioned || taxii->published[collection] != ask->version) {
        rc = make(ask, &taxii_collections_info[collection], err);
        if (rc == 0)
            taxii->published[collection] = ask->version;
    }
    (void)pthread_mutex_unlock(&taxii->lock);
    return rc;
}
