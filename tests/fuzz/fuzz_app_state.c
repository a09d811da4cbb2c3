/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused, or loaded and fit to go on and be saved. */
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "saved_input.h"
#include "trait_ends.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void go_on(struct app *app)
{
    static const char *const says[] = {"GET / HTTP/1.1\r\nUser-Agent: a\r\n\r\n",
                                       "SSH-2.0-Go\r\n"};
    char *text = NULL, user[VISIT_USER_MAX];
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    for (uint32_t i = 0; i < 16; i++) {
        struct packet packet = {.time_ns = i, .proto = PROTO_TCP, .dport = 80};

        packet.src = addr_from_v4(0xc6336400 | i / 2);
        packet.payload = (const uint8_t *)says[i % 2];
        packet.payload_length = (uint32_t)strlen(says[i % 2]);
        if (app_read(app, &packet, user, NULL) < 0)
            abort();
    }
    if (out == NULL || app_save(app, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_intern *names = nj_intern_new(500);
    struct app *app = NULL;
    struct saved_input input = saved_input_open(data, size, NULL);

    if (app_new(names, trait_ends, NULL, &app, NULL) < 0)
        abort();
    if (input.in != NULL && app_load(app, input.in, NULL) == 0)
        saved_input_loads++;
    go_on(app);
    app_free(app);
    nj_intern_free(names);
    saved_input_close(&input);
    return 0;
}
