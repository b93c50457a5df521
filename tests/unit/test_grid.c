#include "choices.h"
#include "grids.h"

static void assert_runs(const char *text, const char *expected)
{
    mts_grid *grid = parse(text);
    ck_assert_str_eq(runs(grid), expected);
    mts_grid_destroy(grid);
}

static uint64_t hash_of(const char *text)
{
    mts_grid *grid = parse(text);
    uint64_t hash = mts_grid_hash(grid);
    mts_grid_destroy(grid);
    return hash;
}

/* ---- the product ---- */

START_TEST(sweep_without_axes_has_one_run_of_defaults)
{
    mts_config config, standard;
    mts_grid *grid = parse("name: a\n");
    ck_assert_uint_eq(mts_grid_size(grid), 1);
    ck_assert_uint_eq(mts_grid_axes(grid), 0);
    ck_assert_uint_eq(mts_grid_excluded(grid), 0);
    ck_assert_str_eq(mts_grid_question(grid), "");
    mts_grid_config(grid, 0, &config);
    mts_config_default(&standard);
    ck_assert_mem_eq(&config, &standard, sizeof config);
    mts_grid_destroy(grid);
    mts_grid_destroy(NULL);
}
END_TEST

START_TEST(name_and_question_are_read)
{
    mts_grid *grid = parse("question: 'Does every one: really?'\nname: Fig-3.b_2\n");
    ck_assert_str_eq(mts_grid_name(grid), "Fig-3.b_2");
    ck_assert_str_eq(mts_grid_question(grid), "Does every one: really?");
    mts_grid_destroy(grid);
}
END_TEST

START_TEST(last_axis_is_fastest)
{
    assert_runs("name: a\ngrid:\n  arch: [rnn, lstm]\n  tasks: [6, 2]\n  seed: 0..1\n",
                "rnn/6/0/64/100000 rnn/6/1/64/100000 rnn/2/0/64/100000 rnn/2/1/64/100000 "
                "lstm/6/0/64/100000 lstm/6/1/64/100000 lstm/2/0/64/100000 lstm/2/1/64/100000");
    assert_runs("name: a\ngrid:\n  seed: 0..1\n  tasks: [6, 2]\n",
                "rnn/6/0/64/100000 rnn/2/0/64/100000 rnn/6/1/64/100000 rnn/2/1/64/100000");
}
END_TEST

START_TEST(axis_takes_a_list_a_range_one_value_or_a_mixture)
{
    assert_runs("name: a\ngrid: {tasks: [2, 24]}\n", "rnn/2/0/64/100000 rnn/24/0/64/100000");
    assert_runs("name: a\ngrid: {tasks: 3}\n", "rnn/3/0/64/100000");
    assert_runs("name: a\ngrid: {tasks: 3..3}\n", "rnn/3/0/64/100000");
    assert_runs("name: a\ngrid: {tasks: [9, 2..3, 1]}\n",
                "rnn/9/0/64/100000 rnn/2/0/64/100000 rnn/3/0/64/100000 rnn/1/0/64/100000");
    assert_runs("name: a\ngrid:\n  tasks:\n    - 1e1\n    - '11'\n",
                "rnn/10/0/64/100000 rnn/11/0/64/100000");
}
END_TEST

START_TEST(zip_groups_move_together_and_are_slower_than_the_grid)
{
    assert_runs("name: a\n"
                "grid: {seed: 0..1}\n"
                "zip:\n"
                "  - {tasks: [2, 3], units: [8, 9]}\n"
                "  - {arch: [rnn, lstm]}\n",
                "rnn/2/0/8/100000 rnn/2/1/8/100000 lstm/2/0/8/100000 lstm/2/1/8/100000 "
                "rnn/3/0/9/100000 rnn/3/1/9/100000 lstm/3/0/9/100000 lstm/3/1/9/100000");
}
END_TEST

START_TEST(zip_group_may_repeat_a_value_in_another_combination)
{
    assert_runs("name: a\nzip: [{arch: [rnn, rnn, lstm], units: [8, 9, 8]}]\n",
                "rnn/24/0/8/100000 rnn/24/0/9/100000 lstm/24/0/8/100000");
}
END_TEST

