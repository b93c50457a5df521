/* Tests of store.h's lock. Every rank runs every test on a file of its own. The children that some
 * tests fork use no MPI. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "store_file.h"

static char host[MTS_HOST_TEXT];

/* Starts a process that takes the lock, and waits until it has. */
static pid_t start_holder(const char *name)
{
    int ready[2];
    char byte = 0;
    ck_assert_int_eq(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        mts_lock *lock;
        byte = mts_lock_take(place(name), &lock) == MTS_OK ? 'y' : 'n';
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(0);
    }
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 'y');
    close(ready[0]);
    close(ready[1]);
    return child;
}

/* Ends it as a crash would. */
static void stop(pid_t child)
{
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

/* Writes place(name).lock as a holder elsewhere would. */
static void write_lock(const char *name, const char *text)
{
    char file[PATH_TEXT];
    snprintf(file, sizeof file, "%.400s.lock", place(name));
    FILE *stream = fopen(file, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
}

START_TEST(a_free_lock_is_taken_and_its_file_removed_at_the_end)
{
    mts_lock *lock;
    char text[MTS_LOCK_TEXT];
    ck_assert_ok(mts_lock_take(place("free"), &lock));
    ck_assert(exists(place("free.lock")));
    mts_lock_release(lock);
    ck_assert(!exists(place("free.lock")));
    mts_lock_holder(place("free"), text);
    ck_assert_str_eq(text, "");
    ck_assert_ok(mts_lock_take(place("free"), &lock));
    mts_lock_release(lock);
    mts_lock_release(NULL);
}
END_TEST

START_TEST(a_second_sweep_is_refused_with_host_pid_and_age_of_the_first)
{
    mts_lock *lock = (mts_lock *)1;
    char expected[MTS_MESSAGE_MAX], holder[MTS_LOCK_TEXT], text[MTS_LOCK_TEXT];
    const pid_t child = start_holder("used");
    snprintf(holder, sizeof holder, "host %s, pid %d, since 0:00:0", host, (int)child);
    snprintf(expected, sizeof expected, "%s is in use by another sweep (%s", place("used"), holder);
    ck_assert_fails(mts_lock_take(place("used"), &lock), MTS_ERR_IO, expected);
    ck_assert_fails(mts_lock_take(place("used"), &lock), MTS_ERR_IO,
                    "); wait for it to end, or stop it");
    ck_assert_ptr_null(lock);
    mts_lock_holder(place("used"), text);
    ck_assert_int_eq(strncmp(text, holder, strlen(holder)), 0);
    stop(child);
}
END_TEST

START_TEST(the_lock_of_a_killed_sweep_is_taken_over_at_once)
{
    mts_lock *lock;
    char text[MTS_LOCK_TEXT];
    stop(start_holder("killed"));
    ck_assert(exists(place("killed.lock")));
    mts_lock_holder(place("killed"), text);
    ck_assert_str_eq(text, "");
    ck_assert_ok(mts_lock_take(place("killed"), &lock));
    mts_lock_holder(place("killed"), text);
    ck_assert_ptr_nonnull(strstr(text, host));
    mts_lock_release(lock);
}
END_TEST

START_TEST(a_lock_file_that_is_no_line_of_ours_is_nobodys)
{
    static const char *const garbage[] = {"",
                                          "here",
                                          "here 1 - 1.0",
                                          "here\n1 - 1700000000.00\n",
                                          "here 1 -\n1700000000.00\n",
                                          "here 1 - 1700000000.00 more\n",
                                          "here -1 - 1700000000.00\n",
                                          "here 1 - nan\n",
                                          "he\033[2J 1 - 1700000000.00\n",
                                          "here 99999999999999999999 - 1700000000.00\n"};
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        mts_lock *lock;
        char text[MTS_LOCK_TEXT];
        write_lock("garbage", garbage[i]);
        mts_lock_holder(place("garbage"), text);
        ck_assert_str_eq(text, "");
        ck_assert_ok(mts_lock_take_patiently(place("garbage"), 0, &lock));
        mts_lock_release(lock);
    }
}
END_TEST

START_TEST(a_lock_is_refused_to_its_own_process_too)
{
    mts_lock *first, *second;
    ck_assert_ok(mts_lock_take(place("twice"), &first));
    ck_assert_int_eq(mts_lock_take(place("twice"), &second), MTS_ERR_IO);
    mts_lock_release(first);
    ck_assert_ok(mts_lock_take(place("twice"), &first));
    mts_lock_release(first);
}
END_TEST

START_TEST(the_job_of_the_holder_is_named)
{
    mts_lock *first, *second;
    const char *job = getenv("SLURM_JOB_ID");
    char before[64];
    snprintf(before, sizeof before, "%s", job ? job : "");
    setenv("SLURM_JOB_ID", "4242", 1);
    ck_assert_ok(mts_lock_take(place("job"), &first));
    ck_assert_fails(mts_lock_take(place("job"), &second), MTS_ERR_IO, ", job 4242, since 0:00:0");
    mts_lock_release(first);
    /* The job was requeued on another host: its former self is dead. */
    write_lock("job", "elsewhere 1 4242 1700000000.00\n");
    ck_assert_ok(mts_lock_take(place("job"), &first));
    mts_lock_release(first);
    if (job)
        setenv("SLURM_JOB_ID", before, 1);
    else
        unsetenv("SLURM_JOB_ID");
}
END_TEST

START_TEST(a_holder_on_another_host_lives_while_its_time_moves)
{
    mts_lock *lock;
    char text[MTS_LOCK_TEXT], file[PATH_TEXT];
    write_lock("moving", "elsewhere 4711 - 1700000000.00\n");
    snprintf(file, sizeof file, "%.400s.lock", place("moving"));
    mts_lock_holder(place("moving"), text);
    ck_assert_int_eq(strncmp(text, "host elsewhere, pid 4711, since ", 32), 0);
    const pid_t child = fork();
    if (child == 0)
        for (;;) {
            utimensat(AT_FDCWD, file, NULL, 0);
            nanosleep(&(struct timespec){0, 100000000}, NULL);
        }
    ck_assert_int_gt(child, 0);
    ck_assert_fails(mts_lock_take(place("moving"), &lock), MTS_ERR_IO,
                    "is in use by another sweep (host elsewhere, pid 4711, since ");
    stop(child);
}
END_TEST

START_TEST(a_holder_on_another_host_is_dead_when_its_time_stands_still)
{
    mts_lock *lock;
    write_lock("still", "elsewhere 4711 17 1700000000.00\n");
    const double start = mts_seconds();
    ck_assert_ok(mts_lock_take_patiently(place("still"), 0.5, &lock));
    ck_assert_double_ge(mts_seconds() - start, 0.5);
    mts_lock_release(lock);
}
END_TEST

START_TEST(renewing_moves_the_time)
{
    mts_lock *lock;
    struct stat before, after;
    ck_assert_ok(mts_lock_take(place("renewed"), &lock));
    ck_assert_int_eq(stat(place("renewed.lock"), &before), 0);
    nanosleep(&(struct timespec){0, 50000000}, NULL);
    mts_lock_renew(lock);
    ck_assert_int_eq(stat(place("renewed.lock"), &after), 0);
    ck_assert(after.st_mtim.tv_sec > before.st_mtim.tv_sec ||
              after.st_mtim.tv_nsec > before.st_mtim.tv_nsec);
    mts_lock_release(lock);
}
END_TEST

START_TEST(what_a_holder_notes_is_read_and_goes_with_the_lock)
{
    static const char *const notes[] = {"one\ntwo\n", "one and more\ntwo\nthree\n", "1\n", ""};
    mts_lock *lock, *second;
    char *text, holder[MTS_LOCK_TEXT];
    ck_assert_ok(mts_lock_notes(place("noted"), &text));
    ck_assert_str_eq(text, "");
    mts_free(text);
    ck_assert_ok(mts_lock_take(place("noted"), &lock));
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        mts_lock_note(lock, notes[i]);
        ck_assert_ok(mts_lock_notes(place("noted"), &text));
        ck_assert_str_eq(text, notes[i]);
        mts_free(text);
        mts_lock_holder(place("noted"), holder);
        ck_assert_ptr_nonnull(strstr(holder, ", pid "));
        ck_assert_int_eq(mts_lock_take(place("noted"), &second), MTS_ERR_IO);
    }
    mts_lock_note(lock, "last\n");
    mts_lock_release(lock);
    ck_assert_ok(mts_lock_take(place("noted"), &lock)); /* a new holder has said nothing */
    ck_assert_ok(mts_lock_notes(place("noted"), &text));
    ck_assert_str_eq(text, "");
    mts_free(text);
    mts_lock_release(lock);
}
END_TEST

