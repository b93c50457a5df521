/* What every task family, kind of boundaries and of noise, and mask promises, with every set of
 * kernels of this machine. A new one is tested here by being in its registry. */
#include "mtsweep/nn.h"
#include "mtsweep/optim.h"
#include "mtsweep/task.h"
#include "network.h"
#include "suite.h"

static const mts_stream latents = {9, MTS_FOR_LATENT}, noise = {9, MTS_FOR_NOISE};
static const mts_pattern patterns[] = {{3, 1}, {3, 2}};
static const mts_region region = {2, patterns};

static size_t count(const char *const *names)
{
    size_t n = 0;
    while (names[n])
        n++;
    return n;
}

/* Fewest tasks that the family takes, of 4, 24, 48 and 2. */
static bool set_tasks(mts_config *config)
{
    static const int64_t tasks[] = {4, 24, 48, 2};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        config->tasks = tasks[i];
        if (mts_config_check(config) == MTS_OK && mts_task_check(config) == MTS_OK)
            return true;
    }
    return false;
}

/* Number i of the configs to test: every family in several shapes, which between them have every
 * mask, with every noise kind, and every kind of boundaries. False past the last. */
static bool config_at(size_t i, mts_config *config)
{
    const size_t shapes = 5, noises = count(mts_noise_names), masks = count(mts_mask_names);
    const size_t shape = i % shapes, kind = i / shapes % noises, family = i / shapes / noises;
    if (family >= count(mts_family_names))
        return false;
    mts_config_default(config);
    config->family = (int64_t)family;
    config->noise = (int64_t)kind;
    config->mask = (int64_t)((shape + kind) % masks);
    config->batch = 3;
    if (shape == 1) {
        config->fixation = 2;
        config->stimulus = 3;
        config->delay = 4;
        config->decision = 2;
        config->boundaries = (int64_t)(kind % count(mts_boundaries_names));
        config->offset = 0.1;
    } else if (shape == 2) {
        config->fixation = 0;
        config->stimulus = 1;
        config->sigma = 0;
    } else if (shape == 3) {
        config->latents = 5;
    } else if (shape == 4) {
        config->rho = -0.6;
        config->noise_at = kind % 2 ? MTS_NOISE_AT_encoder : MTS_NOISE_AT_observation;
    }
    if (set_tasks(config))
        return true;
    config->boundaries = MTS_BOUNDARIES_auto; /* of a family that has its own */
    config->offset = 0;
    return set_tasks(config) || config_at(i + 1, config);
}

#define FOR_ALL_CONFIGS(config) for (size_t number = 0; config_at(number, &config); number++)

static bool exact(const mts_config *config)
{
    return config->sigma == 0 || config->noise_at == MTS_NOISE_AT_encoder;
}

/* Whether targets are labels: a family of another kind has a loss of its own. */
static bool classifies(const mts_config *config)
{
    return strcmp(mts_task_loss(config), mts_loss_names[config->loss]) == 0;
}

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

static bool same_asked(const mts_batch *a, size_t i, const mts_batch *b, size_t j)
{
    if (!a->asked || !b->asked)
        return a->asked == b->asked;
    return memcmp(a->asked + i * a->K, b->asked + j * a->K, a->K * sizeof *a->asked) == 0;
}

/* Whether trial i of a is trial j of b, to the bit. */
static bool same_trial(const mts_batch *a, size_t i, const mts_batch *b, size_t j)
{
    return same_part(a->latent, a->B, i, b->latent, b->B, j, 1, a->D) &&
           same_part(a->obs, a->B, i, b->obs, b->B, j, a->S, a->D) &&
           same_part(a->channel, a->B, i, b->channel, b->B, j, a->T, a->C) &&
           same_part(a->target, a->B, i, b->target, b->B, j, a->T, a->K) &&
           same_part(a->weight, a->B, i, b->weight, b->B, j, a->T, a->K) && same_asked(a, i, b, j);
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
                         exact(&config));
        drop(&a);
        drop(&b);
    }
}
END_TEST

