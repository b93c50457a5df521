/* Tests of the parts of a run: evaluation trials and traces, the training step, cost. */
#include "mtsweep/probe.h"
#include "small_run.h"
#include "suite.h"

/* ---- evaluation trials ---- */

START_TEST(evaluation_trials_do_not_depend_on_the_run)
{
    mts_config a = small(), b = small();
    set(&b, "seed", "7");
    set(&b, "arch", "lstm");
    set(&b, "tasks", "9");
    set(&b, "kernels", "blas");
    set(&b, "delay", "3");
    ck_assert_uint_eq(mts_run_trial_set(&a), mts_run_trial_set(&b));
    mts_real latent[2][31 * 2], obs[2][31 * 5 * 2];
    ck_assert_uint_eq(mts_run_trial_count(&a), 31);
    ck_assert_int_eq(mts_run_trials(&a, latent[0], obs[0]), MTS_OK);
    ck_assert_int_eq(mts_run_trials(&b, latent[1], obs[1]), MTS_OK);
    ck_assert_mem_eq(latent[0], latent[1], sizeof latent[0]);
    ck_assert_mem_eq(obs[0], obs[1], sizeof obs[0]);
}
END_TEST

START_TEST(fields_that_define_a_trial_make_another_set)
{
    static const char *const values[][2] = {{"sigma", "0.3"},
                                            {"latents", "3"},
                                            {"stimulus", "6"},
                                            {"trace_trials", "23"},
                                            {"trace_grid", "4"}};
    mts_config a = small();
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        mts_config b = small();
        set(&b, values[i][0], values[i][1]);
        ck_assert_uint_ne(mts_run_trial_set(&a), mts_run_trial_set(&b));
    }
}
END_TEST

START_TEST(noisy_trials_fill_the_quadrants_in_fold_order)
{
    const size_t sizes[] = {22, 256, 3, 300};
    for (size_t D = 2; D <= 4; D += 2)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            mts_config config = small();
            size_t n = sizes[k], per[4] = {0};
            config.latents = (int64_t)D;
            config.trace_trials = (int64_t)n;
            size_t trials = mts_run_trial_count(&config);
            mts_real *latent = calloc(trials * D, sizeof *latent);
            mts_real *obs = calloc(trials * 5 * D, sizeof *obs);
            ck_assert_int_eq(mts_run_trials(&config, latent, obs), MTS_OK);
            double square = 0;
            for (size_t i = 0; i < n; i++) {
                size_t quadrant = 4 * i / n;
                mts_pattern p = mts_probe_held_out(MTS_FOLDS_last_two, D, quadrant);
                per[quadrant]++;
                for (size_t d = 0; d < D; d++) {
                    mts_real x = latent[i * D + d];
                    ck_assert(fabs((double)x) < 0.5);
                    if (p.mask >> d & 1)
                        ck_assert_int_eq(x > 0, p.sign >> d & 1);
                    for (size_t s = 0; s < 5; s++)
                        square += pow((double)(obs[(i * 5 + s) * D + d] - x), 2);
                }
            }
            for (size_t q = 0; q < 4; q++)
                ck_assert_uint_le(per[q], n / 4 + 1);
            if (n >= 100)
                ck_assert_double_eq_tol(sqrt(square / (double)(n * 5 * D)), 0.2, 0.02);
            free(latent);
            free(obs);
        }
}
END_TEST

START_TEST(grid_trials_are_noise_free_and_row_by_row)
{
    mts_config config = small();
    set(&config, "latents", "3");
    set(&config, "trace_grid", "9"); /* more points than one batch */
    size_t trials = mts_run_trial_count(&config);
    mts_real *latent = calloc(trials * 3, sizeof *latent), *obs = calloc(trials * 15, sizeof *obs);
    ck_assert_int_eq(mts_run_trials(&config, latent, obs), MTS_OK);
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 9; j++) {
            const mts_real *x = latent + (22 + i * 9 + j) * 3;
            ck_assert_double_eq_tol((double)x[0], ((double)i + 0.5) / 9 - 0.5, 1e-7);
            ck_assert_double_eq_tol((double)x[1], ((double)j + 0.5) / 9 - 0.5, 1e-7);
            ck_assert_double_eq((double)x[2], 0);
            for (size_t s = 0; s < 5; s++)
                ck_assert_mem_eq(obs + ((22 + i * 9 + j) * 5 + s) * 3, x, 3 * sizeof *x);
        }
    free(latent);
    free(obs);
}
END_TEST

/* The stored states are those of the stored weights on the stored trials: recomputed here, trial by
 * trial, from what the file has. */
