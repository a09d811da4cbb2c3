/* SPDX-License-Identifier: Apache-2.0 */
#include "visit/area.h"

#include <sys/mman.h>

#include "base/huge.h"

void *area_new(size_t size_bytes)
{
    void *area = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return area == MAP_FAILED ? NULL : nj_huge(area, size_bytes);
}

void area_free(void *area, size_t size_bytes)
{
    if (area != NULL)
        (void)munmap(area, size_bytes);
}
