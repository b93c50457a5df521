#include "choices.h"
#include "mtsweep/grid.h"
#include "refused_sweeps.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The name that refused_sweeps.h leaves out. */
#define FILE_NAME "s.yaml"

static void assert_refused(const char *text, size_t length, const char *message)
{
    char full[MESSAGE_WITH_CHOICES];
    mts_grid *grid = (mts_grid *)(void *)&grid; /* not NULL, so that setting it shows */
    ck_assert_int_eq(mts_grid_parse(text, length, FILE_NAME, NULL, 0, &grid), MTS_ERR_SWEEP);
    ck_assert_ptr_null(grid);
    ck_assert_msg(strncmp(mts_message(), FILE_NAME ":", strlen(FILE_NAME) + 1) == 0, "%s",
                  mts_message());
    ck_assert_str_eq(mts_message() + strlen(FILE_NAME) + 1, with_choices(message, full));
}

START_TEST(wrong_sweep_file_is_refused_with_place_and_remedy)
{
    const refusal *r = &refusals[_i];
    /* A copy of its own, so that a sanitizer sees its end. */
    size_t length = strlen(r->text);
    char *copy = malloc(length);
    memcpy(copy, r->text, length);
    assert_refused(copy, length, r->message);
    free(copy);
}
END_TEST

START_TEST(nul_byte_is_refused)
{
    static const char text[] = "name: a\nquestion: a\0b\n";
    assert_refused(text, sizeof text - 1, "2:12: a NUL byte; a sweep file is a text file");
}
END_TEST

START_TEST(file_over_one_mebibyte_is_refused)
{
    size_t n = 1024 * 1024;
    char *text = mts_alloc(n + 1, 1);
    memset(text, '\n', n + 1);
    memcpy(text, "name: a", 7);
    mts_grid *grid;
    ck_assert_int_eq(mts_grid_parse(text, n, FILE_NAME, NULL, 0, &grid), MTS_OK);
    mts_grid_destroy(grid);
    assert_refused(text, n + 1, "1:1: the file is longer than 1 MiB; split the sweep");
    mts_free(text);
}
END_TEST

START_TEST(more_than_a_thousand_rules_are_refused)
{
    static const char head[] = GRID "exclude:\n", entry[] = "- {seed: 1}\n";
    char *text = mts_alloc(sizeof head + 1001 * sizeof entry, 1);
    size_t length = strlen(strcpy(text, head));
    for (size_t i = 0; i < 1001; i++)
        length += strlen(strcpy(text + length, entry));
    assert_refused(text, length, "4:1: 'exclude' has more than 1000 entries; join some");
    mts_grid *grid;
    length -= sizeof entry - 1;
    ck_assert_int_eq(mts_grid_parse(text, length, FILE_NAME, NULL, 0, &grid), MTS_OK);
    mts_grid_destroy(grid);
    mts_free(text);
}
END_TEST

START_TEST(long_lists_are_cut_in_a_message)
{
    mts_grid *grid;
    char text[4096] = "name: a\ngrid:\n  tasks: [1";
    for (size_t i = 2; i < 200; i++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, ", %zu", 2 * i);
    }
    strcat(text, "]\nexclude: [{tasks: 3}]\n");
    ck_assert_int_eq(mts_grid_parse(text, strlen(text), FILE_NAME, NULL, 0, &grid), MTS_ERR_SWEEP);
    static const char start[] = "s.yaml:4:12: axis 'tasks' has no value 3; it has 1, 4, 6, 8, ";
    ck_assert_msg(strncmp(mts_message(), start, strlen(start)) == 0, "%s", mts_message());
    ck_assert_str_eq(mts_message() + strlen(mts_message()) - 5, ", ...");
    ck_assert_uint_lt(strlen(mts_message()), 300);
}
END_TEST

START_TEST(long_path_leaves_room_for_the_message)
{
    mts_grid *grid;
    char path[3000];
    memset(path, 'x', sizeof path);
    strcpy(path + sizeof path - 8, "/s.yaml");
    ck_assert_int_eq(mts_grid_parse("", 0, path, NULL, 0, &grid), MTS_ERR_SWEEP);
    static const char end[] =
        "xx/s.yaml:1:1: the file is empty; a sweep file has at least 'name: ...'";
    ck_assert_uint_gt(strlen(mts_message()), strlen(end));
    ck_assert_str_eq(mts_message() + strlen(mts_message()) - strlen(end), end);
}
END_TEST

/* ---- --set ---- */

static const char sweep[] = "name: a\n"
                            "zip: [{latents: [2, 4], units: [8, 9]}]\n"
                            "grid: {tasks: [2, 3], arch: [rnn, lstm]}\n"
                            "override:\n"
                            "  - {where: {tasks: 3}, set: {batches: 30}}\n"
                            "exclude: [{tasks: 2, arch: rnn}]\n";

