/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of tunnels that can be looked into (decode/tunnel.h), as the configuration names
 * them. */
#ifndef NJ_MODEL_TUNNEL_H
#define NJ_MODEL_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>

enum tunnel {
    TUNNEL_IPIP = 1 << 0,    /* RFC 2003 */
    TUNNEL_6IN4 = 1 << 1,    /* RFC 4213, and 6to4 and ISATAP, which look the same */
    TUNNEL_GRE = 1 << 2,     /* RFC 2784, PPTP's (RFC 2637), ERSPAN */
    TUNNEL_ETHERIP = 1 << 3, /* RFC 3378 */
    TUNNEL_VXLAN = 1 << 4,   /* RFC 7348 */
    TUNNEL_GENEVE = 1 << 5,  /* RFC 8926 */
    TUNNEL_GTP = 1 << 6,     /* GTP-U, 3GPP TS 29.281 */
    TUNNEL_TEREDO = 1 << 7,  /* RFC 4380 */
    TUNNEL_KINDS = 8,
    TUNNEL_ALL = 255,
};

/** @return false if there is no such kind */
bool tunnel_kind(const char *name, size_t length, unsigned *ret_kind);

#endif
