/* SPDX-License-Identifier: Apache-2.0 */
/* packetwatch-2020: two months of sessions by country, as a weekly report would tell them.
 *
 * 7,000,000 sessions from 2020-05-01 to 2020-06-30. Russia, China and Iran lead. Port 1433
 * holds 30 to 40 per cent of China's sessions in every week; the ports around 3389 hide remote
 * desktops, and those who look for them also ask 3389; 9530 comes up in Iran in mid-June; in
 * the week of 29 June 5977 and 4876 are asked for that nobody had asked for before.
 *
 * Sessions are dealt out week by week: to countries, to their services, to the sources of a
 * service that are alive in that week (by Zipf's law). Rounding is carried on from one to the
 * next, so that the sums are exact. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/mix.h"
#include "sim/scenario.h"

#define SESSIONS 7000000u
#define SOURCES 70000u
#define WEEKS_MAX 64
#define SERVICES_MAX 16
#define WEEK (7 * SIM_DAY)
#define FIRST_MONDAY sim_date(2020, 4, 27)
#define NEWCOMER_SINCE sim_date(2020, 6, 15)
#define CAMPAIGNS_SINCE sim_date(2020, 6, 29)

enum { NEWCOMER = 9530, CAMPAIGN_A = 5977, CAMPAIGN_B = 4876 };
enum { LABEL_SHARES = 20, LABEL_CAMPAIGN, LABEL_SERVICE = 100 };

/* ---- the tables ---- */

struct tool_share {
    const char *tool;
    uint32_t weight;
};

#define TOOLS_MAX 5
static const struct tool_share tools_iot[TOOLS_MAX] = {
    {"mirai", 70}, {"linux-2.6", 20}, {"masscan-1.3", 6}, {"zmap-1", 4}};
static const struct tool_share tools_data[TOOLS_MAX] = {
    {"masscan-1.3", 50}, {"windows-7", 25}, {"zmap-1", 10}, {"linux-5", 10}, {"nmap", 5}};
static const struct tool_share tools_desktop[TOOLS_MAX] = {
    {"masscan-1.3", 55}, {"windows-7", 20}, {"windows-10", 10}, {"linux-5", 10}, {"nmap", 5}};
static const struct tool_share tools_smb[TOOLS_MAX] = {
    {"windows-7", 70}, {"windows-xp", 20}, {"masscan-1.3", 10}};
static const struct tool_share tools_shell[TOOLS_MAX] = {
    {"linux-5", 60}, {"linux-3", 20}, {"masscan-1.3", 10}, {"zmap-1", 10}};
static const struct tool_share tools_web[TOOLS_MAX] = {
    {"masscan-1.3", 35}, {"zmap-1", 30}, {"linux-5", 20}, {"mirai", 10}, {"nmap", 5}};

/* A service that sources of a country look for. */
struct service {
    const char *ports;              /* NULL: each source has odd ports of its own */
    const struct tool_share *tools; /* TOOLS_MAX of them */
    uint32_t share;                 /* of the country's sessions, per mille */
    const char *kind;
};

#define SQL "1433"
#define SMB "445"
#define TELNET "23:8 2323:1"
#define RDP "3389"
#define HIDDEN_RDP                                                                             \
    "3389:20 3388:9 3390:9 3391:8 33389:9 13389:7 3380 3381 3382 3383 3384 3385 3386 3387 "    \
    "3392 3393 3394 3395 3396 3397 3398 3399 3400"
#define WEB "80:4 8080:3 443:2 81:1 8443:1"
#define DATABASES "3306:5 6379:6 5432:2 27017:2 9200:2"
#define IOT "5555:5 8291:3 7547:2 37215:3 52869:2 60001:2"
#define REMOTE "5900:6 5938:1 5901:1"

