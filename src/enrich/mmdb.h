/* SPDX-License-Identifier: Apache-2.0 */
/* A MaxMind-format file (.mmdb): what it says about an address. Called by enrich.c.
 *
 * Three layouts are read, whatever the file is called and is used for: MaxMind's own
 * (country.iso_code, subdivisions[0].names.en, autonomous_system_number), the flat one of
 * ip-location-db (country_code, state1, city) and IPinfo's (country, region, asn "AS64496").
 * Each record is asked for each, so a file may mix them. */
#ifndef NJ_ENRICH_MMDB_H
#define NJ_ENRICH_MMDB_H

#include <stdbool.h>
#include <stddef.h>

#include "enrich/as_names.h"
#include "enrich/v4_map.h"
#include "model/addr.h"

#define MMDB_ABSENT 1 /* outcome: the file does not know the address */

struct mmdb;

struct mmdb_place {
    char country[3]; /* two letters A to Z, or "" */
    uint32_t asn;    /* 0 if the record has none */
};

struct mmdb_detail {
    char region[96], city[96]; /* "" if unknown; fit to print */
    char isp[128], organisation[128], as_name[128];
    double lat, lon; /* NAN if unknown or out of range */
};

struct mmdb_about {
    int64_t built;             /* seconds since 1970 */
    uint64_t nodes;            /* of the search tree */
    bool country, asn, detail; /* what the first records hold */
};

/** @return whether a file is MaxMind-format by its content (its metadata marker) */
bool mmdb_is(const char *path);

/**
 * Open a file, which is mapped: replace it by renaming a new one over it, never in place.
 *
 * @return 0; -1 NJ_IO, NJ_FORMAT (no such database, or damaged), NJ_NOMEM
 */
int mmdb_open(const char *path, struct mmdb **ret_mmdb, struct nj_err *err);
void mmdb_close(struct mmdb *mmdb);

void mmdb_about(const struct mmdb *mmdb, struct mmdb_about *ret_about);

/** Country and AS number. @return 0; MMDB_ABSENT; -1 NJ_FORMAT (damaged at that place) */
int mmdb_place(struct mmdb *mmdb, struct addr a, struct mmdb_place *ret_place,
               struct nj_err *err);

/** Region, city, position, and who runs it. @return as mmdb_place */
int mmdb_detail(struct mmdb *mmdb, struct addr a, struct mmdb_detail *ret_detail,
                struct nj_err *err);

/** A country code as the value of a v4_map, 0 for none. */
static inline uint32_t mmdb_country_value(const char country[3])
{
    return (uint32_t)(unsigned char)country[0] << 8 | (unsigned char)country[1];
}

/**
 * All that the tree says of IPv4 addresses, country or AS number, as one map: ten times as fast
 * as mmdb_place, which goes through the tree bit by bit.
 *
 * @param names  NULL: countries (mmdb_country_value); else AS numbers, and `names` gets the
 * names of all of them, those of IPv6 too
 * @return 0; -1 NJ_FORMAT (damaged), NJ_LIMIT (more than MMDB_FLAT_NODES nodes), NJ_NOMEM
 *
 * Cost: about 25 ns a node of the tree.
 */
int mmdb_flatten(struct mmdb *mmdb, struct as_names *names, struct v4_map **ret_map,
                 struct nj_err *err);

#define MMDB_FLAT_NODES 16000000u /* twice the largest public city file; 0.4 s */

#endif
