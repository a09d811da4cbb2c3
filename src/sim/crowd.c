/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/crowd.h"

#include "sim/mix.h"
#include "sim/scenario.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LABEL_CROWD = 7000, LABEL_MIX, LABEL_FLEETS, LABEL_CHURN };

/* How long the sources of a herd are there, and how much they send: drawn evenly on a
 * logarithmic scale. */
enum pace { BOT, WORM_6000, SCAN, GUESS, SLEEP, FLOOD };

static const struct {
    uint32_t hours_low, hours_high;
    uint32_t rate_low, rate_high; /* packets in a hundred hours */
} paces[] = {
    [BOT] = {.hours_low = 2, .hours_high = 120, .rate_low = 20, .rate_high = 300},
    [WORM_6000] = {.hours_low = 1, .hours_high = 48, .rate_low = 50, .rate_high = 1000},
    [SCAN] = {.hours_low = 1, .hours_high = 24, .rate_low = 800, .rate_high = 8000},
    [GUESS] = {.hours_low = 2, .hours_high = 96, .rate_low = 50, .rate_high = 1500},
    /* ten hours a day */
    [SLEEP] = {.hours_low = 48, .hours_high = 200, .rate_low = 50, .rate_high = 400},
    [FLOOD] = {.hours_low = 1, .hours_high = 12, .rate_low = 100, .rate_high = 4000},
};

/* A kind of unrelated sources, a row each. */
/* clang-format off */
static const struct herd {
    const char *kind, *tool, *ports;
    uint32_t share; /* weight among all herds */
    enum pace pace;
} herds[] = {
    {.kind = "bot", .tool = "mirai", .ports = "23:9 2323:1", .share = 300, .pace = BOT},
    {.kind = "bot", .tool = "mirai", .ports = "5555", .share = 35, .pace = BOT},
    {.kind = "bot", .tool = "mirai", .ports = "37215", .share = 25, .pace = BOT},
    {.kind = "bot", .tool = "mirai", .ports = "80 81 8080", .share = 30, .pace = BOT},
    {.kind = "default-zmap", .tool = "zmap-1", .ports = "443", .share = 8, .pace = SCAN},
    {.kind = "default-zmap", .tool = "zmap-3", .ports = "443", .share = 15, .pace = SCAN},
    {.kind = "default-zmap", .tool = "zmap-4", .ports = "443", .share = 40, .pace = SCAN},
    {.kind = "default-zmap", .tool = "zmap-4", .ports = "80", .share = 20, .pace = SCAN},
    {.kind = "default-zmap", .tool = "zmap-4", .ports = "22", .share = 15, .pace = SCAN},
    {.kind = "default-masscan", .tool = "masscan-1.3", .ports = "22",
     .share = 12, .pace = SCAN},
    {.kind = "default-masscan", .tool = "masscan-1.3", .ports = "6379",
     .share = 16, .pace = SCAN},
    {.kind = "default-masscan", .tool = "masscan-1.3", .ports = "3389",
     .share = 16, .pace = SCAN},
    {.kind = "default-masscan", .tool = "masscan-1.3", .ports = "80 443 8080",
     .share = 12, .pace = SCAN},
    {.kind = "default-masscan", .tool = "masscan-2023", .ports = "80",
     .share = 14, .pace = SCAN},
    {.kind = "default-nmap", .tool = "nmap",
     .ports = "21 22 23 25 80 110 139 143 443 445 3306 3389 8080", .share = 12, .pace = SCAN},
    {.kind = "worm-6000", .tool = "own-random", .ports = "1433",
     .share = 35, .pace = WORM_6000},
    {.kind = "worm", .tool = "windows-7", .ports = "445", .share = 50, .pace = BOT},
    {.kind = "worm", .tool = "windows-10", .ports = "445", .share = 25, .pace = BOT},
    {.kind = "worm", .tool = "windows-10", .ports = "1433", .share = 20, .pace = BOT},
    {.kind = "guesser", .tool = "linux-5", .ports = "22", .share = 50, .pace = GUESS},
    {.kind = "guesser", .tool = "windows-10", .ports = "3389", .share = 25, .pace = GUESS},
    {.kind = "bot", .tool = "linux-2.6", .ports = "23", .share = 40, .pace = BOT},
    {.kind = "sleeper", .tool = "linux-5", .ports = "80 443", .share = 15, .pace = SLEEP},
    {.kind = "sleeper", .tool = "windows-10", .ports = "445", .share = 20, .pace = SLEEP},
    {.kind = "sleeper", .tool = "linux-2.6", .ports = "23", .share = 15, .pace = SLEEP},
    {.kind = "victim", .tool = "synack", .ports = "443", .share = 30, .pace = FLOOD},
    {.kind = "victim", .tool = "synack", .ports = "80", .share = 15, .pace = FLOOD},
    {.kind = "victim", .tool = "rst", .ports = "22", .share = 15, .pace = FLOOD},
    {.kind = "victim", .tool = "unreachable", .ports = "53", .share = 8, .pace = FLOOD},
};

