/* SPDX-License-Identifier: Apache-2.0 */
/* What the capture formats share. Private to capture/: reader.c and one file per format. */
#ifndef NJ_CAPTURE_FORMAT_H
#define NJ_CAPTURE_FORMAT_H

#include <stdbool.h>

#include "base/cursor.h"
#include "capture/reader.h"

/* Bytes of one frame, and of a block that is looked into. libpcap takes 262144 for all link
 * types that are decoded here; files whose header promises longer frames are believed up to
 * this, which bounds the stream's buffer. */
#define FRAME_BYTES_MAX (16u << 20)

struct reader;

struct reader_format {
    const char *name;
    /** Recognise and read the file's header. @return 0, READER_NOT_CAPTURE, -1. Sets
     * reader->state only on 0. */
    int (*open)(struct reader *reader, struct nj_err *err);
    /** As reader_read. */
    int (*read)(struct reader *reader, struct frame *frames, size_t max, size_t *ret_count,
                struct nj_err *err);
    /** Free a state that `open` has set. */
    void (*free_state)(void *state);
};

extern const struct reader_format pcap_format, pcapng_format, snoop_format, erf_format;

struct reader {
    struct nj_stream *stream;
    const struct reader_format *format;
    void *state;
    struct reader_counts counts;
    uint64_t stop; /* reader_skip: what stands behind this offset is not for now */
    bool ended;
    bool cut;          /* it ended inside a record, which may grow */
    bool lies;         /* it ended where nothing behind can be found */
    bool damaged;      /* the stream ended in damaged compression */
    char problem[256]; /* empty: none */
};

/**
 * Bytes from the present position on; fewer than `want` only at the end of the input.
 *
 * Damaged compression is such an end: it becomes the reader's problem. @return 0; -1 NJ_IO,
 * NJ_NOMEM
 */
int reader_peek(struct reader *reader, size_t want, const uint8_t **ret_bytes,
                size_t *ret_length, struct nj_err *err);

/** Whether reader_skip wants nothing behind these bytes: what gave no frame may be the
 * last. */
bool reader_at_stop(const struct reader *reader);

/** The file's end was reached with `left` bytes of a record that misses some. 0: a good end.
 * @return READER_END */
int reader_end(struct reader *reader, size_t left);

/** The record at the present position lies; nothing behind it can be found. @return
 * READER_END */
int reader_end_malformed(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Remember what is wrong at the present position, unless something was wrong before. */
void reader_remember(struct reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
