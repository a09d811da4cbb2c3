/* SPDX-License-Identifier: Apache-2.0 */
/* What a log has become by rotation: the files beside it that bear its name and a number or a
 * date, as logrotate and its likes leave them. Called by follow.c. */
#ifndef NJ_CLI_ROTATED_H
#define NJ_CLI_ROTATED_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"

#define ROTATED_MAX 64u /* the newest of them */

struct rotated {
    char *path;
    dev_t device;
    ino_t inode;
    struct timespec written; /* last, before it was renamed; packing keeps it */
};

/**
 * Find them: fw.log.1, fw.log-20260102, fw-20260102.log, each also packed (.gz, .bz2, .xz,
 * .zst, .lz4). A packed one whose plain file still stands there is left out.
 *
 * @param ret  for the caller to free, the one written last first; a folder that can't be read
 *             has none
 * @return 0; -1 NJ_NOMEM
 */
int rotated_find(const char *path, struct rotated **ret, size_t *ret_count, struct nj_err *err);
void rotated_free(struct rotated *files, size_t count);

#endif
