/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/mix.h"

#include <stdlib.h>

#define CLAIM_TRIES 64
#define PASS_MS 480000u
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the tables ---- */

static const struct sim_mix_row rows_2014[] = {
    {.tool = "zmap-1", .ports = "443:4 80:3 22:2 21:1", .heavy = 20, .medium = 6, .light = 1},
    {.tool = "zmap-1", .ports = "443", .heavy = 10, .medium = 4, .light = 1},
    {.tool = "masscan-1.3",
     .ports = "22:3 3389:3 1433:2 8080:2 3306:1 5900:1",
     .heavy = 18,
     .medium = 6,
     .light = 1},
    {.tool = "masscan-1.3", .ports = "5000", .heavy = 5, .medium = 3, .light = 1},
    {.tool = "nmap",
     .ports = "21 22 23 25 80 110 111 135 139 143 443 445 993 995 1723 3306 "
              "3389 5900 8080",
     .heavy = 4,
     .medium = 5,
     .light = 2},
    {.tool = "unicornscan", .ports = "22:2 80:2 8080:1", .heavy = 2, .medium = 1, .light = 1},
    {.tool = "hping3", .ports = "80", .heavy = 1, .medium = 1, .light = 1},
    {.tool = "linux-3", .ports = "22", .heavy = 12, .medium = 14, .light = 4},
    {.tool = "linux-3",
     .ports = "8080:4 3128:3 1080:2 8123:1",
     .heavy = 6,
     .medium = 6,
     .light = 2},
    {.tool = "linux-2.6", .ports = "23", .heavy = 4, .medium = 12, .light = 14},
    {.tool = "windows-xp", .ports = "445", .heavy = 1, .medium = 14, .light = 34},
    {.tool = "windows-7", .ports = "3389", .heavy = 5, .medium = 8, .light = 4},
    {.tool = "windows-7", .ports = "1433", .heavy = 6, .medium = 6, .light = 4},
    {.tool = "dns-version", .ports = "53", .heavy = 4, .medium = 3, .light = 2},
    {.tool = "ntp-monlist", .ports = "123", .heavy = 5, .medium = 4, .light = 2},
    {.tool = "ssdp", .ports = "1900", .heavy = 3, .medium = 3, .light = 2},
    {.tool = "sip-options", .ports = "5060", .heavy = 5, .medium = 4, .light = 1},
    {.tool = "snmp-get", .ports = "161", .heavy = 2, .medium = 2, .light = 1},
    {.tool = "ping-linux", .ports = "0", .heavy = 1, .medium = 2, .light = 4},
    {.tool = "ping-windows", .ports = "0", .heavy = 1, .medium = 2, .light = 6},
    /* what follows is backscatter: sim_mix_2014_scanners ends before it */
    {.tool = "synack", .ports = "80", .heavy = 6, .medium = 6, .light = 5},
    {.tool = "rst", .ports = "80", .heavy = 3, .medium = 3, .light = 4},
    {.tool = "unreachable", .ports = "80", .heavy = 1, .medium = 2, .light = 3},
};
#define BACKSCATTER_2014 3u

