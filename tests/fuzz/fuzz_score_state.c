/* SPDX-License-Identifier: Apache-2.0 */
/* A saved table of scores of any bytes: refused and empty, or loaded and fit to go on and be
 * saved. */
#include <stdlib.h>

#include "saved_input.h"
#include "score/score_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int drop(void *ctx, const struct suspect *suspect, struct nj_err *err)
{
    (void)err;
    *(uint64_t *)ctx += suspect->receipt.line_count;
    return 0;
}

static void go_on(struct score_table *table, const struct nj_intern *names)
{
    struct source_facts facts = {.src = addr_from_v4(0xc6336401),
                                 .sessions = 9,
                                 .packets = 9,
                                 .class_sessions = {[CLASS_SCAN] = 9},
                                 .ports = {{.port = 23, .proto = PROTO_TCP, .sessions = 9}},
                                 .port_count = 1,
                                 .ports_seen = 1,
                                 .targets = 9,
                                 .days = 1,
                                 .sensors = 1};
    char *text = NULL;
    size_t length = 0;
    uint64_t lines = 0;
    const struct score_sink sink = {.news = drop, .state = drop, .ctx = &lines};
    FILE *out = open_memstream(&text, &length);

    for (int64_t at = 0; at < 5; at++) {
        facts.last_us = at << 46;
        if (score_table_observe(table, &facts, facts.last_us, NULL) < 0 ||
            score_table_step(table, facts.last_us, &sink, NULL) < 0)
            abort();
    }
    if (out == NULL || score_table_flush(table, &sink, NULL) < 0 ||
        score_table_save(table, names, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_intern *names = nj_intern_new(500);
    const struct score_options options = {.names = names, .sensors = 1, .max_sources = 16};
    struct score_table *table = NULL;
    struct saved_input input = saved_input_open(data, size, NULL);
    bool loaded;

    if (score_table_new(&options, &table, NULL) < 0)
        abort();
    loaded = input.in != NULL && score_table_load(table, names, input.in, NULL) == 0;
    saved_input_loads += loaded;
    if (!loaded && score_table_counts(table)->sources != 0)
        abort();
    go_on(table, names);
    score_table_free(table);
    nj_intern_free(names);
    saved_input_close(&input);
    return 0;
}
