/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused and empty, or loaded and fit to go on and be saved. */
#include <stdlib.h>

#include "relation/relation.h"
#include "saved_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void go_on(struct relations *relations)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    for (uint32_t i = 0; i < 256; i++) {
        struct packet packet = {.proto = PROTO_TCP, .ip_version = 4, .tcp_flags = TCP_SYN};

        packet.src = addr_from_v4(0xc6336400 | (i & 1));
        packet.src_hash = i & 1;
        packet.dst = addr_from_v4(i * 0x9e3779b9);
        packet.seq = i * 0x85ebca6b;
        packet.ip_id = (uint16_t)packet.seq;
        packet.episode_packets = i / 2 + 1;
        if (relations_add(relations, &packet, NULL) < 0)
            abort();
    }
    if (out == NULL || relations_save(relations, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct relation_options options = {.max_light = 16, .max_lent = 4};
    struct relations *relations = NULL;
    struct saved_input input = saved_input_open(data, size, NULL);
    bool loaded;

    if (relations_new(&options, NULL, NULL, &relations, NULL) < 0)
        abort();
    loaded = input.in != NULL && relations_load(relations, input.in, NULL) == 0;
    saved_input_loads += loaded;
    if (!loaded && relations_counts(relations)->families != 0)
        abort();
    go_on(relations);
    relations_free(relations);
    saved_input_close(&input);
    return 0;
}
