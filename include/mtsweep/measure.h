/* measure.h: what the states and the dynamics of a frozen network are like: sparsity, principal
 * components, selectivity, decoding in closed form, fixed points.
 *
 * Typical use:
 *
 *     percent = mts_measure_sparsity(m, N, h, unit);
 *
 *     mts_measure_search search = {.method = config.fixed_point_method, .speed = 1e-6, .merge = 0.5};
 *     mts_measure_found found = {.speed = speed, .point = point, .start = start};
 *     st = mts_measure_fixed_points(&search, &map, kernels, n, h, &found);
 *     for (i = 0; i < found.points; i++)
 *         st = mts_measure_spectrum(&map, start[i], h + start[i] * N, real, imaginary);
 *
 * A function that allocates has a second, NAME_memory, which says how many bytes: they are counted by
 * the code that takes them.
 *
 * The module knows arrays and callbacks only, so a test measures a map that it made up as if it were
 * a network. Nothing outlives a call. Statistics are in double, sums in the order of their index;
 * where exp, log, erfc and LAPACK enter, the last bits are those of the library.
 *
 * Letters: m states (rows), N units, K tasks, D latents.
 */
#ifndef MTSWEEP_MEASURE_H
#define MTSWEEP_MEASURE_H

#include "mtsweep/base.h"
#include "mtsweep/num.h"

/* ---- states h[m][N] ---- */

/* Sparsity of each unit over m stimuli, in percent [code sparsity.py; Vinje and Gallant, 2000]:
 *
 *     S = 100 (1 - mean(r)^2 / mean(r^2)) / (1 - 1/m)
 *
 * 0 for a unit that is the same for all stimuli, 100 for one that is active for one stimulus only,
 * and for one that is silent. Rates are not negative: of a unit whose mean is 0 because it goes both
 * ways this would say 100 as of a silent one, so it is NaN where a state is below 0. absolute: of
 * |r|, which all units have. m at least 2. Writes unit[N] and returns the mean over units. NaN also
 * where a state is not finite. */
double mts_measure_sparsity(size_t m, size_t N, const mts_real *h, bool absolute, double *unit);

/* Principal components of the m states, m at least 2, in the order of falling variance: variance
 * (divisor m - 1), its part of the total variance (NaN if that is 0) and the direction, of unit
 * length and with its largest entry positive. variance, ratio: [n]; direction: [n][N]; n at most N.
 * MTS_ERR_MEMORY; MTS_DIVERGED if a state is not finite. */
mts_status mts_measure_pca(size_t m, size_t N, const mts_real *h, size_t n, double *variance,
                           double *ratio, double *direction);
size_t mts_measure_pca_memory(size_t N);

/* Pearson correlation of each unit with x[m], r[N]; NaN where either is constant or not finite. */
void mts_measure_selectivity(size_t m, size_t N, const mts_real *h, const double *x, double *r);

/* Standard deviation, in degrees, of the angle between two vectors of independent normal numbers in
 * N dimensions, whose mean is 90: the density of the angle is sin(angle)^(N-2), of variance
 * psi'(N/2) / 2 [calc]. N at least 2. */
double mts_measure_random_angle(size_t N);

/* ---- decoding in closed form ---- */

/* An ideal observer who averages n observations and finds m says y_k = [c_k . x > b_k] with
 * probability p_k = Phi((c_k . m - b_k) sqrt(n) / sigma) [section 3 of the paper]. So
 *
 *     x_hat = C^+ (b + sigma / sqrt(n) Phi^-1(p))
 *
 * C^+ = (C'C)^-1 C', and the estimate of least norm where fewer tasks than latents leave C'C
 * singular. The probabilities come as log odds z = ln(p / (1 - p)), so that none is too near 1:
 * nothing is clipped below |z| = 600, which is 34 standard deviations. */

/* Phi^-1(1 / (1 + exp(-z))), to a few ulp. */
double mts_measure_probit(double z);

/* inverse[D][K] = C^+ of normal[K][D]; eigenvalues of C'C below 1e-10 of the largest count as zero.
 * MTS_ERR_MEMORY; MTS_DIVERGED if a normal is not finite. */
mts_status mts_measure_pseudoinverse(size_t K, size_t D, const double *normal, double *inverse);
size_t mts_measure_pseudoinverse_memory(size_t D);

/* Whose answers are decoded. Keeps the caller's arrays. */
typedef struct mts_measure_observer {
    size_t K, D;
    const double *inverse, *offset; /* C^+ [D][K], b[K] */
    double deviation;               /* sigma / sqrt(n) */
    double gain;                    /* log odds are gain * z */
} mts_measure_observer;

/* x_hat[n][D] from z[n][K]. */
void mts_measure_decode(const mts_measure_observer *observer, size_t n, const mts_real *z,
                        double *x_hat);

