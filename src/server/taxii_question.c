/* SPDX-License-Identifier: Apache-2.0 */
/* What a client of TAXII asks: the Accept header, the path and the parameters of
 * its request. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "server/taxii.h"
#include "store/collection.h"

enum given {
    GIVEN_ADDED_AFTER = 1u << 0,
    GIVEN_LIMIT = 1u << 1,
    GIVEN_NEXT = 1u << 2,
    GIVEN_ID = 1u << 3,
    GIVEN_TYPE = 1u << 4,
    GIVEN_VERSION = 1u << 5,
    GIVEN_SPEC = 1u << 6,
};

static const struct {
    const char *name;
    enum given bit;
    const char *type, *description;
} params[] = {
    {"added_after", GIVEN_ADDED_AFTER, "string",
     "Only what was added after this instant (RFC 3339)."},
    {"limit", GIVEN_LIMIT, "integer", "Objects at most; a limit over 1000 is lowered to it."},
    {"next", GIVEN_NEXT, "string", "The next page: what the one before said."},
    {"match[id]", GIVEN_ID, "string", "Only these objects; commas between."},
    {"match[type]", GIVEN_TYPE, "string", "Only these types; commas between."},
    {"match[version]", GIVEN_VERSION, "string",
     "last (the default), first, all, or instants with commas between; only the newest version"
     " of an object is kept."},
    {"match[spec_version]", GIVEN_SPEC, "string",
     "Only these versions of STIX: 2.1 is served."},
};
#define PARAMS (sizeof(params) / sizeof(params[0]))

/* Whether a media range names TAXII without a version, or with 2.1, or means anything. */
static bool range_fits(const char *range, size_t length)
{
    static const char name[] = "application/taxii+json";
    char text[96];
    const char *version;
    size_t used = 0;

    for (size_t i = 0; i < length && used + 1 < sizeof(text); i++)
        if (!isspace((unsigned char)range[i]) && range[i] != '"')
            text[used++] = (char)tolower((unsigned char)range[i]);
    text[used] = '\0';
    if (strncmp(text, "*/*", 3) == 0 || strncmp(text, "application/*", 13) == 0)
        return true;
    if (strncmp(text, name, strlen(name)) != 0 ||
        (text[strlen(name)] != '\0' && text[strlen(name)] != ';'))
        return false;
    version = strstr(text, ";version=");
    return version == NULL ||
           (strncmp(version + 9, "2.1", 3) == 0 && (version[12] == '\0' || version[12] == ';'));
}

bool taxii_accepted(const char *accept)
{
    while (accept != NULL) {
        size_t length = strcspn(accept, ",");

        if (range_fits(accept, length))
            return true;
        accept = accept[length] == ',' ? accept + length + 1 : NULL;
    }
    return false;
}

void taxii_question_init(struct taxii_question *question)
{
    *question = (struct taxii_question){
        .added_after_us = INT64_MIN, .next_us = INT64_MIN, .limit = TAXII_PAGE_MAX};
}

int taxii_set_path(struct taxii_question *question, const char *name, const char *value)
{
    if (strcmp(name, "collection") != 0) {
        (void)snprintf(question->object, sizeof(question->object), "%.159s", value);
        return strlen(value) < sizeof(question->object) ? 0 : TAXII_UNKNOWN;
    }
    for (unsigned i = 0; i < TAXII_COLLECTIONS; i++) {
        if (strcmp(taxii_collections_info[i].id, value) != 0 &&
            strcmp(taxii_collections_info[i].alias, value) != 0)
            continue;
        question->collection = i;
        return 0;
    }
    return TAXII_UNKNOWN;
}

static int set_time(const char *name, const char *value, int64_t *ret, struct nj_err *err)
{
    if (strchr(value, 'T') == NULL || value[strlen(value) - 1] != 'Z' ||
        filter_parse_time(value, false, ret, NULL) < 0)
        return nj_fail(err, NJ_CONFIG,
                       "%s=%.40s: expected an instant as 2014-09-23T10:00:00.000000Z", name,
                       value);
    return 0;
}

/* Digits only, so that nothing but what a page said comes back. */
static int set_number(const char *name, const char *value, int64_t least, int64_t *ret,
                      struct nj_err *err)
{
    size_t length = strlen(value);

