/* Tests of tables on runs that are made up here, against values worked out by hand. */
#include "mtsweep/table.h"
#include "suite.h"

#include <math.h>
#include <string.h>

enum { RUNS = 12, FOLDS = 2, FITS = 1, MODES = 2, PER_RUN = MTS_N_SPLITS * FOLDS * FITS };

/* Runs and what came out of them; columns that are not set hold nothing. */
typedef struct toy {
    size_t n;
    mts_config config[RUNS];
    bool done[RUNS];
    double r2[RUNS][MTS_N_SPLITS][FOLDS][FITS], std_r2[RUNS][MTS_N_SPLITS][FOLDS][FITS];
    double loss[RUNS], ideal_loss[RUNS], ideal_r2[RUNS], amplification[RUNS][MODES];
    int64_t fixed_points[RUNS];
    size_t fails_at; /* run whose config cannot be had; 0 = none */
    mts_extents extents;
    mts_table_source source;
} toy;

static mts_status toy_config(void *ctx, size_t run, mts_config *config)
{
    const toy *t = ctx;
    if (t->fails_at > 0 && run == t->fails_at)
        return mts_fail(MTS_ERR_IO, "run %zu is gone", run);
    *config = t->config[run];
    return MTS_OK;
}

static mts_status toy_done(void *ctx, size_t first, size_t n, bool *done)
{
    memcpy(done, ((toy *)ctx)->done + first, n * sizeof *done);
    return MTS_OK;
}

static mts_status toy_column(void *ctx, size_t column, size_t first, size_t n, void *out)
{
    toy *t = ctx;
    const struct {
        size_t column;
        const void *values;
    } held[] = {{MTS_COL_score_r2, t->r2},
                {MTS_COL_score_std_r2, t->std_r2},
                {MTS_COL_score_ols_r2, t->std_r2},
                {MTS_COL_result_loss, t->loss},
                {MTS_COL_result_ideal_loss, t->ideal_loss},
                {MTS_COL_result_ideal_r2, t->ideal_r2},
                {MTS_COL_measure_amplification, t->amplification},
                {MTS_COL_measure_fixed_points, t->fixed_points}};
    const size_t row = mts_column_count(&mts_columns[column], &t->extents) * 8;
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        if (held[i].column == column) {
            memcpy(out, (const char *)held[i].values + first * row, n * row);
            return MTS_OK;
        }
    return mts_fail(MTS_ERR_USAGE, "the toy has no %s", mts_columns[column].name);
}

/* n runs of default configs, all done, with numbers that are missing. */
static toy *new_toy(size_t n)
{
    toy *t = calloc(1, sizeof *t);
    ck_assert(n <= RUNS && t);
    t->n = n;
    t->extents.n[MTS_AXIS_split] = MTS_N_SPLITS;
    t->extents.n[MTS_AXIS_fold] = FOLDS;
    t->extents.n[MTS_AXIS_fit] = FITS;
    t->extents.n[MTS_AXIS_mode] = MODES;
    for (size_t run = 0; run < n; run++) {
        mts_config_default(&t->config[run]);
        t->done[run] = true;
        t->loss[run] = t->ideal_loss[run] = t->ideal_r2[run] = (double)NAN;
        t->amplification[run][0] = t->amplification[run][1] = (double)NAN;
        t->fixed_points[run] = -1;
        for (size_t i = 0; i < PER_RUN; i++)
            ((double *)t->r2[run])[i] = ((double *)t->std_r2[run])[i] = (double)NAN;
    }
    t->source = (mts_table_source){{t, n, toy_config}, &t->extents, toy_done, toy_column};
    return t;
}

/* arch rnn, lstm; tasks 2, 6; seed 0, 1, 2; the last fastest. */
static toy *grid(void)
{
    toy *t = new_toy(12);
    for (size_t run = 0; run < 12; run++) {
        t->config[run].arch = run < 6 ? MTS_ARCH_rnn : MTS_ARCH_lstm;
        t->config[run].tasks = run / 3 % 2 ? 6 : 2;
        t->config[run].seed = (int64_t)run % 3;
        t->loss[run] = 0.1 * (double)run;
    }
    return t;
}

static mts_table_cells *cells_of(toy *t, const char *by)
{
    mts_table_cells *cells;
    const mts_status st = mts_table_cells_create(&t->source, by, "--by", &cells);
    ck_assert_msg(st == MTS_OK, "%s", mts_message());
    return cells;
}

