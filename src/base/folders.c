/* SPDX-License-Identifier: Apache-2.0 */
#include "base/folders.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int make(const char *folder, mode_t mode, struct nj_err *err)
{
    if (mkdir(folder, mode) < 0 && errno != EEXIST)
        return nj_fail(err, NJ_IO, "make the folder %s", folder);
    return 0;
}

int nj_make_parents(const char *path, mode_t mode, struct nj_err *err)
{
    char folder[PATH_MAX];
    size_t length = strlen(path);

    if (length >= sizeof(folder))
        return nj_fail(err, NJ_CONFIG, "the path of a folder is %zu bytes long", length);
    memcpy(folder, path, length + 1);
    for (char *slash = length == 0 ? NULL : strchr(folder + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (make(folder, mode, err) < 0)
            return -1;
        *slash = '/';
    }
    return 0;
}

int nj_make_folder(const char *path, mode_t mode, struct nj_err *err)
{
    return nj_make_parents(path, mode, err) < 0 ? -1 : make(path, mode, err);
}
