/* SPDX-License-Identifier: Apache-2.0 */
/* What lists tell of an address beside the decision: what its score says was seen of it, and
 * the tools and ports of its episodes. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/candidates.h"
#include "store/derived_internal.h"
#include "store/episode_bytes.h"

#define PORTS_TOLD 9 /* those of most sessions */

/* Sessions of a port, or of a tool whose name stands among the names. */
struct sum {
    uint64_t port;
    size_t name, length;
    uint64_t sessions;
};

struct sums {
    struct sum *items;
    size_t count, room;
};

struct teller {
    struct store *store;
    int64_t at_us;
    sqlite3_stmt *seen, *episodes, *actor;
    struct sums ports, tools;
    struct text names;
};

static struct sum *add(struct sums *sums, struct nj_err *err)
{
    if (sums->count == sums->room) {
        size_t room = 2 * sums->room + 64;
        struct sum *grown = reallocarray(sums->items, room, sizeof(*grown));

        if (grown == NULL) {
            (void)nj_fail(err, NJ_NOMEM, "no memory for what is known of an address");
            return NULL;
        }
        sums->items = grown;
        sums->room = room;
    }
    sums->items[sums->count] = (struct sum){.port = 0};
    return &sums->items[sums->count++];
}

/* ---- ports ---- */

static int add_ports(struct teller *t, struct nj_err *err)
{
    struct nj_cursor c = nj_cursor(sqlite3_column_blob(t->episodes, 2),
                                   (size_t)sqlite3_column_bytes(t->episodes, 2));
    struct episode_port port;

    while (episode_port_next(&c, &port)) {
        struct sum *sum = add(&t->ports, err);

        if (sum == NULL)
            return -1;
        sum->port = port.port;
        sum->sessions = port.sessions;
    }
    return 0;
}

static int by_port(const void *a, const void *b)
{
    const struct sum *left = a, *right = b;

    return (left->port > right->port) - (left->port < right->port);
}

static int most_first(const void *a, const void *b)
{
    const struct sum *left = a, *right = b;

    if (left->sessions != right->sessions)
        return left->sessions > right->sessions ? -1 : 1;
    return by_port(a, b);
}

/* A port of several protocols, or episodes, is one. */
static void tell_ports(struct sums *ports, struct decision *decision)
{
    size_t count = 0, used = 0;

    decision->ports[0] = '\0';
    if (ports->count == 0)
        return;
    qsort(ports->items, ports->count, sizeof(*ports->items), by_port);
    for (size_t i = 1; i < ports->count; i++)
        if (ports->items[i].port == ports->items[count].port)
            ports->items[count].sessions += ports->items[i].sessions;
        else
            ports->items[++count] = ports->items[i];
    qsort(ports->items, ++count, sizeof(*ports->items), most_first);
    for (size_t i = 0; i < count && i < PORTS_TOLD && used < sizeof(decision->ports); i++)
        used += (size_t)snprintf(decision->ports + used, sizeof(decision->ports) - used, "%s%u",
                                 i == 0 ? "" : ",", (unsigned)ports->items[i].port);
}

/* ---- tools ---- */

static int add_tool(struct teller *t, uint64_t sessions, struct nj_err *err)
{
    const char *name = (const char *)sqlite3_column_text(t->episodes, 1);
    size_t length = (size_t)sqlite3_column_bytes(t->episodes, 1);
    struct sum *sum;

    if (name == NULL)
        return 0;
    for (size_t i = 0; i < t->tools.count; i++) {
        sum = &t->tools.items[i];
        if (sum->length == length && memcmp(t->names.bytes + sum->name, name, length) == 0) {
            sum->sessions += sessions;
            return 0;
        }
    }
    sum = add(&t->tools, err);
    if (sum == NULL)
        return -1;
    sum->name = t->names.length;
    sum->length = length;
    sum->sessions = sessions;
    text_add(&t->names, name, length);
    return t->names.no_memory ? nj_fail(err, NJ_NOMEM, "no memory for the name of a tool") : 0;
}

/* Of those with as many sessions the first of the alphabet. */
static bool is_before(const struct teller *t, const struct sum *a, const struct sum *b)
{
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order;

    if (a->sessions != b->sessions)
        return a->sessions > b->sessions;
    order = memcmp(t->names.bytes + a->name, t->names.bytes + b->name, shorter);
    return order < 0 || (order == 0 && a->length < b->length);
}

