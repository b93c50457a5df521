/* Bytes that are almost a command line, a checkpoint or a lock file: their corpora, changed in a fixed
 * number of ways that are the same in every call. `make fuzz TARGET=options` searches further.
 * None of it needs MPI: the first rank does it alone. */
#include "fuzz/checkpoint_target.h"
#include "fuzz/lock_target.h"
#include "fuzz/mutate.h"
#include "fuzz/options_target.h"
#include "suite.h"

#define COUNT(words) (sizeof(words) / sizeof *(words))

START_TEST(command_lines_are_accepted_or_refused_with_a_message)
{
    static const char *const words[] = {"\n",      "--",           "-",
                                        "=",       "--set=",       "-s\n",
                                        "--ids\n", "--only\n",     "--where\n",
                                        "0-3",     "1/3",          ",",
                                        "arch",    "=lstm",        "tasks=2",
                                        "1e999",   "nan",          "1:00:00",
                                        "2-01:00", "-5",           "--help",
                                        "-o\n",    "--json",       "\xff",
                                        "\x1b[m",  "\xe2\x80\xae", "99999999999999999999",
                                        "..",      "seed",         "[1]"};
    enum { N = 20000 };
    corpus all = corpus_read("tests/fuzz/corpus/options/*", NULL, options_target, true);
    const size_t accepted = corpus_mutate(&all, N, words, COUNT(words), options_target);
    ck_assert_uint_gt(accepted, 1000);
    ck_assert_uint_lt(accepted, N - 1000);
    mts_free(all.file);
}
END_TEST

START_TEST(any_checkpoint_is_continued_or_refused)
{
    static const char *const words[] = {"mtscheck", "\x01", "\xff\xff\xff\xff\xff\xff\xff\xff",
                                        "\x80"};
    corpus all = corpus_read("tests/fuzz/corpus/checkpoint/*", NULL, checkpoint_target, false);
    corpus_mutate(&all, 1000, words, COUNT(words), checkpoint_target);
    mts_free(all.file);
}
END_TEST

START_TEST(any_lock_file_without_a_holder_is_taken)
{
    static const char *const words[] = {
        " ", "\n", "-", "1", "99999999999999999999", "nan", "inf", "1e308", "host", "\x1b", "\t"};
    enum { N = 2000 };
    corpus all = corpus_read("tests/fuzz/corpus/lock/*", NULL, lock_target, false);
    const size_t named = corpus_mutate(&all, N, words, COUNT(words), lock_target);
    ck_assert_uint_gt(named, 100);
    ck_assert_uint_lt(named, N - 100);
    mts_free(all.file);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {command_lines_are_accepted_or_refused_with_a_message,
                                  any_checkpoint_is_continued_or_refused,
                                  any_lock_file_without_a_holder_is_taken};
    if (!mts_app_first_rank())
        return 0;
    return run_suite("fuzz", 100, tests, sizeof tests / sizeof *tests);
}
