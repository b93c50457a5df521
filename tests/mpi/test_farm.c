/* Tests of farm.h with toy callbacks, under mpirun with any number of ranks (and alone): the order of
 * work, who watches, signals and deadlines. */
#include "toy_farm.h"

static size_t worked_by_all(const toy *t)
{
    unsigned long mine = t->worked, all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_UNSIGNED_LONG, MPI_SUM, MPI_COMM_WORLD);
    return all;
}

START_TEST(every_item_is_done_exactly_once)
{
    toy t = toy_new(MOST);
    const mts_farm farm = farm_of(&t, index_, cost_);
    mts_farm_view view;
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    const size_t worked = worked_by_all(&t);
    ck_assert_int_eq(st, MTS_OK);
    ck_assert_uint_eq(worked, MOST);
    ck_assert_uint_eq(view.lost, 0);
    if (rank == 0) {
        for (size_t i = 0; i < MOST; i++) {
            ck_assert_uint_eq(t.ended[i], 1);
            ck_assert_int_eq(t.by[i] > 0, size > 1);
        }
        ck_assert_uint_eq(view.done, MOST);
        ck_assert_uint_eq(view.running + view.todo + view.failed + view.diverged, 0);
        ck_assert_uint_eq(view.workers, size > 1 ? (size_t)size - 1 : 1);
        ck_assert_double_eq_tol(view.work_done, view.work_total, 1e-9);
        ck_assert_double_eq(view.left, 0);
        ck_assert(!t.backwards && !t.mistold);
        ck_assert_uint_ge(t.watched, 1);
    }
}
END_TEST

START_TEST(who_watches_sees_what_each_worker_does_and_says)
{
    toy t = toy_new(6);
    mts_farm farm = farm_of(&t, index_, cost_);
    mts_farm_view view;
    t.item_seconds = 0.3;
    farm.lost_after = 0.4; /* then a worker speaks every tenth of a second */
    ck_assert_int_eq(mts_farm_run(MPI_COMM_WORLD, &farm, &view), MTS_OK);
    ck_assert_ptr_null(view.busy);
    if (rank == 0) {
        ck_assert_uint_gt(t.told, 0);
        ck_assert(!t.mistold);
    }
}
END_TEST

START_TEST(longest_items_are_handed_out_first)
{
    toy t = toy_new(60);
    const mts_farm farm = farm_of(&t, index_, cost_);
    mts_farm_view view;
    t.item_seconds = 0.003;
    ck_assert_int_eq(mts_farm_run(MPI_COMM_WORLD, &farm, &view), MTS_OK);
    /* Exact where one hand does all; with more they may overtake each other. */
    if (rank == 0 && size <= 2)
        for (size_t i = 1; i < t.n_order; i++)
            ck_assert_double_le(cost_[t.order[i]], cost_[t.order[i - 1]]);
    if (rank == 0)
        ck_assert_double_ge(cost_[t.order[0]], 10);
}
END_TEST

START_TEST(an_empty_farm_ends_at_once)
{
    toy t = toy_new(0);
    const mts_farm farm = farm_of(&t, index_, cost_);
    mts_farm_view view;
    ck_assert_int_eq(mts_farm_run(MPI_COMM_WORLD, &farm, &view), MTS_OK);
    ck_assert_uint_eq(view.total, 0);
}
END_TEST

START_TEST(diverged_and_failed_items_are_counted_and_named)
{
    toy t = toy_new(20);
    mts_farm_view view;
    t.fail_index = 3;
    t.diverge_index = 5;
    const mts_farm farm = farm_of(&t, index_, cost_);
    ck_assert_int_eq(mts_farm_run(MPI_COMM_WORLD, &farm, &view), MTS_OK);
    if (rank == 0) {
        ck_assert_uint_eq(view.failed, 1);
        ck_assert_uint_eq(view.diverged, 1);
        ck_assert_uint_eq(view.done, 18);
        ck_assert_str_eq(t.reason, "no memory");
    }
}
END_TEST

