/* SPDX-License-Identifier: Apache-2.0 */
/* The TCP options of a SYN: their order as one number, and their values (RFC 9293 3.1). */
#ifndef NJ_FINGERPRINT_OPTION_H
#define NJ_FINGERPRINT_OPTION_H

#include "model/packet.h"

/* The words of a layout. Four bits each: the first option stands in the lowest four, so that a
 * layout is a number and LAYOUT_... below can be compared with ==. */
enum option {
    OPTION_END, /* no more options; never stored */
    OPTION_EOL,
    OPTION_NOP,
    OPTION_MSS,
    OPTION_WS,
    OPTION_SOK,
    OPTION_SACK,
    OPTION_TS,
    OPTION_TFO,
    OPTION_MPTCP,
    OPTION_MD5,
    OPTION_EXP,     /* 253, 254: experiments */
    OPTION_OTHER,   /* any other kind */
    OPTION_BAD,     /* a length that cannot be: reading stops */
    OPTION_MORE,    /* over 15 options: reading stops */
    OPTION_UNKNOWN, /* not a word of the packet: the log or capture does not show the options */
    OPTION_COUNT,
};

#define LAYOUT_1(A) ((uint64_t)(OPTION_##A))
#define LAYOUT_2(A, ...) (LAYOUT_1(A) | LAYOUT_1(__VA_ARGS__) << 4)
#define LAYOUT_3(A, ...) (LAYOUT_1(A) | LAYOUT_2(__VA_ARGS__) << 4)
#define LAYOUT_4(A, ...) (LAYOUT_1(A) | LAYOUT_3(__VA_ARGS__) << 4)
#define LAYOUT_5(A, ...) (LAYOUT_1(A) | LAYOUT_4(__VA_ARGS__) << 4)
#define LAYOUT_6(A, ...) (LAYOUT_1(A) | LAYOUT_5(__VA_ARGS__) << 4)
#define LAYOUT_7(A, ...) (LAYOUT_1(A) | LAYOUT_6(__VA_ARGS__) << 4)
#define LAYOUT_8(A, ...) (LAYOUT_1(A) | LAYOUT_7(__VA_ARGS__) << 4)
#define LAYOUT_9(A, ...) (LAYOUT_1(A) | LAYOUT_8(__VA_ARGS__) << 4)

#define LAYOUT_NONE ((uint64_t)0)
#define LAYOUT_UNKNOWN LAYOUT_1(UNKNOWN)

struct option_set {
    uint64_t layout;
    uint32_t ts_value, ts_echo; /* 0 without TS */
    uint16_t mss;               /* 0 without MSS */
    uint8_t scale;              /* 0 without WS */
    uint8_t padding;            /* bytes behind EOL */
    bool has_mss, has_scale, has_ts;
    bool dirty_padding; /* a byte behind EOL that is not 0 */
};

/** Read the options of a TCP packet. Anything may stand in them. For a log row without options
 * (no_seq) the layout is LAYOUT_UNKNOWN, unless its length leaves no room for options; so it is
 * where the capture was cut within them. */
void option_set_read(const struct packet *packet, struct option_set *ret_set);

#endif
