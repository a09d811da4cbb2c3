/* SPDX-License-Identifier: Apache-2.0 */
/* The layers in their order. */
#include "decode/decode.h"

#include "decode/layers.h"

/* In pieces that compilers turn into plain vector stores: as one memset gcc makes it a "rep
 * stos", which costs as much as all of the Ethernet, IPv4 and TCP headers. */
static void clear(struct packet *packet)
{
    uint8_t *bytes = (uint8_t *)packet;
    size_t i;

    for (i = 0; i + 64 <= sizeof(*packet); i += 64)
        memset(bytes + i, 0, 64);
    memset(bytes + i, 0, sizeof(*packet) % 64);
}

enum decode_result decode(const struct frame *frame, struct packet *ret_packet)
{
    struct nj_cursor c = nj_cursor(frame->data, frame->captured);
    bool cut = frame->captured < frame->length;
    uint16_t ethertype;
    enum decode_result result;

    clear(ret_packet);
    ret_packet->time_ns = frame->time_ns;
    result = link_decode(frame, &c, &ethertype);
    if (result == DECODE_OK) {
        uint32_t wire = frame->length - (uint32_t)(c.pos - frame->data);

        result = ip_decode(&c, ethertype, wire, &cut, ret_packet);
    }
    return result == DECODE_OK ? transport_decode(&c, cut, ret_packet) : result;
}
