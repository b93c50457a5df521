/* Least squares with a ridge, on problems whose weights are known. */
#include <float.h>
#include <math.h>

#include "guarded.h"
#include "mtsweep/num.h"
#include "suite.h"

static const double epsilon = sizeof(mts_real) == 4 ? FLT_EPSILON : DBL_EPSILON;

START_TEST(ridge_recovers_the_weights_that_made_the_targets)
{
    enum { M = 90, N = 7, D = 2 };
    guarded x = guarded_random(M, N, N + 2, 1, 1), y = guarded_create(M, D, D + 1);
    double gram[(N + 1) * (N + 1)] = {0}, cross[(N + 1) * D] = {0}, w[(N + 1) * D];
    for (size_t i = 0; i < M; i++)
        for (size_t d = 0; d < D; d++) {
            double sum = d == 0 ? 0.5 : -3;
            for (size_t j = 0; j < N; j++)
                sum += (double)x.at[i * x.ld + j] * ((double)j - 2.0 * (double)d);
            y.at[i * y.ld + d] = (mts_real)sum;
        }
    mts_gram part = {40, N, D, x.at, x.ld, y.at, y.ld, gram, cross};
    mts_gram_add(&part);
    part.m = M - 40;
    part.x += 40 * x.ld;
    part.y += 40 * y.ld;
    mts_gram_add(&part);
    ck_assert_double_eq(gram[N * (N + 1) + N], M);
    for (size_t a = 0; a <= N; a++)
        for (size_t b = 0; b <= N; b++) {
            double sum = 0;
            for (size_t i = 0; i < M; i++)
                sum += (a < N ? (double)x.at[i * x.ld + a] : 1) *
                       (b < N ? (double)x.at[i * x.ld + b] : 1);
            ck_assert_double_eq(gram[a * (N + 1) + b], sum); /* the order is the rows' */
            ck_assert(gram[a * (N + 1) + b] == gram[b * (N + 1) + a]);
        }
    double square[D] = {0}, penalty;
    for (size_t i = 0; i < M; i++)
        for (size_t d = 0; d < D; d++)
            square[d] += (double)y.at[i * y.ld + d] * (double)y.at[i * y.ld + d];
    ck_assert_int_eq(mts_ridge(N, D, gram, cross, square, w, &penalty), MTS_OK);
    const double bound = 64 * epsilon + 1e-7; /* the least penalty there is */
    for (size_t j = 0; j < N; j++)
        for (size_t d = 0; d < D; d++)
            ck_assert_double_eq_tol(w[j * D + d], (double)j - 2.0 * (double)d, bound);
    ck_assert_double_eq_tol(w[N * D], 0.5, bound);
    ck_assert_double_eq_tol(w[N * D + 1], -3, bound);
    guarded_destroy(&x);
    guarded_destroy(&y);
}
END_TEST

/* y = 2 + 6 a; the units are a, a, 2 a, and silence. Of all weights with w0 + w1 + 2 w2 = 6 the
 * shortest are (1, 1, 2), and the silent unit gets none. */
START_TEST(ridge_of_a_singular_system_takes_the_shortest_weights)
{
    const mts_real x[4][4] = {{1, 1, 2, 0}, {-1, -1, -2, 0}, {2, 2, 4, 0}, {-2, -2, -4, 0}};
    const mts_real y[4] = {8, -4, 14, -10};
    double gram[25] = {0}, cross[5] = {0}, w[5], penalty;
    const double square = 64 + 16 + 196 + 100;
    mts_gram_add(&(mts_gram){4, 4, 1, &x[0][0], 4, y, 1, gram, cross});
    ck_assert_int_eq(mts_ridge(4, 1, gram, cross, &square, w, &penalty), MTS_OK);
    const double want[5] = {1, 1, 2, 0, 2};
    for (size_t j = 0; j < 5; j++)
        ck_assert_double_eq_tol(w[j], want[j], 1e-6); /* nothing tells the small penalties apart */
}
END_TEST

/* Five rows about a line: the definition, term by term, says which penalty
 * is best. */
START_TEST(ridge_takes_the_penalty_that_generalised_cross_validation_says)
{
    enum { M = 5 };
    const mts_real x[M] = {-2, -1, 0, 1, 2}, y[M] = {1, 0, -3, 4, 1};
    double gram[4] = {0}, cross[2] = {0}, square = 0, mean = 0, w[2], penalty;
    mts_gram_add(&(mts_gram){M, 1, 1, x, 1, y, 1, gram, cross});
    for (size_t i = 0; i < M; i++) {
        square += (double)(y[i] * y[i]);
        mean += (double)y[i] / M;
    }
    ck_assert_int_eq(mts_ridge(1, 1, gram, cross, &square, w, &penalty), MTS_OK);

    double best = INFINITY, want = 0;
    for (int k = 0; k < 49; k++) {
        const double tried = 10 * pow(10, -9 + k / 4.0), slope = cross[0] / (10 + tried);
        double rss = 0, freedom = M - 1 - 10 / (10 + tried);
        for (size_t i = 0; i < M; i++)
            rss += pow((double)y[i] - mean - slope * (double)x[i], 2);
        if (M * rss / (freedom * freedom) < best * (1 - 1e-12)) {
            best = M * rss / (freedom * freedom);
            want = tried;
        }
    }
    ck_assert_double_gt(want, 1e-3); /* the noise asks for some */
    ck_assert_double_eq_tol(penalty / want, 1, 1e-9);
    ck_assert_double_eq_tol(w[0], cross[0] / (10 + want), 1e-12);
    ck_assert_double_eq_tol(w[1], mean, 1e-12);
}
END_TEST

START_TEST(ridge_of_nothing_is_zero_of_constants_their_mean_and_of_a_nan_diverges)
{
    double gram[4] = {0}, cross[2] = {0}, square = 0, w[2] = {9, 9}, penalty = 9;
    ck_assert_int_eq(mts_ridge(1, 1, gram, cross, &square, w, &penalty), MTS_OK);
    ck_assert(w[0] == 0 && w[1] == 0 && penalty == 0);
    const mts_real x[2] = {3, 3}, y[2] = {1, 2};
    square = 5;
    mts_gram_add(&(mts_gram){2, 1, 1, x, 1, y, 1, gram, cross});
    ck_assert_int_eq(mts_ridge(1, 1, gram, cross, &square, w, &penalty), MTS_OK);
    ck_assert(w[0] == 0 && w[1] == 1.5);
    gram[0] = NAN;
    ck_assert_int_eq(mts_ridge(1, 1, gram, cross, &square, w, &penalty), MTS_DIVERGED);
    gram[0] = 18;
    cross[1] = INFINITY;
    ck_assert_int_eq(mts_ridge(1, 1, gram, cross, &square, w, &penalty), MTS_DIVERGED);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        ridge_recovers_the_weights_that_made_the_targets,
        ridge_of_a_singular_system_takes_the_shortest_weights,
        ridge_takes_the_penalty_that_generalised_cross_validation_says,
        ridge_of_nothing_is_zero_of_constants_their_mean_and_of_a_nan_diverges,
    };
    return run_suite("num_ridge", 30, tests, sizeof tests / sizeof *tests);
}
