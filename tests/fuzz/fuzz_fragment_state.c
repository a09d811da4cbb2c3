/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused, or loaded and fit to go on, be saved, and hand on all it
 * holds. */
#include <stdlib.h>
#include <string.h>

#include "decode/fragment.h"
#include "saved_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whoever gets the packet reads all of it. */
static void look(const struct packet *packet)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < packet->ip_captured; i++)
        sum += packet->ip[i];
    for (uint32_t i = 0; i < packet->payload_length; i++)
        sum += packet->payload[i];
    if (sum > UINT32_MAX || packet->fragment == packet->joined)
        abort();
}

static void go_on(struct fragment_table *table)
{
    static const uint8_t bytes[40];
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    struct packet packet;

    for (uint32_t i = 0; i < 12; i++) {
        bool first = i % 3 == 2;
        struct packet one = {.time_ns = (int64_t)i << 29,
                             .src = addr_from_v4(0xc6336400),
                             .dst = addr_from_v4(0xcb007100),
                             .proto = 17,
                             .ip_version = 4,
                             .fragment = !first,
                             .first_fragment = first,
                             .fragment_id = i < 6 ? 7 : i,
                             .ip = bytes,
                             .ip_captured = sizeof(bytes),
                             .payload = bytes + 20,
                             .payload_length = 20};

        (void)fragment_table_add(table, &one);
        while (fragment_table_take(table, one.time_ns, &packet))
            look(&packet);
    }
    if (out == NULL || fragment_table_save(table, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
    while (fragment_table_take(table, INT64_MAX, &packet))
        look(&packet);
    if (fragment_table_due(table, INT64_MAX))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fragment_table *table = fragment_table_new();
    struct saved_input input = saved_input_open(data, size, NULL);

    if (table == NULL)
        abort();
    if (input.in != NULL && fragment_table_load(table, input.in, NULL) == 0)
        saved_input_loads++;
    go_on(table);
    fragment_table_free(table);
    saved_input_close(&input);
    return 0;
}
