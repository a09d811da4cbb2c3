/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a payload: byte 0 says the protocol, 1 to 4 the ports. What is told must be
 * short printable text, and every cut of the payload must be as harmless. */
#include <stdlib.h>
#include <string.h>

#include "app/app.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check(void *ctx, const struct trait *trait, struct nj_err *err)
{
    size_t length = strnlen(trait->value, TRAIT_VALUE_MAX);

    (void)ctx;
    (void)err;
    if (length == TRAIT_VALUE_MAX)
        abort();
    for (size_t i = 0; i < length; i++)
        if (trait->value[i] < 0x20 || trait->value[i] > 0x7e)
            abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_intern *names = nj_intern_new(1000);
    struct app *app = NULL;
    char user[VISIT_USER_MAX];
    size_t length = size < 5 ? 0 : size - 5;

    if (names == NULL || app_new(names, check, NULL, &app, NULL) < 0)
        abort();
    for (size_t cut = 0; cut < 2 && length > 0; cut++) {
        size_t kept = cut == 0 ? length : length / 2;
        uint8_t *copy = malloc(kept + 1); /* so that the sanitizer sees its end */
        struct packet packet = {.proto = data[0] & 1 ? PROTO_UDP : PROTO_TCP,
                                .sport = (uint16_t)(data[1] << 8 | data[2]),
                                .dport = (uint16_t)(data[3] << 8 | data[4]),
                                .payload = copy,
                                .payload_length = (uint32_t)kept};

        if (copy == NULL)
            abort();
        memcpy(copy, data + 5, kept);
        if (app_read(app, &packet, user, NULL) < 0 ||
            (packet.user != NULL && strnlen(user, VISIT_USER_MAX) == VISIT_USER_MAX))
            abort();
        free(copy);
    }
    app_free(app);
    nj_intern_free(names);
    return 0;
}
