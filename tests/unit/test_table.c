/* Axes, scores and cells of tables: the toy of toy_table.h has the answers. */
#include "toy_table.h"

static const char *by_text(const mts_table_cells *cells)
{
    static char text[256];
    text[0] = 0;
    for (size_t b = 0; b < cells->n_by; b++) {
        strcat(text, b ? "," : "");
        strcat(text, cells->by[b]->name);
    }
    return text;
}

/* ---- axes ---- */

START_TEST(axes_are_the_fields_that_vary_with_their_values_ascending)
{
    toy *t = grid();
    mts_table_axes axes;
    char text[MTS_TABLE_RUN_TEXT];
    t->config[0].tasks = 24; /* out of order */
    ck_assert_int_eq(mts_table_axes_find(&t->source.runs, &axes), MTS_OK);
    ck_assert_uint_eq(axes.n, 3);
    ck_assert_str_eq(axes.axis[0].field->name, "arch");
    ck_assert_str_eq(axes.axis[1].field->name, "tasks");
    ck_assert_str_eq(axes.axis[2].field->name, "seed");
    ck_assert_uint_eq(axes.axis[1].n, 3);
    ck_assert_double_eq(axes.axis[1].value[0], 2);
    ck_assert_double_eq(axes.axis[1].value[1], 6);
    ck_assert_double_eq(axes.axis[1].value[2], 24);
    ck_assert_uint_eq(mts_table_axis_index(&axes.axis[1], &t->config[0]), 2);
    ck_assert_uint_eq(mts_table_axis_of(&axes, mts_field_find("units")), 3);
    mts_table_run_text(&axes, &t->config[8], text);
    ck_assert_str_eq(text, "arch=lstm tasks=2 seed=2");
    const mts_table_axes none = {0};
    mts_table_run_text(&none, &t->config[8], text);
    ck_assert_str_eq(text, "seed=2");
    mts_table_axes_free(&axes);
    free(t);
}
END_TEST

/* Numbers with gaps, each twice, in no order. */
static int64_t scattered(size_t run)
{
    return (int64_t)(run * 7919 % 3001 * (run * 7919 % 3001));
}

static mts_status scattered_config(void *ctx, size_t run, mts_config *config)
{
    (void)ctx;
    mts_config_default(config);
    config->seed = scattered(run);
    return MTS_OK;
}

START_TEST(an_axis_can_have_thousands_of_values_in_any_order)
{
    const mts_table_runs runs = {NULL, 6002, scattered_config};
    mts_table_axes axes;
    ck_assert_int_eq(mts_table_axes_find(&runs, &axes), MTS_OK);
    ck_assert_uint_eq(axes.n, 1);
    ck_assert_uint_eq(axes.axis[0].n, 3001);
    for (size_t i = 0; i < 3001; i++)
        ck_assert_double_eq(axes.axis[0].value[i], (double)(i * i));
    for (size_t run = 0; run < runs.n; run++) {
        mts_config config;
        scattered_config(NULL, run, &config);
        ck_assert_uint_eq(mts_table_axis_index(&axes.axis[0], &config), run * 7919 % 3001);
    }
    mts_table_axes_free(&axes);
}
END_TEST

START_TEST(one_run_has_no_axes)
{
    toy *t = new_toy(1);
    mts_table_axes axes;
    ck_assert_int_eq(mts_table_axes_find(&t->source.runs, &axes), MTS_OK);
    ck_assert_uint_eq(axes.n, 0);
    mts_table_axes_free(&axes);
    free(t);
}
END_TEST

START_TEST(a_difference_names_values_ranges_and_numbers_of_runs)
{
    toy *there = grid(), *here = new_toy(6);
    char text[MTS_TABLE_DIFFERENCE_TEXT];
    for (size_t run = 0; run < 6; run++) {
        here->config[run].tasks = 2 + (int64_t)run;
        here->config[run].sigma = 0.5;
    }
    ck_assert_int_eq(mts_table_difference(&there->source.runs, &here->source.runs, text), MTS_OK);
    ck_assert_str_eq(text, "arch rnn,lstm there, rnn here; tasks 2,6 there, 2..7 here; seed 0..2 "
                           "there, 0 here; 1 more fields; 12 runs there, 6 here");
    ck_assert_int_eq(mts_table_difference(&there->source.runs, &there->source.runs, text), MTS_OK);
    ck_assert_str_eq(text, "the same values in another order or combination");
    free(there);
    free(here);
}
END_TEST

