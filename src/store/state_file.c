/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a state: of the packet stages (write.c) or of the later ones (checkpoint.c). */
#include <stdio_ext.h>
#include <stdlib.h>

#include "store/internal.h"

#define BUFFER_BYTES (1u << 20) /* a state is tens of megabytes in pieces of some kilobytes */

int state_put(const char *path, store_snapshot_fn write, void *ctx, struct nj_err *err)
{
    FILE *out = fopen(path, "wbe");
    char *buffer = malloc(BUFFER_BYTES);
    int rc = -1;

    if (out == NULL || buffer == NULL) {
        (void)(out == NULL ? nj_fail(err, NJ_IO, "create %s", path)
                           : nj_fail(err, NJ_NOMEM, "write %s", path));
        goto out;
    }
    (void)setvbuf(out, buffer, _IOFBF, BUFFER_BYTES);
    (void)__fsetlocking(out, FSETLOCKING_BYCALLER);
    if (write(ctx, out, err) < 0)
        goto out;
    if (ferror(out) != 0 || fflush(out) != 0)
        (void)nj_fail(err, NJ_IO, "write %s", path);
    else
        rc = 0;
out:
    if (out != NULL && fclose(out) != 0 && rc == 0)
        rc = nj_fail(err, NJ_IO, "write %s", path);
    free(buffer);
    return rc;
}

int state_write(const char *path, store_snapshot_fn write, void *ctx, struct segment *ret,
                struct nj_err *err)
{
    return state_put(path, write, ctx, err) < 0 ? -1 : segment_seal(path, ret, err);
}
