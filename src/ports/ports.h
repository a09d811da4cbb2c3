/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of ports: the file data/ports.tsv, whose head explains it. Called by score/
 * (how bad is a port?), by the rankings (what is its name?) and by `nightjar port`. Read-only
 * after loading, so any thread may ask. */
#ifndef NJ_PORTS_PORTS_H
#define NJ_PORTS_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PORTS_MAX 65536u          /* lines of a file at most */
#define PORTS_FILE_MAX (8u << 20) /* bytes of a file at most */
#define PORT_RISK_UNKNOWN 0.2     /* somebody looks for something: as an ordinary web port */

/* Texts are UTF-8, borrowed as long as the table; "" if not known, never NULL. */
struct port_info {
    uint16_t port;
    uint8_t proto;        /* PROTO_TCP, PROTO_UDP or PROTO_SCTP */
    double risk;          /* 0-1 */
    const char *service;  /* what runs there, in a few words: the name in lists and reports.
                           * The beginning of `practice`, up to ; : or (, or `iana` */
    const char *iana;     /* service name of the IANA registry */
    const char *practice; /* what runs there, and what people look for */
    const char *category; /* one word: "remote-access", "database", "iot", ... */
    const char *known;    /* exploits and malware */
    const char *source;
};

struct ports;

/**
 * Read a file of ports, or a text of that form.
 *
 * @param name  of the text, for messages
 * @return 0; -1 NJ_IO, NJ_NOMEM, NJ_LIMIT, NJ_FORMAT "NAME:LINE: ..."
 */
int ports_load(const char *path, struct ports **ret_ports, struct nj_err *err);
int ports_parse(const char *text, size_t length, const char *name, struct ports **ret_ports,
                struct nj_err *err);
void ports_free(struct ports *ports);

/** NULL if nothing is known. Cost: a binary search. */
const struct port_info *ports_find(const struct ports *ports, uint16_t port, uint8_t proto);

/** 0-1; PORT_RISK_UNKNOWN for a port that nothing is known of. */
double ports_risk(const struct ports *ports, uint16_t port, uint8_t proto);

/** "SSH" for port 22 of TCP; "" if it has no name. */
const char *ports_service(const struct ports *ports, uint16_t port, uint8_t proto);

/** The same as a callback. @param ports  a struct ports */
const char *ports_service_for(void *ports, uint16_t port, uint8_t proto);

/**
 * Whether a port has a service of its own, so that who asks for it need not look for that of
 * another port: its practice neither says that something "moved" or is the "second", nor begins
 * with the same word as that of the other port.
 */
bool ports_own_service(void *ports, uint16_t port, uint8_t proto, uint16_t other);

size_t ports_count(const struct ports *ports);

#endif
