/* SPDX-License-Identifier: Apache-2.0 */
/* A sender: one source address with one program, its ports, and the times at which it is
 * active. Some hundred thousand of them exist at once, so what each packet touches fits in two
 * cache lines; what only the truth needs stands apart (world.h). */
#ifndef SIM_SENDER_H
#define SIM_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "sim/style.h"

#define SIM_PORTS_MAX 64

/* Destination ports with weights: "23:9 2323:1". */
struct sim_ports {
    uint8_t count;
    uint16_t port[SIM_PORTS_MAX];
    uint32_t until[SIM_PORTS_MAX]; /* running sum of the weights */
};

/* A time in which a sender sends `count` packets (or sessions, as the scenario counts). */
struct sim_window {
    int64_t from_ns, to_ns;
    uint32_t count;
};

struct sim_tool;
struct sim_order;

struct sim_sender {
    int64_t next_ns;   /* of the next first try */
    int64_t window_ns; /* end of the present window */
    struct nj_rng rng;
    const struct sim_tool *tool;
    const struct sim_ports *ports;
    const struct sim_style *style; /* NULL unless the scenario gives it one */
    struct sim_order *order;       /* NULL unless the tool's order is computed ahead */
    uint32_t addr;
    uint32_t left;  /* to send in the present window */
    uint32_t tries; /* first tries in the present window: the place in the order */

    /* what the running program has chosen for itself */
    uint32_t key;
    uint32_t clock; /* of TCP timestamps: value at second 0 of the window, or its start */
    uint16_t sport, window, ip_id;
    uint8_t hops;
    uint8_t repeats; /* how often an unanswered try is repeated */

    uint32_t windows, windows_left; /* first of those to come, in world.windows */

    /* the truth */
    uint32_t packets, sessions;
    uint64_t ports_used; /* bit i: ports->port[i] */
    int64_t first_ns, last_ns;
};

#endif
