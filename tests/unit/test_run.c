/* Tests of a whole run: its bits, its training curve, its hooks, its columns. */
#include "mtsweep/nn.h"
#include "small_run.h"
#include "suite.h"

#include <stdio.h>

/* ---- bits ---- */

START_TEST(a_run_gives_the_same_bits_twice_with_and_without_hooks)
{
    mts_config config = small(), other = small();
    watcher w = {0};
    mts_run_hooks hooks = hooks_of(&w);
    mts_result *a = run(&config);
    set(&other, "seed", "1");
    mts_result_destroy(run(&other)); /* nothing of another run stays behind */
    mts_result *b = run_with(&config, &hooks, MTS_OK);
    ck_assert_uint_eq(mts_result_crc(a, 0, NULL), mts_result_crc(b, 0, NULL));
    assert_same(a, b);
    ck_assert_uint_gt(w.reports, 0);
    mts_result_destroy(a);
    mts_result_destroy(b);
}
END_TEST

START_TEST(a_used_row_is_filled_anew)
{
    mts_config config = small(), without = small();
    set(&without, "batches", "0");
    mts_result *a = run(&config), *b = run(&without);
    ck_assert_int_eq(mts_run(&without, NULL, a), MTS_OK);
    assert_same(a, b);
    mts_result_destroy(a);
    mts_result_destroy(b);
}
END_TEST

START_TEST(our_own_kernels_give_the_same_row)
{
    static const char *const options[][2] = {
        {"network_noise", "0.5"}, {"recurrent_init", "sparse"}, {"recurrent_init", "orthogonal"}};
    for (size_t i = 0; i < MTS_N_ARCHS + sizeof options / sizeof *options; i++) {
        mts_config config = small();
        set(&config, "blocks", "2");
        set(&config, "heads", "5");
        set(&config, "mlp", "33");
        if (i < MTS_N_ARCHS)
            set(&config, "arch", mts_arch_names[i]);
        else
            set(&config, options[i - MTS_N_ARCHS][0], options[i - MTS_N_ARCHS][1]);
        mts_result_destroy(run_on_our_kernels(config));
    }
}
END_TEST

START_TEST(blas_agrees_with_our_own_kernels_up_to_rounding)
{
    mts_config config = small();
    mts_result *a = run(&config);
    set(&config, "kernels", "blas");
    mts_result *b = run(&config);
    ck_assert_double_eq_tol(*a->result_loss, *b->result_loss, 1e-4);
    ck_assert_double_eq_tol(*a->result_id_r2, *b->result_id_r2, 0.02);
    for (size_t p = 0; p < 10; p++)
        ck_assert_double_eq_tol(a->history_loss[p], b->history_loss[p], 1e-4);
    mts_result_destroy(a);
    mts_result_destroy(b);
}
END_TEST

START_TEST(auto_names_the_kernels_it_chose)
{
    mts_config config = small();
    set(&config, "batches", "1");
    mts_result *r = run(&config);
    const mts_kernels *kernels;
    char used[MTS_VALUE_TEXT];
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    snprintf(used, sizeof used, "%s",
             mts_choice_name(mts_field_find("kernels"), *r->result_kernels));
    ck_assert_str_eq(used, kernels->name);
    mts_result_destroy(r);
}
END_TEST

START_TEST(the_seed_changes_everything_but_the_task)
{
    mts_config config = small();
    mts_result *a = run(&config);
    set(&config, "seed", "1");
    mts_result *b = run(&config);
    size_t P = a->extents.n[MTS_AXIS_parameter], E = a->extents.n[MTS_AXIS_encoder_parameter];
    size_t equal = 0;
    for (size_t i = 0; i < P; i++)
        equal += a->weights_parameters[i] == b->weights_parameters[i];
    for (size_t i = 0; i < E; i++)
        equal += a->weights_encoder[i] == b->weights_encoder[i];
    ck_assert_uint_le(equal, 2);
    ck_assert_mem_eq(a->weights_normals, b->weights_normals, 8 * sizeof(double));
    mts_result_destroy(a);
    mts_result_destroy(b);
}
END_TEST

