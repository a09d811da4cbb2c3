/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line of nightjar-sim asks for. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* The telescope: 2^bits addresses from `first` on. */
struct sim_net {
    uint32_t first;
    unsigned bits;
};

#define SIM_NET_BITS_MAX 20 /* a /12: ZMap's order is computed for every address of it */

static inline uint32_t sim_net_size(struct sim_net net)
{
    return UINT32_C(1) << net.bits;
}

struct sim_options {
    const char *scenario;     /* borrowed from argv, as all of these */
    const char *out, *log;    /* capture, log; one of them may be NULL */
    const char *truth, *hops; /* may be NULL */
    const char *geo;          /* folder of the geo data, NULL: the usual places */
    uint64_t seed;
    struct sim_net sensor;
    int64_t from_ns, to_ns; /* first instant, first instant behind the end */
    double scale;           /* multiplies the counts of a story */
    uint64_t packets;       /* background: all of them; links: those of the mixed crowd */
    uint32_t sources;
    bool have_sensor, have_from, have_to;
    uint32_t hours; /* to = from + hours, unless --to is given */
    bool help, version;
};

/**
 * Read the command line. What it does not say keeps its zero (sim_scenario_choose fills it).
 *
 * @return 0; -1 NJ_CONFIG naming the argument
 */
int sim_options_parse(int argc, char **argv, struct sim_options *ret_options,
                      struct nj_err *err);

/** "2014-09-23", "2014-09-23T10:21" or "2014-09-23T10:21:00", UTC. A day alone as an end means
 * the end of that day. @return 0; -1 NJ_CONFIG */
int sim_time_parse(const char *text, bool is_end, int64_t *ret_ns, struct nj_err *err);

#define SIM_TIME_TEXT 32
/** "2014-09-23T10:21:00.123456Z". `text` holds SIM_TIME_TEXT bytes. @return text */
char *sim_time_text(int64_t time_ns, char *text);

/** Midnight UTC of a date, ns since 1970 (proleptic Gregorian). */
int64_t sim_date(int year, unsigned month, unsigned day);

#define SIM_SECOND INT64_C(1000000000)
#define SIM_HOUR (3600 * SIM_SECOND)
#define SIM_DAY (24 * SIM_HOUR)

#endif