START_TEST(a_failed_item_is_handed_out_again_as_often_as_asked)
{
    toy t = toy_new(20);
    mts_farm_view view;
    t.fail_index = 3;
    t.again_max = 3;
    const mts_farm farm = farm_of(&t, index_, cost_);
    ck_assert_int_eq(mts_farm_run(MPI_COMM_WORLD, &farm, &view), MTS_OK);
    ck_assert_uint_eq(worked_by_all(&t), 22);
    if (rank == 0) {
        ck_assert_uint_eq(t.failed[3], 3);
        ck_assert_uint_eq(view.failed, 1);
        ck_assert_uint_eq(view.done, 19);
        if (size < 3) /* of two workers the other may end last */
            ck_assert_uint_eq(t.order[t.n_order - 1], 3);
    }
}
END_TEST

START_TEST(a_signal_to_the_master_stops_the_running_items)
{
    toy t = toy_new(50);
    mts_farm_view view;
    t.item_seconds = 30;
    const mts_farm farm = farm_of(&t, index_, cost_);
    t.stop_after = rank == 0 ? 0.3 : INFINITY;
    const double start = mts_seconds();
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    ck_assert_int_eq(st, rank == 0 ? MTS_STOPPED : MTS_OK);
    ck_assert_double_lt(mts_seconds() - start, 20); /* less than one item */
    if (rank == 0) {
        ck_assert_uint_eq(view.done, 0);
        ck_assert_uint_eq(view.todo, 50);
        ck_assert_uint_eq(view.running, 0);
        ck_assert_uint_eq(t.stopped, size > 1 ? (size_t)size - 1 : 1);
        ck_assert_str_eq(mts_message(), "stopped with 50 of 50 items left");
    }
}
END_TEST

START_TEST(a_signal_to_one_worker_stops_the_sweep)
{
    toy t = toy_new(50);
    mts_farm_view view;
    t.item_seconds = 30;
    const mts_farm farm = farm_of(&t, index_, cost_);
    t.stop_after = rank == size - 1 ? 0.3 : INFINITY;
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    ck_assert_int_eq(st, rank == 0 ? MTS_STOPPED : MTS_OK);
}
END_TEST

START_TEST(nothing_runs_after_the_deadline)
{
    toy t = toy_new(50);
    mts_farm_view view;
    t.item_seconds = 30;
    mts_farm farm = farm_of(&t, index_, cost_);
    farm.deadline = mts_seconds() + 0.3;
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    ck_assert_int_eq(st, rank == 0 ? MTS_STOPPED : MTS_OK);
    if (rank == 0) {
        ck_assert_uint_eq(view.running, 0);
        ck_assert_uint_eq(view.done, 0);
    }
}
END_TEST

START_TEST(an_item_that_cannot_finish_before_the_deadline_is_not_started)
{
    toy t = toy_new((size_t)size + 1);
    mts_farm_view view;
    /* All cost the same and take .2 s; after the first round there is no time for another. */
    t.item_seconds = 0.2;
    mts_farm farm = farm_of(&t, index_, cost_);
    for (size_t i = 0; i < t.n; i++)
        cost_[i] = 5;
    farm.deadline = mts_seconds() + 0.39;
    const mts_status st = mts_farm_run(MPI_COMM_WORLD, &farm, &view);
    ck_assert_int_eq(st, rank == 0 ? MTS_STOPPED : MTS_OK);
    if (rank == 0) {
        ck_assert_uint_eq(t.stopped, 0);
        ck_assert_uint_ge(view.todo, 1);
    }
}
END_TEST

START_TEST(the_longest_items_go_first_to_whoever_is_free_first)
{
    const double cost[] = {1, 4, 2, 5, 3, 3};
    const struct {
        size_t n, workers;
        double makespan;
    } known[] = {{0, 3, 0},  {1, 5, 1}, {6, 1, 18}, {6, 2, 9}, /* 5 + 3 + 1, 4 + 3 + 2 */
                 {6, 3, 6},                                    /* 5 + 1, 4 + 2, 3 + 3 */
                 {6, 4, 5},                                    /* 5, 4 + 1, 3 + 2, 3 */
                 {6, 100, 5}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double makespan = -1;
        ck_assert_int_eq(mts_farm_makespan(cost, known[i].n, known[i].workers, &makespan), MTS_OK);
        ck_assert_double_eq(makespan, known[i].makespan);
    }
}
END_TEST