START_TEST(a_lock_file_that_says_nothing_is_free)
{
    static const char *const texts[] = {"", "\n", "one two\n", "host pid job time\n"};
    mts_lock *lock;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char text[MTS_LOCK_TEXT];
        write_lock("blank", texts[i]);
        mts_lock_holder(place("blank"), text);
        ck_assert_str_eq(text, "");
        ck_assert_ok(mts_lock_take(place("blank"), &lock));
        mts_lock_release(lock);
    }
}
END_TEST

START_TEST(a_lock_where_no_file_can_be_made_is_refused)
{
    mts_lock *lock;
    ck_assert_fails(mts_lock_take(place("nowhere/x"), &lock), MTS_ERR_IO,
                    "nowhere/x.lock: No such file or directory");
}
END_TEST

START_TEST(of_many_processes_exactly_one_gets_the_lock)
{
    pid_t child[8];
    int won = 0, result[2];
    ck_assert_int_eq(pipe(result), 0);
    for (size_t i = 0; i < 8; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            mts_lock *lock;
            const char byte = mts_lock_take(place("race"), &lock) == MTS_OK;
            if (write(result[1], &byte, 1) == 1)
                pause(); /* with the lock, if it got it */
            _exit(0);
        }
        ck_assert_int_gt(child[i], 0);
    }
    for (size_t i = 0; i < 8; i++) {
        char byte;
        ck_assert_int_eq(read(result[0], &byte, 1), 1);
        won += byte;
    }
    for (size_t i = 0; i < 8; i++)
        stop(child[i]);
    close(result[0]);
    close(result[1]);
    ck_assert_int_eq(won, 1);
}
END_TEST

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char name[256] = "";
    gethostname(name, sizeof name - 1);
    snprintf(host, sizeof host, "%.63s", name);
    const TTest *const tests[] = {
        a_free_lock_is_taken_and_its_file_removed_at_the_end,
        a_second_sweep_is_refused_with_host_pid_and_age_of_the_first,
        the_lock_of_a_killed_sweep_is_taken_over_at_once,
        a_lock_file_that_is_no_line_of_ours_is_nobodys,
        a_lock_is_refused_to_its_own_process_too,
        the_job_of_the_holder_is_named,
        a_holder_on_another_host_lives_while_its_time_moves,
        a_holder_on_another_host_is_dead_when_its_time_stands_still,
        renewing_moves_the_time,
        what_a_holder_notes_is_read_and_goes_with_the_lock,
        a_lock_file_that_says_nothing_is_free,
        a_lock_where_no_file_can_be_made_is_refused,
        of_many_processes_exactly_one_gets_the_lock,
    };
    folder_create();
    const int status = run_mpi_suite("store_lock", tests, sizeof tests / sizeof *tests);
    folder_remove();
    MPI_Finalize();
    return status;
}
