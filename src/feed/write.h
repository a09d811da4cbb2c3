/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers share, and the writers. For feed/ only. */
#ifndef NJ_FEED_WRITE_H
#define NJ_FEED_WRITE_H

#include <inttypes.h>
#include <jansson.h>

#include "feed/feed.h"

#define FEED_PRODUCT "nightjar"

typedef int feed_writer(const struct feed_list *list, const struct feed_about *about, FILE *out,
                        struct nj_err *err);

feed_writer write_edl, write_nftables, write_ipset, write_iprep, write_categories,
    write_dataset, write_rules, write_snort, write_zeek, write_rpz, write_csv, write_ndjson,
    write_stix, write_cef, write_leef, write_ecs, write_ocsf, write_syslog;
int write_misp(const struct feed_list *list, const struct feed_about *about, const char *dir,
               struct nj_err *err);

/** "2014-09-23T10:00:00Z"; with milliseconds "...00.123Z". @return text */
#define FEED_TIME_MAX 40
char *feed_time(int64_t us, bool fraction, char *text);

/** "NJ-000042"; "" if there is none. @return text, of FEED_TIME_MAX bytes */
char *feed_actor(uint64_t actor, char *text);

/** The lines that say what a list is, each behind `lead` ("# "). */
void feed_head(FILE *out, const char *lead, const struct feed_list *list,
               const struct feed_about *about);

/** Whole seconds from the list's instant until the decision ends, at least 1. */
int64_t feed_seconds_left(const struct decision *decision, const struct feed_about *about);

bool feed_is_v4(const struct decision *decision);

const char *feed_prefix(const struct feed_about *about);

/** A value as text, by flags of the library. @param value  NULL: no memory. @return 0; -1 */
int feed_json_dump(FILE *out, const json_t *value, size_t flags);

/** One object a line. @param object  taken */
int feed_json_line(FILE *out, json_t *object, struct nj_err *err);

/** A JSON text of a string that may be no UTF-8: bytes that are none become '?'. */
json_t *feed_json_text(const char *text);

/** Set a member of an object to that; "" sets nothing. */
void feed_json_set(json_t *object, const char *name, const char *text);

/** A decision as a flat object with the names of the `decisions` command. NULL: no memory */
json_t *feed_json_decision(const struct decision *decision);

/* An identifier that follows from a name (RFC 9562, version 5: SHA-1 of namespace and name). */
#define FEED_UUID_MAX 37
extern const char feed_namespace[];      /* ours */
extern const char feed_stix_namespace[]; /* for observables (STIX 2.1, 2.9) */
char *feed_uuid(const char *name_space, const char *name, char uuid[FEED_UUID_MAX]);

/** Lower-case hex digits. */
void feed_md5(const char *text, char ret_hex[33]);
void feed_sha256(const void *bytes, size_t length, char ret_hex[65]);

#endif
