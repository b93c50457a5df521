/* Tests of the measures of states, and of decoding in closed form, against the numbers of numpy and
 * scikit-learn (tests/golden/make_measures.py). MTS_MEASURES names another file to read instead.
 */
#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdio.h>

#include "mtsweep/measure.h"
#include "mtsweep/probe.h"
#include "network.h"
#include "suite.h"

/* ---- numbers of the file ---- */

/* Arrays live to the end of the test, whose process ends with it; that this list knows them is
 * enough for a leak checker. */
static void *kept[256];
static size_t n_kept;

static void *keep(void *p)
{
    ck_assert_ptr_nonnull(p);
    ck_assert_uint_lt(n_kept, sizeof kept / sizeof *kept);
    return kept[n_kept++] = p;
}

typedef struct numbers {
    size_t n, rows, cols; /* a vector is one column */
    double *v;
} numbers;

static numbers read_numbers(const char *path)
{
    const char *other = getenv("MTS_MEASURES");
    const hid_t file =
        H5Fopen(other ? other : "tests/golden/measures.h5", H5F_ACC_RDONLY, H5P_DEFAULT);
    hsize_t size[2] = {1, 1};
    numbers a;
    int axes;
    ck_assert_msg(file >= 0, "cannot open the reference numbers");
    ck_assert_msg(H5LTget_dataset_ndims(file, path, &axes) >= 0 && axes <= 2, "no %s", path);
    ck_assert(H5LTget_dataset_info(file, path, size, NULL, NULL) >= 0);
    a = (numbers){.n = size[0] * size[1], .rows = size[0], .cols = size[1]};
    a.v = keep(mts_alloc(a.n, sizeof *a.v));
    ck_assert(H5LTread_dataset_double(file, path, a.v) >= 0);
    H5Fclose(file);
    return a;
}

static mts_real *as_reals(const numbers *a)
{
    mts_real *v = keep(reals(a->n));
    for (size_t i = 0; i < a->n; i++)
        v[i] = (mts_real)a->v[i];
    return v;
}

static double *doubles(size_t n)
{
    return keep(mts_alloc(n, sizeof(double)));
}

static void assert_near(const char *what, size_t n, const double *got, const double *want,
                        double tolerance)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(isnan(want[i]) ? isnan(got[i]) : fabs(got[i] - want[i]) <= tolerance,
                      "%s[%zu] is %.17g, not %.17g", what, i, got[i], want[i]);
}

#define READ(name, path) numbers name = read_numbers(path)

/* ---- sparsity ---- */

START_TEST(sparsity_is_numpys)
{
    READ(h, "sparsity/h");
    READ(want, "sparsity/unit");
    READ(absolute, "sparsity/absolute");
    mts_real *states = as_reals(&h);
    double *unit = doubles(h.cols), mean = 0;
    ck_assert(isnan(mts_measure_sparsity(h.rows, h.cols, states, false, unit)));
    assert_near("unit", h.cols, unit, want.v, 1e-11);
    double got = mts_measure_sparsity(h.rows, h.cols, states, true, unit);
    assert_near("absolute", h.cols, unit, absolute.v, 1e-11);
    for (size_t j = 0; j < h.cols; j++)
        mean += absolute.v[j] / (double)h.cols;
    ck_assert_double_eq_tol(got, mean, 1e-11);
}
END_TEST

/* Of these numbers the formula would say 100, as of a silent unit, though all are far from 0. */
START_TEST(a_unit_that_goes_both_ways_has_no_sparsity)
{
    const mts_real h[2][2] = {{2, 1}, {-2, 1}};
    double unit[2];
    ck_assert(isnan(mts_measure_sparsity(2, 2, &h[0][0], false, unit)) && isnan(unit[0]));
    ck_assert_double_eq_tol(unit[1], 0, 1e-12);
    ck_assert_double_eq_tol(mts_measure_sparsity(2, 2, &h[0][0], true, unit), 0, 1e-12);
}
END_TEST

/* Four stimuli. Even: 0. One stimulus: 1. Two of four: (1 - (1/2)^2 / (1/2)) / (3/4) = 2/3. Silent: 1
 * by convention. */
