/* SPDX-License-Identifier: Apache-2.0 */
/* The block-structured capture file (draft-ietf-opsawg-pcapng).
 *
 * A block: type (4), total length (4), body padded to 4 bytes, total length again (4).
 * A file is sections. Each starts with a section header block, which sets the byte order,
 * and has interfaces of its own, numbered from 0, each with its link type and clock unit.
 *
 * Blocks are read in batches, but a batch holds packet blocks only: everything else waits
 * until the frames before it are delivered. So the stream's position is always behind the
 * last frame that was handed out, and nothing is read twice. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/span.h"
#include "capture/format.h"

#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET_OLD 2u
#define BLOCK_PACKET_SIMPLE 3u
#define BLOCK_PACKET 6u

#define ORDER_MAGIC 0x1a2b3c4du

#define BLOCK_FRAME 12 /* type and both lengths */
#define SECTION_MIN 28
#define BLOCK_MAX (FRAME_BYTES_MAX + 65536u) /* a frame and its options */
#define INTERFACES_MAX 65536u                /* in one section; 40 bytes each */

#define OPTION_END 0
#define OPTION_TSRESOL 9
#define OPTION_TSOFFSET 14

/* ns = units * mul / div >> shift, + offset_s seconds */
struct interface {
    uint64_t mul, div;
    int64_t offset_s;
    uint32_t link;
    uint32_t snaplen;
    uint8_t shift;
    bool plain; /* only `mul` matters */
};

struct pcapng {
    bool swapped; /* big-endian section */
    struct interface *interfaces;
    size_t interface_count, interface_room;
    int64_t last_ns; /* time of the last packet that had one */
};

/* One block that stands complete in the buffer. */
struct block {
    uint32_t type;
    uint32_t total;
    struct nj_cursor body;
};

static uint16_t u16(const struct pcapng *ng, struct nj_cursor *c)
{
    return ng->swapped ? nj_be16(c) : nj_le16(c);
}

static uint32_t u32(const struct pcapng *ng, struct nj_cursor *c)
{
    return ng->swapped ? nj_be32(c) : nj_le32(c);
}

/* Blocks that hold no packets of ours and are no news: they are stepped over in silence. */
static bool is_side_block(uint32_t type)
{
    static const uint32_t known[] = {
        4,          /* name resolution */
        5,          /* interface statistics */
        0xa,        /* decryption secrets */
        0xbad,      /* custom, may be copied */
        0x40000bad, /* custom, may not */
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i] == type)
            return true;
    }
    return false;
}

/* ---- time ---- */

static uint64_t power_of_ten(unsigned n)
{
    uint64_t power = 1;

    while (n-- > 0)
        power *= 10;
    return power;
}

/* The option's byte: 10^-n, or with the high bit 2^-n seconds. */
static void set_resolution(struct interface *iface, uint8_t tsresol)
{
    unsigned n = tsresol & 0x7f;

    iface->mul = 1;
    iface->div = 1;
    iface->shift = 0;
    if (tsresol & 0x80) {
        iface->mul = 1000000000;
        iface->shift = (uint8_t)n;
    } else if (n <= 9) {
        iface->mul = power_of_ten(9 - n);
    } else if (n - 9 <= 19) {
        iface->div = power_of_ten(n - 9);
    } else {
        iface->mul = 0; /* 2^64 such units are less than one nanosecond */
    }
}

/* @return false when it is no time of a packet */
static bool to_ns(const struct interface *iface, uint64_t units, int64_t *ret_ns)
{
    __extension__ __int128 ns, offset;
    uint64_t product;

    if (iface->plain && !__builtin_mul_overflow(units, iface->mul, &product) &&
        product <= (uint64_t)TIME_MAX_NS) {
        *ret_ns = (int64_t)product;
        return true;
    }
    ns = units;
    ns = ns * iface->mul / iface->div >> iface->shift;
    offset = iface->offset_s;
    ns += offset * 1000000000;
    if (ns < 0 || ns > TIME_MAX_NS)
        return false;
    *ret_ns = (int64_t)ns;
    return true;
}

/* ---- section and interface ---- */

/* Start a section of the version that we know. @return false for another */
static bool take_section(struct pcapng *ng, struct nj_cursor body, uint16_t *ret_major)
{
    ng->swapped = nj_le32(&body) != ORDER_MAGIC;
    ng->interface_count = 0;
    *ret_major = u16(ng, &body);
    return *ret_major == 1;
}

/* Take the options that we know. @return false when they lie about their length */
static bool take_options(const struct pcapng *ng, struct nj_cursor *c, struct interface *iface)
{
    while (nj_cursor_left(c) >= 4) {
        uint16_t code = u16(ng, c);
        uint16_t length = u16(ng, c);
        const uint8_t *at = nj_take(c, length);
        struct nj_cursor value;

        if (code == OPTION_END)
            break;
        (void)nj_take(c, -(unsigned)length & 3);
        if (c->bad)
            return false;
        value = nj_cursor(at, length);
        if (code == OPTION_TSRESOL && length == 1)
            set_resolution(iface, nj_u8(&value));
        else if (code == OPTION_TSOFFSET && length == 8)
            iface->offset_s = (int64_t)(ng->swapped ? nj_be64(&value) : nj_le64(&value));
    }
    return true;
}

