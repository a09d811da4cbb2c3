/* SPDX-License-Identifier: Apache-2.0 */
/* The layers in their order. */
#include "decode/decode.h"

#include "decode/layers.h"

enum decode_result decode(const struct frame *frame, struct packet *ret_packet)
{
    struct nj_cursor c = nj_cursor(frame->data, frame->captured);
    bool cut = frame->captured < frame->length;
    uint16_t ethertype;
    enum decode_result result;

    memset(ret_packet, 0, sizeof(*ret_packet));
    ret_packet->time_ns = frame->time_ns;
    result = link_decode(frame, &c, &ethertype);
    if (result == DECODE_OK) {
        uint32_t wire = frame->length - (uint32_t)(c.pos - frame->data);

        result = ip_decode(&c, ethertype, wire, &cut, ret_packet);
    }
    return result == DECODE_OK ? transport_decode(&c, cut, ret_packet) : result;
}