START_TEST(sparsity_of_simple_units_is_known)
{
    const mts_real h[4][4] = {{2, 0, 3, 0}, {2, 5, 3, 0}, {2, 0, 0, 0}, {2, 0, 0, 0}};
    const double want[4] = {0, 100, 200.0 / 3, 100};
    double unit[4];
    ck_assert_double_eq_tol(mts_measure_sparsity(4, 4, &h[0][0], false, unit), 800.0 / 12, 1e-12);
    assert_near("unit", 4, unit, want, 1e-12);
}
END_TEST

START_TEST(sparsity_of_states_that_are_not_finite_is_none)
{
    const mts_real h[3][2] = {{1, 2}, {(mts_real)NAN, 0}, {3, 0}};
    double unit[2], mean = mts_measure_sparsity(3, 2, &h[0][0], false, unit);
    ck_assert(isnan(mean) && isnan(unit[0]));
    ck_assert_double_eq_tol(unit[1], 100, 1e-12);
}
END_TEST

/* ---- principal components ---- */

START_TEST(components_are_those_of_scikit_learn)
{
    READ(h, "pca/h");
    READ(variance, "pca/variance");
    READ(ratio, "pca/ratio");
    READ(direction, "pca/direction");
    const size_t C = variance.n, N = h.cols;
    mts_real *states = as_reals(&h);
    double *v = doubles(C), *r = doubles(C), *d = doubles(C * N);

    ck_assert_int_eq(mts_measure_pca(h.rows, N, states, C, v, r, d), MTS_OK);
    assert_near("variance", C, v, variance.v, 1e-11 * variance.v[0]);
    assert_near("ratio", C, r, ratio.v, 1e-12);
    /* Directions of components whose variance is rounding and noise are hardly defined. */
    for (size_t c = 0; c < C; c++)
        if (ratio.v[c] > 1e-6)
            assert_near("direction", N, d + c * N, direction.v + c * N, 1e-9 / ratio.v[c]);
}
END_TEST

START_TEST(all_components_together_have_all_the_variance)
{
    READ(h, "pca/h");
    const size_t N = h.cols;
    mts_real *states = as_reals(&h);
    double *v = doubles(N), *r = doubles(N), *d = doubles(N * N), sum = 0;

    ck_assert_int_eq(mts_measure_pca(h.rows, N, states, N, v, r, d), MTS_OK);
    for (size_t a = 0; a < N; a++) {
        sum += r[a];
        ck_assert(v[a] >= 0 && (a == 0 || v[a] <= v[a - 1]));
        for (size_t b = 0; b <= a; b++) {
            double dot = 0;
            for (size_t j = 0; j < N; j++)
                dot += d[a * N + j] * d[b * N + j];
            ck_assert_double_eq_tol(dot, a == b, 1e-12);
        }
    }
    ck_assert_double_eq_tol(sum, 1, 1e-12);
}
END_TEST

START_TEST(states_that_do_not_vary_or_are_not_finite_have_no_components)
{
    mts_real h[3][2] = {{1, 2}, {1, 2}, {1, 2}};
    double v[2], r[2], d[4];
    ck_assert_int_eq(mts_measure_pca(3, 2, &h[0][0], 2, v, r, d), MTS_OK);
    ck_assert(v[0] == 0 && v[1] == 0 && isnan(r[0]) && isnan(r[1]));
    h[1][1] = (mts_real)INFINITY;
    ck_assert_int_eq(mts_measure_pca(3, 2, &h[0][0], 2, v, r, d), MTS_DIVERGED);
}
END_TEST

/* ---- selectivity and angles ---- */

START_TEST(selectivity_is_numpys_correlation)
{
    READ(h, "selectivity/h");
    READ(x, "selectivity/x");
    READ(want, "selectivity/r");
    mts_real *states = as_reals(&h);
    double *r = doubles(h.cols);

    mts_measure_selectivity(h.rows, h.cols, states, x.v, r);
    assert_near("r", h.cols, r, want.v, 1e-13);
    for (size_t i = 0; i < x.n; i++)
        x.v[i] = 3;
    mts_measure_selectivity(h.rows, h.cols, states, x.v, r);
    for (size_t j = 0; j < h.cols; j++)
        ck_assert(isnan(r[j]));
}
END_TEST

