/* SPDX-License-Identifier: Apache-2.0 */
/* The table of feeds, and the way of a list from decisions to a file. */
#include "feed/feed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed/write.h"
#include "model/special.h"

const struct feed feeds[] = {
    {.name = "edl",
     .summary = "plain addresses for Palo Alto, Fortinet, Check Point, pfSense",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".txt",
     .actions = FEED_ACTION(ACTION_BLOCK),
     .family = FEED_V4,
     .limit = 50000,
     .bare = true,
     .write = write_edl},
    {.name = "nftables",
     .summary = "sets with time-outs, for nft -f",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".nft",
     .actions = FEED_ENFORCED,
     .write = write_nftables},
    {.name = "ipset",
     .summary = "sets with time-outs, for ipset restore",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".ipset",
     .actions = FEED_ENFORCED,
     .bare = true,
     .write = write_ipset},
    {.name = "suricata-iprep",
     .summary = "Suricata IP reputation list",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".list",
     .actions = FEED_ALL,
     .write = write_iprep},
    {.name = "suricata-categories",
     .summary = "Suricata reputation categories, which the list needs",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".txt",
     .actions = FEED_ALL,
     .bare = true,
     .write = write_categories},
    {.name = "suricata-dataset",
     .summary = "Suricata dataset of type ip, with score (datarep)",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".lst",
     .actions = FEED_ENFORCED,
     .hosts_only = true,
     .bare = true,
     .write = write_dataset},
    {.name = "suricata-rules",
     .summary = "Suricata rules on the addresses",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".rules",
     .actions = FEED_ENFORCED,
     .write = write_rules},
    {.name = "snort",
     .summary = "Snort reputation list",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".blf",
     .actions = FEED_ACTION(ACTION_BLOCK),
     .write = write_snort},
    {.name = "zeek",
     .summary = "Zeek intelligence file",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".intel",
     .actions = FEED_ALL,
     .bare = true,
     .write = write_zeek},
    {.name = "rpz",
     .summary = "DNS response policy zone",
     .media_type = "text/dns; charset=utf-8",
     .suffix = ".zone",
     .actions = FEED_ACTION(ACTION_BLOCK),
     .write = write_rpz},
    {.name = "csv",
     .summary = "every field, with a header line",
     .media_type = "text/csv; charset=utf-8",
     .suffix = ".csv",
     .actions = FEED_ALL,
     .bare = true,
     .write = write_csv},
    {.name = "ndjson",
     .summary = "every field, an object a line",
     .media_type = "application/x-ndjson",
     .suffix = ".ndjson",
     .actions = FEED_ALL,
     .bare = true,
     .write = write_ndjson},
    {.name = "stix",
     .summary = "STIX 2.1 bundle with actors and relationships",
     .media_type = "application/stix+json;version=2.1",
     .suffix = ".json",
     .actions = FEED_ALL,
     .limit = 10000,
     .write = write_stix},
    {.name = "misp",
     .summary = "MISP feed: a folder with manifest and hashes",
     .media_type = "application/json",
     .suffix = "",
     .actions = FEED_ENFORCED,
     .limit = 10000,
     .folder = true,
     .retracts = true,
     .write_folder = write_misp},
    {.name = "cef",
     .summary = "ArcSight CEF events",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".cef",
     .actions = FEED_ALL,
     .bare = true,
     .write = write_cef},
    {.name = "leef",
     .summary = "QRadar LEEF 2.0 events",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".leef",
     .actions = FEED_ALL,
     .bare = true,
     .write = write_leef},
    {.name = "ecs",
     .summary = "Elastic Common Schema, an object a line",
     .media_type = "application/x-ndjson",
     .suffix = ".ndjson",
     .actions = FEED_ALL,
     .bare = true,
     .write = write_ecs},
    {.name = "ocsf",
     .summary = "OCSF detection findings, an object a line",
     .media_type = "application/x-ndjson",
     .suffix = ".ndjson",
     .actions = FEED_ALL,
     .bare = true,
     .write = write_ocsf},
    {.name = "syslog",
     .summary = "RFC 5424 messages, one a line",
     .media_type = "text/plain; charset=utf-8",
     .suffix = ".log",
     .actions = FEED_ALL,
     .bare = true,
     .write = write_syslog},
};
const size_t feed_count = sizeof(feeds) / sizeof(feeds[0]);

