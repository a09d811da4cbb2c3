/* SPDX-License-Identifier: Apache-2.0 */
/* A port is a byte of protocol, port and sessions as counts; an instance key 8 bytes
 * (base/pack.h). */
#include "store/episode_bytes.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/pack.h"
#include "model/packet.h"

_Static_assert(EPISODE_PORT_BYTES > 1 + 3 + 5, "any port finds room");

size_t episode_ports_pack(const struct episode *episode,
                          uint8_t ret_bytes[EPISODE_PORTS * EPISODE_PORT_BYTES])
{
    uint8_t *at = ret_bytes;

    for (uint32_t i = 0; i < episode->port_count && i < EPISODE_PORTS; i++) {
        *at++ = episode->ports[i].proto;
        at = nj_put_count(at, episode->ports[i].port);
        at = nj_put_count(at, episode->ports[i].sessions);
    }
    return (size_t)(at - ret_bytes);
}

size_t episode_instances_pack(const struct episode *episode,
                              uint8_t ret_bytes[EPISODE_INSTANCES * 8])
{
    uint8_t *at = ret_bytes;

    for (unsigned i = 0; i < EPISODE_INSTANCES && episode->instances[i] != 0; i++)
        at = nj_put_fixed(at, episode->instances[i], 8);
    return (size_t)(at - ret_bytes);
}

bool episode_port_next(struct nj_cursor *c, struct episode_port *ret)
{
    if (nj_cursor_left(c) == 0)
        return false;
    *ret = (struct episode_port){.proto = nj_u8(c)};
    ret->port = (uint16_t)nj_count(c);
    ret->sessions = (uint32_t)nj_count(c);
    return !c->bad;
}

/* ---- in SQL ---- */

static void print_ports(FILE *out, struct nj_cursor *c)
{
    struct episode_port port;
    const char *before = "";
    char proto[8];

    (void)fputc('[', out);
    for (; episode_port_next(c, &port); before = ",")
        (void)fprintf(out, "%s{\"port\":%u,\"proto\":\"%s\",\"sessions\":%u}", before,
                      (unsigned)port.port, proto_text(port.proto, proto), port.sessions);
    (void)fputc(']', out);
}

static void print_instances(FILE *out, struct nj_cursor *c)
{
    const char *before = "[";

    for (; nj_cursor_left(c) >= 8; before = ",")
        (void)fprintf(out, "%s\"%016llx\"", before, (unsigned long long)nj_fixed(c, 8));
    (void)fputc(']', out);
}

static void bytes_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    void (*const *print)(FILE *, struct nj_cursor *) = sqlite3_user_data(context);
    const uint8_t *bytes = sqlite3_value_blob(values[0]);
    struct nj_cursor c = nj_cursor(bytes, (size_t)sqlite3_value_bytes(values[0]));
    char *text = NULL;
    size_t size;
    FILE *out;

    (void)count;
    if (sqlite3_value_type(values[0]) != SQLITE_BLOB)
        return;
    out = open_memstream(&text, &size);
    if (out != NULL)
        (*print)(out, &c);
    if (out == NULL || fclose(out) != 0) {
        sqlite3_result_error_nomem(context);
        free(text);
        return;
    }
    sqlite3_result_text(context, text, (int)size, free);
}

static void model_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    static const char *const names[] = {"", "fixed", "range", "even", "odd"};
    int model = sqlite3_value_int(values[0]);

    (void)count;
    if (model > 0 && (size_t)model < sizeof(names) / sizeof(names[0]))
        sqlite3_result_text(context, names[model], -1, SQLITE_STATIC);
}

int episode_functions(sqlite3 *catalog)
{
    static void (*const ports)(FILE *, struct nj_cursor *) = print_ports;
    static void (*const instances)(FILE *, struct nj_cursor *) = print_instances;
    const struct {
        const char *name;
        void (*function)(sqlite3_context *, int, sqlite3_value **);
        void (*const *print)(FILE *, struct nj_cursor *);
    } functions[] = {
        {"ports_json", bytes_function, &ports},
        {"instances_json", bytes_function, &instances},
        {"sport_model", model_function, NULL},
    };

    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
        if (sqlite3_create_function(catalog, functions[i].name, 1,
                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                    (void *)(uintptr_t)functions[i].print,
                                    functions[i].function, NULL, NULL) != SQLITE_OK)
            return -1;
    return 0;
}
