/* SPDX-License-Identifier: Apache-2.0 */
/* Which application protocol a payload is of, whatever its port, and what it tells of its
 * sender. Called by pipeline/ for each packet with payload, before classify().
 *
 * One packet is enough: unsolicited traffic seldom has a second. The verdict is Nightjar's own;
 * a log row keeps the verdict of its log. */
#ifndef NJ_APP_APP_H
#define NJ_APP_APP_H

#include <stdio.h>

#include "base/intern.h"
#include "model/packet.h"
#include "model/trait.h"
#include "model/visit.h"

struct app;

/**
 * @param names  borrowed; gets the names of protocols
 * @param sink   gets a trait "app" when a source says something that it has not just said:
 *               "http ua=zgrab/0.x method=GET path=/ host=192.0.2.1", "ssh version=SSH-2.0-Go".
 *               Printable ASCII; other bytes are \xNN. At most APP_TRAITS for a source as long
 *               as it is remembered (one of APP_SOURCES places). NULL: nobody
 */
#define APP_TRAITS 64
#define APP_SOURCES 4096
int app_new(struct nj_intern *names, trait_fn sink, void *sink_ctx, struct app **ret_app,
            struct nj_err *err);
void app_free(struct app *app);

/**
 * Set packet->app and packet->request, and packet->user where the payload names one, and tell
 * the sink. Packets without payload, of direction out, and rows whose log says the application
 * are left as they are.
 *
 * @param user  room for the name that packet->user then borrows
 * @return 0; -1 from the sink
 *
 * Cost: well below a microsecond.
 */
int app_read(struct app *app, struct packet *packet, char user[static VISIT_USER_MAX],
             struct nj_err *err);

/** What was said by whom, so that a run that goes on repeats nothing. @return 0; -1 NJ_IO,
 * NJ_NOMEM, NJ_FORMAT (damaged, cut, of another version), and nothing is remembered */
int app_save(const struct app *app, FILE *out, struct nj_err *err);
int app_load(struct app *app, FILE *in, struct nj_err *err);

#endif
