/* Bytes that are almost a sweep file: the corpus, changed in a fixed number of ways that are the
 * same in every call. `make fuzz TARGET=sweep` searches further. */
#include "fuzz/mutate.h"
#include "fuzz/sweep_target.h"
#include "suite.h"

#define CORPUS "tests/fuzz/corpus/sweep/*.yaml", "sweeps/*.yaml", sweep_target, true

START_TEST(corpus_and_sweeps_of_the_project_are_accepted)
{
    corpus all = corpus_read(CORPUS);
    ck_assert_uint_gt(all.n, 5);
    mts_free(all.file);
}
END_TEST

START_TEST(changed_sweep_files_are_accepted_or_refused_with_a_message)
{
    static const char *const words[] = {
        "name: ", "grid:", "zip:",  "set:",     "override:", "exclude:", "where: ", "arch",
        "tasks",  "seed",  "sigma", "latents",  "folds",     "kernels",  "rnn",     "fan",
        "..",     "0..4",  "1e5",   "-1",       "nan",       ": ",       "- ",      "[",
        "]",      "{",     "}",     ", ",       "? ",        "&a ",      "*a",      "!!str ",
        "---\n",  "...\n", "\n",    "  ",       "\"",        "'",        "|\n",     "\x01",
        "\xff",   "#",     "\t",    "99999999", "0x1",       "e",        ".",       "\xef\xbb\xbf",
    };
    enum { N = 20000 };
    corpus all = corpus_read(CORPUS);
    size_t accepted = corpus_mutate(&all, N, words, sizeof words / sizeof *words, sweep_target);
    /* Both must happen often, or the mutations test little. */
    ck_assert_uint_gt(accepted, 1000);
    ck_assert_uint_lt(accepted, N - 1000);
    mts_free(all.file);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        corpus_and_sweeps_of_the_project_are_accepted,
        changed_sweep_files_are_accepted_or_refused_with_a_message,
    };
    return run_suite("fuzz_sweep", 600, tests, sizeof tests / sizeof *tests);
}