const struct feed *feed_find(const char *name)
{
    for (size_t i = 0; i < feed_count; i++) {
        if (strcmp(feeds[i].name, name) == 0)
            return &feeds[i];
    }
    return NULL;
}

/* ---- lists ---------------------------------------------------------------------------------
 */

bool feed_is_v4(const struct decision *decision)
{
    return addr_is_v4(decision->net.first) && addr_is_v4(decision->net.last);
}

/* Whether it may stand in a list at all. */
static bool is_listable(const struct feed_wanted *wanted, const struct decision *decision)
{
    return (wanted->actor == 0 || wanted->actor == decision->actor) &&
           special_range(&decision->net) == NULL && prefix_length(&decision->net) > 0;
}

static bool wanted_here(const struct feed *feed, const struct feed_wanted *wanted,
                        const struct decision *decision)
{
    unsigned actions = wanted->actions != 0 ? wanted->actions : feed->actions;

    return decision->state == DECISION_ACTIVE &&
           (actions & FEED_ACTION(decision->action)) != 0 && is_listable(wanted, decision);
}

static bool fits(const struct feed *feed, enum feed_family family,
                 const struct decision *decision)
{
    if (feed->hosts_only && !prefix_is_host(&decision->net))
        return false;
    return family == FEED_BOTH || (family == FEED_V4) == feed_is_v4(decision);
}

/* What the list held and no longer does, the last to end first: for consumers who forget
 * nothing by themselves. */
static int newest_end(const void *left, const void *right)
{
    const struct decision *a = left, *b = right;

    if (a->ended_us != b->ended_us)
        return a->ended_us > b->ended_us ? -1 : 1;
    return decision_by_address(left, right);
}

