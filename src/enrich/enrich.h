/* SPDX-License-Identifier: Apache-2.0 */
/* What databases say about an address: country, AS, region, city, place. Called by pipeline/
 * (per row, country and AS only) and by cli/ (all of it). One instance per thread. */
#ifndef NJ_ENRICH_ENRICH_H
#define NJ_ENRICH_ENRICH_H

#include <stdio.h>

#include "model/addr.h"

struct enrich;

#define ENRICH_FILES_MAX 10 /* of one kind */

/* Files in the order in which they are asked; NULL ends each list. */
struct enrich_paths {
    const char *country[ENRICH_FILES_MAX]; /* MaxMind-format, or CSV with START,END,COUNTRY, or
                                            * IPtoASN: found by content */
    const char *city[ENRICH_FILES_MAX]; /* the same with region, city and place; asked for the
                                         * country when no file of `country` knows it */
    const char *asn[ENRICH_FILES_MAX];  /* MaxMind-format, CSV with START,END,AS,NAME, or
                                         * IPtoASN */
    const char *kept; /* folder for what the files came to (asn_kept.h); NULL: none */
    int64_t now_s;    /* seconds since 1970; a file that has just changed is not kept */
};

struct place {
    char country[3]; /* ISO 3166 alpha-2, "" if unknown */
    uint32_t asn;    /* 0 if unknown */
};

#define ENRICH_SOURCES_MAX (3 * ENRICH_FILES_MAX)

/* What one file answers; what it does not say is "" or 0. */
struct place_answer {
    const char *path; /* of enrich_source: borrowed as long as `enrich` */
    int64_t built;    /* as there */
    struct place place;
    char as_name[128];
    char region[96], city[96], isp[128], organisation[128];
};

struct place_detail {
    struct place place;
    char as_name[128];
    char region[96], city[96], isp[128], organisation[128];
    double lat, lon; /* NAN if unknown */

    /* Each file that knows the address, in the order in which they are asked. */
    struct place_answer answers[ENRICH_SOURCES_MAX];
    size_t answer_count;
};

/** Which files were opened, of which date, and what is missing. For `doctor` and for reports.
 * A damage found later, at a look-up, appears here too. */
struct enrich_source {
    char path[512];
    char kind[16];     /* "country", "city", "asn" */
    char problem[200]; /* "" if fine, else what is wrong and the remedy */
    int64_t built;     /* seconds since 1970: what the database says itself; of a CSV file the
                        * version in VERSIONS beside it, else its own time; 0 if unknown */
    uint64_t entries;  /* rows of a CSV file, nodes of a MaxMind-format one; 0 if not usable */
};

/** Open what there is. A missing or damaged file is no error: enrich_source says so.
 * @return 0; -1 NJ_NOMEM */
int enrich_open(const struct enrich_paths *paths, struct enrich **ret_enrich,
                struct nj_err *err);
void enrich_free(struct enrich *enrich);

/** @return how many sources; *ret_sources borrowed as long as `enrich` */
size_t enrich_sources(const struct enrich *enrich, const struct enrich_source **ret_sources);

/** Country and AS of one address. The first file that knows it answers. Cost: 65 to
 * 200 ns for addresses not asked of late, IPv6 800 ns. */
struct place enrich_place(struct enrich *enrich, struct addr a);

/** The same for several, whose look-ups wait for memory together. */
void enrich_places(struct enrich *enrich, const struct addr *addrs, size_t count,
                   struct place *ret_places);

/** All that is known of one address; country and AS are what enrich_place says, the rest is
 * what the first file says that knows it. Every file is asked. Cost: some us for each. */
void enrich_detail(struct enrich *enrich, struct addr a, struct place_detail *ret_detail);

/** Name of an AS, "" if unknown; borrowed as long as `enrich`. */
const char *enrich_as_name(const struct enrich *enrich, uint32_t asn);

#endif
