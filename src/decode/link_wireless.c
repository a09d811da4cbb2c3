/* SPDX-License-Identifier: Apache-2.0 */
/* IEEE 802.11 data frames, plain or behind what receivers put before them: radiotap
 * (radiotap.org), Prism and AVS (tcpdump.org/linktypes.html). */
#include "decode/layers.h"

/* The frame control field, as a little-endian number. */
enum {
    FRAME_TYPE = 0x000c,
    FRAME_DATA = 0x0008,
    FRAME_EMPTY = 0x0040,
    FRAME_QOS = 0x0080,
    FRAME_TO_DS = 0x0100,
    FRAME_FROM_DS = 0x0200,
    FRAME_PROTECTED = 0x4000,
    FRAME_ORDER = 0x8000,
    QOS_AGGREGATE = 0x0080,
};

/* @param padded  the receiver filled the header up to a multiple of four */
static uint16_t data_frame(struct nj_cursor *c, bool padded)
{
    unsigned control = nj_le16(c), qos = 0;
    size_t length = 24;

    if (c->bad || (control & FRAME_TYPE) != FRAME_DATA ||
        (control & (FRAME_EMPTY | FRAME_PROTECTED)) != 0)
        return ETHERTYPE_NONE; /* management, control, nothing in it, or encrypted */
    (void)nj_take(c, 22);      /* duration, three addresses, sequence */
    if ((control & FRAME_TO_DS) != 0 && (control & FRAME_FROM_DS) != 0) {
        (void)nj_take(c, 6);
        length += 6;
    }
    if ((control & FRAME_QOS) != 0) {
        qos = nj_le16(c);
        length += 2;
        if ((control & FRAME_ORDER) != 0) {
            (void)nj_take(c, 4);
            length += 4;
        }
    }
    if (padded)
        (void)nj_take(c, -length & 3);
    if ((qos & QOS_AGGREGATE) != 0) /* of several frames the first is read */
        (void)nj_take(c, 14);
    return llc(c);
}

uint16_t ieee80211(struct nj_cursor *c)
{
    return data_frame(c, false);
}

/* version 1, padding 1, length 2, then words that say which fields follow (the highest bit: one
 * more word), then the fields: first the time, 8 bytes, aligned; then a byte of flags. */
uint16_t radiotap(struct nj_cursor *c)
{
    enum { TIME = 1, FLAGS = 2, PADDED = 0x20, WORDS_MAX = 16 };
    const uint32_t more = 1u << 31;
    const uint8_t *start = c->pos;
    struct nj_cursor head, fields;
    uint32_t present, word;
    size_t length;
    bool padded = false;

    (void)nj_take(c, 2);
    length = nj_le16(c);
    if (length < 8)
        return ETHERTYPE_NONE;
    head = nj_sub(c, length - 4);
    if (c->bad)
        return ETHERTYPE_NONE;
    fields = head;
    word = present = nj_le32(&fields);
    for (int i = 0; i < WORDS_MAX && (word & more) != 0; i++)
        word = nj_le32(&fields);
    if ((present & FLAGS) != 0) {
        if ((present & TIME) != 0)
            (void)nj_take(&fields, (-(size_t)(fields.pos - start) & 7) + 8);
        padded = (nj_u8(&fields) & PADDED) != 0;
    }
    return data_frame(c, padded);
}

/* A magic number, then the header's length. */
uint16_t avs(struct nj_cursor *c)
{
    uint32_t length;

    (void)nj_take(c, 4);
    length = nj_be32(c);
    if (length < 8)
        return ETHERTYPE_NONE;
    (void)nj_take(c, length - 8);
    return data_frame(c, false);
}

#define PRISM_HEADER 144

uint16_t prism(struct nj_cursor *c)
{
    struct nj_cursor ahead = *c;

    if (nj_be32(&ahead) >> 12 == 0x80211) /* some drivers put an AVS header here */
        return avs(c);
    (void)nj_take(c, PRISM_HEADER);
    return data_frame(c, false);
}
