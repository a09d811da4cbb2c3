/* SPDX-License-Identifier: Apache-2.0 */
/* Answers on their way out: headers, ETag, errors. */
#ifndef NJ_SERVER_RESPOND_H
#define NJ_SERVER_RESPOND_H

#include <microhttpd.h>

#include "server/answer.h"

/** Whether the client takes packed bytes. */
bool respond_takes_gzip(struct MHD_Connection *connection);

/** Pack the body where the client takes that and does not have the answer yet. For a thread of
 * the pool: a large one takes half a second. */
void respond_pack(struct MHD_Connection *connection, struct answer *answer);

/** Send a sealed answer, or 304 when the client has it. A body of up to a mebibyte is packed if
 * it can be and was not. Takes the body. */
enum MHD_Result respond(struct MHD_Connection *connection, struct answer *answer);

/** How a client may prove who it is, where it did not. */
enum respond_scheme { RESPOND_BEARER, RESPOND_BASIC };

/** An error answer; 401 asks for a token by this scheme. */
enum MHD_Result respond_error(struct MHD_Connection *connection, struct answer *answer,
                              enum respond_scheme scheme);

/** 405, with the methods that are taken. */
enum MHD_Result respond_methods(struct MHD_Connection *connection, struct answer *answer,
                                const char *methods);

#endif
