/* Tests of what `run` looks at before its first run: hosts, memory and cores of its ranks, as they are
 * here and as they might be. Every rank runs every test for itself. */
#include <sys/stat.h>

#include "../src/app/verb_run.h"
#include "store_file.h"

#define GIB 0x1p30

/* Rank r on the host, with `cores` cores from number `first` on. */
static mts_app_seat seat_of(const char *host, double memory, size_t first, size_t cores)
{
    mts_app_seat seat = {.cpu = "one", .kernels = "x86-64-v4", .memory = memory};
    snprintf(seat.host, sizeof seat.host, "%s", host);
    for (size_t i = first; i < first + cores; i++)
        seat.cores[i / 8] |= (unsigned char)(1u << i % 8);
    return seat;
}

static void write_text(const char *root, const char *name, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        mkdir(path, 0755);
        *p = '/';
    }
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static double memory_of(const char *root)
{
    mts_app_seat seat;
    mts_app_seat_take(root, "auto", &seat);
    return seat.memory;
}

/* ---- what a rank has ---- */

START_TEST(memory_is_what_is_free_or_what_a_cgroup_allows)
{
    char root[PATH_MAX];
    snprintf(root, sizeof root, "%s", place("free"));
    ck_assert(isinf(memory_of(root)));
    write_text(root, "proc/meminfo",
               "MemTotal:  9000000 kB\nMemFree: 7 kB\nMemAvailable:  4194304 kB\n");
    ck_assert_double_eq(memory_of(root), 4 * GIB);
    write_text(root, "proc/self/cgroup", "0::/job/step\n");
    ck_assert_double_eq(memory_of(root), 4 * GIB);
    write_text(root, "sys/fs/cgroup/job/step/memory.max", "max\n");
    ck_assert_double_eq(memory_of(root), 4 * GIB);
    write_text(root, "sys/fs/cgroup/job/memory.max", "3221225472\n");
    ck_assert_double_eq(memory_of(root), 3 * GIB);
    write_text(root, "sys/fs/cgroup/memory.max", "1073741824\n");
    ck_assert_double_eq(memory_of(root), 1 * GIB);
}
END_TEST

