/* What a sweep expects, on networks whose truth is known. */
#include "mtsweep/expect.h"
#include "suite.h"

#include <math.h>
#include <string.h>

enum { RUNS = 40, FOLDS = 2, FITS = 3 };

typedef struct toy {
    size_t n;
    mts_config config[RUNS];
    bool done[RUNS];
    double r2[RUNS][MTS_N_SPLITS][FOLDS][FITS], loss[RUNS];
    mts_extents extents;
    mts_table_source source;
} toy;

static mts_status toy_config(void *ctx, size_t run, mts_config *config)
{
    *config = ((toy *)ctx)->config[run];
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
    if (column == MTS_COL_score_r2)
        memcpy(out, t->r2[first], n * sizeof t->r2[0]);
    else if (column == MTS_COL_result_loss)
        memcpy(out, t->loss + first, n * sizeof *t->loss);
    else
        return mts_fail(MTS_ERR_USAGE, "the toy has no %s", mts_columns[column].name);
    return MTS_OK;
}

/* `seeds` networks with 2 tasks, then as many with 24. */
static toy *new_toy(size_t seeds)
{
    toy *t = calloc(1, sizeof *t);
    ck_assert(t && 2 * seeds <= RUNS);
    t->n = 2 * seeds;
    t->extents.n[MTS_AXIS_split] = MTS_N_SPLITS;
    t->extents.n[MTS_AXIS_fold] = FOLDS;
    t->extents.n[MTS_AXIS_fit] = FITS;
    for (size_t run = 0; run < t->n; run++) {
        mts_config_default(&t->config[run]);
        t->config[run].tasks = run < seeds ? 2 : 24;
        t->config[run].seed = (int64_t)(run % seeds);
        t->done[run] = true;
    }
    t->source = (mts_table_source){{t, t->n, toy_config}, &t->extents, toy_done, toy_column};
    return t;
}

/* All folds and fits of a split. */
static void put(toy *t, size_t run, size_t split, double value)
{
    for (size_t i = 0; i < FOLDS * FITS; i++)
        (&t->r2[run][split][0][0])[i] = value;
}

static mts_expect_result test(toy *t, const char *text)
{
    mts_expect_result result;
    mts_table_cells *cells;
    mts_expect *expect;
    ck_assert_msg(mts_expect_parse(text, &expect) == MTS_OK, "%s", mts_message());
    ck_assert_int_eq(mts_table_cells_create(&t->source, NULL, "--by", &cells), MTS_OK);
    ck_assert_msg(mts_expect_test(expect, cells, &result) == MTS_OK, "%s", mts_message());
    mts_table_cells_destroy(cells);
    mts_expect_destroy(expect);
    return result;
}

/* Two of the numbers that Box and Muller make of the stream's item. */
static double normal(uint64_t item, uint32_t which)
{
    uint32_t word[4];
    mts_bits((mts_stream){2024, which / 2}, item, 0, word);
    const double radius = sqrt(-2 * log(((double)word[0] + 0.5) * 0x1p-32));
    const double angle = 2 * M_PI * (double)word[1] * 0x1p-32;
    return radius * (which % 2 ? sin(angle) : cos(angle));
}

