/* SPDX-License-Identifier: Apache-2.0 */
#include "base/huge.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE ((uintptr_t)4096)
#define HUGE_PAGE ((size_t)2 << 20)
#define PAGES_MOVE ((size_t)32 << 20) /* such a list is moved without a copy: mallopt(3) */
#define TWO_LINES ((size_t)128)

void *nj_huge(void *memory, size_t size_bytes)
{
    uintptr_t from = ((uintptr_t)memory + PAGE - 1) / PAGE * PAGE;
    uintptr_t to = ((uintptr_t)memory + size_bytes) / PAGE * PAGE;

    if (memory != NULL && size_bytes >= HUGE_PAGE)
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE); /* only a wish */
    return memory;
}

void *nj_huge_grown(void *list, size_t count, size_t more, size_t size)
{
    void *grown;

    if (more > SIZE_MAX / 2 / size)
        return NULL;
    if (more * size < HUGE_PAGE || count * size >= PAGES_MOVE)
        return nj_huge(realloc(list, more * size), more * size);
    grown = nj_huge_new(more * size); /* realloc() would copy into small pages */
    if (grown != NULL && list != NULL)
        memcpy(grown, list, count * size);
    if (grown != NULL)
        free(list);
    return grown;
}

void *nj_huge_new(size_t size_bytes)
{
    size_t align = size_bytes < HUGE_PAGE ? TWO_LINES : HUGE_PAGE;

    return nj_huge(aligned_alloc(align, (size_bytes + align - 1) / align * align), size_bytes);
}

void *nj_huge_zeroed(size_t size_bytes)
{
    void *memory = nj_huge_new(size_bytes);

    return memory == NULL ? NULL : memset(memory, 0, size_bytes);
}