START_TEST(cgroups_of_the_first_version_count_too)
{
    char root[PATH_MAX];
    snprintf(root, sizeof root, "%s", place("first"));
    write_text(root, "proc/self/cgroup",
               "5:cpu,cpuacct:/slurm/job\n4:memory:/slurm/job\n1:name=systemd:/\n");
    write_text(root, "sys/fs/cgroup/memory/slurm/job/memory.limit_in_bytes", "2147483648\n");
    write_text(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    ck_assert_double_eq(memory_of(root), 2 * GIB);
}
END_TEST

START_TEST(a_rank_knows_where_it_is)
{
    mts_app_seat seat;
    char host[MTS_HOST_TEXT];
    size_t cores = 0;
    mts_app_host(host);
    mts_app_seat_take("", "generic", &seat);
    ck_assert_str_eq(seat.host, host);
    ck_assert_str_eq(seat.kernels, "generic");
    ck_assert(seat.memory > 0 && isfinite(seat.memory));
    for (size_t i = 0; i < sizeof seat.cores; i++)
        cores += (size_t)__builtin_popcount(seat.cores[i]);
    ck_assert_uint_ge(cores, 1);
    mts_app_seat_take("", "auto", &seat);
    ck_assert_str_ne(seat.kernels, "auto");
}
END_TEST

/* ---- memory ---- */

START_TEST(what_fits_is_let_through)
{
    const mts_app_seat seat[] = {seat_of("a", 4 * GIB, 0, 1), seat_of("a", 4 * GIB, 0, 1),
                                 seat_of("a", 4 * GIB, 1, 1), seat_of("b", 2 * GIB, 0, 1)};
    const double need[] = {2 * GIB, 2 * GIB, GIB, GIB};
    ck_assert_int_eq(mts_app_seats_memory(seat, 4, need, 4, "run 0"), MTS_OK);
    /* Where fewer runs are left than there are workers, the others need nothing. */
    ck_assert_int_eq(mts_app_seats_memory(seat, 3, (double[]){4 * GIB}, 1, "run 0"), MTS_OK);
    ck_assert_int_eq(mts_app_seats_memory(seat, 4, need, 0, ""), MTS_OK);
}
END_TEST

START_TEST(a_run_that_no_host_can_hold_is_refused)
{
    const mts_app_seat seat[] = {seat_of("a", 4 * GIB, 0, 1), seat_of("a", 4 * GIB, 0, 1),
                                 seat_of("b", 2 * GIB, 0, 1)};
    ck_assert_int_eq(mts_app_seats_memory(seat, 3, (double[]){3 * GIB, GIB}, 2, "run 7 (tasks=9)"),
                     MTS_ERR_MEMORY);
    ck_assert_str_eq(mts_message(),
                     "run 7 (tasks=9) needs 3.0 GiB of memory, and b has 2.0 GiB; make "
                     "units, batch or steps smaller, or take a larger machine");
}
END_TEST

START_TEST(workers_that_together_need_too_much_are_refused)
{
    const mts_app_seat seat[] = {seat_of("a", 4 * GIB, 0, 1), seat_of("a", 4 * GIB, 0, 1),
                                 seat_of("a", 4 * GIB, 1, 1), seat_of("a", 4 * GIB, 2, 1)};
    const double need[] = {2 * GIB, 1.5 * GIB, GIB, GIB};
    ck_assert_int_eq(mts_app_seats_memory(seat, 4, need, 4, "run 0"), MTS_ERR_MEMORY);
    ck_assert_str_eq(mts_message(), "3 workers on a need 4.5 GiB of memory together, up to 2.0 GiB "
                                    "each, and it has 4.0 GiB; start at most 2 there");
}
END_TEST

/* ---- cores ---- */

START_TEST(workers_that_share_cores_are_named)
{
    char line[MTS_MESSAGE_MAX];
    mts_app_seat seat[] = {seat_of("a", GIB, 0, 2), seat_of("a", GIB, 0, 2),
                           seat_of("a", GIB, 0, 2), seat_of("a", GIB, 0, 2)};
    ck_assert(!mts_app_seats_crowded(seat, 1, line));
    ck_assert(!mts_app_seats_crowded(seat, 3, line)); /* the first rank hardly computes */
    ck_assert(mts_app_seats_crowded(seat, 4, line));
    ck_assert_str_eq(line, "3 workers share 2 cores on a; one worker a core is fastest");
    /* Bound to one core each, they have them together; all to the same one they do not. */
    for (size_t r = 1; r < 4; r++)
        seat[r] = seat_of("a", GIB, r - 1, 1);
    ck_assert(!mts_app_seats_crowded(seat, 4, line));
    for (size_t r = 1; r < 4; r++)
        seat[r] = seat_of(r < 3 ? "a" : "b", GIB, 5, 1);
    ck_assert(mts_app_seats_crowded(seat, 4, line));
    ck_assert_str_eq(line, "2 workers share 1 core on a; one worker a core is fastest");
    seat[0] = seat_of("b", GIB, 5, 1);
    ck_assert(mts_app_seats_crowded(seat, 4, line));
}
END_TEST

START_TEST(of_many_crowded_hosts_one_is_named)
{
    char line[MTS_MESSAGE_MAX];
    mts_app_seat seat[9];
    static const char *const host[] = {"a", "a", "a", "b", "b", "c", "c", "d", "d"};
    for (size_t r = 0; r < 9; r++)
        seat[r] = seat_of(host[r], GIB, 0, r < 7 ? 1 : 2);
    ck_assert(mts_app_seats_crowded(seat, 9, line));
    ck_assert_str_eq(line,
                     "2 workers share 1 core on a, and so on 2 more hosts; one worker a core is "
                     "fastest");
    for (size_t r = 0; r < 9; r++)
        memset(seat[r].cores, 0, sizeof seat[r].cores);
    ck_assert(!mts_app_seats_crowded(seat, 9, line)); /* not known */
}
END_TEST

/* ---- CPUs ---- */

START_TEST(ranks_that_compute_differently_are_named)
{
    char line[MTS_MESSAGE_MAX];
    mts_session session;
    mts_app_seat seat[5];
    for (size_t r = 0; r < 5; r++)
        seat[r] = seat_of("a", GIB, 0, 1);
    strcpy(seat[0].cpu, "the master's");
    ck_assert(!mts_app_seats_differ(seat, 5, line));
    mts_app_seats_describe(seat, 5, &session);
    ck_assert_str_eq(session.cpu, "one");
    ck_assert_str_eq(session.kernels, "x86-64-v4");
    strcpy(seat[2].cpu, "two");
    strcpy(seat[2].kernels, "x86-64-v3");
    strcpy(seat[3].cpu, "two");
    strcpy(seat[3].kernels, "x86-64-v3");
    ck_assert(mts_app_seats_differ(seat, 5, line));
    ck_assert_str_eq(line, "workers run on different CPUs: 2 on one, kernels x86-64-v4; 2 on two, "
                           "kernels x86-64-v3");
    mts_app_seats_describe(seat, 5, &session);
    ck_assert_str_eq(session.cpu, "one, two");
    ck_assert_str_eq(session.kernels, "x86-64-v4, x86-64-v3");
    mts_app_seats_describe(seat, 1, &session);
    ck_assert_str_eq(session.cpu, "the master's");
}
END_TEST

START_TEST(many_kinds_of_hosts_fit_into_line_and_session)
{
    char line[MTS_MESSAGE_MAX];
    mts_session session;
    mts_app_seat seat[100];
    for (size_t r = 0; r < 100; r++) {
        seat[r] = seat_of("a", GIB, 0, 1);
        snprintf(seat[r].cpu, sizeof seat[r].cpu, "a processor with a long name, number %zu", r);
    }
    ck_assert(mts_app_seats_differ(seat, 100, line));
    ck_assert_uint_lt(strlen(line), MTS_MESSAGE_MAX);
    mts_app_seats_describe(seat, 100, &session);
    ck_assert_uint_eq(strlen(session.cpu), sizeof session.cpu - 1);
}
END_TEST

/* ---- the last moments ---- */

START_TEST(the_time_kept_for_saving_is_what_saving_took)
{
    mts_app_run run = {.limit = 3600};
    ck_assert_double_eq(mts_app_ending(&run), 1);
    run.took.save = 30;
    ck_assert_double_eq(mts_app_ending(&run), 61);
    run.took.open = 4;
    run.took.row = 5;
    run.took.pause = .5;
    ck_assert_double_eq(mts_app_ending(&run), 80);
    run.took.pause = 1e6; /* it was suspended */
    ck_assert_double_eq(mts_app_ending(&run), 900);
    run = (mts_app_run){.limit = 2};
    ck_assert_double_eq_tol(mts_app_ending(&run), .1, 1e-12);
    run.limit = INFINITY;
    ck_assert_double_eq(mts_app_ending(&run), 1);
}
END_TEST

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const TTest *const tests[] = {
        memory_is_what_is_free_or_what_a_cgroup_allows,
        cgroups_of_the_first_version_count_too,
        a_rank_knows_where_it_is,
        what_fits_is_let_through,
        a_run_that_no_host_can_hold_is_refused,
        workers_that_together_need_too_much_are_refused,
        workers_that_share_cores_are_named,
        of_many_crowded_hosts_one_is_named,
        ranks_that_compute_differently_are_named,
        many_kinds_of_hosts_fit_into_line_and_session,
        the_time_kept_for_saving_is_what_saving_took,
    };
    folder_create();
    const int status = run_mpi_suite("guards", tests, sizeof tests / sizeof *tests);
    folder_remove();
    MPI_Finalize();
    return status;
}
