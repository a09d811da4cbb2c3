/* SPDX-License-Identifier: Apache-2.0 */
/* Formats that are record behind record: pcap, snoop, ERF. Inline, so that each format's own
 * function is called directly: that is 2 of 20 ns a packet. */
#ifndef NJ_CAPTURE_RECORDS_H
#define NJ_CAPTURE_RECORDS_H

#include "capture/format.h"

#define READER_LIES 3 /* of reader_records alone, beside the outcomes of reader_read */

enum record {
    RECORD_OK,
    RECORD_NONE, /* stepped over: it holds no frame */
    RECORD_CUT,
    RECORD_LIES,
};

/**
 * Take one record from the cursor.
 *
 * @param ret_want  RECORD_CUT: bytes that it needs, as far as is known; RECORD_LIES: the length
 *                  that it claims
 */
typedef enum record (*record_fn)(struct reader *reader, struct nj_cursor *c,
                                 struct frame *frame, size_t *ret_want);

/**
 * As reader_read, for a format that is record behind record.
 *
 * @param want       bytes of a record's header
 * @param ret_claim  READER_LIES: the length that the record claims
 * @return as reader_read; READER_LIES: reader_end_malformed is the caller's, who knows why
 */
static inline int reader_records(struct reader *reader, size_t want, record_fn next,
                                 struct frame *frames, size_t max, size_t *ret_count,
                                 size_t *ret_claim, struct nj_err *err)
{
    for (;;) {
        enum record record = RECORD_OK;
        const uint8_t *bytes, *behind;
        size_t length, asked = want, count = 0;
        uint64_t to_stop = reader->stop - nj_stream_offset(reader->stream);
        struct nj_cursor c;

        if (reader_at_stop(reader))
            return READER_END;
        if (reader_peek(reader, asked, &bytes, &length, err) < 0)
            return -1;
        c = nj_cursor(bytes, length);
        behind = bytes;
        while (count < max && (uint64_t)(behind - bytes) < to_stop) {
            record = next(reader, &c, &frames[count], &want);
            if (record != RECORD_OK && record != RECORD_NONE)
                break;
            behind = c.pos;
            count += record == RECORD_OK;
        }
        nj_stream_consume(reader->stream, (size_t)(behind - bytes));
        if (count > 0) {
            *ret_count = count;
            return 0;
        }
        if (record == RECORD_LIES) {
            *ret_claim = want;
            return READER_LIES;
        }
        if (behind == bytes && length < asked)
            return reader_end(reader, length);
    }
}

#endif
