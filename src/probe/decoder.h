/* decoder.h: the sgd and std decoders of one fit. Private to src/probe. */
#ifndef MTSWEEP_PROBE_DECODER_H
#define MTSWEEP_PROBE_DECODER_H

#include "mtsweep/probe.h"

#define PROBE_BATCH 16 /* trials of a decoder's batch [code generalize.py] */

/* One decoder in training. theta = W[N][D], then b[D]. */
typedef struct mts_decoder {
    bool excludes; /* skips the trials of region held_out: split ood */
    mts_pattern held_out;
    mts_stream stream;       /* item 0: initial weights; item 1 + c: order of chunk c */
    size_t updates, waiting; /* batches done; trials in the batch that is filling up */
    mts_real scale;          /* of the states that it sees: 1, or that of decoder std */
    mts_adam_state adam;     /* after `updates` updates */
    mts_real *theta, *m, *v; /* [(N + 1) D] */
    mts_real *tested;        /* theta at the update whose weights are tested */
    mts_real *batch_h;       /* [PROBE_BATCH][N] */
    mts_real *batch_x;       /* [PROBE_BATCH][D] */
} mts_decoder;

/* What all decoders of a probe share. */
typedef struct mts_decoder_set {
    const mts_kernels *kernels;
    size_t N, D, n_decoders, batches;
    double learning_rate;
    mts_decoder *decoder;
    mts_real *packed;   /* of a W */
    mts_real *gradient; /* [(N + 1) D] */
    mts_real *y;        /* [PROBE_BATCH][D] prediction, then its gradient */
} mts_decoder_set;

/* Takes the arrays of a set whose other members are there. */
void mts_probe_decoders_take(mts_decoder_set *set, mts_arena *arena);

/* Starts a fit: weights U(+-1/sqrt(N)) of the stream, moments zero, scale 1. */
void mts_probe_decoder_begin(const mts_decoder_set *set, mts_decoder *decoder, mts_stream stream,
                             bool excludes, mts_pattern held_out);

/* Walks chunk number `chunk` of n (at most MTS_PROBE_CHUNK) trials in the decoder's own order. A
 * batch that does not fill is kept for the next chunk. Returns true once all batches are done. */
bool mts_probe_decoder_walk(const mts_decoder_set *set, mts_decoder *decoder, uint64_t chunk,
                            size_t n, const mts_real *h, const mts_real *x);

/* After the last batch: weights for states as they are, instead of scaled ones. */
void mts_probe_decoder_rescale(const mts_decoder_set *set, mts_decoder *decoder);

#endif