/* clang-format on */

/* Source port 6000, ID 256, window 16384, no options: what countless unrelated Windows hosts
 * that ask for 1433 have in common since the 2000s. */
static const struct sim_style worm_style = {
    .ttl = 128,
    .window = 16384,
    .sport_first = 6000,
    .sport_last = 6000,
    .sport_step = 1,
    .id = ID_CONSTANT,
    .ip_id = 256,
};

void sim_crowd_defaults(struct sim_options *options, uint32_t days)
{
    if (!options->have_sensor)
        options->sensor = (struct sim_net){.first = 0xc6120000, .bits = 12}; /* 198.18.0.0/20 */
    if (options->packets == 0)
        options->packets = 250000;
    if (options->sources == 0)
        options->sources = 12000;
    if (options->hours == 0)
        options->hours = days * 24;
    if (!options->have_from)
        options->from_ns = sim_date(2024, 9, 2);
    if (!options->have_to)
        options->to_ns = options->from_ns + options->hours * SIM_HOUR;
}

static const struct herd *draw_herd(struct nj_rng *rng)
{
    uint32_t sum = 0, at, i = 0;

    for (size_t h = 0; h < COUNT(herds); h++)
        sum += herds[h].share;
    at = nj_rng_below(rng, sum);
    while (at >= herds[i].share)
        at -= herds[i++].share;
    return &herds[i];
}

static int herd_ports(struct sim_world *world, const struct sim_ports *ports[COUNT(herds)],
                      struct nj_err *err)
{
    for (size_t h = 0; h < COUNT(herds); h++) {
        if (sim_world_ports(world, herds[h].ports, &ports[h], err) < 0)
            return -1;
    }
    return 0;
}

/* A source of a herd whose stint begins at an instant. */
static int add_one(struct sim_world *world, const struct herd *herd,
                   const struct sim_ports *ports, uint32_t addr, int64_t from_ns,
                   struct nj_rng *rng, struct nj_err *err)
{
    int64_t hours = (int64_t)sim_log_between(rng, paces[herd->pace].hours_low,
                                             paces[herd->pace].hours_high);
    const struct sim_stint stint = {
        .addr = addr,
        .tool = herd->tool,
        .kind = herd->kind,
        .ports = ports,
        .style = herd->pace == WORM_6000 ? &worm_style : NULL,
        .from_ns = from_ns,
        .to_ns = from_ns + hours * SIM_HOUR,
        .per_hour_100 = (uint32_t)sim_log_between(rng, paces[herd->pace].rate_low,
                                                  paces[herd->pace].rate_high),
        .schedule = herd->pace == SLEEP ? SCHEDULE_DAYS : SCHEDULE_STEADY,
        .hour = nj_rng_below(rng, 14),
    };

    if (addr == 0)
        return nj_fail(err, NJ_LIMIT, "no free addresses after %u sources",
                       world->sender_count);
    return sim_stint_add(world, &stint, rng, err);
}

int sim_crowd_beside(struct sim_world *world, uint32_t addr, int64_t around_ns,
                     struct nj_rng *rng, struct nj_err *err)
{
    uint32_t count = nj_rng_between(rng, 2, 4);

    for (uint32_t i = 0; i < count; i++) {
        const struct herd *herd = draw_herd(rng);
        const struct sim_ports *ports;
        uint32_t beside = sim_claim_near(world, addr, ZONE_24, rng);
        int64_t from = around_ns + (int64_t)nj_rng_below64(rng, 12 * SIM_HOUR) - 6 * SIM_HOUR;

        if (sim_world_ports(world, herd->ports, &ports, err) < 0 ||
            add_one(world, herd, ports, beside, from, rng, err) < 0)
            return -1;
    }
    return 0;
}

/* The herds. Every eighth source begins within a day after the one before, is of the same kind
 * and in the same /24, as neighbours in a large network are. */
static int add_herds(struct sim_world *world, uint32_t sources, struct nj_err *err)
{
    const struct sim_ports *ports[COUNT(herds)];
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_CROWD);
    uint64_t span = (uint64_t)(world->to_ns - world->from_ns);

    if (herd_ports(world, ports, err) < 0)
        return -1;
    for (uint32_t i = 0; i < sources; i++) {
        const struct herd *herd = draw_herd(&rng);
        /* some have begun before the capture did */
        int64_t from =
            world->from_ns - SIM_DAY + (int64_t)nj_rng_below64(&rng, span + (uint64_t)SIM_DAY);
        uint32_t number = world->sender_count;
        const struct sim_ports *of = ports[herd - herds];

        if (add_one(world, herd, of, sim_claim_any(world, &rng), from, &rng, err) < 0)
            return -1;
        if (i % 8 == 7) {
            uint32_t addr = world->senders[number].addr;
            int64_t end = from + (int64_t)nj_rng_below64(&rng, 24 * SIM_HOUR);

            i++;
            if (add_one(world, herd, of, sim_claim_near(world, addr, ZONE_24, &rng), end, &rng,
                        err) < 0)
                return -1;
        }
    }
    return 0;
}

