/* allocated.h: counts what a test program allocates through mts_alloc. It takes the place of the C
 * library's aligned_alloc, so a program includes it once. */
#ifndef MTSWEEP_TESTS_ALLOCATED_H
#define MTSWEEP_TESTS_ALLOCATED_H

#include <stdlib.h>

static size_t allocated; /* bytes so far */

void *aligned_alloc(size_t alignment, size_t size)
{
    void *p = NULL;
    allocated += size;
    return posix_memalign(&p, alignment, size) == 0 ? p : NULL;
}

#endif
