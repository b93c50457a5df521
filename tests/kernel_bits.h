/* kernel_bits.h: runs every function of a table of kernels over odd shapes and gives a number for all
 * bits that come out. Two tables that must agree to the bit give the same numbers. Needs nothing but
 * the table, so that a program for another processor can be made of it. */
#ifndef MTSWEEP_TESTS_KERNEL_BITS_H
#define MTSWEEP_TESTS_KERNEL_BITS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mtsweep/num.h"

static const size_t kernel_sizes[] = {1, 2, 3, 5, 8, 13, 16, 17, 24, 31, 40, 50, 64, 65, 100, 129};
#define KERNEL_SIZES (sizeof(kernel_sizes) / sizeof(*kernel_sizes))

/* n numbers in (-scale, scale), about one in eight of them 0. */
static float *kernel_numbers(size_t n, uint64_t seed, float scale)
{
    float *p = malloc((n + 1) * sizeof(*p));
    if (!p)
        abort();
    for (size_t i = 0; i < n; i++) {
        uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u + seed * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        p[i] = z % 8 == 0 ? 0 : scale * ((float)(z >> 40) * 0x1p-23f - 1);
    }
    return p;
}

/* Adds the bits of p[n] to a hash (FNV-1a over words) and frees p. A NaN has no bits of its own. */
static uint64_t kernel_bits(uint64_t hash, float *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t word;
        memcpy(&word, p + i, sizeof(word));
        if ((word & 0x7fffffff) > 0x7f800000)
            word = 0x7fc00000;
        hash = (hash ^ word) * 0x100000001b3u;
    }
    free(p);
    return hash;
}

static uint64_t bits_of_affine(const mts_kernels *kernels)
{
    uint64_t hash = 0;
    for (size_t in = 0; in < KERNEL_SIZES; in++)
        for (size_t ik = 0; ik < KERNEL_SIZES; ik++) {
            size_t n = kernel_sizes[in], k = kernel_sizes[ik], m = kernel_sizes[(in + ik) % 8];
            float *x = kernel_numbers(m * k, 1, 1), *w = kernel_numbers(k * n, 2, 1);
            float *init = kernel_numbers(m * n, 3, 1), *a = kernel_numbers(m * n, 4, 1);
            float *packed[2], *y = kernel_numbers(m * n, 5, 1);
            for (int i = 0; i < 2; i++)
                packed[i] = kernel_numbers(kernels->packed_size(k, n), 6, 1);
            kernels->pack(k, n, w, n, packed[0]);
            kernels->pack_transposed(k, n, w, k, packed[1]);
            static const mts_act acts[] = {MTS_ACT_NONE, MTS_ACT_RELU, MTS_ACT_TANH,
                                           MTS_ACT_SQUARE};
            mts_affine sum = {
                .m = m,
                .n = n,
                .term = {{k, x, k, packed[0], false}, {ik % 2 ? k : 0, x, k, packed[1], false}},
                .init = init,
                .ld_init = n,
                .act = acts[in % 4],
                .y = y,
                .ldy = n,
                .gain = 0.7f,
                .a = a,
                .lda = n};
            kernels->affine(&sum);
            hash = kernel_bits(hash, sum.y, m * n);
            sum.y = kernel_numbers(m * n, 5, 1);
            sum.term[1].k = in % 2 ? k : 0;
            sum.ld_init = 0;
            sum.act = acts[ik % 3];
            kernels->affine_back(&sum);
            hash = kernel_bits(hash, sum.y, m * n);
            float *all[] = {x, w, init, a, packed[0], packed[1]};
            for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
                free(all[i]);
        }
    return hash;
}

static uint64_t bits_of_gradients(const mts_kernels *kernels)
{
    uint64_t hash = 0;
    for (size_t in = 0; in < KERNEL_SIZES; in++)
        for (size_t ik = 0; ik < KERNEL_SIZES; ik++) {
            size_t n = kernel_sizes[in], k = kernel_sizes[ik], m = 20 * kernel_sizes[(in + ik) % 6];
            float *x = kernel_numbers(m * k, 1, 1), *dy = kernel_numbers(m * n, 2, 1);
            float *dw = kernel_numbers(k * n, 3, 1), *db = kernel_numbers(n, 4, 1);
            kernels->outer(&(mts_outer){m, k, n, x, k, dy, n, dw, n});
            kernels->column_sum(m, n, dy, n, db);
            hash = kernel_bits(kernel_bits(hash, dw, k * n), db, n);
            free(x);
            free(dy);
        }
    return hash;
}

