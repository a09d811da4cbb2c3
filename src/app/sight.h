/* SPDX-License-Identifier: Apache-2.0 */
/* What one recogniser saw in one payload. Inside of app/ only. */
#ifndef NJ_APP_SIGHT_H
#define NJ_APP_SIGHT_H

#include "base/cursor.h"
#include "model/packet.h"
#include "model/trait.h"
#include "model/visit.h"

#define APP_NAME_MAX 16 /* room for the name of an application before the detail */

struct sight {
    const char *name; /* of the application, if not the recogniser's own; else NULL */
    bool request;     /* a client's words, not a server's */
    size_t length, user_length;
    char detail[TRAIT_VALUE_MAX - APP_NAME_MAX]; /* " key=value key=value", printable ASCII */
    char user[VISIT_USER_MAX]; /* a user name that the payload gives, as detail */
};

/**
 * Add " key=value". Bytes that are no printable ASCII, and the backslash, become \xNN; a value
 * that does not fit is cut and ends with "...". Empty values are left out.
 */
void sight_add(struct sight *sight, const char *key, const void *value, size_t length);
void sight_addz(struct sight *sight, const char *key, const char *value);
void sight_addu(struct sight *sight, const char *key, unsigned value);

/** A user name, escaped and cut in the same way. `step` 2 takes UTF-16LE as what its low bytes
 * are. */
void sight_user(struct sight *sight, const void *name, size_t length, size_t step);

/** Whether the payload begins with a text. */
bool begins(const struct nj_cursor *in, const char *text);

/** Take the bytes before the next one of `stop`, which is taken too; all that is left if there
 * is none. */
struct nj_cursor take_until(struct nj_cursor *in, uint8_t stop);

/** The value of a header line "Name: value" (any case), blanks around it taken off; empty if
 * there is none. Looks at most at 64 lines. */
struct nj_cursor header_value(struct nj_cursor lines, const char *name);

/* ---- the recognisers, one per protocol (app.c has their table): whether the payload is of it,
 * and what it tells. `in` is not empty. On false the sight may be half filled. */

bool app_http(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_sip(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_ssdp(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_rtsp(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_tls(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_ssh(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_ftp(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_smtp(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_telnet(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_tpkt(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_smb(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_tds(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_mysql(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_postgresql(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_mongodb(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_redis(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_memcached(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_mqtt(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_adb(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_vnc(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_modbus(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_bacnet(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_ldap(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_dns(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_ntp(const struct packet *packet, struct nj_cursor in, struct sight *sight);
bool app_snmp(const struct packet *packet, struct nj_cursor in, struct sight *sight);

#endif
