/* SPDX-License-Identifier: Apache-2.0 */
/* All that a scenario plans before the first packet is written: the telescope, the senders,
 * their windows and ports. A scenario fills it, the engine plays it, the truth tells it. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "sim/geo.h"
#include "sim/options.h"
#include "sim/sender.h"

/* What the engine does not need to know of a sender. */
struct sim_identity {
    uint32_t actor;
    const char *kind;     /* static: its role in the scenario; NULL: nothing but its tool */
    const char *relation; /* static: "instance" or "parallel"; NULL: of no group */
    uint32_t group;       /* number of the group */
    struct sim_place place;
};

/* A hand-over that really took place: one sender's work ends, another goes on with it. Each
 * stint at an address is a sender of its own, also when the address comes back. */
struct sim_hop {
    uint32_t from, to;   /* senders */
    const char *kind;    /* static: "first", "return", "split", "dhcp", ... */
    const char *changed; /* static: what the operator changed, joined by ";"; "": nothing */
};

struct sim_world {
    const struct sim_options *options;
    const struct sim_geo *geo; /* borrowed */
    struct sim_net net;
    int64_t from_ns, to_ns;
    bool count_sessions; /* windows count sessions; else packets, repeats among them */

    struct sim_sender *senders;
    struct sim_identity *identities;
    uint32_t sender_count, sender_space, actor_count, group_count;
    struct sim_hop *hops;
    uint32_t hop_count, hop_space;
    struct sim_style **styles;
    uint32_t styles_count, styles_space;
    struct sim_window *windows;
    uint32_t window_count, window_space;
    struct sim_ports **ports;
    uint32_t ports_count, ports_space;
    uint32_t *addresses; /* those in use: open addressing, 0 = free */
    uint32_t address_mask;
};

/** @param options, geo borrowed as long as the world lives */
void sim_world_init(struct sim_world *world, const struct sim_options *options,
                    const struct sim_geo *geo);
void sim_world_done(struct sim_world *world);

/** Ports with weights from text, "23:9 2323:1"; kept by the world. @return 0; -1 NJ_NOMEM,
 * NJ_CONFIG (the text is wrong) */
int sim_world_ports(struct sim_world *world, const char *text,
                    const struct sim_ports **ret_ports, struct nj_err *err);

/** Take an address for oneself. @return 1 if it was free; 0 if somebody has it, if it belongs
 * to the telescope, or if it is 0 */
int sim_world_claim(struct sim_world *world, uint32_t addr);

struct sim_new_sender {
    uint32_t addr;    /* claimed, or shared knowingly */
    const char *tool; /* variant */
    const char *kind; /* static, or NULL */
    uint32_t actor;   /* 0: a new one */
    const struct sim_ports *ports;
    const struct sim_style *style; /* NULL: nothing special */
    const char *relation;          /* static: "instance", "parallel"; NULL */
    uint32_t group;
};

/** Add a sender without windows. @return 0; -1 NJ_NOMEM, NJ_CONFIG (no such tool) */
int sim_world_add(struct sim_world *world, const struct sim_new_sender *spec,
                  struct nj_err *err);

/** Add a window to the sender added last; windows come in order of time and do not overlap.
 * Those outside of the period are cut to it, an empty one is left out.
 * @return 0; -1 NJ_NOMEM */
int sim_world_window(struct sim_world *world, int64_t from_ns, int64_t to_ns, uint32_t count,
                     struct nj_err *err);

/** Keep a copy of a style. @return 0; -1 NJ_NOMEM */
int sim_world_style(struct sim_world *world, const struct sim_style *style,
                    const struct sim_style **ret_style, struct nj_err *err);

/** Note a hand-over. It counts when both senders send something. @return 0; -1 NJ_NOMEM */
int sim_world_hop(struct sim_world *world, const struct sim_hop *hop, struct nj_err *err);

#endif
