/* Tests of the measures of a run: which columns they fill, on which trials, and that they change
 * nothing else. */
#include "mtsweep/measure.h"
#include "mtsweep/nn.h"
#include "mtsweep/probe.h"
#include "small_run.h"
#include "suite.h"

#include <stdio.h>

/* The measure that fills a column; NULL for what is no measure's. */
static const char *measure_of(const mts_column *column)
{
    const char *output = mts_run_output_of((size_t)(column - mts_columns));
    for (size_t i = 0; output && i < N_MEASURES; i++)
        if (strcmp(output, measure_names[i]) == 0)
            return output;
    return NULL;
}

static bool fills(const mts_column *column, const char *name)
{
    const char *of = measure_of(column);
    return of && strcmp(of, name) == 0;
}

static bool same_column(const mts_result *a, const mts_result *b, size_t c)
{
    size_t n = mts_column_count(&mts_columns[c], &a->extents);
    return n == mts_column_count(&mts_columns[c], &b->extents) &&
           memcmp(a->column[c], b->column[c], n * mts_column_size(mts_columns[c].type)) == 0;
}

/* ---- columns ---- */

START_TEST(all_measures_of_every_architecture_are_finite)
{
    mts_config config = small();
    const mts_net_spec spec = {.arch = mts_arch_names[_i]};
    const bool steps = mts_net_can_step(&spec);
    measure(&config);
    set(&config, "arch", spec.arch);
    set(&config, "units", "16");
    set(&config, "heads", "4");
    set(&config, "mlp", "20");
    mts_result *r = run(&config);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        if (!measure_of(column))
            continue;
        if (fills(column, "fixed_points")) {
            if (!steps)
                ck_assert_msg(all_filled(r, c), "%s", column->name);
        } else if (fills(column, "sparsity") && c != MTS_COL_measure_absolute_sparsity) {
            continue; /* not of units that go below 0 */
        } else if (!strstr(column->name,
                           "selectivity")) { /* a silent unit correlates with nothing */
            ck_assert_msg(none_filled(r, c), "%s", column->name);
        }
    }
    ck_assert_uint_eq(r->extents.n[MTS_AXIS_start], steps ? 9 : 0);
    ck_assert(*r->measure_absolute_sparsity >= 0 && *r->measure_absolute_sparsity <= 100);
    if (steps) { /* relu */
        ck_assert_double_eq(*r->measure_sparsity, *r->measure_absolute_sparsity);
        for (size_t j = 0; j < 16; j++)
            ck_assert(r->measure_unit_sparsity[j] >= 0 &&
                      r->measure_unit_sparsity[j] <= 100 + 1e-9);
    } else {
        ck_assert(isnan(*r->measure_sparsity));
    }
    for (size_t p = 1; p < 10; p++)
        ck_assert_double_le(r->measure_pca_ratio[p], r->measure_pca_ratio[p - 1]);
    if (steps) {
        ck_assert_int_eq(*r->measure_fixed_point_searches, 1);
        ck_assert_int_ge(*r->measure_fixed_points, 0);
        ck_assert_int_le(*r->measure_fixed_points, *r->measure_fixed_point_converged);
        ck_assert_int_le(*r->measure_fixed_point_converged, 9);
        ck_assert(none_filled(r, MTS_COL_measure_start_state));
    }
    mts_result_destroy(r);
}
END_TEST

/* A measure draws trials of its own: what it finds does not depend on the others, and what is not
 * measured does not depend on it. */
START_TEST(a_measure_alone_finds_what_it_finds_among_others)
{
    mts_config all = small(), one = small(), none = small();
    measure(&all);
    measure(&one);
    for (size_t i = 0; i < N_MEASURES; i++)
        choose(&one, measure_names[i], i == (size_t)_i ? "yes" : "no");
    ck_assert_uint_eq(mts_config_identity(&all), mts_config_identity(&none));
    mts_result *a = run(&all), *b = run(&one), *c = run(&none);
    for (size_t i = 0; i < MTS_N_COLUMNS; i++) {
        const mts_column *column = &mts_columns[i];
        if (fills(column, measure_names[_i]) || !measure_of(column))
            ck_assert_msg(same_column(a, b, i), "%s/%s", column->group, column->name);
        else
            ck_assert_msg(all_filled(b, i), "%s/%s", column->group, column->name);
        if (!measure_of(column))
            ck_assert_msg(same_column(a, c, i), "%s/%s", column->group, column->name);
        else
            ck_assert_msg(all_filled(c, i), "%s/%s", column->group, column->name);
    }
    mts_result_destroy(a);
    mts_result_destroy(b);
    mts_result_destroy(c);
}
END_TEST

