/* SPDX-License-Identifier: Apache-2.0 */
/* Scanners that build their SYNs themselves. Every relation is that of the program's source
 * code; none of them sets "don't fragment".
 *
 *   zmap-1   1.0-2.1  ID 54321, TTL 255, window 65535, no options
 *   zmap-3   3.0-4.0  the same with MSS 1460
 *   zmap-4   4.1-     ID, port, sequence from one keyed hash, TTL 64, options as Windows has
 *   zmap-4-linux      the same with Linux' options; TSval = second at which the scan started
 *   xmap              ID 54321; the port is cut from the bytes of the sequence number
 *   masscan-1.3       ID = dst ^ dport ^ seq, seq a hash keyed by the seed, TTL 255, window
 * 1024, no options masscan-2023      the same with window 1025 and MSS 1460 nmap seq = M ^ (t
 * << 16 | t), port = B + t, TTL 37-59, window 1024, MSS 1460 mirai             seq = dst, port
 * and window constant, TTL 64 unicornscan       seq = K ^ bswap(dst) ^ (dport << 16 | sport),
 * TTL 255, window 4128 hping3            window 512, ack not 0 without the flag, port +1 for
 * each packet custom            nobody's: random fields, ports 32000-62000 */
#include "sim/tool.h"

#include <string.h>

#include "model/masscan.h"

#define ZMAP_FIRST_PORT 32768u
#define ZMAP_PORTS 28233u /* 32768 .. 61000 */

static const uint8_t mss_only[4] = {2, 4, 0x05, 0xb4};

static void set_options(struct sim_probe *probe, const void *options, size_t length)
{
    memcpy(probe->options, options, length);
    probe->options_length = (uint8_t)length;
}

static void syn(struct sim_probe *probe, const struct sim_try *attempt, uint8_t ttl,
                uint16_t window)
{
    probe->proto = PROTO_TCP;
    probe->flags = TCP_SYN;
    probe->ttl = ttl;
    probe->window = window;
    probe->sport = attempt->sport;
    probe->dport = attempt->dport;
    probe->seq = attempt->seq;
}

/* ---- ZMap, XMap ---- */

/* The second at which a scan began: up to a day before it reaches us. */
static uint32_t scan_start(struct sim_sender *sender, int64_t time_ns)
{
    return (uint32_t)(time_ns / 1000000000) - nj_rng_below(&sender->rng, 86400);
}

static void zmap_start(struct sim_sender *sender, int64_t time_ns)
{
    sender->clock = scan_start(sender, time_ns);
}

/* ZMap's validation: a keyed hash of both addresses, and since 4.1 of the port. */
static uint64_t zmap_hash(const struct sim_sender *sender, uint32_t dst, uint16_t dport)
{
    uint64_t hash = nj_mix64((uint64_t)sender->addr << 32 | dst);

    return nj_mix64(hash ^ (uint64_t)sender->key << 17 ^ dport);
}

static void zmap_old(struct sim_sender *sender, struct sim_try *attempt,
                     struct sim_probe *probe)
{
    uint64_t hash = zmap_hash(sender, attempt->dst, 0); /* the same for every port */

    attempt->seq = (uint32_t)hash;
    attempt->sport = (uint16_t)(ZMAP_FIRST_PORT + (hash >> 32) % ZMAP_PORTS);
    syn(probe, attempt, 255, 65535);
    probe->ip_id = 54321;
}

static void zmap3_build(struct sim_sender *sender, struct sim_try *attempt,
                        struct sim_probe *probe)
{
    zmap_old(sender, attempt, probe);
    set_options(probe, mss_only, sizeof(mss_only));
}

static void zmap_new(struct sim_sender *sender, struct sim_try *attempt,
                     struct sim_probe *probe)
{
    uint64_t hash = zmap_hash(sender, attempt->dst, attempt->dport);

    attempt->seq = (uint32_t)hash;
    attempt->sport = (uint16_t)(ZMAP_FIRST_PORT + (hash >> 32) % ZMAP_PORTS);
    syn(probe, attempt, 64, 65535);
    probe->ip_id = (uint16_t)nj_mix64(hash);
}

