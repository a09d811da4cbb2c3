/* SPDX-License-Identifier: Apache-2.0 */
/* Packets as the known tools make them, for tests. Each maker is written from the description
 * of the tool, not from the rules under test. */
#ifndef NJ_TEST_TRAFFIC_H
#define NJ_TEST_TRAFFIC_H

#include <string.h>

#include "model/packet.h"

#define T0 (1411430400ll * 1000000000) /* 2014-09-23T00:00:00Z */
#define SECOND 1000000000ll

struct traffic {
    uint64_t random;
    uint32_t number; /* packets made */
    /* constants of one run of a tool */
    uint16_t sport, window;
    uint32_t key, start;
};

static inline uint32_t traffic_random(struct traffic *t)
{
    t->random = t->random * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(t->random >> 32);
}

static inline struct traffic traffic_new(uint64_t seed)
{
    struct traffic t = {.random = seed * 2654435761u + 1};

    t.sport = (uint16_t)(1024 + traffic_random(&t) % 60000);
    t.window = (uint16_t)traffic_random(&t);
    t.key = traffic_random(&t);
    t.start = (uint32_t)(T0 / SECOND) - 3600;
    return t;
}

static inline void traffic_options(struct packet *p, const void *bytes, size_t length)
{
    memcpy(p->options, bytes, length);
    p->options_length = (uint8_t)length;
    p->ip_length = 40 + (uint32_t)length;
}

/* A SYN with random fields to a random address of 203.0.113.0/24, no options. */
static inline struct packet traffic_syn(struct traffic *t)
{
    struct packet p = {
        .time_ns = T0 + t->number++ * SECOND,
        .src = addr_from_v4(0xc6336409), /* 198.51.100.9 */
        .dst = addr_from_v4(0xcb007100 | (traffic_random(t) & 0xff)),
        .sport = (uint16_t)(1024 + traffic_random(t) % 64512),
        .dport = 443,
        .proto = PROTO_TCP,
        .ip_version = 4,
        .ttl = 51,
        .ip_id = (uint16_t)traffic_random(t),
        .ip_length = 40,
        .tcp_flags = TCP_SYN,
        .window = (uint16_t)traffic_random(t),
        .seq = traffic_random(t),
    };

    return p;
}

static const uint8_t traffic_mss[] = {2, 4, 5, 0xb4};
static const uint8_t traffic_windows[] = {2, 4, 5, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2};

static inline struct packet traffic_zmap(struct traffic *t)
{
    struct packet p = traffic_syn(t);

    p.ip_id = 54321;
    p.ttl = 240;
    p.window = 65535;
    p.sport = (uint16_t)(32768 + traffic_random(t) % 28233);
    return p;
}

static inline struct packet traffic_zmap_3(struct traffic *t)
{
    struct packet p = traffic_zmap(t);

    traffic_options(&p, traffic_mss, sizeof(traffic_mss));
    return p;
}

static inline struct packet traffic_zmap_4(struct traffic *t)
{
    struct packet p = traffic_syn(t);

    p.window = 65535;
    p.sport = (uint16_t)(32768 + traffic_random(t) % 28233);
    traffic_options(&p, traffic_windows, sizeof(traffic_windows));
    return p;
}

/* ZMap 4.1 with the Linux layout */
static inline struct packet traffic_zmap_start(struct traffic *t)
{
    struct packet p = traffic_zmap_4(t);
    uint8_t options[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7};

    for (unsigned i = 0; i < 4; i++)
        options[8 + i] = (uint8_t)(t->start >> (24 - 8 * i));
    traffic_options(&p, options, sizeof(options));
    return p;
}

static inline struct packet traffic_xmap(struct traffic *t)
{
    struct packet p = traffic_zmap(t);
    uint32_t cut = (p.seq & 0xff) << 8 | (p.seq >> 8 & 0xff);

    p.sport = (uint16_t)(32768 + cut % 28233);
    return p;
}

static inline struct packet traffic_masscan(struct traffic *t)
{
    struct packet p = traffic_syn(t);

    p.window = 1024;
    p.ttl = 240;
    p.sport = t->sport;
    p.ip_id = (uint16_t)(p.seq ^ addr_v4(p.dst) ^ p.dport);
    return p;
}

static inline struct packet traffic_masscan_new(struct traffic *t)
{
    struct packet p = traffic_masscan(t);

    p.window = 1025;
    traffic_options(&p, traffic_mss, sizeof(traffic_mss));
    return p;
}

static inline struct packet traffic_mirai(struct traffic *t)
{
    struct packet p = traffic_syn(t);

    p.dport = t->number % 10 == 0 ? 2323 : 23;
    p.sport = t->sport;
    p.window = t->window;
    p.seq = addr_v4(p.dst);
    return p;
}

/* The layout of Mirai, not its sequence numbers */
static inline struct packet traffic_iot(struct traffic *t)
{
    struct packet p = traffic_mirai(t);

    p.seq = traffic_random(t);
    return p;
}

