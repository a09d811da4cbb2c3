/* SPDX-License-Identifier: Apache-2.0 */
/* Background radiation: many sources, few of them heavy, each with a program and ports drawn
 * from a table of its time. */
#ifndef SIM_MIX_H
#define SIM_MIX_H

#include <stddef.h>

#include "sim/world.h"

/* A kind of source. The weights say how often it occurs among the heaviest hundredth of the
 * sources, the next tenth, and the rest. */
struct sim_mix_row {
    const char *tool; /* variant */
    const char *ports;
    uint16_t heavy, medium, light;
};

struct sim_mix_country {
    char code[3];
    uint16_t weight;
};

struct sim_mix {
    const struct sim_mix_row *rows;
    size_t row_count;
    const struct sim_mix_country *countries;
    size_t country_count;
};

extern const struct sim_mix sim_mix_2014; /* before Mirai; ZMap 1, masscan 1, Windows XP */
extern const struct sim_mix sim_mix_now;

/** The scanners that a place may hold in 2014, without backscatter. */
extern const struct sim_mix sim_mix_2014_scanners;

struct sim_mix_job {
    const struct sim_mix *mix;
    uint64_t count;   /* packets (or sessions, as the world counts) in all, exactly */
    uint32_t sources; /* at most; their counts follow Zipf's law, 1 / rank */
    uint64_t label;   /* of the random stream */
    const char *kind; /* for the truth, or NULL */
    /** Where an address comes from. NULL: from the mix's countries. */
    uint32_t (*pick)(const struct sim_world *world, struct nj_rng *rng);
};

/** Add the sources. @return 0; -1 NJ_NOMEM */
int sim_mix_add(struct sim_world *world, const struct sim_mix_job *job, struct nj_err *err);

/**
 * Give the sender added last a window somewhere between two instants: as long as `count` gaps,
 * a gap drawn evenly on a logarithmic scale from a quarter of a second (a small telescope:
 * more) to nine minutes.
 *
 * @return 0; -1 NJ_NOMEM
 */
int sim_mix_window(struct sim_world *world, int64_t from_ns, int64_t to_ns, uint32_t count,
                   struct nj_rng *rng, struct nj_err *err);

/** A country of the mix by weight. */
const char *sim_mix_country(const struct sim_mix *mix, struct nj_rng *rng);

/** An address nobody has yet, drawn by `pick`. @return 0 if none was found in many tries */
uint32_t sim_mix_claim(struct sim_world *world, const struct sim_mix_job *job,
                       struct nj_rng *rng);

#endif