static const struct service services_cn[SERVICES_MAX] = {
    {SQL, tools_data, 355, "sql-server"},
    {SMB, tools_smb, 105, "smb"},
    {"22", tools_shell, 110, "ssh"},
    {RDP, tools_desktop, 40, "rdp"},
    {HIDDEN_RDP, tools_desktop, 50, "hidden-rdp"},
    {DATABASES, tools_data, 130, "database"},
    {TELNET, tools_iot, 60, "telnet"},
    {IOT, tools_iot, 40, "iot"},
    {WEB, tools_web, 60, "web"},
    {NULL, tools_web, 50, "odd-port"},
};
static const struct service services_ru[SERVICES_MAX] = {
    {SMB, tools_smb, 310, "smb"},
    {RDP, tools_desktop, 90, "rdp"},
    {HIDDEN_RDP, tools_desktop, 150, "hidden-rdp"},
    {TELNET, tools_iot, 100, "telnet"},
    {"22", tools_shell, 70, "ssh"},
    {REMOTE, tools_desktop, 60, "remote"},
    {SQL, tools_data, 40, "sql-server"},
    {DATABASES, tools_data, 40, "database"},
    {WEB, tools_web, 60, "web"},
    {IOT, tools_iot, 30, "iot"},
    {NULL, tools_web, 50, "odd-port"},
};
static const struct service services_ir[SERVICES_MAX] = {
    {SMB, tools_smb, 380, "smb"},
    {TELNET, tools_iot, 170, "telnet"},
    {WEB, tools_web, 120, "web"},
    {SQL, tools_data, 70, "sql-server"},
    {"22", tools_shell, 60, "ssh"},
    {RDP, tools_desktop, 40, "rdp"},
    {IOT, tools_iot, 60, "iot"},
    {"9530", tools_iot, 60, "newcomer-9530"},
    {DATABASES, tools_data, 25, "database"},
    {NULL, tools_web, 15, "odd-port"},
};
/* where servers are rented */
static const struct service services_hosting[SERVICES_MAX] = {
    {WEB, tools_web, 210, "web"},
    {"22", tools_shell, 160, "ssh"},
    {RDP, tools_desktop, 70, "rdp"},
    {HIDDEN_RDP, tools_desktop, 90, "hidden-rdp"},
    {DATABASES, tools_data, 120, "database"},
    {REMOTE, tools_desktop, 70, "remote"},
    {SMB, tools_smb, 60, "smb"},
    {SQL, tools_data, 50, "sql-server"},
    {TELNET, tools_iot, 50, "telnet"},
    {NULL, tools_web, 120, "odd-port"},
};
/* where homes and offices are */
static const struct service services_access[SERVICES_MAX] = {
    {SMB, tools_smb, 330, "smb"},      {TELNET, tools_iot, 260, "telnet"},
    {IOT, tools_iot, 130, "iot"},      {WEB, tools_web, 70, "web"},
    {"22", tools_shell, 60, "ssh"},    {SQL, tools_data, 50, "sql-server"},
    {RDP, tools_desktop, 40, "rdp"},   {REMOTE, tools_desktop, 20, "remote"},
    {NULL, tools_web, 40, "odd-port"},
};

static const struct country {
    char code[3];
    uint32_t share; /* of all sessions, per mille */
    const struct service *services;
} countries[] = {
    {"RU", 210, services_ru},     {"CN", 190, services_cn},     {"IR", 100, services_ir},
    {"US", 85, services_hosting}, {"NL", 60, services_hosting}, {"VN", 55, services_access},
    {"BR", 55, services_access},  {"IN", 45, services_access},  {"TW", 35, services_access},
    {"UA", 30, services_access},  {"ID", 30, services_access},  {"DE", 25, services_hosting},
    {"TR", 20, services_access},  {"KR", 20, services_access},  {"FR", 20, services_hosting},
    {"SG", 20, services_hosting},
};
#define COUNTRIES (sizeof(countries) / sizeof(countries[0]))

/* ---- weeks and shares ---- */

struct week {
    int64_t from_ns, to_ns;
    double weight; /* of all sessions */
};

struct job {
    struct sim_world *world;
    struct week weeks[WEEKS_MAX];
    unsigned week_count;
    double carry; /* what rounding has left over so far */
};

/* ISO weeks, the first and the last as far as they belong to the period. */
static int find_weeks(struct job *job, struct nj_rng *rng, struct nj_err *err)
{
    const struct sim_world *world = job->world;
    int64_t monday = FIRST_MONDAY;
    double sum = 0;

    while (monday > world->from_ns)
        monday -= WEEK;
    for (; monday < world->to_ns; monday += WEEK) {
        struct week week = {.from_ns = monday > world->from_ns ? monday : world->from_ns,
                            .to_ns =
                                monday + WEEK < world->to_ns ? monday + WEEK : world->to_ns};

        if (week.from_ns >= week.to_ns)
            continue;
        if (job->week_count == WEEKS_MAX)
            return nj_fail(err, NJ_CONFIG, "packetwatch-2020 takes at most %d weeks",
                           WEEKS_MAX);
        week.weight = (double)(week.to_ns - week.from_ns) / (double)WEEK *
                      (nj_rng_between(rng, 92, 108) / 100.0);
        sum += week.weight;
        job->weeks[job->week_count++] = week;
    }
    for (unsigned w = 0; w < job->week_count; w++)
        job->weeks[w].weight /= sum;
    return 0;
}

static int is_newcomer(const struct service *service)
{
    return service->ports != NULL && atoi(service->ports) == NEWCOMER;
}

static unsigned service_count(const struct service *services)
{
    unsigned n = 0;

    while (n < SERVICES_MAX && services[n].share != 0)
        n++;
    return n;
}