/* ---- who belongs together ---- */

/* Research fleets: thirty-two addresses of one /24, each with some hours of ZMap a day, the
 * ports of the day in turn. */
static int add_fleets(struct sim_world *world, struct nj_err *err)
{
    static const char *const plans[] = {"443 80 22 21 25 110 143", "8443 8080 8000 8888",
                                        "502 102 20000 44818 47808", "27017 9200 6379 11211"};
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_FLEETS);

    for (size_t f = 0; f < COUNT(plans); f++) {
        uint32_t base = sim_claim_any(world, &rng), actor = ++world->actor_count;
        struct sim_stint stint = {.tool = f % 2 == 0 ? "zmap-4" : "masscan-2023",
                                  .kind = "research",
                                  .actor = actor,
                                  .relation = "parallel",
                                  .group = ++world->group_count,
                                  .from_ns = world->from_ns,
                                  .to_ns = world->to_ns,
                                  .schedule = SCHEDULE_DAYS,
                                  .per_hour_100 = 250};

        if (sim_world_ports(world, plans[f], &stint.ports, err) < 0)
            return -1;
        for (int i = 0; i < 32; i++) {
            stint.addr = i == 0 ? base : sim_claim_near(world, base, ZONE_24, &rng);
            stint.hour = (uint32_t)i % 3 * 7; /* in shifts */
            if (sim_stint_add(world, &stint, &rng, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* One bot from its first address to its last. */
static int add_moving_bot(struct sim_world *world, struct sim_stint *stint, struct nj_rng *rng,
                          struct nj_err *err)
{
    uint32_t moves = nj_rng_between(rng, 1, 4);

    for (uint32_t m = 0; m <= moves && stint->from_ns < world->to_ns; m++) {
        const struct sim_hop hop = {.from = world->sender_count - 1,
                                    .to = world->sender_count,
                                    .kind = "dhcp",
                                    .changed = ""};

        if (stint->addr == 0)
            return nj_fail(err, NJ_LIMIT, "no free addresses");
        stint->to_ns = stint->from_ns + (int64_t)sim_log_between(rng, 8, 48) * SIM_HOUR;
        if ((m > 0 && sim_world_hop(world, &hop, err) < 0) ||
            sim_stint_add(world, stint, rng, err) < 0)
            return -1;
        stint->addr = sim_claim_near(world, stint->addr, ZONE_AS, rng);
        stint->from_ns = stint->to_ns + (int64_t)nj_rng_between(rng, 60, 1200) * SIM_SECOND;
    }
    return 0;
}

/* Bots that get another address of their network now and then; source port and window are the
 * process's, and stay. */
static int add_churn(struct sim_world *world, uint32_t bots, struct nj_err *err)
{
    struct nj_rng rng = nj_rng(world->options->seed, LABEL_CHURN);
    const struct sim_ports *ports;

    if (sim_world_ports(world, "23:9 2323:1", &ports, err) < 0)
        return -1;
    for (uint32_t b = 0; b < bots; b++) {
        const struct sim_style style = {.sport = (uint16_t)nj_rng_between(&rng, 1024, 65535),
                                        .port_window =
                                            (uint16_t)nj_rng_between(&rng, 1, 65535)};
        struct sim_stint stint = {
            .addr = sim_claim_any(world, &rng),
            .tool = "mirai",
            .kind = "moving-bot",
            .ports = ports,
            .actor = ++world->actor_count,
            .relation = "instance",
            .group = ++world->group_count,
            .from_ns = world->from_ns +
                       (int64_t)nj_rng_below64(&rng, (uint64_t)(world->to_ns - world->from_ns)),
            .per_hour_100 = (uint32_t)sim_log_between(&rng, 60, 400),
        };

        if (sim_world_style(world, &style, &stint.style, err) < 0 ||
            add_moving_bot(world, &stint, &rng, err) < 0)
            return -1;
    }
    return 0;
}

int sim_crowd_add(struct sim_world *world, struct sim_crowd crowd, struct nj_err *err)
{
    uint32_t sources = world->options->sources, mixed = sources / 5;
    const struct sim_mix_job mix = {
        .mix = &sim_mix_now,
        .count = sim_scaled(world->options, world->options->packets),
        .sources = mixed,
        .label = LABEL_MIX,
    };

    if (mix.count > 0 && sim_mix_add(world, &mix, err) < 0)
        return -1;
    if (crowd.related &&
        (add_fleets(world, err) < 0 || add_churn(world, sources / 100, err) < 0))
        return -1;
    return add_herds(world, sources - mixed, err);
}
