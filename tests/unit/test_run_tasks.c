/* Runs of every task family, kind of noise, mask and probe: what is trained, decoded, traced. */
#include "held.h"
#include "suite.h"

#include <stdio.h>

/* Fields of a config as "name value name value ...". */
static mts_config with(const char *fields)
{
    mts_config config = small();
    char text[256], *rest = text;
    snprintf(text, sizeof text, "%s", fields);
    for (char *name; (name = strtok_r(rest, " ", &rest));)
        set(&config, name, strtok_r(rest, " ", &rest));
    ck_assert_msg(mts_config_check(&config) == MTS_OK && mts_task_check(&config) == MTS_OK,
                  "%s: %s", fields, mts_message());
    return config;
}

/* Every family and option of the trials, and what the loss of a short training must fall by. */
static const struct {
    const char *fields;
    double fall;
} variants[] = {
    {"family multiplicative tasks 24", .02},
    {"family interleaved tasks 48", .02},
    {"family context tasks 2", .02},
    {"family accumulate stimulus 8", .2},
    {"family accumulate stimulus 8 accumulate_truncate yes", .1},
    {"noise gumbel", .02},
    {"noise ar1", .02},
    {"noise anisotropic", .02},
    {"noise_at encoder", .008},
    {"noise_at encoder encoder none", .02},
    {"rho 0.9", .02},
    {"rho 1", .02},
    {"boundaries cone tasks 6", .02},
    {"offset 0.2", .02},
    {"mask last", .1},
    {"mask random", .02},
    {"mask balanced", .1},
    {"loss mse", .01},
    {"loss mse family multiplicative tasks 24 mask last", .02},
    {"family context tasks 2 mask last loss mse", .05},
};

START_TEST(a_short_training_lowers_the_loss)
{
    mts_config config = with(variants[_i].fields);
    set(&config, "batches", "500");
    set(&config, "units", "32");
    set(&config, "learning_rate", "0.01");
    set(&config, "probe_fits", "0");
    set(&config, "history_points", "30");
    mts_result *r = run(&config);
    ck_assert_msg(*r->result_loss < r->history_loss[0] - variants[_i].fall, "%s: %g to %g",
                  variants[_i].fields, r->history_loss[0], *r->result_loss);
    /* And not below what can be reached; .01 is the noise of the last tenth's mean. */
    if (!isnan(*r->result_ideal_loss))
        ck_assert_double_ge(*r->result_loss, *r->result_ideal_loss - 0.01);
    if (!isnan(*r->result_ideal_accuracy))
        ck_assert_double_le(*r->result_accuracy, *r->result_ideal_accuracy + 0.03);
    ck_assert_double_ge(*r->result_accuracy, 0.6);
    mts_result_destroy(r);
}
END_TEST

START_TEST(every_variant_is_decoded_and_traced_with_the_same_bits_of_all_our_kernels)
{
    mts_result *r = run_on_our_kernels(with(variants[_i].fields));
    ck_assert(none_filled(r, MTS_COL_score_r2) && none_filled(r, MTS_COL_score_ols_r2));
    ck_assert(none_filled(r, MTS_COL_trace_hidden) && none_filled(r, MTS_COL_trace_readout));
    mts_result_destroy(r);
}
END_TEST

/* ---- accuracy ---- */

START_TEST(accuracy_is_over_the_tasks_that_trials_ask_for)
{
    mts_config config = with("family interleaved tasks 48 batches 8 history_points 8");
    mts_result *r = run(&config);
    const mts_kernels *kernels;
    mts_trainer *trainer;
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_trainer_create(&config, kernels, &trainer), MTS_OK);
    for (size_t batch = 0; batch < 8; batch++) {
        size_t correct;
        mts_trainer_step(trainer, &correct, NULL, NULL);
        ck_assert_uint_le(correct, 8 * 24);
        ck_assert_double_eq_tol(r->history_accuracy[batch], (double)correct / (8 * 24), 1e-12);
    }
    mts_trainer_destroy(trainer);
    mts_result_destroy(r);
}
END_TEST

/* ---- evaluation ---- */

