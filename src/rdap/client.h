/* SPDX-License-Identifier: Apache-2.0 */
/* One question over HTTP (RFC 7480): bounded in size and time, and in where it
 * may be sent on. */
#ifndef NJ_RDAP_CLIENT_H
#define NJ_RDAP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define RDAP_REDIRECTS_MAX 5u
#define RDAP_HOST_MAX 128

struct rdap_client;

/** @param timeout_ms  of one question, with all its redirects
 * @param local  http:// to this machine may be asked
 * @return 0; -1 NJ_NOMEM. *ret is for one thread */
int rdap_client_new(unsigned timeout_ms, bool local, struct rdap_client **ret,
                    struct nj_err *err);
void rdap_client_free(struct rdap_client *client);

struct rdap_reply {
    const char *bytes; /* borrowed until the next question */
    size_t length;
    char host[RDAP_HOST_MAX]; /* who answered in the end: "rdap.example.net" */
};

/**
 * Get what stands there, asked for as RDAP. Redirects are followed where rdap_may_ask allows.
 *
 * @return 0; RDAP_NO_RECORD: there is none (404; RFC 7480, 5.3); -1 NJ_IO: no
 * answer, or it is out of order (5xx); NJ_BUSY: it has enough of questions (429, 503);
 * NJ_LIMIT: longer than RDAP_ANSWER_MAX; NJ_FORMAT: another status, or a redirect to where
 * nobody may ask
 */
#define RDAP_NO_RECORD 1
int rdap_client_get(struct rdap_client *client, const char *url, struct rdap_reply *ret,
                    struct nj_err *err);

#endif
