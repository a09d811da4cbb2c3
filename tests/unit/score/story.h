/* SPDX-License-Identifier: Apache-2.0 */
/* A table with 65,536 watched addresses and one sensor, and the facts of the sources that the
 * tests of the score table tell of. */
#ifndef NJ_TESTS_SCORE_STORY_H
#define NJ_TESTS_SCORE_STORY_H

#include <stdio.h>
#include <string.h>

#include "model/fact.h"
#include "model/packet.h"
#include "score/score_table.h"

#define S INT64_C(1000000)
#define DAY (86400 * S)
#define T0 (1411430400 * S) /* 2014-09-23 */
#define ADDRESSES 65536

static inline struct addr host(unsigned i)
{
    return addr_from_v4(0xc6336400u | i); /* 198.51.100.i */
}

static inline double port_risk(void *ctx, uint16_t port, uint8_t proto)
{
    static const struct {
        uint16_t port;
        double risk;
    } ports[] = {{21, .5}, {22, .8},  {23, .9},   {25, .4},  {53, .3},
                 {80, .2}, {443, .1}, {3389, .9}, {8080, .3}};

    (void)ctx;
    for (size_t i = 0; proto == PROTO_TCP && i < sizeof(ports) / sizeof(ports[0]); i++) {
        if (ports[i].port == port)
            return ports[i].risk;
    }
    return 0;
}

/* How many records of a table are open; 0: the usual number. With few, most lie packed. */
static uint32_t open_records;

static inline struct score_table *table_of(struct nj_intern *names, size_t max_sources)
{
    const struct score_options options = {
        .names = names,
        .port_risk = port_risk,
        .addresses = ADDRESSES,
        .sensors = 1,
        .max_sources = max_sources,
        .open_records = open_records,
    };
    struct score_table *table = NULL;

    (void)score_table_new(&options, &table, NULL);
    return table;
}

static inline void add_port(struct source_facts *f, uint16_t port, uint32_t sessions)
{
    f->ports[f->port_count++] =
        (struct episode_port){.port = port, .proto = PROTO_TCP, .sessions = sessions};
    f->ports_seen = f->port_count;
}

/* Some scanning of telnet, `sessions` of it, until `last_us`. */
static inline struct source_facts telnet(unsigned i, uint32_t sessions, int64_t last_us)
{
    struct source_facts f = {
        .src = host(i),
        .first_us = T0,
        .last_us = last_us,
        .sessions = sessions,
        .packets = sessions,
        .class_sessions = {[CLASS_SCAN] = sessions},
        .targets = sessions,
        .days = 1,
        .sensors = 1,
        .hours = 1,
    };

    add_port(&f, 23, sessions);
    return f;
}

/* The Hunan pattern of the reference table: nine ports, 30 days, all addresses, with zmap. Its
 * rate is 100 packets a second over all of IPv4. */
static inline struct source_facts hunan(struct nj_intern *names, unsigned i, int64_t last_us)
{
    static const uint16_t ports[] = {21, 22, 23, 25, 53, 80, 443, 3389, 8080};
    struct source_facts f = {
        .src = host(i),
        .first_us = last_us - 30 * DAY,
        .last_us = last_us,
        .sessions = 900000,
        .packets = 900000,
        .class_sessions = {[CLASS_SCAN] = 900000},
        .targets = ADDRESSES,
        .days = (1u << 30) - 1,
        .sensors = 1,
        .rate = 100.0 * ADDRESSES / 4294967296.0,
        .hours = 700,
        .tool = nj_intern_z(names, "zmap"),
        .tool_packets = 900000,
        .tool_bits = 200,
    };

    for (unsigned p = 0; p < sizeof(ports) / sizeof(ports[0]); p++)
        add_port(&f, ports[p], 100000);
    return f;
}

static inline struct link hop(uint64_t id, unsigned a, unsigned b, enum hop_kind kind,
                              double probability, int64_t started_us)
{
    return (struct link){
        .id = id,
        .kind = LINK_SUCCESSION,
        .hop = kind,
        .state = LINK_ACCEPTED,
        .a_src = host(a),
        .b_src = host(b),
        .stopped_us = started_us - 60 * S,
        .started_us = started_us,
        .probability = probability,
    };
}

#endif
