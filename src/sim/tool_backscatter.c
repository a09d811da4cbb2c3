/* SPDX-License-Identifier: Apache-2.0 */
/* What victims of floods send to the forged source addresses, of which some are ours. The port
 * that the sender's plan names is the attacked service; ours is whatever the flood forged.
 *
 *   synack       SYN+ACK of a Linux host, repeated after 1, 3, 7 s since nobody answers
 *   rst          RST+ACK of a closed port
 *   unreachable  ICMP type 3 that quotes the forged packet: our address to the victim */
#include "sim/tool.h"

#include <string.h>

static void victim_start(struct sim_sender *sender, int64_t time_ns)
{
    (void)time_ns;
    sender->clock = nj_rng_u32(&sender->rng) >> 4;
    sender->repeats = (uint8_t)nj_rng_below(&sender->rng, 4);
}

static uint16_t forged_port(struct sim_sender *sender)
{
    return (uint16_t)nj_rng_between(&sender->rng, 1024, 65535);
}

static void synack_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    if (t->attempt == 0) {
        t->sport = forged_port(s); /* the port of our side */
        t->seq = nj_rng_u32(&s->rng);
        t->ack = nj_rng_u32(&s->rng);
    }
    p->proto = PROTO_TCP;
    p->flags = TCP_SYN | TCP_ACK;
    p->df = true;
    p->ttl = 64;
    p->window = 29200;
    p->sport = t->dport;
    p->dport = t->sport;
    p->seq = t->seq;
    p->ack = t->ack;
    memcpy(p->options, (const uint8_t[]){2, 4, 0x05, 0xb4}, 4);
    p->options_length = 4;
}

static void rst_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    t->sport = forged_port(s);
    p->proto = PROTO_TCP;
    p->flags = TCP_RST | TCP_ACK;
    p->df = true;
    p->ttl = 64;
    p->sport = t->dport;
    p->dport = t->sport;
    p->ack = nj_rng_u32(&s->rng);
}

static void unreachable_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    uint8_t bytes[20 + 20];
    static const uint8_t codes[4] = {1, 3, 10, 13};
    struct sim_probe forged = {
        .src = t->dst,
        .dst = s->addr,
        .proto = PROTO_TCP,
        .flags = TCP_SYN,
        .ttl = 52,
        .window = 512,
        .ip_id = (uint16_t)nj_rng_u32(&s->rng),
        .sport = forged_port(s),
        .dport = t->dport,
        .seq = nj_rng_u32(&s->rng),
    };

    (void)sim_probe_ip(&forged, bytes);
    memcpy(p->quoted, bytes, sizeof(p->quoted));
    p->proto = PROTO_ICMP;
    p->icmp_type = 3;
    p->icmp_code = codes[s->key & 3];
    p->ttl = 255;
    p->ip_id = (uint16_t)nj_rng_u32(&s->rng);
    p->payload = p->quoted;
    p->payload_length = sizeof(p->quoted);
}

static const uint16_t synack_repeats[] = {1000, 3000, 7000, 0};

const struct sim_tool sim_tools_backscatter[] = {
    {.name = "backscatter",
     .variant = "synack",
     .class = CLASS_BACKSCATTER,
     .walk = WALK_RANDOM,
     .repeat_ms = synack_repeats,
     .start = victim_start,
     .keeps = true,
     .build = synack_build},
    {.name = "backscatter",
     .variant = "rst",
     .class = CLASS_BACKSCATTER,
     .walk = WALK_RANDOM,
     .start = victim_start,
     .keeps = true,
     .build = rst_build},
    {.name = "backscatter",
     .variant = "unreachable",
     .class = CLASS_BACKSCATTER,
     .walk = WALK_RANDOM,
     .same_tuple = true,
     .start = victim_start,
     .keeps = true,
     .build = unreachable_build},
};
const size_t sim_tools_backscatter_count =
    sizeof(sim_tools_backscatter) / sizeof(sim_tools_backscatter[0]);