START_TEST(our_own_kernels_draw_the_same_bits)
{
    enum { B = 37 };
    const mts_kernels *own = NULL, *k;
    mts_config config;
    if (mts_kernels_find("generic", &own) != MTS_OK)
        return; /* the double build has none */
    FOR_ALL_CONFIGS(config)
    FOR_ALL_KERNELS(k)
    {
        if (!promises_bits(k) || strcmp(k->name, "naive") == 0)
            continue;
        trials a = draw(&config, 3, own, B, 5, NULL), b = draw(&config, 3, k, B, 5, NULL);
        for (size_t i = 0; i < B; i++)
            ck_assert_msg(same_trial(a.batch, i, b.batch, i), "%s differs from generic", k->name);
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
    for (int where = 0; where < (config.rho == 0 ? 2 : 1); where++) {
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

START_TEST(a_draw_does_not_remember_the_one_before)
{
    enum { B = 7 };
    mts_config config;
    FOR_ALL_CONFIGS(config)
    {
        trials a = draw(&config, 3, mts_kernels_at(0), B, 100, NULL);
        trials b = draw(&config, 3, mts_kernels_at(0), B, 3, NULL);
        mts_task_cue_in_turn(b.task, 0, b.batch);
        mts_task_draw(b.task, latents, noise, 100, NULL, b.batch);
        for (size_t i = 0; i < B; i++)
            ck_assert(same_trial(a.batch, i, b.batch, i));
        drop(&a);
        drop(&b);
    }
}
END_TEST

START_TEST(shapes_are_as_said_and_numbers_finite)
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
        ck_assert_uint_eq(batch->B, B);
        ck_assert_uint_eq(batch->T, timing.T);
        ck_assert_uint_eq(batch->S, timing.stimulus);
        ck_assert_uint_eq(batch->C, timing.channels);
        ck_assert_uint_eq(batch->D, (size_t)config.latents);
        ck_assert_uint_eq(batch->K, (size_t)config.tasks);
        ck_assert_uint_le(timing.stimulus_first + timing.stimulus, timing.T);
        ck_assert_uint_lt(timing.decision_first, timing.T);
        for (size_t i = 0; i < timing.T * B * batch->K; i++) {
            const double y = (double)batch->target[i];
            if (!classifies(&config))
                assert_each(isfinite(y));
            else
                assert_each(y == 0.5 ||
                            ((y == 0 || y == 1) && i >= timing.decision_first * B * batch->K));
        }
        for (size_t i = 0; i < B * batch->D; i++)
            assert_each(fabs((double)batch->latent[i]) <= 0.5);
        for (size_t i = 0; i < batch->S * B * batch->D; i++)
            assert_each(isfinite(batch->obs[i]));
        for (size_t i = 0; i < timing.T * B * batch->C; i++)
            assert_each(isfinite(batch->channel[i]));
        drop(&t);
    }
}
END_TEST

static size_t reach(const mts_batch *batch, const void *array, size_t n, size_t size)
{
    const size_t start = array ? (size_t)((const char *)array - (const char *)batch) : 0;
    ck_assert_uint_eq(start % 64, 0);
    return array ? start + n * size : 0;
}

/* Also to the last byte: a sanitizer sees what is beyond. */
START_TEST(the_memory_of_a_batch_is_that_which_was_counted)
{
    enum { B = 7 };
    mts_config config;
    FOR_ALL_CONFIGS(config)
    {
        trials t = draw(&config, 3, mts_kernels_at(0), B, 0, NULL);
        const mts_batch *b = t.batch;
        const size_t real = sizeof(mts_real), counted = (size_t)mts_batch_memory(&config, B);
        const size_t end[] = {reach(b, b->latent, B * b->D, real),
                              reach(b, b->obs, b->S * B * b->D, real),
                              reach(b, b->channel, b->T * B * b->C, real),
                              reach(b, b->target, b->T * B * b->K, real),
                              reach(b, b->weight, b->T * B * b->K, real),
                              reach(b, b->asked, B * b->K, sizeof *b->asked),
                              reach(b, b->scratch, b->S * B * b->D, real)};
        size_t last = 0;
        for (size_t i = 0; i < sizeof end / sizeof *end; i++)
            last = end[i] > last ? end[i] : last;
        ck_assert_uint_le(last, counted);
        ck_assert_uint_lt(counted - last, 64 + (b->D + 1) * B * real);
        memset(t.batch, 0, counted);
        drop(&t);
    }
}
END_TEST

START_TEST(weights_of_a_trial_have_mean_one_over_what_counts)
{
    enum { B = 40 };
    mts_config config;
    FOR_ALL_CONFIGS(config)
    {
        trials t = draw(&config, 3, mts_kernels_at(0), B, 0, NULL);
        const mts_batch *batch = t.batch;
        const size_t K = batch->K;
        if (!batch->weight) {
            ck_assert_int_eq(config.mask, MTS_MASK_all);
            ck_assert_uint_eq(batch->n_asked, K);
        }
        for (size_t b = 0; b < B; b++) {
            double sum = 0;
            size_t asked = 0;
            for (size_t j = 0; j < K; j++)
                asked += !batch->asked || batch->asked[b * K + j];
            ck_assert_uint_eq(asked, batch->n_asked);
            for (size_t i = 0; batch->weight && i < batch->T; i++)
                for (size_t j = 0; j < K; j++) {
                    const double w = (double)batch->weight[(i * B + b) * K + j];
                    assert_each(w >= 0);
                    assert_each(w == 0 || !batch->asked || batch->asked[b * K + j]);
                    sum += w;
                }
            if (batch->weight)
                ck_assert_double_eq_tol(sum / (double)(batch->T * K), 1, 1e-6);
        }
        drop(&t);
    }
}
END_TEST

START_TEST(boundaries_are_unit_normals_or_none_and_labels_are_their_sides)
{
    enum { B = 60 };
    mts_config config;
    FOR_ALL_CONFIGS(config)
    {
        trials t = draw(&config, 3, mts_kernels_at(0), B, 0, NULL);
        const mts_batch *batch = t.batch;
        const size_t K = batch->K, D = batch->D;
        double normal[48 * 5], offset[48];
        mts_task_boundaries(t.task, NULL, offset);
        mts_task_boundaries(t.task, normal, NULL);
        for (size_t k = 0; k < K; k++) {
            double square = 0;
            for (size_t d = 0; d < D; d++)
                square += normal[k * D + d] * normal[k * D + d];
            ck_assert_int_eq(isnan(square) != 0, isnan(offset[k]) != 0);
            if (isnan(square))
                continue;
            ck_assert_double_eq_tol(square, 1, 1e-14);
            ck_assert_double_le(fabs(offset[k]), config.offset);
            for (size_t b = 0; b < B && classifies(&config); b++) {
                double sum = 0;
                for (size_t d = 0; d < D; d++)
                    sum += normal[k * D + d] * (double)batch->latent[b * D + d];
                ck_assert_double_eq((double)batch->target[((batch->T - 1) * B + b) * K + k],
                                    sum > offset[k]);
            }
        }
        drop(&t);
    }
}
END_TEST

START_TEST(the_ideal_observer_is_known_or_said_not_to_be)
{
    mts_config config;
    FOR_ALL_CONFIGS(config)
    {
        trials t = draw(&config, 3, mts_kernels_at(0), 1, 0, NULL);
        const bool behind = config.noise_at == MTS_NOISE_AT_encoder;
        double accuracy, loss;
        const double r2 = mts_task_ideal_r2(&config);
        mts_task_ideal(t.task, &accuracy, &loss);
        ck_assert_int_eq(isnan(loss) != 0, isnan(accuracy) != 0);
        if (config.rho != 0 || behind)
            ck_assert(isnan(accuracy));
        ck_assert_int_eq(isnan(r2) != 0, behind);
        if (!isnan(accuracy)) {
            ck_assert_double_ge(accuracy, 0.5);
            ck_assert_double_le(accuracy, 1);
            ck_assert_double_ge(loss, 0);
            ck_assert_double_le(loss, log(2));
        }
        if (!isnan(r2))
            ck_assert_double_le(r2, 1);
        drop(&t);
    }
}
END_TEST

START_TEST(every_architecture_learns_from_every_family)
{
    enum { B = 8, STEPS = 30 };
    const mts_kernels *k;
    mts_config config;
    FOR_ALL_CONFIGS(config) /* of one noise kind and of few steps */
    for (size_t a = 0; mts_arch_names[a] && config.noise == 0 && config.stimulus == 3; a++)
        FOR_ALL_KERNELS(k)
        {
            trials data = draw(&config, 3, k, B, 0, NULL);
            const mts_batch *batch = data.batch;
            const mts_timing timing = mts_task_timing(&config);
            const size_t C = timing.channels, D = batch->D, I = C + D,
                         n_out = timing.T * B * batch->K;
            const mts_net_spec spec =
                SPEC(mts_arch_names[a], I, 12, batch->K, MTS_ACT_RELU, 1, .blocks = 1, .heads = 2,
                     .mlp = 15, .loss = mts_task_loss(&config), .bound = config.bound);
            network n = network_create(spec, k, timing.T, B, 3);
            double first = 0, last = 0;
            mts_adam *adam;
            memset(n.x, 0, timing.T * B * I * sizeof *n.x);
            for (size_t t = 0; t < timing.T; t++)
                for (size_t b = 0; b < B; b++) {
                    const size_t s = t - timing.stimulus_first;
                    mts_real *x = n.x + (t * B + b) * I;
                    memcpy(x, batch->channel + (t * B + b) * C, C * sizeof *x);
                    if (t >= timing.stimulus_first && s < timing.stimulus)
                        memcpy(x + C, batch->obs + (s * B + b) * D, D * sizeof *x);
                }
            memcpy(n.target, batch->target, n_out * sizeof *n.target);
            for (size_t i = 0; i < n_out; i++)
                n.weight[i] = batch->weight ? batch->weight[i] : 1;
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
        the_same_key_draws_the_same_bits,
        our_own_kernels_draw_the_same_bits,
        a_batch_equals_its_trials_drawn_one_by_one,
        a_draw_does_not_remember_the_one_before,
        shapes_are_as_said_and_numbers_finite,
        the_memory_of_a_batch_is_that_which_was_counted,
        weights_of_a_trial_have_mean_one_over_what_counts,
        boundaries_are_unit_normals_or_none_and_labels_are_their_sides,
        the_ideal_observer_is_known_or_said_not_to_be,
        every_architecture_learns_from_every_family,
    };
    return run_suite("conformance_tasks", 300, tests, sizeof tests / sizeof *tests);
}