START_TEST(angles_are_numpys)
{
    READ(a, "angle/a");
    READ(b, "angle/b");
    READ(want, "angle/degrees");

    for (size_t i = 0; i < want.n; i++)
        ck_assert_double_eq_tol(mts_angle(a.cols, a.v + i * a.cols, b.v + i * b.cols), want.v[i],
                                1e-11);
}
END_TEST

START_TEST(angles_of_random_vectors_spread_as_their_density_says)
{
    READ(n, "angle/n");
    READ(want, "angle/deviation");

    for (size_t i = 0; i < n.n; i++)
        ck_assert_double_eq_tol(mts_measure_random_angle((size_t)n.v[i]), want.v[i], 1e-9);
}
END_TEST

/* 4000 pairs of vectors of the stream: mean 90 and the stated deviation. */
START_TEST(drawn_random_vectors_have_angles_of_that_spread)
{
    enum { N = 64, PAIRS = 4000 };
    const mts_kernels *naive;
    mts_real *draw = keep(reals(2 * N * PAIRS));
    double sum = 0, square = 0, deviation = mts_measure_random_angle(N);
    ck_assert_int_eq(mts_kernels_find("naive", &naive), MTS_OK);
    naive->normal((mts_stream){3, 99}, 0, PAIRS, 2 * N, draw);
    for (size_t i = 0; i < PAIRS; i++) {
        double a[N], b[N], angle;
        for (size_t j = 0; j < N; j++) {
            a[j] = (double)draw[j * PAIRS + i];
            b[j] = (double)draw[(N + j) * PAIRS + i];
        }
        angle = mts_angle(N, a, b) - 90;
        sum += angle;
        square += angle * angle;
    }
    ck_assert_double_le(fabs(sum / PAIRS), 4 * deviation / sqrt(PAIRS));
    ck_assert_double_le(fabs(sqrt(square / PAIRS) / deviation - 1), 4 / sqrt(2.0 * PAIRS));
}
END_TEST

/* ---- closed form ---- */

START_TEST(probit_of_log_odds_is_right_to_rounding_far_into_the_tails)
{
    READ(z, "probit/z");
    READ(u, "probit/u");

    for (size_t i = 0; i < z.n; i++) {
        double got = mts_measure_probit(z.v[i]);
        ck_assert_msg(fabs(got - u.v[i]) <= 4e-15 * fmax(1, fabs(u.v[i])),
                      "probit of log odds %g is %.17g, not %.17g", z.v[i], got, u.v[i]);
        ck_assert_double_eq(mts_measure_probit(-z.v[i]), -got);
    }
    ck_assert_double_eq(mts_measure_probit(0), 0);
    ck_assert(isnan(mts_measure_probit(NAN)));
    ck_assert_double_eq(mts_measure_probit(INFINITY), mts_measure_probit(600));
    ck_assert_double_ge(mts_measure_probit(600), 34);
}
END_TEST

START_TEST(pseudoinverses_are_numpys_also_of_few_and_of_dependent_normals)
{
    static const char *const kinds[] = {"tall", "wide", "flat"};
    for (size_t i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "inverse/%s", kinds[i]);
        READ(normal, path);
        snprintf(path, sizeof path, "inverse/%s_inverse", kinds[i]);
        READ(want, path);
        double *inverse = doubles(want.n);

        ck_assert_int_eq(mts_measure_pseudoinverse(normal.rows, normal.cols, normal.v, inverse),
                         MTS_OK);
        assert_near(kinds[i], want.n, inverse, want.v, 1e-11);
        normal.v[1] = NAN;
        ck_assert_int_eq(mts_measure_pseudoinverse(normal.rows, normal.cols, normal.v, inverse),
                         MTS_DIVERGED);
    }
}
END_TEST

/* ln Phi(u) - ln Phi(-u) */
static double log_odds(double u)
{
    return log(erfc(-u * M_SQRT1_2)) - log(erfc(u * M_SQRT1_2));
}

/* An ideal observer's log odds of K tasks for estimates m[n][D], in units of gain. */
static void observe(size_t K, size_t D, const double *normal, const double *offset,
                    double deviation, double gain, size_t n, const double *m, mts_real *z)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < K; k++) {
            double s = -offset[k];
            for (size_t d = 0; d < D; d++)
                s += normal[k * D + d] * m[i * D + d];
            z[i * K + k] = (mts_real)(log_odds(s / deviation) / gain);
        }
}

