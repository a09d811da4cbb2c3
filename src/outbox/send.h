/* SPDX-License-Identifier: Apache-2.0 */
/* The ways of a message out of the house. For deliver.c and tests. Each call is bounded by a
 * time; messages are sent in order. */
#ifndef NJ_OUTBOX_SEND_H
#define NJ_OUTBOX_SEND_H

#include "outbox/box.h"
#include "outbox/outlet.h"

#define SEND_LIMIT_S 20

/**
 * Send RFC 5424 messages to a receiver: UDP, a datagram each (RFC 5426); TCP and TLS with octet
 * counting (RFC 6587, 5425). Over TLS the receiver's certificate and name are verified.
 *
 * Syslog has no receipts. So a stream is closed from our side first, and all counts as arrived
 * when the receiver then closes its side in order: it has read to the end. A receiver that
 * never closes has it when its machine acknowledged every byte.
 *
 * @return 0: all arrived (UDP: nobody said that it did not); -1: none may count as arrived
 */
int send_syslog(const struct outlet *outlet, const struct box_message *messages, size_t count,
                unsigned limit_s, struct nj_err *err);

/**
 * POST one message as JSON, signed:
 *
 *   Nightjar-Signature: t=UNIX SECONDS,v1=HEX of HMAC-SHA256(secret, "t." + body)
 *
 * No redirects are followed.
 *
 * @return 0: answered 2xx; SEND_REFUSED with *err: 4xx, trying again is of no use (but for 408,
 *         425 and 429); -1
 */
#define SEND_REFUSED 1
int send_webhook(const struct outlet *outlet, const struct box_message *message, int64_t now_us,
                 unsigned limit_s, struct nj_err *err);

/** The signature of that header. */
#define SEND_SIGNATURE_MAX 100
void send_sign(const char *secret, size_t secret_length, int64_t unix_s, const char *body,
               size_t length, char ret[SEND_SIGNATURE_MAX]);

/** One mail with all messages, each "SUBJECT\nTEXT...", through the outlet's
 * program: no shell. */
int send_mail(const struct outlet *outlet, const struct box_message *messages, size_t count,
              int64_t now_us, unsigned limit_s, struct nj_err *err);

/** The mail itself, taken. NULL: no memory */
char *send_mail_text(const struct outlet *outlet, const struct box_message *messages,
                     size_t count, int64_t now_us, size_t *ret_length);

#endif