/* Values of --set for the sweep above, and the message. */
static const struct {
    const char *sets[6], *message;
} set_refusals[] = {
    {{"tasks"}, "--set 'tasks': write it as key=value"},
    {{"=3"}, "--set '=3': write it as key=value"},
    {{""}, "--set '': write it as key=value"},
    {{"ntask=3"},
     "--set 'ntask=3': unknown key 'ntask'; did you mean 'tasks'? ('mtsweep fields' lists all)"},
    {{"qqqq=3"}, "--set 'qqqq=3': unknown key 'qqqq'; 'mtsweep fields' lists all"},
    {{"tasks="}, "--set 'tasks=': tasks must be a whole number from 1 to 4096, not ''"},
    {{"tasks=x"}, "--set 'tasks=x': tasks must be a whole number from 1 to 4096, not 'x'"},
    {{"tasks=2,x"}, "--set 'tasks=2,x': tasks must be a whole number from 1 to 4096, not 'x'"},
    {{"tasks= 2"}, "--set 'tasks= 2': tasks must be a whole number from 1 to 4096, not ' 2'"},
    {{"tasks=2,2"}, "--set 'tasks=2,2': 'tasks' has the value 2 twice; remove one"},
    {{"tasks=5..3"},
     "--set 'tasks=5..3': the range '5..3' of tasks descends; write the smaller end first"},
    {{"tasks=1,1..3"}, "--set 'tasks=1,1..3': 'tasks' has the value 1 twice; remove one"},
    {{"arch=tree"}, "--set 'arch=tree': arch must be one of {arch}, not 'tree'"},
    {{"arch=lsmt"},
     "--set 'arch=lsmt': arch must be one of {arch}, not 'lsmt'; did you mean "
     "'lstm'?"},
    {{"sigma=0.1,0.2"},
     "--set 'sigma=0.1,0.2': 'sigma' is no axis of the sweep and takes one value; 'grid' in the "
     "sweep file makes it an axis"},
    {{"sigma=-1"}, "--set 'sigma=-1': sigma must be a number from 0 to 100, not '-1'"},
    {{"seed=0..4"},
     "--set 'seed=0..4': 'seed' is no axis of the sweep and takes one value; 'grid' in the sweep "
     "file makes it an axis"},
    {{"sigma=0..4"}, "--set 'sigma=0..4': sigma must be a number from 0 to 100, not '0..4'"},
    {{"batches=1e99"},
     "--set 'batches=1e99': batches must be a whole number from 0 to 1000000000, not '1e99'"},
    {{"units=1,2,3"}, "--set 'units=1,2,3': 'units' is in a zip group of 2; give one value, or 2"},
    {{"latents=7..9"},
     "--set 'latents=7..9': 'latents' is in a zip group of 2; give one value, or 2"},
    {{"units=3", "latents=2,2"},
     "with --set: entries 1 and 2 of the zip group are the same; remove one"},
    {{"dt=200"},
     "with --set: the run latents=2, units=8, tasks=2, arch=lstm: dt must not be longer than tau, "
     "but dt is 200 ms and tau is 100 ms; lower dt or raise tau"},
    {{"seed=1", "boundaries=fan"},
     "with --set: the run latents=4, units=9, tasks=2, arch=lstm: boundaries fan needs latents 2, "
     "not 4; set boundaries to auto or random"},
    {{"tasks=2", "arch=rnn"}, "with --set: 'exclude' drops every run; remove a condition"},
    {{"tasks=1..4096", "arch=rnn", "units=1", "latents=2", "batches=5", "tau=50"},
     "with --set: the run latents=2, units=1, tasks=1, arch=rnn: dt must not be longer than tau, "
     "but dt is 100 ms and tau is 50 ms; lower dt or raise tau"},
    {{"name=b"}, "--set 'name=b': unknown key 'name'; 'mtsweep fields' lists all"},
    {{"kernels=fast"},
     "--set 'kernels=fast': kernels must be one of {kernels}, not "
     "'fast'"},
    {{"tasks=99999999999999999999999999999999999999999999999999999999999999999999999999999999"},
     "--set 'tasks=999999999999999999999999999999999999999999999999999999...': tasks must be a "
     "whole number from 1 to 4096, not "
     "'999999999999999999999999999999999999999999999999999999999999...'"},
};

START_TEST(wrong_set_option_is_a_usage_error)
{
    char full[MESSAGE_WITH_CHOICES];
    size_t n = 0;
    mts_grid *grid = (mts_grid *)(void *)&grid;
    while (n < 6 && set_refusals[_i].sets[n])
        n++;
    ck_assert_int_eq(
        mts_grid_parse(sweep, strlen(sweep), FILE_NAME, set_refusals[_i].sets, n, &grid),
        MTS_ERR_USAGE);
    ck_assert_ptr_null(grid);
    ck_assert_str_eq(mts_message(), with_choices(set_refusals[_i].message, full));
}
END_TEST

/* What is wrong without --set is the file's fault, even where --set comes with it. */
START_TEST(wrong_file_is_not_blamed_on_the_set_option)
{
    static const char *const sets[] = {"seed=3", "ntask=3"};
    static const char text[] = "name: a\nset: {dt: 200}\ngrid:\n  tasks: [2, 3]\n";
    mts_grid *grid;
    ck_assert_int_eq(mts_grid_parse(text, strlen(text), FILE_NAME, sets, 1, &grid), MTS_ERR_SWEEP);
    ck_assert_str_eq(mts_message(),
                     "s.yaml:3:1: the run tasks=2: dt must not be longer than tau, but dt is 200 "
                     "ms and tau is 100 ms; lower dt or raise tau");
    ck_assert_int_eq(mts_grid_parse("nam: a", 6, FILE_NAME, sets, 2, &grid), MTS_ERR_SWEEP);
    ck_assert_int_eq(mts_grid_parse("name: a", 7, FILE_NAME, sets, 2, &grid), MTS_ERR_USAGE);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nul_byte_is_refused,
        file_over_one_mebibyte_is_refused,
        more_than_a_thousand_rules_are_refused,
        long_lists_are_cut_in_a_message,
        long_path_leaves_room_for_the_message,
        wrong_file_is_not_blamed_on_the_set_option,
    };
    const suite_loop loops[] = {
        {wrong_sweep_file_is_refused_with_place_and_remedy, sizeof refusals / sizeof *refusals},
        {wrong_set_option_is_a_usage_error, sizeof set_refusals / sizeof *set_refusals},
    };
    return run_suite_with_loops("grid_refused", 120, tests, sizeof tests / sizeof *tests, loops,
                                sizeof loops / sizeof *loops);
}
