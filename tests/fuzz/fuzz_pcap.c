/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a file: unpacked, read as a capture, decoded. */
#include <stdlib.h>

#include "capture/reader.h"
#include "decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame frames[7];
    struct nj_stream *stream = NULL;
    struct reader *reader = NULL;
    struct nj_err err;
    struct packet packet;
    size_t count;
    uint64_t sum = 0, before = 0;

    if (nj_stream_open_bytes(data, size, &stream, &err) < 0)
        return 0;
    if (reader_open(stream, &reader, &err) == 0) {
        while (reader_read(reader, frames, 7, &count, &err) == 0) {
            if (count == 0 || nj_stream_offset(stream) <= before)
                abort();
            before = nj_stream_offset(stream);
            for (size_t i = 0; i < count; i++) {
                if (frames[i].time_ns < 0 || frames[i].captured > frames[i].length)
                    abort();
                for (uint32_t k = 0; k < frames[i].captured; k++)
                    sum += frames[i].data[k];
                (void)decode(&frames[i], &packet);
            }
        }
    }
    reader_free(reader);
    nj_stream_free(stream);
    return sum == UINT64_MAX; /* the bytes were really read */
}
