/* Tests of farm.h with toy callbacks, under mpirun with any number of ranks (and alone). Every rank
 * runs every test, rank 0 judges what the master saw, and failures are summed over the ranks. */
#include <check.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../src/farm/internal.h"

#define MOST 400

static int rank, size;

typedef struct {
    /* instructions */
    size_t n;
    double item_seconds;
    double silent_seconds; /* rank 1 says nothing for so long in its first item */
    size_t fail_index;     /* this index fails ... */
    size_t fail_times;     /* ... so often */
    size_t diverge_index;
    int broken_rank; /* its first item breaks it; -1 = none */
    double stop_after, started;
    int dead_rank; /* is said to be dead after dead_after, and then is silent; -1 = none */
    double dead_after, asleep_after; /* the master sleeps for 1.3 s then */
    size_t again_max;
    /* observations */
    size_t worked, watched, order[MOST], n_order;
    size_t ended[MOST], failed[MOST], stopped, broken, died, of_the_dead;

    size_t told; /* looks at an item that has said of itself what it should */
    bool slept;
    bool was_silent, backwards, mistold;
    double work_done;
    int by[MOST];
    char reason[MTS_FARM_REASON];
} toy;

static void rest(double seconds)
{
    const struct timespec t = {(time_t)seconds, (long)(fmod(seconds, 1) * 1e9)};
    nanosleep(&t, NULL);
}

static bool is_dead(const toy *t, int who)
{
    return who == t->dead_rank && mts_seconds() - t->started > t->dead_after;
}

static bool toy_gone(void *ctx, int who)
{
    return is_dead(ctx, who);
}

static mts_outcome toy_work(void *ctx, size_t index, mts_farm_line *line,
                            char reason[MTS_FARM_REASON])
{
    toy *t = ctx;
    const double start = mts_seconds();
    t->worked++;
    if (t->broken_rank == rank) {
        strcpy(reason, "the file is gone");
        return MTS_FARM_BROKEN;
    }
    if (t->silent_seconds > 0 && rank == 1 && !t->was_silent) {
        t->was_silent = true;
        rest(t->silent_seconds);
    }
    while (is_dead(t, rank))
        if (mts_farm_stopping(line))
            return MTS_FARM_STOPPED;
    do {
        if (is_dead(t, rank))
            return toy_work(ctx, index, line, reason);
        mts_farm_report(line, mts_seconds() - start, t->item_seconds,
                        (const double[MTS_FARM_NOTES]){(double)index, 0.5});
        if (mts_farm_stopping(line))
            return MTS_FARM_STOPPED;
        if (t->item_seconds > 0)
            rest(1e-3);
    } while (mts_seconds() - start < t->item_seconds);
    if (index == t->fail_index) {
        strcpy(reason, "no memory");
        return MTS_FARM_FAILED;
    }
    return index == t->diverge_index ? MTS_FARM_DIVERGED : MTS_FARM_DONE;
}

static void toy_watch(void *ctx, const mts_farm_view *view)
{
    toy *t = ctx;
    t->watched++;
    t->backwards |= view->done + view->diverged + view->failed > view->total;
    t->work_done = view->work_done;
    for (size_t i = 0; i < view->running; i++) {
        const mts_farm_busy *busy = &view->busy[i];
        t->told += busy->note[1] == 0.5;
        t->mistold |= busy->index >= view->total || busy->seconds < 0 ||
                      (busy->note[1] == 0.5 && busy->note[0] != (double)busy->index);
    }
    if (!t->slept && mts_seconds() - t->started > t->asleep_after) {
        t->slept = true;
        rest(1.3);
    }
}

static bool toy_ended(void *ctx, size_t index, int by, mts_outcome outcome, double seconds,
                      const char *reason)
{
    toy *t = ctx;
    (void)seconds;
    t->by[index] = by;
    if (t->n_order < MOST)
        t->order[t->n_order++] = index;
    if (outcome == MTS_FARM_DIED) {
        t->died++;
        t->of_the_dead = index;
        return t->died <= t->again_max;
    }
    if (outcome == MTS_FARM_STOPPED)
        t->stopped++;
    else if (outcome == MTS_FARM_BROKEN)
        t->broken++;
    else
        t->ended[index]++;
    if (outcome == MTS_FARM_FAILED) {
        t->failed[index]++;
        snprintf(t->reason, sizeof t->reason, "%s", reason);
        return t->failed[index] < t->again_max;
    }
    return false;
}

