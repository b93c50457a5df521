/* Angles and quantiles against values worked out by hand and by numpy. */
#include "mtsweep/num.h"
#include "suite.h"

#include <math.h>
#include <string.h>

START_TEST(angles_of_known_vectors)
{
    const double x[3] = {2, 0, 0}, y[3] = {0, 3, 0}, xy[3] = {1, 1, 0}, zero[3] = {0, 0, 0};
    const double back[3] = {-1, 0, 0}, huge[3] = {1e200, 0, 0}, nan[3] = {NAN, 0, 0};
    ck_assert_double_eq_tol(mts_angle(3, x, y), 90, 1e-12);
    ck_assert_double_eq_tol(mts_angle(3, x, xy), 45, 1e-12);
    ck_assert_double_eq_tol(mts_angle(3, x, back), 180, 1e-12);
    ck_assert_double_eq_tol(mts_angle(3, xy, xy), 0, 1e-5);
    ck_assert(isnan(mts_angle(3, x, zero)));
    ck_assert(isnan(mts_angle(3, nan, x)));
    ck_assert(isnan(mts_angle(3, huge, x)));
}
END_TEST

START_TEST(quantiles_are_those_of_numpy)
{
    double v[5], all[5] = {3, -1, 10, 4, 7}; /* numpy.quantile of this list */
    const double want[][2] = {{0, -1}, {0.25, 3}, {0.5, 4}, {0.75, 7}, {0.9, 8.8}, {1, 10}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        memcpy(v, all, sizeof v);
        ck_assert_double_eq_tol(mts_quantile(5, v, want[i][0]), want[i][1], 1e-12);
    }
    double even[4] = {4, 1, 3, 2};
    ck_assert_double_eq_tol(mts_quantile(4, even, 0.25), 1.75, 1e-12);
    ck_assert_double_eq_tol(mts_quantile(4, even, 0.5), 2.5, 1e-12);
    double one = 5;
    ck_assert_double_eq(mts_quantile(1, &one, 0.3), 5);
}
END_TEST

START_TEST(quantiles_leave_out_what_is_no_number_and_count_what_is_infinite)
{
    double v[7] = {NAN, 2, INFINITY, 1, -INFINITY, 3, INFINITY};
    ck_assert_double_eq(mts_quantile(7, v, 0.5), 2.5);
    ck_assert_double_eq(mts_quantile(7, v, 0.75), INFINITY);
    ck_assert_double_eq(mts_quantile(7, v, 1), INFINITY);
    ck_assert_double_eq(mts_quantile(7, v, 0), -INFINITY);
    double none[2] = {NAN, NAN};
    ck_assert(isnan(mts_quantile(2, none, 0.5)));
    ck_assert(isnan(mts_quantile(0, none, 0.5)));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        angles_of_known_vectors,
        quantiles_are_those_of_numpy,
        quantiles_leave_out_what_is_no_number_and_count_what_is_infinite,
    };
    return run_suite("num_statistics", 60, tests, sizeof tests / sizeof *tests);
}