static mts_table_score score_of(const char *name)
{
    mts_table_score score[MTS_TABLE_SCORES_MAX];
    size_t n;
    const mts_status st = mts_table_scores(name, "--score", score, &n);
    ck_assert_msg(st == MTS_OK, "%s", mts_message());
    ck_assert_uint_eq(n, 1);
    return score[0];
}

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

/* What a table prints; the caller frees. */
static char *printed(toy *t, const char *by, const char *names, bool csv, bool all)
{
    mts_table_score score[MTS_TABLE_SCORES_MAX];
    mts_table_cells *cells = cells_of(t, by);
    char *text = NULL;
    size_t bytes, n;
    FILE *to = open_memstream(&text, &bytes);
    ck_assert_int_eq(mts_table_scores(names, "--score", score, &n), MTS_OK);
    ck_assert_int_eq(csv ? mts_table_print_csv(cells, score, n, to)
                         : mts_table_print(cells, score, n, (mts_table_look){.all = all}, to),
                     MTS_OK);
    fclose(to);
    mts_table_cells_destroy(cells);
    return text;
}

static void assert_printed(toy *t, const char *by, const char *names, const char *wanted)
{
    char *text = printed(t, by, names, false, true);
    ck_assert_str_eq(text, wanted);
    free(text);
}