/* ---- training ---- */

START_TEST(a_short_training_learns)
{
    for (int64_t arch = 0; arch < MTS_N_ARCHS; arch++) {
        mts_config config = small();
        config.arch = arch;
        set(&config, "units", "24");
        set(&config, "batch", arch == MTS_ARCH_gpt ? "16" : "8"); /* which it needs to learn */
        set(&config, "encoder_features", "20");
        set(&config, "sigma", "0.1");
        set(&config, "batches", "1500");
        set(&config, "learning_rate", "0.003");
        set(&config, "history_points", "30");
        set(&config, "probe_fits", "0");
        mts_result *r = run(&config);
        ck_assert_double_le(*r->result_loss, r->history_loss[0] - 0.01);
        ck_assert_double_ge(*r->result_loss, *r->result_ideal_loss - 0.003);
        ck_assert_double_le(*r->result_loss, *r->result_ideal_loss + 0.02);
        ck_assert_double_ge(*r->result_accuracy, 0.92);
        ck_assert_double_le(*r->result_accuracy, *r->result_ideal_accuracy + 0.01);
        mts_result_destroy(r);
    }
}
END_TEST

START_TEST(more_tasks_are_decoded_out_of_distribution)
{
    double r2[2];
    for (size_t i = 0; i < 2; i++) {
        mts_config config = small();
        set(&config, "arch", "lstm");
        set(&config, "units", "32");
        set(&config, "sigma", "0.1");
        set(&config, "tasks", i == 0 ? "1" : "12");
        set(&config, "batches", "400");
        set(&config, "learning_rate", "0.01");
        set(&config, "probe_batches", "200");
        mts_result *r = run(&config);
        r2[i] = *r->result_ood_r2;
        mts_result_destroy(r);
    }
    ck_assert_double_ge(r2[1], r2[0] + 0.3);
    ck_assert_double_ge(r2[1], 0.7);
    ck_assert_double_le(r2[1], 1 - 12 * 0.1 * 0.1 / 5 + 0.005); /* the ideal observer's */
}
END_TEST

/* The curve against the trainer, step by step. 60 batches on 7 points: intervals of 8 and 9. */
START_TEST(the_curve_holds_means_over_its_intervals)
{
    mts_config config = small();
    set(&config, "history_points", "7");
    mts_result *r = run(&config);
    const mts_kernels *kernels;
    mts_trainer *trainer;
    ck_assert_int_eq(mts_kernels_find("auto", &kernels), MTS_OK);
    ck_assert_int_eq(mts_trainer_create(&config, kernels, &trainer), MTS_OK);
    double loss = 0, correct = 0, last = 0, right = 0;
    size_t p = 0, since = 0;
    for (size_t batch = 1; batch <= 60; batch++) {
        size_t c;
        double l = mts_trainer_step(trainer, &c, NULL, NULL);
        loss += l;
        correct += (double)c;
        since++;
        if (batch > 54) {
            last += l / 6;
            right += (double)c / (6 * 8 * 4);
        }
        if (batch != (p + 1) * 60 / 7)
            continue;
        double square = 0;
        for (size_t i = 0; i < mts_trainer_size(trainer); i++)
            square += pow((double)mts_trainer_gradient(trainer)[i], 2);
        ck_assert_int_eq(r->history_batch[p], (int64_t)batch);
        ck_assert_double_eq_tol(r->history_loss[p], loss / (double)since, 1e-12);
        ck_assert_double_eq_tol(r->history_accuracy[p], correct / ((double)since * 8 * 4), 1e-12);
        ck_assert_double_eq_tol(r->history_gradient_norm[p], sqrt(square), 1e-9);
        loss = correct = 0;
        since = 0;
        p++;
    }
    ck_assert_uint_eq(p, 7);
    ck_assert_double_eq_tol(*r->result_loss, last, 1e-12);
    ck_assert_double_eq_tol(*r->result_accuracy, right, 1e-12);
    for (size_t i = 0; i < mts_trainer_size(trainer); i++)
        ck_assert_float_eq(r->weights_parameters[i], mts_trainer_parameters(trainer)[i]);
    mts_trainer_destroy(trainer);
    mts_result_destroy(r);
}
END_TEST

