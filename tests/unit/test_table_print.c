/* Numbers of tables, and how they are printed. */
#include "toy_table.h"

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
    return run_suite("table_print", 30, tests, sizeof tests / sizeof *tests);
}
