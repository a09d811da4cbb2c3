/* SPDX-License-Identifier: Apache-2.0 */
/* Others' lists, exports and routes: the first byte says which. */
#include <stdint.h>
#include <string.h>

#include "testimony/lists.h"
#include "testimony/routes.h"
#include "testimony/services.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A range of IPv6 may become some 200 prefixes: a few hundred statements are enough. */
static int on_statement(void *ctx, const struct statement *statement, struct nj_err *err)
{
    unsigned *count = ctx;

    if (statement->value != NULL && statement->value[strlen(statement->value) - 1] != '}')
        __builtin_trap();
    return ++*count > 2000 ? nj_fail(err, NJ_LIMIT, "enough") : 0;
}

static void all_routes(const char *text, size_t size)
{
    struct routes *routes = routes_new();
    unsigned count = 0;

    while (routes != NULL && size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t length = end == NULL ? size : (size_t)(end - text);

        (void)routes_line(routes, text, length, NULL);
        text += length + (end != NULL);
        size -= length + (end != NULL);
    }
    if (routes != NULL)
        (void)routes_each(routes, on_statement, &count, NULL);
    routes_free(routes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct lists_bounds bounds = {.v4 = 8, .v6 = 19};
    const char *text = (const char *)data + 1;
    struct reading reading;
    unsigned count = 0;

    if (size == 0)
        return 0;
    if (data[0] == 'r')
        all_routes(text, size - 1);
    else if (data[0] == 's')
        (void)services_read(text, size - 1, on_statement, &count, &reading, NULL);
    else
        (void)lists_read(text, size - 1, bounds, on_statement, &count, &reading, NULL);
    return 0;
}