START_TEST(axes_are_listed_in_the_order_of_the_product)
{
    mts_grid *grid = parse("name: a\n"
                           "grid: {seed: 3..4, sigma: [0.5, 0.25, 0]}\n"
                           "zip: [{tasks: [2, 3], units: [8, 9]}]\n");
    static const char *const names[] = {"tasks", "units", "seed", "sigma"};
    static const size_t n[] = {2, 2, 2, 3}, group[] = {0, 0, 1, 2};
    static const double value[][3] = {{2, 3}, {8, 9}, {3, 4}, {0.5, 0.25, 0}};
    ck_assert_uint_eq(mts_grid_axes(grid), 4);
    for (size_t i = 0; i < 4; i++) {
        mts_grid_axis axis = mts_grid_axis_at(grid, i);
        ck_assert_str_eq(axis.field->name, names[i]);
        ck_assert_uint_eq(axis.n, n[i]);
        ck_assert_uint_eq(axis.group, group[i]);
        for (size_t j = 0; j < n[i]; j++)
            ck_assert_double_eq(axis.value[j], value[i][j]);
    }
    mts_grid_destroy(grid);
}
END_TEST

/* ---- set, override, exclude ---- */

START_TEST(set_holds_for_all_runs)
{
    assert_runs("name: a\nset: {batches: 10, units: 32}\ngrid: {arch: [rnn, lstm]}\n",
                "rnn/24/0/32/10 lstm/24/0/32/10");
}
END_TEST

START_TEST(override_needs_all_conditions_and_the_last_wins)
{
    assert_runs("name: a\n"
                "grid: {arch: [rnn, lstm], tasks: [2, 3]}\n"
                "set: {batches: 10}\n"
                "override:\n"
                "  - {where: {arch: lstm}, set: {batches: 20, units: 7}}\n"
                "  - {where: {arch: [rnn, lstm], tasks: 3}, set: {batches: 30}}\n",
                "rnn/2/0/64/10 rnn/3/0/64/30 lstm/2/0/7/20 lstm/3/0/7/30");
}
END_TEST

START_TEST(override_may_set_execution_fields)
{
    mts_config config;
    mts_grid *grid = parse("name: a\ngrid: {arch: [rnn, lstm]}\n"
                           "override: [{where: {arch: lstm}, set: {kernels: blas}}]\n");
    mts_grid_config(grid, 0, &config);
    ck_assert_int_eq(config.kernels, 0);
    mts_grid_config(grid, 1, &config);
    ck_assert_int_eq(config.kernels, 1);
    ck_assert_uint_eq(mts_grid_overrides(grid), 1);
    mts_grid_destroy(grid);
}
END_TEST

START_TEST(exclude_drops_runs_and_closes_the_gaps)
{
    const char *text = "name: a\n"
                       "grid: {arch: [rnn, lstm], tasks: [2, 3], seed: 0..2}\n"
                       "exclude:\n"
                       "  - {arch: rnn, tasks: 2}\n"
                       "  - {seed: 1..2, tasks: 3}\n";
    mts_grid *grid = parse(text);
    ck_assert_str_eq(runs(grid), "rnn/3/0/64/100000 lstm/2/0/64/100000 lstm/2/1/64/100000 "
                                 "lstm/2/2/64/100000 lstm/3/0/64/100000");
    ck_assert_uint_eq(mts_grid_size(grid), 5);
    ck_assert_uint_eq(mts_grid_excluded(grid), 7);
    mts_grid_destroy(grid);
}
END_TEST

START_TEST(excluded_run_need_not_make_sense)
{
    const char *text = "name: a\ngrid: {boundaries: [fan, random], latents: [2, 4]}\n"
                       "exclude: [{boundaries: fan, latents: 4}]\n";
    mts_grid *grid = parse(text);
    ck_assert_uint_eq(mts_grid_size(grid), 3);
    mts_grid_destroy(grid);
}
END_TEST

