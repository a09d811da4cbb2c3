/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused and empty, or loaded and fit to go on and be saved. */
#include <stdlib.h>

#include "fingerprint/fingerprint.h"
#include "saved_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void go_on(struct fingerprint *fp)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    for (uint32_t i = 0; i < 32; i++) {
        struct packet packet = {.proto = PROTO_TCP, .ip_version = 4, .tcp_flags = TCP_SYN};

        packet.src = addr_from_v4(0xc6336400 | i);
        packet.time_ns = (int64_t)i << 40;
        fingerprint_prepare(fp, &packet);
        if (fingerprint_add(fp, &packet, NULL) < 0)
            abort();
    }
    if (out == NULL || fingerprint_save(fp, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_intern *names = nj_intern_new(500);
    struct fingerprint *fp = NULL;
    struct saved_input input = saved_input_open(data, size, "NJHABITS");
    bool loaded;

    if (fingerprint_new(names, 16, NULL, NULL, &fp, NULL) < 0)
        abort();
    loaded = input.in != NULL && fingerprint_load(fp, input.in, NULL) == 0;
    saved_input_loads += loaded;
    if (!loaded && fingerprint_counts(fp)->senders != 0)
        abort();
    go_on(fp);
    fingerprint_free(fp);
    nj_intern_free(names);
    saved_input_close(&input);
    return 0;
}
