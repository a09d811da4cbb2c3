/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over the records of MRT files: any bytes, packed ones too. */
#include <stdlib.h>

#include "testimony/mrt.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct nj_stream *stream;
    struct mrt_file file;
    struct nj_err err;

    if (nj_stream_open_bytes(bytes, length, &stream, &err) < 0)
        return 0;
    if (mrt_walk(stream, &file, &err) == 0 && (file.cut && file.strange))
        abort(); /* the walk ends once */
    nj_stream_free(stream);
    return 0;
}
