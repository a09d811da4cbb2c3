/* SPDX-License-Identifier: Apache-2.0 */
/* Prefixes are inside of each other or apart, so sorted ones without those inside of others are
 * searched by halves. */
#include "policy/allow.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/testimony.h"

#define LINE_SIZE 512

struct entry {
    struct prefix prefix;
    uint32_t list; /* ALLOW_OWN, ALLOW_POLICY, or ALLOW_FILE and the file's number */
};

enum { ALLOW_OWN, ALLOW_POLICY, ALLOW_FILE };

struct allow {
    struct entry *entries;
    size_t count, room;
    char *names[POLICY_FILES_MAX];
};

static int add(struct allow *allow, const struct prefix *prefix, uint32_t list,
               struct nj_err *err)
{
    if (allow->count == ALLOW_ENTRIES_MAX)
        return nj_fail(err, NJ_LIMIT, "allow lists: more than %u entries", ALLOW_ENTRIES_MAX);
    if (allow->count == allow->room) {
        size_t room = allow->room * 2 + 256;
        struct entry *bigger = reallocarray(allow->entries, room, sizeof(*bigger));

        if (bigger == NULL)
            return nj_fail(err, NJ_NOMEM, "no memory for allow lists");
        allow->entries = bigger;
        allow->room = room;
    }
    allow->entries[allow->count++] = (struct entry){.prefix = *prefix, .list = list};
    return 0;
}

/* ---- files ---- */

static int read_lines(struct allow *allow, FILE *in, const char *path, uint32_t list,
                      struct nj_err *err)
{
    char line[LINE_SIZE];
    unsigned number = 0;

    while (fgets(line, sizeof(line), in) != NULL) {
        struct prefix prefix;
        struct nj_err inner;
        char *text = line + strspn(line, " \t\r\n");

        number++;
        if (strchr(line, '\n') == NULL && !feof(in))
            return nj_fail(err, NJ_CONFIG, "%.100s:%u: a line of more than %d bytes", path,
                           number, LINE_SIZE - 2);
        text[strcspn(text, "# \t\r\n;")] = '\0';
        if (text[0] == '\0')
            continue;
        if (prefix_parse(text, &prefix, &inner) < 0)
            return nj_fail(err, NJ_CONFIG, "%.100s:%u: %.120s", path, number, inner.msg);
        if (add(allow, &prefix, list, err) < 0)
            return -1;
    }
    return ferror(in) ? nj_fail(err, NJ_IO, "read %s", path) : 0;
}

/* A MISP warning list of type "cidr": {"name": ..., "list": ["192.0.2.0/24", ...]}. */
static int read_warning_list(struct allow *allow, FILE *in, const char *path, uint32_t list,
                             struct nj_err *err)
{
    json_error_t fault;
    json_t *root = json_loadf(in, 0, &fault), *value;
    json_t *values = json_object_get(root, "list");
    size_t i;
    int rc = 0;

    if (root == NULL)
        return nj_fail(err, NJ_CONFIG, "%.100s:%d:%d: %.100s", path, fault.line, fault.column,
                       fault.text);
    if (!json_is_array(values))
        rc = nj_fail(err, NJ_CONFIG, "%.100s: no warning list: there is no \"list\"", path);
    for (i = 0; rc == 0 && i < json_array_size(values); i++) {
        struct prefix prefix;
        struct nj_err inner;

        value = json_array_get(values, i);
        if (!json_is_string(value))
            rc = nj_fail(err, NJ_CONFIG, "%.100s: entry %zu is no text", path, i + 1);
        else if (prefix_parse(json_string_value(value), &prefix, &inner) < 0)
            rc = nj_fail(err, NJ_CONFIG, "%.100s: entry %zu: %.100s", path, i + 1, inner.msg);
        else
            rc = add(allow, &prefix, list, err);
    }
    json_decref(root);
    return rc;
}

static int read_file(struct allow *allow, const char *path, uint32_t list, struct nj_err *err)
{
    FILE *in = fopen(path, "rbe");
    int c, rc;

    if (in == NULL)
        return nj_fail(err, NJ_IO, "open the allow list %s", path);
    c = getc(in);
    (void)ungetc(c, in);
    rc = c == '{' ? read_warning_list(allow, in, path, list, err)
                  : read_lines(allow, in, path, list, err);
    (void)fclose(in);
    return rc;
}

/* ---- imported lists
 * --------------------------------------------------------------------------
 */

static bool is_imported(const char *path)
{
    return strncmp(path, POLICY_LIST, strlen(POLICY_LIST)) == 0;
}

struct importing {
    struct allow *allow;
    uint32_t list;
};

static int on_testimony(void *ctx, const struct testimony *testimony, struct nj_err *err)
{
    const struct importing *importing = ctx;

    return add(importing->allow, &testimony->net, importing->list, err);
}