START_TEST(measures_have_the_same_bits_with_all_our_kernels_and_twice)
{
    static const char *const values[][2] = {{"fixed_point_method", "newton"},
                                            {"fixed_point_method", "adam"},
                                            {"activation", "tanh"},
                                            {"arch", "lstm"},
                                            {"family", "context"},
                                            {"network_noise", "0.1"},
                                            {"noise_at", "encoder"}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        mts_config config = small();
        mts_result *first, *again;
        measure(&config);
        set(&config, "fixed_point_steps", "300");
        set(&config, values[i][0], values[i][1]);
        if (config.family == MTS_FAMILY_context)
            set(&config, "tasks", "2");
        first = run_on_our_kernels(config);
        again = run(&config);
        assert_same(first, again);
        mts_result_destroy(again);
        mts_result_destroy(first);
    }
}
END_TEST

START_TEST(every_column_of_an_output_is_filled_by_one)
{
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const char *group = mts_columns[c].group, *output = mts_run_output_of(c);
        if (strcmp(group, "measure") == 0)
            ck_assert_msg(measure_of(&mts_columns[c]) != NULL, "%s", mts_columns[c].name);
        else if (strcmp(group, "score") == 0)
            ck_assert_str_eq(output ? output : "", "probe");
        else if (strcmp(group, "trace") == 0)
            ck_assert_str_eq(output ? output : "", "trace");
        else if (output)
            ck_assert_str_eq(group, "result");
    }
}
END_TEST

START_TEST(extents_are_those_of_the_chosen_measures)
{
    mts_config config = small();
    mts_extents x = {{0}};
    choose(&config, "pca", "yes");
    mts_run_extents(&config, &x);
    ck_assert_uint_eq(x.n[MTS_AXIS_component], 10);
    ck_assert_uint_eq(x.n[MTS_AXIS_cell], 0);
    ck_assert_uint_eq(x.n[MTS_AXIS_start], 0);
    set(&config, "arch", "lstm");
    measure(&config);
    mts_run_extents(&config, &x);
    ck_assert_uint_eq(x.n[MTS_AXIS_cell], 64);
    ck_assert_uint_eq(x.n[MTS_AXIS_start], 0);
    ck_assert_uint_eq(x.n[MTS_AXIS_mode], 0);
    set(&config, "arch", "rnn_noleak");
    mts_run_extents(&config, &x);
    ck_assert_uint_eq(x.n[MTS_AXIS_start], 9);
    ck_assert_uint_eq(x.n[MTS_AXIS_fixed_point], 9);
    ck_assert_uint_eq(x.n[MTS_AXIS_mode], 3);
}
END_TEST

START_TEST(a_network_of_fewer_units_than_components_fills_what_it_has)
{
    mts_config config = small();
    measure(&config);
    set(&config, "units", "3");
    mts_result *r = run(&config);
    for (size_t c = 0; c < 10; c++) {
        ck_assert_int_eq(isnan(r->measure_pca_variance[c]) != 0, c >= 3);
        ck_assert_int_eq(isnan(r->measure_pca_direction[c * 3]) != 0, c >= 3);
    }
    mts_result_destroy(r);
    set(&config, "units", "1");
    mts_result_destroy(run(&config));
}
END_TEST

/* ---- what is measured ---- */

/* The stored network, built anew from what the file has. */
typedef struct stored {
    mts_net *net;
    mts_encoder *encoder;
    mts_net_spec spec;
    mts_layout layout, encoder_layout;
    size_t I, F;
} stored;

