/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused and empty, or loaded and fit to go on and be saved. The
 * digest at the end is mended first, so that the fuzzer gets behind it. */
#include <stdlib.h>

#include "saved_input.h"
#include "source/source_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void go_on(struct source_table *table, struct nj_intern *names)
{
    struct source_sink sink = {.episode = NULL, .source = NULL};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    for (uint32_t i = 0; i < 64; i++) {
        struct visit visit = {
            .proto = PROTO_TCP, .sessions = 1, .packets = 1, .instance = i % 2};

        visit.src = addr_from_v4(0xc6336400 | i % 24);
        visit.first_ns = visit.last_ns = visit.handed_ns = (int64_t)i << 48;
        visit.sensor = i % 3;
        if (source_table_add(table, &visit, 0, "", NULL) < 0 ||
            source_table_step(table, visit.handed_ns / 1000, &sink, NULL) < 0)
            abort();
    }
    if (out == NULL || source_table_save(table, names, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source_options options = {.max_sources = 16, .max_followed = 8};
    struct nj_intern *names = nj_intern_new(500);
    struct source_table *table = NULL;
    struct saved_input input = saved_input_open(data, size, NULL);
    bool loaded;

    if (source_table_new(&options, &table, NULL) < 0)
        abort();
    loaded = input.in != NULL && source_table_load(table, names, input.in, NULL) == 0;
    saved_input_loads += loaded;
    if (!loaded && source_table_counts(table)->sources != 0)
        abort();
    go_on(table, names);
    source_table_free(table);
    nj_intern_free(names);
    saved_input_close(&input);
    return 0;
}
