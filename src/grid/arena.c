/* Memory that goes all at once: blocks cut from a list of chunks. An arena of base.h is counted before
 * it is filled; here what is read of a file decides how much comes after it, and pieces that were
 * handed out stay where they are. */
#include "internal.h"

#include <stddef.h>

#define ROOM      65536
#define ALIGNMENT _Alignof(max_align_t)

struct mts_grid_chunk {
    mts_grid_chunk *before;
    size_t room, used;
    max_align_t data[];
};

void *mts_grid_alloc(mts_grid_arena *arena, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 2) {
        mts_fail(MTS_ERR_MEMORY, "out of memory: no room for %zu x %zu bytes", n, size);
        return NULL;
    }
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    mts_grid_chunk *chunk = arena->last;
    if (!chunk || chunk->room - chunk->used < bytes) {
        size_t room = bytes > ROOM ? bytes : ROOM;
        chunk = mts_alloc(1, sizeof *chunk + room);
        if (!chunk)
            return NULL;
        chunk->room = room;
        chunk->before = arena->last;
        arena->last = chunk;
    }
    void *block = (char *)chunk->data + chunk->used;
    chunk->used += bytes;
    return block;
}

void mts_grid_free_all(mts_grid_arena *arena)
{
    while (arena->last) {
        mts_grid_chunk *chunk = arena->last;
        arena->last = chunk->before;
        mts_free(chunk);
    }
}
