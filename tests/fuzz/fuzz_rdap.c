/* SPDX-License-Identifier: Apache-2.0 */
/* What registries answer, and the lists of servers: the first byte says which. */
#include <stdint.h>
#include <string.h>

#include "rdap/answer.h"
#include "rdap/servers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_server(void *ctx, const struct prefix *net, const char *url, struct nj_err *err)
{
    size_t length = strlen(url);

    (void)ctx;
    (void)err;
    if (addr_compare(net->first, net->last) > 0 || strncmp(url, "https://", 8) != 0 ||
        length >= RDAP_URL_MAX || url[length - 1] != '/')
        __builtin_trap();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct addr asked = data != NULL && size > 0 && data[0] == '6'
                                  ? (struct addr){0x20010db800000000, 7}
                                  : addr_from_v4(0xcb007107); /* 203.0.113.7 */
    const char *text = (const char *)data + 1;
    struct rdap_servers_read read;
    struct rdap_network network;
    char range[RDAP_RANGE_MAX];

    if (size == 0)
        return 0;
    if (data[0] == 's')
        (void)rdap_read_servers(text, size - 1, false, on_server, NULL, &read, NULL);
    else if (rdap_read_network(text, size - 1, asked, &network, NULL) == 0 &&
             (!prefix_has(&network.net, asked) ||
              strlen(rdap_range(&network.net, range)) >= sizeof(range)))
        __builtin_trap();
    return 0;
}
