/* SPDX-License-Identifier: Apache-2.0 */
/* Packets one after the other, each behind its length: what goes in comes out without harm and
 * can be read. The first byte: strict or not, with a sensor's name or not. */
#include <stdlib.h>
#include <string.h>

#include "sample/sanitize.h"
#include "sample/shape.h"

#define PACKETS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct addr destination(const uint8_t *ip)
{
    if (ip[0] >> 4 == 6)
        return addr_from_bytes(ip + 24);
    return addr_from_v4((uint32_t)ip[16] << 24 | (uint32_t)ip[17] << 16 |
                        (uint32_t)ip[18] << 8 | ip[19]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct nj_intern *names;
    static uint8_t bytes[PACKETS][SAMPLE_BYTES_MAX];
    struct sample samples[PACKETS];
    const struct sensor sensor = {.name = "h-01.net"};
    struct sanitize_options options = {.strict = size > 0 && (data[0] & 1) != 0,
                                       .sensors = &sensor,
                                       .sensor_count = size > 0 && (data[0] & 2) != 0};
    size_t count = 0, at = 1;
    struct shape shape;
    struct nj_err err;

    if (names == NULL && (names = nj_intern_new(16)) == NULL)
        return 0;
    options.names = names;
    while (count < PACKETS && size > at + 2) {
        size_t length = (size_t)data[at] * 2 + data[at + 1] % 2;

        at += 2;
        if (length > size - at)
            length = size - at;
        if (length > 0 && shape_read(data + at, length, &shape)) {
            memcpy(bytes[count], data + at, length);
            samples[count] = (struct sample){.time_ns = (int64_t)count * 1000000000,
                                             .dst = destination(data + at),
                                             .length = (uint32_t)length,
                                             .captured = (uint16_t)length,
                                             .bytes = bytes[count]};
            count++;
        }
        at += length;
    }
    if (sanitize(samples, bytes, count, &options, &err) < 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (samples[i].captured > SAMPLE_BYTES_MAX ||
            !shape_read(samples[i].bytes, samples[i].captured, &shape))
            abort();
    return 0;
}
