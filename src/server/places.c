/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "server/internal.h"

void places_init(struct places *places)
{
    *places = (struct places){.enrich = NULL};
    (void)pthread_mutex_init(&places->lock, NULL);
}

void places_done(struct places *places)
{
    enrich_free(places->enrich);
    places->enrich = NULL;
    (void)pthread_mutex_destroy(&places->lock);
}

/* With the lock held: the databases, opened when they are first asked. NULL: there are none. */
static struct enrich *databases(struct server *server)
{
    struct places *places = &server->places;
    struct nj_err err;

    if (places->enrich == NULL && !places->failed) {
        places->failed =
            server->options.open_enrich(server->options.enrich_ctx, &places->enrich, &err) < 0;
        if (places->failed)
            server_say(server, "addresses stay without a place: %s", err.msg);
    }
    return places->failed ? NULL : places->enrich;
}

void places_detail(struct server *server, struct addr a, struct place_detail *ret)
{
    struct enrich *enrich;

    *ret = (struct place_detail){.lat = NAN, .lon = NAN};
    (void)pthread_mutex_lock(&server->places.lock);
    enrich = databases(server);
    if (enrich != NULL)
        enrich_detail(enrich, a, ret);
    (void)pthread_mutex_unlock(&server->places.lock);
}

void places_as_name(struct server *server, uint32_t asn, char *ret, size_t size)
{
    struct enrich *enrich;

    ret[0] = '\0';
    (void)pthread_mutex_lock(&server->places.lock);
    enrich = databases(server);
    if (enrich != NULL)
        (void)snprintf(ret, size, "%s", enrich_as_name(enrich, asn));
    (void)pthread_mutex_unlock(&server->places.lock);
}