/* States of silent units and what may go wrong with them: products too small for a float, which leave 0
 * or -0; sums that start at -0; numbers that are not finite. */
enum { ZEROS_ONLY, ZEROS_TINY, ZEROS_MINUS, ZEROS_INFINITE, ZEROS_KINDS };

/* x[m][k], of which half the columns are 0 or -0 in 16 rows each, and a quarter of all else. */
static float *kernel_states(size_t m, size_t k, uint64_t seed, int kind)
{
    float *x = kernel_numbers(m * k, seed, kind == ZEROS_TINY ? 1e-25f : 1);
    for (size_t i = 0; i < m; i++)
        for (size_t p = 0; p < k; p++) {
            uint64_t each = ((i * k + p + seed) * 0x9e3779b97f4a7c15u) >> 40;
            uint64_t shared = ((i / 16 * k + p + seed) * 0xbf58476d1ce4e5b9u) >> 40;
            if (shared % 2 == 0 || each % 4 == 0)
                x[i * k + p] = each % 16 < 8 ? 0.0f : -0.0f;
            else if (kind == ZEROS_INFINITE && each % 64 == 1)
                x[i * k + p] = INFINITY;
        }
    return x;
}

/* n numbers that meet such states. */
static float *kernel_factors(size_t n, uint64_t seed, int kind)
{
    float *w = kernel_numbers(n, seed, kind == ZEROS_TINY ? 1e-21f : 1);
    for (size_t i = 0; kind == ZEROS_INFINITE && i < n; i += 97)
        w[i] = i % 2 == 0 ? INFINITY : NAN;
    return w;
}

/* n sums to start from. */
static float *kernel_starts(size_t n, uint64_t seed, int kind)
{
    float *sum = kernel_numbers(n, seed, 1);
    for (size_t i = 0; kind != ZEROS_ONLY && i < n; i++)
        sum[i] = kind == ZEROS_MINUS ? -0.0f : 0;
    return sum;
}

/* Products of zeros, which `sparse` tells the kernels of. */
static uint64_t bits_of_zeros(const mts_kernels *kernels, int kind, bool sparse)
{
    uint64_t hash = 0;
    for (size_t in = 0; in < KERNEL_SIZES; in++)
        for (size_t ik = 0; ik < KERNEL_SIZES; ik++) {
            size_t n = kernel_sizes[in], k = kernel_sizes[ik], m = 7 * kernel_sizes[(in + ik) % 8];
            float *x = kernel_states(m, k, 1, kind), *w = kernel_factors(k * n, 2, kind);
            float *init = kernel_starts(m * n, 3, kind), *y = kernel_numbers(m * n, 4, 1);
            float *a = kernel_states(m, n, 5, ZEROS_ONLY), *dy = kernel_factors(m * n, 6, kind);
            float *dw = kernel_starts(k * n, 7, kind);
            float *packed = kernel_numbers(kernels->packed_size(k, n), 8, 1);
            mts_affine sum = {.m = m,
                              .n = n,
                              .term = {{k, x, k, packed, sparse}, {k, x, k, packed, false}},
                              .init = init,
                              .ld_init = n,
                              .y = y,
                              .ldy = n,
                              .gain = 0.7f,
                              .a = a,
                              .lda = n};
            kernels->pack(k, n, w, n, packed);
            if (ik % 2 == 0)
                sum.term[1].k = 0;
            kernels->affine(&sum);
            hash = kernel_bits(hash, y, m * n);
            kernels->pack_transposed(k, n, w, k, packed);
            sum.act = MTS_ACT_RELU;
            sum.y = kernel_numbers(m * n, 4, 1);
            kernels->affine_back(&sum);
            kernels->outer(&(mts_outer){m, k, n, x, k, dy, n, dw, n});
            hash = kernel_bits(kernel_bits(hash, sum.y, m * n), dw, k * n);
            float *all[] = {x, w, init, a, dy, packed};
            for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
                free(all[i]);
        }
    return hash;
}

static uint64_t bits_without_zeros(const mts_kernels *kernels)
{
    uint64_t hash = 0;
    for (int kind = 0; kind < ZEROS_KINDS; kind++)
        hash = hash * 31 + bits_of_zeros(kernels, kind, true);
    return hash;
}