/* With enough tasks the estimate itself comes back, however certain the observer; offsets and the
 * gain of the loss are undone. In float the log odds are rounded. */
START_TEST(closed_form_recovers_the_estimate_of_an_ideal_observer)
{
    enum { M = 200 };
    static const size_t sizes[][2] = {{24, 2}, {2, 2}, {3, 3}, {12, 10}};
    for (size_t c = 0; c < sizeof sizes / sizeof *sizes; c++) {
        const size_t K = sizes[c][0], D = sizes[c][1];
        const double deviation = 0.2 / sqrt(20);
        mts_real *random = keep(random_reals(K * D + K + M * D, -0.5, 0.5, 7 + c));
        mts_real *z = keep(reals(M * K));
        double *normal = doubles(K * D), *offset = doubles(K), *m = doubles(M * D);
        double *inverse = doubles(K * D), *x = doubles(M * D);
        for (size_t k = 0; k < K; k++) {
            double square = 0;
            for (size_t d = 0; d < D; d++)
                square += (double)random[k * D + d] * (double)random[k * D + d];
            for (size_t d = 0; d < D; d++)
                normal[k * D + d] = (double)random[k * D + d] / sqrt(square);
            offset[k] = 0.4 * (double)random[K * D + k];
        }
        for (size_t i = 0; i < M * D; i++)
            m[i] = (double)random[K * D + K + i];
        ck_assert_int_eq(mts_measure_pseudoinverse(K, D, normal, inverse), MTS_OK);
        for (double gain = 1; gain <= 2; gain++) {
            const mts_measure_observer observer = {K, D, inverse, offset, deviation, gain};
            observe(K, D, normal, offset, deviation, gain, M, m, z);
            mts_measure_decode(&observer, M, z, x);
            assert_near("x", M * D, x, m, IS_DOUBLE ? 1e-12 : 3e-7);
        }
    }
}
END_TEST

/* One task in three latents shows the part along its normal, and nothing is put elsewhere. */
START_TEST(closed_form_of_too_few_tasks_is_the_part_that_they_show)
{
    const double normal[3] = {0.6, 0, 0.8}, offset[1] = {0.1}, m[3] = {0.3, -0.4, 0.2};
    const double along = 0.6 * 0.3 + 0.8 * 0.2, want[3] = {0.6 * along, 0, 0.8 * along};
    double inverse[3], x[3];
    const mts_measure_observer observer = {1, 3, inverse, offset, 0.05, 1};
    mts_real z[1];
    ck_assert_int_eq(mts_measure_pseudoinverse(1, 3, normal, inverse), MTS_OK);
    observe(1, 3, normal, offset, 0.05, 1, 1, m, z);
    mts_measure_decode(&observer, 1, z, x);
    assert_near("x", 3, x, want, 1e-7);
}
END_TEST

/* ---- eigenvalues ---- */

START_TEST(eigenvalues_are_numpys)
{
    READ(general, "eigen/general");
    READ(real, "eigen/real");
    READ(imaginary, "eigen/imaginary");
    READ(symmetric, "eigen/symmetric");
    READ(value, "eigen/value");
    const size_t n = general.rows;
    double *re = doubles(n), *im = doubles(n), *v = doubles(n), *vector = doubles(n * n);

    ck_assert_int_eq(mts_eigen_general(n, general.v, re, im), MTS_OK);
    for (size_t i = 0; i < n; i++) { /* in any order */
        double best = HUGE_VAL;
        for (size_t j = 0; j < n; j++)
            best = fmin(best, hypot(re[j] - real.v[i], im[j] - imaginary.v[i]));
        ck_assert_double_le(best, 1e-12);
    }
    ck_assert_int_eq(mts_eigen_symmetric(n, symmetric.v, v, vector), MTS_OK);
    assert_near("value", n, v, value.v, 1e-11);
    for (size_t e = 0; e < n; e++)
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (size_t j = 0; j < n; j++)
                sum += symmetric.v[i * n + j] * vector[e * n + j];
            ck_assert_double_eq_tol(sum, v[e] * vector[e * n + i], 1e-11);
        }
}
END_TEST

