/* What every architecture promises, with every set of kernels of this machine. A new architecture is
 * tested here by being in its registry. */
#include "allocated.h"
#include "mtsweep/nn.h"
#include "mtsweep/optim.h"
#include "network.h"
#include "suite.h"

/* ---- architectures ---- */

/* Number i of the networks to test: every architecture, each with several sizes, units and alphas;
 * arch is NULL past the last. */
static mts_net_spec spec_at(size_t i)
{
    static const mts_net_spec forms[] = {
        SPEC(NULL, 5, 8, 3, MTS_ACT_RELU, 1, .blocks = 1, .heads = 2, .mlp = 11),
        SPEC(NULL, 7, 9, 5, MTS_ACT_TANH, 0.5, .blocks = 1, .heads = 1, .mlp = 1),
        SPEC(NULL, 3, 16, 1, MTS_ACT_RELU, 0.25, .blocks = 3, .heads = 16, .mlp = 17,
             .loss = "mse"),
        SPEC(NULL, 4, 12, 3, MTS_ACT_RELU, 1, .blocks = 2, .heads = 3, .mlp = 20,
             .loss = "accumulate", .bound = 1.5),
        SPEC(NULL, 41, 64, 24, MTS_ACT_RELU, 1, .blocks = 1, .heads = 8, .mlp = 256)};
    enum { N_FORMS = sizeof forms / sizeof *forms };
    mts_net_spec spec = forms[i % N_FORMS];
    spec.arch = mts_arch_names[i / N_FORMS];
    return spec;
}

#define FOR_ALL_NETS(spec) for (size_t i_##spec = 0; (spec = spec_at(i_##spec)).arch; i_##spec++)

/* Whether two arrays that differ in the shape of the products behind them are alike: to the bit, or
 * for BLAS to rounding. */
static bool alike(const mts_kernels *k, const mts_real *a, const mts_real *b, size_t n)
{
    return promises_bits(k) ? same_bits(a, b, n) : distance(a, b, n) <= 4 * ROUNDING;
}

/* Three training steps; returns theta. */
static mts_real *trained(const mts_net_spec *spec, const mts_kernels *k, uint64_t seed)
{
    network n = network_create(*spec, k, 6, 5, seed);
    mts_real *theta;
    mts_adam *adam;
    ck_assert_int_eq(mts_adam_create(n.layout.total, 0.01, k, &adam), MTS_OK);
    for (int step = 0; step < 3; step++) {
        ck_assert(isfinite(network_gradient(&n)));
        mts_adam_update(adam, n.theta, n.dtheta);
    }
    mts_adam_destroy(adam);
    theta = n.theta;
    n.theta = NULL;
    network_destroy(&n);
    return theta;
}

START_TEST(the_same_key_trains_to_the_same_bits)
{
    const mts_kernels *k;
    mts_net_spec spec;
    FOR_ALL_NETS(spec)
    FOR_ALL_KERNELS(k)
    {
        mts_layout layout;
        ck_assert_int_eq(mts_net_layout(&spec, &layout), MTS_OK);
        mts_real *a = trained(&spec, k, 1), *b = trained(&spec, k, 1), *c = trained(&spec, k, 2);
        ck_assert(same_bits(a, b, layout.total));
        ck_assert(!same_bits(a, c, layout.total));
        mts_free(a);
        mts_free(b);
        mts_free(c);
    }
}
END_TEST

START_TEST(our_own_kernels_train_to_the_same_bits)
{
    const mts_kernels *own = NULL, *k;
    mts_net_spec spec;
    if (mts_kernels_find("generic", &own) != MTS_OK)
        return; /* the double build has none */
    FOR_ALL_NETS(spec)
    FOR_ALL_KERNELS(k)
    {
        mts_layout layout;
        if (!promises_bits(k) || strcmp(k->name, "naive") == 0)
            continue;
        ck_assert_int_eq(mts_net_layout(&spec, &layout), MTS_OK);
        mts_real *a = trained(&spec, own, 1), *b = trained(&spec, k, 1);
        ck_assert_msg(same_bits(a, b, layout.total), "%s differs from generic", k->name);
        mts_free(a);
        mts_free(b);
    }
}
END_TEST

