/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused, or loaded and fit to go on and be saved. */
#include <stdlib.h>

#include "sample/sampler.h"
#include "saved_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_sample(void *ctx, const struct sample *sample, struct nj_err *err)
{
    (void)ctx;
    (void)err;
    if (sample->captured == 0 || sample->captured > SAMPLE_BYTES_MAX)
        abort();
    return 0;
}

static void go_on(struct sampler *sampler)
{
    static const uint8_t bytes[40];
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    for (uint32_t i = 0; i < 64; i++) {
        struct packet packet = {.time_ns = (int64_t)i << 36,
                                .proto = PROTO_TCP,
                                .dport = (uint16_t)(i % 3),
                                .ip_version = 4,
                                .ip = bytes,
                                .ip_captured = sizeof(bytes),
                                .payload = bytes + 40,
                                .ip_length = sizeof(bytes),
                                .episode_packets = i / 8 + 1,
                                .src_hash = i % 8};

        packet.src = addr_from_v4(0xc6336400 | i % 8);
        sampler_prefetch(sampler, &packet);
        if (sampler_add(sampler, &packet, NULL) < 0)
            abort();
    }
    if (out == NULL || sampler_save(sampler, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_intern *names = nj_intern_new(500);
    struct sampler *sampler = NULL;
    struct saved_input input = saved_input_open(data, size, NULL);

    if (sampler_new(1000, names, on_sample, NULL, &sampler, NULL) < 0)
        abort();
    if (input.in != NULL && sampler_load(sampler, input.in, NULL) == 0)
        saved_input_loads++;
    go_on(sampler);
    sampler_free(sampler);
    nj_intern_free(names);
    saved_input_close(&input);
    return 0;
}