START_TEST(fewer_batches_than_points_leave_the_rest_of_the_curve_at_fill)
{
    mts_config config = small();
    set(&config, "batches", "4");
    mts_result *r = run(&config);
    for (size_t p = 0; p < 10; p++) {
        ck_assert_int_eq(r->history_batch[p], p < 4 ? (int64_t)p + 1 : -1);
        ck_assert_int_eq(isnan(r->history_loss[p]) != 0, p >= 4);
        ck_assert_int_eq(isnan(r->history_accuracy[p]) != 0, p >= 4);
        ck_assert_int_eq(isnan(r->history_gradient_norm[p]) != 0, p >= 4);
    }
    ck_assert_double_eq(*r->result_loss, r->history_loss[3]); /* the last tenth is one batch */
    mts_result_destroy(r);
}
END_TEST

START_TEST(an_untrained_network_is_probed_as_it_is)
{
    mts_config config = small();
    set(&config, "batches", "0");
    mts_result *r = run(&config);
    ck_assert(all_filled(r, MTS_COL_result_loss) && all_filled(r, MTS_COL_result_accuracy));
    ck_assert(all_filled(r, MTS_COL_history_batch) && all_filled(r, MTS_COL_history_loss));
    ck_assert_int_eq(*r->result_diverged_at, -1);
    ck_assert(none_filled(r, MTS_COL_score_r2) && none_filled(r, MTS_COL_trace_hidden));
    ck_assert(none_filled(r, MTS_COL_weights_parameters));
    /* Initial weights are within the bounds of their tensors, on both sides. */
    mts_layout net, encoder;
    ck_assert_int_eq(mts_run_layouts(&config, &net, &encoder), MTS_OK);
    for (size_t i = 0; i < net.n; i++) {
        const mts_tensor *t = &net.tensor[i];
        for (size_t j = 0; j < t->rows * t->cols; j++)
            ck_assert_double_le(fabs((double)r->weights_parameters[t->offset + j]),
                                t->scale * 1.000001);
    }
    mts_result_destroy(r);
}
END_TEST

START_TEST(divergence_is_a_result_with_its_batch_and_its_history)
{
    mts_config config = small();
    set(&config, "learning_rate", "10");
    set(&config, "arch", "rnn_noleak");
    set(&config, "stimulus", "100");
    set(&config, "batches", "400");
    set(&config, "history_points", "400");
    mts_result *r = run_with(&config, NULL, MTS_DIVERGED);
    int64_t at = *r->result_diverged_at;
    ck_assert_int_gt(at, 1);
    ck_assert_int_le(at, 400);
    ck_assert_ptr_nonnull(strstr(mts_message(), "diverged at batch"));
    for (int64_t p = 0; p < 400; p++) {
        ck_assert_int_eq(isnan(r->history_loss[p]) != 0, p >= at - 1);
        if (p < at - 1)
            ck_assert(isfinite(r->history_loss[p]) && isfinite(r->history_gradient_norm[p]));
    }
    ck_assert(all_filled(r, MTS_COL_result_loss) && all_filled(r, MTS_COL_score_r2));
    ck_assert(all_filled(r, MTS_COL_trace_hidden) && all_filled(r, MTS_COL_result_ood_r2));
    ck_assert(none_filled(r, MTS_COL_weights_encoder));
    ck_assert(none_filled(r, MTS_COL_result_ideal_r2));
    mts_result_destroy(r);
}
END_TEST

/* ---- hooks ---- */

