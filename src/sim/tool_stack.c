/* SPDX-License-Identifier: Apache-2.0 */
/* Scanners that call connect(): the kernel builds the SYN, chooses the source port and repeats
 * what nobody answers (same ports, same sequence number, new IP ID).
 *
 *   linux-2.6   window 5840, scale 2, ports 32768-61000 of both parities     (routers, cameras)
 *   linux-3     window 29200, scale 7, ports 32768-61000 of both parities    (2012-2015)
 *   linux-5     window 64240, scale 7, even ports 32768-60998                (since 2018)
 *   windows-xp  window 65535, ports 1025-5000 one after the other
 *   windows-7   window 8192, scale 8, ports 49152-65535 one after the other
 *   windows-10  window 64240, scale 8, the same ports
 *
 * Linux repeats after 1, 3, 7, 15, 31, 63 s; most scanners hang up sooner. Windows repeats
 * after 3 and 9 s. */
#include "sim/tool.h"

#include <string.h>

struct stack {
    uint8_t ttl, scale;
    bool timestamps;
    uint16_t window;
    uint16_t first_port, last_port;
    bool even, counter; /* even ports only; one port after the other */
    uint16_t clock_hz;
};

static const struct stack linux_26 = {
    .ttl = 64,
    .scale = 2,
    .timestamps = true,
    .window = 5840,
    .first_port = 32768,
    .last_port = 61000,
    .clock_hz = 100,
};
static const struct stack linux_3 = {
    .ttl = 64,
    .scale = 7,
    .timestamps = true,
    .window = 29200,
    .first_port = 32768,
    .last_port = 61000,
    .clock_hz = 250,
};
static const struct stack linux_5 = {
    .ttl = 64,
    .scale = 7,
    .timestamps = true,
    .window = 64240,
    .first_port = 32768,
    .last_port = 60998,
    .even = true,
    .clock_hz = 1000,
};
static const struct stack windows_xp = {
    .ttl = 128,
    .window = 65535,
    .first_port = 1025,
    .last_port = 5000,
    .counter = true,
};
static const struct stack windows_7 = {
    .ttl = 128,
    .scale = 8,
    .window = 8192,
    .first_port = 49152,
    .last_port = 65535,
    .counter = true,
};
static const struct stack windows_10 = {
    .ttl = 128,
    .scale = 8,
    .window = 64240,
    .first_port = 49152,
    .last_port = 65535,
    .counter = true,
};

static void boot(struct sim_sender *sender, int64_t time_ns, unsigned repeats)
{
    /* Four of six programs give up before the first repeat, one after it. */
    static const uint8_t patience[6] = {0, 0, 0, 0, 1, 6};
    uint32_t p = patience[nj_rng_below(&sender->rng, 6)];

    (void)time_ns;
    sender->repeats = (uint8_t)(p < repeats ? p : repeats);
    sender->clock = nj_rng_u32(&sender->rng) >> 4;
    sender->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
    sender->sport = (uint16_t)nj_rng_u32(&sender->rng);
}

static void linux_start(struct sim_sender *sender, int64_t time_ns)
{
    boot(sender, time_ns, 3);
}

static void windows_start(struct sim_sender *sender, int64_t time_ns)
{
    boot(sender, time_ns, 2);
}

static uint16_t choose_port(const struct stack *stack, struct sim_sender *sender)
{
    uint32_t width = (uint32_t)(stack->last_port - stack->first_port) + 1;

    if (stack->counter)
        return (uint16_t)(stack->first_port + sender->sport++ % width);
    if (stack->even)
        return (uint16_t)(stack->first_port + nj_rng_below(&sender->rng, width / 2 + 1) * 2);
    return (uint16_t)(stack->first_port + nj_rng_below(&sender->rng, width));
}

