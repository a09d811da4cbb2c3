/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint/option.h"

#include <string.h>

#include "base/cursor.h"

#define LAYOUT_WORDS 16u

/* Option kinds by number (IANA, TCP parameters): our word, and the length the kind must have;
 * 0: any. */
static const struct kind {
    uint8_t word, length;
} kinds[256] = {
    [2] = {OPTION_MSS, 4},    [3] = {OPTION_WS, 3},   [4] = {OPTION_SOK, 2},
    [5] = {OPTION_SACK, 0},   [8] = {OPTION_TS, 10},  [19] = {OPTION_MD5, 18},
    [30] = {OPTION_MPTCP, 0}, [34] = {OPTION_TFO, 0}, [253] = {OPTION_EXP, 0},
    [254] = {OPTION_EXP, 0},
};

enum { KIND_EOL = 0, KIND_NOP = 1 };

static void read_padding(struct nj_cursor *c, struct option_set *set)
{
    set->padding = (uint8_t)nj_cursor_left(c);
    while (nj_cursor_left(c) > 0)
        if (nj_u8(c) != 0)
            set->dirty_padding = true;
}

static void keep_value(struct option_set *set, unsigned word, struct nj_cursor body)
{
    switch (word) {
    case OPTION_MSS:
        set->mss = nj_be16(&body);
        set->has_mss = true;
        break;
    case OPTION_WS:
        set->scale = nj_u8(&body);
        set->has_scale = true;
        break;
    case OPTION_TS:
        set->ts_value = nj_be32(&body);
        set->ts_echo = nj_be32(&body);
        set->has_ts = true;
        break;
    default:
        break;
    }
}

/* Read one option with a length. @return its word */
static unsigned read_option(struct nj_cursor *c, const struct kind *kind,
                            struct option_set *set)
{
    unsigned length = nj_u8(c);
    struct nj_cursor body;

    if (c->bad || length < 2 || length - 2 > nj_cursor_left(c) ||
        (kind->length != 0 && length != kind->length))
        return OPTION_BAD;
    body = nj_sub(c, length - 2);
    if (kind->word == 0)
        return OPTION_OTHER;
    keep_value(set, kind->word, body);
    return kind->word;
}

static void read_layout(struct nj_cursor c, struct option_set *set)
{
    for (unsigned n = 0; nj_cursor_left(&c) > 0; n++) {
        unsigned kind = nj_u8(&c);
        uint64_t word;

        if (n == LAYOUT_WORDS - 1)
            word = OPTION_MORE;
        else if (kind == KIND_EOL)
            word = OPTION_EOL;
        else if (kind == KIND_NOP)
            word = OPTION_NOP;
        else
            word = read_option(&c, &kinds[kind], set);
        set->layout |= word << (4 * n);
        if (word == OPTION_EOL)
            read_padding(&c, set);
        if (word == OPTION_MORE || word == OPTION_BAD)
            return;
    }
}

void option_set_read(const struct packet *packet, struct option_set *ret_set)
{
    size_t length = packet->options_length;

    *ret_set = (struct option_set){.layout = LAYOUT_NONE};
    if (packet->no_seq) {
        if (packet->ip_length != (packet->ip_version == 6 ? 60u : 40u))
            ret_set->layout = LAYOUT_UNKNOWN;
        return;
    }
    if (packet->options_cut) {
        ret_set->layout = LAYOUT_UNKNOWN;
        return;
    }
    if (length > TCP_OPTIONS_MAX)
        length = TCP_OPTIONS_MAX;
    if (length > 0)
        read_layout(nj_cursor(packet->options, length), ret_set);
}