START_TEST(student_quantiles_are_those_of_the_tables)
{
    static const struct {
        size_t freedom;
        double within, t;
    } table[] = {{1, .95, 12.7062}, {2, .95, 4.3027}, {3, .95, 3.1824},  {4, .95, 2.7764},
                 {8, .95, 2.3060},  {9, .95, 2.2622}, {30, .95, 2.0423}, {1000, .95, 1.9623},
                 {4, .90, 2.1318},  {5, .99, 4.0321}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        ck_assert_double_eq_tol(mts_expect_student(table[i].within, table[i].freedom), table[i].t,
                                6e-5);
}
END_TEST

START_TEST(what_is_no_comparison_is_refused_with_an_example)
{
    static const struct {
        const char *text, *message;
    } refused[] = {{"", "the name of a score is missing"},
                   {"> 1", "the name of a score is missing"},
                   {"ood_r2", "a '>' or '<' is missing"},
                   {"ood_r2 = 1", "a '>' or '<' is missing"},
                   {"ood_r2 >", "a number is missing"},
                   {"ood_r2 > 0.1 x", "a number is missing"},
                   {"ood_r2 > nan", "a number is missing"},
                   {"ood_r2 - > 1", "the name of a score is missing"},
                   {"ood_r2[tasks=24 > 1", "a '[' without its ']'"},
                   {"ood_r2[] > 1", "conditions between '[' and ']' are missing"},
                   {"odd_r2 > 1", "unknown score 'odd_r2'; did you mean 'ood_r2'?"},
                   {"ood_r2[task=24] > 1", "did you mean 'tasks'?"},
                   {"ood_r2[tasks=many] > 1", "tasks must be a whole number"}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        mts_expect *expect;
        ck_assert_int_eq(mts_expect_parse(refused[i].text, &expect), MTS_ERR_USAGE);
        ck_assert_ptr_null(expect);
        ck_assert_msg(strstr(mts_message(), refused[i].message) != NULL, "'%s': %s",
                      refused[i].text, mts_message());
    }
}
END_TEST

START_TEST(networks_are_the_unit_and_not_folds_and_fits)
{
    toy *t = new_toy(5);
    for (size_t run = 0; run < t->n; run++) {
        put(t, run, MTS_SPLIT_OOD, 0.1 * (double)run);
        t->r2[run][MTS_SPLIT_OOD][0][0] = -100; /* one fit of six: the median does not see it */
    }
    const mts_expect_result r = test(t, "ood_r2[tasks=24] - ood_r2[tasks=2] > 0.1");
    ck_assert_uint_eq(r.networks[0], 5);
    ck_assert_uint_eq(r.networks[1], 5);
    ck_assert(!r.paired);
    ck_assert_double_eq_tol(r.estimate, 0.5, 1e-12);
    ck_assert(r.low > 0.2 && r.low < 0.32 && r.high > 0.68 && r.high < 0.8);
    ck_assert_int_eq(r.verdict, MTS_EXPECT_CONFIRMED);
    free(t);
}
END_TEST

START_TEST(scores_of_the_same_networks_pair)
{
    toy *t = new_toy(6);
    for (size_t run = 0; run < t->n; run++) {
        put(t, run, MTS_SPLIT_ID, (double)run); /* networks differ much, the gap does not */
        put(t, run, MTS_SPLIT_OOD, (double)run - 0.02 - 0.001 * (double)(run % 3));
    }
    const mts_expect_result r = test(t, "id_r2 - ood_r2 [tasks=24] < 0.05");
    ck_assert(r.paired && r.networks[0] == 6 && r.networks[1] == 0);
    ck_assert_double_eq_tol(r.estimate, 0.021, 1e-12);
    ck_assert_int_eq(r.verdict, MTS_EXPECT_CONFIRMED);
    ck_assert_int_eq(test(t, "id_r2[tasks=24] - ood_r2[tasks=24] > 0.05").verdict,
                     MTS_EXPECT_NOT_CONFIRMED);
    ck_assert_int_eq(test(t, "id_r2[tasks=2] - ood_r2[tasks=24] > 0.05").verdict,
                     MTS_EXPECT_NOT_CONFIRMED);
    free(t);
}
END_TEST

START_TEST(rows_of_one_network_are_one)
{
    toy *t = new_toy(6);
    for (size_t run = 0; run < t->n; run++) {
        t->config[run].tasks = 24;
        t->config[run].probe_sigma = run < 6 ? 0.1 : 0.4; /* another look at the same network */
        t->loss[run] = (double)run;
    }
    mts_expect_result r = test(t, "loss > 0");
    ck_assert_uint_eq(r.networks[0], 6);
    ck_assert_double_eq_tol(r.estimate, 5.5, 1e-12);
    r = test(t, "loss[probe_sigma=0.4] - loss[probe_sigma=0.1] > 5");
    ck_assert(r.paired && r.networks[0] == 6);
    ck_assert_double_eq(r.estimate, 6);
    free(t);
}
END_TEST

START_TEST(few_networks_and_none_leave_it_undecided)
{
    toy *t = new_toy(5);
    for (size_t run = 0; run < t->n; run++)
        t->loss[run] = 1;
    ck_assert_int_eq(test(t, "loss[tasks=24] > 0").verdict, MTS_EXPECT_CONFIRMED);
    t->done[7] = false;
    mts_expect_result r = test(t, "loss[tasks=24] > 0");
    ck_assert(r.networks[0] == 4 && r.estimate == 1 && isnan(r.low));
    ck_assert_int_eq(r.verdict, MTS_EXPECT_UNDECIDED);
    r = test(t, "loss[tasks=3] > 0");
    ck_assert(r.networks[0] == 0 && isnan(r.estimate));
    ck_assert_int_eq(r.verdict, MTS_EXPECT_UNDECIDED);
    free(t);
}
END_TEST

enum { REPEATS = 200 };

/* How often each verdict falls when networks have normal scores and the true difference is `effect`. */
static void simulate(double effect, const char *text, size_t seeds, size_t count[3])
{
    toy *t = new_toy(seeds);
    memset(count, 0, 3 * sizeof *count);
    for (uint64_t repeat = 0; repeat < REPEATS; repeat++) {
        for (size_t run = 0; run < t->n; run++)
            t->loss[run] = 0.6 + 0.05 * normal(repeat, (uint32_t)run) + (run < seeds ? 0 : effect);
        count[test(t, text).verdict]++;
    }
    free(t);
}

/* Of 200 repeats 5 % are 10, with a standard error of 3.1; 19 is three of these above. */
START_TEST(verdicts_are_wrong_in_at_most_5_percent_of_repeats)
{
    size_t count[3];
    simulate(0, "loss[tasks=24] - loss[tasks=2] > 0", 5, count); /* on the border: both are wrong */
    ck_assert_uint_le(count[MTS_EXPECT_CONFIRMED] + count[MTS_EXPECT_NOT_CONFIRMED], 19);
    simulate(0, "loss[tasks=24] - loss[tasks=2] > 0.15", 5, count);
    ck_assert_uint_ge(count[MTS_EXPECT_NOT_CONFIRMED], 190);
    ck_assert_uint_eq(count[MTS_EXPECT_CONFIRMED], 0);
    simulate(0.25, "loss[tasks=24] - loss[tasks=2] > 0.1", 5, count);
    ck_assert_uint_ge(count[MTS_EXPECT_CONFIRMED], 190);
    ck_assert_uint_eq(count[MTS_EXPECT_NOT_CONFIRMED], 0);
    simulate(0, "loss[tasks=2] > 0.6", 8, count); /* one score */
    ck_assert_uint_le(count[MTS_EXPECT_CONFIRMED] + count[MTS_EXPECT_NOT_CONFIRMED], 19);
}
END_TEST

START_TEST(verdicts_are_printed_a_line_each)
{
    static const char *const lines[] = {"loss[tasks=24] - loss[tasks=2] > 0.1", "loss > 2"};
    toy *t = new_toy(5);
    char *text;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);
    mts_table_cells *cells;
    for (size_t run = 0; run < t->n; run++)
        t->loss[run] = run < 5 ? 0.25 : 0.5;
    ck_assert_int_eq(mts_table_cells_create(&t->source, NULL, "--by", &cells), MTS_OK);
    ck_assert_int_eq(mts_expect_print(cells, 2, lines, false, to), MTS_OK);
    ck_assert_int_eq(mts_expect_print(cells, 0, NULL, false, to), MTS_OK);
    mts_table_cells_destroy(cells);
    fclose(to);
    ck_assert_str_eq(
        text,
        "\n"
        "expected                              mean [95 %]              networks\n"
        "loss[tasks=24] - loss[tasks=2] > 0.1  .25000 [.25000, .25000]  5, 5      confirmed\n"
        "loss > 2                              .37500 [.27500, .47500]  10        not confirmed\n");
    free(text);
    free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        student_quantiles_are_those_of_the_tables,
        what_is_no_comparison_is_refused_with_an_example,
        networks_are_the_unit_and_not_folds_and_fits,
        scores_of_the_same_networks_pair,
        rows_of_one_network_are_one,
        few_networks_and_none_leave_it_undecided,
        verdicts_are_wrong_in_at_most_5_percent_of_repeats,
        verdicts_are_printed_a_line_each,
    };
    return run_suite("expect", 60, tests, sizeof tests / sizeof *tests);
}
