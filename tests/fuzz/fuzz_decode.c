/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte picks the link type, the second how much of the frame is missing. */
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"
#include "decode/tunnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t links[] = {1,   0,   12,  101, 108, 113, 228, 229, 276,
                                     105, 127, 119, 163, 192, 258, 9,   50,  51,
                                     104, 107, 8,   100, 123, 135, 137, 178, 10,
                                     6,   129, 242, 117, 226, 239, 219, 284, 147};
    struct packet packet;
    struct frame frame;
    uint8_t *copy;

    if (size < 2)
        return 0;
    copy = malloc(size - 2); /* of its own, so that the sanitizer sees its end */
    if (copy == NULL)
        return 0;
    memcpy(copy, data + 2, size - 2);
    frame = (struct frame){.data = copy,
                           .captured = (uint32_t)size - 2,
                           .length = (uint32_t)size - 2 + data[1],
                           .link = links[data[0] % (sizeof(links) / sizeof(links[0]))]};
    if (decode(&frame, &packet) == DECODE_OK &&
        (tunnel_unwrap(data[0] >= 128 ? TUNNEL_ALL : 0, &packet), true) &&
        (packet.payload < copy || packet.payload_length > size - 2 ||
         packet.payload + packet.payload_length > copy + (size - 2) ||
         packet.options_length > TCP_OPTIONS_MAX || packet.ip_version == 0))
        abort();
    free(copy);
    return 0;
}