    if (length == 0 || length > 18 || strspn(value, "0123456789") != length ||
        strtoll(value, NULL, 10) < least)
        return nj_fail(err, NJ_CONFIG, "%s=%.40s: expected %s", name, value,
                       least > 0 ? "a whole number of at least 1"
                                 : "what the page before said in \"next\"");
    *ret = strtoll(value, NULL, 10);
    return 0;
}

static int set_words(const char *name, const char *value, char to[TAXII_WORDS_BYTES],
                     struct nj_err *err)
{
    size_t words = 1;

    for (const char *c = value; *c != '\0'; c++)
        words += *c == ',';
    if (value[0] == '\0' || strlen(value) >= TAXII_WORDS_BYTES || words > COLLECTION_WORDS_MAX)
        return nj_fail(err, NJ_CONFIG, "%s: expected up to %d values with commas between", name,
                       COLLECTION_WORDS_MAX);
    memcpy(to, value, strlen(value) + 1);
    return 0;
}

/* The words that the standard knows, or instants. */
static int set_versions(const char *name, const char *value, char to[TAXII_WORDS_BYTES],
                        struct nj_err *err)
{
    static const char *const words[] = {"last", "first", "all"};

    if (set_words(name, value, to, err) < 0)
        return -1;
    for (const char *c = value; *c != '\0'; c += *c == ',') {
        size_t length = strcspn(c, ",");
        char word[64];
        int64_t us;
        bool known = false;

        (void)snprintf(word, sizeof(word), "%.*s", (int)(length < 63 ? length : 63), c);
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            known = known || strcmp(word, words[i]) == 0;
        if (!known && set_time(name, word, &us, err) < 0)
            return -1;
        c += length;
    }
    return 0;
}

int taxii_set(struct taxii_question *question, const char *name, const char *value,
              struct nj_err *err)
{
    int64_t number = 0;
    size_t i = 0;
    int rc;

    while (i < PARAMS && strcmp(params[i].name, name) != 0)
        i++;
    if (i == PARAMS)
        return nj_fail(err, NJ_CONFIG, "there is no parameter \"%.40s\" here", name);
    if ((question->given & params[i].bit) != 0)
        return nj_fail(err, NJ_CONFIG, "%s stands twice", params[i].name);
    question->given |= params[i].bit;
    switch (params[i].bit) {
    case GIVEN_ADDED_AFTER:
        return set_time(name, value, &question->added_after_us, err);
    case GIVEN_LIMIT:
        rc = set_number(name, value, 1, &number, err);
        question->limit = number > TAXII_PAGE_MAX ? TAXII_PAGE_MAX : (unsigned)number;
        return rc;
    case GIVEN_NEXT:
        return set_number(name, value, 0, &question->next_us, err);
    case GIVEN_ID:
        return set_words(name, value, question->ids, err);
    case GIVEN_TYPE:
        return set_words(name, value, question->types, err);
    case GIVEN_VERSION:
        return set_versions(name, value, question->versions, err);
    case GIVEN_SPEC:
        return set_words(name, value, question->specs, err);
    }
    return 0;
}

json_t *taxii_params(const struct route *route)
{
    const char *rest = strstr(route->path, "{collection}/");
    bool pages = rest != NULL && strcmp(route->method, "GET") == 0 && rest[13] != '\0';
    json_t *array = json_array();

    if (rest != NULL)
        (void)json_array_append_new(
            array, json_pack("{ss ss sb ss s{ss}}", "name", "collection", "in", "path",
                             "required", 1, "description", "A collection's id or alias.",
                             "schema", "type", "string"));
    if (strstr(route->path, "{object}") != NULL)
        (void)json_array_append_new(array, json_pack("{ss ss sb ss s{ss}}", "name", "object",
                                                     "in", "path", "required", 1, "description",
                                                     "A STIX identifier.", "schema", "type",
                                                     "string"));
    if (strstr(route->path, "{status}") != NULL)
        (void)json_array_append_new(array, json_pack("{ss ss sb ss s{ss}}", "name", "status",
                                                     "in", "path", "required", 1, "description",
                                                     "Of a request to add objects.", "schema",
                                                     "type", "string"));
    for (size_t i = 0; pages && i < PARAMS; i++)
        (void)json_array_append_new(array, json_pack("{ss ss sb ss s{ss}}", "name",
                                                     params[i].name, "in", "query", "required",
                                                     0, "description", params[i].description,
                                                     "schema", "type", params[i].type));
    return array;
}
