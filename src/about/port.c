/* SPDX-License-Identifier: Apache-2.0 */
#include "about/about.h"
#include "base/text_json.h"
#include "model/packet.h"

static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP, PROTO_SCTP, PROTO_ICMP, PROTO_ICMPV6};
#define OF_PORTS 3u /* those in front, which count where none is named */
#define PROTOS (sizeof(protos) / sizeof(protos[0]))

static json_t *one_known(const char *proto, const struct port_info *info)
{
    json_t *object = json_object();

    (void)json_object_set_new(object, "proto", json_string(proto));
    (void)json_object_set_new(object, "service", text_json_or_null(info->service));
    (void)json_object_set_new(object, "registered", text_json_or_null(info->iana));
    (void)json_object_set_new(object, "practice", text_json_or_null(info->practice));
    (void)json_object_set_new(object, "category", json_string(info->category));
    (void)json_object_set_new(object, "known_for", text_json_or_null(info->known));
    (void)json_object_set_new(object, "risk", json_real(info->risk));
    (void)json_object_set_new(object, "fact_source", text_json_or_null(info->source));
    return object;
}

/* A port that the table lacks is told as such, with the risk that it counts for. */
static json_t *known(const struct ports *ports, uint16_t port, uint8_t proto)
{
    const struct port_info nothing = {.service = "",
                                      .iana = "",
                                      .practice = "nothing is known of this port",
                                      .category = "unknown",
                                      .known = "",
                                      .risk = PORT_RISK_UNKNOWN,
                                      .source = ""};
    json_t *list = json_array();

    for (size_t i = 0; i < PROTOS; i++) {
        const struct port_info *info = ports_find(ports, port, protos[i]);

        if (proto == 0 ? i >= OF_PORTS : proto != protos[i])
            continue;
        if (info != NULL)
            (void)json_array_append_new(list, one_known(PROTO_TEXT(protos[i]), info));
        else if (proto != 0)
            (void)json_array_append_new(list, one_known(PROTO_TEXT(protos[i]), &nothing));
    }
    if (json_array_size(list) == 0)
        (void)json_array_append_new(list, one_known("any", &nothing));
    return list;
}

static int add_history(struct store *store, uint16_t port, uint8_t proto,
                       const struct store_scope *scope, json_t *object, struct nj_err *err)
{
    json_t *found = NULL;
    int rc = store_port(store, port, proto, scope, &found, err);

    if (rc == STORE_UNKNOWN) {
        (void)json_object_set_new(object, "first", json_null());
        (void)json_object_set_new(object, "last", json_null());
        (void)json_object_set_new(object, "sessions", json_integer(0));
        (void)json_object_set_new(object, "sources", json_integer(0));
        rc = 0;
    } else if (rc == 0) {
        rc = json_object_update(object, found) < 0
                 ? nj_fail(err, NJ_NOMEM, "no memory for the answer")
                 : 0;
    }
    json_decref(found);
    return rc;
}

int about_port(struct store *store, const struct ports *ports, uint16_t port, uint8_t proto,
               const struct store_scope *scope, json_t **ret, struct nj_err *err)
{
    json_t *object = json_object();

    (void)json_object_set_new(object, "port", json_integer(port));
    (void)json_object_set_new(object, "known", known(ports, port, proto));
    if (add_history(store, port, proto, scope, object, err) < 0) {
        json_decref(object);
        return -1;
    }
    *ret = object;
    return 0;
}
