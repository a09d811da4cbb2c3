/* SPDX-License-Identifier: Apache-2.0 */
/* The prefixes stand in one sorted array; a list of their indices, grouped by country, with
 * running weights, makes a pick a binary search. */
#include "sim/geo.h"

#include <errno.h>
#include <maxminddb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_MAX 16384u /* a /18 */
#define COUNTRIES (26u * 26u + 1u)
#define NO_COUNTRY (COUNTRIES - 1u)
#define TRIES 32 /* to hit the wanted country inside a prefix that spans several */

struct range {
    uint32_t first, last, asn;
    uint16_t country;
};

struct sim_geo {
    struct range *ranges;
    uint32_t count, space;
    uint32_t *by_country;            /* indices into ranges */
    uint64_t *weights;               /* running sum over by_country */
    uint32_t starts[COUNTRIES + 1u]; /* of each country in by_country */
    MMDB_s mmdb;
    bool have_mmdb;
};

int sim_geo_reserved(uint32_t addr)
{
    static const struct {
        uint32_t net;
        unsigned length;
    } table[] = {
        {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
        {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24},
        {0xc0586300, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24},
        {0xcb007100, 24}, {0xe0000000, 3},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if ((addr ^ table[i].net) >> (32 - table[i].length) == 0)
            return 1;
    }
    return 0;
}

static uint16_t country_number(const char *code)
{
    if (code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z')
        return NO_COUNTRY;
    return (uint16_t)((code[0] - 'A') * 26 + (code[1] - 'A'));
}

static uint16_t country_of(const struct sim_geo *geo, uint32_t addr)
{
    struct sockaddr_in sin = {.sin_family = AF_INET};
    MMDB_lookup_result_s hit;
    MMDB_entry_data_s data;
    char code[2];
    int rc;

    if (!geo->have_mmdb)
        return NO_COUNTRY;
    sin.sin_addr.s_addr = __builtin_bswap32(addr);
    hit = MMDB_lookup_sockaddr(&geo->mmdb, (const struct sockaddr *)&sin, &rc);
    if (rc != MMDB_SUCCESS || !hit.found_entry ||
        MMDB_get_value(&hit.entry, &data, "country_code", NULL) != MMDB_SUCCESS ||
        !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size != 2)
        return NO_COUNTRY;
    memcpy(code, data.utf8_string, 2);
    return country_number(code);
}

/* One row "16777216,16777471,13335,"Cloudflare, Inc."" into the table. Networks of ministries
 * of defence are left out: they own much space and nothing of it scans. */
static int add_row(struct sim_geo *geo, const char *line, unsigned long line_number,
                   struct nj_err *err)
{
    unsigned long numbers[3];
    const char *at = line;
    char *end;

    for (int i = 0; i < 3; i++) {
        numbers[i] = strtoul(at, &end, 10);
        if (end == at || *end != ',' || numbers[i] > UINT32_MAX)
            return nj_fail(err, NJ_FORMAT, "line %lu: expected start,end,AS number,name",
                           line_number);
        at = end + 1;
    }
    if (numbers[1] < numbers[0])
        return nj_fail(err, NJ_FORMAT, "line %lu: the end is before the start", line_number);
    if (sim_geo_reserved((uint32_t)numbers[0]) || strstr(at, "DoD") != NULL ||
        strstr(at, "Defen") != NULL)
        return 0;
    if (geo->count == geo->space) {
        uint32_t space = geo->space == 0 ? 65536 : geo->space * 2;
        struct range *ranges = realloc(geo->ranges, space * sizeof(*ranges));

        if (ranges == NULL)
            return nj_fail(err, NJ_NOMEM, "prefixes");
        geo->ranges = ranges;
        geo->space = space;
    }
    geo->ranges[geo->count] = (struct range){
        .first = (uint32_t)numbers[0],
        .last = (uint32_t)numbers[1],
        .asn = (uint32_t)numbers[2],
        .country = country_of(geo, (uint32_t)numbers[0]),
    };
    geo->count++;
    return 0;
}

static int load_csv(struct sim_geo *geo, const char *path, struct nj_err *err)
{
    FILE *in = fopen(path, "re");
    char *line = NULL;
    size_t space = 0;
    unsigned long number = 0;
    int rc = -1;

    if (in == NULL)
        return nj_fail(err, NJ_IO, "open %s", path);
    while (getline(&line, &space, in) > 0) {
        if (add_row(geo, line, ++number, err) < 0) {
            nj_within(err, "%s", path);
            goto out;
        }
    }
    if (ferror(in)) {
        nj_fail(err, NJ_IO, "read %s", path);
        goto out;
    }
    if (geo->count == 0) {
        nj_fail(err, NJ_FORMAT, "%s holds no prefixes", path);
        goto out;
    }
    rc = 0;
out:
    free(line);
    (void)fclose(in);
    return rc;
}

/* Counting sort by country. */
static int group(struct sim_geo *geo, struct nj_err *err)
{
    uint32_t next[COUNTRIES + 1u] = {0};
    uint64_t sum = 0;

    geo->by_country = malloc(geo->count * sizeof(*geo->by_country));
    geo->weights = malloc(geo->count * sizeof(*geo->weights));
    if (geo->by_country == NULL || geo->weights == NULL)
        return nj_fail(err, NJ_NOMEM, "prefixes by country");
    for (uint32_t i = 0; i < geo->count; i++)
        next[geo->ranges[i].country + 1u]++;
    for (uint32_t c = 0; c < COUNTRIES; c++)
        next[c + 1] += next[c];
    memcpy(geo->starts, next, sizeof(next));
    for (uint32_t i = 0; i < geo->count; i++)
        geo->by_country[next[geo->ranges[i].country]++] = i;
    for (uint32_t i = 0; i < geo->count; i++) {
        const struct range *range = &geo->ranges[geo->by_country[i]];
        uint32_t size = range->last - range->first;

        sum += size < WEIGHT_MAX ? size + 1 : WEIGHT_MAX;
        geo->weights[i] = sum;
    }
    return 0;
}

int sim_geo_load(const char *folder, struct sim_geo **ret_geo, struct nj_err *err)
{
    struct sim_geo *geo = calloc(1, sizeof(*geo));
    char path[4096];
    int rc;

    if (geo == NULL)
        return nj_fail(err, NJ_NOMEM, "geo data");
    (void)snprintf(path, sizeof(path), "%s/geo-whois-asn-country-ipv4.mmdb", folder);
    rc = MMDB_open(path, MMDB_MODE_MMAP, &geo->mmdb);
    if (rc != MMDB_SUCCESS) {
        sim_geo_free(geo);
        return nj_fail(err, NJ_FORMAT, "open %s: %s", path, MMDB_strerror(rc));
    }
    geo->have_mmdb = true;
    (void)snprintf(path, sizeof(path), "%s/asn-ipv4-num.csv", folder);
    if (load_csv(geo, path, err) < 0 || group(geo, err) < 0) {
        sim_geo_free(geo);
        return -1;
    }
    *ret_geo = geo;
    return 0;
}

struct sim_geo *sim_geo_nowhere(void)
{
    return calloc(1, sizeof(struct sim_geo));
}

void sim_geo_free(struct sim_geo *geo)
{
    if (geo == NULL)
        return;
    if (geo->have_mmdb)
        MMDB_close(&geo->mmdb);
    free(geo->ranges);
    free(geo->by_country);
    free(geo->weights);
    free(geo);
}

static uint32_t pick_anywhere(struct nj_rng *rng)
{
    uint32_t addr;

    do {
        addr = nj_rng_u32(rng);
    } while (sim_geo_reserved(addr));
    return addr;
}

/* The last number of an address is seldom that of a network or its broadcast. */
static uint32_t pick_in(const struct range *range, struct nj_rng *rng)
{
    uint64_t size = (uint64_t)range->last - range->first + 1;
    uint32_t addr = range->first + (uint32_t)nj_rng_below64(rng, size);

    if ((addr & 255) == 0 && addr < range->last)
        return addr + 1;
    if ((addr & 255) == 255 && addr > range->first)
        return addr - 1;
    return addr;
}

/* One of by_country[from .. to), by weight. */
static const struct range *pick_range(const struct sim_geo *geo, uint32_t from, uint32_t to,
                                      struct nj_rng *rng)
{
    uint64_t below = from == 0 ? 0 : geo->weights[from - 1];
    uint64_t at = below + nj_rng_below64(rng, geo->weights[to - 1] - below);

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (geo->weights[middle] <= at)
            from = middle + 1;
        else
            to = middle;
    }
    return &geo->ranges[geo->by_country[from]];
}

uint32_t sim_geo_pick(const struct sim_geo *geo, const char *country, struct nj_rng *rng)
{
    uint32_t from = 0, to = geo->count, addr = 0;
    uint16_t number = country == NULL ? NO_COUNTRY : country_number(country);

    if (geo->count == 0)
        return pick_anywhere(rng);
    if (number != NO_COUNTRY && geo->starts[number] < geo->starts[number + 1u]) {
        from = geo->starts[number];
        to = geo->starts[number + 1u];
    }
    for (int i = 0; i < TRIES; i++) {
        addr = pick_in(pick_range(geo, from, to, rng), rng);
        if (number == NO_COUNTRY || country_of(geo, addr) == number)
            break;
    }
    return addr;
}

uint32_t sim_geo_pick_asn(const struct sim_geo *geo, uint32_t asn, struct nj_rng *rng)
{
    const struct range *chosen = NULL;
    uint32_t seen = 0;

    for (uint32_t i = 0; i < geo->count; i++) {
        if (geo->ranges[i].asn == asn && nj_rng_below(rng, ++seen) == 0)
            chosen = &geo->ranges[i];
    }
    return chosen == NULL ? sim_geo_pick(geo, NULL, rng) : pick_in(chosen, rng);
}

struct sim_place sim_geo_place(const struct sim_geo *geo, uint32_t addr)
{
    struct sim_place place = {0, ""};
    uint16_t number = country_of(geo, addr);
    uint32_t from = 0, to = geo->count;

    if (number != NO_COUNTRY) {
        place.country[0] = (char)('A' + number / 26);
        place.country[1] = (char)('A' + number % 26);
    }
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (geo->ranges[middle].last < addr)
            from = middle + 1;
        else
            to = middle;
    }
    if (from < geo->count && geo->ranges[from].first <= addr)
        place.asn = geo->ranges[from].asn;
    return place;
}
