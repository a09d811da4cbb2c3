/* SPDX-License-Identifier: Apache-2.0 */
/* The classic capture file (draft-ietf-opsawg-pcap, libpcap's pcap-savefile(5)).
 *
 * File header, 24 bytes, in the writer's byte order:
 *
 *   0  4  magic a1b2c3d4 (microseconds), a1b23c4d (nanoseconds),
 *         a1b2cd34 (microseconds, "modified": longer record headers),
 *         a12b3c4d (nanoseconds, Navtel's)
 *   4  2  major version, 2            6  2  minor version, 4
 *   8  8  not used
 *  16  4  snaplen
 *  20  4  link type (low 16 bits); the rest says how long the frame check sequences are
 *
 * Record header, 16 bytes (modified: 24, the last 8 not needed), then the bytes:
 *
 *   0  4  seconds since 1970          4  4  micro- or nanoseconds
 *   8  4  captured bytes             12  4  bytes on the wire
 */
#include <stdlib.h>

#include "base/cursor.h"
#include "capture/records.h"

#define FILE_HEADER 24
#define RECORD_HEADER 16
#define RECORD_HEADER_MODIFIED 24
#define CAPTURED_MAX 262144u /* libpcap's MAXIMUM_SNAPLEN */

struct pcap {
    bool swapped;           /* big-endian numbers */
    bool modified;          /* record headers are of the longer kind */
    bool lengths_swapped;   /* before version 2.3: wire length first */
    bool lengths_uncertain; /* version 2.3: either order; the smaller one is "captured" */
    uint32_t unit_ns;       /* of the second time field */
    uint32_t units;         /* of it in a second */
    uint32_t captured_max;
    uint32_t link;
};

struct magic {
    uint32_t number;
    uint32_t unit_ns;
    bool modified;
};

static const struct magic magics[] = {
    {.number = 0xa1b2c3d4, .unit_ns = 1000, .modified = false},
    {.number = 0xa1b23c4d, .unit_ns = 1, .modified = false},
    {.number = 0xa1b2cd34, .unit_ns = 1000, .modified = true},
    {.number = 0xa12b3c4d, .unit_ns = 1, .modified = false},
};

static uint32_t u32(struct nj_cursor *c, bool swapped)
{
    return swapped ? nj_be32(c) : nj_le32(c);
}

static uint16_t u16(struct nj_cursor *c, bool swapped)
{
    return swapped ? nj_be16(c) : nj_le16(c);
}

static bool known_magic(uint32_t number, bool swapped, struct pcap *pcap)
{
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (magics[i].number == number) {
            pcap->swapped = swapped;
            pcap->unit_ns = magics[i].unit_ns;
            pcap->units = 1000000000 / magics[i].unit_ns;
            pcap->modified = magics[i].modified;
            return true;
        }
    }
    return false;
}

/* Read the header behind the magic. */
static int file_header(struct nj_cursor c, struct pcap *pcap, struct nj_err *err)
{
    uint16_t major = u16(&c, pcap->swapped);
    uint16_t minor = u16(&c, pcap->swapped);
    uint32_t snaplen;

    (void)nj_take(&c, 8);
    snaplen = u32(&c, pcap->swapped);
    pcap->link = u32(&c, pcap->swapped) & 0xffff;
    if (c.bad)
        return nj_fail_at(err, NJ_FORMAT, 0, "pcap: the file header is cut, needs %d bytes",
                          FILE_HEADER);
    if (!(major == 2 && minor <= 4) && !(major == 543 && minor == 0))
        return nj_fail_at(err, NJ_FORMAT, 4, "pcap: version %u.%u, expected 2.0 to 2.4", major,
                          minor);
    pcap->lengths_swapped = major == 543 || minor < 3;
    pcap->lengths_uncertain = major == 2 && minor == 3;
    pcap->captured_max = CAPTURED_MAX;
    if (snaplen > CAPTURED_MAX)
        pcap->captured_max = snaplen > FRAME_BYTES_MAX ? FRAME_BYTES_MAX : snaplen;
    return 0;
}

static int pcap_open(struct reader *reader, struct nj_err *err)
{
    struct pcap header = {.link = 0};
    const uint8_t *bytes;
    size_t length;
    struct nj_cursor c;
    uint32_t magic;

    if (reader_peek(reader, FILE_HEADER, &bytes, &length, err) < 0)
        return -1;
    c = nj_cursor(bytes, length < FILE_HEADER ? length : FILE_HEADER);
    magic = nj_le32(&c);
    if (!known_magic(magic, false, &header) &&
        !known_magic(__builtin_bswap32(magic), true, &header))
        return READER_NOT_CAPTURE;
    if (file_header(c, &header, err) < 0)
        return -1;
    nj_stream_consume(reader->stream, FILE_HEADER);
    reader->state = malloc(sizeof(header));
    if (reader->state == NULL)
        return nj_fail(err, NJ_NOMEM, "pcap reader");
    *(struct pcap *)reader->state = header;
    return 0;
}

static enum record next_record(struct reader *reader, struct nj_cursor *c, struct frame *frame,
                               size_t *ret_want)
{
    const struct pcap *pcap = reader->state;
    size_t header = pcap->modified ? RECORD_HEADER_MODIFIED : RECORD_HEADER;
    uint32_t seconds = u32(c, pcap->swapped);
    uint32_t fraction = u32(c, pcap->swapped);
    uint32_t captured = u32(c, pcap->swapped);
    uint32_t length = u32(c, pcap->swapped);

    (void)nj_take(c, header - RECORD_HEADER);
    if (c->bad) {
        *ret_want = header;
        return RECORD_CUT;
    }
    if (pcap->lengths_swapped || (pcap->lengths_uncertain && captured > length)) {
        uint32_t first = captured;

        captured = length;
        length = first;
    }
    if (captured > pcap->captured_max) {
        *ret_want = captured;
        return RECORD_LIES;
    }
    frame->data = nj_take(c, captured);
    if (frame->data == NULL) {
        *ret_want = header + captured;
        return RECORD_CUT;
    }
    if (fraction >= pcap->units) {
        reader->counts.malformed++;
        fraction = pcap->units - 1;
    }
    frame->time_ns = (int64_t)seconds * 1000000000 + (int64_t)fraction * pcap->unit_ns;
    frame->captured = captured;
    frame->length = length > captured ? length : captured;
    frame->link = pcap->link;
    return RECORD_OK;
}

static int pcap_read(struct reader *reader, struct frame *frames, size_t max, size_t *ret_count,
                     struct nj_err *err)
{
    const struct pcap *pcap = reader->state;
    size_t claim = 0;
    int rc =
        reader_records(reader, RECORD_HEADER, next_record, frames, max, ret_count, &claim, err);

    return rc == READER_LIES ? reader_end_malformed(reader, "%zu bytes captured, limit %u",
                                                    claim, pcap->captured_max)
                             : rc;
}

const struct reader_format pcap_format = {
    .name = "pcap",
    .open = pcap_open,
    .read = pcap_read,
    .free_state = free,
};
