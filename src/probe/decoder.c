/* decoder.c: the sgd decoder: Linear(N -> D), squared error, Adam [S1 A.2; code generalize.py]. */
#include "internal.h"

#include <math.h>
#include <string.h>

/* A multiple of 64 bytes, so that every array of the block starts aligned. */
static size_t padded(size_t n)
{
    return (n + 15) / 16 * 16;
}

size_t mts_probe_decoder_elements(const mts_kernels *kernels, size_t N, size_t D, size_t n_decoders)
{
    size_t theta = padded((N + 1) * D);
    size_t own = 4 * theta + padded(PROBE_BATCH * N) + padded(PROBE_BATCH * D);
    return n_decoders * own + padded(kernels->packed_size(N, D)) + theta + padded(PROBE_BATCH * D);
}

static mts_real *take(mts_real **free, size_t n)
{
    mts_real *p = *free;
    *free += padded(n);
    return p;
}

mts_status mts_probe_decoders_create(const mts_kernels *kernels, size_t N, size_t D,
                                     size_t n_decoders, size_t batches, double learning_rate,
                                     mts_decoder_set *set)
{
    *set = (mts_decoder_set){.kernels = kernels,
                             .N = N,
                             .D = D,
                             .n_decoders = n_decoders,
                             .batches = batches,
                             .learning_rate = learning_rate};
    set->decoder = mts_alloc(n_decoders, sizeof *set->decoder);
    set->block = mts_alloc(mts_probe_decoder_elements(kernels, N, D, n_decoders), sizeof(mts_real));
    if (!set->decoder || !set->block) {
        mts_probe_decoders_free(set);
        return MTS_ERR_MEMORY;
    }
    mts_real *free = set->block;
    size_t theta = (N + 1) * D;
    set->packed = take(&free, kernels->packed_size(N, D));
    set->gradient = take(&free, theta);
    set->y = take(&free, PROBE_BATCH * D);
    for (mts_decoder *decoder = set->decoder; decoder < set->decoder + n_decoders; decoder++) {
        decoder->theta = take(&free, theta);
        decoder->m = take(&free, theta);
        decoder->v = take(&free, theta);
        decoder->tested = take(&free, theta);
        decoder->batch_h = take(&free, PROBE_BATCH * N);
        decoder->batch_x = take(&free, PROBE_BATCH * D);
    }
    return MTS_OK;
}

void mts_probe_decoders_free(mts_decoder_set *set)
{
    mts_free(set->decoder);
    mts_free(set->block);
    set->decoder = NULL;
    set->block = NULL;
}

void mts_probe_decoder_begin(const mts_decoder_set *set, mts_decoder *decoder, mts_stream stream,
                             bool excludes, mts_probe_pattern held_out)
{
    size_t n = (set->N + 1) * set->D;
    mts_real bound = (mts_real)(1 / sqrt((double)set->N));
    decoder->stream = stream;
    decoder->excludes = excludes;
    decoder->held_out = held_out;
    decoder->updates = decoder->waiting = 0;
    decoder->adam = MTS_ADAM_START;
    mts_uniform(stream, 0, n, decoder->theta);
    for (size_t i = 0; i < n; i++)
        decoder->theta[i] = (2 * decoder->theta[i] - 1) * bound;
    memset(decoder->m, 0, n * sizeof *decoder->m);
    memset(decoder->v, 0, n * sizeof *decoder->v);
}

/* One Adam step on the mean over trials and latents of (W'h + b - x)^2. */
static void update(const mts_decoder_set *set, mts_decoder *decoder)
{
    const mts_kernels *k = set->kernels;
    size_t N = set->N, D = set->D;
    mts_real *bias = decoder->theta + N * D;
    k->pack(N, D, decoder->theta, D, set->packed);
    k->affine(
        &(mts_affine){.m = PROBE_BATCH,
                      .n = D,
                      .term = {{.k = N, .x = decoder->batch_h, .ldx = N, .packed = set->packed}},
                      .init = bias,
                      .y = set->y,
                      .ldy = D});
    mts_real scale = (mts_real)(2.0 / (double)(PROBE_BATCH * D));
    for (size_t i = 0; i < PROBE_BATCH * D; i++)
        set->y[i] = scale * (set->y[i] - decoder->batch_x[i]);
    memset(set->gradient, 0, (N + 1) * D * sizeof *set->gradient);
    k->outer(&(mts_outer){.m = PROBE_BATCH,
                          .k = N,
                          .n = D,
                          .x = decoder->batch_h,
                          .ldx = N,
                          .dy = set->y,
                          .lddy = D,
                          .dw = set->gradient,
                          .lddw = D});
    k->column_sum(PROBE_BATCH, D, set->y, D, set->gradient + N * D);

    const mts_adam_step step = mts_adam_next(&decoder->adam, set->learning_rate);
    k->adam((N + 1) * D, &step, decoder->theta, set->gradient, decoder->m, decoder->v);

    /* The authors test once, where their loop index first passes 0.99 n. */
    size_t tested = set->batches * 99 / 100 + 1;
    decoder->updates++;
    if (decoder->updates == (tested < set->batches ? tested : set->batches))
        memcpy(decoder->tested, decoder->theta, (N + 1) * D * sizeof *decoder->theta);
}

/* A random order of 0 .. n-1 (Fisher and Yates, one 32-bit word a swap). */
static void shuffle(mts_stream stream, uint64_t item, size_t n, uint16_t order[MTS_PROBE_CHUNK])
{
    uint32_t word[4];
    for (size_t i = 0; i < n; i++) {
        if (i % 4 == 0)
            mts_bits(stream, item, (uint32_t)(i / 4), word);
        size_t j = (size_t)((uint64_t)word[i % 4] * (i + 1) >> 32);
        order[i] = order[j];
        order[j] = (uint16_t)i;
    }
}

bool mts_probe_decoder_walk(const mts_decoder_set *set, mts_decoder *decoder, uint64_t chunk,
                            size_t n, const mts_real *h, const mts_real *x)
{
    size_t N = set->N, D = set->D;
    uint16_t order[MTS_PROBE_CHUNK] = {0};
    if (decoder->updates == set->batches)
        return true;
    shuffle(decoder->stream, 1 + chunk, n, order);
    for (size_t i = 0; i < n && decoder->updates < set->batches; i++) {
        size_t trial = order[i];
        if (decoder->excludes && mts_probe_inside(decoder->held_out, D, x + trial * D))
            continue;
        memcpy(decoder->batch_h + decoder->waiting * N, h + trial * N, N * sizeof *h);
        memcpy(decoder->batch_x + decoder->waiting * D, x + trial * D, D * sizeof *x);
        if (++decoder->waiting == PROBE_BATCH) {
            update(set, decoder);
            decoder->waiting = 0;
        }
    }
    return decoder->updates == set->batches;
}