static bool toy_interrupted(void *ctx)
{
    const toy *t = ctx;
    return mts_seconds() - t->started > t->stop_after;
}

static toy toy_new(size_t n)
{
    return (toy){.n = n,
                 .fail_index = SIZE_MAX,
                 .diverge_index = SIZE_MAX,
                 .broken_rank = -1,
                 .dead_rank = -1,
                 .asleep_after = INFINITY,
                 .stop_after = INFINITY,
                 .again_max = 1};
}

static mts_farm farm_of(toy *t, size_t *index, double *cost)
{
    for (size_t i = 0; i < t->n; i++) {
        index[i] = i;
        cost[i] = 1 + (double)((i * 7) % 11);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    t->started = mts_seconds();
    return (mts_farm){.ctx = t,
                      .n = t->n,
                      .index = index,
                      .cost = cost,
                      .deadline = INFINITY,
                      .lost_after = INFINITY,
                      .gone = toy_gone,
                      .work = toy_work,
                      .watch = toy_watch,
                      .ended = toy_ended,
                      .interrupted = toy_interrupted};
}

static size_t worked_by_all(const toy *t)
{
    unsigned long mine = t->worked, all = 0;
    MPI_Allreduce(&mine, &all, 1, MPI_UNSIGNED_LONG, MPI_SUM, MPI_COMM_WORLD);
    return all;
}

static size_t index_[MOST];
static double cost_[MOST];

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
    Suite *suite;
    SRunner *runner;
    TCase *tc;
    int failed, all;
    MPI_Init(NULL, NULL);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    suite = suite_create("farm");
    tc = tcase_create("farm");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, every_item_is_done_exactly_once);
    tcase_add_test(tc, the_longest_items_go_first_to_whoever_is_free_first);
    tcase_add_test(tc, kinds_that_are_faster_than_their_cost_are_learnt_as_they_end);
    tcase_add_test(tc, what_earlier_items_of_a_kind_took_counts);
    tcase_add_test(tc, who_watches_sees_what_each_worker_does_and_says);
    tcase_add_test(tc, longest_items_are_handed_out_first);
    tcase_add_test(tc, an_empty_farm_ends_at_once);
    tcase_add_test(tc, diverged_and_failed_items_are_counted_and_named);
    tcase_add_test(tc, a_failed_item_is_handed_out_again_as_often_as_asked);
    tcase_add_test(tc, a_signal_to_the_master_stops_the_running_items);
    tcase_add_test(tc, a_signal_to_one_worker_stops_the_sweep);
    tcase_add_test(tc, nothing_runs_after_the_deadline);
    tcase_add_test(tc, an_item_that_cannot_finish_before_the_deadline_is_not_started);
    tcase_add_test(tc, a_broken_worker_gets_nothing_more_and_its_item_goes_to_another);
    tcase_add_test(tc, when_all_workers_are_broken_the_first_reason_is_the_message);
    tcase_add_test(tc, the_item_of_a_silent_worker_goes_to_another_and_is_counted_once);
    tcase_add_test(tc, a_worker_that_stays_silent_is_lost_and_every_rank_is_told);
    tcase_add_test(tc, the_item_of_a_dead_worker_goes_to_the_next_one_that_is_free);
    tcase_add_test(tc, what_kills_its_worker_is_failed_where_the_master_says_so);
    tcase_add_test(tc, without_a_worker_alive_the_sweep_stops);
    tcase_add_test(tc, workers_leave_a_master_that_is_dead);
    tcase_add_test(tc, nobody_is_lost_while_the_master_itself_sleeps);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* forking crashes under MPI */
    srunner_run_all(runner, rank == 0 ? CK_NORMAL : CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    MPI_Allreduce(&failed, &all, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Finalize();
    return all == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
