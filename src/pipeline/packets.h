/* SPDX-License-Identifier: Apache-2.0 */
/* Captures as packets for packets('FILE') of the store's SQL: read, decode, classify and sign,
 * nothing else. */
#ifndef NJ_PIPELINE_PACKETS_H
#define NJ_PIPELINE_PACKETS_H

#include "store/packets.h"

extern const struct packet_source capture_packets;

#endif
