#include "choices.h"
#include "grids.h"

START_TEST(a_part_keeps_its_runs_under_their_numbers)
{
    static const char text[] = "name: a\ngrid: {arch: [rnn, lstm], tasks: [2, 3], seed: 0..1}\n"
                               "exclude: [{arch: rnn, tasks: 2}]\n";
    const size_t kept[] = {0, 3, 4}, less[] = {1, 2}, down[] = {1, 0}, beyond[] = {0, 2};
    mts_grid *grid, *whole;
    mts_config here, there;
    ck_assert_int_eq(mts_grid_parse(text, sizeof text - 1, "a", NULL, 0, &grid), MTS_OK);
    ck_assert_int_eq(mts_grid_parse(text, sizeof text - 1, "a", NULL, 0, &whole), MTS_OK);
    ck_assert_int_eq(mts_grid_keep(grid, 3, kept), MTS_OK);
    ck_assert_int_eq(mts_grid_keep(grid, 2, less), MTS_OK); /* of those that are left */
    ck_assert_uint_eq(mts_grid_size(grid), 2);
    ck_assert_uint_eq(mts_grid_whole(grid), 6);
    ck_assert_uint_eq(mts_grid_excluded(grid), 2);
    ck_assert_uint_eq(mts_grid_hash(grid), mts_grid_hash(whole));
    for (size_t run = 0; run < 2; run++) {
        ck_assert_uint_eq(mts_grid_number(grid, run), 3 + run);
        mts_grid_config(grid, run, &here);
        mts_grid_config(whole, 3 + run, &there);
        ck_assert_uint_eq(mts_config_key(&here), mts_config_key(&there));
    }
    ck_assert_int_eq(mts_grid_keep(grid, 2, down), MTS_ERR_USAGE);
    ck_assert_int_eq(mts_grid_keep(grid, 2, beyond), MTS_ERR_USAGE);
    ck_assert_uint_eq(mts_grid_size(grid), 2);
    mts_grid_destroy(grid);
    mts_grid_destroy(whole);
}
END_TEST

START_TEST(filter_matches_by_field_and_value)
{
    static const struct {
        const char *text;
        bool matches[4]; /* rnn/2, rnn/3, lstm/2, lstm/3 */
    } cases[] = {
        {"arch=lstm", {false, false, true, true}},
        {"arch=lstm,tasks=2", {false, false, true, false}},
        {"tasks=2,3", {true, true, true, true}},
        {"tasks=3,24,arch=rnn", {false, true, false, false}},
        {"tasks=3..9", {false, true, false, true}},
        {"tasks=24,2,7..9", {true, false, true, false}},
        {"seed=0", {true, true, true, true}},
        {"seed=1..9", {false, false, false, false}},
        {"sigma=0.2", {true, true, true, true}},
        {"kernels=blas", {false, false, false, false}},
    };
    mts_grid *grid = parse("name: a\ngrid: {arch: [rnn, lstm], tasks: 2..3}\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mts_filter *filter;
        ck_assert_int_eq(mts_filter_parse(cases[i].text, &filter), MTS_OK);
        for (size_t j = 0; j < 4; j++) {
            mts_config config;
            mts_grid_config(grid, j, &config);
            ck_assert_msg(mts_filter_match(filter, &config) == cases[i].matches[j], "%s, run %zu",
                          cases[i].text, j);
        }
        mts_filter_destroy(filter);
    }
    mts_grid_destroy(grid);
}
END_TEST

START_TEST(no_filter_matches_all)
{
    mts_config config;
    mts_config_default(&config);
    ck_assert(mts_filter_match(NULL, &config));
    mts_filter_destroy(NULL);
}
END_TEST

