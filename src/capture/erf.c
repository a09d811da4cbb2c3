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
 * number a file is taken for ERF if its first records are plausible one behind the other.
 */
#include "base/cursor.h"
#include "capture/format.h"

#define RECORD_HEADER 16
#define EXTENSIONS_MAX 16
#define PLAUSIBLE_RECORDS 4      /* a record pins some 20 bits */
#define SECONDS_FIRST 631152000u /* 1990 */
#define SECONDS_LAST 4102444800u /* 2100 */

enum {
    TYPE_ETHERNET = 2,
    TYPE_META = 27,
    TYPE_PAD = 48,
};

/* What stands behind the record's headers, by type; `skip` bytes come before it. */
struct content {
    uint32_t link;
    uint8_t type, skip;
};

static const struct content contents[] = {
    {.type = 1, .link = 50},             /* HDLC */
    {.type = 2, .link = 1, .skip = 2},   /* Ethernet */
    {.type = 4, .link = 100, .skip = 4}, /* AAL5 behind an ATM header */
    {.type = 5, .link = 50, .skip = 4},  /* HDLC of several channels */
    {.type = 9, .link = 100, .skip = 8}, /* AAL5 of several channels */
    {.type = 10, .link = 50},            /* HDLC with a colour instead of losses */
    {.type = 11, .link = 1, .skip = 2},  /* Ethernet with a colour */
    {.type = 15, .link = 50, .skip = 4}, /* HDLC of several channels with a colour */
    {.type = 16, .link = 1, .skip = 2},  /* Ethernet, classified */
    {.type = 17, .link = 50, .skip = 4}, /* HDLC of several channels, classified */
    {.type = 20, .link = 1, .skip = 2},  /* Ethernet with colour and hash */
    {.type = 22, .link = 228},           /* IPv4 */
    {.type = 23, .link = 229},           /* IPv6 */
    {.type = 3, .link = UINT32_MAX},     /* ATM cells: nothing in them is whole */
    {.type = 6, .link = UINT32_MAX},     /* and of channels */
    {.type = 7, .link = UINT32_MAX},
    {.type = 8, .link = UINT32_MAX},
    {.type = 12, .link = UINT32_MAX},
    {.type = 18, .link = 100, .skip = 4}, /* AAL2 and later AAL5 kinds */
    {.type = 21, .link = UINT32_MAX},     /* Infiniband */
    {.type = 24, .link = UINT32_MAX},
    {.type = 25, .link = UINT32_MAX},
};

static const struct content *content_of(unsigned type)
{
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
        if (contents[i].type == type)
            return &contents[i];
    return NULL;
}

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
    const struct content *content = content_of(head->type & 0x7f);

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
    const struct content *content;
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
    for (int i = 0; i < EXTENSIONS_MAX && (type & 0x80) != 0; i++) {
        type = nj_u8(&body);
        (void)nj_take(&body, 7);
    }
    content = content_of(head.type & 0x7f);
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
    return reader_records(reader, RECORD_HEADER, next_record, frames, max, ret_count, err);
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
