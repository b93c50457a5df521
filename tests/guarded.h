/* guarded.h: matrices for tests of kernels. A matrix ends where its page ends, and the next page may
 * not be touched, so that a read past the end is a fault. What lies before it and between its rows
 * is NaN: read as an input it shows in the result, and written it is seen by guarded_intact. */
#ifndef MTSWEEP_TESTS_GUARDED_H
#define MTSWEEP_TESTS_GUARDED_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mtsweep/base.h"

typedef struct guarded {
    size_t m, n, ld;
    mts_real *at;
    size_t bytes, before; /* of the mapping; elements in front of the matrix */
} guarded;

/* Mappings are kept and used again: making one costs more than the test that it serves. */
#define GUARDED_KEPT 64
static struct {
    char *map;
    size_t bytes;
} guarded_kept[GUARDED_KEPT];

static inline char *guarded_map(size_t bytes, size_t page)
{
    for (size_t i = 0; i < GUARDED_KEPT; i++)
        if (guarded_kept[i].bytes == bytes) {
            guarded_kept[i].bytes = 0;
            return guarded_kept[i].map;
        }
    char *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + bytes - page, page, PROT_NONE) != 0)
        abort();
    return map;
}

static inline guarded guarded_create(size_t m, size_t n, size_t ld)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = sizeof(mts_real);
    size_t count = m == 0 || n == 0 ? 0 : (m - 1) * ld + n;
    size_t used = (count * size + 64 + page - 1) / page * page;
    char *map = guarded_map(used + page, page);
    mts_real *end = (mts_real *)(void *)(map + used);
    for (mts_real *p = (mts_real *)(void *)map; p < end; p++)
        *p = (mts_real)NAN;
    return (guarded){m, n, ld, end - count, used + page, used / size - count};
}

static inline void guarded_destroy(guarded *g)
{
    char *map = (char *)(g->at - g->before);
    for (size_t i = 0; i < GUARDED_KEPT; i++)
        if (guarded_kept[i].bytes == 0) {
            guarded_kept[i].map = map;
            guarded_kept[i].bytes = g->bytes;
            return;
        }
    munmap(map, g->bytes);
}

/* Nothing but the m x n elements has changed. */
static inline bool guarded_intact(const guarded *g)
{
    const mts_real blank = (mts_real)NAN, *start = g->at - g->before;
    size_t count = g->m == 0 || g->n == 0 ? 0 : (g->m - 1) * g->ld + g->n;
    for (size_t i = 0; i < g->before + count; i++) {
        bool inside = i >= g->before && g->ld > 0 && (i - g->before) % g->ld < g->n;
        if (!inside && memcmp(start + i, &blank, sizeof(blank)) != 0)
            return false;
    }
    return true;
}

/* Uniform in (-scale, scale), from `seed`. */
static inline void guarded_fill(guarded *g, uint64_t seed, double scale)
{
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            uint64_t bits = mts_hash(seed, &(uint64_t[2]){i, j}, 16);
            g->at[i * g->ld + j] = (mts_real)(scale * ((double)(bits >> 11) * 0x1p-52 - 1));
        }
}

static inline guarded guarded_random(size_t m, size_t n, size_t ld, uint64_t seed, double scale)
{
    guarded g = guarded_create(m, n, ld);
    guarded_fill(&g, seed, scale);
    return g;
}

/* The same numbers in another such matrix. */
static inline guarded guarded_copy(const guarded *from)
{
    guarded g = guarded_create(from->m, from->n, from->ld);
    for (size_t i = 0; i < g.m && g.n > 0; i++)
        memcpy(g.at + i * g.ld, from->at + i * g.ld, g.n * sizeof(*g.at));
    return g;
}

static inline bool guarded_same_bits(const guarded *a, const guarded *b)
{
    for (size_t i = 0; i < a->m && a->n > 0; i++)
        if (memcmp(a->at + i * a->ld, b->at + i * b->ld, a->n * sizeof(*a->at)) != 0)
            return false;
    return true;
}

/* Largest |a - b| / (1 + |b|); infinite if one is not finite. */
static inline double guarded_distance(const guarded *a, const guarded *b)
{
    double worst = 0;
    for (size_t i = 0; i < a->m; i++)
        for (size_t j = 0; j < a->n; j++) {
            double x = (double)a->at[i * a->ld + j], y = (double)b->at[i * b->ld + j];
            double d = fabs(x - y) / (1 + fabs(y));
            worst = isfinite(d) ? fmax(worst, d) : INFINITY;
        }
    return worst;
}

#endif