START_TEST(a_batch_equals_its_trials_one_by_one)
{
    enum { T = 6, B = 13 };
    const mts_kernels *k;
    mts_net_spec spec;
    FOR_ALL_NETS(spec)
    FOR_ALL_KERNELS(k)
    {
        const size_t I = spec.I, N = spec.N, K = spec.K;
        network all = network_create(spec, k, T, B, 3), one = network_create(spec, k, T, 1, 3);
        mts_real *dx = reals(T * I), *sum = reals(all.layout.total);
        network_gradient(&all);
        for (size_t b = 0; b < B; b++) {
            mts_real *h = reals(T * N), *z = reals(T * K);
            take_trial(&all, b, &one);
            for (size_t t = 0; t < T; t++) {
                memcpy(one.target + t * K, all.target + (t * B + b) * K, K * sizeof *dx);
                memcpy(one.weight + t * K, all.weight + (t * B + b) * K, K * sizeof *dx);
                memcpy(h + t * N, mts_net_hidden(all.net) + (t * B + b) * N, N * sizeof *h);
                memcpy(z + t * K, mts_net_logits(all.net) + (t * B + b) * K, K * sizeof *z);
                for (size_t i = 0; i < I; i++)
                    dx[t * I + i] = B * all.dx[(t * B + b) * I + i];
            }
            network_gradient(&one);
            ck_assert(alike(k, mts_net_hidden(one.net), h, T * N));
            ck_assert(alike(k, mts_net_logits(one.net), z, T * K));
            /* The mean over trials scales the gradients: equal to rounding. */
            ck_assert_double_le(distance(one.dx, dx, T * I), 4 * ROUNDING);
            for (size_t i = 0; i < all.layout.total; i++)
                sum[i] += one.dtheta[i] / B;
            mts_free(h);
            mts_free(z);
        }
        ck_assert_double_le(distance(sum, all.dtheta, all.layout.total), 4 * ROUNDING);
        mts_free(dx);
        mts_free(sum);
        network_destroy(&all);
        network_destroy(&one);
    }
}
END_TEST

START_TEST(outputs_ignore_inputs_of_later_steps)
{
    enum { T = 7, B = 4 };
    const mts_kernels *k;
    mts_net_spec spec;
    FOR_ALL_NETS(spec)
    FOR_ALL_KERNELS(k)
    {
        const size_t n_h = T * B * spec.N, n_z = T * B * spec.K;
        network n = network_create(spec, k, T, B, 3);
        mts_real *h = reals(n_h), *z = reals(n_z);
        network_loss(&n);
        memcpy(h, mts_net_hidden(n.net), n_h * sizeof *h);
        memcpy(z, mts_net_logits(n.net), n_z * sizeof *z);
        for (size_t t = T - 1; t > 0; t--) {
            for (size_t i = 0; i < B * spec.I; i++)
                n.x[t * B * spec.I + i] += 1;
            network_loss(&n);
            ck_assert(same_bits(mts_net_hidden(n.net), h, t * B * spec.N));
            ck_assert(same_bits(mts_net_logits(n.net), z, t * B * spec.K));
            ck_assert(
                !same_bits(mts_net_hidden(n.net) + t * B * spec.N, h + t * B * spec.N, B * spec.N));
        }
        mts_free(h);
        mts_free(z);
        network_destroy(&n);
    }
}
END_TEST

