/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "about/dossier.h"
#include "server/internal.h"

void lookup_init(struct lookup *lookup)
{
    *lookup = (struct lookup){.enrich = NULL};
    (void)pthread_mutex_init(&lookup->lock, NULL);
}

void lookup_done(struct lookup *lookup)
{
    enrich_free(lookup->enrich);
    lookup->enrich = NULL;
    (void)pthread_mutex_destroy(&lookup->lock);
}

/* With the lock held: the databases, opened when they are first asked. NULL: there are none. */
static struct enrich *databases(struct server *server)
{
    struct lookup *lookup = &server->lookup;
    struct nj_err err;

    if (lookup->enrich == NULL && !lookup->failed) {
        lookup->failed =
            server->options.open_enrich(server->options.enrich_ctx, &lookup->enrich, &err) < 0;
        if (lookup->failed)
            server_say(server, "addresses stay without a place: %s", err.msg);
    }
    return lookup->failed ? NULL : lookup->enrich;
}

void lookup_detail(struct server *server, struct addr a, struct place_detail *ret)
{
    struct enrich *enrich;

    *ret = (struct place_detail){.lat = NAN, .lon = NAN};
    (void)pthread_mutex_lock(&server->lookup.lock);
    enrich = databases(server);
    if (enrich != NULL)
        enrich_detail(enrich, a, ret);
    (void)pthread_mutex_unlock(&server->lookup.lock);
}

void lookup_as_name(struct server *server, uint32_t asn, char *ret, size_t size)
{
    struct enrich *enrich;

    ret[0] = '\0';
    (void)pthread_mutex_lock(&server->lookup.lock);
    enrich = databases(server);
    if (enrich != NULL)
        (void)snprintf(ret, size, "%s", enrich_as_name(enrich, asn));
    (void)pthread_mutex_unlock(&server->lookup.lock);
}

json_t *lookup_databases(struct server *server)
{
    struct enrich *enrich;
    json_t *list;

    (void)pthread_mutex_lock(&server->lookup.lock);
    enrich = databases(server);
    list = enrich == NULL ? json_array() : about_databases(enrich);
    (void)pthread_mutex_unlock(&server->lookup.lock);
    return list;
}