static int take_interface(struct reader *reader, struct nj_cursor body, struct nj_err *err)
{
    struct pcapng *ng = reader->state;
    struct interface iface = {.link = u16(ng, &body)};

    (void)nj_take(&body, 2);
    iface.snaplen = u32(ng, &body);
    set_resolution(&iface, 6);
    if (body.bad || !take_options(ng, &body, &iface)) {
        reader->counts.malformed++;
        reader_remember(reader, "interface %zu lies about its options", ng->interface_count);
    }
    iface.plain = iface.offset_s == 0 && iface.shift == 0 && iface.div == 1;
    if (ng->interface_count == INTERFACES_MAX) {
        reader->counts.unsupported++;
        reader_remember(reader, "more than %u interfaces", INTERFACES_MAX);
        return 0;
    }
    if (ng->interface_count == ng->interface_room) {
        size_t room = ng->interface_room == 0 ? 4 : 2 * ng->interface_room;
        struct interface *grown = realloc(ng->interfaces, room * sizeof(*grown));

        if (grown == NULL)
            return nj_fail(err, NJ_NOMEM, "pcapng interfaces");
        ng->interfaces = grown;
        ng->interface_room = room;
    }
    ng->interfaces[ng->interface_count++] = iface;
    return 0;
}

/* ---- packets ---- */

static bool is_packet(uint32_t type)
{
    return type == BLOCK_PACKET || type == BLOCK_PACKET_SIMPLE || type == BLOCK_PACKET_OLD;
}

/* Take a packet block's frame. @return false when the block or its time lies */
static bool take_packet(struct reader *reader, const struct block *block, struct frame *frame)
{
    struct pcapng *ng = reader->state;
    const struct interface *iface;
    struct nj_cursor c = block->body;
    uint32_t number = 0, captured;
    uint64_t units = 0;
    bool timed = block->type != BLOCK_PACKET_SIMPLE;

    if (block->type == BLOCK_PACKET) {
        number = u32(ng, &c);
    } else if (block->type == BLOCK_PACKET_OLD) {
        number = u16(ng, &c);
        (void)u16(ng, &c); /* drops */
    }
    if (number >= ng->interface_count)
        return false;
    iface = &ng->interfaces[number];
    if (timed) {
        units = (uint64_t)u32(ng, &c) << 32;
        units |= u32(ng, &c);
        captured = u32(ng, &c);
        frame->length = u32(ng, &c);
    } else {
        frame->length = u32(ng, &c);
        captured = frame->length;
        if (iface->snaplen != 0 && captured > iface->snaplen)
            captured = iface->snaplen;
    }
    frame->data = nj_take(&c, captured);
    if (frame->data == NULL)
        return false;
    frame->captured = captured;
    if (frame->length < captured)
        frame->length = captured;
    frame->link = iface->link;
    frame->time_ns = ng->last_ns;
    if (timed && !to_ns(iface, units, &frame->time_ns))
        return false;
    ng->last_ns = frame->time_ns;
    return true;
}

/* ---- blocks ---- */

enum outcome {
    BLOCK_OK,
    BLOCK_CUT,  /* *ret_want bytes are needed */
    BLOCK_LIES, /* about its length */
    BLOCK_HUGE, /* more than we hold at once, of a type that is only stepped over */
};

/* Look at the block that starts at c, and step over it on BLOCK_OK. */
static enum outcome next_block(struct pcapng *ng, struct nj_cursor *c, struct block *ret_block,
                               size_t *ret_want)
{
    struct nj_cursor head = *c, trailer = *c;

    ret_block->type = u32(ng, &head);
    ret_block->total = u32(ng, &head);
    if (!head.bad && ret_block->type == BLOCK_SECTION) {
        struct nj_cursor order = head;
        uint32_t magic = nj_le32(&order);

        if (order.bad) {
            *ret_want = BLOCK_FRAME;
            return BLOCK_CUT;
        }
        if (magic != ORDER_MAGIC && magic != __builtin_bswap32(ORDER_MAGIC))
            return BLOCK_LIES;
        if ((magic != ORDER_MAGIC) != ng->swapped)
            ret_block->total = __builtin_bswap32(ret_block->total);
        if (ret_block->total < SECTION_MIN)
            return BLOCK_LIES;
    }
    if (head.bad) {
        *ret_want = 8;
        return BLOCK_CUT;
    }
    if (ret_block->total < BLOCK_FRAME || ret_block->total % 4 != 0)
        return BLOCK_LIES;
    if (ret_block->total > BLOCK_MAX)
        return is_packet(ret_block->type) || ret_block->type == BLOCK_SECTION ||
                       ret_block->type == BLOCK_INTERFACE
                   ? BLOCK_LIES
                   : BLOCK_HUGE;
    if (ret_block->total - 8 > nj_cursor_left(&head)) {
        *ret_want = ret_block->total;
        return BLOCK_CUT;
    }
    ret_block->body = nj_sub(&head, ret_block->total - BLOCK_FRAME);
    (void)nj_take(&trailer, 4);
    if (memcmp(head.pos, trailer.pos, 4) != 0)
        return BLOCK_LIES;
    (void)nj_take(c, ret_block->total);
    return BLOCK_OK;
}

