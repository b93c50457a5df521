/* What is random in a trial: kinds of noise, correlated latents, masks, cues, and what trials of
 * evaluation leave out. */
#include "mtsweep/task.h"
#include "network.h"
#include "suite.h"
#include "trials.h"

/* Of a number that is computed once in mts_real from numbers of the size of 1. */
static const double rounding = IS_DOUBLE ? 1e-12 : 2e-6;

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

/* ---- noise ---- */

START_TEST(gumbel_noise_is_the_double_logarithm_of_the_documented_numbers)
{
    enum { B = 300, S = 4, D = 3 };
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_config config = defaults();
        mts_real u[S * D];
        config.noise = 1;
        config.latents = D;
        config.stimulus = S;
        mts_task *task = make_task(&config, 5, k);
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 70, NULL, batch);
        for (size_t b = 0; b < B; b++) {
            mts_uniform(NOISE, 70 + b, S * D, u);
            for (size_t s = 0; s < S; s++)
                for (size_t d = 0; d < D; d++)
                    ck_assert_double_eq_tol((double)batch->obs[(s * B + b) * D + d],
                                            (double)batch->latent[b * D + d] -
                                                0.2 * log(-log((double)u[s * D + d])),
                                            rounding);
        }
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

/* Moments of Gumbel(0, 1): mean Euler's constant, variance pi^2 / 6, fourth central moment
 * 3 pi^4 / 20. */
