/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused, or loaded and fit to go on and be saved. */
#include <stdlib.h>

#include "link/linker.h"
#include "saved_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void go_on(struct linker *linker, struct nj_intern *names)
{
    const struct linker_sink sink = {.link = NULL};
    const enum episode_change changes[] = {EPISODE_BEGUN, EPISODE_GREW, EPISODE_CEASED,
                                           EPISODE_FORGOTTEN};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    for (uint32_t i = 0; i < 64; i++) {
        struct episode episode = {.id = 1 + i % 24,
                                  .src = addr_from_v4(0xc6336400 | i % 24),
                                  .first_us = (int64_t)(i % 24) << 32,
                                  .last_us = (int64_t)i << 34,
                                  .sessions = 8 + i,
                                  .rate = 0.01,
                                  .ports = {{.port = 23, .proto = 6, .sessions = 8 + i}},
                                  .port_count = 1,
                                  .ports_seen = 1,
                                  .instances = {UINT64_C(1) << 56 | i % 3}};

        if (changes[i % 4] == EPISODE_CEASED)
            episode.ceased_us = episode.last_us + 1;
        if (linker_episode(linker, changes[i % 4], &episode, NULL) < 0 ||
            linker_step(linker, episode.last_us + 60000000, &sink, NULL) < 0)
            abort();
    }
    if (out == NULL || linker_save(linker, names, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_intern *names = nj_intern_new(500);
    const struct linker_options options = {.names = names, .fdr = 0.01, .max_episodes = 1024};
    struct linker *linker = NULL;
    bool loaded = false;
    struct saved_input input = saved_input_open(data, size, NULL);

    if (linker_new(&options, &linker, NULL) < 0)
        abort();
    if (input.in != NULL)
        loaded = linker_load(linker, names, input.in, NULL) == 0;
    saved_input_loads += loaded;
    if (loaded || input.in == NULL)
        go_on(linker, names);
    linker_free(linker);
    nj_intern_free(names);
    saved_input_close(&input);
    return 0;
}
