/* probe.h: linear decoders of the latents from a frozen network's last state, in and out of
 * distribution [S1 A.2; code generalize.py].
 *
 * Typical use:
 *
 *     mts_probe_source source = {ctx, N, D, draw};
 *     st = mts_probe(&spec, &source, kernels, result);
 *
 * The module knows states and latents only: the caller supplies them through a source, so a test
 * can probe an ideal observer as if it were a network. Nothing outlives the call.
 *
 * Protocol. A fold holds one region out. Split id: the decoder trains on the whole cube and is
 * tested on that region. Split ood: it trains on the rest of the cube and is tested on the same
 * trials as id. Split ood_published: the ood decoder on the authors' test set. In their code the
 * row of the quadrant table becomes one-dimensional when one orthant is held out, and a trial's
 * quadrant is then drawn from the row's coordinates: all latents get the sign of one latent of the
 * row, drawn at random. So for D = 2 quadrants 1 and 3 are tested as meant, and 2 and 4 half on 1
 * and half on 3, both of which were trained on. Where a fold holds out more than one orthant
 * (last_two with D > 2, sign_j), and in the two folds that come out as meant, the authors' test set
 * is the held-out region: ood_published is then scored on the trials of ood.
 *
 * Decoder sgd: Linear(N -> D) with bias, U(+-1/sqrt(N)), squared error (mean over trials and
 * latents), Adam, n batches of 16 fresh trials; tested with the weights that it has after
 * floor(0.99 n) + 1 updates (at most n); the angle uses those after n. Decoder std: the same on
 * states divided by their overall standard deviation, about their mean over trials and units of the
 * fit's first chunk: sgd does not converge in its batches where states are large, and what it then
 * scores says nothing about the network. Decoder ols: least squares on all trials drawn for the fit
 * (see below), those of the held-out region left out for ood, with the ridge that generalised
 * cross-validation on these trials chooses (mts_ridge): without one the directions in which states
 * hardly vary decide what is extrapolated.
 *
 * Forward passes are shared. All decoders of fit f read one endless sequence of fresh trials from
 * the whole cube, private to f, in chunks of MTS_PROBE_CHUNK. Each sgd decoder walks a chunk in a
 * random order of its own (std takes that of its sgd, and its initial weights), skips the trials of its held-out region, and stops after n batches;
 * chunks are drawn until the last decoder has stopped, and the trials of all these chunks are those
 * of ols. So each fit sees independent trials, none twice, in its own order, and the sixteen decoders
 * of a fit (four folds, id and ood, sgd and std) cost the forward passes of one and a third. Fits share nothing.
 *
 *     fit f    chunk 0          chunk 1          chunk 2 ...      one sequence, drawn once
 *              | | | | | |      | | | | | |              id, fold 0: all, in an order of its own
 *              |   | |   |      | |   |                  ood, fold 0: without region 0
 *              ...                                      ...
 *     test     640 trials of region 0, shared by id and ood       fresh for each fold and fit
 */
#ifndef MTSWEEP_PROBE_H
#define MTSWEEP_PROBE_H

#include "mtsweep/base.h"
#include "mtsweep/num.h"
#include "mtsweep/record.h"

#define MTS_PROBE_CHUNK    512
#define MTS_PROBE_PATTERNS 16 /* most patterns of one draw: D */

typedef struct mts_probe_source {
    void *ctx;
    size_t N, D;
    /* Trials first .. first + n - 1 of sequence `sequence` (any 24-bit number; different numbers
     * are independent), latents from the region (NULL: the whole cube): writes last states h[n][N]
     * and latents x[n][D]. n is at most MTS_PROBE_CHUNK. A status other than MTS_OK ends the probe
     * and is passed on (MTS_STOPPED: asked to stop). */
    mts_status (*draw)(void *ctx, uint32_t sequence, uint64_t first, size_t n,
                       const mts_region *region, mts_real *h, mts_real *x);
    /* Called after each fit with the number of those that are done; may be NULL. */
    void (*fitted)(void *ctx, size_t fits);
    size_t fits; /* that the result has from before: the probe goes on with the next */
} mts_probe_source;

typedef struct mts_probe_spec {
    int64_t folds;      /* config field folds; orthant needs D <= 6, sign_j needs j <= D */
    size_t fits;        /* at most 256; 0 = nothing is probed */
    size_t batches;     /* n, at least 1 */
    size_t test_trials; /* per fold and fit, at least 1 */
    double learning_rate;
    uint64_t identity; /* key of the decoders' initial weights and orders */
} mts_probe_spec;

/* Number of folds of a protocol: 4 for last_two, 2^D for orthant, 1 for sign_j. */
size_t mts_probe_folds(int64_t folds, size_t D);

/* The region that fold `fold` holds out. last_two: quadrants of the last two latents in the order
 * (+,+), (-,+), (-,-), (+,-), numbered 1 to 4 in the paper; orthant (D > 2): lexicographic,
 * - before +, last latent fastest (D = 2: the same as last_two); sign_j: x_j > 0. */
mts_pattern mts_probe_held_out(int64_t folds, size_t D, size_t fold);

/* The authors' test set of a fold: writes its patterns and returns their number. One pattern, the
 * held-out region, wherever their code does what it means to. */
size_t mts_probe_published(int64_t folds, size_t D, size_t fold,
                           mts_pattern pattern[MTS_PROBE_PATTERNS]);

/* "x1 + x2 -": the held-out signs in words. */
#define MTS_FOLD_TEXT 64
void mts_probe_fold_text(int64_t folds, size_t D, size_t fold, char text[MTS_FOLD_TEXT]);

/* Decoder batches by number of tasks [S1 A.2]: 3000 up to K = 3, 2000 at 6, 1000 from 12 on; linear
 * in log K between these. */
size_t mts_probe_batches(size_t K);

/* Trials that one call of mts_probe is expected to draw, to estimate its time. */
double mts_probe_draws(const mts_probe_spec *spec, size_t D);

/* Bytes that one call of mts_probe allocates at most at a time. */
size_t mts_probe_memory(const mts_probe_spec *spec, const mts_kernels *kernels, size_t N, size_t D);

/* Fills score_* of the result and the medians result_*_r2 and result_*_angle. Extents beyond this
 * run's folds and fits stay as they are. A score that is not a number (a decoder that diverged)
 * is stored as the fill value. MTS_ERR_MEMORY, or what the source returned; the scores are then not
 * to be used. */
mts_status mts_probe(const mts_probe_spec *spec, const mts_probe_source *source,
                     const mts_kernels *kernels, mts_result *result);

#endif
