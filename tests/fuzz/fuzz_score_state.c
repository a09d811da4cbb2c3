/* SPDX-License-Identifier: Apache-2.0 */
/* A saved table of scores of any bytes: refused and empty, or loaded and fit to go on and be
 * saved. The digest is made to fit, so that what stands behind it is reached. */
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

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
    struct source_facts facts = {.src = addr_from_v4(0xc6336401), .sessions = 9, .packets = 9};
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
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_intern *names = nj_intern_new(500);
    const struct score_options options = {.names = names, .sensors = 1, .max_sources = 16};
    struct score_table *table = NULL;
    uint8_t *bytes = malloc(size + 8);
    FILE *in;
    uint64_t digest;

    if (bytes == NULL || score_table_new(&options, &table, NULL) < 0)
        abort();
    if (size > 0)
        memcpy(bytes, data, size);
    if (size > 8) {
        size -= 8;
        digest = XXH3_64bits(bytes, size);
        memcpy(bytes + size, &digest, 8);
        size += 8;
    }
    in = size == 0 ? NULL : fmemopen(bytes, size, "rb");
    if (in != NULL) {
        if (score_table_load(table, names, in, NULL) < 0 &&
            score_table_counts(table)->sources != 0)
            abort();
        go_on(table, names);
        (void)fclose(in);
    }
    score_table_free(table);
    nj_intern_free(names);
    free(bytes);
    return 0;
}