static inline struct packet traffic_unicornscan(struct traffic *t)
{
    struct packet p = traffic_syn(t);
    uint32_t d = addr_v4(p.dst);

    p.window = 4128;
    p.ttl = 240;
    p.seq = t->key ^ (d << 24 | (d & 0xff00) << 8 | (d >> 8 & 0xff00) | d >> 24) ^
            ((uint32_t)p.dport << 16 | p.sport);
    traffic_options(&p, traffic_mss, sizeof(traffic_mss));
    return p;
}

static inline struct packet traffic_nmap_try(struct traffic *t, uint32_t tries)
{
    struct packet p = traffic_syn(t);

    p.window = 1024;
    p.ttl = (uint8_t)(30 + traffic_random(t) % 22);
    p.seq = t->key ^ (tries << 16 | tries);
    p.sport = (uint16_t)(40000 + tries);
    traffic_options(&p, traffic_mss, sizeof(traffic_mss));
    return p;
}

static inline struct packet traffic_nmap(struct traffic *t)
{
    return traffic_nmap_try(t, 0);
}

static inline struct packet traffic_hping3(struct traffic *t)
{
    struct packet p = traffic_syn(t);

    p.window = 512;
    p.ack = traffic_random(t) | 1;
    p.dst = addr_from_v4(0xcb007107);
    p.sport = (uint16_t)(1500 + t->number);
    return p;
}

/* Version 2 with raw sockets: the sequence number counts all probes, most of which go
 * elsewhere. */
static inline struct packet traffic_naabu(struct traffic *t)
{
    struct packet p = traffic_syn(t);

    t->key += 1 + traffic_random(t) % 300;
    p.window = 1024;
    p.df = true;
    p.seq = t->key;
    p.sport = t->sport;
    traffic_options(&p, traffic_mss, sizeof(traffic_mss));
    return p;
}

/* At a few of the many addresses that are scanned. */
static inline struct packet traffic_naabu_far(struct traffic *t)
{
    struct packet p = traffic_naabu(t);

    t->key += 5000 + traffic_random(t) % 4000000;
    p.seq = t->key;
    return p;
}

static inline struct packet traffic_furious(struct traffic *t)
{
    static const uint8_t mss_1234[] = {2, 4, 0x12, 0x34};
    struct packet p = traffic_syn(t);

    p.window = 1024;
    p.sport = t->sport;
    traffic_options(&p, mss_1234, sizeof(mss_1234));
    return p;
}

static inline struct packet traffic_scapy(struct traffic *t)
{
    struct packet p = traffic_syn(t);

    p.window = 8192;
    p.sport = 20;
    p.seq = 0;
    p.ip_id = 1;
    return p;
}

static inline struct packet traffic_scapy_port(struct traffic *t)
{
    struct packet p = traffic_scapy(t);

    p.sport = (uint16_t)(1024 + traffic_random(t) % 64512);
    return p;
}

static inline struct packet traffic_nping(struct traffic *t)
{
    struct packet p = traffic_syn(t);

    p.dst = addr_from_v4(0xcb007100 | (t->number & 0xff)); /* never one place twice in a row */
    p.window = 1480;
    p.sport = t->sport;
    p.seq = t->key;
    p.ip_id = (uint16_t)t->key;
    return p;
}

/* The SYNs of nmap's OS detection in turn. */
static inline struct packet traffic_nmap_os(struct traffic *t)
{
    static const struct {
        uint16_t window;
        uint8_t length;
        uint8_t options[20];
    } probes[] = {
        {1, 20, {3, 3, 10, 1, 2, 4, 5, 0xb4, 8, 10, 255, 255, 255, 255, 0, 0, 0, 0, 4, 2}},
        {63, 20, {2, 4, 5, 0x78, 3, 3, 0, 4, 2, 8, 10, 255, 255, 255, 255, 0, 0, 0, 0, 0}},
        {4, 20, {8, 10, 255, 255, 255, 255, 0, 0, 0, 0, 1, 1, 3, 3, 5, 1, 2, 4, 2, 0x80}},
        {4, 16, {4, 2, 8, 10, 255, 255, 255, 255, 0, 0, 0, 0, 3, 3, 10, 0}},
        {16, 20, {2, 4, 2, 0x18, 4, 2, 8, 10, 255, 255, 255, 255, 0, 0, 0, 0, 3, 3, 10, 0}},
        {512, 16, {2, 4, 1, 9, 4, 2, 8, 10, 255, 255, 255, 255, 0, 0, 0, 0}},
    };
    unsigned i = t->number % 6;
    struct packet p = traffic_syn(t);

    p.window = probes[i].window;
    p.sport = (uint16_t)(40000 + i);
    traffic_options(&p, probes[i].options, probes[i].length);
    return p;
}

static inline struct packet traffic_linux(struct traffic *t)
{
    struct packet p = traffic_syn(t);
    uint8_t options[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7};
    uint32_t clock = traffic_random(t) | 1;

    memcpy(options + 8, &clock, 4);
    p.df = true;
    p.window = 64240;
    traffic_options(&p, options, sizeof(options));
    return p;
}

static inline struct packet traffic_windows_10(struct traffic *t)
{
    struct packet p = traffic_syn(t);

    p.df = true;
    p.ttl = 110;
    p.window = 64240;
    traffic_options(&p, traffic_windows, sizeof(traffic_windows));
    return p;
}

#endif
