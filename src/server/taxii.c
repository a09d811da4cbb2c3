/* SPDX-License-Identifier: Apache-2.0 */
/* What TAXII answers: the resources, and the pages of a collection. */
#include "server/taxii.h"

#include <inttypes.h>
#include <string.h>

#include "server/internal.h"
#include "store/collection.h"

#define ROOT TAXII_PREFIX "nightjar/"

/* The ids never change: a client keeps them. */
const struct taxii_collection_info taxii_collections_info[TAXII_COLLECTIONS] = {
    {.id = "6f0f4c3e-2b5a-4d0e-9a51-3c0d6b8a7f10",
     .alias = "decisions",
     .title = "All decisions",
     .description = "Sources that are blocked, quarantined or monitored, with what was seen of"
                    " them, and their actors.",
     .actions = FEED_ALL},
    {.id = "b1d0b4a2-7c41-4f5e-8f0c-0c6f2f9f6a21",
     .alias = "enforced",
     .title = "Block and quarantine",
     .description = "Only sources that the policy blocks or quarantines.",
     .actions = FEED_ENFORCED},
};

/* ---- answers ---- */

void taxii_error(struct answer *answer, unsigned status, const char *message)
{
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = {{400, "The request is wrong"},
                  {401, "Credentials are needed"},
                  {403, "Not allowed"},
                  {404, "Not found"},
                  {405, "The method is not allowed"},
                  {406, "The media type is not acceptable"},
                  {413, "Too large"},
                  {421, "Misdirected"},
                  {429, "Too many requests"},
                  {503, "Busy"}};
    const char *title = "The server failed";

    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        if (titles[i].status == status)
            title = titles[i].title;
    answer_error(answer, status, message);
    answer->type = TAXII_TYPE;
    text_done(&answer->body);
    text_addf(&answer->body, "{\"title\":\"%s\",\"description\":", title);
    text_json(&answer->body, message, strlen(message));
    text_addf(&answer->body, ",\"http_status\":\"%u\"}\n", status);
}

static int object_answer(struct ask *ask, json_t *object, struct nj_err *err)
{
    int rc = object == NULL ? nj_fail(err, NJ_NOMEM, "no memory for the answer")
                            : answer_object(ask->answer, object, err);

    json_decref(object);
    ask->answer->type = TAXII_TYPE;
    return rc;
}

int taxii_discovery(struct ask *ask, struct nj_err *err)
{
    char root[320];

    (void)snprintf(root, sizeof(root), "%s" ROOT, ask->taxii->base);
    return object_answer(ask,
                         json_pack("{ss ss ss s[s]}", "title", "Nightjar", "description",
                                   "Threat intelligence from unsolicited traffic.", "default",
                                   root, "api_roots", root),
                         err);
}

int taxii_root(struct ask *ask, struct nj_err *err)
{
    return object_answer(ask,
                         json_pack("{ss ss s[s] si}", "title", "Nightjar", "description",
                                   "What the policy decided about scanners.", "versions",
                                   TAXII_TYPE, "max_content_length", (int)BODY_BYTES_MAX),
                         err);
}

int taxii_status(struct ask *ask, struct nj_err *err)
{
    (void)err;
    taxii_error(ask->answer, 404, "nothing can be added here, so there is no status");
    return 0;
}

int taxii_read_only(struct ask *ask, struct nj_err *err)
{
    (void)err;
    taxii_error(ask->answer, 403, "the collection is read-only");
    return 0;
}

static json_t *collection_json(const struct taxii_collection_info *info)
{
    return json_pack("{ss ss ss ss sb sb s[s]}", "id", info->id, "title", info->title,
                     "description", info->description, "alias", info->alias, "can_read", 1,
                     "can_write", 0, "media_types", TAXII_STIX_TYPE);
}

int taxii_collections(struct ask *ask, struct nj_err *err)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < TAXII_COLLECTIONS; i++)
        (void)json_array_append_new(list, collection_json(&taxii_collections_info[i]));
    return object_answer(ask, json_pack("{so}", "collections", list), err);
}

int taxii_collection(struct ask *ask, struct nj_err *err)
{
    return object_answer(ask, collection_json(&taxii_collections_info[ask->taxii->collection]),
                         err);
}

/* ---- pages ---- */

enum page_kind { PAGE_OBJECTS, PAGE_MANIFEST, PAGE_VERSIONS };

struct page {
    struct text *body;
    enum page_kind kind;
    unsigned limit, count; /* `count` may be one more: there is another page */
    int64_t first_us, last_us;
};

/* RFC 3339 with microseconds, always. */
static void add_instant(struct text *text, int64_t us)
{
    struct text seconds = {0};

    text_time(&seconds, us - us % 1000000);
    if (!seconds.no_memory && seconds.length > 0)
        text_addf(text, "%.*s.%06dZ", (int)seconds.length - 1, seconds.bytes,
                  (int)(us % 1000000));
    text_done(&seconds);
}

static void add_entry(struct page *page, const struct collection_row *row)
{
    struct text *body = page->body;

    switch (page->kind) {
    case PAGE_OBJECTS:
        text_add(body, row->text, row->length);
        break;
    case PAGE_MANIFEST:
        text_add_z(body, "{\"id\":");
        text_json(body, row->id, strlen(row->id));
        text_add_z(body, ",\"date_added\":\"");
        add_instant(body, row->added_us);
        text_add_z(body, "\",\"version\":");
        text_json(body, row->version, strlen(row->version));
        text_add_z(body, ",\"media_type\":\"" TAXII_STIX_TYPE "\"}");
        break;
    case PAGE_VERSIONS:
        text_json(body, row->version, strlen(row->version));
        break;
    }
}

