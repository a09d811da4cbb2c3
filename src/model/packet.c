/* SPDX-License-Identifier: Apache-2.0 */
#include "model/packet.h"

#include <stdio.h>
#include <string.h>

/* The transports that visits are made of; IANA's names are longer ("ipv6-icmp"). */
static const struct {
    uint8_t number;
    const char *name;
} protos[] = {
    {PROTO_TCP, "tcp"},       {PROTO_UDP, "udp"},   {PROTO_ICMP, "icmp"},
    {PROTO_ICMPV6, "icmpv6"}, {PROTO_SCTP, "sctp"},
};
#define PROTOS (sizeof(protos) / sizeof(protos[0]))

const char *proto_text(uint8_t proto, char text[PROTO_TEXT_MAX])
{
    for (size_t i = 0; i < PROTOS; i++)
        if (protos[i].number == proto)
            return protos[i].name;
    (void)snprintf(text, PROTO_TEXT_MAX, "%u", proto);
    return text;
}

uint8_t proto_number(const char *name, size_t length)
{
    for (size_t i = 0; i < PROTOS; i++)
        if (strlen(protos[i].name) == length && memcmp(protos[i].name, name, length) == 0)
            return protos[i].number;
    return 0;
}

const char *const class_names[CLASS_COUNT] = {
    [CLASS_SCAN] = "scan",
    [CLASS_BACKSCATTER] = "backscatter",
    [CLASS_MISCONFIGURATION] = "misconfiguration",
    [CLASS_EXPLOIT] = "exploit",
    [CLASS_CREDENTIAL] = "credential",
    [CLASS_SERVICE] = "service",
    [CLASS_OTHER] = "other",
};
