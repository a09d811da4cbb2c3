/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the format of a capture by its content, and keeps what all formats share. */
#include "capture/reader.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/format.h"

static const struct reader_format *const formats[] = {&pcap_format, &pcapng_format,
                                                      &snoop_format, &erf_format};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

int reader_open(struct nj_stream *stream, struct reader **ret_reader, struct nj_err *err)
{
    struct reader *reader = calloc(1, sizeof(*reader));
    int rc = READER_NOT_CAPTURE;

    if (reader == NULL)
        return nj_fail(err, NJ_NOMEM, "capture reader");
    reader->stream = stream;
    reader->stop = UINT64_MAX;
    for (size_t i = 0; i < FORMATS && rc == READER_NOT_CAPTURE; i++) {
        reader->format = formats[i];
        rc = formats[i]->open(reader, err);
    }
    if (rc != 0) {
        reader_free(reader);
        return rc;
    }
    *ret_reader = reader;
    return 0;
}

void reader_free(struct reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->state != NULL)
        reader->format->free_state(reader->state);
    free(reader);
}

int reader_read(struct reader *reader, struct frame *frames, size_t max, size_t *ret_count,
                struct nj_err *err)
{
    int rc;

    assert(max > 0);
    if (reader->ended)
        return READER_END;
    rc = reader->format->read(reader, frames, max, ret_count, err);
    if (rc == 0)
        reader->counts.frames += *ret_count;
    return rc;
}

int reader_skip(struct reader *reader, uint64_t offset, struct nj_err *err)
{
    struct frame frame;
    size_t count;
    int rc = 0;

    reader->stop = offset;
    while (rc == 0 && nj_stream_offset(reader->stream) < offset)
        rc = reader_read(reader, &frame, 1, &count, err);
    reader->stop = UINT64_MAX;
    return rc < 0 ? -1 : 0;
}

bool reader_at_stop(const struct reader *reader)
{
    return nj_stream_offset(reader->stream) >= reader->stop;
}

bool reader_again(struct reader *reader)
{
    if (reader->lies || reader->damaged || reader->format != &pcap_format ||
        !nj_stream_again(reader->stream))
        return false;
    if (reader->ended && reader->cut) { /* what was missing may have come */
        reader->counts.truncated--;
        reader->problem[0] = '\0';
    }
    reader->ended = reader->cut = false;
    return true;
}

bool reader_knows(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(name, formats[i]->name) == 0)
            return true;
    }
    return false;
}

const char *reader_format(const struct reader *reader)
{
    return reader->format->name;
}

const char *reader_problem(const struct reader *reader)
{
    return reader->problem[0] == '\0' ? NULL : reader->problem;
}

const struct reader_counts *reader_counts(const struct reader *reader)
{
    return &reader->counts;
}

int reader_peek(struct reader *reader, size_t want, const uint8_t **ret_bytes,
                size_t *ret_length, struct nj_err *err)
{
    struct nj_err why;

    if (nj_stream_peek(reader->stream, want, ret_bytes, ret_length, &why) == 0)
        return 0;
    if (why.code == NJ_FORMAT) {
        reader->damaged = true;
        reader_remember(reader, "%.160s", why.msg);
        return 0;
    }
    if (err != NULL)
        *err = why;
    return -1;
}

__attribute__((format(printf, 2, 0))) static void remember(struct reader *reader,
                                                           const char *format, va_list args)
{
    size_t used;

    if (reader->problem[0] != '\0')
        return;
    used = (size_t)snprintf(reader->problem, sizeof(reader->problem),
                            "frame %" PRIu64 ", at byte %" PRIu64 ": ",
                            reader->counts.frames + 1, nj_stream_offset(reader->stream));
    (void)vsnprintf(reader->problem + used, sizeof(reader->problem) - used, format, args);
}

void reader_remember(struct reader *reader, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    remember(reader, format, args);
    va_end(args);
}

int reader_end(struct reader *reader, size_t left)
{
    reader->ended = true;
    reader->cut = left > 0 && !reader->damaged && reader->problem[0] == '\0';
    if (left > 0 || reader->damaged) {
        reader->counts.truncated++;
        reader_remember(reader, "the file ends %zu bytes into a record", left);
    }
    return READER_END;
}

int reader_end_malformed(struct reader *reader, const char *format, ...)
{
    va_list args;

    reader->ended = reader->lies = true;
    reader->counts.malformed++;
    va_start(args, format);
    remember(reader, format, args);
    va_end(args);
    return READER_END;
}
