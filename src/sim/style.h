/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender has beyond its tool: secrets and a plan that several senders share, and the
 * header fields of programs that nobody has published. */
#ifndef SIM_STYLE_H
#define SIM_STYLE_H

#include <stdbool.h>
#include <stdint.h>

enum sim_layout {
    LAYOUT_NONE,    /* no options */
    LAYOUT_MSS,     /* MSS */
    LAYOUT_LINUX,   /* MSS, SACK, timestamps, window scale: a kernel's shape, made by hand */
    LAYOUT_WINDOWS, /* MSS, window scale, SACK */
};

enum sim_seq {
    SEQ_RANDOM,
    SEQ_CONSTANT, /* the run's key */
    SEQ_TARGET,   /* key ^ dst: a relation like Mirai's, with a key of its own */
};

enum sim_id {
    ID_RANDOM,
    ID_CONSTANT, /* ip_id */
    ID_COUNTER,
};

struct sim_style {
    /* One run that several senders share. What is 0 each sender draws for itself. */
    bool shared;    /* the key is this one; ZMap's generator and start come from it */
    uint32_t key;   /* unicornscan's K, nmap's M, masscan's seed */
    uint32_t clock; /* second at which ZMap started */
    uint16_t sport, port_window; /* Mirai's pair, masscan's and nmap's first port */
    uint32_t shard, shards;      /* 0 .. shards - 1; shards 0: not sharded */
    uint32_t residue, modulus;   /* only targets dst mod modulus = residue; 0: all */
    uint32_t decoys; /* so many senders behind this one copy each packet (nmap -D) */
    bool all_ports;  /* ZMap: (address, port) pairs in one order, not port by port */

    /* A program of the "own" variants. */
    uint8_t ttl;
    bool df;
    uint16_t window;
    uint16_t sport_first, sport_last; /* both included */
    uint8_t sport_step;               /* 1, or 2: one parity only */
    enum sim_layout layout;
    enum sim_seq seq;
    enum sim_id id;
    uint16_t ip_id;
};

#endif
