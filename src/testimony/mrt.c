/* SPDX-License-Identifier: Apache-2.0 */
#include "testimony/mrt.h"

#include "base/cursor.h"

#define HEADER 12u
#define STEP 65536u

/* Step over `length` bytes. @return 0; 1: there are not so many; -1 */
static int step_over(struct nj_stream *stream, uint64_t length, struct nj_err *err)
{
    while (length > 0) {
        const uint8_t *bytes;
        size_t have;

        if (nj_stream_peek(stream, length < STEP ? (size_t)length : STEP, &bytes, &have, err) <
                0 &&
            err->code != NJ_FORMAT)
            return -1;
        if (have == 0)
            return 1;
        if (have > length)
            have = (size_t)length;
        nj_stream_consume(stream, have);
        length -= have;
    }
    return 0;
}

int mrt_walk(struct nj_stream *stream, struct mrt_file *ret, struct nj_err *err)
{
    struct mrt_file file = {.records = 0};

    for (;;) {
        const uint8_t *bytes;
        struct nj_cursor c;
        uint32_t length;
        size_t have;
        int rc = nj_stream_peek(stream, HEADER, &bytes, &have, err);

        if (rc < 0 && err->code != NJ_FORMAT)
            return -1;
        if (have < HEADER) {
            file.cut = rc < 0 || have > 0;
            break;
        }
        c = nj_cursor(bytes, HEADER);
        (void)nj_take(&c, 8);
        length = nj_be32(&c);
        if (length > MRT_RECORD_MAX) {
            file.strange = true;
            break;
        }
        rc = step_over(stream, (uint64_t)HEADER + length, err);
        if (rc < 0)
            return -1;
        if (rc > 0) {
            file.cut = true;
            break;
        }
        file.records++;
        file.bytes += HEADER + length;
    }
    *ret = file;
    return 0;
}