static int read_imported(struct allow *allow, struct store *store, const char *path,
                         uint32_t list, struct nj_err *err)
{
    struct importing importing = {.allow = allow, .list = list};
    const char *name = path + strlen(POLICY_LIST);
    struct testimony_list found;
    int rc = testimony_find_list(store, name, &found, err);

    if (rc == STORE_UNKNOWN)
        return nj_fail(err, NJ_CONFIG, "allow list %.80s: no such list was imported", name);
    if (rc == 0 && found.kind >= TESTIMONY_SERVICES)
        return nj_fail(err, NJ_CONFIG, "allow list %.80s: its kind is %s, which allows nobody",
                       name, testimony_kinds[found.kind]);
    return rc < 0 ? -1 : testimony_of(store, name, on_testimony, &importing, err);
}

/* ---- all of them ---- */

static int wider_first(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = addr_compare(a->prefix.first, b->prefix.first);

    if (order == 0)
        order = addr_compare(b->prefix.last, a->prefix.last);
    return order != 0 ? order : (a->list > b->list) - (a->list < b->list);
}

static void drop_inner(struct allow *allow)
{
    size_t kept = 0;

    if (allow->count == 0)
        return;
    qsort(allow->entries, allow->count, sizeof(*allow->entries), wider_first);
    for (size_t i = 1; i < allow->count; i++) {
        if (!prefix_has(&allow->entries[kept].prefix, allow->entries[i].prefix.first))
            allow->entries[++kept] = allow->entries[i];
    }
    allow->count = kept + 1;
}

int allow_new(const struct policy *policy, struct store *store, const struct sensor *sensors,
              size_t sensor_count, struct allow **ret_allow,
              struct allow_file ret_files[POLICY_FILES_MAX], struct nj_err *err)
{
    struct allow *allow = calloc(1, sizeof(*allow));
    int rc = 0;

    if (allow == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for allow lists");
    for (size_t i = 0; rc == 0 && policy->allow_own && i < sensor_count; i++) {
        for (size_t j = 0; rc == 0 && j < sensors[i].prefix_count; j++)
            rc = add(allow, &sensors[i].prefixes[j].prefix, ALLOW_OWN, err);
    }
    for (size_t i = 0; rc == 0 && i < policy->allowed_count; i++)
        rc = add(allow, &policy->allowed[i], ALLOW_POLICY, err);
    for (size_t i = 0; rc == 0 && i < policy->file_count; i++) {
        size_t before = allow->count;

        if (is_imported(policy->files[i]))
            rc = read_imported(allow, store, policy->files[i], (uint32_t)(ALLOW_FILE + i), err);
        else
            rc = read_file(allow, policy->files[i], (uint32_t)(ALLOW_FILE + i), err);
        ret_files[i] =
            (struct allow_file){.path = policy->files[i], .entries = allow->count - before};
        allow->names[i] = strdup(policy->files[i]);
        if (rc == 0 && allow->names[i] == NULL)
            rc = nj_fail(err, NJ_NOMEM, "no memory for allow lists");
    }
    if (rc < 0) {
        allow_free(allow);
        return -1;
    }
    drop_inner(allow);
    *ret_allow = allow;
    return 0;
}

void allow_free(struct allow *allow)
{
    if (allow == NULL)
        return;
    for (size_t i = 0; i < POLICY_FILES_MAX; i++)
        free(allow->names[i]);
    free(allow->entries);
    free(allow);
}

static const char *shown_name(const char *path)
{
    return is_imported(path) ? path + strlen(POLICY_LIST) : path;
}

bool allow_has(const struct allow *allow, const struct prefix *net, char *text)
{
    size_t low = 0, high = allow->count;
    const struct entry *entry;
    char entry_text[PREFIX_TEXT_MAX];

    while (low < high) { /* the first that ends at or behind the net's first address */
        size_t middle = low + (high - low) / 2;

        if (addr_compare(allow->entries[middle].prefix.last, net->first) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == allow->count || addr_compare(allow->entries[low].prefix.first, net->last) > 0)
        return false;
    entry = &allow->entries[low];
    (void)prefix_text(&entry->prefix, entry_text);
    if (entry->list == ALLOW_OWN)
        (void)snprintf(text, ALLOW_TEXT_MAX, "own prefix %s", entry_text);
    else if (entry->list == ALLOW_POLICY)
        (void)snprintf(text, ALLOW_TEXT_MAX, "%s is allowed by the policy", entry_text);
    else
        (void)snprintf(text, ALLOW_TEXT_MAX, "%s is in the allow list %.80s", entry_text,
                       shown_name(allow->names[entry->list - ALLOW_FILE]));
    return true;
}
