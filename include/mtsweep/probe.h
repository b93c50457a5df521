/* probe.h: linear decoders of the latents from a frozen network's last state, in and out of
 * distribution [S1 A.2; code generalize.py].
 *
 * The module knows states and latents only: the caller supplies them through a source, so a test
 * can probe an ideal observer as if it were a network.
 *
 * Protocol. A fold holds one region out. Split ood: the decoder trains on the other regions and is
 * tested on the held-out one. Split id: it trains on all and is tested on that same region. Split
 * ood_published: the ood decoder on the authors' test set. In their code the row of the quadrant
 * table becomes one-dimensional when one orthant is held out, and a trial's quadrant is then drawn
 * from its coordinates: all latents get the sign of one latent of the row, drawn at random. So for
 * D = 2 quadrants 1 and 3 are tested as meant, and 2 and 4 half on 1 and half on 3, both of which
 * were trained on.
 *
 * Decoder sgd: Linear(N -> D) with bias, U(+-1/sqrt(N)), squared error (mean over trials and
 * latents), Adam, batches of 16 fresh trials; tested once, after 0.99 n + 1 updates; the angle uses
 * the final weights. Decoder ols: least squares on the same trials, of least norm.
 *
 * Forward passes are shared. Fit f of every split and fold reads one endless sequence of fresh
 * trials from the whole cube, private to f; it comes in chunks, and each (split, fold) walks a
 * chunk in an order of its own and skips the trials of its held-out region. So each fit sees
 * independent trials, none twice, in its own order, and the ten decoders of a fit (four folds, id
 * and ood) cost the forward passes of one and a third. Test trials of a fold and fit are shared by
 * id and ood, so that their difference is not blurred by the draw.
 */
#ifndef MTSWEEP_PROBE_H
#define MTSWEEP_PROBE_H

#include "mtsweep/base.h"
#include "mtsweep/num.h"
#include "mtsweep/record.h"

/* A region of the latent cube: equally likely sign patterns. (The same type of thing as mts_region
 * of task.h; the two modules do not know each other, and the caller translates.) A pattern fixes
 * the signs of the latents in `mask` (bit d = latent d), positive where `sign` has the bit. */
typedef struct mts_probe_pattern {
    uint32_t mask, sign;
} mts_probe_pattern;

typedef struct mts_probe_source {
    void *ctx;
    size_t N, D;
    /* Trials first .. first + n - 1 of sequence `sequence` (any 24-bit number; different numbers
     * are independent), latents from the patterns (n_patterns = 0: the whole cube): writes last
     * states h[n][N] and latents x[n][D]. n is at most MTS_PROBE_CHUNK. A status other than MTS_OK
     * ends the probe and is passed on (MTS_STOPPED: asked to stop). */
    mts_status (*draw)(void *ctx, uint32_t sequence, uint64_t first, size_t n,
                       const mts_probe_pattern *pattern, size_t n_patterns, mts_real *h,
                       mts_real *x);
} mts_probe_source;
#define MTS_PROBE_CHUNK 512

typedef struct mts_probe_spec {
    int64_t folds; /* config field folds */
    size_t fits, batches, test_trials;
    double learning_rate;
    uint64_t identity; /* key of the decoders' initial weights and orders */
} mts_probe_spec;

/* Number of folds of a protocol: 4 for last_two, 2^D for orthant, 1 for sign_j. */
size_t mts_probe_folds(int64_t folds, size_t D);

/* The region that fold `fold` holds out. last_two: quadrants of the last two latents in the order
 * (+,+), (-,+), (-,-), (+,-), numbered 1 to 4 in the paper; orthant (D > 2): lexicographic, -
 * before +, last latent fastest (D = 2: the same as last_two). */
mts_probe_pattern mts_probe_held_out(int64_t folds, size_t D, size_t fold);

/* "x1 + x2 -": the held-out signs in words. */
#define MTS_FOLD_TEXT 64
void mts_probe_fold_text(int64_t folds, size_t D, size_t fold, char text[MTS_FOLD_TEXT]);

/* Decoder batches by number of tasks [S1 A.2]: 3000 up to K = 3, 2000 at 6, 1000 from 12 on; linear
 * in log K between these. */
size_t mts_probe_batches(size_t K);

/* Fills score_* of the result and the medians result_*_r2 and result_*_angle. Extents beyond this
 * run's folds and fits stay at their fill. */
mts_status mts_probe(const mts_probe_spec *spec, const mts_probe_source *source,
                     const mts_kernels *kernels, mts_result *result);

/* Angle in degrees [0, 180] between two n-vectors; NaN if one is zero. */
double mts_angle(size_t n, const double *a, const double *b);

/* Quantile q of the finite values among v[n] (linear interpolation, as numpy's default), NaN if
 * there is none. Sorts v. */
double mts_quantile(size_t n, double *v, double q);

#endif