static stored stored_network(const mts_config *config, const mts_result *r, size_t T)
{
    const mts_kernels *kernels;
    const mts_encoder_spec encoder = {2, 21, 9, MTS_ACT_RELU};
    stored s = {.spec = {.arch = "rnn", .I = 10, .N = 15, .K = 4, .act = MTS_ACT_RELU, .alpha = 1},
                .I = 10,
                .F = 9};
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_run_layouts(config, &s.layout, &s.encoder_layout), MTS_OK);
    ck_assert_int_eq(mts_net_create(&s.spec, kernels, T, 1, false, &s.net), MTS_OK);
    ck_assert_int_eq(mts_encoder_create(&encoder, kernels, r->weights_encoder, 1, &s.encoder),
                     MTS_OK);
    mts_net_pack(s.net, r->weights_parameters);
    return s;
}

static void stored_destroy(stored *s)
{
    mts_net_destroy(s->net);
    mts_encoder_destroy(s->encoder);
}

START_TEST(the_raster_is_the_state_after_the_stimulus_alone)
{
    mts_config config = small();
    double x1[64], x2[64], rate[64 * 15];
    mts_real raster[64 * 15];
    measure(&config);
    set(&config, "fixation", "3");
    set(&config, "delay", "2");
    mts_result *r = run(&config);
    stored s = stored_network(&config, r, 5);
    for (size_t c = 0; c < 64; c++) {
        mts_real x[5 * 10], latent[2];
        x1[c] = (double)(c / 8) / 7 - 0.5;
        x2[c] = (double)(c % 8) / 7 - 0.5;
        latent[0] = (mts_real)x1[c];
        latent[1] = (mts_real)x2[c];
        for (size_t t = 0; t < 5; t++) {
            x[t * 10] = 1;
            mts_encoder_apply(s.encoder, 1, latent, x + t * 10 + 1, 9);
        }
        mts_net_forward(s.net, 5, 1, x);
        ck_assert_mem_eq(r->measure_raster + c * 15, mts_net_hidden(s.net) + 4 * 15,
                         15 * sizeof(float));
    }
    /* Correlations from it: over all cells, and of the means over the other latent. */
    for (size_t i = 0; i < 64 * 15; i++) {
        raster[i] = r->measure_raster[i];
        rate[i] = (double)raster[i];
    }
    for (size_t d = 0; d < 2; d++) {
        double want[15], side[8];
        mts_real mean[8 * 15];
        mts_measure_selectivity(64, 15, raster, d == 0 ? x1 : x2, want);
        for (size_t i = 0; i < 8; i++) {
            side[i] = (double)i / 7 - 0.5;
            for (size_t j = 0; j < 15; j++) {
                double sum = 0;
                for (size_t k = 0; k < 8; k++)
                    sum += rate[(d == 0 ? 8 * i + k : 8 * k + i) * 15 + j];
                mean[i * 15 + j] = (mts_real)(sum / 8);
            }
        }
        for (size_t j = 0; j < 15; j++)
            ck_assert(r->measure_selectivity[d * 15 + j] == want[j] || isnan(want[j]));
        mts_measure_selectivity(8, 15, mean, side, want);
        for (size_t j = 0; j < 15; j++)
            ck_assert(fabs(r->measure_marginal_selectivity[d * 15 + j] - want[j]) < 1e-12 ||
                      isnan(want[j]));
    }
    size_t silent = 0, mixed = 0;
    for (size_t j = 0; j < 15; j++) {
        const double r1 = r->measure_selectivity[j], r2 = r->measure_selectivity[15 + j];
        silent += isnan(r1);
        mixed += fabs(r1) > 0.3 && fabs(r2) > 0.3;
    }
    ck_assert_double_eq_tol(*r->measure_silent_units, 100 * (double)silent / 15, 1e-9);
    ck_assert_double_eq_tol(*r->measure_mixed_units, 100 * (double)mixed / (double)(15 - silent),
                            1e-9);
    stored_destroy(&s);
    mts_result_destroy(r);
}
END_TEST

static void stored_linearise(void *ctx, size_t i, const double *h, double *next, double *J)
{
    stored *s = ctx;
    mts_real x[10] = {1}, zero[2] = {0};
    (void)i;
    mts_encoder_apply(s->encoder, 1, zero, x + 1, 9);
    ck_assert_int_eq(mts_net_jacobian(s->net, x, h, next, J), MTS_OK);
}

/* How many real parts have a sign that rounding of a state to single precision can turn. */
static int64_t near_zero(int64_t n, const double *real)
{
    int64_t near = 0;
    for (int64_t p = 0; p < n; p++)
        near += fabs(real[p]) < 1e-5;
    return near;
}

