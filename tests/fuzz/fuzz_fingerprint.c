/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes become packets of any fields, options and payload, which are classified and judged.
 * Fields: 20 bytes, then a length byte and options, then a length byte and payload. */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "classify/classify.h"
#include "fingerprint/fingerprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_packet(struct nj_cursor *c, struct packet *p)
{
    static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP, PROTO_ICMP, PROTO_ICMPV6, 47};
    unsigned bits = nj_u8(c);
    const uint8_t *bytes;

    *p = (struct packet){.proto = protos[nj_u8(c) % sizeof(protos)]};
    p->no_seq = (bits & 1) != 0;
    p->df = (bits & 2) != 0;
    p->row = (bits & 4) != 0;
    p->ip_version = (bits & 8) != 0 ? 6 : 4;
    p->src = (bits & 8) != 0 ? (struct addr){.hi = 0x20010db800000000, .lo = nj_u8(c)}
                             : addr_from_v4(0xc6336400 | nj_u8(c));
    p->dst = addr_from_v4(0xcb007100 | nj_u8(c));
    p->time_ns = (int64_t)nj_u8(c) << 38; /* steps of four and a half minutes */
    p->ttl = nj_u8(c);
    p->tcp_flags = nj_u8(c);
    p->sport = nj_be16(c);
    p->dport = nj_be16(c);
    p->ip_id = nj_be16(c);
    p->window = nj_be16(c);
    p->seq = nj_be32(c);
    p->options_length = nj_u8(c);
    bytes = nj_take(c, p->options_length % (TCP_OPTIONS_MAX + 1));
    if (bytes != NULL)
        memcpy(p->options, bytes, p->options_length % (TCP_OPTIONS_MAX + 1));
    p->payload_length = nj_u8(c);
    p->payload = nj_take(c, p->payload_length);
    if (p->payload == NULL)
        p->payload_length = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nj_cursor c = nj_cursor(data, size);
    struct nj_intern *names = nj_intern_new(500);
    struct classifier *classifier = classifier_new(names, NULL);
    struct fingerprint *fp = NULL;

    if (fingerprint_new(names, 16, NULL, NULL, &fp, NULL) < 0)
        abort();
    while (!c.bad && nj_cursor_left(&c) > 0) {
        struct packet packet;

        read_packet(&c, &packet);
        classify(classifier, &packet);
        fingerprint_prepare(fp, &packet);
        if (packet.rule == NJ_INTERN_NONE || fingerprint_add(fp, &packet, NULL) < 0)
            abort();
    }
    fingerprint_free(fp);
    classifier_free(classifier);
    nj_intern_free(names);
    return 0;
}
