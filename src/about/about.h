/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to which several modules contribute: one code for commands and API. */
#ifndef NJ_ABOUT_ABOUT_H
#define NJ_ABOUT_ABOUT_H

#include "enrich/enrich.h"
#include "ports/ports.h"
#include "store/query.h"

/** What databases say: source, hostname, isp, organisation, country, asn, as_name, region,
 * city; null if unknown. Taken; NULL when out of memory */
json_t *about_place(struct addr source, const struct place_detail *detail);

/** What each file says: source, date, country, asn, as_name, region, city, isp, organisation.
 * Taken; NULL when out of memory */
json_t *about_answers(const struct place_detail *detail);

/** Where answers differ in country, AS, region, city or ISP: field, answers, distinct, values
 * (each with who says so). Taken; NULL when out of memory */
json_t *about_disagreements(const json_t *testimony);

/**
 * Add what others say of an address, each with its source and date: testimony (about_answers,
 * the route and the registry), disagreements, declared, prefix, origin, routes, route_changes,
 * exposure, services, names, registrations, lists; hostname, if one is known.
 *
 * @param object  `first` and `last` are when its packets came, if they are there
 * @return 0; -1
 */
int about_testimony(struct store *store, struct addr source, const struct place_detail *detail,
                    json_t *object, struct nj_err *err);

/* Who takes reports of abuse, as the registry of the address says by RDAP. */
struct about_contact {
    char mailbox[256]; /* "": it names none */
    char range[96];    /* of the network; "": it has no record of the address */
    char server[128];  /* who said so */
    int64_t asked_us;
};

/** What was answered when `nightjar rdap` asked last.
 * @return 0; STORE_UNKNOWN: it was not asked; -1 */
int about_contact(struct store *store, struct addr source, struct about_contact *ret,
                  struct nj_err *err);

/**
 * All that is known of an address: what databases say, then what the store and others say.
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
