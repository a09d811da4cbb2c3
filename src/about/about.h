/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to which several modules contribute: one code for commands and API. */
#ifndef NJ_ABOUT_ABOUT_H
#define NJ_ABOUT_ABOUT_H

#include "enrich/enrich.h"
#include "ports/ports.h"
#include "store/query.h"

/**
 * All that is known of an address: what databases say, then what the store says.
 *
 * @param detail  of enrich_detail
 * @return 0; STORE_UNKNOWN; -1. *ret is taken
 */
int about_source(struct store *store, struct addr source, const struct place_detail *detail,
                 json_t **ret, struct nj_err *err);

/**
 * What a port is for, and its history. A port that was never seen has an empty one.
 *
 * @param proto  PROTO_TCP, PROTO_UDP, PROTO_SCTP; 0: all of them
 */
int about_port(struct store *store, const struct ports *ports, uint16_t port, uint8_t proto,
               const struct store_scope *scope, json_t **ret, struct nj_err *err);

#endif