START_TEST(override_may_make_a_run_make_sense)
{
    mts_grid *grid = parse("name: a\nset: {boundaries: fan}\ngrid: {latents: [2, 4]}\n"
                           "override: [{where: {latents: 4}, set: {boundaries: random}}]\n");
    ck_assert_uint_eq(mts_grid_size(grid), 2);
    mts_grid_destroy(grid);
}
END_TEST

static void assert_measures(const char *text, const char *const *sets, size_t n_sets,
                            const char *expected)
{
    char measures[256] = "";
    mts_config config;
    mts_grid *grid = parse_with(text, sets, n_sets);
    mts_grid_config(grid, mts_grid_size(grid) - 1, &config);
    for (size_t i = 0; i < mts_n_fields; i++)
        if (strncmp(mts_fields[i].name, "measure_", 8) == 0 &&
            mts_config_value(&config, &mts_fields[i]) == MTS_YES)
            snprintf(measures + strlen(measures), sizeof measures - strlen(measures), "%s ",
                     mts_fields[i].name + 8);
    ck_assert_str_eq(measures, expected);
    mts_grid_destroy(grid);
}

START_TEST(measures_are_named_in_a_list_or_one_by_itself_or_by_their_fields)
{
    static const char *const off[] = {"measure_pca=no"}, *const on[] = {"measure_closed_form=yes"};
    const char *list = "name: a\nmeasure: [pca, sparsity]\ngrid: {seed: 0..1}\n";
    assert_measures("name: a\n", NULL, 0, "");
    assert_measures("name: a\nmeasure:\n", NULL, 0, "");
    assert_measures("name: a\nmeasure: []\n", NULL, 0, "");
    assert_measures(list, NULL, 0, "sparsity pca ");
    assert_measures("name: a\nmeasure: fixed_points\nset: {units: 3}\n", NULL, 0, "fixed_points ");
    assert_measures("name: a\nmeasure:\n  - selectivity\n  - 'closed_form'\n", NULL, 0,
                    "selectivity closed_form ");
    assert_measures(
        "name: a\nset: {measure_pca: yes, measure_sparsity: no}\nmeasure: selectivity\n", NULL, 0,
        "pca selectivity ");
    assert_measures(list, off, 1, "sparsity ");
    assert_measures(list, on, 1, "sparsity pca closed_form ");
    ck_assert_uint_eq(hash_of("name: a\nmeasure: pca\n"),
                      hash_of("name: b\nset: {measure_pca: yes}\n"));
    ck_assert_uint_ne(hash_of("name: a\nmeasure: pca\n"), hash_of("name: a\n"));
}
END_TEST

START_TEST(sections_may_be_empty)
{
    assert_runs("name: a\nquestion:\nzip: []\nset: {}\nmeasure:\noverride:\nexclude: []\n",
                "rnn/24/0/64/100000");
}
END_TEST

START_TEST(text_may_start_with_a_byte_order_mark_and_end_lines_with_cr)
{
    assert_runs("\xef\xbb\xbfname: a\r\n# \xc3\xa9\r\ngrid:\r\n  tasks: [2, 3]\r\n",
                "rnn/2/0/64/100000 rnn/3/0/64/100000");
}
END_TEST

START_TEST(text_need_not_end_in_nul)
{
    static const char text[] = {'n', 'a', 'm', 'e', ':', ' ', 'a', '\r'};
    mts_grid *grid;
    char *copy = malloc(sizeof text); /* of its own, so that a sanitizer sees its end */
    memcpy(copy, text, sizeof text);
    ck_assert_int_eq(mts_grid_parse(copy, sizeof text, "s.yaml", NULL, 0, &grid), MTS_OK);
    mts_grid_destroy(grid);
    free(copy);
}
END_TEST

/* ---- identity and hash ---- */

