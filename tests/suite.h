/* suite.h: runs a list of tests of the check library as one suite. */
#ifndef MTSWEEP_TESTS_SUITE_H
#define MTSWEEP_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Under AddressSanitizer an allocation that is too large ends the program unless told otherwise;
 * tests ask for such ones to see them refused. Unused elsewhere. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* ck_assert for every element of an array: the check library writes to a file with each of its own
 * assertions, also with those that hold. */
#define assert_each(condition)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("assertion '%s' failed", #condition);                                     \
    } while (0)

/* A test that runs n times, with _i = 0 .. n - 1: one for each case of a table. */
typedef struct suite_loop {
    const TTest *test;
    size_t n;
} suite_loop;

/* Runs the tests and then the loops; each test may take `seconds`. Returns the exit status of the
 * test program. */
static inline int run_suite_with_loops(const char *name, double seconds, const TTest *const *tests,
                                       size_t n_tests, const suite_loop *loops, size_t n_loops)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, seconds);
    for (size_t i = 0; i < n_tests; i++)
        tcase_add_test(tcase, tests[i]);
    for (size_t i = 0; i < n_loops; i++)
        tcase_add_loop_test(tcase, loops[i].test, 0, (int)loops[i].n);
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static inline int run_suite(const char *name, double seconds, const TTest *const *tests, size_t n)
{
    return run_suite_with_loops(name, seconds, tests, n, NULL, 0);
}

#endif
