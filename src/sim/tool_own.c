/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that nobody has published: what stands in their headers is the sender's style.
 *
 *   own-random, own-permute, own-sweep   the walk through the targets; "custom" in the truth
 *   own-mixed    sequence = target rotated by 8 bits, xor port: a relation that no list has
 *   own-sum      IP ID = source port + a constant: one that is not affine
 *   own-step     sequence grows by 0x6a09e667 from packet to packet */
#include "sim/tool.h"

#include <string.h>

static void own_start(struct sim_sender *sender, int64_t time_ns)
{
    (void)time_ns;
    sender->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
}

static void put_options(enum sim_layout layout, const struct sim_sender *sender,
                        const struct sim_try *attempt, struct sim_probe *probe)
{
    static const uint8_t linux_like[20] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0,
                                           0, 0, 0,    0,    0, 0, 1, 3,  3, 7};
    static const uint8_t windows[12] = {2, 4, 0x05, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2};

    switch (layout) {
    case LAYOUT_NONE:
        return;
    case LAYOUT_MSS:
        memcpy(probe->options, windows, 4);
        probe->options_length = 4;
        return;
    case LAYOUT_LINUX:
        memcpy(probe->options, linux_like, sizeof(linux_like));
        sim_put32(probe->options + 8, sender->key + (uint32_t)(attempt->time_ns / 4000000));
        probe->options_length = sizeof(linux_like);
        return;
    case LAYOUT_WINDOWS:
        memcpy(probe->options, windows, sizeof(windows));
        probe->options_length = sizeof(windows);
        return;
    }
}

static void own_build(struct sim_sender *sender, struct sim_try *attempt,
                      struct sim_probe *probe)
{
    const struct sim_style *style = sender->style;
    uint32_t width = (uint32_t)(style->sport_last - style->sport_first) / style->sport_step + 1;

    attempt->sport =
        (uint16_t)(style->sport_first + nj_rng_below(&sender->rng, width) * style->sport_step);
    attempt->seq = style->seq == SEQ_RANDOM     ? nj_rng_u32(&sender->rng)
                   : style->seq == SEQ_CONSTANT ? sender->key
                                                : sender->key ^ attempt->dst;
    probe->proto = PROTO_TCP;
    probe->flags = TCP_SYN;
    probe->ttl = style->ttl;
    probe->df = style->df;
    probe->window = style->window;
    probe->sport = attempt->sport;
    probe->dport = attempt->dport;
    probe->seq = attempt->seq;
    probe->ip_id = style->id == ID_RANDOM     ? (uint16_t)nj_rng_u32(&sender->rng)
                   : style->id == ID_CONSTANT ? style->ip_id
                                              : sender->ip_id++;
    put_options(style->layout, sender, attempt, probe);
}

/* What the odd ones have in common: random fields. */
static void odd(struct sim_sender *sender, struct sim_try *attempt, uint32_t seq,
                struct sim_probe *probe)
{
    attempt->sport = (uint16_t)nj_rng_between(&sender->rng, 1024, 65535);
    attempt->seq = seq;
    probe->proto = PROTO_TCP;
    probe->flags = TCP_SYN;
    probe->ttl = 64;
    probe->window = 8192;
    probe->sport = attempt->sport;
    probe->dport = attempt->dport;
    probe->seq = seq;
    probe->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
}

static void mixed_build(struct sim_sender *sender, struct sim_try *attempt,
                        struct sim_probe *probe)
{
    odd(sender, attempt, 0, probe);
    attempt->seq =
        (attempt->dst << 8 | attempt->dst >> 24) ^ (uint32_t)attempt->sport << 16 ^ sender->key;
    probe->seq = attempt->seq;
}

static void sum_build(struct sim_sender *sender, struct sim_try *attempt,
                      struct sim_probe *probe)
{
    odd(sender, attempt, nj_rng_u32(&sender->rng), probe);
    probe->ip_id = (uint16_t)(attempt->sport + sender->key);
}

static void step_build(struct sim_sender *sender, struct sim_try *attempt,
                       struct sim_probe *probe)
{
    odd(sender, attempt, sender->key += 0x6a09e667, probe);
}

const struct sim_tool sim_tools_own[] = {
    {.name = "custom",
     .variant = "own-random",
     .walk = WALK_RANDOM,
     .same_tuple = true,
     .keeps = true,
     .styled = true,
     .start = own_start,
     .build = own_build},
    {.name = "custom",
     .variant = "own-permute",
     .walk = WALK_PERMUTE,
     .same_tuple = true,
     .keeps = true,
     .styled = true,
     .start = own_start,
     .build = own_build},
    {.name = "custom",
     .variant = "own-sweep",
     .walk = WALK_SWEEP,
     .same_tuple = true,
     .keeps = true,
     .styled = true,
     .start = own_start,
     .build = own_build},
    {.name = "custom", .variant = "own-mixed", .walk = WALK_PERMUTE, .build = mixed_build},
    {.name = "custom", .variant = "own-sum", .walk = WALK_PERMUTE, .build = sum_build},
    {.name = "custom", .variant = "own-step", .walk = WALK_PERMUTE, .build = step_build},
};
const size_t sim_tools_own_count = sizeof(sim_tools_own) / sizeof(sim_tools_own[0]);