START_TEST(gumbel_noise_has_its_moments)
{
    enum { B = 5000, S = 10 };
    const double pi = 3.14159265358979323846, euler = 0.57721566490153286;
    const double variance = pi * pi / 6, fourth = 3 * pow(pi, 4) / 20;
    mts_config config = defaults();
    double sum = 0, square = 0, next = 0;
    config.noise = 1;
    config.stimulus = S;
    config.sigma = 0.3;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    for (size_t i = 0; i < B * 2; i++) {
        double last = 0;
        for (size_t s = 0; s < S; s++) {
            const double e =
                ((double)batch->obs[s * B * 2 + i] - (double)batch->latent[i]) / 0.3 - euler;
            sum += e;
            square += e * e;
            next += s > 0 ? e * last : 0;
            last = e;
        }
    }
    check_mean(sum, B * 2 * S, 0, sqrt(variance));
    check_mean(square, B * 2 * S, variance, sqrt(fourth - variance * variance));
    check_mean(next, B * 2 * (S - 1), 0, variance);
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

START_TEST(ar1_noise_follows_its_recursion)
{
    enum { B = 50, S = 6 };
    const double a = -0.4, sigma = 0.3;
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_config config = defaults();
        mts_real e[S * 2];
        config.noise = 2;
        config.noise_coefficient = a;
        config.sigma = sigma;
        config.stimulus = S;
        mts_task *task = make_task(&config, 5, k);
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 9, NULL, batch);
        for (size_t b = 0; b < B; b++) {
            k->normal(NOISE, 9 + b, 1, S * 2, e);
            for (size_t d = 0; d < 2; d++) {
                double n = 0;
                for (size_t s = 0; s < S; s++) {
                    n = s == 0 ? sigma * (double)e[d]
                               : a * n + sigma * sqrt(1 - a * a) * (double)e[2 * s + d];
                    ck_assert_double_eq_tol((double)batch->obs[(s * B + b) * 2 + d],
                                            (double)batch->latent[b * 2 + d] + n, rounding);
                }
            }
        }
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(ar1_noise_is_stationary_and_its_correlation_falls_geometrically)
{
    enum { B = 20000, S = 6 };
    const double a = 0.7;
    mts_config config = defaults();
    config.noise = 2;
    config.stimulus = S;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    for (size_t s = 0; s < S; s++)
        for (size_t r = s; r < S; r++) {
            const double want = pow(a, (double)(r - s));
            double product = 0, other = 0;
            for (size_t b = 0; b < B; b++) {
                const mts_real *x = batch->latent + b * 2;
                const mts_real *p = batch->obs + (s * B + b) * 2;
                const mts_real *q = batch->obs + (r * B + b) * 2;
                for (size_t d = 0; d < 2; d++) {
                    product += (double)(p[d] - x[d]) * (double)(q[d] - x[d]) / 0.04;
                    other += (double)(p[d] - x[d]) * (double)(q[1 - d] - x[1 - d]) / 0.04;
                }
            }
            check_mean(product, B * 2, want, sqrt(1 + want * want));
            check_mean(other, B * 2, 0, sqrt(1 + want * want));
        }
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

START_TEST(anisotropic_noise_is_twice_as_large_for_every_second_latent)
{
    enum { B = 4000, S = 5, D = 4 };
    mts_config config = defaults();
    double square[D] = {0}, cross = 0;
    config.noise = 3;
    config.latents = D;
    config.stimulus = S;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    for (size_t s = 0; s < S; s++)
        for (size_t b = 0; b < B; b++) {
            double e[D];
            for (size_t d = 0; d < D; d++) {
                e[d] =
                    ((double)batch->obs[(s * B + b) * D + d] - (double)batch->latent[b * D + d]) /
                    (d % 2 ? 0.4 : 0.2);
                square[d] += e[d] * e[d];
            }
            cross += e[0] * e[1] + e[2] * e[3];
        }
    for (size_t d = 0; d < D; d++)
        check_mean(square[d], B * S, 1, sqrt(2));
    check_mean(cross, 2 * B * S, 0, 1);
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

START_TEST(noise_at_the_encoder_leaves_observations_exact)
{
    enum { B = 20 };
    for (int64_t noise = 0; noise < 4; noise++) {
        mts_config config = defaults();
        config.noise = noise;
        config.noise_at = MTS_NOISE_AT_encoder;
        mts_task *task = make_task(&config, 5, mts_kernels_at(0));
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
        for (size_t i = 0; i < batch->S * B * 2; i++)
            ck_assert_double_eq((double)batch->obs[i], (double)batch->latent[i % (B * 2)]);
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

/* ---- correlated latents ---- */

START_TEST(correlated_latents_are_normal_numbers_through_the_distribution_function)
{
    enum { B = 3000 };
    static const double rhos[] = {0.3, -0.8, 0.99, 1, -1};
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    for (size_t i = 0; i < sizeof rhos / sizeof *rhos; i++) {
        mts_config config = defaults();
        const double rho = rhos[i];
        mts_real z[2];
        config.rho = rho;
        config.stimulus = 1;
        mts_task *task = make_task(&config, 5, k);
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 11, NULL, batch);
        for (size_t b = 0; b < B; b++) {
            const mts_real *x = batch->latent + 2 * b;
            k->normal(LATENTS, 11 + b, 1, 2, z);
            ck_assert_double_eq_tol((double)x[0], normal_cdf((double)z[0]) - 0.5,
                                    IS_DOUBLE ? 1e-14 : 1e-7);
            ck_assert_double_eq_tol(
                (double)x[1],
                normal_cdf(rho * (double)z[0] + sqrt(1 - rho * rho) * (double)z[1]) - 0.5,
                IS_DOUBLE ? 1e-14 : 1e-7);
            if (fabs(rho) == 1)
                ck_assert_double_eq_tol((double)x[1], rho * (double)x[0], IS_DOUBLE ? 1e-15 : 1e-7);
        }
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

/* Pearson's correlation of two uniform numbers is Spearman's of the normal ones they come from:
 * 6 / pi arcsin(rho / 2). */
START_TEST(correlated_latents_are_uniform_and_have_the_correlation_of_the_copula)
{
    enum { B = 40000, BINS = 20 };
    static const double rhos[] = {0.2, 0.6, 0.95, -0.5};
    const double pi = 3.14159265358979323846;
    for (size_t i = 0; i < sizeof rhos / sizeof *rhos; i++) {
        mts_config config = defaults();
        double bin[2][BINS] = {{0}}, product = 0, square = 0;
        config.rho = rhos[i];
        config.stimulus = 1;
        mts_task *task = make_task(&config, 5, mts_kernels_at(0));
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
        for (size_t b = 0; b < B; b++) {
            const double x = (double)batch->latent[2 * b], y = (double)batch->latent[2 * b + 1];
            bin[0][(size_t)((x + 0.5) * BINS)]++;
            bin[1][(size_t)((y + 0.5) * BINS)]++;
            product += 12 * x * y;
            square += 144 * x * x * y * y;
        }
        for (size_t j = 0; j < BINS; j++)
            for (size_t d = 0; d < 2; d++)
                check_mean(bin[d][j], B, 1.0 / BINS, sqrt((1 - 1.0 / BINS) / BINS));
        const double want = 6 / pi * asin(rhos[i] / 2);
        check_mean(product, B, want, sqrt(square / B - want * want));
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

/* ---- masks ---- */

/* Draws with a mask; the weights must be the same for all tasks of a trial. Returns [T][B]. */
static double *weights(mts_config config, size_t B, size_t *T)
{
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    double *w = mts_alloc(batch->T * B, sizeof *w);
    ck_assert_ptr_nonnull(w);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    *T = batch->T;
    for (size_t i = 0; i < batch->T * B; i++)
        w[i] = (double)batch->weight[i * batch->K];
    for (size_t i = 0; i < batch->T * B * batch->K; i++)
        ck_assert_double_eq((double)batch->weight[i], w[i / batch->K]);
    mts_batch_destroy(batch);
    mts_task_destroy(task);
    return w;
}

static mts_config steps(int64_t fixation, int64_t stimulus, int64_t delay, int64_t decision)
{
    mts_config config = defaults();
    config.fixation = fixation;
    config.stimulus = stimulus;
    config.delay = delay;
    config.decision = decision;
    config.tasks = 3;
    return config;
}

START_TEST(masks_last_and_balanced_have_the_weights_worked_out_by_hand)
{
    enum { B = 3 };
    static const struct {
        int64_t mask, fixation, stimulus, delay, decision;
        double weight[10];
    } want[] = {
        {MTS_MASK_last, 1, 6, 1, 2, {0, 0, 0, 0, 0, 0, 0, 0, 5, 5}},
        {MTS_MASK_last, 0, 3, 0, 1, {0, 0, 0, 4}},
        {MTS_MASK_balanced,
         1,
         6,
         1,
         2,
         {5 / 6.0, 5 / 6.0, 5 / 6.0, 5 / 6.0, 5 / 6.0, 5 / 6.0, 0, 0, 2.5, 2.5}},
        {MTS_MASK_balanced, 1, 2, 1, 1, {1.25, 1.25, 0, 0, 2.5}},
        {MTS_MASK_balanced, 0, 2, 0, 1, {0, 0, 3}}, /* nothing counts before: the decision is all */
        {MTS_MASK_balanced, 0, 1, 0, 2, {0, 1.5, 1.5}},
    };
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        mts_config config =
            steps(want[i].fixation, want[i].stimulus, want[i].delay, want[i].decision);
        size_t T;
        config.mask = want[i].mask;
        double *w = weights(config, B, &T);
        for (size_t j = 0; j < T * B; j++)
            ck_assert_double_eq_tol(w[j], want[i].weight[j / B], 1e-6);
        mts_free(w);
    }
}
END_TEST

START_TEST(mask_random_has_one_step_of_a_trial_count_from_the_sixth_on)
{
    enum { B = 20000 };
    mts_config config = steps(1, 7, 0, 2);
    double count[10] = {0};
    size_t T;
    config.mask = MTS_MASK_random;
    double *w = weights(config, B, &T);
    ck_assert_uint_eq(T, 10);
    for (size_t b = 0; b < B; b++) {
        size_t n = 0;
        for (size_t t = 0; t < T; t++) {
            ck_assert(w[t * B + b] == 0 || w[t * B + b] == 10);
            n += w[t * B + b] > 0;
            count[t] += w[t * B + b] > 0;
        }
        ck_assert_uint_eq(n, 1);
    }
    for (size_t t = 0; t < T; t++)
        check_mean(count[t], B, t < 5 ? 0 : 0.2, t < 5 ? 0 : 0.4);
    mts_free(w);

    config = steps(0, 2, 1, 2); /* five steps only: the last one */
    config.mask = MTS_MASK_random;
    w = weights(config, 7, &T);
    for (size_t i = 0; i < T * 7; i++)
        ck_assert_double_eq(w[i], i / 7 == 4 ? 5 : 0);
    mts_free(w);
}
END_TEST

START_TEST(mask_random_is_drawn_by_the_number_of_the_trial)
{
    enum { B = 40 };
    mts_config config = steps(1, 20, 0, 1);
    config.mask = MTS_MASK_random;
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_task *other = make_task(&config, 6, mts_kernels_at(0));
    mts_batch *a = make_batch(task, B), *b = make_batch(other, B);
    const size_t n = a->T * B * a->K;

    mts_task_draw(task, LATENTS, NOISE, 0, NULL, a);
    mts_task_draw(other, LATENTS, NOISE, 0, NULL, b);
    ck_assert(!same_bits(a->weight, b->weight, n)); /* another key */
    mts_task_draw(other, LATENTS, NOISE, B, NULL, a);
    ck_assert(!same_bits(a->weight, b->weight, n)); /* other trials */
    mts_task_draw(task, (mts_stream){8, MTS_FOR_PROBE_LATENT}, NOISE, 0, NULL, b);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, a);
    ck_assert(same_bits(a->weight, b->weight, n)); /* whatever their stream */
    mts_batch_destroy(a);
    mts_batch_destroy(b);
    mts_task_destroy(task);
    mts_task_destroy(other);
}
END_TEST

START_TEST(mask_all_needs_no_weights)
{
    mts_config config = defaults();
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, 2);
    ck_assert_ptr_null(batch->weight);
    ck_assert_ptr_null(batch->asked);
    ck_assert_uint_eq(batch->n_asked, 24);
    ck_assert(!batch->cued);
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

/* ---- evaluation ---- */

START_TEST(evaluation_has_the_probes_sigma_no_correlation_and_no_mask)
{
    mts_config config = defaults(), e;
    e = mts_task_evaluation(&config);
    ck_assert_mem_eq(&e, &config, sizeof e);
    config.probe_sigma = 0.05;
    config.rho = 0.5;
    config.mask = MTS_MASK_random;
    e = mts_task_evaluation(&config);
    ck_assert_double_eq(e.sigma, 0.05);
    ck_assert_double_eq(e.probe_sigma, -1);
    ck_assert_double_eq(e.rho, 0);
    ck_assert_int_eq(e.mask, MTS_MASK_all);
    e.sigma = config.sigma;
    e.probe_sigma = config.probe_sigma;
    e.rho = config.rho;
    e.mask = config.mask;
    ck_assert_mem_eq(&e, &config, sizeof e);
    config.probe_sigma = 0; /* a sigma too */
    e = mts_task_evaluation(&config);
    ck_assert_double_eq(e.sigma, 0);
}
END_TEST

START_TEST(evaluation_keeps_the_runs_boundaries)
{
    mts_config config = defaults();
    double a[24 * 2], b[24 * 2], p[24], q[24];
    config.boundaries = MTS_BOUNDARIES_random;
    config.offset = 0.2;
    config.rho = 0.9;
    config.probe_sigma = 1;
    const mts_config e = mts_task_evaluation(&config);
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_task *evaluation = make_task(&e, 5, mts_kernels_at(0));
    mts_task_boundaries(task, a, p);
    mts_task_boundaries(evaluation, b, q);
    ck_assert_mem_eq(a, b, sizeof a);
    ck_assert_mem_eq(p, q, sizeof p);
    mts_task_destroy(task);
    mts_task_destroy(evaluation);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        gumbel_noise_is_the_double_logarithm_of_the_documented_numbers,
        gumbel_noise_has_its_moments,
        ar1_noise_follows_its_recursion,
        ar1_noise_is_stationary_and_its_correlation_falls_geometrically,
        anisotropic_noise_is_twice_as_large_for_every_second_latent,
        noise_at_the_encoder_leaves_observations_exact,
        correlated_latents_are_normal_numbers_through_the_distribution_function,
        correlated_latents_are_uniform_and_have_the_correlation_of_the_copula,
        masks_last_and_balanced_have_the_weights_worked_out_by_hand,
        mask_random_has_one_step_of_a_trial_count_from_the_sixth_on,
        mask_random_is_drawn_by_the_number_of_the_trial,
        mask_all_needs_no_weights,
        evaluation_has_the_probes_sigma_no_correlation_and_no_mask,
        evaluation_keeps_the_runs_boundaries,
    };
    return run_suite("task_draws", 60, tests, sizeof tests / sizeof *tests);
}
