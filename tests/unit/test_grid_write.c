#include "mtsweep/grid.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static mts_grid *parse(const char *text)
{
    mts_grid *grid;
    mts_status st = mts_grid_parse(text, strlen(text), "s.yaml", NULL, 0, &grid);
    ck_assert_msg(st == MTS_OK, "%s\n%s", mts_message(), text);
    return grid;
}

/* The configs of the runs [first, end) of a grid; the caller frees. */
static mts_config *configs(const mts_grid *grid, size_t first, size_t end)
{
    mts_config *config = mts_alloc(end - first, sizeof *config);
    for (size_t i = first; i < end; i++)
        mts_grid_config(grid, i, &config[i - first]);
    return config;
}

static char *write_of(size_t n, const mts_config *config)
{
    static const char *const expect[] = {"id_r2 > 0.9", "ood_r2[tasks=2] - id_r2 < 0"};
    const mts_grid_title title = {
        .name = "w", .question = "Is it so?", .claim = "It's so", .n_expects = 2, .expect = expect};
    char *text;
    mts_status st = mts_grid_write(&title, n, config, &text);
    ck_assert_msg(st == MTS_OK, "%s", mts_message());
    return text;
}

/* Writing runs [first, end) and reading the text gives the same runs in the same order. */
static char *round_trip(const char *sweep, size_t first, size_t end)
{
    mts_grid *grid = parse(sweep);
    if (end == 0)
        end = mts_grid_size(grid);
    mts_config *config = configs(grid, first, end);
    char *text = write_of(end - first, config);
    mts_grid *again = parse(text);
    ck_assert_uint_eq(mts_grid_size(again), end - first);
    for (size_t i = 0; i < end - first; i++) {
        mts_config there;
        mts_grid_config(again, i, &there);
        ck_assert_mem_eq(&there, &config[i], sizeof there);
    }
    ck_assert_str_eq(mts_grid_claim(again), "It's so");
    ck_assert_uint_eq(mts_grid_expects(again), 2);
    ck_assert_str_eq(mts_grid_expect(again, 1), "ood_r2[tasks=2] - id_r2 < 0");
    if (first == 0 && end == mts_grid_size(grid))
        ck_assert_uint_eq(mts_grid_hash(again), mts_grid_hash(grid));
    mts_grid_destroy(again);
    mts_grid_destroy(grid);
    mts_free(config);
    return text;
}

START_TEST(a_product_is_written_as_one)
{
    char *text =
        round_trip("name: s\ngrid: {arch: [lstm, rnn], sigma: [0.1, 0.25], seed: [0, 1, 2, 5]}\n"
                   "set: {batches: 1000}\n",
                   0, 0);
    ck_assert_str_eq(text, "name: w\nquestion: 'Is it so?'\nclaim: 'It''s so'\nexpect:\n  - 'id_r2 "
                           "> 0.9'\n  - 'ood_r2[tasks=2] - id_r2 < 0'\ngrid:\n"
                           "  arch: [lstm, rnn]\n  sigma: [0.1, 0.25]\n  seed: [0..2, 5]\n"
                           "set:\n  batches: 1000\n");
    mts_free(text);
}
END_TEST

START_TEST(a_part_of_a_product_is_written_as_a_list)
{
    char *text = round_trip("name: s\ngrid: {tasks: [2, 24], seed: 0..3}\n", 1, 6);
    ck_assert(strstr(text, "zip:\n  - tasks: [2, 2, 2, 24, 24]\n    seed: [1..3, 0, 1]\n") != NULL);
    mts_free(text);
}
END_TEST

START_TEST(zips_overrides_and_one_run_come_back)
{
    mts_free(round_trip("name: s\nzip: [{latents: [2, 4], units: [64, 32]}]\ngrid: {seed: 0..2}\n",
                        0, 0));
    mts_free(round_trip("name: s\ngrid: {arch: [rnn, gpt], seed: 0..2}\n"
                        "override: [{where: {arch: gpt}, set: {batches: 5}}]\n"
                        "exclude: [{arch: rnn, seed: 1}]\n",
                        0, 0));
    mts_free(round_trip("name: s\nmeasure: [pca, sparsity]\nset: {trace: last}\n", 0, 0));
    mts_free(round_trip("name: s\n", 0, 0));
}
END_TEST

START_TEST(runs_that_are_the_same_are_refused)
{
    const mts_grid_title title = {.name = "w"};
    mts_config config[2];
    char *text;
    mts_config_default(&config[0]);
    config[1] = config[0];
    ck_assert_int_eq(mts_grid_write(&title, 2, config, &text), MTS_ERR_SWEEP);
    ck_assert_ptr_null(text);
    ck_assert_str_eq(mts_message(), "two of the runs are the same");
}
END_TEST

START_TEST(fields_of_the_whole_file_may_not_vary)
{
    const mts_grid_title title = {.name = "w"};
    mts_config config[2];
    char *text;
    mts_config_default(&config[0]);
    config[1] = config[0];
    config[1].probe_fits++;
    ck_assert_int_eq(mts_grid_write(&title, 2, config, &text), MTS_ERR_SWEEP);
    ck_assert_str_eq(mts_message(),
                     "runs differ in probe_fits, which is one value for all runs of a file");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_product_is_written_as_one,           a_part_of_a_product_is_written_as_a_list,
        zips_overrides_and_one_run_come_back,  runs_that_are_the_same_are_refused,
        fields_of_the_whole_file_may_not_vary,
    };
    return run_suite("grid_write", 60, tests, sizeof tests / sizeof *tests);
}
