/* SPDX-License-Identifier: Apache-2.0 */
/* UDP and ICMP requests. The payloads are the smallest requests that the protocols know for
 * the purpose: what servers answer at length, or what names a service.
 *
 *   dns-version  TXT CH version.bind, RFC 4892       ntp-monlist  NTP private mode 7, request
 * 42 ssdp         M-SEARCH ssdp:all, UPnP 1.1         sip-options  OPTIONS, RFC 3261 snmp-get
 * GET sysDescr.0, community public    ping-linux, ping-windows, ping-zmap */
#include "sim/tool.h"

#include <string.h>

static const uint8_t dns_version[] = {
    0x12, 0x34, 0x01, 0x00, 0,   1, 0,   0,   0,   0,   0, 0, 7,  'v', 'e',
    'r',  's',  'i',  'o',  'n', 4, 'b', 'i', 'n', 'd', 0, 0, 16, 0,   3,
};
static const uint8_t ntp_monlist[] = {0x17, 0x00, 0x03, 0x2a, 0, 0, 0, 0};
static const char ssdp_search[] = "M-SEARCH * HTTP/1.1\r\n"
                                  "HOST: 239.255.255.250:1900\r\n"
                                  "MAN: \"ssdp:discover\"\r\n"
                                  "MX: 1\r\n"
                                  "ST: ssdp:all\r\n"
                                  "\r\n";
static const char sip_options[] =
    "OPTIONS sip:100@localhost SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK-7301;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: <sip:100@192.0.2.1>;tag=61b3\r\n"
    "To: <sip:100@localhost>\r\n"
    "Call-ID: 5120934@192.0.2.1\r\n"
    "CSeq: 1 OPTIONS\r\n"
    "Contact: <sip:100@192.0.2.1:5060>\r\n"
    "Accept: application/sdp\r\n"
    "Content-Length: 0\r\n"
    "\r\n";
static const uint8_t snmp_get[] = {
    0x30, 0x29, 0x02, 0x01, 0x00, 0x04, 0x06, 'p',  'u',  'b',  'l',  'i',  'c',  0xa0, 0x1c,
    0x02, 0x04, 0x1f, 0x2e, 0x3d, 0x4c, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x0e, 0x30,
    0x0c, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x02, 0x01, 0x01, 0x01, 0x00, 0x05, 0x00,
};

static void udp_start(struct sim_sender *sender, int64_t time_ns)
{
    (void)time_ns;
    sender->sport = (uint16_t)nj_rng_between(&sender->rng, 1024, 65535);
}

static void sip_start(struct sim_sender *sender, int64_t time_ns)
{
    (void)time_ns;
    sender->sport = (uint16_t)nj_rng_between(&sender->rng, 5060, 5090);
}

static void udp_build(struct sim_sender *sender, struct sim_try *attempt,
                      struct sim_probe *probe, const void *payload, size_t length)
{
    attempt->sport = sender->sport;
    probe->proto = PROTO_UDP;
    probe->ttl = 64;
    probe->df = true;
    probe->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
    probe->sport = attempt->sport;
    probe->dport = attempt->dport;
    probe->payload = payload;
    probe->payload_length = (uint16_t)length;
}

static void dns_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    udp_build(s, t, p, dns_version, sizeof(dns_version));
}

static void ntp_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    udp_build(s, t, p, ntp_monlist, sizeof(ntp_monlist));
}

static void ssdp_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    udp_build(s, t, p, ssdp_search, sizeof(ssdp_search) - 1);
}

static void sip_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    udp_build(s, t, p, sip_options, sizeof(sip_options) - 1);
}

static void snmp_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    udp_build(s, t, p, snmp_get, sizeof(snmp_get));
}

/* ---- ping ---- */

static void ping_start(struct sim_sender *sender, int64_t time_ns)
{
    (void)time_ns;
    sender->sport = (uint16_t)nj_rng_between(&sender->rng, 300, 32767); /* process number */
    sender->ip_id = (uint16_t)nj_rng_u32(&sender->rng);
}

/* attempt->sport is the echo identifier */
static void ping(struct sim_try *attempt, struct sim_probe *probe, uint16_t id, uint16_t number)
{
    attempt->sport = id;
    probe->proto = PROTO_ICMP;
    probe->icmp_type = 8;
    probe->icmp_rest = (uint32_t)id << 16 | number;
}

static void ping_linux_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    /* without the time that ping puts in front: bytes 0x10 .. 0x37 */
    static const uint8_t pattern[56] = {
        [16] = 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19,
        0x1a,        0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23,
        0x24,        0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d,
        0x2e,        0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
    };

    ping(t, p, s->sport, 1);
    p->ttl = 64;
    p->df = true;
    p->ip_id = (uint16_t)nj_rng_u32(&s->rng);
    p->payload = pattern;
    p->payload_length = sizeof(pattern);
}

static void ping_windows_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwabcdefghi";

    ping(t, p, 1, (uint16_t)(s->key++));
    p->ttl = 128;
    p->ip_id = s->ip_id++;
    p->payload = (const uint8_t *)letters;
    p->payload_length = 32;
}

static void ping_zmap_build(struct sim_sender *s, struct sim_try *t, struct sim_probe *p)
{
    static const uint8_t zeros[20] = {0};
    uint64_t hash = nj_mix64(((uint64_t)s->addr << 32 | t->dst) ^ s->sport);

    ping(t, p, (uint16_t)hash, (uint16_t)(hash >> 16));
    p->ttl = 64;
    p->ip_id = (uint16_t)(hash >> 32);
    p->payload = zeros;
    p->payload_length = sizeof(zeros);
}

/* ---- the table ---- */

const struct sim_tool sim_tools_udp[] = {
    {.name = "dns-version",
     .variant = "dns-version",
     .walk = WALK_PERMUTE,
     .same_tuple = true,
     .start = udp_start,
     .build = dns_build},
    {.name = "ntp-monlist",
     .variant = "ntp-monlist",
     .walk = WALK_PERMUTE,
     .same_tuple = true,
     .start = udp_start,
     .build = ntp_build},
    {.name = "ssdp",
     .variant = "ssdp",
     .walk = WALK_PERMUTE,
     .same_tuple = true,
     .start = udp_start,
     .build = ssdp_build},
    {.name = "sip-options",
     .variant = "sip-options",
     .walk = WALK_SWEEP,
     .same_tuple = true,
     .start = sip_start,
     .build = sip_build},
    {.name = "snmp-get",
     .variant = "snmp-get",
     .walk = WALK_PERMUTE,
     .same_tuple = true,
     .start = udp_start,
     .build = snmp_build},
    {.name = "ping",
     .variant = "ping-linux",
     .walk = WALK_SWEEP,
     .same_tuple = true,
     .start = ping_start,
     .build = ping_linux_build},
    {.name = "ping",
     .variant = "ping-windows",
     .walk = WALK_RANDOM,
     .same_tuple = true,
     .start = ping_start,
     .build = ping_windows_build},
    {.name = "zmap",
     .variant = "ping-zmap",
     .walk = WALK_ZMAP4,
     .same_tuple = true,
     .start = ping_start,
     .build = ping_zmap_build},
};
const size_t sim_tools_udp_count = sizeof(sim_tools_udp) / sizeof(sim_tools_udp[0]);