/* Speeds, spectra and amplifications of the stored states under the input [1, f(0)]. The states are
 * rounded to float. */
START_TEST(fixed_points_are_slow_under_fixation_and_no_stimulus)
{
    for (int method = 0; method < 2; method++) {
        mts_config config = small();
        const char *speed = method == MTS_FIXED_POINT_newton ? "1e-6" : "0.01";
        double h[15], next[15], real[15], imaginary[15];
        measure(&config);
        set(&config, "fixed_point_starts", "40");
        set(&config, "fixed_point_speed", speed);
        set(&config, "fixed_point_method", method == MTS_FIXED_POINT_newton ? "newton" : "adam");
        set(&config, "dt", "50"); /* the stored network is built with alpha below */
        set(&config, "tau", "50");
        mts_result *r = run(&config);
        stored s = stored_network(&config, r, 1);
        const mts_measure_map map = {.ctx = &s, .N = 15, .linearise = stored_linearise};
        int64_t converged = 0, unstable = 0, points = *r->measure_fixed_points;
        double first[40];

        ck_assert_int_ge(points, 1);
        for (size_t i = 0; i < 40; i++) {
            double square = 0;
            for (size_t j = 0; j < 15; j++)
                h[j] = (double)r->measure_start_state[i * 15 + j];
            stored_linearise(&s, i, h, next, NULL);
            for (size_t j = 0; j < 15; j++)
                square += (next[j] - h[j]) * (next[j] - h[j]);
            ck_assert_double_eq_tol(sqrt(square / 15), r->measure_start_speed[i], 1e-6);
            converged += r->measure_start_speed[i] <= config.fixed_point_speed;
            ck_assert_int_eq(r->measure_start_fixed_point[i] >= 0,
                             r->measure_start_speed[i] <= config.fixed_point_speed);
        }
        ck_assert_int_eq(*r->measure_fixed_point_converged, converged);
        for (int64_t p = 0; p < 40; p++) {
            const int64_t start = r->measure_fixed_point_start[p];
            const float *state = r->measure_fixed_point_state + p * 15;
            ck_assert_int_eq(start >= 0, p < points);
            ck_assert_int_eq(isnan(state[0]) != 0, p >= points);
            ck_assert_int_eq(isnan(r->measure_eigenvalue_real[p * 15 + 14]) != 0, p >= points);
            ck_assert_int_eq(isnan(r->measure_fixed_point_amplification[p * 3]) != 0, p >= points);
            if (p >= points)
                continue;
            ck_assert_mem_eq(state, r->measure_start_state + start * 15, 15 * sizeof *state);
            for (size_t j = 0; j < 15; j++)
                h[j] = (double)state[j];
            ck_assert_int_eq(mts_measure_spectrum(&map, 0, h, real, imaginary), MTS_OK);
            for (size_t j = 0; j < 15; j++) {
                ck_assert_double_eq_tol(r->measure_eigenvalue_real[p * 15 + (int64_t)j], real[j],
                                        1e-5);
                ck_assert_double_eq_tol(
                    fabs((double)r->measure_eigenvalue_imaginary[p * 15 + (int64_t)j]),
                    fabs(imaginary[j]), 1e-5);
            }
            unstable += real[0] > 0;
            first[p] = real[0];
            for (size_t m = 0; m < 3; m++) {
                const double got = r->measure_fixed_point_amplification[p * 3 + (int64_t)m];
                const double want = mts_measure_amplification(real[m], imaginary[m], 50, 50);
                ck_assert(got == want || fabs(got / want - 1) < 1e-3);
            }
        }
        ck_assert_int_le(llabs(*r->measure_fixed_points_unstable - unstable),
                         near_zero(points, first));
        if (points > 0)
            ck_assert_double_eq_tol(r->measure_leading_real[0],
                                    mts_quantile((size_t)points, first, 0.5), 1e-5);
        stored_destroy(&s);
        mts_result_destroy(r);
    }
}
END_TEST

/* ---- closed form ---- */

/* Whether the row has a fixed point at this state. */
static bool has_point(const mts_result *r, const float *state, size_t N)
{
    for (int64_t p = 0; p < *r->measure_fixed_points; p++) {
        double most = 0;
        for (size_t j = 0; j < N; j++)
            most = fmax(most, fabs((double)r->measure_fixed_point_state[(size_t)p * N + j] -
                                   (double)state[j]));
        if (most < 1e-3)
            return true;
    }
    return false;
}

