/* SPDX-License-Identifier: Apache-2.0 */
/* Capture files to frames. Called by pipeline/. */
#ifndef NJ_CAPTURE_READER_H
#define NJ_CAPTURE_READER_H

#include <stdbool.h>

#include "base/stream.h"
#include "model/frame.h"

#define READER_END 1         /* no more frames */
#define READER_NOT_CAPTURE 2 /* the content is no capture: try the log formats */

struct reader;

struct reader_counts {
    uint64_t frames;
    uint64_t truncated;   /* the file ends inside a record or block; 0 or 1 */
    uint64_t malformed;   /* records that lie about themselves */
    uint64_t unsupported; /* pcapng: blocks of a type or sections of a version not known here */
};

/**
 * Recognise a capture by its content and get ready to read it.
 *
 * @param stream  borrowed; at its start; must outlive the reader
 * @return 0; READER_NOT_CAPTURE (nothing consumed); -1 NJ_FORMAT (a pcap file header that is
 *         cut or of another version), NJ_IO, NJ_NOMEM
 */
int reader_open(struct nj_stream *stream, struct reader **ret_reader, struct nj_err *err);
void reader_free(struct reader *reader);

/**
 * Read the next frames.
 *
 * @param frames    room for `max`; their bytes are borrowed until the next call
 * @param ret_count 1 to `max`
 * @return 0; READER_END when there are no more (a file that ends early or lies ends here too:
 *         reader_problem tells); -1 NJ_IO
 *
 * After each call the stream's offset stands behind the last frame returned. At READER_END it
 * stands behind the last record or block that was whole.
 *
 * Times lie between 1970 and TIME_MAX_NS (base/span.h); only pcapng can tell of others, and
 * such packets are malformed. A pcapng simple packet has no time of its own and gets that of
 * the packet before it.
 */
int reader_read(struct reader *reader, struct frame *frames, size_t max, size_t *ret_count,
                struct nj_err *err);

/** Read on to where an earlier reader of the same bytes stood after a call, without giving
 * frames. @return 0, also when the end comes before; -1 NJ_IO */
int reader_skip(struct reader *reader, uint64_t offset, struct nj_err *err);

/** The end was reached, but the file may have grown: the next read looks again. @return false
 * when that can't be: packed, damaged, or of another format than pcap */
bool reader_again(struct reader *reader);

/** Whether a format of captures has that name: "pcap", "pcapng", "snoop", "erf". */
bool reader_knows(const char *name);

/** The name of its format. */
const char *reader_format(const struct reader *reader);

/** The first thing that was wrong with the file, one line, or NULL. Complete after READER_END.
 * Borrowed from the reader. */
const char *reader_problem(const struct reader *reader);

const struct reader_counts *reader_counts(const struct reader *reader);

#endif