START_TEST(a_trial_of_one_step_is_the_first_step_of_a_longer_one)
{
    enum { B = 5 };
    const mts_kernels *k;
    mts_net_spec spec;
    FOR_ALL_NETS(spec)
    FOR_ALL_KERNELS(k)
    {
        network n = network_create(spec, k, 4, B, 3);
        mts_real *h = reals(B * spec.N), *z = reals(B * spec.K);
        network_loss(&n);
        memcpy(h, mts_net_hidden(n.net), B * spec.N * sizeof *h);
        memcpy(z, mts_net_logits(n.net), B * spec.K * sizeof *z);
        n.T = 1;
        ck_assert(isfinite(network_gradient(&n)));
        ck_assert(alike(k, mts_net_hidden(n.net), h, B * spec.N));
        ck_assert(alike(k, mts_net_logits(n.net), z, B * spec.K));
        mts_free(h);
        mts_free(z);
        network_destroy(&n);
    }
}
END_TEST

START_TEST(a_second_forward_does_not_remember_the_first)
{
    const mts_kernels *k;
    mts_net_spec spec;
    FOR_ALL_NETS(spec)
    FOR_ALL_KERNELS(k)
    {
        network n = network_create(spec, k, 4, 3, 3);
        mts_real *first = n.dtheta;
        network_gradient(&n);
        n.dtheta = reals(n.layout.total);
        network_gradient(&n);
        ck_assert(same_bits(first, n.dtheta, n.layout.total));
        mts_free(first);
        network_destroy(&n);
    }
}
END_TEST

START_TEST(gradients_agree_with_finite_differences)
{
    static const size_t T[] = {1, 4}, B[] = {3, 2};
    const mts_kernels *k;
    mts_net_spec spec;
    if (!IS_DOUBLE)
        return;
    FOR_ALL_NETS(spec)
    for (size_t i = 0; i < 2; i++)
        FOR_ALL_KERNELS(k)
        {
            if (spec.N > 20)
                continue;
            network n = network_create(spec, k, T[i], B[i], 4);
            check_gradients(&n);
            network_destroy(&n);
        }
}
END_TEST

START_TEST(what_is_counted_is_what_is_allocated)
{
    static const size_t T[] = {1, 6}, B[] = {1, 13};
    const mts_kernels *k;
    mts_net_spec spec;
    FOR_ALL_NETS(spec)
    for (size_t i = 0; i < 16; i++)
        FOR_ALL_KERNELS(k)
        {
            const size_t steps = T[i % 2], trials = B[i / 2 % 2], before = allocated;
            const bool training = i / 4 % 2;
            mts_net *net;
            spec.noise = i < 8 ? 0 : 0.5;
            ck_assert_int_eq(mts_net_create(&spec, k, steps, trials, training, &net), MTS_OK);
            ck_assert_uint_eq(mts_net_memory(&spec, k, steps, trials, training),
                              allocated - before);
            ck_assert_uint_gt(allocated, before);
            mts_net_destroy(net);
        }
}
END_TEST

START_TEST(what_does_not_fit_in_memory_is_refused)
{
    const size_t T = (size_t)1 << 24, B = (size_t)1 << 24;
    mts_net_spec spec;
    FOR_ALL_NETS(spec)
    {
        mts_net *net;
        ck_assert_int_eq(mts_net_create(&spec, mts_kernels_at(0), T, B, false, &net),
                         MTS_ERR_MEMORY);
        ck_assert_ptr_null(net);
        ck_assert_ptr_nonnull(strstr(mts_message(), "out of memory"));
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_same_key_trains_to_the_same_bits,
        our_own_kernels_train_to_the_same_bits,
        a_batch_equals_its_trials_one_by_one,
        outputs_ignore_inputs_of_later_steps,
        a_trial_of_one_step_is_the_first_step_of_a_longer_one,
        a_second_forward_does_not_remember_the_first,
        gradients_agree_with_finite_differences,
        what_is_counted_is_what_is_allocated,
        what_does_not_fit_in_memory_is_refused,
    };
    return run_suite("conformance", 60, tests, sizeof tests / sizeof *tests);
}