/* ---- fixed points ---- */

/* Dynamics h -> F(h). The i-th start has a map of its own if it has an input of its own. */
typedef struct mts_measure_map {
    void *ctx;
    size_t N;
    /* next[i] = F_i(h[i]), and dh[i] = F_i'(h[i])' dnext[i], for starts 0 .. n-1: [n][N] each, no
     * two the same. Used by adam. */
    void (*step)(void *ctx, size_t n, const mts_real *h, mts_real *next);
    void (*step_back)(void *ctx, size_t n, const mts_real *h, const mts_real *dnext, mts_real *dh);
    /* next[N] = F_i(h) in double, and J[a][b] = d next_a / d h_b unless J is NULL. */
    void (*linearise)(void *ctx, size_t i, const double *h, double *next, double *J);
    /* Called often with the work done since the last call, in the unit of
     * mts_measure_search_cost; what a search is spared counts as done. A status other than MTS_OK
     * ends the search and is passed on. May be NULL. */
    mts_status (*advance)(void *ctx, double work);
} mts_measure_map;

/* A way to search is one file with one const table in src/measure, search_NAME.c; names and numbers are
 * those of config field fixed_point_method:
 *
 *     newton  damped Gauss-Newton (Levenberg and Marquardt) on |F(h) - h|^2, start after start, in
 *             double. A singular derivative, as along a line of fixed points, is met by the damping.
 *             Ends at the wanted speed, after `steps` solutions of the damped equations, or where
 *             no step lowers the speed: at a local minimum of it, or, as the derivative of relu
 *             units jumps, at such a jump a little short of one.
 *     adam    [code analyze.py] Adam, learning rate .01, on the mean of (F(h) - h)^2 over units and
 *             starts, all starts at once, in single precision. Ends when all starts have the wanted
 *             speed (looked at every 100 steps), or after `steps`.
 */
typedef struct mts_measure_search {
    int64_t method; /* number of the choice */
    size_t steps;   /* 0 = the method's own: 200 for newton, 10000 for adam */
    /* Root mean square of F(h) - h at which a state counts as a fixed point; below 0: wherever a search
     * ends in finite numbers, which takes all its steps. */
    double speed;
    double merge; /* distance at which two fixed points count as one */
} mts_measure_search;

/* What n searches found; the arrays are the caller's. */
typedef struct mts_measure_found {
    double *speed;    /* [n] where the searches ended; NaN: the search left the finite numbers */
    int64_t *point;   /* [n] number of the fixed point; -1: the start did not converge */
    int64_t *start;   /* [n] of each point, the member that stands for it; the rest is -1 */
    size_t converged; /* starts that reached the speed */
    size_t points;    /* fixed points they lie at */
} mts_measure_found;

/* Searches from n starts h[n][N], which become the states that the searches end at. Starts that
 * converged are merged: two belong together if a chain of converged states leads from one to the
 * other in which neighbours are at most `merge` apart. That is DBSCAN [code analyze.py] with one
 * sample making a core, or single linkage, so a densely sampled line of fixed points is one point;
 * merge = 0 keeps all but equal ones. Points are numbered in the order of their first member; the
 * member with the least speed stands for the point. MTS_ERR_MEMORY, or what advance returned. */
mts_status mts_measure_fixed_points(const mts_measure_search *search, const mts_measure_map *map,
                                    const mts_kernels *kernels, size_t n, double *h,
                                    mts_measure_found *found);
size_t mts_measure_search_memory(const mts_measure_search *search, size_t n, size_t N);

/* Work of a search in FLOP of products at full speed; for newton at the number of steps that trained
 * networks need. */
double mts_measure_search_cost(const mts_measure_search *search, size_t n, size_t N);

/* Merging alone, for states whose speed is at most search->speed, or with that below 0 is finite.
 * Returns the number of points. */
size_t mts_measure_merge(const mts_measure_search *search, size_t n, size_t N, const double *h,
                         const double *speed, int64_t *point, int64_t *start);

/* Eigenvalues real[N] + i imaginary[N] of the derivative of F_i(h) - h at h[N], by falling real part,
 * and where that is equal by falling imaginary part. MTS_ERR_MEMORY, MTS_DIVERGED. */
mts_status mts_measure_spectrum(const mts_measure_map *map, size_t i, const double *h, double *real,
                                double *imaginary);
size_t mts_measure_spectrum_memory(size_t N);

/* By how much the network slows a mode down: the time constant dt / |ln |mu|| of the eigenvalue mu =
 * 1 + lambda of F', over the units' own tau. Infinite for |mu| = 1, 0 for mu = 0. */
double mts_measure_amplification(double real, double imaginary, double dt, double tau);

#endif
