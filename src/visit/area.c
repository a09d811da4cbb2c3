/* SPDX-License-Identifier: Apache-2.0 */
#include "visit/area.h"

#include <sys/mman.h>

/* A huge page is 2 MB at once: not worth it for what is smaller. */
#define HUGE_FROM_BYTES ((size_t)4 << 20)

void *area_new(size_t size_bytes)
{
    void *area = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (area == MAP_FAILED)
        return NULL;
    if (size_bytes >= HUGE_FROM_BYTES)
        (void)madvise(area, size_bytes, MADV_HUGEPAGE); /* only a wish */
    return area;
}

void area_free(void *area, size_t size_bytes)
{
    if (area != NULL)
        (void)munmap(area, size_bytes);
}
