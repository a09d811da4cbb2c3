/* SPDX-License-Identifier: Apache-2.0 */
#include "server/decided.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "server/internal.h"
#include "server/lists.h"

#define UNUSED_NS (60 * INT64_C(1000000000))

struct entry {
    struct about_decided made; /* first: what is borrowed is found by it */
    enum { MAKING, MADE, FAILED } state;
    struct nj_err err;
    uint64_t since, version; /* between them only we have written */
    int64_t at_us, used_ns;
    bool present; /* nobody named the instant */
    unsigned users;
    bool listed; /* for others to find */
    struct entry *next;
};

struct decided {
    pthread_mutex_t lock;
    pthread_cond_t done; /* one is made, or failed */
    struct entry *entries;
    uint64_t made;
};

struct decided *decided_new(void)
{
    struct decided *decided = calloc(1, sizeof(*decided));

    if (decided == NULL)
        return NULL;
    (void)pthread_mutex_init(&decided->lock, NULL);
    (void)pthread_cond_init(&decided->done, NULL);
    return decided;
}

/* With the lock held, as all that follows. */
static void free_if_unused(struct entry *entry)
{
    if (entry->users > 0 || entry->listed)
        return;
    if (entry->state == MADE)
        about_decided_done(&entry->made);
    free(entry);
}

static void unlist(struct decided *decided, struct entry *entry)
{
    for (struct entry **at = &decided->entries; *at != NULL; at = &(*at)->next)
        if (*at == entry) {
            *at = entry->next;
            break;
        }
    entry->listed = false;
    free_if_unused(entry);
}

void decided_free(struct decided *decided)
{
    if (decided == NULL)
        return;
    while (decided->entries != NULL)
        unlist(decided, decided->entries);
    (void)pthread_cond_destroy(&decided->done);
    (void)pthread_mutex_destroy(&decided->lock);
    free(decided);
}

static struct entry *find(const struct decided *decided, uint64_t version, int64_t at_us)
{
    for (struct entry *entry = decided->entries; entry != NULL; entry = entry->next)
        if (entry->since <= version && entry->version >= version && entry->at_us == at_us)
            return entry;
    return NULL;
}

/* Of the present and of other instants one is kept: this one, or a newer one. */
static void drop_older(struct decided *decided, struct entry *made)
{
    struct entry *next;
    bool newest = true;

    for (struct entry *entry = decided->entries; entry != NULL; entry = next) {
        next = entry->next;
        if (entry == made || entry->state != MADE || entry->present != made->present)
            continue;
        if (entry->version <= made->version)
            unlist(decided, entry);
        else
            newest = false;
    }
    if (!newest)
        unlist(decided, made);
}

/* Without the lock. */
static int make(struct ask *ask, int64_t at_us, struct about_decided *ret, struct nj_err *err)
{
    struct policy_wanted policy;

    list_policy(ask->server, &policy);
    return about_decide(ask->store, &policy, at_us, ret, err);
}

static void finish(struct decided *decided, struct entry *entry, int rc,
                   const struct nj_err *err)
{
    entry->state = rc == 0 ? MADE : FAILED;
    decided->made++;
    if (rc < 0)
        entry->err = *err;
    if (rc == 0 && entry->listed)
        drop_older(decided, entry);
    else if (entry->listed)
        unlist(decided, entry);
    (void)pthread_cond_broadcast(&decided->done);
}

int decided_take(struct ask *ask, int64_t at_us, const struct about_decided **ret,
                 struct nj_err *err)
{
    struct decided *decided = ask->server->decided;
    struct entry *entry, *fresh = calloc(1, sizeof(*fresh));
    int rc = 0;

    if (fresh == NULL)
        return nj_fail(err, NJ_NOMEM, "no memory for decisions");
    (void)pthread_mutex_lock(&decided->lock);
    entry = ask->versioned ? find(decided, ask->version, at_us) : NULL;
    if (entry != NULL) {
        free(fresh);
        entry->users++;
        while (entry->state == MAKING)
            (void)pthread_cond_wait(&decided->done, &decided->lock);
    } else {
        entry = fresh;
        entry->since = entry->version = ask->version;
        entry->at_us = at_us;
        entry->present = (ask->query->given & PARAM_AT) == 0;
        entry->users = 1;
        if (ask->versioned) {
            entry->listed = true;
            entry->next = decided->entries;
            decided->entries = entry;
        }
        (void)pthread_mutex_unlock(&decided->lock);
        rc = make(ask, at_us, &entry->made, err);
        (void)pthread_mutex_lock(&decided->lock);
        finish(decided, entry, rc, err);
    }
    entry->used_ns = nj_monotonic_ns();
    if (entry->state == FAILED) {
        *err = entry->err;
        entry->users--;
        free_if_unused(entry);
        rc = -1;
    } else {
        *ret = &entry->made;
        ask->version = entry->version;
    }
    (void)pthread_mutex_unlock(&decided->lock);
    return rc;
}

void decided_give(struct decided *decided, const struct about_decided *of)
{
    struct entry *entry = (struct entry *)(uintptr_t)of;

    (void)pthread_mutex_lock(&decided->lock);
    entry->users--;
    free_if_unused(entry);
    (void)pthread_mutex_unlock(&decided->lock);
}

uint64_t decided_made(struct decided *decided)
{
    uint64_t made;

    (void)pthread_mutex_lock(&decided->lock);
    made = decided->made;
    (void)pthread_mutex_unlock(&decided->lock);
    return made;
}

void decided_watch(struct decided *decided, int64_t now_ns)
{
    struct entry *next;

    (void)pthread_mutex_lock(&decided->lock);
    for (struct entry *entry = decided->entries; entry != NULL; entry = next) {
        next = entry->next;
        if (entry->users == 0 && now_ns - entry->used_ns > UNUSED_NS)
            unlist(decided, entry);
    }
    (void)pthread_mutex_unlock(&decided->lock);
}

/* ---- writes of our own ---- */

void decided_begin_write(struct ask *ask, struct own_write *ret)
{
    uint64_t version;
    struct nj_err err;

    /* in this order: what is committed behind the first is seen by decided_end_write */
    ret->alone = ask->versioned && store_generation(ask->store, &ret->others, &err) == 0 &&
                 snapshot_version(&ask->server->snapshot, &version) && version == ask->version;
}

void decided_end_write(struct ask *ask, const struct own_write *write)
{
    struct decided *decided = ask->server->decided;
    uint64_t version;
    int64_t others;
    struct nj_err err;

    if (!write->alone || !snapshot_version(&ask->server->snapshot, &version) ||
        !snapshot_same_settings(version, ask->version) ||
        store_generation(ask->store, &others, &err) < 0 || others != write->others)
        return;
    (void)pthread_mutex_lock(&decided->lock);
    for (struct entry *entry = decided->entries; entry != NULL; entry = entry->next)
        if (entry->version == ask->version && entry->state == MADE)
            entry->version = version;
    (void)pthread_mutex_unlock(&decided->lock);
    ask->version = version;
}