/* These untrained networks have two or three fixed points, which few starts miss. */
START_TEST(rounds_keep_what_is_found_and_end_when_one_finds_nothing_new)
{
    int64_t gained = 0;
    for (int i = 0; i < 6; i++) {
        mts_config config = small();
        const char *const starts[] = {"3", "4", "5"};
        set(&config, "seed", i % 2 ? "1" : "0");
        choose(&config, "fixed_points", "yes");
        set(&config, "batches", "0");
        set(&config, "probe_fits", "0");
        set(&config, "units", "40");
        set(&config, "tasks", "3");
        set(&config, "activation", "tanh");
        set(&config, "recurrent_init", "sparse");
        set(&config, "fixed_point_starts", starts[i / 2]);
        set(&config, "fixed_point_merge", "0.001");
        set(&config, "fixed_point_speed", "1e-9");
        mts_result *once = run(&config);
        set(&config, "fixed_point_rounds", "7");
        mts_result *often = run(&config);
        const int64_t rounds = *often->measure_fixed_point_searches;
        const int64_t more = *often->measure_fixed_points - *once->measure_fixed_points;
        ck_assert_int_eq(*once->measure_fixed_point_searches, 1);
        ck_assert(rounds >= 1 && rounds <= 7);
        ck_assert_int_ge(more, rounds > 2); /* all but the first and the last found some */
        for (int64_t p = 0; p < *once->measure_fixed_points; p++)
            ck_assert(has_point(often, once->measure_fixed_point_state + p * 40, 40));
        gained += more;
        mts_result_destroy(once);
        mts_result_destroy(often);
    }
    ck_assert_int_gt(gained, 0);
}
END_TEST

START_TEST(without_a_threshold_all_states_that_searches_end_at_count)
{
    mts_config config = small();
    double states[9 * 15], speed[9];
    int64_t point[9], start[9];
    choose(&config, "fixed_points", "yes");
    set(&config, "fixed_point_starts", "9");
    set(&config, "fixed_point_method", "adam");
    set(&config, "fixed_point_steps", "400");
    set(&config, "fixed_point_rounds", "5"); /* which adam does not have */
    set(&config, "fixed_point_speed", "-1");
    mts_result *r = run(&config);
    const mts_measure_search search = {.speed = -1, .merge = 0.5};
    ck_assert_int_eq(*r->measure_fixed_point_converged, 9);
    ck_assert_int_eq(*r->measure_fixed_point_searches, 1);
    for (size_t i = 0; i < 9 * 15; i++)
        states[i] = (double)r->measure_start_state[i];
    for (size_t i = 0; i < 9; i++)
        speed[i] = r->measure_start_speed[i];
    ck_assert_int_eq(*r->measure_fixed_points,
                     mts_measure_merge(&search, 9, 15, states, speed, point, start));
    ck_assert_mem_eq(point, r->measure_start_fixed_point, sizeof point);
    mts_result_destroy(r);
}
END_TEST