START_TEST(identity_does_not_depend_on_the_order_of_axes_or_on_how_a_value_is_set)
{
    static const char *const texts[] = {
        "name: a\ngrid: {arch: [lstm], tasks: [3], sigma: [0.1]}\n",
        "name: b\ngrid: {sigma: [0.10], tasks: 3, arch: lstm}\nset: {batches: 1e5}\n",
        "name: c\nset: {tasks: 3, arch: lstm, sigma: 1e-1}\n",
        "name: d\nzip: [{arch: lstm, sigma: .1}]\nset: {kernels: blas, tasks: 3}\n",
        ("name: e\nset: {arch: lstm, sigma: 7}\ngrid: {tasks: 3}\n"
         "override: [{where: {tasks: 3}, set: {sigma: 0.1}}]\n"),
    };
    uint64_t identity = 0, hash = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        mts_config config;
        mts_grid *grid = parse(texts[i]);
        mts_grid_config(grid, 0, &config);
        if (i == 0) {
            identity = mts_config_identity(&config);
            hash = mts_grid_hash(grid);
        }
        ck_assert_uint_eq(mts_config_identity(&config), identity);
        ck_assert_uint_eq(mts_grid_hash(grid), hash);
        mts_grid_destroy(grid);
    }
}
END_TEST

START_TEST(hash_depends_on_the_runs_and_not_on_their_order)
{
    uint64_t hash = hash_of("name: a\ngrid: {tasks: [2, 3], seed: 0..2}\n");
    ck_assert_uint_eq(hash_of("name: b\nquestion: q\ngrid: {tasks: 2..3, seed: [0, 1, 2]}\n"),
                      hash);
    ck_assert_uint_eq(hash_of("name: a\ngrid: {tasks: [2, 3], seed: 0..3}\nexclude: [{seed: 3}]\n"),
                      hash);
    ck_assert_uint_eq(hash_of("name: a\ngrid: {seed: 0..2, tasks: [2, 3]}\n"), hash);
    ck_assert_uint_eq(hash_of("name: a\ngrid: {tasks: [3, 2], seed: 0..2}\n"), hash);
    ck_assert_uint_ne(hash_of("name: a\ngrid: {tasks: [2, 3], seed: 0..1}\n"), hash);
    ck_assert_uint_ne(
        hash_of("name: a\ngrid: {tasks: [2, 3], seed: 0..2}\nset: {batches: 99999}\n"), hash);
    ck_assert_uint_ne(hash_of("name: a\ngrid: {tasks: [2, 3], seed: 0..2}\n"
                              "override: [{where: {tasks: 3, seed: 2}, set: {batches: 9}}]\n"),
                      hash);
}
END_TEST

START_TEST(parsing_is_a_function_of_its_arguments)
{
    const char *text =
        "name: a\ngrid: {tasks: [2, 3], seed: 0..9}\n"
        "override: [{where: {seed: 3..5}, set: {batches: 9}}]\nexclude: [{seed: 8}]\n";
    mts_grid *first = parse(text), *second = parse(text);
    ck_assert_uint_eq(mts_grid_size(first), mts_grid_size(second));
    for (size_t i = mts_grid_size(first); i-- > 0;) {
        mts_config a, b;
        mts_grid_config(first, i, &a);
        mts_grid_config(second, i, &b);
        ck_assert_mem_eq(&a, &b, sizeof a);
    }
    mts_grid_destroy(first);
    mts_grid_destroy(second);
}
END_TEST

START_TEST(grid_of_the_largest_size_is_accepted)
{
    mts_config config;
    mts_grid *grid = parse("name: a\ngrid: {tasks: 1..10, seed: 0..999999}\n"
                           "exclude: [{tasks: 2, seed: 1..999999}]\n");
    ck_assert_uint_eq(mts_grid_size(grid), MTS_RUNS_MAX - 999999);
    mts_grid_config(grid, mts_grid_size(grid) - 1, &config);
    ck_assert_int_eq(config.tasks, 10);
    ck_assert_int_eq(config.seed, 999999);
    mts_grid_config(grid, 1000001, &config);
    ck_assert_int_eq(config.tasks, 3);
    ck_assert_int_eq(config.seed, 0);
    mts_grid_destroy(grid);
}
END_TEST