START_TEST(what_a_callback_returns_is_passed_on)
{
    toy *t = grid();
    mts_table_axes axes;
    mts_table_cells *cells;
    t->fails_at = 7;
    ck_assert_int_eq(mts_table_axes_find(&t->source.runs, &axes), MTS_ERR_IO);
    ck_assert_uint_eq(axes.n, 0);
    ck_assert_int_eq(mts_table_cells_create(&t->source, NULL, "--by", &cells), MTS_ERR_IO);
    ck_assert_ptr_null(cells);
    ck_assert_str_eq(mts_message(), "run 7 is gone");
    free(t);
}
END_TEST

/* ---- scores ---- */

START_TEST(every_shown_column_has_scores_with_its_title_digits_and_ideal)
{
    size_t shown = 0;
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        const bool splits = column->n_axes > 0 && column->axis[0] == MTS_AXIS_split;
        char name[96];
        if (!column->title || (!splits && strstr(column->name, "d_r2")) ||
            (!splits && strstr(column->name, "d_angle")))
            continue; /* medians of /score have the names of its scores */
        snprintf(name, sizeof name, "%s%s%s", splits ? "ood_" : "", column->name,
                 !splits && column->n_axes > 0 ? "_1" : "");
        const mts_table_score s = score_of(name);
        ck_assert_str_eq(s.key, name);
        ck_assert_ptr_nonnull(strstr(s.title, column->title));
        ck_assert_int_eq(s.digits, column->digits);
        if (strncmp(column->name, "ood_published", 13) != 0) {
            ck_assert_uint_eq(s.column, c);
            ck_assert_uint_eq(s.ideal, column->ideal);
        }
        shown++;
    }
    ck_assert_uint_gt(shown, 15);
}
END_TEST

START_TEST(titles_say_split_element_and_unit)
{
    static const struct {
        const char *key, *title;
        int digits;
    } known[] = {{"ood_r2", "OOD r2", 3},
                 {"id_ols_angle", "ID angle of the ols decoder in degrees", 1},
                 {"ood_published_mse", "published OOD mse", 4},
                 {"gap_r2", "ID minus OOD r2", 3},
                 {"loss", "training loss", 5},
                 {"sparsity", "sparsity of the hidden units in percent", 1},
                 {"fixed_points", "fixed points", 0},
                 {"amplification_2", "time constant at the fixed points over tau, mode 2", 3}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const mts_table_score s = score_of(known[i].key);
        ck_assert_str_eq(s.title, known[i].title);
        ck_assert_int_eq(s.digits, known[i].digits);
    }
    ck_assert_uint_eq(score_of("ood_r2").ideal, MTS_COL_result_ideal_r2);
    ck_assert_uint_eq(score_of("gap_r2").ideal, MTS_COL_none);
    ck_assert_uint_eq(score_of("amplification_2").element, 1);
}
END_TEST

START_TEST(unknown_scores_are_refused_with_the_nearest)
{
    static const struct {
        const char *names, *message;
    } refused[] = {
        {"odo_r2", "--score: unknown score 'odo_r2'; did you mean 'ood_r2'?"},
        {"loss,amplificaton_2",
         "--score: unknown score 'amplificaton_2'; did you mean 'amplification_2'?"},
        {"pca_ratio", "--score: unknown score 'pca_ratio'; did you mean 'pca_ratio_1'?"},
        {"pca_ratio_0", "--score: unknown score 'pca_ratio_0'; did you mean 'pca_ratio_1'?"},
        {"zzz", "--score: unknown score 'zzz'; 'mtsweep show --help' tells the names"}};
    mts_table_score score[MTS_TABLE_SCORES_MAX];
    size_t n;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        ck_assert_int_eq(mts_table_scores(refused[i].names, "--score", score, &n), MTS_ERR_USAGE);
        ck_assert_str_eq(mts_message(), refused[i].message);
    }
}
END_TEST

START_TEST(elements_are_counted_by_the_extents_of_the_file)
{
    toy *t = new_toy(1);
    const mts_table_score last = score_of("amplification_2"), beyond = score_of("amplification_3");
    ck_assert_int_eq(mts_table_score_check(&last, &t->extents, "--score"), MTS_OK);
    ck_assert_int_eq(mts_table_score_check(&beyond, &t->extents, "--score"), MTS_ERR_USAGE);
    ck_assert_str_eq(mts_message(), "--score: there is no 'amplification_3': "
                                    "measure/amplification has 2 modes");
    t->extents.n[MTS_AXIS_mode] = 0; /* not measured */
    ck_assert_int_eq(mts_table_score_check(&beyond, &t->extents, "--score"), MTS_OK);
    assert_csv(t, NULL, "amplification_3",
               "score,runs,missing,values,median,q25,q75,ideal\namplification_3,1,0,0,,,,\n");
    free(t);
}
END_TEST

/* ---- cells ---- */