/* ---- fixed points ---- */

/* h -> relu(W h + b) of a file. */
typedef struct relu_map {
    size_t N;
    const double *w, *b;
} relu_map;

static void relu_linearise(void *ctx, size_t i, const double *h, double *next, double *J)
{
    const relu_map *m = ctx;
    (void)i;
    for (size_t a = 0; a < m->N; a++) {
        double sum = m->b[a];
        for (size_t c = 0; c < m->N; c++)
            sum += m->w[a * m->N + c] * h[c];
        next[a] = fmax(sum, 0);
        for (size_t c = 0; J && c < m->N; c++)
            J[a * m->N + c] = sum > 0 ? m->w[a * m->N + c] : 0;
    }
}

static void relu_step(void *ctx, size_t n, const mts_real *h, mts_real *next)
{
    const relu_map *m = ctx;
    double at[16], to[16];
    for (size_t i = 0; i < n; i++) {
        for (size_t a = 0; a < m->N; a++)
            at[a] = (double)h[i * m->N + a];
        relu_linearise(ctx, i, at, to, NULL);
        for (size_t a = 0; a < m->N; a++)
            next[i * m->N + a] = (mts_real)to[a];
    }
}

static void relu_back(void *ctx, size_t n, const mts_real *h, const mts_real *dnext, mts_real *dh)
{
    const relu_map *m = ctx;
    double at[16], to[16], J[256];
    for (size_t i = 0; i < n; i++) {
        for (size_t a = 0; a < m->N; a++)
            at[a] = (double)h[i * m->N + a];
        relu_linearise(ctx, i, at, to, J);
        for (size_t c = 0; c < m->N; c++) {
            double sum = 0;
            for (size_t a = 0; a < m->N; a++)
                sum += J[a * m->N + c] * (double)dnext[i * m->N + a];
            dh[i * m->N + c] = (mts_real)sum;
        }
    }
}

/* What search finds from the n starts h, which move. */
static mts_measure_found search_relu(const mts_measure_search *search, const mts_measure_map *map,
                                     size_t n, double *h)
{
    mts_measure_found found = {.speed = doubles(n)};
    found.point = keep(mts_alloc(n, sizeof *found.point));
    found.start = keep(mts_alloc(n, sizeof *found.start));
    ck_assert_int_eq(mts_measure_fixed_points(search, map, kernels_of("auto"), n, h, &found),
                     MTS_OK);
    return found;
}

/* The file has all that there are, one for each set of active units that can be. */
START_TEST(newton_finds_all_fixed_points_and_nothing_else)
{
    READ(w, "fixed_points/w");
    READ(b, "fixed_points/b");
    READ(points, "fixed_points/points");
    READ(leading, "fixed_points/leading");
    enum { STARTS = 300 };
    const size_t N = b.n;
    relu_map relu = {N, w.v, b.v};
    const mts_measure_map map = {.ctx = &relu, .N = N, .linearise = relu_linearise};
    const mts_measure_search search = {
        .method = MTS_FIXED_POINT_newton, .speed = 1e-9, .merge = 1e-3};
    double *h = doubles(STARTS * N), *re = doubles(N), *im = doubles(N);
    mts_real *u = keep(random_reals(STARTS * N, 0, 6, 3));
    for (size_t i = 0; i < STARTS * N; i++)
        h[i] = (double)u[i];
    const mts_measure_found found = search_relu(&search, &map, STARTS, h);
    ck_assert_uint_ge(points.rows, 8);
    ck_assert_uint_eq(found.points, points.rows);
    for (size_t p = 0; p < points.rows; p++) {
        size_t hits = 0;
        for (size_t f = 0; f < found.points; f++) {
            const double *at = h + (size_t)found.start[f] * N;
            double most = 0;
            for (size_t a = 0; a < N; a++)
                most = fmax(most, fabs(at[a] - points.v[p * N + a]));
            if (most > 1e-6)
                continue;
            hits++;
            ck_assert_int_eq(mts_measure_spectrum(&map, 0, at, re, im), MTS_OK);
            assert_near("leading", 3, re, leading.v + p * 3, 1e-9);
        }
        ck_assert_uint_eq(hits, 1);
    }
}
END_TEST

