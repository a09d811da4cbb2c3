/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an MRT file is whole: its records are walked by their headers alone (RFC 6396, 2):
 *
 *   4  time   2  type   2  subtype   4  length of what follows
 *
 * bgpdump reads a file that was cut off as far as it goes and says nothing. */
#ifndef NJ_TESTIMONY_MRT_H
#define NJ_TESTIMONY_MRT_H

#include "base/stream.h"

#define MRT_RECORD_MAX (16u << 20) /* no record of a real table comes near it */

struct mrt_file {
    uint64_t records; /* whole ones */
    uint64_t bytes;   /* of them, unpacked */
    bool cut;         /* the last one is not whole, or its packing is damaged */
    bool strange;     /* what follows is no record */
};

/** Walk the file to its end. @return 0; -1 NJ_IO, NJ_NOMEM */
int mrt_walk(struct nj_stream *stream, struct mrt_file *ret, struct nj_err *err);

#endif
