/* SPDX-License-Identifier: Apache-2.0 */
/* Real address space: which addresses belong to a country or a network, so that sources of
 * generated traffic mean something to whoever looks them up.
 *
 * Reads asn-ipv4-num.csv (start, end, AS number, name) and
 * geo-whois-asn-country-ipv4.mmdb (field country_code) of the installed geo data. */
#ifndef SIM_GEO_H
#define SIM_GEO_H

#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

struct sim_geo;

struct sim_place {
    uint32_t asn;    /* 0: unknown */
    char country[3]; /* "" : unknown */
};

/** @param folder borrowed for the call. @return 0; -1 NJ_IO, NJ_FORMAT, NJ_NOMEM */
int sim_geo_load(const char *folder, struct sim_geo **ret_geo, struct nj_err *err);

/** What picks addresses without geo data: any public unicast address, of no known place.
 * @return NULL when out of memory */
struct sim_geo *sim_geo_nowhere(void);

void sim_geo_free(struct sim_geo *geo);

/** An address of a country ("CN"), or of any for NULL. Networks count by their prefixes, a
 * large prefix not more than a /18, so that hosting and access networks are not drowned by the
 * few who own /8s. Never a reserved one. */
uint32_t sim_geo_pick(const struct sim_geo *geo, const char *country, struct nj_rng *rng);

/** An address announced by one AS; any address if it announces none. */
uint32_t sim_geo_pick_asn(const struct sim_geo *geo, uint32_t asn, struct nj_rng *rng);

/** Where an address is. */
struct sim_place sim_geo_place(const struct sim_geo *geo, uint32_t addr);

/** Nobody on the Internet may have this address (RFC 6890, multicast, 240/4). */
int sim_geo_reserved(uint32_t addr);

#endif