/* ---- --set ---- */

static const char sweep[] = "name: a\n"
                            "zip: [{arch: [rnn, lstm], units: [8, 9]}]\n"
                            "grid: {tasks: [2, 3]}\n"
                            "set: {batches: 10}\n"
                            "override:\n"
                            "  - {where: {tasks: 3}, set: {batches: 30}}\n"
                            "exclude: [{arch: lstm, tasks: 2}]\n";

START_TEST(set_option_replaces_the_values_of_the_file)
{
    static const struct {
        const char *sets[3];
        const char *runs;
    } cases[] = {
        {{NULL}, "rnn/2/0/8/10 rnn/3/0/8/30 lstm/3/0/9/30"},
        {{"batches=7"}, "rnn/2/0/8/7 rnn/3/0/8/7 lstm/3/0/9/7"},
        {{"batches=7", "batches=1e1"}, "rnn/2/0/8/10 rnn/3/0/8/10 lstm/3/0/9/10"},
        {{"tasks=3"}, "rnn/3/0/8/30 lstm/3/0/9/30"},
        {{"tasks=5,3..4"},
         "rnn/5/0/8/10 rnn/3/0/8/30 rnn/4/0/8/10 lstm/5/0/9/10 lstm/3/0/9/30 "
         "lstm/4/0/9/10"},
        {{"tasks=5", "tasks=6"}, "rnn/6/0/8/10 lstm/6/0/9/10"},
        {{"seed=4"}, "rnn/2/4/8/10 rnn/3/4/8/30 lstm/3/4/9/30"},
        {{"units=5"}, "rnn/2/0/5/10 rnn/3/0/5/30 lstm/3/0/5/30"},
        {{"units=5,6"}, "rnn/2/0/5/10 rnn/3/0/5/30 lstm/3/0/6/30"},
        {{"units=5,6", "units=7", "tasks=2"}, "rnn/2/0/7/10"},
        {{"units=5", "arch=lstm"}, "lstm/3/0/5/30"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = 0;
        while (n < 3 && cases[i].sets[n])
            n++;
        mts_grid *grid = parse_with(sweep, cases[i].sets, n);
        ck_assert_str_eq(runs(grid), cases[i].runs);
        mts_grid_destroy(grid);
    }
}
END_TEST

START_TEST(set_option_may_mend_a_combination_that_the_file_gets_wrong)
{
    static const char *const sets[] = {"tau=500"};
    mts_grid *grid = parse_with("name: a\nset: {dt: 200}\n", sets, 1);
    ck_assert_uint_eq(mts_grid_size(grid), 1);
    mts_grid_destroy(grid);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sweep_without_axes_has_one_run_of_defaults,
        name_and_question_are_read,
        last_axis_is_fastest,
        axis_takes_a_list_a_range_one_value_or_a_mixture,
        zip_groups_move_together_and_are_slower_than_the_grid,
        zip_group_may_repeat_a_value_in_another_combination,
        axes_are_listed_in_the_order_of_the_product,
        set_holds_for_all_runs,
        override_needs_all_conditions_and_the_last_wins,
        override_may_set_execution_fields,
        exclude_drops_runs_and_closes_the_gaps,
        excluded_run_need_not_make_sense,
        override_may_make_a_run_make_sense,
        measures_are_named_in_a_list_or_one_by_itself_or_by_their_fields,
        sections_may_be_empty,
        text_may_start_with_a_byte_order_mark_and_end_lines_with_cr,
        text_need_not_end_in_nul,
        identity_does_not_depend_on_the_order_of_axes_or_on_how_a_value_is_set,
        hash_depends_on_the_runs_and_not_on_their_order,
        parsing_is_a_function_of_its_arguments,
        grid_of_the_largest_size_is_accepted,
        set_option_replaces_the_values_of_the_file,
        set_option_may_mend_a_combination_that_the_file_gets_wrong,
    };
    return run_suite("grid", 120, tests, sizeof tests / sizeof *tests);
}