static int on_row(void *ctx, const struct collection_row *row, struct nj_err *err)
{
    static const char *const lists[] = {"objects", "objects", "versions"};
    struct page *page = ctx;

    if (page->count++ == page->limit)
        return 0;
    if (page->count == 1) {
        page->first_us = row->added_us;
        text_addf(page->body, "{\"%s\":[\n", lists[page->kind]);
    } else {
        text_add_z(page->body, ",\n");
    }
    page->last_us = row->added_us;
    add_entry(page, row);
    if (page->body->length > ANSWER_BYTES_MAX)
        return nj_fail(err, NJ_LIMIT, "the page is too large: ask with a smaller limit");
    return page->body->no_memory ? nj_fail(err, NJ_NOMEM, "no memory for the answer") : 0;
}

/* The words of a filter. `text` is a copy that is cut up. */
static int words(char *text, struct collection_words *ret, struct nj_err *err)
{
    ret->count = query_split(text, ret->items, COLLECTION_WORDS_MAX);
    return ret->count <= COLLECTION_WORDS_MAX
               ? 0
               : nj_fail(err, NJ_CONFIG, "match: at most %d values", (int)COLLECTION_WORDS_MAX);
}

/* Whether one of the words means all versions that there are; there is one of each object. */
static bool any_version(const struct collection_words *versions)
{
    for (size_t i = 0; i < versions->count; i++)
        if (strcmp(versions->items[i], "last") == 0 ||
            strcmp(versions->items[i], "first") == 0 || strcmp(versions->items[i], "all") == 0)
            return true;
    return versions->count == 0;
}

static bool wants_spec(const struct collection_words *specs)
{
    for (size_t i = 0; i < specs->count; i++)
        if (strcmp(specs->items[i], "2.1") == 0)
            return true;
    return specs->count == 0;
}

static void finish_page(struct ask *ask, const struct page *page)
{
    bool more = page->count > page->limit;
    struct text first = {0}, last = {0};

    if (page->count == 0) {
        answer_bytes(ask->answer, TAXII_TYPE, "{}\n", 3);
        return;
    }
    text_addf(&ask->answer->body, "\n],\"more\":%s", more ? "true" : "false");
    if (more && page->kind == PAGE_OBJECTS)
        text_addf(&ask->answer->body, ",\"next\":\"%" PRId64 "\"", page->last_us);
    text_add_z(&ask->answer->body, "}\n");
    ask->answer->status = 200;
    ask->answer->type = TAXII_TYPE;
    add_instant(&first, page->first_us);
    add_instant(&last, page->last_us);
    answer_header(ask->answer, "X-TAXII-Date-Added-First", "%.*s", (int)first.length,
                  first.bytes);
    answer_header(ask->answer, "X-TAXII-Date-Added-Last", "%.*s", (int)last.length, last.bytes);
    text_done(&first);
    text_done(&last);
}

/* A page of what is published. */
static int send_page(struct ask *ask, enum page_kind kind, struct nj_err *err)
{
    struct taxii_question asked = *ask->taxii;
    const struct taxii_collection_info *info = &taxii_collections_info[asked.collection];
    struct page page = {.body = &ask->answer->body, .kind = kind, .limit = asked.limit};
    struct collection_question question = {.limit = asked.limit + 1};
    struct collection_words specs;
    int rc;

    question.after_us =
        asked.next_us > asked.added_after_us ? asked.next_us : asked.added_after_us;
    if (words(asked.ids, &question.ids, err) < 0 ||
        words(asked.types, &question.types, err) < 0 ||
        words(asked.versions, &question.versions, err) < 0 ||
        words(asked.specs, &specs, err) < 0)
        return -1;
    if (any_version(&question.versions))
        question.versions.count = 0;
    if (asked.object[0] != '\0') {
        question.ids.items[0] = asked.object;
        question.ids.count = 1;
    }
    rc = wants_spec(&specs)
             ? store_collection(ask->store, info->alias, &question, on_row, &page, err)
             : 0;
    if (rc == 0)
        finish_page(ask, &page);
    return rc;
}

static int ask_page(struct ask *ask, enum page_kind kind, struct nj_err *err)
{
    return taxii_publish(ask, ask->taxii->collection, err) < 0 ? -1 : send_page(ask, kind, err);
}

int taxii_objects(struct ask *ask, struct nj_err *err)
{
    return ask_page(ask, PAGE_OBJECTS, err);
}

int taxii_manifest(struct ask *ask, struct nj_err *err)
{
    return ask_page(ask, PAGE_MANIFEST, err);
}

/* An object that there never was is none; one that the filters leave out is an empty page. */
static int ask_object(struct ask *ask, enum page_kind kind, struct nj_err *err)
{
    const struct collection_question any = {
        .after_us = INT64_MIN, .ids = {.items = {ask->taxii->object}, .count = 1}, .limit = 1};
    struct text none = {0};
    struct page page = {.body = &none, .limit = 1};
    int rc = taxii_publish(ask, ask->taxii->collection, err);

    if (rc == 0)
        rc = store_collection(ask->store, taxii_collections_info[ask->taxii->collection].alias,
                              &any, on_row, &page, err);
    text_done(&none);
    if (rc < 0)
        return -1;
    if (page.count == 0) {
        taxii_error(ask->answer, 404, "there is no such object in the collection");
        return 0;
    }
    return send_page(ask, kind, err);
}

int taxii_object(struct ask *ask, struct nj_err *err)
{
    return ask_object(ask, PAGE_OBJECTS, err);
}

int taxii_versions(struct ask *ask, struct nj_err *err)
{
    return ask_object(ask, PAGE_VERSIONS, err);
}