static void zmap4_build(struct sim_sender *sender, struct sim_try *attempt,
                        struct sim_probe *probe)
{
    static const uint8_t windows[12] = {2, 4, 0x05, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2};

    zmap_new(sender, attempt, probe);
    set_options(probe, windows, sizeof(windows));
}

static void zmap4_linux_build(struct sim_sender *sender, struct sim_try *attempt,
                              struct sim_probe *probe)
{
    uint8_t linux_like[20] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10};

    sim_put32(linux_like + 8, sender->clock);
    memcpy(linux_like + 16, (const uint8_t[]){1, 3, 3, 7}, 4);
    zmap_new(sender, attempt, probe);
    set_options(probe, linux_like, sizeof(linux_like));
}

uint16_t sim_xmap_sport(uint32_t seq, unsigned probe)
{
    return (uint16_t)(ZMAP_FIRST_PORT +
                      (__builtin_bswap16((uint16_t)seq) + probe) % ZMAP_PORTS);
}

static void xmap_build(struct sim_sender *sender, struct sim_try *attempt,
                       struct sim_probe *probe)
{
    attempt->seq = (uint32_t)zmap_hash(sender, attempt->dst, 0);
    attempt->sport = sim_xmap_sport(attempt->seq, 0);
    syn(probe, attempt, 255, 65535);
    probe->ip_id = 54321;
}

/* ---- masscan ---- */

static void masscan_start(struct sim_sender *sender, int64_t time_ns)
{
    sender->sport = (uint16_t)(40000 + scan_start(sender, time_ns) % 20000);
}

uint16_t sim_masscan_id(uint32_t dst, uint16_t dport, uint32_t seq)
{
    return (uint16_t)(dst ^ dport ^ seq);
}

static void masscan_build(struct sim_sender *sender, struct sim_try *attempt,
                          struct sim_probe *probe)
{
    attempt->sport = sender->sport;
    attempt->seq = masscan_seq(sender->key, &(struct masscan_probe){.src = sender->addr,
                                                                    .dst = attempt->dst,
                                                                    .sport = attempt->sport,
                                                                    .dport = attempt->dport});
    syn(probe, attempt, 255, 1024);
    probe->ip_id = sim_masscan_id(attempt->dst, attempt->dport, attempt->seq);
}

static void masscan_2023_build(struct sim_sender *sender, struct sim_try *attempt,
                               struct sim_probe *probe)
{
    masscan_build(sender, attempt, probe);
    probe->window = 1025;
    set_options(probe, mss_only, sizeof(mss_only));
}

/* ---- nmap ---- */

static void nmap_start(struct sim_sender *sender, int64_t time_ns)
{
    (void)time_ns;
    sender->sport = (uint16_t)nj_rng_between(&sender->rng, 33000, 65260);
    sender->repeats = (uint8_t)nj_rng_below(&sender->rng, 2);
}

uint32_t sim_nmap_seq(uint32_t mask, uint8_t attempt)
{
    return mask ^ ((uint32_t)attempt << 16 | attempt);
}

static void nmap_build(struct sim_sender *sender, struct sim_try *attempt,
                       struct sim_probe *probe)
{
    attempt->seq = sim_nmap_seq(sender->key, attempt->attempt);
    attempt->sport = (uint16_t)(sender->sport + attempt->attempt);
    syn(probe, attempt, (uint8_t)nj_rng_between(&sender->rng, 37, 59), 1024);
    probe->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
    set_options(probe, mss_only, sizeof(mss_only));
}

/* ---- the Mirai family ---- */

static void mirai_start(struct sim_sender *sender, int64_t time_ns)
{
    (void)time_ns;
    sender->sport = (uint16_t)nj_rng_between(&sender->rng, 1024, 65535);
    sender->window = (uint16_t)nj_rng_u32(&sender->rng);
}

static void mirai_build(struct sim_sender *sender, struct sim_try *attempt,
                        struct sim_probe *probe)
{
    attempt->seq = attempt->dst;
    attempt->sport = sender->sport;
    syn(probe, attempt, 64, sender->window);
    probe->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
}

/* ---- unicornscan ---- */