/* Shares of a country's services in a week, which add up to 1: those of the table, a little
 * moved; China's 1433 within 33 to 38 per cent. */
static void week_shares(const struct country *country, const struct week *week,
                        struct nj_rng *rng, double ret_shares[SERVICES_MAX])
{
    unsigned n = service_count(country->services), fixed = country->services == services_cn;
    double sum = 0;

    for (unsigned s = 0; s < n; s++) {
        ret_shares[s] = country->services[s].share * (nj_rng_between(rng, 88, 112) / 100.0);
        if (is_newcomer(&country->services[s]) && week->from_ns < NEWCOMER_SINCE)
            ret_shares[s] = 0;
        if (s >= fixed)
            sum += ret_shares[s];
    }
    if (fixed) {
        ret_shares[0] = nj_rng_between(rng, 330, 380) / 1000.0;
        sum /= 1 - ret_shares[0];
    }
    for (unsigned s = fixed; s < n; s++)
        ret_shares[s] /= sum;
}

/* ---- sources ---- */

static const char *draw_tool(const struct tool_share *tools, struct nj_rng *rng)
{
    uint32_t sum = 0, at;
    unsigned i = 0;

    for (unsigned t = 0; t < TOOLS_MAX; t++)
        sum += tools[t].weight;
    at = nj_rng_below(rng, sum);
    while (at >= tools[i].weight)
        at -= tools[i++].weight;
    return tools[i].tool;
}

/* One to three ports that are nobody's, and not those of the story. */
static int odd_ports(struct sim_world *world, struct nj_rng *rng,
                     const struct sim_ports **ret_ports, struct nj_err *err)
{
    uint32_t count = nj_rng_between(rng, 1, 3), port;
    char text[32];
    int used = 0;

    for (uint32_t i = 0; i < count; i++) {
        do {
            port = nj_rng_between(rng, 82, 65535);
        } while (port == NEWCOMER || port == CAMPAIGN_A || port == CAMPAIGN_B);
        used +=
            snprintf(text + used, sizeof(text) - (size_t)used, "%s%u", i == 0 ? "" : " ", port);
    }
    return sim_world_ports(world, text, ret_ports, err);
}

static uint32_t claim_in(struct sim_world *world, const char *country, struct nj_rng *rng)
{
    uint32_t addr;
    int tries = 0;

    do {
        addr = sim_geo_pick(world->geo, country, rng);
    } while (!sim_world_claim(world, addr) && ++tries < 1000);
    return addr;
}

/* The weeks in which a source is alive: the three heaviest always, others from a random week
 * on for one to six weeks. */
static void life(const struct job *job, uint32_t rank, struct nj_rng *rng, unsigned *ret_from,
                 unsigned *ret_to)
{
    *ret_from = 0;
    *ret_to = job->week_count;
    if (rank < 3)
        return;
    *ret_from = nj_rng_below(rng, job->week_count);
    *ret_to = *ret_from + nj_rng_between(rng, 1, 6);
    if (*ret_to > job->week_count)
        *ret_to = job->week_count;
}

#define ZIPF 1000000u