START_TEST(a_run_stops_wherever_it_is_asked_to)
{
    mts_config config = small();
    set(&config, "units", "100"); /* enough work for several reports */
    set(&config, "batches", "240");
    set(&config, "probe_batches", "60");
    watcher whole = {0};
    mts_run_hooks hooks = hooks_of(&whole);
    mts_result *a = run_with(&config, &hooks, MTS_OK);
    ck_assert_uint_ge(whole.reports, 10);
    ck_assert_double_eq(whole.done, whole.total);
    ck_assert_double_eq(whole.total, mts_run_cost(&config));
    ck_assert_double_eq(whole.loss, *a->result_loss);
    for (size_t at = 1; at < whole.reports; at += 1 + whole.reports / 3) {
        watcher w = {.stop_at = at};
        hooks = hooks_of(&w);
        mts_result_destroy(run_with(&config, &hooks, MTS_STOPPED));
        ck_assert_uint_eq(w.reports, at);
    }
    mts_result *b = run(&config); /* and leaves nothing behind */
    assert_same(a, b);
    mts_result_destroy(a);
    mts_result_destroy(b);
}
END_TEST

START_TEST(reports_come_every_few_hundred_million_operations)
{
    mts_config config = small();
    set(&config, "units", "200");
    set(&config, "batches", "120");
    watcher w = {0};
    mts_run_hooks hooks = hooks_of(&w);
    mts_result_destroy(run_with(&config, &hooks, MTS_OK));
    ck_assert_uint_ge(w.reports, 3);
    ck_assert_double_le(w.gap, 4e8);
}
END_TEST

START_TEST(kernels_that_do_not_run_here_are_refused)
{
    mts_config config = small();
    for (int64_t i = 0; i < (int64_t)mts_choice_count(mts_field_find("kernels")); i++) {
        char name[MTS_VALUE_TEXT];
        const mts_kernels *kernels;
        snprintf(name, sizeof name, "%s", mts_choice_name(mts_field_find("kernels"), i));
        config.kernels = i;
        if (mts_kernels_find(name, &kernels) != MTS_OK)
            mts_result_destroy(run_with(&config, NULL, MTS_ERR_USAGE));
    }
}
END_TEST

/* ---- extents ---- */

START_TEST(extents_rise_to_what_each_run_needs)
{
    mts_config a = small(), b = small();
    mts_extents x = {{0}};
    mts_run_extents(&a, &x);
    const struct {
        mts_axis axis;
        size_t n;
    } want[] = {{MTS_AXIS_split, 3},   {MTS_AXIS_fold, 4},          {MTS_AXIS_fit, 2},
                {MTS_AXIS_pair, 1},    {MTS_AXIS_point, 10},        {MTS_AXIS_trial, 31},
                {MTS_AXIS_step, 7},    {MTS_AXIS_stimulus_step, 5}, {MTS_AXIS_unit, 15},
                {MTS_AXIS_task, 4},    {MTS_AXIS_latent, 2},        {MTS_AXIS_run, 0},
                {MTS_AXIS_set, 0},     {MTS_AXIS_layout, 0},        {MTS_AXIS_tensor, 0},
                {MTS_AXIS_session, 0}, {MTS_AXIS_component, 0},     {MTS_AXIS_cell, 0},
                {MTS_AXIS_start, 0},   {MTS_AXIS_fixed_point, 0},   {MTS_AXIS_mode, 0}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        ck_assert_uint_eq(x.n[want[i].axis], want[i].n);
    /* W_in, b_in, W_rec, b_rec, W_out, b_out; and the encoder 2-21-21-9 */
    ck_assert_uint_eq(x.n[MTS_AXIS_parameter], 10 * 15 + 15 + 15 * 15 + 15 + 15 * 4 + 4);
    ck_assert_uint_eq(x.n[MTS_AXIS_encoder_parameter], 2 * 21 + 21 + 21 * 21 + 21 + 21 * 9 + 9);
    set(&b, "tasks", "6");
    set(&b, "latents", "4");
    set(&b, "units", "8");
    mts_run_extents(&b, &x);
    ck_assert_uint_eq(x.n[MTS_AXIS_task], 6);
    ck_assert_uint_eq(x.n[MTS_AXIS_latent], 4);
    ck_assert_uint_eq(x.n[MTS_AXIS_pair], 6);
    ck_assert_uint_eq(x.n[MTS_AXIS_unit], 15);
}
END_TEST

START_TEST(what_lies_beyond_a_run_stays_at_fill_and_the_rest_is_the_same)
{
    mts_config config = small(), wide = small();
    measure(&config);
    measure(&wide);
    set(&wide, "fixed_point_starts", "12");
    set(&wide, "tasks", "7");
    set(&wide, "units", "20");
    set(&wide, "latents", "3");
    set(&wide, "folds", "orthant");
    set(&wide, "stimulus", "8");
    set(&wide, "arch", "rnn_noleak");
    set(&wide, "probe_fits", "3");
    mts_extents x = {{0}};
    mts_result *narrow = run(&config), *r;
    mts_run_extents(&config, &x);
    mts_run_extents(&wide, &x);
    ck_assert_int_eq(mts_result_create(&x, &r), MTS_OK);
    ck_assert_int_eq(mts_run(&config, NULL, r), MTS_OK);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        const size_t size = mts_column_size(column->type);
        for (size_t i = 0; i < mts_column_count(column, &x); i++) {
            /* Coordinates in the wide row, and the place in the narrow one, if there is any. */
            size_t rest = i, from = 0, stride = 1;
            bool inside = true;
            for (size_t a = column->n_axes; a-- > 0;) {
                size_t wide_n = x.n[column->axis[a]];
                size_t n = narrow->extents.n[column->axis[a]], at = rest % wide_n;
                rest /= wide_n;
                inside = inside && at < n;
                from += at * stride;
                stride *= n;
            }
            if (inside)
                ck_assert_msg(memcmp((char *)r->column[c] + i * size,
                                     (char *)narrow->column[c] + from * size, size) == 0,
                              "%s/%s [%zu]", column->group, column->name, i);
            else
                ck_assert_msg(filled(r, c, i), "%s/%s [%zu]", column->group, column->name, i);
        }
    }
    mts_result_destroy(narrow);
    mts_result_destroy(r);
}
END_TEST