START_TEST(fields_of_the_trials_make_another_set_only_where_they_change_them)
{
    static const struct {
        const char *fields;
        bool same;
    } cases[] = {{"noise ar1", false},
                 {"noise_coefficient 0.5", false},
                 {"noise_at encoder", false},
                 {"family accumulate", false},
                 {"probe_sigma 0.3", false},
                 {"sigma 0.3 probe_sigma 0.2", true},
                 {"noise ar1 probe_noise gauss", true},
                 {"rho 0.5", true},
                 {"mask last", true},
                 {"boundaries random", true},
                 {"offset 0.1", true},
                 {"probe_on features", true},
                 {"encoder_noise 0.3", true},
                 {"accumulate_truncate yes", true}};
    mts_config base = small();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mts_config config = with(cases[i].fields);
        ck_assert_msg((mts_run_trial_set(&base) == mts_run_trial_set(&config)) == cases[i].same,
                      "%s", cases[i].fields);
    }
}
END_TEST

START_TEST(decoders_and_traces_of_accumulate_see_one_step_more)
{
    mts_config config = with("family accumulate stimulus 6");
    mts_result *r = run(&config);
    mts_real *latent = calloc(31 * 2, sizeof *latent), *obs = calloc(31 * 7 * 2, sizeof *obs);
    ck_assert_uint_eq(r->extents.n[MTS_AXIS_step], 7);
    ck_assert_uint_eq(r->extents.n[MTS_AXIS_stimulus_step], 7);
    ck_assert(none_filled(r, MTS_COL_trace_hidden));
    ck_assert_double_eq_tol(*r->result_ideal_r2, 1 - 12 * .04 / 7, 1e-12);
    ck_assert_int_eq(mts_run_trials(&config, latent, obs), MTS_OK);
    for (size_t i = 22; i < 31; i++) /* the grid: the latents at all seven steps */
        for (size_t s = 0; s < 7; s++)
            ck_assert_mem_eq(obs + (i * 7 + s) * 2, latent + i * 2, 2 * sizeof *obs);
    free(latent);
    free(obs);
    mts_result_destroy(r);
}
END_TEST

/* The states of traces, recomputed from weights and trials. `channels` writes what comes before the
 * encoder's features in the input of a trial and step. */
static void check_trace(const mts_config *config, size_t C,
                        void (*channels)(size_t trial, size_t t, mts_real *x))
{
    enum { F = 9, N = 15, S = 5, T = 7 };
    mts_result *r = run(config);
    const mts_kernels *kernels;
    const mts_encoder_spec encoder_spec = {2, 21, F, MTS_ACT_RELU};
    const mts_net_spec spec = {
        .arch = "rnn", .I = C + F, .N = N, .K = 2, .alpha = 1, .act = MTS_ACT_RELU};
    mts_real latent[31 * 2], obs[31 * S * 2], x[T * (F + 3)], zero[2] = {0, 0};
    mts_encoder *encoder;
    mts_net *net;
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_run_trials(config, latent, obs), MTS_OK);
    ck_assert_int_eq(mts_net_create(&spec, kernels, T, 1, false, &net), MTS_OK);
    ck_assert_int_eq(mts_encoder_create(&encoder_spec, kernels, r->weights_encoder, 1, &encoder),
                     MTS_OK);
    mts_net_pack(net, r->weights_parameters);
    for (size_t trial = 0; trial < 31; trial++) {
        for (size_t t = 0; t < T; t++) {
            channels(trial, t, x + t * (C + F));
            mts_encoder_apply(encoder, 1,
                              t >= 1 && t < 1 + S ? obs + (trial * S + t - 1) * 2 : zero,
                              x + t * (C + F) + C, C + F);
        }
        mts_net_forward(net, T, 1, x);
        ck_assert_mem_eq(r->trace_hidden + trial * T * N, mts_net_hidden(net),
                         T * N * sizeof(float));
    }
    mts_net_destroy(net);
    mts_encoder_destroy(encoder);
    mts_result_destroy(r);
}