START_TEST(traces_follow_from_the_stored_weights_and_trials)
{
    mts_config config = small();
    set(&config, "delay", "2");
    set(&config, "decision", "2");
    mts_result *r = run(&config);
    const mts_kernels *kernels;
    mts_layout layout, encoder_layout;
    mts_net *net;
    mts_encoder *encoder;
    const mts_net_spec spec = {
        .arch = "rnn", .I = 10, .N = 15, .K = 4, .act = MTS_ACT_RELU, .alpha = 1};
    const mts_encoder_spec encoder_spec = {2, 21, 9, MTS_ACT_RELU};
    mts_real latent[31 * 2], obs[31 * 5 * 2], x[10 * 10], zero[2] = {0, 0};
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_run_layouts(&config, &layout, &encoder_layout), MTS_OK);
    ck_assert_int_eq(mts_run_trials(&config, latent, obs), MTS_OK);
    ck_assert_int_eq(mts_net_create(&spec, kernels, 10, 1, false, &net), MTS_OK);
    ck_assert_int_eq(mts_encoder_create(&encoder_spec, kernels, r->weights_encoder, 1, &encoder),
                     MTS_OK);
    mts_net_pack(net, r->weights_parameters);
    for (size_t trial = 0; trial < 31; trial++) {
        for (size_t t = 0; t < 10; t++) {
            bool stimulus = t >= 1 && t < 6;
            x[t * 10] = t < 8 ? 1 : 0;
            mts_encoder_apply(encoder, 1, stimulus ? obs + (trial * 5 + t - 1) * 2 : zero,
                              x + t * 10 + 1, 9);
        }
        mts_net_forward(net, 10, 1, x);
        mts_real z[10 * 4];
        mts_net_readout(net, 10, mts_net_hidden(net), z);
        ck_assert_mem_eq(r->trace_hidden + trial * 10 * 15, mts_net_hidden(net),
                         10 * 15 * sizeof(float));
        ck_assert_mem_eq(r->trace_readout + trial * 10 * 4, z, sizeof z);
    }
    mts_net_destroy(net);
    mts_encoder_destroy(encoder);
    mts_result_destroy(r);
}
END_TEST

START_TEST(trace_last_stores_the_last_step_and_trace_none_nothing)
{
    mts_config config = small();
    mts_result *all = run(&config);
    set(&config, "trace", "last");
    mts_result *last = run(&config);
    ck_assert_uint_eq(last->extents.n[MTS_AXIS_step], 1);
    /* The two runs differ in a field, so in their identity: compare within the run of `last`. */
    ck_assert(none_filled(last, MTS_COL_trace_hidden) && none_filled(last, MTS_COL_trace_readout));
    mts_real z[4];
    const mts_kernels *kernels;
    const mts_net_spec spec = {
        .arch = "rnn", .I = 10, .N = 15, .K = 4, .act = MTS_ACT_RELU, .alpha = 1};
    mts_net *net;
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_net_create(&spec, kernels, 1, 1, false, &net), MTS_OK);
    mts_net_pack(net, last->weights_parameters);
    for (size_t trial = 0; trial < 31; trial++) {
        mts_net_readout(net, 1, last->trace_hidden + trial * 15, z);
        ck_assert_mem_eq(z, last->trace_readout + trial * 4, sizeof z);
    }
    mts_net_destroy(net);

    set(&config, "trace", "none");
    mts_result *none = run(&config);
    ck_assert_uint_eq(mts_run_trial_count(&config), 0);
    ck_assert_uint_eq(none->extents.n[MTS_AXIS_trial], 1);
    ck_assert(all_filled(none, MTS_COL_trace_hidden) && all_filled(none, MTS_COL_trace_readout));
    ck_assert(none_filled(none, MTS_COL_score_r2));
    mts_result_destroy(all);
    mts_result_destroy(last);
    mts_result_destroy(none);
}
END_TEST

/* ---- the trainer, cost ---- */

static double ticks;
static double tick(void)
{
    return ticks++;
}

START_TEST(the_clock_is_read_around_every_part)
{
    mts_config config = small();
    const mts_kernels *kernels;
    mts_trainer *timed, *plain;
    double seconds[MTS_N_PARTS] = {0};
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_trainer_create(&config, kernels, &timed), MTS_OK);
    ck_assert_int_eq(mts_trainer_create(&config, kernels, &plain), MTS_OK);
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq(mts_trainer_step(timed, NULL, tick, seconds),
                            mts_trainer_step(plain, NULL, NULL, NULL));
    for (size_t i = 0; i < MTS_N_PARTS; i++)
        ck_assert_double_eq(seconds[i], 3);
    mts_trainer_destroy(timed);
    mts_trainer_destroy(plain);
}
END_TEST