static int select_gone(const struct feed *feed, const struct decision *decisions, size_t count,
                       const struct feed_wanted *wanted, size_t limit, struct feed_list *list,
                       struct nj_err *err)
{
    list->gone = calloc(count + 1, sizeof(*list->gone));
    if (list->gone == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a list");
    for (size_t i = 0; i < count; i++) {
        if (decisions[i].ended_us != 0 && !wanted_here(feed, wanted, &decisions[i]) &&
            is_listable(wanted, &decisions[i]) && fits(feed, list->family, &decisions[i]))
            list->gone[list->gone_count++] = decisions[i];
    }
    qsort(list->gone, list->gone_count, sizeof(*list->gone), newest_end);
    if (limit > 0 && list->gone_count > limit)
        list->gone_count = limit;
    qsort(list->gone, list->gone_count, sizeof(*list->gone), decision_by_address);
    return 0;
}

/* Drop what stands twice, and what is inside of a prefix of at least the same action. The list
 * is in the order of addresses, wider ones first. */
static void drop_covered(struct feed_list *list)
{
    size_t kept = 0, cover = 0;
    bool has_cover = false;

    for (size_t i = 0; i < list->count; i++) {
        const struct decision *decision = &list->items[i];

        if (has_cover && addr_compare(decision->net.last, list->items[cover].net.last) <= 0 &&
            decision->action <= list->items[cover].action)
            continue;
        if (kept > 0 && addr_equal(decision->net.first, list->items[kept - 1].net.first) &&
            addr_equal(decision->net.last, list->items[kept - 1].net.last))
            continue;
        if (!prefix_is_host(&decision->net)) {
            has_cover = true;
            cover = kept;
        }
        list->items[kept++] = *decision;
    }
    list->count = kept;
}

int feed_select(const struct feed *feed, const struct decision *decisions, size_t count,
                const struct feed_wanted *wanted, struct feed_list *ret, struct nj_err *err)
{
    struct feed_list list = {.family = wanted->has_family ? wanted->family : feed->family};
    size_t limit = wanted->has_limit ? wanted->limit : feed->limit;

    list.items = calloc(count + 1, sizeof(*list.items));
    if (list.items == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for a list");
    for (size_t i = 0; i < count; i++) {
        if (!wanted_here(feed, wanted, &decisions[i]))
            continue;
        if (fits(feed, list.family, &decisions[i]))
            list.items[list.count++] = decisions[i];
        else
            list.left_out++;
    }
    qsort(list.items, list.count, sizeof(*list.items), decision_by_address);
    drop_covered(&list);
    if (limit > 0 && list.count > limit) {
        qsort(list.items, list.count, sizeof(*list.items), decision_worse);
        list.cut = list.count - limit;
        list.count = limit;
        qsort(list.items, list.count, sizeof(*list.items), decision_by_address);
    }
    if (feed->retracts && select_gone(feed, decisions, count, wanted, limit, &list, err) < 0) {
        feed_list_done(&list);
        return -1;
    }
    *ret = list;
    return 0;
}

void feed_list_done(struct feed_list *list)
{
    free(list->items);
    free(list->gone);
    *list = (struct feed_list){0};
}

/* ---- bytes ---------------------------------------------------------------------------------
 */

int feed_bytes(const struct feed *feed, const struct feed_list *list,
               const struct feed_about *about, char **ret, size_t *ret_length,
               struct nj_err *err)
{
    char *bytes = NULL;
    size_t length = 0;
    FILE *out;
    int rc;

    if (feed->folder)
        return nj_fail(err, NJ_CONFIG, "the feed %s is a folder of files", feed->name);
    out = open_memstream(&bytes, &length);
    if (out == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the feed %s", feed->name);
    rc = feed->write(list, about, out, err);
    if ((ferror(out) | fclose(out)) != 0 && rc == 0)
        rc = nj_fail(err, NJ_NOMEM, "no memory for the feed %s", feed->name);
    if (rc < 0) {
        free(bytes);
        return -1;
    }
    *ret = bytes;
    *ret_length = length;
    return 0;
}

int feed_about_bytes(const struct feed *feed, const struct feed_list *list,
                     const struct feed_about *about, char **ret, size_t *ret_length,
                     struct nj_err *err)
{
    json_t *object = json_object();
    char text[FEED_TIME_MAX];
    char *bytes;

    (void)json_object_set_new(object, "feed", json_string(feed->name));
    (void)json_object_set_new(object, "publisher", feed_json_text(about->publisher));
    (void)json_object_set_new(object, "contact", feed_json_text(about->contact));
    (void)json_object_set_new(object, "licence", feed_json_text(about->licence));
    (void)json_object_set_new(object, "generated",
                              json_string(feed_time(about->generated_us, false, text)));
    (void)json_object_set_new(object, "expires",
                              json_string(feed_time(about->expires_us, false, text)));
    (void)json_object_set_new(object, "entries", json_integer((json_int_t)list->count));
    (void)json_object_set_new(object, "cut", json_integer((json_int_t)list->cut));
    (void)json_object_set_new(object, "left_out", json_integer((json_int_t)list->left_out));
    bytes = json_dumps(object, JSON_INDENT(2));
    json_decref(object);
    if (bytes == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for the feed %s", feed->name);
    *ret = bytes;
    *ret_length = strlen(bytes);
    return 0;
}

/* ---- files ---------------------------------------------------------------------------------
 */

static int sync_folder_of(const char *path, struct nj_err *err)
{
    char folder[PATH_MAX];
    char *slash;
    int fd, rc = 0;

    (void)snprintf(folder, sizeof(folder), "%s", path);
    slash = strrchr(folder, '/');
    if (slash == NULL)
        (void)snprintf(folder, sizeof(folder), ".");
    else
        slash[slash == folder] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        rc = nj_fail(err, NJ_IO, "sync the folder %s", folder);
    if (fd >= 0)
        (void)close(fd);
    return rc;
}

/* Bytes to a file that is there whole or not at all. */
static int put_file(const char *path, const char *bytes, size_t length, struct nj_err *err)
{
    char temporary[PATH_MAX];
    FILE *out;
    int fd, rc = 0;

    if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
        return nj_fail(err, NJ_CONFIG, "the path is too long: %.100s", path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return nj_fail(err, NJ_IO, "write %s", path);
    out = fdopen(fd, "wb");
    if (out == NULL) {
        rc = nj_fail(err, NJ_IO, "write %s", path);
        (void)close(fd);
    } else {
        if (fwrite(bytes, 1, length, out) != length || fflush(out) != 0 ||
            fchmod(fd, 0644) < 0 || fsync(fd) < 0)
            rc = nj_fail(err, NJ_IO, "write %s", path);
        if (fclose(out) != 0 && rc == 0)
            rc = nj_fail(err, NJ_IO, "write %s", path);
    }
    if (rc == 0 && rename(temporary, path) < 0)
        rc = nj_fail(err, NJ_IO, "put %s into place", path);
    if (rc < 0)
        (void)unlink(temporary);
    return rc < 0 ? -1 : sync_folder_of(path, err);
}

static void remove_folder(const char *dir)
{
    DIR *folder = opendir(dir);
    const struct dirent *entry;
    char path[PATH_MAX];

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.' &&
            snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) < (int)sizeof(path))
            (void)unlink(path);
    }
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(dir);
}

static int move_file(int from, int to, const char *name, struct nj_err *err)
{
    return renameat(from, name, to, name) < 0 ? nj_fail(err, NJ_IO, "put %s into place", name)
                                              : 0;
}

/* The files of a new folder move into the old one, the one that names the others last: a reader
 * who comes in between finds all that the manifest names. */
static int move_files(const char *from, const char *to, const char *last, struct nj_err *err)
{
    DIR *old = opendir(from), *new = opendir(to);
    const struct dirent *entry;
    int rc = 0;

    if (old == NULL || new == NULL)
        rc = nj_fail(err, NJ_IO, "open the folder %s", old == NULL ? from : to);
    while (rc == 0 && (entry = readdir(old)) != NULL) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, last) != 0)
            rc = move_file(dirfd(old), dirfd(new), entry->d_name, err);
    }
    if (rc == 0)
        rc = move_file(dirfd(old), dirfd(new), last, err);
    if (rc == 0 && fsync(dirfd(new)) < 0)
        rc = nj_fail(err, NJ_IO, "sync the folder %s", to);
    if (old != NULL)
        (void)closedir(old);
    if (new != NULL)
        (void)closedir(new);
    return rc;
}