START_TEST(every_column_of_a_full_run_is_written)
{
    mts_config config = small();
    mts_result *r = run(&config);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        /* No measure is chosen. */
        bool none = c == MTS_COL_result_diverged_at || strcmp(mts_columns[c].group, "measure") == 0;
        ck_assert_msg(none ? all_filled(r, c) : none_filled(r, c), "%s/%s", mts_columns[c].group,
                      mts_columns[c].name);
    }
    mts_result_destroy(r);
}
END_TEST

/* ---- variants ---- */

START_TEST(variants_run_and_score)
{
    static const char *const values[][2] = {{"arch", "lstm"},
                                            {"arch", "rnn_noleak"},
                                            {"encoder", "none"},
                                            {"encoder", "quadratic"},
                                            {"latents", "4"},
                                            {"activation", "tanh"},
                                            {"tau", "200"},
                                            {"fixation", "0"},
                                            {"delay", "4"},
                                            {"decision", "3"},
                                            {"sigma", "0"},
                                            {"folds", "sign_2"},
                                            {"folds", "orthant"},
                                            {"trace_grid", "0"},
                                            {"tasks", "1"},
                                            {"boundaries", "random"},
                                            {"batch", "1"},
                                            {"stimulus", "1"},
                                            {"units", "1"},
                                            {"arch", "gpt"},
                                            {"network_noise", "1"},
                                            {"recurrent_init", "sparse"},
                                            {"recurrent_init", "orthogonal"}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        mts_config config = small();
        set(&config, "batches", "20");
        set(&config, "heads", "3");
        set(&config, values[i][0], values[i][1]);
        ck_assert_int_eq(mts_config_check(&config), MTS_OK);
        mts_result *r = run(&config);
        ck_assert_msg(none_filled(r, MTS_COL_score_r2) && none_filled(r, MTS_COL_trace_readout),
                      "%s %s", values[i][0], values[i][1]);
        ck_assert(isfinite(*r->result_loss) && isfinite(*r->result_ood_r2));
        mts_result_destroy(r);
    }
}
END_TEST

/* Noise of the network is in its dynamics, dropout is not: with sigma 0 an untrained network's states
 * on the noise-free grid show which is on after training. */
