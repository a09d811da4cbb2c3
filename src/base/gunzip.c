/* SPDX-License-Identifier: Apache-2.0 */
#include "base/gunzip.h"

#include <stdbool.h>
#include <stdlib.h>
#define ZLIB_CONST /* then zlib says that it leaves its input alone */
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* the largest, and gzip's head and end around it (zlib.h) */
#define GZIP_FIRST 0x1f

struct nj_gunzip {
    z_stream z;
    nj_gunzip_source source;
    void *ctx;
    bool drained;      /* the source gives no more */
    bool member_ended; /* the next byte, if there is one, begins another */
};

struct nj_gunzip *nj_gunzip_new(nj_gunzip_source source, void *ctx)
{
    struct nj_gunzip *gunzip = calloc(1, sizeof(*gunzip));

    if (gunzip == NULL)
        return NULL;
    gunzip->source = source;
    gunzip->ctx = ctx;
    if (inflateInit2(&gunzip->z, GZIP_WINDOW) != Z_OK) {
        free(gunzip);
        return NULL;
    }
    return gunzip;
}

void nj_gunzip_free(struct nj_gunzip *gunzip)
{
    if (gunzip == NULL)
        return;
    (void)inflateEnd(&gunzip->z);
    free(gunzip);
}

/* @return 0, also at the end; -1: the source failed */
static int take_packed(struct nj_gunzip *gunzip)
{
    const uint8_t *bytes;
    ssize_t got;

    if (gunzip->z.avail_in > 0 || gunzip->drained)
        return 0;
    got = gunzip->source(gunzip->ctx, &bytes);
    if (got < 0)
        return -1;
    gunzip->drained = got == 0;
    gunzip->z.next_in = bytes;
    gunzip->z.avail_in = (uInt)got;
    return 0;
}

/* Whether another member follows the one that ended. */
static bool begin_member(struct nj_gunzip *gunzip)
{
    if (gunzip->z.avail_in == 0 || gunzip->z.next_in[0] != GZIP_FIRST)
        return false;
    gunzip->member_ended = false;
    (void)inflateReset(&gunzip->z);
    return true;
}

ssize_t nj_gunzip_read(struct nj_gunzip *gunzip, uint8_t *room, size_t size,
                       const char **ret_why)
{
    z_stream *z = &gunzip->z;

    *ret_why = NULL;
    for (;;) {
        int rc;

        if (gunzip->member_ended) {
            if (take_packed(gunzip) < 0)
                return -1;
            if (!begin_member(gunzip))
                return 0;
        }
        z->next_out = room;
        z->avail_out = (uInt)size;
        rc = inflate(z, Z_NO_FLUSH);
        gunzip->member_ended = rc == Z_STREAM_END;
        if (z->avail_out < size)
            return (ssize_t)(size - z->avail_out);
        if (rc == Z_STREAM_END)
            continue;
        if ((rc != Z_OK && rc != Z_BUF_ERROR) || (rc == Z_BUF_ERROR && gunzip->drained)) {
            *ret_why = rc == Z_BUF_ERROR ? "gzip ends early" : z->msg;
            if (*ret_why == NULL)
                *ret_why = "gzip is damaged";
            return -1;
        }
        if (take_packed(gunzip) < 0)
            return -1;
    }
}