uint32_t sim_unicornscan_seq(uint32_t key, uint32_t dst, uint16_t dport, uint16_t sport)
{
    return key ^ __builtin_bswap32(dst) ^ ((uint32_t)dport << 16 | sport);
}

static void unicornscan_build(struct sim_sender *sender, struct sim_try *attempt,
                              struct sim_probe *probe)
{
    uint32_t sport = nj_rng_below(&sender->rng, 65535);

    attempt->sport = (uint16_t)(sport < 4096 ? sport + 4096 : sport);
    attempt->seq =
        sim_unicornscan_seq(sender->key, attempt->dst, attempt->dport, attempt->sport);
    syn(probe, attempt, 255, 4128);
    probe->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
    set_options(probe, mss_only, sizeof(mss_only));
}

/* ---- hping3 ---- */

static void hping3_start(struct sim_sender *sender, int64_t time_ns)
{
    (void)time_ns;
    sender->sport = (uint16_t)nj_rng_between(&sender->rng, 1024, 3023);
}

static void hping3_build(struct sim_sender *sender, struct sim_try *attempt,
                         struct sim_probe *probe)
{
    attempt->sport = sender->sport++;
    attempt->seq = nj_rng_u32(&sender->rng);
    syn(probe, attempt, 64, 512);
    probe->ack = nj_rng_u32(&sender->rng) | 1;
    probe->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
}

/* ---- the scanner of the 2014 story ---- */

static void custom_build(struct sim_sender *sender, struct sim_try *attempt,
                         struct sim_probe *probe)
{
    attempt->sport = (uint16_t)nj_rng_between(&sender->rng, 32000, 62000);
    attempt->seq = nj_rng_u32(&sender->rng);
    syn(probe, attempt, 128, 16384);
    probe->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
}

/* ---- the table ---- */

static const uint16_t nmap_repeats[] = {1100, 0};

const struct sim_tool sim_tools_raw[] = {
    {.name = "zmap",
     .variant = "zmap-1",
     .walk = WALK_ZMAP,
     .start = zmap_start,
     .build = zmap_old},
    {.name = "zmap",
     .variant = "zmap-3",
     .walk = WALK_ZMAP,
     .start = zmap_start,
     .build = zmap3_build},
    {.name = "zmap",
     .variant = "zmap-4",
     .walk = WALK_ZMAP4,
     .start = zmap_start,
     .build = zmap4_build},
    {.name = "zmap",
     .variant = "zmap-4-linux",
     .walk = WALK_ZMAP4,
     .start = zmap_start,
     .build = zmap4_linux_build},
    {.name = "xmap",
     .variant = "xmap",
     .same_tuple = true,
     .walk = WALK_PERMUTE,
     .start = zmap_start,
     .build = xmap_build},
    {.name = "masscan",
     .variant = "masscan-1.3",
     .same_tuple = true,
     .walk = WALK_PERMUTE,
     .start = masscan_start,
     .build = masscan_build},
    {.name = "masscan",
     .variant = "masscan-2023",
     .same_tuple = true,
     .walk = WALK_PERMUTE,
     .start = masscan_start,
     .build = masscan_2023_build},
    {.name = "nmap",
     .variant = "nmap",
     .walk = WALK_PERMUTE,
     .same_tuple = true,
     .repeat_is_session = true,
     .repeat_ms = nmap_repeats,
     .start = nmap_start,
     .build = nmap_build},
    {.name = "mirai",
     .variant = "mirai",
     .walk = WALK_RANDOM,
     .same_tuple = true,
     .start = mirai_start,
     .keeps = true,
     .build = mirai_build},
    {.name = "unicornscan",
     .variant = "unicornscan",
     .walk = WALK_PERMUTE,
     .build = unicornscan_build},
    {.name = "hping3",
     .variant = "hping3",
     .walk = WALK_SWEEP,
     .start = hping3_start,
     .build = hping3_build},
    {.name = "custom", .variant = "custom", .walk = WALK_RANDOM, .build = custom_build},
};
const size_t sim_tools_raw_count = sizeof(sim_tools_raw) / sizeof(sim_tools_raw[0]);
