/* Adam against its definition and its known properties. */
#include "mtsweep/optim.h"
#include "network.h"
#include "suite.h"

enum { N = 37 };

START_TEST(steps_are_those_of_the_definition)
{
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        const double lr = 0.003, beta1 = 0.9, beta2 = 0.999;
        mts_real *theta = random_reals(N, -1, 1, 1);
        double want[N], m[N] = {0}, v[N] = {0};
        mts_adam *adam;
        for (size_t i = 0; i < N; i++)
            want[i] = (double)theta[i];
        ck_assert_int_eq(mts_adam_create(N, lr, k, &adam), MTS_OK);
        for (int t = 1; t <= 40; t++) {
            mts_real *g = random_reals(N, -0.1, 0.1, 100 + (uint64_t)t);
            mts_adam_update(adam, theta, g);
            for (size_t i = 0; i < N; i++) {
                m[i] = beta1 * m[i] + (1 - beta1) * (double)g[i];
                v[i] = beta2 * v[i] + (1 - beta2) * (double)g[i] * (double)g[i];
                want[i] -=
                    lr / (1 - pow(beta1, t)) * m[i] / (sqrt(v[i]) / sqrt(1 - pow(beta2, t)) + 1e-8);
                ck_assert_double_eq_tol((double)theta[i], want[i], ROUNDING);
            }
            mts_free(g);
        }
        mts_adam_destroy(adam);
        mts_free(theta);
    }
}
END_TEST

START_TEST(the_first_step_has_the_size_of_the_learning_rate_against_the_gradient)
{
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        const mts_real g[3] = {(mts_real)1e-3, -20, 0};
        mts_real theta[3] = {0, 0, (mts_real)0.5};
        mts_adam *adam;
        ck_assert_int_eq(mts_adam_create(3, 0.01, k, &adam), MTS_OK);
        mts_adam_update(adam, theta, g);
        ck_assert_double_eq_tol((double)theta[0], -0.01, 1e-6);
        ck_assert_double_eq_tol((double)theta[1], 0.01, 1e-6);
        ck_assert_double_eq((double)theta[2], 0.5);
        mts_adam_destroy(adam);
    }
}
END_TEST

START_TEST(steps_stay_finite_after_many_updates)
{
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_real theta = 1;
        mts_adam *adam;
        /* beta1^t is below the smallest number by then. */
        ck_assert_int_eq(mts_adam_create(1, 0.001, k, &adam), MTS_OK);
        for (int t = 0; t < 10000; t++) {
            const mts_real g = 2 * theta;
            mts_adam_update(adam, &theta, &g);
        }
        ck_assert_double_le(fabs((double)theta), 1e-3);
        mts_adam_destroy(adam);
    }
    mts_adam_destroy(NULL);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        steps_are_those_of_the_definition,
        the_first_step_has_the_size_of_the_learning_rate_against_the_gradient,
        steps_stay_finite_after_many_updates,
    };
    return run_suite("optim", 30, tests, sizeof tests / sizeof *tests);
}