START_TEST(cells_are_told_apart_by_all_that_varies_but_seed_slowest_first)
{
    toy *t = grid();
    mts_table_cells *cells = cells_of(t, NULL);
    ck_assert_str_eq(by_text(cells), "arch,tasks");
    ck_assert(!cells->listed);
    ck_assert_uint_eq(cells->cells, 4);
    ck_assert_uint_eq(cells->columns, 2);
    for (size_t run = 0; run < 12; run++)
        ck_assert_uint_eq(cells->cell[run], run / 3);
    mts_table_cells_destroy(cells);
    /* The other order of axes in the grid: tasks is the slowest. */
    for (size_t run = 0; run < 12; run++) {
        t->config[run].tasks = run < 6 ? 2 : 6;
        t->config[run].arch = run / 3 % 2 ? MTS_ARCH_lstm : MTS_ARCH_rnn;
    }
    cells = cells_of(t, NULL);
    ck_assert_str_eq(by_text(cells), "tasks,arch");
    mts_table_cells_destroy(cells);
    free(t);
}
END_TEST

START_TEST(axes_that_follow_from_others_are_dropped)
{
    toy *t = grid();
    for (size_t run = 0; run < 12; run++) {
        t->config[run].batches = t->config[run].tasks == 2 ? 100 : 200; /* of tasks */
        t->config[run].units = t->config[run].arch == MTS_ARCH_rnn ? 64 : 8;
    }
    mts_table_cells *cells = cells_of(t, NULL);
    ck_assert_uint_eq(cells->axes.n, 5);
    ck_assert_str_eq(by_text(cells), "arch,tasks"); /* words before numbers, the first of a pair */
    mts_table_cells_destroy(cells);
    free(t);
}
END_TEST

START_TEST(axes_that_move_together_are_listed_as_variants)
{
    toy *t = new_toy(8);
    for (size_t run = 0; run < 8; run++) {
        mts_config *config = &t->config[run];
        config->seed = (int64_t)run % 2;
        config->noise = run / 2 == 1 ? MTS_NOISE_ar1 : MTS_NOISE_gauss;
        config->delay = run / 2 == 2 ? 2 : 0;
        config->activation = run / 2 == 3 ? MTS_ACTIVATION_tanh : MTS_ACTIVATION_relu;
        t->loss[run] = (double)run;
    }
    mts_table_cells *cells = cells_of(t, NULL);
    ck_assert(cells->listed);
    ck_assert_uint_eq(cells->cells, 4);
    ck_assert_uint_eq(cells->columns, 1);
    mts_table_cells_destroy(cells);
    assert_printed(t, NULL, "loss",
                   "\nmedian [25 %, 75 %] over 2 seeds\n"
                   "                 training loss\n"
                   "default          .50000 [.25000, .75000]\n"
                   "noise=ar1        2.50000 [2.25000, 2.75000]\n"
                   "delay=2          4.50000 [4.25000, 4.75000]\n"
                   "activation=tanh  6.50000 [6.25000, 6.75000]\n");
    free(t);
}
END_TEST

START_TEST(fields_by_name_are_taken_in_their_order_or_refused)
{
    toy *t = grid();
    mts_table_cells *cells = cells_of(t, "units,seed,arch");
    ck_assert_str_eq(by_text(cells), "units,seed,arch");
    ck_assert_uint_eq(cells->cells, 1 * 3 * 2);
    mts_table_cells_destroy(cells);
    ck_assert_int_eq(mts_table_cells_create(&t->source, "arch,task", "--by", &cells),
                     MTS_ERR_USAGE);
    ck_assert_str_eq(mts_message(), "--by: unknown field 'task'; did you mean 'tasks'?");
    ck_assert_int_eq(mts_table_cells_create(&t->source, "arch,arch", "--by", &cells),
                     MTS_ERR_USAGE);
    ck_assert_str_eq(mts_message(), "--by: 'arch' is given twice");
    free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        axes_are_the_fields_that_vary_with_their_values_ascending,
        an_axis_can_have_thousands_of_values_in_any_order,
        one_run_has_no_axes,
        a_difference_names_values_ranges_and_numbers_of_runs,
        what_a_callback_returns_is_passed_on,
        every_shown_column_has_scores_with_its_title_digits_and_ideal,
        titles_say_split_element_and_unit,
        unknown_scores_are_refused_with_the_nearest,
        elements_are_counted_by_the_extents_of_the_file,
        cells_are_told_apart_by_all_that_varies_but_seed_slowest_first,
        axes_that_follow_from_others_are_dropped,
        axes_that_move_together_are_listed_as_variants,
        fields_by_name_are_taken_in_their_order_or_refused,
    };
    return run_suite("table", 30, tests, sizeof tests / sizeof *tests);
}