static void fixation_and_rule(size_t trial, size_t t, mts_real *x)
{
    x[0] = t < 6;
    x[1] = trial % 2 == 0;
    x[2] = trial % 2 == 1;
}

START_TEST(traces_of_context_ask_for_the_two_tasks_in_turn)
{
    const mts_config config = with("family context tasks 2");
    check_trace(&config, 3, fixation_and_rule);
}
END_TEST

/* Differences of two runs that train the same network: probe_* is no part of the identity. */
START_TEST(probe_sigma_changes_what_is_decoded_and_traced_but_not_what_is_trained)
{
    mts_config config = small(), exact = with("probe_sigma 0"), same = with("probe_sigma 0.2");
    mts_result *a = run(&config), *b = run(&exact), *c = run(&same);
    const size_t P = a->extents.n[MTS_AXIS_parameter];
    ck_assert_mem_eq(a->weights_parameters, b->weights_parameters, P * sizeof(float));
    ck_assert_double_eq(*a->result_loss, *b->result_loss);
    ck_assert_double_eq(*a->result_ideal_loss, *b->result_ideal_loss);
    ck_assert_double_eq_tol(*a->result_ideal_r2, 1 - 12 * .04 / 5, 1e-12);
    ck_assert_double_eq(*b->result_ideal_r2, 1);
    ck_assert_double_gt(b->score_ols_r2[0], a->score_ols_r2[0] + 0.02);
    ck_assert(memcmp(a->trace_hidden, b->trace_hidden, 31 * 7 * 15 * sizeof(float)) != 0);
    /* the noise-free grid is the same */
    ck_assert_mem_eq(a->trace_hidden + 22 * 7 * 15, b->trace_hidden + 22 * 7 * 15,
                     9 * 7 * 15 * sizeof(float));
    assert_same(a, c);
    mts_result_destroy(a);
    mts_result_destroy(b);
    mts_result_destroy(c);
}
END_TEST

START_TEST(probe_noise_gauss_tests_a_network_on_gauss_noise_whatever_it_was_trained_on)
{
    mts_config own = with("noise gumbel"), gauss = with("noise gumbel probe_noise gauss");
    mts_config usual = small();
    mts_result *a = run(&own), *b = run(&gauss), *c = run(&usual);
    ck_assert_mem_eq(a->weights_parameters, b->weights_parameters,
                     a->extents.n[MTS_AXIS_parameter] * sizeof(float));
    ck_assert_double_eq(*a->result_ideal_loss, *b->result_ideal_loss);
    ck_assert_double_eq(*b->result_ideal_r2, *c->result_ideal_r2);
    ck_assert_double_ne(*a->result_ideal_r2, *b->result_ideal_r2);
    ck_assert_double_ne(*a->result_ood_r2, *b->result_ood_r2);
    mts_result_destroy(a);
    mts_result_destroy(b);
    mts_result_destroy(c);
}
END_TEST

typedef struct counter {
    double last;
    size_t reports;
} counter;

static void count_reports(void *ctx, double done, double total, double loss)
{
    counter *c = ctx;
    (void)loss;
    ck_assert(done >= c->last && done <= total);
    c->last = done;
    c->reports++;
}

START_TEST(a_network_that_another_row_has_is_not_trained_again)
{
    mts_config config = small(), other = with("probe_sigma 0.05 measure_pca yes");
    config.measure_pca = other.measure_pca; /* one value for all rows of a file */
    mts_result *trained = run(&config), *want = run(&other), *r = run(&other);
    const size_t P = trained->extents.n[MTS_AXIS_parameter];
    counter c = {0};
    const mts_run_hooks hooks = {.ctx = &c, .report = count_reports, .trained = trained};
    ck_assert_int_eq(mts_run(&other, &hooks, r), MTS_OK);
    assert_same(want, r);
    /* That it is taken from there shows where the row says something else. */
    for (size_t i = 0; i < P; i++)
        trained->weights_parameters[i] = 0;
    *trained->result_loss = 77;
    c.last = 0;
    ck_assert_int_eq(mts_run(&other, &hooks, r), MTS_OK);
    ck_assert_double_eq(*r->result_loss, 77);
    ck_assert_double_eq((double)r->weights_parameters[P / 2], 0);
    mts_result_destroy(trained);
    mts_result_destroy(want);
    mts_result_destroy(r);
}
END_TEST

