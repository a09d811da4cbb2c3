/* SPDX-License-Identifier: Apache-2.0 */
/* Where messages go: a log receiver, a web hook, a mailbox. As people write it:
 *
 *   syslog udp://HOST:PORT | tcp://HOST:PORT | tls://HOST:PORT  [ca FILE] [cert FILE key FILE]
 *   webhook https://HOST/PATH  secret FILE  [ca FILE]
 *   mail ADDRESS  [from ADDRESS] [by PROGRAM]
 *
 * Web hooks without TLS are for this machine alone. */
#ifndef NJ_OUTBOX_OUTLET_H
#define NJ_OUTBOX_OUTLET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum outlet_kind { OUTLET_SYSLOG, OUTLET_WEBHOOK, OUTLET_MAIL };
enum outlet_way { OUTLET_UDP, OUTLET_TCP, OUTLET_TLS };

#define OUTLET_URL_MAX 512
#define OUTLET_PATH_MAX 256

struct outlet {
    enum outlet_kind kind;
    enum outlet_way way;      /* syslog */
    char url[OUTLET_URL_MAX]; /* as written: what the queue knows it by; mail: the address */
    char host[256], port[8];  /* syslog */
    /* files, "" for none: authorities instead of the system's, our own certificate and its key,
     * the secret that web hooks are signed with */
    char ca[OUTLET_PATH_MAX], cert[OUTLET_PATH_MAX], key[OUTLET_PATH_MAX];
    char secret[OUTLET_PATH_MAX];
    char from[256], program[OUTLET_PATH_MAX]; /* mail */
};

#define OUTLET_SENDMAIL "/usr/sbin/sendmail"

/** "tls://log.example.net:6514": kind, way, host and port. IPv6 in brackets; without a port
 * 514, for TLS 6514. @return 0; -1 NJ_CONFIG */
int outlet_syslog(const char *url, struct outlet *ret, struct nj_err *err);

/** "https://HOST..."; "http://" for 127.0.0.1, [::1] and localhost. */
int outlet_webhook(const char *url, struct outlet *ret, struct nj_err *err);

/** An address of one mailbox, without names and blanks. */
int outlet_mail(const char *address, struct outlet *ret, struct nj_err *err);
int outlet_check_mailbox(const char *address, struct nj_err *err);

/** A setting behind it: "ca", "cert", "key", "secret", "from", "by".
 * @return 0; OUTLET_NO_WORD: the kind has no such word; -1 NJ_CONFIG */
#define OUTLET_NO_WORD 1
int outlet_set(struct outlet *outlet, const char *word, const char *value, struct nj_err *err);

/** What belongs together is there. @return 0; -1 NJ_CONFIG */
int outlet_complete(const struct outlet *outlet, struct nj_err *err);

#endif
