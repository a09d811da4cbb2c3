/* SPDX-License-Identifier: Apache-2.0 */
#include "sample/pcap_out.h"

#include <endian.h>

#define MAGIC 0xa1b2c3d4u
#define SNAPLEN 262144u
#define LINKTYPE_RAW 101u

int sample_pcap_begin(FILE *out, struct nj_err *err)
{
    const uint32_t head[6] = {htole32(MAGIC),   htole32(4u << 16 | 2), 0, 0,
                              htole32(SNAPLEN), htole32(LINKTYPE_RAW)};

    return fwrite(head, sizeof(head), 1, out) == 1 ? 0 : nj_fail(err, NJ_IO, "write capture");
}

int sample_pcap_put(FILE *out, const struct sample *sample, struct nj_err *err)
{
    /* times before 1970 do not exist in this format */
    uint64_t us = sample->time_ns < 0 ? 0 : (uint64_t)sample->time_ns / 1000;
    uint32_t length = sample->length > sample->captured ? sample->length : sample->captured;
    const uint32_t head[4] = {htole32((uint32_t)(us / 1000000)),
                              htole32((uint32_t)(us % 1000000)), htole32(sample->captured),
                              htole32(length)};

    if (fwrite(head, sizeof(head), 1, out) != 1 ||
        fwrite(sample->bytes, sample->captured, 1, out) != 1)
        return nj_fail(err, NJ_IO, "write capture");
    return 0;
}
