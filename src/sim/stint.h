/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios about operators are made of: stints, each the work of one operator with
 * one program from one address for a while, and the hand-overs between them. */
#ifndef SIM_STINT_H
#define SIM_STINT_H

#include "sim/world.h"

enum sim_schedule {
    SCHEDULE_STEADY, /* one run from begin to end */
    SCHEDULE_BLOCKS, /* six hours, half an hour's pause; each block has a burst
                      * of six minutes */
    SCHEDULE_DAYS,   /* ten hours of each day, from `hour` on */
};

struct sim_stint {
    uint32_t addr; /* claimed, or shared knowingly */
    const char *tool;
    const char *kind;
    const struct sim_ports *ports;
    const struct sim_style *style; /* NULL: none */
    uint32_t actor;                /* 0: a new one */
    const char *relation;          /* of the group; NULL: none */
    uint32_t group;
    int64_t from_ns, to_ns;
    uint32_t per_hour_100; /* packets in a hundred hours of work, before --scale */
    enum sim_schedule schedule;
    uint32_t hour; /* of the day, UTC */
};

/** Add the sender (the last one of the world then) and its windows. Parts outside of the
 * period are cut. @return 0; -1 NJ_NOMEM, NJ_CONFIG */
int sim_stint_add(struct sim_world *world, const struct sim_stint *stint, struct nj_rng *rng,
                  struct nj_err *err);

enum sim_zone { ZONE_24, ZONE_AS, ZONE_ANY };

/** Claim a free address near another: in its /24, in its AS, anywhere. A full /24 is left for
 * the next one. @return 0 when none was found */
uint32_t sim_claim_near(struct sim_world *world, uint32_t addr, enum sim_zone zone,
                        struct nj_rng *rng);

/** Claim a free address of a country by the present-day mix. @return 0: none */
uint32_t sim_claim_any(struct sim_world *world, struct nj_rng *rng);

/** A number between two, evenly on a logarithmic scale (exactly so at powers of two times
 * `low`). 0 < low <= high. */
uint64_t sim_log_between(struct nj_rng *rng, uint64_t low, uint64_t high);

/** What an unpublished program may look like: fields drawn from those that such
 * programs have. */
struct sim_style sim_own_style(struct nj_rng *rng);

/** A port plan of `count` ports: `rare` of them from the whole range, the rest popular ones.
 * Equal weights. @return 0; -1 NJ_NOMEM */
int sim_port_set(struct sim_world *world, struct nj_rng *rng, uint32_t count, uint32_t rare,
                 const struct sim_ports **ret_ports, struct nj_err *err);

#endif
