/* What every architecture and every task family promises, with every set of kernels of this
 * machine. A new architecture, family or noise kind is tested here by being in its registry. */
#include "mtsweep/nn.h"
#include "mtsweep/optim.h"
#include "mtsweep/task.h"
#include "network.h"
#include "suite.h"

/* ---- architectures ---- */

/* Number i of the networks to test: every architecture, each with several sizes, units and alphas;
 * arch is NULL past the last. */
static mts_net_spec spec_at(size_t i)
{
    static const mts_net_spec forms[] = {{NULL, 5, 8, 3, MTS_ACT_RELU, 1},
                                         {NULL, 7, 9, 5, MTS_ACT_TANH, 0.5},
                                         {NULL, 3, 16, 1, MTS_ACT_RELU, 0.25},
                                         {NULL, 41, 64, 24, MTS_ACT_RELU, 1}};
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
    return promises_bits(k) ? same_bits(a, b, n) : distance(a, b, n) <= (IS_DOUBLE ? 1e-14 : 1e-6);
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

            for (size_t t = 0; t < T; t++) {
                memcpy(one.x + t * I, all.x + (t * B + b) * I, I * sizeof *dx);
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
            ck_assert_double_le(distance(one.dx, dx, T * I), ROUNDING);
            for (size_t i = 0; i < all.layout.total; i++)
                sum[i] += one.dtheta[i] / B;
            mts_free(h);
            mts_free(z);
        }
        ck_assert_double_le(distance(sum, all.dtheta, all.layout.total), ROUNDING);
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

/* ---- task families ---- */

static const mts_stream latents = {9, MTS_FOR_LATENT}, noise = {9, MTS_FOR_NOISE};
static const mts_pattern patterns[] = {{3, 1}, {3, 2}};
static const mts_region region = {2, patterns};

/* Number i of the configs to test: every family with every noise kind, in several shapes. False
 * past the last. */
static bool config_at(size_t i, mts_config *config)
{
    enum { N_SHAPES = 4 };
    size_t n_noises = 0, family = i / N_SHAPES;
    const size_t shape = i % N_SHAPES;

    while (mts_noise_names[n_noises])
        n_noises++;
    mts_config_default(config);
    config->noise = (int64_t)(family % n_noises);
    family /= n_noises;
    for (size_t f = 0; f <= family; f++)
        if (!mts_family_names[f])
            return false;
    config->family = (int64_t)family;
    config->tasks = shape == 0 ? 24 : 4;
    if (shape == 1) {
        config->fixation = 2;
        config->stimulus = 3;
        config->delay = 4;
        config->decision = 2;
    } else if (shape == 2) {
        config->fixation = 0;
        config->stimulus = 1;
        config->sigma = 0;
    } else if (shape == 3) {
        config->latents = 5;
    }
    return mts_config_check(config) == MTS_OK || config_at(i + 1, config);
}

#define FOR_ALL_CONFIGS(config) for (size_t number = 0; config_at(number, &config); number++)

typedef struct trials {
    mts_task *task;
    mts_batch *batch;
} trials;

static trials draw(const mts_config *config, uint64_t identity, const mts_kernels *k, size_t B,
                   uint64_t first, const mts_region *where)
{
    trials t;

    ck_assert_int_eq(mts_task_create(config, identity, k, &t.task), MTS_OK);
    ck_assert_int_eq(mts_batch_create(t.task, B, &t.batch), MTS_OK);
    mts_task_draw(t.task, latents, noise, first, where, t.batch);
    return t;
}

static void drop(trials *t)
{
    mts_batch_destroy(t->batch);
    mts_task_destroy(t->task);
}

static bool same_part(const mts_real *a, size_t B_a, size_t at_a, const mts_real *b, size_t B_b,
                      size_t at_b, size_t steps, size_t n)
{
    if (!a || !b)
        return a == b;
    for (size_t t = 0; t < steps; t++)
        if (!same_bits(a + (t * B_a + at_a) * n, b + (t * B_b + at_b) * n, n))
            return false;
    return true;
}

/* Whether trial i of a is trial j of b, to the bit. */
static bool same_trial(const mts_batch *a, size_t i, const mts_batch *b, size_t j)
{
    return same_part(a->latent, a->B, i, b->latent, b->B, j, 1, a->D) &&
           same_part(a->obs, a->B, i, b->obs, b->B, j, a->S, a->D) &&
           same_part(a->channel, a->B, i, b->channel, b->B, j, a->T, a->C) &&
           same_part(a->target, a->B, i, b->target, b->B, j, a->T, a->K) &&
           same_part(a->weight, a->B, i, b->weight, b->B, j, a->T, a->K);
}

START_TEST(the_same_key_draws_the_same_bits)
{
    enum { B = 6 };
    const mts_kernels *k;
    mts_config config;

    FOR_ALL_CONFIGS(config)
    FOR_ALL_KERNELS(k)
    {
        trials a = draw(&config, 3, k, B, 100, NULL), b = draw(&config, 3, k, B, 100, NULL);

        for (size_t i = 0; i < B; i++) {
            ck_assert(same_trial(a.batch, i, b.batch, i));
            ck_assert(!same_trial(a.batch, i, b.batch, (i + 1) % B));
        }
        mts_task_draw(b.task, (mts_stream){10, MTS_FOR_LATENT}, noise, 100, NULL, b.batch);
        ck_assert(!same_bits(a.batch->latent, b.batch->latent, B * a.batch->D));
        mts_task_draw(b.task, latents, (mts_stream){10, MTS_FOR_NOISE}, 100, NULL, b.batch);
        ck_assert_int_eq(same_bits(a.batch->obs, b.batch->obs, a.batch->S * B * a.batch->D),
                         config.sigma == 0);
        drop(&a);
        drop(&b);
    }
}
END_TEST

START_TEST(a_batch_equals_its_trials_drawn_one_by_one)
{
    enum { B = 9 };
    const uint64_t first = 0xfffffffcu; /* crosses 2^32 */
    const mts_kernels *k;
    mts_config config;

    FOR_ALL_CONFIGS(config)
    FOR_ALL_KERNELS(k)
    for (int where = 0; where < 2; where++) {
        const mts_region *r = where ? &region : NULL;
        trials all = draw(&config, 3, k, B, first, r);

        for (size_t b = 0; b < B; b++) {
            trials one = draw(&config, 3, k, 1, first + b, r);

            ck_assert(same_trial(all.batch, b, one.batch, 0));
            drop(&one);
        }
        drop(&all);
    }
}
END_TEST

START_TEST(targets_lie_between_zero_and_one_and_shapes_are_as_said)
{
    enum { B = 50 };
    const mts_kernels *k;
    mts_config config;

    FOR_ALL_CONFIGS(config)
    FOR_ALL_KERNELS(k)
    {
        const mts_timing timing = mts_task_timing(&config);
        trials t = draw(&config, 3, k, B, 0, NULL);
        const mts_batch *batch = t.batch;
        double accuracy, loss;

        ck_assert_uint_eq(batch->B, B);
        ck_assert_uint_eq(batch->T, timing.T);
        ck_assert_uint_eq(batch->S, timing.stimulus);
        ck_assert_uint_eq(batch->C, timing.channels);
        ck_assert_uint_eq(batch->D, (size_t)config.latents);
        ck_assert_uint_eq(batch->K, (size_t)config.tasks);
        ck_assert_uint_le(timing.stimulus_first + timing.stimulus, timing.T);
        ck_assert_uint_lt(timing.decision_first, timing.T);
        for (size_t i = 0; i < timing.T * B * batch->K; i++) {
            ck_assert_double_ge((double)batch->target[i], 0);
            ck_assert_double_le((double)batch->target[i], 1);
            ck_assert(!batch->weight || batch->weight[i] >= 0);
        }
        for (size_t i = 0; i < B * batch->D; i++)
            ck_assert_double_le(fabs((double)batch->latent[i]), 0.5);
        for (size_t i = 0; i < batch->S * B * batch->D; i++)
            ck_assert(isfinite(batch->obs[i]));
        for (size_t i = 0; i < timing.T * B * batch->C; i++)
            ck_assert(isfinite(batch->channel[i]));
        mts_task_ideal(t.task, &accuracy, &loss);
        ck_assert_double_ge(accuracy, 0.5);
        ck_assert_double_le(accuracy, 1);
        ck_assert_double_ge(loss, 0);
        drop(&t);
    }
}
END_TEST

START_TEST(every_architecture_learns_from_every_family)
{
    enum { B = 8, STEPS = 30 };
    const mts_kernels *k;
    mts_config config;

    FOR_ALL_CONFIGS(config)
    for (size_t a = 0; mts_arch_names[a]; a++)
        FOR_ALL_KERNELS(k)
        {
            trials data = draw(&config, 3, k, B, 0, NULL);
            const mts_timing timing = mts_task_timing(&config);
            const size_t C = timing.channels, D = data.batch->D, I = C + D;
            const mts_net_spec spec = {mts_arch_names[a], I, 12, data.batch->K, MTS_ACT_RELU, 1};
            network n = network_create(spec, k, timing.T, B, 3);
            double first = 0, last = 0;
            mts_adam *adam;

            memset(n.x, 0, timing.T * B * I * sizeof *n.x);
            for (size_t t = 0; t < timing.T; t++)
                for (size_t b = 0; b < B; b++) {
                    const size_t s = t - timing.stimulus_first;
                    mts_real *x = n.x + (t * B + b) * I;

                    memcpy(x, data.batch->channel + (t * B + b) * C, C * sizeof *x);
                    if (t >= timing.stimulus_first && s < timing.stimulus)
                        memcpy(x + C, data.batch->obs + (s * B + b) * D, D * sizeof *x);
                }
            memcpy(n.target, data.batch->target, timing.T * B * data.batch->K * sizeof *n.target);
            mts_free(n.weight);
            n.weight = NULL;
            ck_assert_int_eq(mts_adam_create(n.layout.total, 0.01, k, &adam), MTS_OK);
            for (int step = 0; step < STEPS; step++) {
                last = network_gradient(&n);
                if (step == 0)
                    first = last;
                mts_adam_update(adam, n.theta, n.dtheta);
            }
            ck_assert_double_lt(last, first);
            mts_adam_destroy(adam);
            network_destroy(&n);
            drop(&data);
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
        the_same_key_draws_the_same_bits,
        a_batch_equals_its_trials_drawn_one_by_one,
        targets_lie_between_zero_and_one_and_shapes_are_as_said,
        every_architecture_learns_from_every_family,
    };

    return run_suite("conformance", 60, tests, sizeof tests / sizeof *tests);
}