static const struct sim_mix_row rows_now[] = {
    {.tool = "zmap-1", .ports = "443:3 80:3 22:2 8080:1", .heavy = 4, .medium = 2, .light = 1},
    {.tool = "zmap-3", .ports = "443:3 80:3 22:2 8443:1", .heavy = 6, .medium = 2, .light = 1},
    {.tool = "zmap-4",
     .ports = "443 80 22 8080 8443 3389 21 25",
     .heavy = 12,
     .medium = 3,
     .light = 1},
    {.tool = "zmap-4-linux", .ports = "443", .heavy = 3, .medium = 1, .light = 1},
    {.tool = "xmap", .ports = "80", .heavy = 1, .medium = 1, .light = 0},
    {.tool = "masscan-1.3",
     .ports = "6379:3 22:3 3389:3 8080:2 2375:2 9200:1 27017:1 5432:1",
     .heavy = 16,
     .medium = 6,
     .light = 2},
    {.tool = "masscan-1.3",
     .ports = "3388 3389 3390 3391 13389 33389 33890",
     .heavy = 4,
     .medium = 2,
     .light = 1},
    {.tool = "masscan-2023",
     .ports = "22:3 80:2 443:2 8080:1 5900:1",
     .heavy = 12,
     .medium = 4,
     .light = 1},
    {.tool = "nmap",
     .ports = "21 22 23 25 53 80 110 111 135 139 143 443 445 993 995 1723 3306 "
              "3389 5900 8080",
     .heavy = 3,
     .medium = 4,
     .light = 2},
    {.tool = "unicornscan", .ports = "22:2 80:2 8080:1", .heavy = 2, .medium = 1, .light = 1},
    {.tool = "hping3", .ports = "80:3 443:1", .heavy = 1, .medium = 1, .light = 1},
    {.tool = "mirai", .ports = "23:9 2323:1", .heavy = 3, .medium = 22, .light = 30},
    {.tool = "mirai", .ports = "5555", .heavy = 1, .medium = 4, .light = 5},
    {.tool = "mirai", .ports = "37215", .heavy = 1, .medium = 3, .light = 3},
    {.tool = "mirai", .ports = "8080:2 80:2 81:1", .heavy = 1, .medium = 3, .light = 3},
    {.tool = "linux-2.6", .ports = "23", .heavy = 1, .medium = 5, .light = 6},
    {.tool = "linux-5", .ports = "22", .heavy = 10, .medium = 12, .light = 5},
    {.tool = "linux-5",
     .ports = "80:4 443:4 8080:2 8443:1",
     .heavy = 5,
     .medium = 5,
     .light = 3},
    {.tool = "windows-7", .ports = "445", .heavy = 1, .medium = 8, .light = 16},
    {.tool = "windows-10", .ports = "3389", .heavy = 3, .medium = 4, .light = 2},
    {.tool = "windows-10", .ports = "1433", .heavy = 3, .medium = 4, .light = 2},
    {.tool = "dns-version", .ports = "53", .heavy = 3, .medium = 2, .light = 1},
    {.tool = "ntp-monlist", .ports = "123", .heavy = 3, .medium = 2, .light = 1},
    {.tool = "ssdp", .ports = "1900", .heavy = 2, .medium = 2, .light = 1},
    {.tool = "sip-options", .ports = "5060", .heavy = 5, .medium = 3, .light = 1},
    {.tool = "snmp-get", .ports = "161", .heavy = 2, .medium = 2, .light = 1},
    {.tool = "ping-linux", .ports = "0", .heavy = 1, .medium = 2, .light = 3},
    {.tool = "ping-windows", .ports = "0", .heavy = 1, .medium = 1, .light = 3},
    {.tool = "ping-zmap", .ports = "0", .heavy = 2, .medium = 1, .light = 1},
    {.tool = "synack", .ports = "443", .heavy = 4, .medium = 4, .light = 4},
    {.tool = "synack", .ports = "80", .heavy = 2, .medium = 2, .light = 2},
    {.tool = "rst", .ports = "22", .heavy = 2, .medium = 2, .light = 3},
    {.tool = "unreachable", .ports = "53", .heavy = 1, .medium = 2, .light = 3},
};

static const struct sim_mix_country countries_2014[] = {
    {"CN", 240}, {"US", 170}, {"RU", 80}, {"TW", 55}, {"KR", 50}, {"BR", 50}, {"IN", 45},
    {"DE", 40},  {"TR", 35},  {"NL", 30}, {"UA", 30}, {"VN", 30}, {"FR", 25}, {"RO", 25},
    {"TH", 20},  {"ID", 20},  {"IT", 20}, {"JP", 20}, {"PL", 15},
};
static const struct sim_mix_country countries_now[] = {
    {"CN", 190}, {"US", 180}, {"IN", 80}, {"RU", 70}, {"BR", 60}, {"NL", 50}, {"VN", 45},
    {"DE", 45},  {"KR", 40},  {"TW", 35}, {"ID", 30}, {"IR", 30}, {"GB", 30}, {"FR", 25},
    {"UA", 20},  {"TR", 20},  {"SG", 20}, {"BG", 15}, {"JP", 15},
};

const struct sim_mix sim_mix_2014 = {
    .rows = rows_2014,
    .row_count = COUNT(rows_2014),
    .countries = countries_2014,
    .country_count = COUNT(countries_2014),
};
const struct sim_mix sim_mix_2014_scanners = {
    .rows = rows_2014,
    .row_count = COUNT(rows_2014) - BACKSCATTER_2014,
    .countries = countries_2014,
    .country_count = COUNT(countries_2014),
};
const struct sim_mix sim_mix_now = {
    .rows = rows_now,
    .row_count = COUNT(rows_now),
    .countries = countries_now,
    .country_count = COUNT(countries_now),
};

/* ---- drawing from them ---- */

const char *sim_mix_country(const struct sim_mix *mix, struct nj_rng *rng)
{
    uint32_t sum = 0, at, i = 0;

    for (size_t c = 0; c < mix->country_count; c++)
        sum += mix->countries[c].weight;
    at = nj_rng_below(rng, sum);
    while (at >= mix->countries[i].weight)
        at -= mix->countries[i++].weight;
    return mix->countries[i].code;
}

