/* Trials: moments, streams, regions, timing. */
#include "mtsweep/nn.h"
#include "mtsweep/task.h"
#include "network.h"
#include "suite.h"
#include "trials.h"

#include <stdio.h>

/* ---- draws ---- */

START_TEST(latents_are_uniform_and_independent)
{
    enum { B = 20000, D = 3 };
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_config config = defaults();
        double sum[D] = {0}, square[D] = {0}, product = 0;
        config.latents = D;
        config.stimulus = 1;
        mts_task *task = make_task(&config, 5, k);
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
        for (size_t b = 0; b < B; b++) {
            for (size_t d = 0; d < D; d++) {
                const double x = (double)batch->latent[b * D + d];
                ck_assert_double_lt(fabs(x), 0.5);
                sum[d] += x;
                square[d] += x * x;
            }
            product += (double)batch->latent[b * D] * (double)batch->latent[b * D + 1];
        }
        for (size_t d = 0; d < D; d++) {
            check_mean(sum[d], B, 0, sqrt(1 / 12.0));
            check_mean(square[d], B, 1 / 12.0, sqrt(1 / 180.0));
        }
        check_mean(product, B, 0, 1 / 12.0);
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(gauss_noise_has_deviation_sigma_and_is_independent)
{
    enum { B = 2000, S = 20, D = 2 };
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_config config = defaults();
        double sum = 0, square = 0, cube = 0, fourth = 0, next_step = 0, other_latent = 0;
        const double n = B * S * D;
        config.sigma = 0.3;
        mts_task *task = make_task(&config, 5, k);
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
        for (size_t s = 0; s < S; s++)
            for (size_t b = 0; b < B; b++) {
                double e[D], f[D] = {0};
                for (size_t d = 0; d < D; d++) {
                    const double x = (double)batch->latent[b * D + d];
                    e[d] = ((double)batch->obs[(s * B + b) * D + d] - x) / 0.3;
                    if (s + 1 < S)
                        f[d] = ((double)batch->obs[((s + 1) * B + b) * D + d] - x) / 0.3;
                    sum += e[d];
                    square += e[d] * e[d];
                    cube += e[d] * e[d] * e[d];
                    fourth += e[d] * e[d] * e[d] * e[d];
                    next_step += e[d] * f[d];
                }
                other_latent += e[0] * e[1];
            }
        check_mean(sum, n, 0, 1);
        check_mean(square, n, 1, sqrt(2));
        check_mean(cube, n, 0, sqrt(15));
        check_mean(fourth, n, 3, sqrt(96));
        check_mean(next_step, n * (S - 1) / S, 0, 1);
        check_mean(other_latent, n / D, 0, 1);
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(trials_are_the_documented_words_of_their_streams)
{
    enum { B = 7, S = 3, D = 5 };
    const uint64_t first = 0x1fffffffeu; /* items have 64 bits */
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_config config = defaults();
        mts_real u[D], n[S * D];
        config.latents = D;
        config.stimulus = S;
        mts_task *task = make_task(&config, 5, k);
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, first, NULL, batch);
        for (size_t b = 0; b < B; b++) {
            mts_uniform(LATENTS, first + b, D, u);
            k->normal(NOISE, first + b, 1, S * D, n);
            for (size_t d = 0; d < D; d++) {
                const mts_real x = batch->latent[b * D + d];
                ck_assert_double_eq((double)x, (double)u[d] - 0.5);
                for (size_t s = 0; s < S; s++)
                    ck_assert_double_eq_tol((double)batch->obs[(s * B + b) * D + d],
                                            (double)x + 0.2 * (double)n[s * D + d], 1e-6);
            }
        }
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(given_latents_are_kept_and_get_the_noise_of_their_trial)
{
    enum { B = 6 };
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        const mts_config config = defaults();
        mts_task *task = make_task(&config, 5, k);
        mts_batch *drawn = make_batch(task, B), *given = make_batch(task, B);
        const size_t n = drawn->S * B * drawn->D;
        mts_task_draw(task, LATENTS, NOISE, 40, NULL, drawn);
        memcpy(given->latent, drawn->latent, B * 2 * sizeof *given->latent);
        mts_task_draw_at(task, &NOISE, 40, given);
        ck_assert(same_bits(given->latent, drawn->latent, B * 2));
        ck_assert(same_bits(given->obs, drawn->obs, n));
        ck_assert(same_bits(given->target, drawn->target, given->T * B * given->K));

        mts_task_draw_at(task, NULL, 40, given);
        for (size_t i = 0; i < n; i++)
            ck_assert_double_eq((double)given->obs[i], (double)drawn->latent[i % (B * 2)]);
        ck_assert(same_bits(given->target, drawn->target, given->T * B * given->K));
        mts_batch_destroy(drawn);
        mts_batch_destroy(given);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(latents_of_a_region_have_its_signs_equally_often)
{
    enum { B = 30000, D = 4 };
    /* Latents 1 and 3 are fixed, latents 0 and 2 are free. */
    static const mts_pattern patterns[] = {{10, 10}, {10, 2}, {10, 8}};
    static const mts_region region = {3, patterns};
    const mts_kernels *k;
    FOR_ALL_KERNELS(k)
    {
        mts_config config = defaults();
        double count[16] = {0}, size[D] = {0}, square[D] = {0};
        config.latents = D;
        config.stimulus = 1;
        mts_task *task = make_task(&config, 5, k);
        mts_batch *batch = make_batch(task, B);
        mts_task_draw(task, LATENTS, NOISE, 0, &region, batch);
        for (size_t b = 0; b < B; b++) {
            size_t signs = 0;
            for (size_t d = 0; d < D; d++) {
                const double x = (double)batch->latent[b * D + d];
                ck_assert_double_le(fabs(x), 0.5);
                signs |= (size_t)(x > 0) << d;
                size[d] += fabs(x);
                square[d] += x * x;
            }
            count[signs]++;
        }
        for (size_t signs = 0; signs < 16; signs++) {
            const bool allowed = (signs & 10) != 0; /* both minus is no pattern of the region */
            const double p = allowed ? 1 / 12.0 : 0;
            check_mean(count[signs], B, p, sqrt(p * (1 - p)));
        }
        for (size_t d = 0; d < D; d++) {
            check_mean(size[d], B, 0.25, sqrt(1 / 48.0));
            check_mean(square[d], B, 1 / 12.0, sqrt(1 / 180.0));
        }
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

START_TEST(a_region_chooses_its_pattern_by_a_word_of_its_own)
{
    enum { B = 50 };
    static const mts_pattern patterns[] = {{3, 3}, {3, 2}, {3, 0}, {3, 1}};
    static const mts_region all = {4, patterns}, one = {1, patterns + 1};
    const mts_config config = defaults();
    mts_task *task = make_task(&config, 5, mts_kernels_at(0));
    mts_batch *batch = make_batch(task, B);
    mts_real u[3];
    mts_task_draw(task, LATENTS, NOISE, 9, &all, batch);
    for (size_t b = 0; b < B; b++) {
        mts_uniform(LATENTS, 9 + b, 3, u);
        for (size_t d = 0; d < 2; d++) {
            const mts_pattern p = patterns[(size_t)(4 * (double)u[2])];
            const double size = 0.5 * (double)u[d];
            ck_assert_double_eq((double)batch->latent[b * 2 + d], p.sign >> d & 1 ? size : -size);
        }
    }
    mts_task_draw(task, LATENTS, NOISE, 9, &one, batch);
    for (size_t b = 0; b < B; b++) {
        ck_assert_double_lt((double)batch->latent[b * 2], 0);
        ck_assert_double_gt((double)batch->latent[b * 2 + 1], 0);
    }
    mts_batch_destroy(batch);
    mts_task_destroy(task);
}
END_TEST

/* ---- targets and timing ---- */

START_TEST(targets_and_fixation_change_at_the_decision_only)
{
    enum { B = 5, K = 4 };
    static const struct {
        int64_t fixation, stimulus, delay, decision;
    } timings[] = {{1, 20, 0, 1}, {0, 1, 0, 1}, {3, 4, 5, 2}, {0, 6, 2, 3}};
    for (size_t i = 0; i < sizeof timings / sizeof *timings; i++) {
        mts_config config = defaults();
        config.tasks = K;
        config.fixation = timings[i].fixation;
        config.stimulus = timings[i].stimulus;
        config.delay = timings[i].delay;
        config.decision = timings[i].decision;
        const size_t first = (size_t)(config.fixation + config.stimulus + config.delay);
        const mts_timing timing = mts_task_timing(&config);
        mts_task *task = make_task(&config, 5, mts_kernels_at(0));
        mts_batch *batch = make_batch(task, B);

        ck_assert_uint_eq(timing.T, first + (size_t)config.decision);
        ck_assert_uint_eq(timing.stimulus_first, (size_t)config.fixation);
        ck_assert_uint_eq(timing.stimulus, (size_t)config.stimulus);
        ck_assert_uint_eq(timing.decision_first, first);
        ck_assert_uint_eq(timing.channels, 1);
        ck_assert_uint_eq(batch->T, timing.T);
        ck_assert_uint_eq(batch->S, timing.stimulus);
        ck_assert_uint_eq(batch->C, 1);
        ck_assert_uint_eq(batch->B, B);
        ck_assert_uint_eq(batch->K, K);
        ck_assert_uint_eq(batch->D, 2);
        ck_assert_ptr_null(batch->weight);

        for (uint64_t draw = 0; draw < 2; draw++) { /* a second draw leaves it so */
            mts_task_draw(task, LATENTS, NOISE, draw * B, NULL, batch);
            for (size_t t = 0; t < timing.T; t++)
                for (size_t b = 0; b < B; b++) {
                    ck_assert_double_eq((double)batch->channel[t * B + b], t < first);
                    for (size_t j = 0; j < K; j++) {
                        const mts_real *y = batch->target + b * K + j;
                        if (t < first)
                            ck_assert_double_eq((double)y[t * B * K], 0.5);
                        else
                            ck_assert(y[t * B * K] == 0 || y[t * B * K] == 1);
                        if (t > first) /* the same label at every decision step */
                            ck_assert_double_eq((double)y[t * B * K], (double)y[first * B * K]);
                    }
                }
        }
        mts_batch_destroy(batch);
        mts_task_destroy(task);
    }
}
END_TEST

/* The network's input is [fixation, f(X(t))], X(t) being 0 outside the stimulus: the batch has no
 * observations there, and the encoder is applied to zeros. */
START_TEST(network_input_outside_the_stimulus_is_fixation_and_the_features_of_zero)
{
    enum { B = 3, T = 9, I = 5 };
    const mts_encoder_spec spec = {2, 6, I - 1, MTS_ACT_RELU};
    const mts_kernels *k = mts_kernels_at(0);
    mts_config config = defaults();
    mts_layout layout;
    mts_encoder *encoder;
    mts_real *theta, x[T][B][I], zeros[2] = {0, 0}, f0[I - 1], f[I - 1];
    config.fixation = 2;
    config.stimulus = 3;
    config.delay = 3;
    mts_encoder_layout(&spec, &layout);
    theta = reals(layout.total);
    mts_layout_init(&layout, (mts_stream){1, MTS_FOR_ENCODER}, theta);
    ck_assert_int_eq(mts_encoder_create(&spec, k, theta, B, &encoder), MTS_OK);
    mts_encoder_apply(encoder, 1, zeros, f0, I - 1);
    ck_assert_double_gt(fabs((double)f0[0]), 0);

    const mts_timing timing = mts_task_timing(&config);
    mts_task *task = make_task(&config, 5, k);
    mts_batch *batch = make_batch(task, B);
    mts_task_draw(task, LATENTS, NOISE, 0, NULL, batch);
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++) {
            const size_t s = t - timing.stimulus_first;
            const bool on = t >= timing.stimulus_first && s < timing.stimulus;
            x[t][b][0] = batch->channel[t * B + b];
            mts_encoder_apply(encoder, 1, on ? batch->obs + (s * B + b) * 2 : zeros, &x[t][b][1],
                              I);
        }
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++) {
            ck_assert_double_eq((double)x[t][b][0], t < 8);
            mts_encoder_apply(encoder, 1, batch->obs + ((t - 2) % 3 * B + b) * 2, f, I - 1);
            ck_assert(same_bits(&x[t][b][1], t >= 2 && t < 5 ? f : f0, I - 1));
        }
    mts_batch_destroy(batch);
    mts_task_destroy(task);
    mts_encoder_destroy(encoder);
    mts_free(theta);
}
END_TEST

static void check_choices(const char *field_name, const char *const *names)
{
    const mts_field *field = mts_field_find(field_name);
    size_t n = 0;
    for (; names[n]; n++) {
        char text[MTS_VALUE_TEXT];
        snprintf(text, sizeof text, "%s", mts_choice_name(field, (int64_t)n));
        ck_assert_str_eq(text, names[n]);
    }
    ck_assert_uint_eq(n, mts_choice_count(field));
}

START_TEST(the_registries_have_the_choices_of_their_config_fields)
{
    check_choices("family", mts_family_names);
    check_choices("noise", mts_noise_names);
    check_choices("boundaries", mts_boundaries_names);
    check_choices("mask", mts_mask_names);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        latents_are_uniform_and_independent,
        gauss_noise_has_deviation_sigma_and_is_independent,
        trials_are_the_documented_words_of_their_streams,
        given_latents_are_kept_and_get_the_noise_of_their_trial,
        latents_of_a_region_have_its_signs_equally_often,
        a_region_chooses_its_pattern_by_a_word_of_its_own,
        targets_and_fixation_change_at_the_decision_only,
        network_input_outside_the_stimulus_is_fixation_and_the_features_of_zero,
        the_registries_have_the_choices_of_their_config_fields,
    };
    return run_suite("task", 60, tests, sizeof tests / sizeof *tests);
}
