/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused and empty, or loaded and fit to go on and be saved. */
#include <stdlib.h>

#include "base/rng.h"
#include "order/order.h"
#include "saved_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void go_on(struct order_table *table)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    for (uint32_t i = 0; i < 64; i++) {
        struct packet packet = {.proto = PROTO_TCP,
                                .ip_version = 4,
                                .tcp_flags = TCP_SYN,
                                .episode_packets = 1 + i / 4};

        packet.src = addr_from_v4(0xc6336400 | (i & 3));
        packet.dst = addr_from_v4(0xcb007100 | (i * 11 & 255));
        packet.src_hash = nj_mix64(i & 3);
        packet.time_ns = (int64_t)i << 40;
        if (order_add(table, &packet, NULL) < 0)
            abort();
    }
    if (out == NULL || order_save(table, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_intern *names = nj_intern_new(500);
    struct order_table *table = NULL;
    struct saved_input input = saved_input_open(data, size, NULL);
    bool loaded;

    if (order_new(names, 256, NULL, NULL, &table, NULL) < 0)
        abort();
    loaded = input.in != NULL && order_load(table, input.in, NULL) == 0;
    saved_input_loads += loaded;
    go_on(table);
    order_free(table);
    nj_intern_free(names);
    saved_input_close(&input);
    return 0;
}
