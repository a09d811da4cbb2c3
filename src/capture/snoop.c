/* SPDX-License-Identifier: Apache-2.0 */
/* Solaris' capture file (RFC 1761). Numbers are big-endian.
 *
 *   0  8  "snoop", three zeros     8  4  version, 2     12  4  data link
 *
 * then records: length on the wire, captured length, length of the record with its padding,
 * drops so far, seconds, microseconds (4 bytes each), and the bytes. */
#include <stdlib.h>

#include "base/cursor.h"
#include "capture/records.h"

#define FILE_HEADER 16
#define RECORD_HEADER 24

struct snoop {
    uint32_t link;
};

/* RFC 1761, and Solaris' later numbers. What has none is given one that nobody reads. */
static uint32_t link_of(uint32_t datalink)
{
    switch (datalink) {
    case 0: /* IEEE 802.3 */
    case 4: /* Ethernet */
        return 1;
    case 2: /* token ring */
        return 6;
    case 8:
        return 10; /* FDDI */
    case 26:
        return 226; /* IPNET */
    default:
        return UINT32_MAX;
    }
}

static int snoop_open(struct reader *reader, struct nj_err *err)
{
    const uint8_t *bytes;
    size_t length;
    struct nj_cursor c;
    struct snoop *snoop;
    uint32_t version;

    if (reader_peek(reader, FILE_HEADER, &bytes, &length, err) < 0)
        return -1;
    if (length < FILE_HEADER || memcmp(bytes, "snoop\0\0\0", 8) != 0)
        return READER_NOT_CAPTURE;
    c = nj_cursor(bytes + 8, 8);
    version = nj_be32(&c);
    if (version != 2)
        return nj_fail_at(err, NJ_FORMAT, 8, "snoop: version %u, expected 2", version);
    snoop = malloc(sizeof(*snoop));
    if (snoop == NULL)
        return nj_fail(err, NJ_NOMEM, "snoop reader");
    snoop->link = link_of(nj_be32(&c));
    reader->state = snoop;
    nj_stream_consume(reader->stream, FILE_HEADER);
    return 0;
}

static enum record next_record(struct reader *reader, struct nj_cursor *c, struct frame *frame,
                               size_t *ret_want)
{
    const struct snoop *snoop = reader->state;
    uint32_t length = nj_be32(c);
    uint32_t captured = nj_be32(c);
    uint32_t total = nj_be32(c);
    uint32_t seconds, micros;
    struct nj_cursor body;

    (void)nj_be32(c); /* drops */
    seconds = nj_be32(c);
    micros = nj_be32(c);
    *ret_want = RECORD_HEADER;
    if (c->bad)
        return RECORD_CUT;
    *ret_want = total;
    if (total < RECORD_HEADER || total - RECORD_HEADER < captured || total > FRAME_BYTES_MAX)
        return RECORD_LIES;
    body = nj_sub(c, total - RECORD_HEADER);
    if (body.bad)
        return RECORD_CUT;
    if (micros >= 1000000) {
        reader->counts.malformed++;
        micros = 999999;
    }
    frame->time_ns = (int64_t)seconds * 1000000000 + (int64_t)micros * 1000;
    frame->data = body.pos;
    frame->captured = captured;
    frame->length = length > captured ? length : captured;
    frame->link = snoop->link;
    return RECORD_OK;
}

static int snoop_read(struct reader *reader, struct frame *frames, size_t max,
                      size_t *ret_count, struct nj_err *err)
{
    size_t claim = 0;
    int rc =
        reader_records(reader, RECORD_HEADER, next_record, frames, max, ret_count, &claim, err);

    return rc == READER_LIES ? reader_end_malformed(reader, "a record claims %zu bytes", claim)
                             : rc;
}

const struct reader_format snoop_format = {
    .name = "snoop",
    .open = snoop_open,
    .read = snoop_read,
    .free_state = free,
};