static void tell_tool(const struct teller *t, struct decision *decision)
{
    const struct sum *most = NULL;

    for (size_t i = 0; i < t->tools.count; i++)
        if (most == NULL || is_before(t, &t->tools.items[i], most))
            most = &t->tools.items[i];
    (void)snprintf(decision->tool, sizeof(decision->tool), "%.*s",
                   most == NULL ? 0 : (int)most->length,
                   most == NULL ? "" : t->names.bytes + most->name);
}

/* ---- all of it ---- */

/* @return 0; 1: nothing was seen of it by then; -1 */
static int tell_seen(struct teller *t, struct decision *decision, struct nj_err *err)
{
    struct binder b = {.stmt = t->seen};
    int rc;

    bind_int(&b, t->at_us);
    bind_addr(&b, decision->net.first);
    rc = catalog_next(t->store, b.stmt, err);
    if (rc > 0) {
        const char *country = (const char *)sqlite3_column_text(b.stmt, 3);

        decision->first_us = sqlite3_column_int64(b.stmt, 0);
        decision->sessions = sqlite3_column_int64(b.stmt, 1) <= t->at_us
                                 ? (uint64_t)sqlite3_column_int64(b.stmt, 2)
                                 : 0;
        (void)snprintf(decision->country, sizeof(decision->country), "%s",
                       country == NULL ? "" : country);
        decision->asn = (uint32_t)sqlite3_column_int64(b.stmt, 4);
    }
    (void)sqlite3_reset(b.stmt);
    return rc < 0 ? -1 : rc == 0;
}

/* Its tool and ports. */
static int tell_episodes(struct teller *t, struct decision *decision, struct nj_err *err)
{
    struct binder b = {.stmt = t->episodes};
    int rc;

    t->ports.count = t->tools.count = t->names.length = 0;
    bind_int(&b, t->at_us);
    bind_addr(&b, decision->net.first);
    while ((rc = catalog_next(t->store, b.stmt, err)) > 0) {
        if (add_tool(t, (uint64_t)sqlite3_column_int64(b.stmt, 0), err) < 0 ||
            add_ports(t, err) < 0) {
            rc = -1;
            break;
        }
    }
    (void)sqlite3_reset(b.stmt);
    if (rc < 0)
        return -1;
    tell_tool(t, decision);
    tell_ports(&t->ports, decision);
    return 0;
}

static int tell_actor(struct teller *t, struct decision *decision, struct nj_err *err)
{
    struct binder b = {.stmt = t->actor};
    int rc;

    if (decision->actor == 0)
        return 0;
    bind_int(&b, (int64_t)decision->actor);
    rc = catalog_next(t->store, b.stmt, err);
    if (rc > 0)
        decision->actor_us = sqlite3_column_int64(b.stmt, 0);
    (void)sqlite3_reset(b.stmt);
    return rc < 0 ? -1 : 0;
}

/* In one transaction, since it takes a lock and lets it go for each that is not. */
static int tell_all(struct teller *t, struct decision *decisions, size_t count,
                    struct nj_err *err)
{
    int rc = catalog_exec(t->store, "BEGIN", err);

    if (rc < 0)
        return -1;
    for (size_t i = 0; rc >= 0 && i < count; i++) {
        rc = tell_seen(t, &decisions[i], err);
        if (rc == 0)
            rc = tell_episodes(t, &decisions[i], err);
        if (rc == 0)
            rc = tell_actor(t, &decisions[i], err);
    }
    return catalog_end(t->store, rc < 0 ? -1 : 0, err);
}

int store_decisions_about(struct store *store, int64_t at_us, struct decision *decisions,
                          size_t count, struct nj_err *err)
{
    struct teller t = {.store = store, .at_us = at_us};
    int rc = -1;

    if (catalog_prepare(store,
                        "SELECT first_us, last_us, sessions, country, asn FROM score"
                        " WHERE source = ?2 AND first_us <= ?1",
                        &t.seen, err) == 0 &&
        catalog_prepare(store,
                        "SELECT sessions, tool, ports FROM episode"
                        " WHERE source = ?2 AND first_us <= ?1",
                        &t.episodes, err) == 0 &&
        catalog_prepare(store, "SELECT stated_us FROM actor WHERE id = ?", &t.actor, err) == 0)
        rc = tell_all(&t, decisions, count, err);
    (void)sqlite3_finalize(t.seen);
    (void)sqlite3_finalize(t.episodes);
    (void)sqlite3_finalize(t.actor);
    free(t.ports.items);
    free(t.tools.items);
    text_done(&t.names);
    return rc;
}