/* The sources of one service of one country; quota[w] sessions in week w. */
static int add_service(struct job *job, const struct country *country,
                       const struct service *service, const uint64_t *quota, uint32_t sources,
                       uint64_t label, struct nj_err *err)
{
    struct sim_world *world = job->world;
    struct nj_rng lives = nj_rng(world->options->seed, label), again = lives, rng;
    uint64_t sums[WEEKS_MAX] = {0}, passed[WEEKS_MAX] = {0}, given[WEEKS_MAX] = {0};
    const struct sim_ports *ports = NULL;
    unsigned from, to;

    if (service->ports != NULL && sim_world_ports(world, service->ports, &ports, err) < 0)
        return -1;
    for (uint32_t i = 0; i < sources; i++) {
        life(job, i, &lives, &from, &to);
        for (unsigned w = from; w < to; w++)
            sums[w] += ZIPF / (i + 1) + 1;
    }
    rng = nj_rng(world->options->seed, label ^ UINT64_C(1) << 40);
    for (uint32_t i = 0; i < sources; i++) {
        struct sim_new_sender spec = {
            .addr = claim_in(world, country->code, &rng),
            .tool = draw_tool(service->tools, &rng),
            .kind = service->kind,
            .ports = ports,
        };

        if ((ports == NULL && odd_ports(world, &rng, &spec.ports, err) < 0) ||
            sim_world_add(world, &spec, err) < 0)
            return -1;
        life(job, i, &again, &from, &to);
        for (unsigned w = from; w < to; w++) {
            uint64_t until;
            uint32_t count;

            passed[w] += ZIPF / (i + 1) + 1;
            until = quota[w] * passed[w] / sums[w];
            count = (uint32_t)(until - given[w]);
            given[w] = until;
            if (count > 0 && sim_mix_window(world, job->weeks[w].from_ns, job->weeks[w].to_ns,
                                            count, &rng, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* All services of all countries: `total` sessions. */
static int add_countries(struct job *job, uint64_t total, struct nj_err *err)
{
    double scale = (double)total / SESSIONS;

    for (size_t c = 0; c < COUNTRIES; c++) {
        const struct country *country = &countries[c];
        unsigned n = service_count(country->services);
        uint64_t quota[SERVICES_MAX][WEEKS_MAX] = {{0}};
        struct nj_rng rng = nj_rng(job->world->options->seed, LABEL_SHARES + (c << 8));

        for (unsigned w = 0; w < job->week_count; w++) {
            double shares[SERVICES_MAX];

            week_shares(country, &job->weeks[w], &rng, shares);
            for (unsigned s = 0; s < n; s++) {
                job->carry += (double)total * job->weeks[w].weight * (country->share / 1000.0) *
                              shares[s];
                if (shares[s] > 0) {
                    quota[s][w] = (uint64_t)(job->carry + 1e-6);
                    job->carry -= (double)quota[s][w];
                }
            }
        }
        for (unsigned s = 0; s < n; s++) {
            double share = country->share / 1000.0 * (country->services[s].share / 1000.0);
            uint32_t sources = 10 + (uint32_t)(SOURCES * share * (scale < 1 ? scale : 1));

            if (add_service(job, country, &country->services[s], quota[s], sources,
                            LABEL_SERVICE + (c << 8) + s, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* ---- the campaigns of the last week ---- */

static const struct campaign {
    const char *ports, *kind;
    uint32_t sources, sessions;
} campaigns[] = {
    {.ports = "5977", .kind = "campaign-5977", .sources = 48, .sessions = 6200},
    {.ports = "4876", .kind = "campaign-4876", .sources = 36, .sessions = 4300},
};

static int add_campaign(struct sim_world *world, const struct campaign *campaign,
                        uint64_t sessions, struct nj_rng *rng, struct nj_err *err)
{
    const struct sim_ports *ports;
    uint32_t actor = ++world->actor_count;
    uint64_t given = 0;

    if (sim_world_ports(world, campaign->ports, &ports, err) < 0)
        return -1;
    for (uint32_t i = 0; i < campaign->sources; i++) {
        /* from the rented servers and homes of the table's later countries */
        const struct country *country =
            &countries[3 + nj_rng_below(rng, (uint32_t)COUNTRIES - 3)];
        struct sim_new_sender spec = {
            .addr = claim_in(world, country->code, rng),
            .tool = "masscan-1.3",
            .kind = campaign->kind,
            .actor = actor,
            .ports = ports,
        };
        uint64_t until = sessions * (i + 1) / campaign->sources;
        int64_t start = CAMPAIGNS_SINCE + (int64_t)nj_rng_below(rng, 6 * 3600) * SIM_SECOND;

        if (sim_world_add(world, &spec, err) < 0 ||
            sim_world_window(world, start, world->to_ns, (uint32_t)(until - given), err) < 0)
            return -1;
        given = until;
    }
    return 0;
}

/* ---- all together ---- */

static void defaults(struct sim_options *options)
{
    if (!options->have_sensor)
        options->sensor = (struct sim_net){.first = 0xcb007100, .bits = 8}; /* 203.0.113.0/24 */
    if (!options->have_from)
        options->from_ns = sim_date(2020, 5, 1);
    if (!options->have_to)
        options->to_ns = sim_date(2020, 7, 1);
}

static int plan(struct sim_world *world, struct nj_err *err)
{
    struct job job = {.world = world};
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_CAMPAIGN);
    uint64_t total = sim_scaled(world->options, SESSIONS);
    int campaigns_seen =
        world->from_ns <= CAMPAIGNS_SINCE && CAMPAIGNS_SINCE + SIM_DAY <= world->to_ns;

    world->count_sessions = true;
    if (find_weeks(&job, &rng, err) < 0)
        return -1;
    for (size_t i = 0; campaigns_seen && i < sizeof(campaigns) / sizeof(campaigns[0]); i++) {
        uint64_t sessions = sim_scaled(world->options, campaigns[i].sessions);

        if (add_campaign(world, &campaigns[i], sessions, &rng, err) < 0)
            return -1;
        total -= sessions;
    }
    return add_countries(&job, total, err);
}

const struct sim_scenario sim_scenario_packetwatch = {
    .name = "packetwatch-2020",
    .summary = "7 million sessions in two months, with shares and newcomers by country",
    .defaults = defaults,
    .plan = plan,
};
