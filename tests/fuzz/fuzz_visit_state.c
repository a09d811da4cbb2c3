/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused and empty, or loaded and fit to go on, be saved, and hand
 * on all it has. */
#include <stdlib.h>

#include "saved_input.h"
#include "visit/visit_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A part that no store could take is as bad as a crash. */
static int on_part(void *ctx, const struct visit *part, struct nj_err *err)
{
    (void)ctx;
    (void)err;
    if (part->payload_length > VISIT_PAYLOAD_MAX || part->user_length > VISIT_USER_MAX ||
        part->sports_count > VISIT_SPORT_SAMPLES || part->class >= CLASS_COUNT)
        abort();
    return 0;
}

static void go_on(struct visit_table *table, const struct nj_intern *names)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    for (uint32_t i = 0; i < 64; i++) {
        struct packet packet = {.proto = i % 3 == 0 ? PROTO_UDP : PROTO_TCP,
                                .tcp_flags = TCP_SYN,
                                .dport = 23,
                                .sport = (uint16_t)(1000 + i),
                                .ip_length = 40,
                                .user = "root",
                                .payload = (const uint8_t *)"payload",
                                .payload_length = i % 4 == 0 ? 7 : 0};

        packet.src = addr_from_v4(0xc6336400 | i % 8);
        packet.dst = addr_from_v4(0xcb007100 | i);
        packet.time_ns = (int64_t)i << 32;
        visit_table_prefetch(table, &packet);
        if (visit_table_add(table, &packet, i % 2 == 0 ? 600 : 0, NULL) < 0)
            abort();
    }
    if (out == NULL || visit_table_save(table, names, out, NULL) < 0 ||
        visit_table_close(table, NULL) < 0 || visit_table_counts(table)->open != 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct visit_table_options options = {
        .max_visits = 64, .max_sessions = 6144, .part_s = 300, .payload_bytes = 16};
    struct nj_intern *names = nj_intern_new(500);
    struct visit_table *table = NULL;
    struct saved_input input = saved_input_open(data, size, NULL);
    bool loaded;

    if (visit_table_new(&options, 1, on_part, NULL, &table, NULL) < 0)
        abort();
    loaded = input.in != NULL && visit_table_load(table, names, input.in, NULL) == 0;
    saved_input_loads += loaded;
    if (!loaded && visit_table_counts(table)->open != 0)
        abort();
    go_on(table, names);
    visit_table_free(table);
    nj_intern_free(names);
    saved_input_close(&input);
    return 0;
}
