/* SPDX-License-Identifier: Apache-2.0 */
#include "support/folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

char test_folder[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

int folder_make(void **state)
{
    (void)state;
    (void)snprintf(test_folder, sizeof(test_folder), "/tmp/nightjar-test-XXXXXX");
    return mkdtemp(test_folder) == NULL ? -1 : 0;
}

int folder_remove(void **state)
{
    (void)state;
    return nftw(test_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
