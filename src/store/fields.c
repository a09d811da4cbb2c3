/* SPDX-License-Identifier: Apache-2.0 */
#include "store/fields.h"

#define V(member) offsetof(struct row, member)
#define T(member) offsetof(struct trait_row, member)
#define S(member) offsetof(struct sample_row, member)

const struct field visit_fields[] = {
    {"ts", FIELD_TIME, NULL_NEVER, V(ts), "UTC", "first packet of the part"},
    {"duration_us", FIELD_I64, NULL_NEVER, V(duration_us), "microseconds",
     "from the first to the last packet of the part"},
    {"sensor", FIELD_TEXT, NULL_NEVER, V(sensor), "", "name of the sensor"},
    {"proto", FIELD_U8, NULL_NEVER, V(proto), "", "IP protocol number (IANA)"},
    {"src", FIELD_ADDRESS, NULL_NEVER, V(src), "",
     "source address: 16 bytes, IPv4 as ::ffff:a.b.c.d"},
    {"dport", FIELD_U16, NULL_NEVER, V(dport), "",
     "destination port; ICMP: type * 256 + code; 0 for protocols without ports"},
    {"sessions", FIELD_U32, NULL_NEVER, V(sessions), "", "sessions that began in this part"},
    {"packets", FIELD_U64, NULL_NEVER, V(packets), "", "packets of both directions"},
    {"bytes", FIELD_U64, NULL_NEVER, V(bytes), "bytes", "IP bytes of these packets"},
    {"targets", FIELD_U32, NULL_NEVER, V(targets), "", "distinct destination addresses"},
    {"dst", FIELD_ADDRESS, NULL_NEVER, V(dst), "", "destination of the first packet"},
    {"sport", FIELD_U16, NULL_NEVER, V(sport), "",
     "source port of the first packet; ICMP: identifier of echoes, else 0"},
    {"sport_min", FIELD_U16, NULL_ONE_PORT, V(sport_min), "",
     "lowest source port; NULL: all were `sport`"},
    {"sport_max", FIELD_U16, NULL_ONE_PORT, V(sport_max), "",
     "highest source port; NULL: all were `sport`"},
    {"sport_bands", FIELD_U64, NULL_ONE_PORT, V(sport_bands), "",
     "bit i: a source port from 1024 i to 1024 i + 1023 was seen; NULL: all were `sport`"},
    {"sports", FIELD_PORTS, NULL_ONE_PORT, 0, "",
     "the first few distinct source ports; NULL: all were `sport`"},
    {"repeats", FIELD_U32, NULL_NEVER, V(repeats), "",
     "SYNs with the sequence number of their session's first"},
    {"answered", FIELD_U32, NULL_NEVER, V(answered), "", "sessions that our side answered"},
    {"ttl", FIELD_U8, NULL_NO_FIELDS, V(ttl), "", "time to live of the first packet"},
    {"ttl_min", FIELD_U8, NULL_NO_FIELDS, V(ttl_min), "", "lowest"},
    {"ttl_max", FIELD_U8, NULL_NO_FIELDS, V(ttl_max), "", "highest"},
    {"tcp_flags", FIELD_U8, NULL_NO_FIELDS, V(tcp_flags), "",
     "TCP flags of the source's packets, or-ed (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, ...)"},
    {"window", FIELD_U16, NULL_NO_FIELDS, V(window), "bytes", "TCP window of the first packet"},
    {"handed", FIELD_TIME, NULL_AT_LAST, V(handed), "UTC",
     "capture time at which the part was complete"},
    {"seq", FIELD_U64, NULL_NEVER, V(seq), "", "number of the part, in the order of `handed`"},
    {"class", FIELD_TEXT, NULL_NEVER, V(class), "",
     "scan, backscatter, misconfiguration, exploit, credential, service or other"},
    {"rule", FIELD_TEXT, NULL_NEVER, V(rule), "", "the rule that gave the class"},
    {"tool", FIELD_TEXT, NULL_NEVER, V(tool), "",
     "the program that built the packets, as known when the part was handed on; NULL: unknown"},
    {"stack", FIELD_TEXT, NULL_NEVER, V(stack), "",
     "signature of the SYN (docs/FINGERPRINTS.md); NULL: no SYN"},
    {"instance", FIELD_U64, NULL_IF_ZERO, V(instance), "",
     "key that one running program keeps over all its packets; NULL: none found"},
    {"app", FIELD_TEXT, NULL_NEVER, V(app), "", "application protocol seen, whatever the port"},
    {"payload", FIELD_BYTES, NULL_NEVER, V(payload), "", "first payload bytes"},
    {"user", FIELD_STRING, NULL_NEVER, V(user), "", "user name that was tried, from a log"},
    {"conn_state", FIELD_TEXT, NULL_NEVER, V(conn_state), "",
     "state of the connection, from a log"},
    {"country", FIELD_TEXT, NULL_NEVER, V(country), "",
     "country of the source at ingest, ISO 3166 alpha-2; NULL: unknown"},
    {"asn", FIELD_U32, NULL_IF_ZERO, V(asn), "",
     "AS number of the source at ingest; NULL: unknown"},
};
const size_t visit_field_count = sizeof(visit_fields) / sizeof(visit_fields[0]);

