/* SPDX-License-Identifier: Apache-2.0 */
/* What was sent with a request: one JSON object. Pure; any thread. */
#ifndef NJ_SERVER_BODY_H
#define NJ_SERVER_BODY_H

#include <jansson.h>

#include "server/route.h"

/** @param ret_object  taken. @return 0; -1 NJ_CONFIG: a line for the client */
int body_object(const struct ask *ask, json_t **ret_object, struct nj_err *err);

/** A member that is a text, or is not there (NULL). Borrowed from the object.
 * @return 0; -1 NJ_CONFIG */
int body_text(const json_t *object, const char *name, size_t bytes_max, const char **ret,
              struct nj_err *err);

#endif
