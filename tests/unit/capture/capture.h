/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what a test has built as a capture. Included by the tests of capture/. */
#ifndef NJ_TESTS_CAPTURE_H
#define NJ_TESTS_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/reader.h"
#include "support/build_packet.h"

struct capture {
    struct nj_stream *stream;
    struct reader *reader;
};

static inline int capture_open(struct capture *c, const void *bytes, size_t length,
                               struct nj_err *err)
{
    int rc;

    *c = (struct capture){.stream = NULL};
    rc = nj_stream_open_bytes(bytes, length, &c->stream, err);
    return rc < 0 ? rc : reader_open(c->stream, &c->reader, err);
}

static inline void capture_close(struct capture *c)
{
    reader_free(c->reader);
    nj_stream_free(c->stream);
}

/* Open, and read to the end in batches of two. @return number of frames, the first `max` of
 * which are kept without their bytes */
static inline size_t capture_read_all(struct capture *c, const struct build *file,
                                      struct frame *kept, size_t max)
{
    struct frame frames[2];
    size_t got, count = 0;
    int rc;

    assert_int_equal(capture_open(c, file->bytes, file->length, NULL), 0);
    while ((rc = reader_read(c->reader, frames, 2, &got, NULL)) == 0) {
        assert_in_range(got, 1, 2);
        for (size_t i = 0; i < got; i++, count++) {
            if (count < max) {
                kept[count] = frames[i];
                kept[count].data = NULL;
            }
        }
    }
    assert_int_equal(rc, READER_END);
    assert_int_equal(reader_counts(c->reader)->frames, count);
    assert_int_equal(reader_read(c->reader, frames, 2, &got, NULL), READER_END);
    return count;
}

#endif
