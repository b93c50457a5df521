/* internal.h: the decoders of one fit. Private to src/probe. */
#ifndef MTS_PROBE_INTERNAL_H
#define MTS_PROBE_INTERNAL_H

#include "mtsweep/probe.h"

#define PROBE_BATCH 16 /* trials of a decoder's batch [code generalize.py] */

/* One sgd decoder in training. theta = W[N][D], then b[D]. */
typedef struct mts_decoder {
    bool excludes; /* skips the trials of region held_out: split ood */
    mts_probe_pattern held_out;
    mts_stream stream;       /* item 0: initial weights; item 1 + c: order of chunk c */
    size_t updates, waiting; /* batches done; trials in the batch that is filling up */
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
    mts_real *block;    /* everything below and the decoders' arrays */
    mts_real *packed;   /* of a W */
    mts_real *gradient; /* [(N + 1) D] */
    mts_real *y;        /* [PROBE_BATCH][D] prediction, then its gradient */
} mts_decoder_set;

/* Elements of `block`. */
size_t mts_probe_decoder_elements(const mts_kernels *kernels, size_t N, size_t D,
                                  size_t n_decoders);

/* On MTS_ERR_MEMORY the set holds nothing. free: also for a zeroed or freed set. */
mts_status mts_probe_decoders_create(const mts_kernels *kernels, size_t N, size_t D,
                                     size_t n_decoders, size_t batches, double learning_rate,
                                     mts_decoder_set *set);
void mts_probe_decoders_free(mts_decoder_set *set);

/* Starts a fit: weights U(+-1/sqrt(N)) of the stream, moments zero. */
void mts_probe_decoder_begin(const mts_decoder_set *set, mts_decoder *decoder, mts_stream stream,
                             bool excludes, mts_probe_pattern held_out);

/* Walks chunk number `chunk` of n (at most MTS_PROBE_CHUNK) trials in the decoder's own order. A
 * batch that does not fill is kept for the next chunk. Returns true once all batches are done. */
bool mts_probe_decoder_walk(const mts_decoder_set *set, mts_decoder *decoder, uint64_t chunk,
                            size_t n, const mts_real *h, const mts_real *x);

/* Whether latents x lie in the region. */
static inline bool mts_probe_inside(mts_probe_pattern region, size_t D, const mts_real *x)
{
    for (size_t d = 0; d < D; d++)
        if (region.mask >> d & 1 && (x[d] > 0) != (region.sign >> d & 1))
            return false;
    return true;
}

#endif
