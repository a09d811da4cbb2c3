/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/services.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

#include "model/packet.h"

const char *service_name(uint16_t port, uint8_t proto)
{
    static _Thread_local char name[64];
    const char *system_proto = proto == PROTO_TCP    ? "tcp"
                               : proto == PROTO_UDP  ? "udp"
                               : proto == PROTO_SCTP ? "sctp"
                                                     : NULL;
    struct servent entry, *found = NULL;
    char buffer[2048];

    if (system_proto == NULL ||
        getservbyport_r(htons(port), system_proto, &entry, buffer, sizeof(buffer), &found) != 0)
        return "";
    if (found == NULL)
        return "";
    (void)snprintf(name, sizeof(name), "%s", found->s_name);
    return name;
}
