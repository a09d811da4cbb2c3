/* SPDX-License-Identifier: Apache-2.0 */
/* One captured frame as a capture file or interface gives it. */
#ifndef NJ_MODEL_FRAME_H
#define NJ_MODEL_FRAME_H

#include <stdint.h>

struct frame {
    int64_t time_ns;     /* capture time, ns since 1970-01-01 UTC */
    const uint8_t *data; /* borrowed from the reader until its next read */
    uint32_t captured;   /* bytes at `data` */
    uint32_t length;     /* bytes on the wire */
    uint32_t link;       /* LINKTYPE_ number (tcpdump.org/linktypes.html) */
};

#endif
