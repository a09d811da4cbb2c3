/* SPDX-License-Identifier: Apache-2.0 */
/* What databases say about an address: country, AS, region, city, place. Called by pipeline/
 * (per row, country and AS only) and by cli/ (all of it). One instance per thread. */
#ifndef NJ_ENRICH_ENRICH_H
#define NJ_ENRICH_ENRICH_H

#include <stdio.h>

#include "model/addr.h"

struct enrich;

struct enrich_paths {
    const char *asn_csv;     /* ranges: start, end, AS number, name; NULL: none */
    const char *country[4];  /* MaxMind-format files, asked in order; NULL ends the list */
    const char *city[4];     /* the same with region, city and place (one per family) */
    const char *asn_mmdb[4]; /* MaxMind-format AS files; asked before asn_csv */
};

struct place {
    char country[3]; /* ISO 3166 alpha-2, "" if unknown */
    uint32_t asn;    /* 0 if unknown */
};

struct place_detail {
    struct place place;
    char as_name[128];
    char region[96], city[96];
    double lat, lon; /* NAN if unknown */
};

/** Which files were opened, of which date, and what is missing. For `doctor` and for reports.
 */
struct enrich_source {
    char path[512];
    char kind[16];     /* "country", "city", "asn" */
    char problem[200]; /* "" if fine, else what is wrong and the remedy */
    int64_t built; /* build time of the database, seconds since 1970, 0 if it does not say */
    uint64_t entries;
};

/** Open what there is. A missing or damaged file is no error: enrich_source says so.
 * @return 0; -1 NJ_NOMEM */
int enrich_open(const struct enrich_paths *paths, struct enrich **ret_enrich,
                struct nj_err *err);
void enrich_free(struct enrich *enrich);

/** @return how many sources; *ret_sources borrowed as long as `enrich` */
size_t enrich_sources(const struct enrich *enrich, const struct enrich_source **ret_sources);

/** Country and AS of one address. Cached by a small direct-mapped table; about 200 ns uncached.
 */
struct place enrich_place(struct enrich *enrich, struct addr a);

/** All that is known of one address. */
void enrich_detail(struct enrich *enrich, struct addr a, struct place_detail *ret_detail);

/** Name of an AS, "" if unknown; borrowed as long as `enrich`. */
const char *enrich_as_name(const struct enrich *enrich, uint32_t asn);

#endif
