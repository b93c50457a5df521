/* mpi_suite.h: the runner of tests under MPI: every rank runs all of them, rank 0 reports, and failures
 * are summed over the ranks. MPI_Init and the two numbers are the caller's. */
#ifndef MTSWEEP_TESTS_MPI_SUITE_H
#define MTSWEEP_TESTS_MPI_SUITE_H

#include <check.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int rank, size;

static inline int run_mpi_suite(const char *name, const TTest *const *tests, size_t n)
{
    TCase *tcase = tcase_create(name);
    Suite *suite = suite_create(name);
    SRunner *runner;
    int failed, all;
    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* forking crashes under MPI */
    srunner_run_all(runner, rank == 0 ? CK_NORMAL : CK_SILENT);
    failed = srunner_ntests_failed(runner);
    TestResult **const results = srunner_failures(runner);
    for (int i = 0; rank > 0 && i < failed; i++)
        fprintf(stderr, "rank %d: %s: %s\n", rank, tr_tcname(results[i]), tr_msg(results[i]));
    free(results);
    srunner_free(runner);
    MPI_Allreduce(&failed, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    return all == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