START_TEST(ids_choose_numbers_and_ranges)
{
    static const struct {
        const char *text, *chosen;
    } cases[] = {
        {"0", "1.........."},       {"10", "..........1"},    {"3-5", "...111....."},
        {"3-5,8,0", "1..111..1.."}, {"4-4,4", "....1......"}, {"0-10", "11111111111"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool chosen[11] = {false};
        ck_assert_int_eq(mts_ids_parse(cases[i].text, 11, chosen), MTS_OK);
        for (size_t j = 0; j < 11; j++)
            ck_assert_msg(chosen[j] == (cases[i].chosen[j] == '1'), "%s, run %zu", cases[i].text,
                          j);
    }
}
END_TEST

START_TEST(refused_selection_says_why)
{
    char full[MESSAGE_WITH_CHOICES];
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "selection '': write it as key=value,value"},
        {"lstm", "selection 'lstm': write it as key=value,value"},
        {"=lstm", "selection '=lstm': write it as key=value,value"},
        {"arch=rnn,,tasks=2", "selection 'arch=rnn,,tasks=2': arch must be one of {arch}, not ''"},
        {"ntask=2", "selection 'ntask=2': unknown key 'ntask'; did you mean 'tasks'? ('mtsweep "
                    "fields' lists all)"},
        {"qqq=2", "selection 'qqq=2': unknown key 'qqq'; 'mtsweep fields' lists all"},
        {"tasks=2,x",
         "selection 'tasks=2,x': tasks must be a whole number from 1 to 4096, not 'x'"},
        {"tasks=", "selection 'tasks=': tasks must be a whole number from 1 to 4096, not ''"},
        {"tasks=9..2",
         "selection 'tasks=9..2': the range '9..2' of tasks descends; write the smaller end first"},
        {"tasks=2,arch=rnn,tasks=3",
         "selection 'tasks=2,arch=rnn,tasks=3': 'tasks' is given twice; "
         "write all its values after one 'tasks='"},
        {"tasks=2,2", "selection 'tasks=2,2': 'tasks' has the value 2 twice; remove one"},
        {"tasks=2,1..3", "selection 'tasks=2,1..3': 'tasks' has the value 2 twice; remove one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mts_filter *filter = (mts_filter *)(void *)&filter;
        ck_assert_int_eq(mts_filter_parse(cases[i].text, &filter), MTS_ERR_USAGE);
        ck_assert_str_eq(mts_message(), with_choices(cases[i].message, full));
        ck_assert_ptr_null(filter);
    }
}
END_TEST

START_TEST(refused_ids_say_why)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "--ids '': write numbers and ranges such as 3-9,12"},
        {"x", "--ids 'x': write numbers and ranges such as 3-9,12"},
        {"3-", "--ids '3-': write numbers and ranges such as 3-9,12"},
        {"-3", "--ids '-3': write numbers and ranges such as 3-9,12"},
        {"3,", "--ids '3,': write numbers and ranges such as 3-9,12"},
        {"3, 4", "--ids '3, 4': write numbers and ranges such as 3-9,12"},
        {"3-4-5", "--ids '3-4-5': write numbers and ranges such as 3-9,12"},
        {"5-3", "--ids '5-3': a range descends; write the smaller end first"},
        {"11", "--ids '11': there are 11 runs, numbered from 0"},
        {"3-11", "--ids '3-11': there are 11 runs, numbered from 0"},
        {"3-99999999999999999999999999",
         "--ids '3-99999999999999999999999999': there are 11 runs, numbered from 0"},
        {"18446744073709551616",
         "--ids '18446744073709551616': there are 11 runs, numbered from 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool chosen[11] = {false};
        ck_assert_int_eq(mts_ids_parse(cases[i].text, 11, chosen), MTS_ERR_USAGE);
        ck_assert_str_eq(mts_message(), cases[i].message);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_part_keeps_its_runs_under_their_numbers,
        filter_matches_by_field_and_value,
        no_filter_matches_all,
        ids_choose_numbers_and_ranges,
        refused_selection_says_why,
        refused_ids_say_why,
    };
    return run_suite("grid_select", 30, tests, sizeof tests / sizeof *tests);
}
