/* SPDX-License-Identifier: Apache-2.0 */
/* The table of feeds, and a list as bytes. */
#include "feed/feed.h"

#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "feed/write.h"

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
     .fixed = 3, /* one for each action */
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

/* ---- bytes ---- */

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
    (void)__fsetlocking(out,
                        FSETLOCKING_BYCALLER); /* no lock for each word: it is ours alone */
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
    (void)json_object_set_new(object, "entries",
                              json_integer((json_int_t)feed_entries(feed, list)));
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
