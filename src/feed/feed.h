/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions in the formats of those who act on them: firewalls, IDS, SIEM, other analysts.
 *
 * A feed is a row of `feeds`: {name, writer}. A writer is a pure function of validated
 * decisions: the same list gives the same bytes. feed_select makes the list: active, of the
 * wanted actions and family, without special ranges, without what a prefix covers, cut to the
 * worst N, in the order of addresses. feed_publish writes a temporary file, syncs and renames
 * it, so that a reader sees the list before or the list after and never a part. */
#ifndef NJ_FEED_FEED_H
#define NJ_FEED_FEED_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "model/decision.h"

enum feed_family { FEED_BOTH, FEED_V4, FEED_V6 };

#define FEED_ACTION(action) (1u << (action))
#define FEED_ENFORCED (FEED_ACTION(ACTION_BLOCK) | FEED_ACTION(ACTION_QUARANTINE))
#define FEED_ALL (FEED_ENFORCED | FEED_ACTION(ACTION_MONITOR))

/* What is said about a list. */
struct feed_about {
    int64_t generated_us; /* the instant that was decided about */
    int64_t expires_us;   /* without a newer list, take no notice of this one from then on */
    const char *publisher, *contact, *licence; /* one line each; "" if not given */
    const char *set;    /* nftables "FAMILY TABLE SET": refresh this set alone; NULL: whole */
    const char *prefix; /* of the names of tables, sets and categories; NULL: "nightjar" */
    const char *zone;   /* rpz; NULL: "rpz.nightjar." */
    const char *host;   /* syslog; NULL: "-" */
};

struct feed_list {
    struct decision *items; /* by address */
    size_t count;
    size_t cut;      /* left out: over the limit */
    size_t left_out; /* left out: of the other family, or a prefix where none can stand */
    enum feed_family family;
    struct decision *gone; /* feeds that retract: what is no longer listed, by address */
    size_t gone_count;
};

struct feed {
    const char *name;
    const char *summary;    /* for people */
    const char *media_type; /* for HTTP */
    const char *suffix;     /* of a file, with its dot */
    unsigned actions;       /* FEED_ACTION bits, unless the user names others */
    enum feed_family family;
    size_t limit;    /* what common devices take; 0: no limit */
    bool hosts_only; /* the format knows no prefixes */
    bool bare;       /* no place for a comment: what is said of it goes into a file beside it */
    bool folder;     /* several files */
    bool retracts;   /* consumers keep what is not taken back */
    size_t fixed;    /* entries that stand whatever was decided, and no others; 0: decisions */
    int (*write)(const struct feed_list *list, const struct feed_about *about, FILE *out,
                 struct nj_err *err);
    /* folder: @param dir  an empty one, which is put into place when this returns 0 */
    int (*write_folder)(const struct feed_list *list, const struct feed_about *about,
                        const char *dir, struct nj_err *err);
};

extern const struct feed feeds[];
extern const size_t feed_count;

/** @return NULL if there is none */
const struct feed *feed_find(const char *name);

struct feed_wanted {
    unsigned actions; /* 0: the feed's own */
    enum feed_family family;
    bool has_family;
    size_t limit;
    bool has_limit; /* 0: no limit */
    uint64_t actor; /* only of this one; 0: all */
};

/** select.c: make a list of decisions. @param ret  taken: feed_list_done. @return 0; -1
 * NJ_NOMEM */
int feed_select(const struct feed *feed, const struct decision *decisions, size_t count,
                const struct feed_wanted *wanted, struct feed_list *ret, struct nj_err *err);
void feed_list_done(struct feed_list *list);

/** How many entries the feed has of a list of its own. */
size_t feed_entries(const struct feed *feed, const struct feed_list *list);

/** The list as bytes, for HTTP and standard output. Not for folders. @param ret  taken */
int feed_bytes(const struct feed *feed, const struct feed_list *list,
               const struct feed_about *about, char **ret, size_t *ret_length,
               struct nj_err *err);

/** What is said of a list whose format has no place for it, as a JSON object. */
int feed_about_bytes(const struct feed *feed, const struct feed_list *list,
                     const struct feed_about *about, char **ret, size_t *ret_length,
                     struct nj_err *err);

/** publish.c: put a list into place, whole or not at all; of bare ones also PATH.about.json.
 * @return 0; -1 NJ_IO (what was there stays), NJ_NOMEM */
int feed_publish(const struct feed *feed, const struct feed_list *list,
                 const struct feed_about *about, const char *path, struct nj_err *err);

#endif