/* Three kinds that take different times for the same cost, on four workers of which one is half as
 * fast: worked off on paper, with a clock that jumps. */
START_TEST(kinds_that_are_faster_than_their_cost_are_learnt_as_they_end)
{
    enum { N = 120, HANDS = 4 };
    static const double pace[] = {1, 0.5, 0.3};
    toy t = toy_new(N);
    uint32_t kind[N];
    double when[4 * N], left[4 * N], seconds[N], end[HANDS + 1], now = 0, best;
    size_t doing[HANDS + 1], item, n = 0, ended = 0;
    mts_farm farm = farm_of(&t, index_, cost_);
    mts_farm_master *m;
    for (size_t i = 0; i < N; i++) {
        cost_[i] = (double)(3 * (kind[i] = (uint32_t)(i % 3)) + 1 + i % 2);
        seconds[i] = cost_[i] * pace[kind[i]];
    }
    farm.kind = kind;
    ck_assert_int_eq(mts_farm_master_create(&farm, NULL, HANDS + 1, &m), MTS_OK);
    for (int r = 1; r <= HANDS; r++)
        end[r] = 0;
    for (int r = 1; ended < N; r = 1) {
        for (int other = 2; other <= HANDS; other++)
            r = end[other] < end[r] ? other : r;
        now = end[r];
        if (now > 0) {
            const mts_farm_message over = {
                .outcome = MTS_FARM_DONE, .item = doing[r], .seconds = now - m->crew[r].since};
            mts_farm_over(m, r, &over, now);
            ended++;
        }
        end[r] = INFINITY;
        if (mts_farm_pick(m, r, now, &item)) {
            doing[r] = item;
            mts_farm_began(m, r, item, now);
            end[r] = now + seconds[item] * (r == 1 ? 2 : 1);
        }
        when[n] = now;
        left[n++] = mts_farm_left(m, now);
    }
    for (size_t i = 0; i < n; i++)
        if (when[i] > now / 3 && when[i] < 0.9 * now)
            ck_assert_double_eq_tol(left[i], now - when[i], 0.25 * (now - when[i]));
    /* All together are as fast as 3.5 workers. */
    ck_assert_int_eq(mts_farm_makespan(seconds, N, HANDS, &best), MTS_OK);
    ck_assert_double_le(now, 1.1 * best * HANDS / 3.5);
    mts_farm_master_destroy(m);
}
END_TEST

START_TEST(what_earlier_items_of_a_kind_took_counts)
{
    static const mts_farm_past past[MTS_FARM_KINDS] = {{1000, 1000}, {1000, 4000}};
    toy t = toy_new(3);
    uint32_t kind[] = {0, 1, 0};
    size_t item;
    mts_farm farm = farm_of(&t, index_, cost_); /* 1, 8, 4 */
    mts_farm_master *m;
    cost_[1] = 2;
    farm.kind = kind, farm.past = past;
    ck_assert_int_eq(mts_farm_master_create(&farm, NULL, 2, &m), MTS_OK);
    m->crew[1].state = CREW_IDLE;
    ck_assert_double_eq_tol(mts_farm_left(m, 0), 1 + 8 + 4, 1e-9);
    ck_assert(mts_farm_pick(m, 1, 0, &item));
    ck_assert_uint_eq(item, 1);
    mts_farm_master_destroy(m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_item_is_done_exactly_once,
        the_longest_items_go_first_to_whoever_is_free_first,
        kinds_that_are_faster_than_their_cost_are_learnt_as_they_end,
        what_earlier_items_of_a_kind_took_counts,
        who_watches_sees_what_each_worker_does_and_says,
        longest_items_are_handed_out_first,
        an_empty_farm_ends_at_once,
        diverged_and_failed_items_are_counted_and_named,
        a_failed_item_is_handed_out_again_as_often_as_asked,
        a_signal_to_the_master_stops_the_running_items,
        a_signal_to_one_worker_stops_the_sweep,
        nothing_runs_after_the_deadline,
        an_item_that_cannot_finish_before_the_deadline_is_not_started,
    };
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const int status = run_mpi_suite("farm", tests, sizeof tests / sizeof *tests);
    MPI_Finalize();
    return status;
}
