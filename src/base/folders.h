/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that are made where they are missing; those that are there stay as they are. */
#ifndef NJ_BASE_FOLDERS_H
#define NJ_BASE_FOLDERS_H

#include <sys/types.h>

#include "base/err.h"

/** A folder and those above it. @param mode  of new ones, less the umask
 * @return 0; -1 NJ_IO, NJ_CONFIG (the path is too long) */
int nj_make_folder(const char *path, mode_t mode, struct nj_err *err);

/** Those above it alone. */
int nj_make_parents(const char *path, mode_t mode, struct nj_err *err);

#endif
