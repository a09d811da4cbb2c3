/* SPDX-License-Identifier: Apache-2.0 */
/* A file of the user's that is there whole or not at all: it is written beside its place, and
 * put there when it is done.
 *
 * Where a link stands at the place, the file that it leads to is replaced. What is no regular
 * file (a device, a pipe) is written to as it stands. */
#ifndef NJ_BASE_WHOLE_H
#define NJ_BASE_WHOLE_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"

struct nj_whole {
    FILE *out;
    bool is_file; /* and not a device or a pipe */
    char place[PATH_MAX], beside[PATH_MAX];
};

/** Begin to write to `out`. @param mode  of the file; 0: as open(2) makes it
 * @return 0; -1 NJ_IO, NJ_CONFIG (the path is too long, or a link to nothing) */
int nj_whole_begin(struct nj_whole *whole, const char *path, mode_t mode, struct nj_err *err);

/** Put it into place; with rc < 0 nothing is left of it. @return rc; -1 NJ_IO */
int nj_whole_end(struct nj_whole *whole, int rc, struct nj_err *err);

#endif
