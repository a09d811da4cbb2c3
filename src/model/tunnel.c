/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tunnel.h"

#include <string.h>

static const char *const names[TUNNEL_KINDS] = {
    "ipip", "6in4", "gre", "etherip", "vxlan", "geneve", "gtp", "teredo",
};

bool tunnel_kind(const char *name, size_t length, unsigned *ret_kind)
{
    for (unsigned i = 0; i < TUNNEL_KINDS; i++)
        if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0) {
            *ret_kind = 1u << i;
            return true;
        }
    return false;
}
