/* SPDX-License-Identifier: Apache-2.0 */
/* programs: one source for each kind of relation and order, in an address that says which: what
 * is told of them is easily compared with what it should be. The truth's kinds are the lines
 * of the table; 198.51.100.1 and on. */
#include "sim/scenario.h"
#include "sim/stint.h"

#define FIRST_SOURCE 0xc6336401u /* 198.51.100.1 */

#define OWN                                                                                    \
    {                                                                                          \
        .ttl = 64, .window = 1024, .sport_first = 1024, .sport_last = 65535, .sport_step = 1   \
    }

enum rhythm {
    EVENLY,   /* at a steady rate in the middle half of the period */
    BURSTS,   /* four packets each ten minutes */
    TAPERING, /* half of the packets in a twentieth of the time */
};

static const struct program {
    const char *kind, *tool, *ports;
    uint32_t packets;
    struct sim_style style;
    bool beside; /* behind the address of the line before */
    enum rhythm rhythm;
} programs[] = {
    {.kind = "masscan",
     .tool = "masscan-1.3",
     .ports = "80 443",
     .packets = 160,
     .style = {.shards = 1}},
    {.kind = "masscan-shard",
     .tool = "masscan-1.3",
     .ports = "80",
     .packets = 100,
     .style = {.shared = true, .key = 1337, .shards = 2}},
    {.kind = "masscan-shard",
     .tool = "masscan-1.3",
     .ports = "80",
     .packets = 100,
     .style = {.shared = true, .key = 1337, .shards = 2, .shard = 1}},
    {.kind = "mirai",
     .tool = "mirai",
     .ports = "23:9 2323:1",
     .packets = 160,
     .style = {.port_window = 14600}},
    {.kind = "unicornscan",
     .tool = "unicornscan",
     .ports = "22 80",
     .packets = 200,
     .style = {.shards = 1}},
    {.kind = "nmap",
     .tool = "nmap",
     .ports = "22 80 443 8080",
     .packets = 240,
     .style = {.shards = 1}},
    {.kind = "unknown-affine",
     .tool = "own-mixed",
     .ports = "5555",
     .packets = 200,
     .style = {.shards = 1}},
    {.kind = "unknown-sum",
     .tool = "own-sum",
     .ports = "5555",
     .packets = 200,
     .style = {.shards = 1}},
    {.kind = "unknown-step",
     .tool = "own-step",
     .ports = "5555",
     .packets = 200,
     .style = {.shards = 1}},
    {.kind = "counter",
     .tool = "own-permute",
     .ports = "7547",
     .packets = 160,
     .style = {.ttl = 128,
               .window = 8192,
               .sport_first = 1024,
               .sport_last = 65535,
               .sport_step = 1,
               .id = ID_COUNTER}},
    {.kind = "zmap-old",
     .tool = "zmap-1",
     .ports = "8080",
     .packets = 60,
     .style = {.shards = 1}},
    {.kind = "zmap-4.1",
     .tool = "zmap-4",
     .ports = "8080",
     .packets = 60,
     .style = {.shards = 1}},
    {.kind = "zmap-shard",
     .tool = "zmap-4",
     .ports = "443",
     .packets = 60,
     .style = {.shared = true, .key = 77, .shards = 2}},
    {.kind = "zmap-shard",
     .tool = "zmap-4",
     .ports = "443",
     .packets = 60,
     .style = {.shared = true, .key = 77, .shards = 2, .shard = 1}},
    {.kind = "sequential", .tool = "own-sweep", .ports = "8545", .packets = 60, .style = OWN},
    {.kind = "permuted", .tool = "own-permute", .ports = "8545", .packets = 60, .style = OWN},
    {.kind = "random", .tool = "own-random", .ports = "8545", .packets = 120, .style = OWN},
    {.kind = "nat-bot",
     .tool = "mirai",
     .ports = "23:9 2323:1",
     .packets = 200,
     .style = {.port_window = 14600}},
    {.kind = "nat-scanner",
     .tool = "own-permute",
     .ports = "8291",
     .packets = 80,
     .style =
         {.ttl = 128, .window = 512, .sport_first = 1024, .sport_last = 65535, .sport_step = 1},
     .beside = true},
    {.kind = "pool",
     .tool = "zmap-4",
     .ports = "2222",
     .packets = 60,
     .style = {.shared = true, .key = 78, .modulus = 4, .residue = 1}},
    {.kind = "pool",
     .tool = "zmap-4",
     .ports = "2222",
     .packets = 60,
     .style = {.shared = true, .key = 78, .modulus = 4, .residue = 2}},
    {.kind = "bursts",
     .tool = "own-random",
     .ports = "9200",
     .packets = 60,
     .style = OWN,
     .rhythm = BURSTS},
    {.kind = "tapering",
     .tool = "own-random",
     .ports = "9200",
     .packets = 60,
     .style = OWN,
     .rhythm = TAPERING},
};

static void defaults(struct sim_options *options)
{
    if (!options->have_sensor)
        options->sensor = (struct sim_net){.first = 0xcb007100, .bits = 8}; /* 203.0.113.0/24 */
    if (options->hours == 0)
        options->hours = 6;
    if (!options->have_from)
        options->from_ns = sim_date(2024, 9, 2);
    if (!options->have_to)
        options->to_ns = options->from_ns + options->hours * SIM_HOUR;
}

/* The windows of the sender added last. */
static int add_windows(struct sim_world *world, const struct program *program,
                       struct nj_err *err)
{
    const int64_t quarter = (world->to_ns - world->from_ns) / 4;
    const int64_t from = world->from_ns + quarter, to = world->to_ns - quarter;
    const uint32_t packets = (uint32_t)sim_scaled(world->options, program->packets);

    if (program->rhythm == EVENLY)
        return sim_world_window(world, from, to, packets, err);
    if (program->rhythm == TAPERING) {
        const int64_t turn = from + (to - from) / 20;

        if (sim_world_window(world, from, turn, packets / 2, err) < 0)
            return -1;
        return sim_world_window(world, turn, to, packets - packets / 2, err);
    }
    for (uint32_t i = 0; i * 4 < packets; i++) {
        const int64_t begin = from + i * (SIM_HOUR / 6);

        if (sim_world_window(world, begin, begin + 4 * SIM_SECOND, 4, err) < 0)
            return -1;
    }
    return 0;
}

static int add(struct sim_world *world, const struct program *program, uint32_t addr,
               struct nj_err *err)
{
    struct sim_new_sender sender = {.addr = addr, .tool = program->tool, .kind = program->kind};

    if (!program->beside && sim_world_claim(world, addr) == 0)
        return nj_fail(err, NJ_CONFIG, "the telescope has addresses of 198.51.100.0/24");
    if (sim_world_ports(world, program->ports, &sender.ports, err) < 0 ||
        sim_world_style(world, &program->style, &sender.style, err) < 0 ||
        sim_world_add(world, &sender, err) < 0)
        return -1;
    return add_windows(world, program, err);
}

static int plan(struct sim_world *world, struct nj_err *err)
{
    uint32_t addr = FIRST_SOURCE - 1;

    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        addr += !programs[i].beside;
        if (add(world, &programs[i], addr, err) < 0)
            return -1;
    }
    return 0;
}

const struct sim_scenario sim_scenario_programs = {
    .name = "programs",
    .summary = "one source for each kind of relation and order",
    .defaults = defaults,
    .plan = plan,
};