static void assert_csv(toy *t, const char *by, const char *names, const char *wanted)
{
    char *text = printed(t, by, names, true, true);
    ck_assert_str_eq(text, wanted);
    free(text);
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

/* ---- numbers ---- */

START_TEST(cells_pool_the_runs_that_are_done)
{
    toy *t = grid();
    mts_table_cells *cells;
    mts_table_pool pool;
    const mts_table_score loss = score_of("loss");
    t->done[4] = false;
    t->loss[4] = 1000; /* what a failed run left */
    cells = cells_of(t, NULL);
    ck_assert_int_eq(mts_table_pool_create(cells, &loss, &pool), MTS_OK);
    ck_assert_uint_eq(cells->runs[1], 3);
    ck_assert_uint_eq(cells->present[1], 2);
    ck_assert_uint_eq(cells->n_done, 11);
    ck_assert_uint_eq(pool.scores.first[1], 3);
    ck_assert_uint_eq(pool.scores.first[2], 5);
    ck_assert_double_eq_tol(mts_table_quantile(&pool.scores, 1, .5), 0.4, 1e-15); /* .3, .5 */
    ck_assert_double_eq_tol(mts_table_quantile(&pool.scores, 3, 1), 1.1, 1e-15);
    mts_table_pool_free(&pool);
    mts_table_cells_destroy(cells);
    free(t);
}
END_TEST

START_TEST(quartiles_leave_out_what_is_no_number_however_often_they_are_asked_for)
{
    toy *t = new_toy(6);
    const double loss[] = {(double)NAN, 1, (double)NAN, 2, 5, (double)NAN};
    mts_table_cells *cells;
    mts_table_pool pool;
    const mts_table_score score = score_of("loss"), count = score_of("fixed_points");
    for (size_t run = 0; run < 6; run++) {
        t->config[run].seed = (int64_t)run;
        t->loss[run] = loss[run];
    }
    t->fixed_points[2] = 3;
    t->fixed_points[5] = 4; /* the others say none: -1 */
    cells = cells_of(t, NULL);
    ck_assert_int_eq(mts_table_pool_create(cells, &score, &pool), MTS_OK);
    for (int again = 0; again < 2; again++) { /* of 1, 2, 5 */
        ck_assert_double_eq(mts_table_quantile(&pool.scores, 0, .5), 2);
        ck_assert_double_eq(mts_table_quantile(&pool.scores, 0, .25), 1.5);
        ck_assert_double_eq(mts_table_quantile(&pool.scores, 0, .75), 3.5);
    }
    ck_assert(mts_table_any(cells, &pool.scores));
    ck_assert(!mts_table_any(cells, &pool.ideal));
    mts_table_pool_free(&pool);
    ck_assert_int_eq(mts_table_pool_create(cells, &count, &pool), MTS_OK);
    ck_assert_double_eq(mts_table_quantile(&pool.scores, 0, .5), 3.5);
    ck_assert_double_nan(mts_table_quantile(&pool.ideal, 0, .5));
    mts_table_pool_free(&pool);
    mts_table_cells_destroy(cells);
    free(t);
}
END_TEST

START_TEST(the_gap_is_id_minus_ood_fold_by_fold)
{
    toy *t = new_toy(1);
    mts_table_cells *cells = cells_of(t, NULL);
    const mts_table_score gap = score_of("gap_r2"), ood = score_of("ood_r2");
    mts_table_pool pool;
    t->r2[0][MTS_SPLIT_ID][0][0] = 0.9;
    t->r2[0][MTS_SPLIT_ID][1][0] = 0.5;
    t->r2[0][MTS_SPLIT_OOD][0][0] = 0.7;
    t->r2[0][MTS_SPLIT_OOD][1][0] = 0.4;
    ck_assert_int_eq(mts_table_pool_create(cells, &gap, &pool), MTS_OK);
    ck_assert_double_eq_tol(mts_table_quantile(&pool.scores, 0, 0), 0.1, 1e-15);
    ck_assert_double_eq_tol(mts_table_quantile(&pool.scores, 0, 1), 0.2, 1e-15);
    mts_table_pool_free(&pool);
    ck_assert_int_eq(mts_table_pool_create(cells, &ood, &pool), MTS_OK);
    ck_assert_double_eq_tol(mts_table_quantile(&pool.scores, 0, .5), 0.55, 1e-15);
    mts_table_pool_free(&pool);
    mts_table_cells_destroy(cells);
    free(t);
}
END_TEST

/* ---- printing ---- */

START_TEST(a_table_has_rows_columns_and_marks_where_runs_are_missing)
{
    toy *t = grid();
    t->done[0] = t->done[3] = t->done[4] = t->done[5] = false;
    for (size_t run = 0; run < 12; run++)
        t->ideal_loss[run] = 0.05;
    assert_printed(
        t, NULL, "loss",
        "\ntraining loss, median [25 %, 75 %] over 3 seeds        ideal observer .05000\n"
        "      tasks=2                    tasks=6\n"
        "rnn   .15000 [.12500, .17500] *  - *\n"
        "lstm  .70000 [.65000, .75000]    1.00000 [.95000, 1.05000]\n");
    free(t);
}
END_TEST

START_TEST(an_ideal_that_differs_has_a_row_or_one_for_each_row)
{
    toy *t = grid();
    for (size_t run = 0; run < 12; run++)
        t->ideal_loss[run] = t->config[run].tasks == 2 ? 0.1 : 0.2;
    char *text = printed(t, NULL, "loss", false, true);
    ck_assert_ptr_nonnull(strstr(text, "over 3 seeds\n"));
    ck_assert_ptr_nonnull(strstr(text, "\nideal observer  .10000                   .20000\n"));
    free(text);
    for (size_t run = 0; run < 12; run++)
        t->ideal_loss[run] = 0.1 * (double)(1 + run / 3);
    text = printed(t, NULL, "loss", false, true);
    ck_assert_ptr_nonnull(strstr(text, "\nideal observer, rnn   .10000 "));
    ck_assert_ptr_nonnull(
        strstr(text, "\nideal observer, lstm  .30000                   .40000\n"));
    free(text);
    free(t);
}
END_TEST

START_TEST(scores_without_values_are_printed_only_if_asked_for)
{
    toy *t = grid();
    char *text = printed(t, NULL, "fixed_points,loss", false, false);
    ck_assert_ptr_null(strstr(text, "fixed points"));
    ck_assert_ptr_nonnull(strstr(text, "training loss"));
    free(text);
    text = printed(t, NULL, "fixed_points", false, true);
    ck_assert_ptr_nonnull(strstr(text, "fixed points"));
    free(text);
    free(t);
}
END_TEST

static char *disagreement_of(toy *t)
{
    char *text;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    mts_table_cells *cells = cells_of(t, NULL);
    ck_assert_int_eq(mts_table_print_disagreement(cells, 0, to), MTS_OK);
    mts_table_cells_destroy(cells);
    fclose(to);
    return text;
}

START_TEST(decoders_that_disagree_are_named_with_the_widest_cell)
{
    toy *t = grid();
    for (size_t run = 0; run < 12; run++)
        for (size_t split = 0; split < MTS_N_SPLITS; split++)
            for (size_t fold = 0; fold < FOLDS; fold++) {
                t->r2[run][split][fold][0] = 0.9;
                t->std_r2[run][split][fold][0] = 0.95;
            }
    char *text = disagreement_of(t);
    ck_assert_str_eq(text, "");
    free(text);
    for (size_t run = 3; run < 6; run++) /* rnn, 6 tasks; and a little more in lstm, 2 tasks */
        for (size_t fold = 0; fold < FOLDS; fold++) {
            t->r2[run][MTS_SPLIT_OOD][fold][0] = -0.5;
            t->r2[run + 3][MTS_SPLIT_ID][fold][0] = 0.8;
        }
    text = disagreement_of(t);
    ck_assert_str_eq(text, "\ndecoders disagree by more than .1 in 2 of 8 cells; most on ood_r2 of "
                           "rnn tasks=6: -.500 by sgd, .950 by std, .950 by ols\n");
    free(text);
    free(t);
}
END_TEST

START_TEST(csv_has_a_line_for_each_score_and_cell_that_has_runs)
{
    toy *t = new_toy(3); /* tasks 2 and arch lstm do not occur together */
    t->config[0].tasks = 2;
    t->config[1].tasks = t->config[2].tasks = 6;
    t->config[2].arch = MTS_ARCH_lstm;
    t->loss[0] = 1. / 3;
    t->loss[1] = 2;
    t->ideal_loss[0] = t->ideal_loss[1] = 0.25;
    t->done[2] = false;
    assert_csv(t, "arch,tasks", "loss,fixed_points",
               "score,arch,tasks,runs,missing,values,median,q25,q75,ideal\n"
               "loss,rnn,2,1,0,1,0.333333333,0.333333333,0.333333333,0.25\n"
               "loss,rnn,6,1,0,1,2,2,2,0.25\n"
               "loss,lstm,6,1,1,0,,,,\n"
               "fixed_points,rnn,2,1,0,0,,,,\n"
               "fixed_points,rnn,6,1,0,0,,,,\n"
               "fixed_points,lstm,6,1,1,0,,,,\n");
    free(t);
}
END_TEST

START_TEST(a_file_without_results_and_a_file_of_one_run_have_tables)
{
    toy *t = grid();
    memset(t->done, 0, sizeof t->done);
    assert_printed(t, "arch,tasks", "loss",
                   "\ntraining loss over 3 seeds\n"
                   "      tasks=2  tasks=6\n"
                   "rnn   - *      - *\n"
                   "lstm  - *      - *\n");
    free(t);
    t = new_toy(1);
    t->loss[0] = 0.5;
    t->r2[0][MTS_SPLIT_OOD][0][0] = 0.25;
    t->ideal_r2[0] = 0.976;
    assert_printed(t, NULL, "loss",
                   "\none value each\n"
                   "  training loss\n"
                   "  .50000\n");
    assert_printed(t, NULL, "ood_r2",
                   "\none value each over 2 folds x 1 fits\n"
                   "  OOD r2  ideal observer\n"
                   "  .250    .976\n");
    free(t);
}
END_TEST

/* ---- text ---- */

static char *end_text(mts_table *table, const char *align)
{
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    ck_assert_int_eq(mts_table_end(table, align, to), MTS_OK);
    fclose(to);
    return text;
}

START_TEST(columns_are_as_wide_as_they_need)
{
    mts_table *table = mts_table_create(3);
    for (int i = 0; i < 70; i++) /* more than there is room for at first */
        mts_table_add(table, "%d", i < 3 ? i : 1000);
    char *text = end_text(table, "lrl");
    ck_assert_int_eq(strncmp(text, "0        1  2\n1000  1000  1000\n", 31), 0);
    ck_assert_str_eq(text + strlen(text) - 5, "1000\n"); /* the last row has one cell */
    free(text);
    ck_assert_int_eq(mts_table_end(NULL, NULL, stdout), MTS_ERR_MEMORY);
    mts_table_add(NULL, "nothing");
    mts_table_destroy(NULL);
}
END_TEST

START_TEST(the_last_column_wraps_beside_or_below_the_others)
{
    static const struct {
        size_t width;
        const char *text;
    } known[] = {
        {0, "ab  c   one two three four five six seven eight nine\nd   ef  ten\n"},
        {40, "ab  c   one two three four five six\n        seven eight nine\nd   ef  ten\n"},
        {30, "ab  c\n    one two three four five\n    six seven eight nine\nd   ef\n    ten\n"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *text = NULL;
        size_t bytes;
        FILE *to = open_memstream(&text, &bytes);
        mts_table *table = mts_table_create(3);
        mts_table_add(table, "ab");
        mts_table_add(table, "c");
        mts_table_add(table, "one two three four five six seven eight nine");
        mts_table_add(table, "d");
        mts_table_add(table, "ef");
        mts_table_add(table, "ten");
        ck_assert_int_eq(mts_table_end_within(table, known[i].width, to), MTS_OK);
        fclose(to);
        ck_assert_str_eq(text, known[i].text);
        free(text);
    }
}
END_TEST

START_TEST(columns_that_do_not_fit_into_the_window_follow_below)
{
    static const struct {
        size_t width;
        const char *text;
    } known[] = {
        {0, "     one  two  three\nrow  1    2\nend            3\n"},
        {20, "     one  two  three\nrow  1    2\nend            3\n"},
        {19, "     one  two\nrow  1    2\nend\n\n     three\nrow\nend  3\n"},
        {4, "     one\nrow  1\nend\n\n     two\nrow  2\nend\n\n     three\nrow\nend  3\n"}};
    static const char *const cell[] = {"",  "one", "two", "three", "row", "1",
                                       "2", "",    "end", "",      "",    "3"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *text = NULL;
        size_t bytes;
        FILE *to = open_memstream(&text, &bytes);
        mts_table *table = mts_table_create(4);
        for (size_t c = 0; c < sizeof cell / sizeof *cell; c++)
            mts_table_add(table, "%s", cell[c]);
        ck_assert_int_eq(mts_table_end_beside(table, known[i].width, to), MTS_OK);
        fclose(to);
        ck_assert_str_eq(text, known[i].text);
        free(text);
    }
}
END_TEST

START_TEST(numbers_have_no_zero_before_the_point_and_no_end_that_is_cut)
{
    static const struct {
        double value;
        int digits;
        const char *text;
    } known[] = {{0.6549, 3, ".655"},
                 {-0.5, 1, "-.5"},
                 {-1.2, 2, "-1.20"},
                 {90.06, 1, "90.1"},
                 {0, 0, "0"},
                 {0, 3, ".000"},
                 {1e30, 5, "1e+30"},
                 {-1.5e300, 3, "-1.5e+300"},
                 {999999999999999.0, 1, "999999999999999.0"},
                 {(double)NAN, 3, "-"},
                 {HUGE_VAL, 3, "inf"},
                 {-HUGE_VAL, 3, "-inf"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char text[32];
        mts_table_number_text(known[i].value, known[i].digits, text);
        ck_assert_str_eq(text, known[i].text);
    }
}
END_TEST

START_TEST(csv_and_json_quote_what_needs_it)
{
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    static const char *const words[] = {"plain", "a,b", "say \"hi\"", "two\nlines", ""};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        mts_table_csv_text(words[i], to);
        fputc('|', to);
    }
    mts_table_json_text("a\"b\\c\n", to);
    mts_table_json_number(0.1, to);
    mts_table_json_number((double)NAN, to);
    fclose(to);
    ck_assert_str_eq(text, "plain|\"a,b\"|\"say \"\"hi\"\"\"|\"two\nlines\"||"
                           "\"a\\\"b\\\\c\\u000a\"0.1null");
    free(text);
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
        cells_pool_the_runs_that_are_done,
        quartiles_leave_out_what_is_no_number_however_often_they_are_asked_for,
        the_gap_is_id_minus_ood_fold_by_fold,
        a_table_has_rows_columns_and_marks_where_runs_are_missing,
        an_ideal_that_differs_has_a_row_or_one_for_each_row,
        scores_without_values_are_printed_only_if_asked_for,
        decoders_that_disagree_are_named_with_the_widest_cell,
        csv_has_a_line_for_each_score_and_cell_that_has_runs,
        a_file_without_results_and_a_file_of_one_run_have_tables,
        columns_are_as_wide_as_they_need,
        the_last_column_wraps_beside_or_below_the_others,
        columns_that_do_not_fit_into_the_window_follow_below,
        numbers_have_no_zero_before_the_point_and_no_end_that_is_cut,
        csv_and_json_quote_what_needs_it,
    };
    return run_suite("table", 30, tests, sizeof tests / sizeof *tests);
}