START_TEST(closed_form_is_for_linear_boundaries_probabilities_and_noise)
{
    static const struct {
        const char *values[3][2];
        bool defined;
    } cases[] = {{{{"seed", "0"}}, true},
                 {{{"offset", "0.2"}}, true},
                 {{{"boundaries", "random"}, {"latents", "4"}}, true},
                 {{{"boundaries", "cone"}, {"latents", "3"}}, true},
                 {{{"loss", "mse"}}, true},
                 {{{"noise", "gumbel"}}, true},
                 {{{"noise", "ar1"}}, true},
                 {{{"tasks", "1"}}, true},
                 {{{"family", "interleaved"}, {"tasks", "48"}}, true},
                 {{{"family", "multiplicative"}, {"tasks", "24"}}, false},
                 {{{"family", "context"}, {"tasks", "2"}}, false},
                 {{{"family", "accumulate"}}, false},
                 {{{"noise_at", "encoder"}}, false},
                 {{{"sigma", "0"}}, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mts_config config = small();
        choose(&config, "closed_form", "yes");
        for (size_t v = 0; v < 3 && cases[i].values[v][0]; v++)
            set(&config, cases[i].values[v][0], cases[i].values[v][1]);
        ck_assert_int_eq(mts_config_check(&config), MTS_OK);
        mts_result *r = run(&config);
        ck_assert_msg(isfinite(*r->measure_closed_form_r2) == cases[i].defined, "%s %s",
                      cases[i].values[0][0], cases[i].values[0][1]);
        ck_assert(cases[i].defined ? none_filled(r, MTS_COL_measure_closed_form_fold_r2)
                                   : all_filled(r, MTS_COL_measure_closed_form_fold_r2));
        mts_result_destroy(r);
    }
}
END_TEST

/* A trained network's probabilities tell the latents; an untrained one's, all about 1/2, do not. With
 * folds that are quadrants the whole is the mean of the parts. */
START_TEST(closed_form_reads_a_trained_network_and_stays_below_the_ceiling)
{
    double r2[2];
    for (size_t i = 0; i < 2; i++) {
        mts_config config = small();
        double mean = 0;
        measure(&config);
        set(&config, "arch", "lstm");
        set(&config, "units", "32");
        set(&config, "tasks", "12");
        set(&config, "batches", i == 0 ? "0" : "2000");
        set(&config, "learning_rate", "0.003");
        set(&config, "probe_trials", "640");
        mts_result *r = run(&config);
        r2[i] = *r->measure_closed_form_r2;
        for (size_t fold = 0; fold < 4; fold++)
            mean += r->measure_closed_form_fold_r2[fold] / 4;
        ck_assert_double_eq_tol(mean, r2[i], 0.02);
        if (i == 1)
            ck_assert_double_le(r2[i], *r->result_ideal_r2 + 0.01);
        mts_result_destroy(r);
    }
    ck_assert_double_le(r2[0], 0.2);
    ck_assert_double_ge(r2[1], 0.6);
}
END_TEST

/* ---- hooks ---- */

START_TEST(a_run_stops_within_its_measures)
{
    for (int method = 0; method < 2; method++) {
        mts_config config = small();
        watcher whole = {0};
        mts_run_hooks hooks = hooks_of(&whole);
        measure(&config);
        set(&config, "batches", "1");
        set(&config, "probe_fits", "0");
        set(&config, "trace", "none");
        set(&config, "units", "60");
        set(&config, "fixed_point_method", method == 0 ? "newton" : "adam");
        set(&config, "fixed_point_speed", "0"); /* takes all steps */
        set(&config, "fixed_point_starts", "16");
        set(&config, "fixed_point_steps", method == 0 ? "50" : "4000");
        mts_result *a = run_with(&config, &hooks, MTS_OK);
        ck_assert_uint_ge(whole.reports, 10);
        ck_assert_double_eq(whole.done, whole.total);
        ck_assert_double_le(whole.gap, 0.5 * whole.total);
        for (size_t at = 2; at < whole.reports; at += 1 + whole.reports / 3) {
            watcher w = {.stop_at = at};
            hooks = hooks_of(&w);
            mts_result_destroy(run_with(&config, &hooks, MTS_STOPPED));
        }
        mts_result_destroy(a);
    }
}
END_TEST

int main(void)
{
    mts_blas_single_thread();
    const TTest *const tests[] = {
        measures_have_the_same_bits_with_all_our_kernels_and_twice,
        extents_are_those_of_the_chosen_measures,
        a_network_of_fewer_units_than_components_fills_what_it_has,
        the_raster_is_the_state_after_the_stimulus_alone,
        fixed_points_are_slow_under_fixation_and_no_stimulus,
        rounds_keep_what_is_found_and_end_when_one_finds_nothing_new,
        without_a_threshold_all_states_that_searches_end_at_count,
        closed_form_is_for_linear_boundaries_probabilities_and_noise,
        closed_form_reads_a_trained_network_and_stays_below_the_ceiling,
        a_run_stops_within_its_measures,
        every_column_of_an_output_is_filled_by_one,
    };
    const suite_loop loops[] = {
        {all_measures_of_every_architecture_are_finite, MTS_N_ARCHS},
        {a_measure_alone_finds_what_it_finds_among_others, N_MEASURES},
    };

    return run_suite_with_loops("run_measure", 240, tests, sizeof tests / sizeof *tests, loops,
                                sizeof loops / sizeof *loops);
}
