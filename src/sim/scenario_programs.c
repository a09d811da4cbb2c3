/* SPDX-License-Identifier: Apache-2.0 */
/* programs: one source for each kind of relation and order, in an address that says which: what
 * is told of them is easily compared with what it should be. The truth's kinds are the lines
 * of the table; 198.51.100.1 and on. */
#include "sim/scenario.h"
#include "sim/stint.h"

#define FIRST_SOURCE 0xc6336401u /* 198.51.100.1 */

static const struct program {
    const char *kind, *tool, *ports;
    uint32_t packets;
    struct sim_style style;
    bool beside; /* behind the address of the line before */
} programs[] = {
    {"masscan", "masscan-1.3", "80 443", 160, {.shards = 1}, false},
    {"masscan-shard",
     "masscan-1.3",
     "80",
     100,
     {.shared = true, .key = 1337, .shards = 2},
     false},
    {"masscan-shard",
     "masscan-1.3",
     "80",
     100,
     {.shared = true, .key = 1337, .shards = 2, .shard = 1},
     false},
    {"mirai", "mirai", "23:9 2323:1", 160, {.port_window = 14600}, false},
    {"unicornscan", "unicornscan", "22 80", 200, {.shards = 1}, false},
    {"nmap", "nmap", "22 80 443 8080", 240, {.shards = 1}, false},
    {"unknown-affine", "own-mixed", "5555", 200, {.shards = 1}, false},
    {"unknown-sum", "own-sum", "5555", 200, {.shards = 1}, false},
    {"unknown-step", "own-step", "5555", 200, {.shards = 1}, false},
    {"counter",
     "own-permute",
     "7547",
     160,
     {.ttl = 128,
      .window = 8192,
      .sport_first = 1024,
      .sport_last = 65535,
      .sport_step = 1,
      .id = ID_COUNTER},
     false},
    {"zmap-old", "zmap-1", "8080", 60, {.shards = 1}, false},
    {"zmap-4.1", "zmap-4", "8080", 60, {.shards = 1}, false},
    {"zmap-shard", "zmap-4", "443", 60, {.shared = true, .key = 77, .shards = 2}, false},
    {"zmap-shard",
     "zmap-4",
     "443",
     60,
     {.shared = true, .key = 77, .shards = 2, .shard = 1},
     false},
    {"sequential",
     "own-sweep",
     "8545",
     60,
     {.ttl = 64, .window = 1024, .sport_first = 1024, .sport_last = 65535, .sport_step = 1},
     false},
    {"permuted",
     "own-permute",
     "8545",
     60,
     {.ttl = 64, .window = 1024, .sport_first = 1024, .sport_last = 65535, .sport_step = 1},
     false},
    {"random",
     "own-random",
     "8545",
     120,
     {.ttl = 64, .window = 1024, .sport_first = 1024, .sport_last = 65535, .sport_step = 1},
     false},
    {"nat-bot", "mirai", "23:9 2323:1", 200, {.port_window = 14600}, false},
    {"nat-scanner",
     "own-permute",
     "8291",
     80,
     {.ttl = 128, .window = 512, .sport_first = 1024, .sport_last = 65535, .sport_step = 1},
     true},
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

static int add(struct sim_world *world, const struct program *program, uint32_t addr,
               struct nj_err *err)
{
    int64_t quarter = (world->to_ns - world->from_ns) / 4;
    struct sim_new_sender sender = {.addr = addr, .tool = program->tool, .kind = program->kind};

    if (!program->beside && sim_world_claim(world, addr) == 0)
        return nj_fail(err, NJ_CONFIG, "the telescope has addresses of 198.51.100.0/24");
    if (sim_world_ports(world, program->ports, &sender.ports, err) < 0 ||
        sim_world_style(world, &program->style, &sender.style, err) < 0 ||
        sim_world_add(world, &sender, err) < 0)
        return -1;
    return sim_world_window(world, world->from_ns + quarter, world->to_ns - quarter,
                            (uint32_t)sim_scaled(world->options, program->packets), err);
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
