/* SPDX-License-Identifier: Apache-2.0 */
/* A report to the owner of a network about one address: as XARF 4 (a JSON object of category
 * "connection"; fields as in the schemas of xarf.org, xarf-core.json and
 * connection-port-scan.json), and as a mail (RFC 5322, MIME) that carries it with the packets.
 * It holds nothing of ours: no destination, no name of a sensor. */
#ifndef NJ_FEED_ABUSE_H
#define NJ_FEED_ABUSE_H

#include <jansson.h>

#include "base/err.h"
#include "model/addr.h"
#include "model/risk.h"

struct abuse_report {
    struct addr source;
    const char *type;     /* "port_scan", "login_attack" */
    const char *protocol; /* "tcp", "udp", "icmp", "sctp" */
    int64_t first_us, last_us;
    uint64_t sessions;
    uint64_t logins, exploits; /* of the sessions */
    const char *ports;         /* "22/tcp, 23/tcp"; "" unknown */
    int port, source_port;     /* -1: unknown or several */
    enum grade grade;          /* of the address: how sure it is that it was no forgery */
    const char *org, *from;    /* who reports; a mailbox */
    const char *to;            /* mailbox of the owner; "" not known */
    const char *to_basis;      /* who named it, and when, for the mail's text; "" not told */
    const char *lines;         /* samples as text, a packet a line; "" none */
    const void *pcap;          /* the same as a capture, without our addresses */
    size_t pcap_length;        /* 0: none */
};

/** *ret is taken. @return 0; -1 NJ_NOMEM */
int abuse_xarf(const struct abuse_report *report, json_t **ret, struct nj_err *err);

/** Text for people, the XARF report and the packets. @param now_us  for its date */
int abuse_mail(const struct abuse_report *report, int64_t now_us, char **ret,
               size_t *ret_length, struct nj_err *err);

#endif
