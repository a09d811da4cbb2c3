/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes what a test has built. Included by the tests of decode/. */
#ifndef NJ_TESTS_FRAME_H
#define NJ_TESTS_FRAME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decode/decode.h"
#include "support/build_packet.h"

/* As if the capture had kept the first `captured` bytes. */
static inline enum decode_result decode_cut(const struct build *b, uint32_t link,
                                            size_t captured, struct packet *ret_packet)
{
    struct frame frame = {.time_ns = 5,
                          .data = b->bytes,
                          .captured = (uint32_t)captured,
                          .length = (uint32_t)b->length,
                          .link = link};

    return decode(&frame, ret_packet);
}

static inline enum decode_result decode_whole(const struct build *b, uint32_t link,
                                              struct packet *ret_packet)
{
    return decode_cut(b, link, b->length, ret_packet);
}

#define LINK_ETHERNET 1
#define LINK_RAW 101

#define assert_addr(addr, expected)                                                            \
    do {                                                                                       \
        char text_[ADDR_TEXT_MAX];                                                             \
        assert_string_equal(addr_text((addr), text_), (expected));                             \
    } while (0)

#endif
