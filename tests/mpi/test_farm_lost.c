/* Tests of farm.h where workers break, fall silent or die, and the master sleeps or dies. */
#include "toy_farm.h"

START_TEST(a_broken_worker_gets_nothing_more_and_its_item_goes_to_another)
{
    toy t = toy_new(20);
    mts_farm_view view;
    if (size < 3)
        return;
    t.broken_rank = 1;
    t.item_seconds = 0.005;
    const mts_farm farm = farm_of(&t, index_, cost_);
    ck_assert_int_eq(mts_farm_run(MPI_COMM_WORLD, &farm, &view), MTS_OK);
    if (rank == 1)
        ck_assert_uint_eq(t.worked, 1);
    if (rank == 0) {
        ck_assert_uint_eq(t.broken, 1);
        ck_assert_uint_eq(view.done, 20);
        ck_assert_uint_eq(view.workers, (size_t)size - 2);
    }
}
END_TEST

START_TEST(when_all_workers_are_broken_the_first_reason_is_the_message)
{
    toy t = toy_new(20);
    mts_farm_view view;
    t.broken_rank = rank;
    const mts_farm farm = farm_of(&t, index_, cost_);
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    ck_assert_int_eq(st, rank == 0 ? MTS_ERR_IO : MTS_OK);
    if (rank == 0) {
        ck_assert_str_eq(mts_message(), "the file is gone");
        ck_assert_uint_eq(view.done, 0);
        ck_assert_uint_eq(view.workers, 0);
    }
}
END_TEST

START_TEST(the_item_of_a_silent_worker_goes_to_another_and_is_counted_once)
{
    toy t = toy_new(40);
    mts_farm_view view;
    if (size < 3)
        return;
    /* Rank 1 comes back while the others still work: it is welcome, its late item counts once. */
    t.item_seconds = 0.05;
    t.silent_seconds = 0.7;
    mts_farm farm = farm_of(&t, index_, cost_);
    farm.lost_after = 0.25;
    ck_assert_int_eq(mts_farm_run(MPI_COMM_WORLD, &farm, &view), MTS_OK);
    if (rank == 0) {
        ck_assert_uint_eq(view.done, 40);
        for (size_t i = 0; i < t.n; i++)
            ck_assert_uint_eq(t.ended[i], 1);
    }
}
END_TEST

START_TEST(a_worker_that_stays_silent_is_lost_and_every_rank_is_told)
{
    toy t = toy_new(10);
    mts_farm_view view;
    if (size < 3)
        return;
    t.item_seconds = 0.02;
    t.silent_seconds = 3;
    mts_farm farm = farm_of(&t, index_, cost_);
    farm.lost_after = 0.25;
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    ck_assert_uint_eq(view.lost, 1);
    if (rank == 0) {
        ck_assert_int_eq(st, MTS_OK);
        ck_assert_uint_eq(view.done, 10);
    }
}
END_TEST

START_TEST(the_item_of_a_dead_worker_goes_to_the_next_one_that_is_free)
{
    toy t = toy_new(12);
    mts_farm_view view;
    if (size < 3)
        return;
    t.item_seconds = 0.2;
    t.dead_rank = 1;
    t.dead_after =
        0.05; /* in its first item, the longest or the second; nobody waits for its word */
    const mts_farm farm = farm_of(&t, index_, cost_);
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    ck_assert_uint_eq(view.lost, 1);
    if (rank == 0) {
        ck_assert_int_eq(st, MTS_OK);
        ck_assert_uint_eq(view.done, 12);
        ck_assert_uint_eq(t.died, 1);
        ck_assert_uint_eq(t.ended[t.of_the_dead], 1);
        /* Of the other worker's it is the second: the first was under way. */
        if (size == 3)
            ck_assert_uint_eq(t.order[2], t.of_the_dead);
    }
}
END_TEST

START_TEST(what_kills_its_worker_is_failed_where_the_master_says_so)
{
    toy t = toy_new(12);
    mts_farm_view view;
    if (size < 3)
        return;
    t.item_seconds = 0.1;
    t.dead_rank = 1;
    t.dead_after = 0.05;
    t.again_max = 0;
    const mts_farm farm = farm_of(&t, index_, cost_);
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    if (rank == 0) {
        ck_assert_int_eq(st, MTS_OK);
        ck_assert_uint_eq(view.failed, 1);
        ck_assert_uint_eq(view.done, 11);
        ck_assert_uint_eq(t.ended[t.of_the_dead], 0);
    }
}
END_TEST

START_TEST(without_a_worker_alive_the_sweep_stops)
{
    toy t = toy_new(5);
    mts_farm_view view;
    if (size != 2)
        return;
    t.item_seconds = 0.2;
    t.dead_rank = 1;
    t.dead_after = 0.05;
    const mts_farm farm = farm_of(&t, index_, cost_);
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    if (rank == 0) {
        ck_assert_int_eq(st, MTS_STOPPED);
        ck_assert_str_eq(mts_message(), "all workers are lost");
        ck_assert_uint_eq(view.workers, 0);
        ck_assert_uint_eq(view.todo, 5);
    }
}
END_TEST

START_TEST(workers_leave_a_master_that_is_dead)
{
    toy t = toy_new(20);
    mts_farm_view view;
    if (size < 2)
        return;
    t.item_seconds = 30;
    if (rank > 0) { /* the master itself knows nothing of it, as if it only slept */
        t.dead_rank = 0;
        t.dead_after = 0.2;
    }
    const mts_farm farm = farm_of(&t, index_, cost_);
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    ck_assert_int_eq(st, MTS_STOPPED);
    ck_assert_uint_gt(view.lost, 0);
    if (rank == 0) {
        ck_assert_uint_eq(view.todo, 20);
        ck_assert_uint_eq(view.lost, (size_t)size - 1);
        ck_assert_uint_eq(t.stopped, 0);
    }
}
END_TEST

START_TEST(nobody_is_lost_while_the_master_itself_sleeps)
{
    toy t = toy_new(4);
    mts_farm_view view;
    t.item_seconds = 1.5;
    t.asleep_after = 0.3;
    mts_farm farm = farm_of(&t, index_, cost_);
    farm.lost_after = 0.5;
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    ck_assert_int_eq(st, MTS_OK);
    ck_assert_uint_eq(view.lost, 0);
    if (rank == 0)
        ck_assert_uint_eq(view.done, 4);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_broken_worker_gets_nothing_more_and_its_item_goes_to_another,
        when_all_workers_are_broken_the_first_reason_is_the_message,
        the_item_of_a_silent_worker_goes_to_another_and_is_counted_once,
        a_worker_that_stays_silent_is_lost_and_every_rank_is_told,
        the_item_of_a_dead_worker_goes_to_the_next_one_that_is_free,
        what_kills_its_worker_is_failed_where_the_master_says_so,
        without_a_worker_alive_the_sweep_stops,
        workers_leave_a_master_that_is_dead,
        nobody_is_lost_while_the_master_itself_sleeps,
    };
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const int status = run_mpi_suite("farm_lost", tests, sizeof tests / sizeof *tests);
    MPI_Finalize();
    return status;
}