/* Without an encoder the averaged features are the averaged observations: least squares on them are
 * the ideal observer, in and out of distribution, and a network is not needed. */
START_TEST(decoders_on_features_without_an_encoder_are_the_ideal_observer)
{
    mts_config config = with("encoder none probe_on features batches 0 probe_batches 400 "
                             "probe_trials 2000 stimulus 20");
    mts_result *r = run(&config);
    for (size_t i = 0; i < 2 * 4 * 2; i++) /* splits id and ood, folds, fits */
        ck_assert_double_eq_tol(r->score_ols_r2[i], 0.976, 0.004);
    mts_result_destroy(r);
}
END_TEST

START_TEST(decoders_on_features_replace_those_on_states_and_the_network_stays)
{
    mts_config features = with("probe_on features batches 3"), hidden = with("batches 3");
    mts_result *a = run(&features), *b = run(&hidden);
    ck_assert_mem_eq(a->weights_parameters, b->weights_parameters,
                     a->extents.n[MTS_AXIS_parameter] * sizeof(float));
    ck_assert_mem_eq(a->trace_hidden, b->trace_hidden, 31 * 7 * 15 * sizeof(float));
    ck_assert_double_ne(*a->result_ood_r2, *b->result_ood_r2);
    /* The features know the latents better than the states of a random network do. */
    ck_assert_double_gt(a->score_ols_r2[0], b->score_ols_r2[0]);
    ck_assert_double_lt(mts_run_cost(&features), mts_run_cost(&hidden));
    mts_result_destroy(a);
    mts_result_destroy(b);
}
END_TEST

START_TEST(noise_at_the_encoder_differs_between_noisy_trials_from_the_first_step_on)
{
    mts_config config = with("noise_at encoder encoder none batches 0 trace_trials 40 trace_grid 2"
                             " encoder_noise 0.3");
    mts_result *r = run(&config);
    const size_t T = 7, N = 15;
    size_t differ[7] = {0};
    for (size_t i = 0; i < 40; i++)
        for (size_t j = 0; j < i; j++)
            for (size_t t = 0; t < T; t++)
                differ[t] += memcmp(r->trace_hidden + (i * T + t) * N,
                                    r->trace_hidden + (j * T + t) * N, N * sizeof(float)) != 0;
    for (size_t t = 0; t < T; t++) /* fixation is alike for all trials but for the noise */
        ck_assert_uint_eq(differ[t], 40 * 39 / 2);
    for (size_t i = 41; i < 44; i++) /* and the noise-free grid has none */
        ck_assert_mem_eq(r->trace_hidden + i * T * N, r->trace_hidden + 40 * T * N,
                         N * sizeof(float));
    ck_assert_double_eq_tol(*r->result_ideal_r2, 1 - 12 * .09 / 5, 1e-12);
    mts_result_destroy(r);
}
END_TEST

/* The first hidden state, after the fixation step of trials, is relu(W_in [1, f(0)] + noise + b):
 * over trials it moves by the noise of all inputs, the fixation input too. */
START_TEST(noise_at_the_encoder_has_its_size_on_every_input)
{
    mts_config config = with("noise_at encoder batches 0 trace_trials 4000 trace_grid 1 "
                             "activation tanh encoder_noise 0.001 latents 2");
    mts_result *r = run(&config);
    const size_t T = 7, N = 15, I = 10, n = 4000;
    for (size_t j = 0; j < N; j++) {
        double mean = 0, square = 0, want = 0;
        const double exact = (double)r->trace_hidden[n * T * N + j]; /* the grid's one trial */
        const double slope = 1 - exact * exact;
        for (size_t i = 0; i < n; i++) {
            const double e = (double)r->trace_hidden[i * T * N + j] - exact;
            mean += e / (double)n;
            square += e * e / (double)n;
        }
        for (size_t i = 0; i < I; i++)
            want += pow(0.001 * slope * (double)r->weights_parameters[i * N + j], 2);
        ck_assert_double_le(fabs(mean), 4 * sqrt(want / (double)n));
        ck_assert_double_eq_tol(square / want, 1, 4 * sqrt(2 / (double)n));
    }
    mts_result_destroy(r);
}
END_TEST

