/* SPDX-License-Identifier: Apache-2.0 */
/* One decoded packet, and what the packet stages have found out about it.
 *
 * Numbers are in host order. A packet borrows its frame's bytes (`payload`). A log row that
 * describes a packet or connection becomes one too, with `row` set. */
#ifndef NJ_MODEL_PACKET_H
#define NJ_MODEL_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/addr.h"

enum {
    PROTO_ICMP = 1,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_ICMPV6 = 58,
    PROTO_SCTP = 132,
};

/** "tcp"; the number for a protocol without a name here. @return text, or a constant */
#define PROTO_TEXT_MAX 8
const char *proto_text(uint8_t proto, char text[PROTO_TEXT_MAX]);
#define PROTO_TEXT(proto) proto_text((proto), (char[PROTO_TEXT_MAX]){0})
/** The number of such a name. @return 0 for any other text */
uint8_t proto_number(const char *name, size_t length);

enum tcp_flag {
    TCP_FIN = 0x01,
    TCP_SYN = 0x02,
    TCP_RST = 0x04,
    TCP_PSH = 0x08,
    TCP_ACK = 0x10,
    TCP_URG = 0x20,
    TCP_ECE = 0x40,
    TCP_CWR = 0x80,
};

/* Why a session is here. The order is stored: append only. */
enum class {
    CLASS_SCAN,
    CLASS_BACKSCATTER,
    CLASS_MISCONFIGURATION,
    CLASS_EXPLOIT,
    CLASS_CREDENTIAL,
    CLASS_SERVICE,
    CLASS_OTHER,
    CLASS_COUNT,
};

extern const char *const class_names[CLASS_COUNT];

enum direction {
    DIRECTION_IN,  /* towards the sensor, or the sensor has no prefixes */
    DIRECTION_OUT, /* from the sensor's own prefixes */
};

#define TCP_OPTIONS_MAX 40

enum udp_sum { UDP_SUM_UNKNOWN, UDP_SUM_NONE, UDP_SUM_GIVEN };

struct packet {
    int64_t time_ns;
    struct addr src, dst;
    uint16_t sport;     /* ICMP: the echo's identifier, else 0 */
    uint16_t dport;     /* ICMP: type << 8 | code */
    uint8_t proto;      /* IP protocol number after extension headers */
    uint8_t ip_version; /* 4 or 6 */
    uint8_t ttl;        /* or hop limit */
    uint8_t tos;
    uint16_t ip_id;       /* IPv4 only */
    bool df;              /* IPv4 don't fragment */
    bool fragment;        /* a non-first fragment: no transport header was read */
    bool first_fragment;  /* first of several fragments */
    bool joined;          /* a later fragment; protocol and ports are those of its first one */
    bool rerouted;        /* source routing: dst may not be the last one */
    bool bad_checksum;    /* the packet is whole, and a checksum of it is wrong */
    bool no_fields;       /* a log row without packet fields: ttl, window, flags... unknown */
    bool no_seq;          /* a log row without sequence numbers or TCP options */
    bool no_transport;    /* a log row that tells neither TCP flags nor the type of ICMP */
    uint32_t fragment_id; /* identification of a fragment, IPv4 or IPv6 */
    uint32_t ip_length;   /* bytes of the IP packet on the wire, as its header says */
    const uint8_t *ip;    /* the packet from its IP header on, borrowed; NULL: a log row */
    uint32_t ip_captured; /* bytes at `ip`, without padding behind the packet */

    /* TCP */
    uint8_t tcp_flags;
    uint8_t tcp_reserved; /* the reserved bits, 0 in a sane packet */
    uint16_t window;
    uint16_t urgent;
    uint32_t seq, ack;
    bool options_cut;       /* the capture, or the fragment, ends within the options */
    uint8_t options_length; /* bytes of TCP options kept */
    uint8_t options[TCP_OPTIONS_MAX];

    uint16_t echo_seq; /* ICMP echo: sequence number */
    uint8_t udp_sum;   /* enum udp_sum: whether the sender gave a checksum (RFC 768) */

    /* the packet quoted in an ICMP error: present if quoted_proto != 0 */
    struct addr quoted_src, quoted_dst;
    uint16_t quoted_sport, quoted_dport;
    uint8_t quoted_proto;

    const uint8_t *payload;  /* behind the transport header, borrowed */
    uint32_t payload_length; /* bytes at `payload` */

    /* filled by the stages, in this order */
    uint32_t app;    /* app: name number of the application protocol, 0 if none */
    bool request;    /* app: the payload is a client's words */
    uint32_t sensor; /* number of the sensor (model/sensor.h) */
    enum direction direction;
    enum class class;  /* classify */
    uint32_t rule;     /* classify: name number (base/intern.h) of the rule that hit */
    uint32_t stack;    /* fingerprint: name number of the SYN signature, 0 if none */
    uint32_t tool;     /* fingerprint: the sender's verdict so far, name number, 0 unknown */
    uint64_t instance; /* fingerprint: instance key (model/instance.h), 0 if none */
    /* fingerprint: which packet of the sender's present episode it is, from 1 */
    uint32_t episode_packets;
    uint64_t src_hash;              /* keyed hash of (sensor, src), for the tables */
    uint64_t flow_hash, visit_hash; /* visit_table_prefetch: keyed hashes, 0 if not yet set */

    /* log rows only */
    bool row;      /* one log row is one session, unless it went out */
    bool answered; /* the log says that the attempt was answered, and not refused */
    bool untold;   /* the log tells that of other rows, and can't tell it of this one */
    /* packets and bytes that the row stands for; 0: unknown, and counts as 1 and 0 */
    uint64_t row_packets, row_bytes;
    int64_t row_duration_us;
    uint32_t conn_state; /* name number, 0 if none */
    uint32_t country;    /* name number of the country the log itself gives, 0 if none */
    const char *user;    /* user name, borrowed, NULL if none; of packets: app */
};

#endif
