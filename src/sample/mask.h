/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in for the sensor's addresses, and for numbers that are drawn anew: functions of
 * a secret key alone, so that two samples made with one key go together.
 *
 * Addresses go through Crypto-PAn (Xu, Fan, Ammar, Moon: "Prefix-preserving IP address
 * anonymization", ICNP 2002): two addresses that share k bits share k bits afterwards, and
 * whether bit k is flipped is told by a cipher of the k bits before it. The cipher is AES-128
 * (FIPS 197, by nettle). */
#ifndef NJ_SAMPLE_MASK_H
#define NJ_SAMPLE_MASK_H

#include <nettle/aes.h>

#include "model/addr.h"

#define MASK_KEY_BYTES 32

struct mask {
    struct aes128_ctx prefixes, draws;
    uint8_t pad[16];
};

/** @param key  secret; the first half keys the cipher, the second makes the padding */
void mask_init(struct mask *ret, const uint8_t key[static MASK_KEY_BYTES]);

/** Crypto-PAn as published. */
uint32_t mask_prefix_v4(const struct mask *mask, uint32_t v4);

/**
 * The stand-in of an address. It is a unicast address that a host could have: the IPv4
 * permutation is repeated while it leads to 0/8, 127/8 or beyond 223/8, which keeps it one to
 * one, and prefixes of 8 bits and more preserved; IPv6 keeps its first three bits if they are
 * those of global unicast (2000::/3), else the first sixteen. Of a solicited-node multicast
 * address (RFC 4291, 2.7.1), which ends as ours does, other last 24 bits are drawn.
 */
struct addr mask_addr(const struct mask *mask, struct addr a);

/** ff02::1:ffXX:XXXX, which ends as the address of the node that is meant. */
bool mask_solicited_node(struct addr a);

/** The stand-in of a hardware address: one that nobody was given (locally administered). */
uint64_t mask_mac(const struct mask *mask, uint64_t mac);

/** What is added to the clock of the host whose address became `stand_in`. */
uint32_t mask_uptime(const struct mask *mask, struct addr stand_in);

/** 64 bits that follow from the key and these numbers alone. `label` tells uses apart. */
uint64_t mask_draw(const struct mask *mask, unsigned label, uint64_t a, uint64_t b);

#endif