/* MSS, SACK, timestamps, window scale */
static void put_linux_options(const struct stack *stack, uint32_t clock,
                              struct sim_probe *probe)
{
    memcpy(probe->options, (const uint8_t[]){2, 4, 0x05, 0xb4, 4, 2, 8, 10}, 8);
    sim_put32(probe->options + 8, clock);
    sim_put32(probe->options + 12, 0);
    memcpy(probe->options + 16, (const uint8_t[]){1, 3, 3, stack->scale}, 4);
    probe->options_length = 20;
}

/* MSS, window scale (since Vista), SACK */
static void put_windows_options(const struct stack *stack, struct sim_probe *probe)
{
    if (stack->scale == 0) {
        memcpy(probe->options, (const uint8_t[]){2, 4, 0x05, 0xb4, 1, 1, 4, 2}, 8);
        probe->options_length = 8;
        return;
    }
    memcpy(probe->options,
           (const uint8_t[]){2, 4, 0x05, 0xb4, 1, 3, 3, stack->scale, 1, 1, 4, 2}, 12);
    probe->options_length = 12;
}

static void connect_build(const struct stack *stack, struct sim_sender *sender,
                          struct sim_try *attempt, struct sim_probe *probe)
{
    if (attempt->attempt == 0) {
        attempt->sport = choose_port(stack, sender);
        attempt->seq = nj_rng_u32(&sender->rng);
    }
    probe->proto = PROTO_TCP;
    probe->flags = TCP_SYN;
    probe->df = true;
    probe->ttl = stack->ttl;
    probe->window = stack->window;
    probe->sport = attempt->sport;
    probe->dport = attempt->dport;
    probe->seq = attempt->seq;
    if (!stack->timestamps) {
        probe->ip_id = sender->ip_id++; /* one counter for all */
        put_windows_options(stack, probe);
        return;
    }
    /* a counter for each connection, which starts anywhere */
    probe->ip_id = (uint16_t)(nj_mix64(attempt->seq ^ sender->key) + attempt->attempt);
    put_linux_options(
        stack, sender->clock + (uint32_t)(attempt->time_ns / (1000000000 / stack->clock_hz)),
        probe);
}

static void linux_26_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    connect_build(&linux_26, s, t, p);
}

static void linux_3_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    connect_build(&linux_3, s, t, p);
}

static void linux_5_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    connect_build(&linux_5, s, t, p);
}

static void windows_xp_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    connect_build(&windows_xp, s, t, p);
}

static void windows_7_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    connect_build(&windows_7, s, t, p);
}

static void windows_10_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    connect_build(&windows_10, s, t, p);
}

static const uint16_t linux_repeats[] = {1000, 3000, 7000, 0};
static const uint16_t windows_repeats[] = {3000, 9000, 0};

const struct sim_tool sim_tools_stack[] = {
    {.name = "connect",
     .variant = "linux-2.6",
     .walk = WALK_RANDOM,
     .repeat_ms = linux_repeats,
     .start = linux_start,
     .keeps = true,
     .build = linux_26_build},
    {.name = "connect",
     .variant = "linux-3",
     .walk = WALK_SWEEP,
     .repeat_ms = linux_repeats,
     .start = linux_start,
     .keeps = true,
     .build = linux_3_build},
    {.name = "connect",
     .variant = "linux-5",
     .walk = WALK_PERMUTE,
     .repeat_ms = linux_repeats,
     .start = linux_start,
     .keeps = true,
     .build = linux_5_build},
    {.name = "connect",
     .variant = "windows-xp",
     .walk = WALK_RANDOM,
     .repeat_ms = windows_repeats,
     .start = windows_start,
     .keeps = true,
     .build = windows_xp_build},
    {.name = "connect",
     .variant = "windows-7",
     .walk = WALK_RANDOM,
     .repeat_ms = windows_repeats,
     .start = windows_start,
     .keeps = true,
     .build = windows_7_build},
    {.name = "connect",
     .variant = "windows-10",
     .walk = WALK_RANDOM,
     .repeat_ms = windows_repeats,
     .start = windows_start,
     .keeps = true,
     .build = windows_10_build},
};
const size_t sim_tools_stack_count = sizeof(sim_tools_stack) / sizeof(sim_tools_stack[0]);