/* Weight of a row for the source of a rank among n. */
static uint32_t weight(const struct sim_mix_row *row, uint32_t rank, uint32_t n)
{
    if (rank < n / 100)
        return row->heavy;
    return rank < n / 10 ? row->medium : row->light;
}

static size_t draw_row(const struct sim_mix *mix, uint32_t rank, uint32_t n, struct nj_rng *rng)
{
    uint32_t sum = 0, at;
    size_t i = 0;

    for (size_t r = 0; r < mix->row_count; r++)
        sum += weight(&mix->rows[r], rank, n);
    at = nj_rng_below(rng, sum);
    while (at >= weight(&mix->rows[i], rank, n))
        at -= weight(&mix->rows[i++], rank, n);
    return i;
}

uint32_t sim_mix_claim(struct sim_world *world, const struct sim_mix_job *job,
                       struct nj_rng *rng)
{
    for (int i = 0; i < CLAIM_TRIES; i++) {
        uint32_t addr = job->pick != NULL
                            ? job->pick(world, rng)
                            : sim_geo_pick(world->geo, sim_mix_country(job->mix, rng), rng);

        if (sim_world_claim(world, addr))
            return addr;
    }
    return 0;
}

int sim_mix_window(struct sim_world *world, int64_t from_ns, int64_t to_ns, uint32_t count,
                   struct nj_rng *rng, struct nj_err *err)
{
    int64_t period = to_ns - from_ns, span, from;
    /* room at the end for repeats, so that none of them is lost */
    int64_t room = period > 600 * SIM_SECOND ? 16 * SIM_SECOND : 0;
    unsigned shortest = 8;
    uint64_t gap_ms;
    double length;

    /* not so fast that a small telescope is passed again within a session's two minutes */
    while (shortest < 18 && (uint64_t)sim_net_size(world->net) << shortest < PASS_MS)
        shortest++;
    gap_ms = UINT64_C(1) << nj_rng_between(rng, shortest, 18);
    gap_ms += nj_rng_below64(rng, gap_ms);
    length = (double)count * (double)gap_ms * 1e6;
    span = period - room;
    if (length < (double)span)
        span = (int64_t)length;
    from = from_ns + (int64_t)nj_rng_below64(rng, (uint64_t)(period - room - span) + 1);
    return sim_world_window(world, from, from + span, count, err);
}

/* Share of the source of a rank (from 0) by Zipf's law: scaled so that all together do not
 * exceed `count`; at least one each. */
static uint64_t *zipf(uint64_t count, uint32_t sources)
{
    uint64_t *shares = malloc(sources * sizeof(*shares));
    uint64_t given = sources, rest = count - sources;
    double harmonic = 0;

    if (shares == NULL)
        return NULL;
    for (uint32_t i = 0; i < sources; i++)
        harmonic += 1.0 / (i + 1);
    for (uint32_t i = 0; i < sources; i++) {
        shares[i] = 1 + (uint64_t)((double)rest / harmonic / (i + 1));
        given += shares[i] - 1;
    }
    for (uint32_t i = 0; given < count; i = (i + 1) % sources, given++)
        shares[i]++; /* what rounding has lost, to the heaviest */
    return shares;
}

int sim_mix_add(struct sim_world *world, const struct sim_mix_job *job, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, job->label);
    uint32_t sources = job->sources < job->count ? job->sources : (uint32_t)job->count;
    const struct sim_ports **ports = calloc(job->mix->row_count, sizeof(const void *));
    uint64_t *shares = sources == 0 ? NULL : zipf(job->count, sources);
    int rc = -1;

    if (ports == NULL || (shares == NULL && sources > 0)) {
        nj_fail(err, NJ_NOMEM, "sources");
        goto out;
    }
    for (size_t r = 0; r < job->mix->row_count; r++) {
        if (sim_world_ports(world, job->mix->rows[r].ports, &ports[r], err) < 0)
            goto out;
    }
    for (uint32_t i = 0; i < sources; i++) {
        size_t row = draw_row(job->mix, i, sources, &rng);
        struct sim_new_sender spec = {
            .addr = sim_mix_claim(world, job, &rng),
            .tool = job->mix->rows[row].tool,
            .kind = job->kind,
            .ports = ports[row],
        };

        if (spec.addr == 0) {
            nj_fail(err, NJ_LIMIT, "no free addresses after %u sources", i);
            goto out;
        }
        if (sim_world_add(world, &spec, err) < 0 ||
            sim_mix_window(world, world->from_ns, world->to_ns, (uint32_t)shares[i], &rng,
                           err) < 0)
            goto out;
    }
    rc = 0;
out:
    free(ports);
    free(shares);
    return rc;
}
