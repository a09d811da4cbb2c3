/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that carry others. Called by pipeline/ behind decode(), if its user asked for it:
 * whoever sent the outer packet is what an observer can vouch for. Pure; any thread. */
#ifndef NJ_DECODE_TUNNEL_H
#define NJ_DECODE_TUNNEL_H

#include <stddef.h>

#include "model/packet.h"
#include "model/tunnel.h"

/**
 * If the packet carries another in a tunnel of one of these kinds, become that one. Up to four
 * tunnels, one in the other, are opened. What is no such tunnel, or has no packet in it that
 * can be read, stays as it is.
 *
 * @param kinds  bits of enum tunnel
 * @return whether anything was opened
 */
bool tunnel_unwrap(unsigned kinds, struct packet *packet);

#endif
