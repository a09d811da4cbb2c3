/* SPDX-License-Identifier: Apache-2.0 */
/* A saved state of any bytes: refused, or loaded and fit to go on and be saved. */
#include <stdlib.h>
#include <string.h>

#include "classify/trw.h"
#include "saved_input.h"
#include "trait_ends.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void go_on(struct trw *trw)
{
    static const uint8_t login[] = "PASS x\r\n", yes[] = "230 \r\n";
    static const uint8_t flags[] = {TCP_SYN, TCP_SYN | TCP_ACK, TCP_ACK, TCP_PSH | TCP_ACK,
                                    TCP_PSH | TCP_ACK};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    for (uint32_t i = 0; i < 100; i++) {
        struct addr own = addr_from_v4(0xcb007100 | i / 10), other = addr_from_v4(0xc6336401);
        bool reply = i % 5 == 1 || i % 5 == 4;
        struct packet packet = {.time_ns = (int64_t)i << 29,
                                .src = reply ? own : other,
                                .dst = reply ? other : own,
                                .sport = reply ? 21 : 4000,
                                .dport = reply ? 4000 : 21,
                                .proto = PROTO_TCP,
                                .direction = reply ? DIRECTION_OUT : DIRECTION_IN,
                                .sensor = 1,
                                .tcp_flags = flags[i % 5]};

        if (i % 5 >= 3) {
            packet.payload = reply ? yes : login;
            packet.payload_length = reply ? sizeof(yes) - 1 : sizeof(login) - 1;
            packet.class = CLASS_CREDENTIAL;
        }
        if (trw_add(trw, &packet, reply ? SENSOR_LIT : SENSOR_ELSEWHERE,
                    reply ? SENSOR_ELSEWHERE : SENSOR_LIT, NULL) < 0)
            abort();
    }
    if (out == NULL || trw_save(trw, out, NULL) < 0)
        abort();
    (void)fclose(out);
    saved_input_keep(text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trw *trw = NULL;
    struct saved_input input = saved_input_open(data, size, NULL);

    if (trw_new(64, trait_ends, NULL, &trw, NULL) < 0)
        abort();
    if (input.in != NULL && trw_load(trw, input.in, NULL) == 0)
        saved_input_loads++;
    go_on(trw);
    trw_free(trw);
    saved_input_close(&input);
    return 0;
}