const struct field trait_fields[] = {
    {"ts", FIELD_TIME, NULL_NEVER, T(ts), "UTC", "capture time of the statement"},
    {"sensor", FIELD_TEXT, NULL_NEVER, T(sensor), "", "name of the sensor"},
    {"src", FIELD_ADDRESS, NULL_NEVER, T(src), "", "the source it is about"},
    {"kind", FIELD_TEXT, NULL_NEVER, T(kind), "",
     "what is stated: tool, relation, family, ..."},
    {"value", FIELD_STRING, NULL_NEVER, T(value), "", "the statement; NULL: withdrawn"},
    {"bits", FIELD_F32, NULL_NEVER, T(bits), "bits", "strength of the evidence, log2"},
    {"packets", FIELD_U32, NULL_NEVER, T(packets), "", "packets it rests on"},
};
const size_t trait_field_count = sizeof(trait_fields) / sizeof(trait_fields[0]);

const struct field sample_fields[] = {
    {"ts", FIELD_TIME, NULL_NEVER, S(ts), "UTC", "capture time"},
    {"sensor", FIELD_TEXT, NULL_NEVER, S(sensor), "", "name of the sensor"},
    {"src", FIELD_ADDRESS, NULL_NEVER, S(src), "", "source address"},
    {"dst", FIELD_ADDRESS, NULL_NEVER, S(dst), "", "destination address"},
    {"proto", FIELD_U8, NULL_NEVER, S(proto), "", "IP protocol number (IANA)"},
    {"sport", FIELD_U16, NULL_NEVER, S(sport), "",
     "source port; ICMP: identifier of echoes, else 0"},
    {"dport", FIELD_U16, NULL_NEVER, S(dport), "",
     "destination port; ICMP: type * 256 + code; 0 for protocols without ports"},
    {"class", FIELD_TEXT, NULL_NEVER, S(class), "", "as of a visit"},
    {"tool", FIELD_TEXT, NULL_NEVER, S(tool), "",
     "the program that built it, as far as was known then; NULL: unknown"},
    {"nth", FIELD_U32, NULL_NEVER, S(nth), "",
     "of the packets of its source, tool and port on this day, from 1; at least"},
    {"length", FIELD_U32, NULL_NEVER, S(length), "bytes", "of the IP packet on the wire"},
    {"packet", FIELD_BYTES, NULL_NEVER, S(packet), "",
     "the packet from its IP header on, at most 512 bytes"},
};
const size_t sample_field_count = sizeof(sample_fields) / sizeof(sample_fields[0]);

const char *field_type(const struct field *field)
{
    static const char *const types[] = {
        [FIELD_TIME] = "TIMESTAMP", [FIELD_I64] = "BIGINT",     [FIELD_U64] = "UBIGINT",
        [FIELD_U32] = "UINTEGER",   [FIELD_U16] = "USMALLINT",  [FIELD_U8] = "UTINYINT",
        [FIELD_F32] = "FLOAT",      [FIELD_ADDRESS] = "UUID",   [FIELD_TEXT] = "VARCHAR",
        [FIELD_BYTES] = "BLOB",     [FIELD_STRING] = "VARCHAR", [FIELD_PORTS] = "USMALLINT[]",
    };

    return types[field->kind];
}
