/* Aligned, zeroed, touched memory. */
#include "mtsweep/base.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64 /* a cache line, and an AVX-512 register */

void *mts_alloc(size_t n, size_t size)
{
    size_t bytes = 0;
    void *p = NULL;
    if (!__builtin_mul_overflow(n, size, &bytes) && bytes <= SIZE_MAX / 2) {
        bytes = bytes == 0 ? ALIGNMENT : (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        p = aligned_alloc(ALIGNMENT, bytes);
    }
    if (!p) {
        mts_fail(MTS_ERR_MEMORY,
                 "out of memory: no room for %zu x %zu bytes; use fewer ranks a host", n, size);
        return NULL;
    }
    memset(p, 0, bytes);
    return p;
}

void mts_free(void *p)
{
    free(p);
}

void *mts_take(mts_arena *arena, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT ||
        __builtin_add_overflow(arena->used, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT,
                               &bytes)) {
        assert(!arena->block);
        arena->used = SIZE_MAX;
        return NULL;
    }
    void *piece = arena->block ? arena->block + arena->used : NULL;
    arena->used = bytes;
    return piece;
}

mts_status mts_arena_open(mts_arena *arena)
{
    arena->block = mts_alloc(arena->used, 1);
    arena->used = 0;
    return arena->block ? MTS_OK : MTS_ERR_MEMORY;
}

void mts_arena_close(mts_arena *arena)
{
    mts_free(arena->block);
    *arena = (mts_arena){0};
}