START_TEST(exact_inputs_with_noise_at_encoder_of_size_zero_are_those_without_noise)
{
    mts_config config = with("noise_at encoder encoder_noise 0 batches 0");
    mts_result *r = run(&config);
    mts_real latent[31 * 2], obs[31 * 5 * 2];
    ck_assert_int_eq(mts_run_trials(&config, latent, obs), MTS_OK);
    for (size_t i = 0; i < 31 * 5; i++)
        ck_assert_mem_eq(obs + i * 2, latent + i / 5 * 2, 2 * sizeof *obs);
    ck_assert(none_filled(r, MTS_COL_trace_hidden));
    mts_result_destroy(r);
}
END_TEST

START_TEST(stored_boundaries_are_those_of_the_task)
{
    static const char *const fields[] = {
        "family multiplicative tasks 24", "family interleaved tasks 48", "family context tasks 2",
        "family accumulate tasks 6", "boundaries cone offset 0.2 latents 3"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        mts_config config = with(fields[i]);
        const size_t K = (size_t)config.tasks, D = (size_t)config.latents;
        const mts_kernels *kernels;
        double normal[48 * 3], offset[48];
        mts_task *task;
        set(&config, "batches", "1");
        set(&config, "probe_fits", "0");
        mts_result *r = run(&config);
        ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
        ck_assert_int_eq(mts_task_create(&config, mts_config_identity(&config), kernels, &task),
                         MTS_OK);
        mts_task_boundaries(task, normal, offset);
        ck_assert_mem_eq(r->weights_normals, normal, K * D * sizeof *normal);
        ck_assert_mem_eq(r->weights_offsets, offset, K * sizeof *offset);
        mts_task_destroy(task);
        mts_result_destroy(r);
    }
}
END_TEST

START_TEST(a_run_of_every_variant_holds_what_is_counted)
{
    mts_config config = with(variants[_i].fields);
    set(&config, "batches", "2");
    check_memory(&config, variants[_i].fields);
}
END_TEST

START_TEST(a_step_of_any_variant_takes_nothing)
{
    mts_config config = with(variants[_i].fields);
    check_step_takes_nothing(&config);
}
END_TEST

int main(void)
{
    mts_blas_single_thread();
    enum { N = sizeof variants / sizeof *variants };
    const TTest *const tests[] = {
        accuracy_is_over_the_tasks_that_trials_ask_for,
        fields_of_the_trials_make_another_set_only_where_they_change_them,
        decoders_and_traces_of_accumulate_see_one_step_more,
        traces_of_context_ask_for_the_two_tasks_in_turn,
        probe_sigma_changes_what_is_decoded_and_traced_but_not_what_is_trained,
        a_network_that_another_row_has_is_not_trained_again,
        probe_noise_gauss_tests_a_network_on_gauss_noise_whatever_it_was_trained_on,
        decoders_on_features_without_an_encoder_are_the_ideal_observer,
        decoders_on_features_replace_those_on_states_and_the_network_stays,
        noise_at_the_encoder_differs_between_noisy_trials_from_the_first_step_on,
        noise_at_the_encoder_has_its_size_on_every_input,
        exact_inputs_with_noise_at_encoder_of_size_zero_are_those_without_noise,
        stored_boundaries_are_those_of_the_task,
    };
    const suite_loop loops[] = {
        {a_short_training_lowers_the_loss, N},
        {every_variant_is_decoded_and_traced_with_the_same_bits_of_all_our_kernels, N},
        {a_run_of_every_variant_holds_what_is_counted, N},
        {a_step_of_any_variant_takes_nothing, N},
    };

    return run_suite_with_loops("run_tasks", 240, tests, sizeof tests / sizeof *tests, loops,
                                sizeof loops / sizeof *loops);
}