/* Step over a block that need not fit into memory. @return 0, READER_END, -1 */
static int skip_huge(struct reader *reader, uint32_t total, struct nj_err *err)
{
    const uint8_t *bytes;
    size_t length;

    while (total > 0) {
        if (reader_peek(reader, 1, &bytes, &length, err) < 0)
            return -1;
        if (length == 0)
            return reader_end(reader, 1);
        if (length > total)
            length = total;
        nj_stream_consume(reader->stream, length);
        total -= (uint32_t)length;
    }
    return 0;
}

/* Take a block that gives no frame; the stream stands at its start. @return 0, READER_END,
 * -1 */
static int take_other(struct reader *reader, const struct block *block, struct nj_err *err)
{
    struct pcapng *ng = reader->state;
    uint16_t major;

    if (block->type == BLOCK_SECTION) {
        if (!take_section(ng, block->body, &major)) {
            reader->ended = true;
            reader->counts.unsupported++;
            reader_remember(reader, "pcapng section of version %u, expected 1", major);
            return READER_END;
        }
    } else if (block->type == BLOCK_INTERFACE) {
        if (take_interface(reader, block->body, err) < 0)
            return -1;
    } else if (is_packet(block->type)) {
        reader->counts.malformed++;
        reader_remember(reader,
                        "a packet block of %" PRIu32 " bytes lies about itself, or is of"
                        " before 1970 or after " TIME_MAX_TEXT,
                        block->total);
    } else if (!is_side_block(block->type)) {
        reader->counts.unsupported++;
    }
    nj_stream_consume(reader->stream, block->total);
    return 0;
}

/* ---- the format ---- */

static void pcapng_free(void *state)
{
    struct pcapng *ng = state;

    free(ng->interfaces);
    free(ng);
}

/* Only recognises: the first section header is read like any other. */
static int pcapng_open(struct reader *reader, struct nj_err *err)
{
    const uint8_t *bytes;
    size_t length;
    struct nj_cursor c;
    uint32_t type, order;

    if (reader_peek(reader, BLOCK_FRAME, &bytes, &length, err) < 0)
        return -1;
    c = nj_cursor(bytes, length);
    type = nj_le32(&c);
    (void)nj_take(&c, 4);
    order = nj_le32(&c);
    if (type != BLOCK_SECTION ||
        (order != ORDER_MAGIC && order != __builtin_bswap32(ORDER_MAGIC)))
        return READER_NOT_CAPTURE;
    reader->state = calloc(1, sizeof(struct pcapng));
    return reader->state == NULL ? nj_fail(err, NJ_NOMEM, "pcapng reader") : 0;
}

static int pcapng_read(struct reader *reader, struct frame *frames, size_t max,
                       size_t *ret_count, struct nj_err *err)
{
    struct pcapng *ng = reader->state;
    size_t want = BLOCK_FRAME;

    for (;;) {
        enum outcome outcome = BLOCK_OK;
        const uint8_t *bytes, *behind;
        size_t length, asked = want, count = 0;
        struct block block = {.type = 0};
        struct nj_cursor c;
        int rc = 0;

        if (reader_peek(reader, asked, &bytes, &length, err) < 0)
            return -1;
        c = nj_cursor(bytes, length);
        behind = bytes;
        while (count < max) {
            outcome = next_block(ng, &c, &block, &want);
            if (outcome != BLOCK_OK || !is_packet(block.type) ||
                !take_packet(reader, &block, &frames[count]))
                break;
            behind = c.pos;
            count++;
        }
        if (count > 0) {
            nj_stream_consume(reader->stream, (size_t)(behind - bytes));
            *ret_count = count;
            return 0;
        }
        switch (outcome) {
        case BLOCK_OK:
            rc = take_other(reader, &block, err);
            want = BLOCK_FRAME;
            break;
        case BLOCK_CUT:
            if (length < asked)
                rc = reader_end(reader, length);
            break;
        case BLOCK_LIES:
            rc = reader_end_malformed(reader,
                                      "block of type 0x%" PRIx32 " lies about its length, "
                                      "%" PRIu32,
                                      block.type, block.total);
            break;
        case BLOCK_HUGE:
            reader->counts.unsupported++;
            rc = skip_huge(reader, block.total, err);
            want = BLOCK_FRAME;
            break;
        }
        if (rc != 0)
            return rc;
        if (reader_at_stop(reader))
            return READER_END;
    }
}

const struct reader_format pcapng_format = {
    .name = "pcapng",
    .open = pcapng_open,
    .read = pcapng_read,
    .free_state = pcapng_free,
};