static int put_folder(const struct feed *feed, const struct feed_list *list,
                      const struct feed_about *about, const char *path, struct nj_err *err)
{
    char temporary[PATH_MAX];
    int rc;

    if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
        return nj_fail(err, NJ_CONFIG, "the path is too long: %.100s", path);
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        return nj_fail(err, NJ_IO, "make the folder %s", path);
    if (mkdtemp(temporary) == NULL)
        return nj_fail(err, NJ_IO, "make a folder beside %s", path);
    rc = feed->write_folder(list, about, temporary, err);
    if (rc == 0)
        rc = move_files(temporary, path, "manifest.json", err);
    remove_folder(temporary);
    return rc;
}

int feed_publish(const struct feed *feed, const struct feed_list *list,
                 const struct feed_about *about, const char *path, struct nj_err *err)
{
    char beside[PATH_MAX];
    char *bytes = NULL;
    size_t length;
    int rc;

    if (feed->folder)
        return put_folder(feed, list, about, path, err);
    if (feed_bytes(feed, list, about, &bytes, &length, err) < 0)
        return -1;
    rc = put_file(path, bytes, length, err);
    free(bytes);
    if (rc < 0 || !feed->bare)
        return rc;
    if (snprintf(beside, sizeof(beside), "%s.about.json", path) >= (int)sizeof(beside))
        return nj_fail(err, NJ_CONFIG, "the path is too long: %.100s", path);
    if (feed_about_bytes(feed, list, about, &bytes, &length, err) < 0)
        return -1;
    rc = put_file(beside, bytes, length, err);
    free(bytes);
    return rc;
}
