/* Tests of single steps of a network's dynamics and their derivatives. */
#include "network.h"
#include "suite.h"

static const struct {
    const char *arch;
    mts_act act;
    double alpha;
} kinds[] = {{"rnn", MTS_ACT_RELU, 1},          {"rnn", MTS_ACT_RELU, 0.4},
             {"rnn", MTS_ACT_TANH, 1},          {"rnn", MTS_ACT_TANH, 0.25},
             {"rnn_noleak", MTS_ACT_RELU, 1},   {"rnn_noleak", MTS_ACT_RELU, 0.5},
             {"rnn_noleak", MTS_ACT_TANH, 0.5}, {"rnn_noleak", MTS_ACT_TANH, 1}};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

START_TEST(derivatives_of_a_step_are_those_of_finite_differences)
{
    enum { N = 11 };
    network net =
        network_of(kinds[_i].arch, kinds[_i].act, kinds[_i].alpha, N, kernels_of("naive"));
    mts_real *random = random_reals(N, -2, 3, 12);
    double h[N], next[N], up[N], down[N], J[N * N];
    const double step = 1e-6;
    for (size_t i = 0; i < N; i++)
        h[i] = (double)random[i];
    ck_assert_int_eq(mts_net_jacobian(net.net, net.x, h, next, J), MTS_OK);
    for (size_t j = 0; j < N; j++) {
        const double kept = h[j];
        h[j] = kept + step;
        ck_assert_int_eq(mts_net_jacobian(net.net, net.x, h, up, NULL), MTS_OK);
        h[j] = kept - step;
        ck_assert_int_eq(mts_net_jacobian(net.net, net.x, h, down, NULL), MTS_OK);
        h[j] = kept;
        for (size_t i = 0; i < N; i++)
            ck_assert_double_eq_tol(J[i * N + j], (up[i] - down[i]) / (2 * step), 1e-8);
    }
    mts_free(random);
    network_destroy(&net);
}
END_TEST

/* 70 rows are more than one block of the way back. */
START_TEST(a_step_and_its_way_back_agree_with_the_derivative_in_double)
{
    enum { N = 11, ROWS = 70 };
    const mts_kernels *kernels;
    FOR_ALL_KERNELS(kernels)
    {
        network net = network_of(kinds[_i].arch, kinds[_i].act, kinds[_i].alpha, N, kernels);
        mts_real *h = random_reals(ROWS * N, -2, 3, 13), *g = random_reals(ROWS * N, -1, 1, 14);
        mts_real *next = reals(ROWS * N), *dh = reals(ROWS * N), *want = reals(ROWS * N);
        mts_real *back = reals(ROWS * N);
        ck_assert_int_eq(mts_net_step(net.net, ROWS, net.x, h, next), MTS_OK);
        ck_assert_int_eq(mts_net_step_back(net.net, ROWS, net.x, h, g, dh), MTS_OK);
        for (size_t r = 0; r < ROWS; r++) {
            double at[N], to[N], J[N * N];
            for (size_t i = 0; i < N; i++)
                at[i] = (double)h[r * N + i];
            ck_assert_int_eq(mts_net_jacobian(net.net, net.x, at, to, J), MTS_OK);
            for (size_t j = 0; j < N; j++) {
                double sum = 0;
                for (size_t i = 0; i < N; i++)
                    sum += J[i * N + j] * (double)g[r * N + i];
                back[r * N + j] = (mts_real)sum;
                want[r * N + j] = (mts_real)to[j];
            }
        }
        ck_assert_double_le(distance(next, want, ROWS * N), ROUNDING);
        ck_assert_double_le(distance(dh, back, ROWS * N), ROUNDING);
        mts_free(h);
        mts_free(g);
        mts_free(next);
        mts_free(dh);
        mts_free(want);
        mts_free(back);
        network_destroy(&net);
    }
}
END_TEST

/* Two steps of the dynamics are two steps of a trial with the same input. */
START_TEST(steps_are_those_of_a_trial)
{
    enum { N = 11, B = 5, T = 3 };
    const mts_net_spec spec = {.arch = kinds[_i].arch,
                               .I = 3,
                               .N = N,
                               .K = 1,
                               .act = kinds[_i].act,
                               .alpha = kinds[_i].alpha};
    network net = network_create(spec, kernels_of("auto"), T, B, 15);
    mts_real *h = reals(B * N), *next = reals(B * N);
    for (size_t i = 3; i < T * B * 3; i++)
        net.x[i] = net.x[i % 3];
    mts_net_pack(net.net, net.theta);
    mts_net_forward(net.net, T, B, net.x);
    for (size_t t = 0; t < T; t++) {
        ck_assert_int_eq(mts_net_step(net.net, B, net.x, h, next), MTS_OK);
        ck_assert_double_le(distance(next, mts_net_hidden(net.net) + t * B * N, B * N), ROUNDING);
        memcpy(h, next, B * N * sizeof *h);
    }
    mts_free(h);
    mts_free(next);
    network_destroy(&net);
}
END_TEST

START_TEST(networks_whose_state_is_more_than_what_they_show_have_no_steps)
{
    network net = network_of("lstm", MTS_ACT_RELU, 1, 4, kernels_of("naive"));
    mts_real h[4] = {0}, next[4];
    double state[4] = {0}, to[4];
    ck_assert(!mts_net_can_step(&net.spec));
    ck_assert_int_eq(mts_net_step(net.net, 1, net.x, h, next), MTS_ERR_USAGE);
    ck_assert_int_eq(mts_net_step_back(net.net, 1, net.x, h, h, next), MTS_ERR_USAGE);
    ck_assert_int_eq(mts_net_jacobian(net.net, net.x, state, to, NULL), MTS_ERR_USAGE);
    net.spec.arch = "rnn";
    ck_assert(mts_net_can_step(&net.spec));
    net.spec.arch = "rnn_noleak";
    ck_assert(mts_net_can_step(&net.spec));
    net.spec.arch = "lstm";
    network_destroy(&net);
}
END_TEST

int main(void)
{
    mts_blas_single_thread();
    const TTest *const tests[] = {
        networks_whose_state_is_more_than_what_they_show_have_no_steps,
    };
    const suite_loop loops[] = {
        {derivatives_of_a_step_are_those_of_finite_differences, N_KINDS},
        {a_step_and_its_way_back_agree_with_the_derivative_in_double, N_KINDS},
        {steps_are_those_of_a_trial, N_KINDS},
    };

    return run_suite_with_loops("net_steps", 60, tests, sizeof tests / sizeof *tests, loops,
                                sizeof loops / sizeof *loops);
}