/* The default step: an encoder 2-100-100-40 on 320 rows; 352 rows of products 41 x 64, 64 x 64 and
 * 64 x 24, forward, back (but not to the input) and for the weights. */
START_TEST(flops_are_those_of_the_products)
{
    mts_config config;
    const mts_kernels *kernels;
    mts_trainer *trainer;
    double part[MTS_N_PARTS], sum = 0;
    mts_config_default(&config);
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_trainer_create(&config, kernels, &trainer), MTS_OK);
    mts_trainer_flops(trainer, part);
    const double in = 41 * 64, rec = 64 * 64, out = 64 * 24;
    ck_assert_double_eq(part[MTS_PART_ENCODER], 320.0 * 2 * (200 + 10000 + 4000));
    ck_assert_double_eq(part[MTS_PART_FORWARD], 352 * 2 * (in + rec));
    ck_assert_double_eq(part[MTS_PART_LOSS], 352 * 2 * out);
    ck_assert_double_eq(part[MTS_PART_BACKWARD], 352 * 2 * (rec + out));
    ck_assert_double_eq(part[MTS_PART_GRADIENT], 352 * 2 * (in + rec + out));
    for (size_t i = 0; i < MTS_N_PARTS; i++)
        sum += part[i];
    mts_config more = config;
    more.batches++;
    ck_assert_double_eq_tol(mts_run_cost(&more) - mts_run_cost(&config), sum, 1e-3 * sum);
    mts_trainer_destroy(trainer);
}
END_TEST

START_TEST(cost_grows_with_everything_that_makes_work)
{
    static const char *const values[][2] = {{"batches", "61"},      {"units", "16"},
                                            {"stimulus", "6"},      {"tasks", "5"},
                                            {"arch", "lstm"},       {"probe_fits", "3"},
                                            {"probe_trials", "90"}, {"probe_batches", "100"},
                                            {"trace_trials", "23"}, {"batch", "9"}};
    mts_config config = small();
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        mts_config more = small();
        set(&more, values[i][0], values[i][1]);
        ck_assert_msg(mts_run_cost(&more) > mts_run_cost(&config), "%s", values[i][0]);
    }
    for (size_t i = 0; i < N_MEASURES; i++) {
        mts_config more = small();
        choose(&more, measure_names[i], "yes");
        ck_assert_msg(mts_run_cost(&more) > mts_run_cost(&config), "%s", measure_names[i]);
    }
}
END_TEST

/* Whoever looks at many runs asks once for all seeds. */
START_TEST(no_need_depends_on_the_seed)
{
    for (int64_t arch = 0; arch < MTS_N_ARCHS; arch++) {
        mts_config config = small();
        mts_extents mine = {{0}}, others = {{0}};
        mts_layout net[2], encoder[2];
        config.arch = arch;
        for (size_t m = 0; m < N_MEASURES; m++)
            choose(&config, measure_names[m], "yes");
        mts_config other = config;
        other.seed += 12345;
        ck_assert_double_eq(mts_run_cost(&other), mts_run_cost(&config));
        ck_assert_double_eq(mts_run_memory(&other), mts_run_memory(&config));
        ck_assert_uint_eq(mts_run_trial_set(&other), mts_run_trial_set(&config));
        mts_run_extents(&config, &mine);
        mts_run_extents(&other, &others);
        ck_assert_mem_eq(&mine, &others, sizeof mine);
        ck_assert_int_eq(mts_run_layouts(&config, &net[0], &encoder[0]), MTS_OK);
        ck_assert_int_eq(mts_run_layouts(&other, &net[1], &encoder[1]), MTS_OK);
        ck_assert(mts_layout_equal(&net[0], &net[1]));
        ck_assert(mts_layout_equal(&encoder[0], &encoder[1]));
    }
}
END_TEST

int main(void)
{
    mts_blas_single_thread();
    const TTest *const tests[] = {
        evaluation_trials_do_not_depend_on_the_run,
        no_need_depends_on_the_seed,
        fields_that_define_a_trial_make_another_set,
        noisy_trials_fill_the_quadrants_in_fold_order,
        grid_trials_are_noise_free_and_row_by_row,
        traces_follow_from_the_stored_weights_and_trials,
        trace_last_stores_the_last_step_and_trace_none_nothing,
        the_clock_is_read_around_every_part,
        flops_are_those_of_the_products,
        cost_grows_with_everything_that_makes_work,
    };

    return run_suite("run_parts", 120, tests, sizeof tests / sizeof *tests);
}
