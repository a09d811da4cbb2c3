/* SPDX-License-Identifier: Apache-2.0 */
/* The extensible record format of Endace's cards (their "ERF types reference guide"). There is
 * no file header; a record, numbers big-endian but for the time:
 *
 *   0  8  time: 2^-32 seconds since 1970, little-endian
 *   8  1  type; the highest bit says that headers of eight bytes follow, each with the same bit
 *   9  1  flags          10  2  length of the record     12  2  losses
 *  14  2  length on the wire
 *
 * then the extension headers, for Ethernet two bytes more, and the bytes. Without a magic
 * number a file is taken for ERF if its first records are plausible one behind the other. */
#include "model/erf.h"
#include "base/cursor.h"
#include "capture/records.h"

#define RECORD_HEADER 16
#define PLAUSIBLE_RECORDS 4      /* a record pins some 20 bits */
#define SECONDS_FIRST 631152000u /* 1990 */
#define SECONDS_LAST 4102444800u /* 2100 */

enum {
    TYPE_META = 27,
    TYPE_PAD = 48,
};

struct head {
    uint64_t time;
    unsigned type;
    uint32_t total, wire;
};

static struct head take_head(struct nj_cursor *c)
{
    struct head head = {.time = nj_le64(c)};

    head.type = nj_u8(c);
    (void)nj_u8(c);
    head.total = nj_be16(c);
    (void)nj_be16(c);
    head.wire = nj_be16(c);
    return head;
}

static bool plausible(const struct head *head)
{
    uint64_t seconds = head->time >> 32;
    const struct erf_content *content = erf_content_of(head->type & 0x7f);

    return content != NULL && head->total > RECORD_HEADER && seconds >= SECONDS_FIRST &&
           seconds < SECONDS_LAST && head->wire > 0 &&
           head->total <= RECORD_HEADER + 64u + content->skip + head->wire;
}

static int erf_open(struct reader *reader, struct nj_err *err)
{
    size_t want = RECORD_HEADER, length;
    const uint8_t *bytes;
    struct nj_cursor c;

    if (reader_peek(reader, want, &bytes, &length, err) < 0)
        return -1;
    for (int i = 0; i < PLAUSIBLE_RECORDS; i++) {
        struct head head;

        c = nj_cursor(bytes, length);
        (void)nj_take(&c, want - RECORD_HEADER);
        head = take_head(&c);
        if (c.bad && i > 0 && length < want) /* the file ends before */
            break;
        if (c.bad || !plausible(&head))
            return READER_NOT_CAPTURE;
        want += head.total;
        if (reader_peek(reader, want, &bytes, &length, err) < 0)
            return -1;
    }
    return length == 0 ? READER_NOT_CAPTURE : 0;
}

static enum record next_record(struct reader *reader, struct nj_cursor *c, struct frame *frame,
                               size_t *ret_want)
{
    const struct erf_content *content;
    struct head head = take_head(c);
    struct nj_cursor body;
    unsigned type = head.type;
    uint64_t fraction = (head.time & UINT32_MAX) * 1000000000;

    *ret_want = RECORD_HEADER;
    if (c->bad)
        return RECORD_CUT;
    *ret_want = head.total;
    if (head.total < RECORD_HEADER)
        return RECORD_LIES;
    body = nj_sub(c, head.total - RECORD_HEADER);
    if (body.bad)
        return RECORD_CUT;
    for (int i = 0; i < ERF_EXTENSIONS_MAX && (type & 0x80) != 0; i++) {
        type = nj_u8(&body);
        (void)nj_take(&body, 7);
    }
    content = erf_content_of(head.type & 0x7f);
    if (content != NULL)
        (void)nj_take(&body, content->skip);
    if (body.bad) {
        reader->counts.malformed++;
        reader_remember(reader, "a record of %u bytes has no room for its headers",
                        (unsigned)head.total);
    }
    frame->time_ns = (int64_t)(head.time >> 32) * 1000000000 + (int64_t)(fraction >> 32);
    frame->data = body.pos;
    frame->captured = (uint32_t)nj_cursor_left(&body);
    if (frame->captured > head.wire) /* padding */
        frame->captured = head.wire;
    frame->length = head.wire;
    frame->link = content == NULL ? UINT32_MAX : content->link;
    return (head.type & 0x7f) == TYPE_PAD || (head.type & 0x7f) == TYPE_META ? RECORD_NONE
                                                                             : RECORD_OK;
}

static int erf_read(struct reader *reader, struct frame *frames, size_t max, size_t *ret_count,
                    struct nj_err *err)
{
    size_t claim = 0;
    int rc =
        reader_records(reader, RECORD_HEADER, next_record, frames, max, ret_count, &claim, err);

    return rc == READER_LIES ? reader_end_malformed(reader, "a record claims %zu bytes", claim)
                             : rc;
}

static void nothing(void *state)
{
    (void)state;
}

const struct reader_format erf_format = {
    .name = "erf",
    .open = erf_open,
    .read = erf_read,
    .free_state = nothing,
};