static uint64_t bits_of_cells(const mts_kernels *kernels)
{
    uint64_t hash = 0;
    for (size_t in = 0; in < KERNEL_SIZES; in++) {
        size_t m = 3, n = kernel_sizes[in], size = m * n;
        float *gates = kernel_numbers(4 * size, 1, 9), *before = kernel_numbers(size, 2, 2);
        float *c = kernel_numbers(size, 3, 1), *tc = kernel_numbers(size, 4, 1);
        float *h = kernel_numbers(size, 5, 1), *dh = kernel_numbers(size, 6, 1);
        float *dc = kernel_numbers(size, 7, 1), *dgates = kernel_numbers(4 * size, 8, 1);
        const float *c_prev = in % 2 == 0 ? before : NULL;
        kernels->lstm_cell(&(mts_lstm_cell){m, n, gates, c_prev, c, tc, h});
        kernels->lstm_cell_back(&(mts_lstm_cell_back){m, n, gates, c_prev, tc, dh, dc, dgates});
        kernels->blend(size, 0.3f, before, 0.7f, dh, dh);
        float *out[] = {gates, dgates, before, c, tc, h, dh, dc};
        for (size_t i = 0; i < 8; i++)
            hash = kernel_bits(hash, out[i], i < 2 ? 4 * size : size);
    }
    return hash;
}

static uint64_t bits_of_loss(const mts_kernels *kernels)
{
    uint64_t hash = 0;
    for (size_t in = 0; in < KERNEL_SIZES; in++)
        for (int weighted = 0; weighted < 2; weighted++) {
            size_t n = 7 * kernel_sizes[in];
            float *z = kernel_numbers(n, 1, 30), *y = kernel_numbers(n, 2, 1);
            float *w = kernel_numbers(n, 3, 1), *dz = kernel_numbers(n, 4, 1);
            double loss = kernels->cross_entropy(n, z, y, weighted ? w : NULL, 0.1f, dz);
            uint64_t word;
            memcpy(&word, &loss, sizeof(word));
            hash = kernel_bits((hash ^ word) * 0x100000001b3u, dz, n);
            free(z);
            free(y);
            free(w);
        }
    return hash;
}

static uint64_t bits_of_adam(const mts_kernels *kernels)
{
    uint64_t hash = 0;
    for (size_t in = 0; in < KERNEL_SIZES; in++) {
        size_t n = kernel_sizes[in];
        float *theta = kernel_numbers(n, 1, 1), *g = kernel_numbers(n, 2, 1);
        float *m = kernel_numbers(n, 3, 1e-3f), *v = kernel_numbers(n, 4, 1e-3f);
        for (size_t i = 0; i < n; i++)
            v[i] *= v[i];
        for (int t = 1; t < 100; t++) {
            const mts_adam_step step = {0.9f, 0.999f, 1e-8f, 1e-3f, 1 + 1.0f / (float)t};
            kernels->adam(n, &step, theta, g, m, v);
        }
        hash = kernel_bits(kernel_bits(kernel_bits(hash, theta, n), m, n), v, n);
        free(g);
    }
    return hash;
}

static uint64_t bits_of_noise(const mts_kernels *kernels)
{
    uint64_t hash = 0;
    for (size_t in = 0; in < KERNEL_SIZES; in++)
        for (size_t items = 1; items < 40; items += 6) {
            size_t n = kernel_sizes[in];
            const mts_stream stream = {0x123456789abcdef0u + in, 7};
            float *u = kernel_numbers(n * items, 1, 1), *x = kernel_numbers(n * items, 2, 1);
            kernels->uniform(stream, 0xfffffff8u, items, n, u);
            kernels->normal(stream, 0xfffffff8u, items, n, x);
            hash = kernel_bits(kernel_bits(hash, u, n * items), x, n * items);
        }
    return hash;
}

static const struct kernel_function {
    const char *name;
    uint64_t (*bits)(const mts_kernels *kernels);
} kernel_functions[] = {
    {"affine, affine_back", bits_of_affine},
    {"outer, column_sum", bits_of_gradients},
    {"affine, outer of zeros", bits_without_zeros},
    {"lstm_cell, blend", bits_of_cells},
    {"cross_entropy", bits_of_loss},
    {"adam", bits_of_adam},
    {"uniform, normal", bits_of_noise},
};
#define KERNEL_FUNCTIONS (sizeof(kernel_functions) / sizeof(*kernel_functions))

#endif