/* Without a threshold, all steps, and all that end in finite numbers count. */
START_TEST(adam_ends_where_that_of_pytorch_ends)
{
    READ(w, "fixed_points/w");
    READ(b, "fixed_points/b");
    READ(begin, "fixed_points/starts");
    READ(ends, "fixed_points/ends");
    READ(labels, "fixed_points/labels");
    const size_t N = b.n, n = begin.rows;
    relu_map relu = {N, w.v, b.v};
    const mts_measure_map map = {&relu, N, relu_step, relu_back, relu_linearise, NULL};
    const mts_measure_search search = {
        .method = MTS_FIXED_POINT_adam, .steps = 1000, .speed = -1, .merge = 0.5};
    const mts_measure_found found = search_relu(&search, &map, n, begin.v);
    double clusters = 0;
    assert_near("end", n * N, begin.v, ends.v, IS_DOUBLE ? 1e-8 : 1e-3);
    ck_assert_uint_eq(found.converged, n);
    for (size_t i = 0; i < n; i++) {
        ck_assert_double_eq((double)found.point[i], labels.v[i]);
        clusters = fmax(clusters, labels.v[i] + 1);
    }
    ck_assert_double_eq((double)found.points, clusters);
}
END_TEST

START_TEST(matrices_that_are_not_finite_have_no_eigenvalues_and_empty_ones_none)
{
    double a[4] = {1, 2, NAN, 4}, v[2], w[2], vector[4];
    ck_assert_int_eq(mts_eigen_general(2, a, v, w), MTS_DIVERGED);
    ck_assert_int_eq(mts_eigen_symmetric(2, a, v, vector), MTS_DIVERGED);
    ck_assert_int_eq(mts_eigen_general(0, a, v, w), MTS_OK);
    ck_assert_int_eq(mts_eigen_symmetric(0, a, v, vector), MTS_OK);
}
END_TEST

/* ---- merging ---- */

START_TEST(merging_gives_the_clusters_of_dbscan)
{
    READ(points, "merge/points");
    READ(eps, "merge/eps");
    READ(labels, "merge/labels");
    const size_t n = points.rows;
    double *speed = doubles(n);
    int64_t *point = keep(mts_alloc(n, sizeof *point));
    int64_t *start = keep(mts_alloc(n, sizeof *start));

    for (size_t e = 0; e < eps.n; e++) {
        const mts_measure_search search = {.speed = 0, .merge = eps.v[e]};
        size_t clusters = 0;
        size_t found = mts_measure_merge(&search, n, points.cols, points.v, speed, point, start);
        for (size_t i = 0; i < n; i++) {
            ck_assert_int_eq(point[i], (int64_t)labels.v[e * n + i]);
            if ((size_t)point[i] + 1 > clusters)
                clusters = (size_t)point[i] + 1;
        }
        ck_assert_uint_eq(found, clusters);
    }
}
END_TEST

int main(void)
{
    mts_blas_single_thread();
    const TTest *const tests[] = {
        sparsity_is_numpys,
        sparsity_of_simple_units_is_known,
        a_unit_that_goes_both_ways_has_no_sparsity,
        sparsity_of_states_that_are_not_finite_is_none,
        components_are_those_of_scikit_learn,
        all_components_together_have_all_the_variance,
        states_that_do_not_vary_or_are_not_finite_have_no_components,
        selectivity_is_numpys_correlation,
        angles_are_numpys,
        angles_of_random_vectors_spread_as_their_density_says,
        drawn_random_vectors_have_angles_of_that_spread,
        probit_of_log_odds_is_right_to_rounding_far_into_the_tails,
        pseudoinverses_are_numpys_also_of_few_and_of_dependent_normals,
        closed_form_recovers_the_estimate_of_an_ideal_observer,
        closed_form_of_too_few_tasks_is_the_part_that_they_show,
        eigenvalues_are_numpys,
        matrices_that_are_not_finite_have_no_eigenvalues_and_empty_ones_none,
        newton_finds_all_fixed_points_and_nothing_else,
        adam_ends_where_that_of_pytorch_ends,
        merging_gives_the_clusters_of_dbscan,
    };

    return run_suite("measure", 60, tests, sizeof tests / sizeof *tests);
}