START_TEST(network_noise_stays_after_training_and_dropout_does_not)
{
    static const char *const fields[][2] = {{"network_noise", "0.3"}, {"dropout", "0.5"}};
    for (size_t i = 0; i < 2; i++) {
        mts_config config = small();
        double most = 0;
        set(&config, "arch", i == 0 ? "rnn" : "gpt");
        set(&config, "heads", "3");
        set(&config, fields[i][0], fields[i][1]);
        set(&config, "trace_trials", "8");
        set(&config, "sigma", "0");
        mts_result *r = run(&config);
        /* The first step, before the stimulus: the same for all trials but for noise. */
        const size_t trial = r->extents.n[MTS_AXIS_step] * r->extents.n[MTS_AXIS_unit];
        for (size_t j = 0; j < 15; j++)
            most = fmax(most, fabs((double)(r->trace_hidden[j] - r->trace_hidden[trial + j])));
        ck_assert_msg((most > 0.01) == (i == 0), "%s: %g", fields[i][0], most);
        mts_result_destroy(r);
    }
}
END_TEST

START_TEST(without_an_encoder_there_are_no_encoder_weights)
{
    mts_config config = small();
    set(&config, "encoder", "none");
    mts_result *r = run(&config);
    ck_assert(all_filled(r, MTS_COL_weights_encoder));
    mts_result_destroy(r);
}
END_TEST

START_TEST(ideal_values_are_those_of_the_formulas)
{
    mts_config config;
    mts_config_default(&config);
    set(&config, "batches", "0");
    set(&config, "probe_fits", "0");
    set(&config, "trace", "none");
    mts_result *r = run(&config);
    ck_assert_double_eq_tol(*r->result_ideal_r2, 0.976, 1e-12);
    ck_assert_double_eq_tol(*r->result_ideal_accuracy, 0.961, 0.002);
    ck_assert_double_eq_tol(*r->result_ideal_loss, 0.6657, 0.0005);
    mts_result_destroy(r);
    set(&config, "latents", "4");
    set(&config, "tasks", "3");
    r = run(&config);
    ck_assert_double_eq_tol(*r->result_ideal_r2, 0.976 * 3 / 4, 1e-12);
    mts_result_destroy(r);
}
END_TEST

START_TEST(stored_normals_have_unit_length)
{
    mts_config config = small();
    set(&config, "latents", "4");
    set(&config, "tasks", "6");
    mts_result *r = run(&config);
    for (size_t k = 0; k < 6; k++) {
        double square = 0;
        for (size_t d = 0; d < 4; d++)
            square += pow(r->weights_normals[k * 4 + d], 2);
        ck_assert_double_eq_tol(square, 1, 1e-12);
        ck_assert_double_eq(r->weights_offsets[k], 0);
    }
    mts_result_destroy(r);
}
END_TEST

int main(void)
{
    mts_blas_single_thread();
    const TTest *const tests[] = {
        a_run_gives_the_same_bits_twice_with_and_without_hooks,
        a_used_row_is_filled_anew,
        our_own_kernels_give_the_same_row,
        blas_agrees_with_our_own_kernels_up_to_rounding,
        auto_names_the_kernels_it_chose,
        the_seed_changes_everything_but_the_task,
        a_short_training_learns,
        more_tasks_are_decoded_out_of_distribution,
        the_curve_holds_means_over_its_intervals,
        fewer_batches_than_points_leave_the_rest_of_the_curve_at_fill,
        an_untrained_network_is_probed_as_it_is,
        divergence_is_a_result_with_its_batch_and_its_history,
        a_run_stops_wherever_it_is_asked_to,
        reports_come_every_few_hundred_million_operations,
        kernels_that_do_not_run_here_are_refused,
        extents_rise_to_what_each_run_needs,
        what_lies_beyond_a_run_stays_at_fill_and_the_rest_is_the_same,
        every_column_of_a_full_run_is_written,
        variants_run_and_score,
        network_noise_stays_after_training_and_dropout_does_not,
        without_an_encoder_there_are_no_encoder_weights,
        ideal_values_are_those_of_the_formulas,
        stored_normals_have_unit_length,
    };

    return run_suite("run", 240, tests, sizeof tests / sizeof *tests);
}
