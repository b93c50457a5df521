/* decoder.c: the decoders sgd and std: Linear(N -> D), squared error, Adam [S1 A.2; code generalize.py]. */
#include "decoder.h"

#include <math.h>
#include <string.h>

static mts_real *take(mts_arena *arena, size_t n)
{
    return mts_take(arena, n, sizeof(mts_real));
}

void mts_probe_decoders_take(mts_decoder_set *set, mts_arena *arena)
{
    const size_t N = set->N, D = set->D, theta = (N + 1) * D;
    set->packed = take(arena, set->kernels->packed_size(N, D));
    set->gradient = take(arena, theta);
    set->y = take(arena, PROBE_BATCH * D);
    set->decoder = mts_take(arena, set->n_decoders, sizeof *set->decoder);
    for (size_t i = 0; i < set->n_decoders; i++) {
        mts_decoder counted = {0}, *decoder = set->decoder ? &set->decoder[i] : &counted;
        decoder->theta = take(arena, theta);
        decoder->m = take(arena, theta);
        decoder->v = take(arena, theta);
        decoder->tested = take(arena, theta);
        decoder->batch_h = take(arena, PROBE_BATCH * N);
        decoder->batch_x = take(arena, PROBE_BATCH * D);
    }
}

void mts_probe_decoder_begin(const mts_decoder_set *set, mts_decoder *decoder, mts_stream stream,
                             bool excludes, mts_pattern held_out)
{
    size_t n = (set->N + 1) * set->D;
    mts_real bound = (mts_real)(1 / sqrt((double)set->N));
    decoder->stream = stream;
    decoder->excludes = excludes;
    decoder->held_out = held_out;
    decoder->updates = decoder->waiting = 0;
    decoder->scale = 1;
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
        if (decoder->excludes && mts_pattern_holds(decoder->held_out, D, x + trial * D))
            continue;
        for (size_t j = 0; j < N; j++)
            decoder->batch_h[decoder->waiting * N + j] = decoder->scale * h[trial * N + j];
        memcpy(decoder->batch_x + decoder->waiting * D, x + trial * D, D * sizeof *x);
        if (++decoder->waiting == PROBE_BATCH) {
            update(set, decoder);
            decoder->waiting = 0;
        }
    }
    return decoder->updates == set->batches;
}

void mts_probe_decoder_rescale(const mts_decoder_set *set, mts_decoder *decoder)
{
    for (size_t i = 0; i < set->N * set->D; i++) {
        decoder->theta[i] *= decoder->scale;
        decoder->tested[i] *= decoder->scale;
    }
}
