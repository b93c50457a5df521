/* Tests of store.h's checkpoints. Every rank runs every test on files of its own. */
#include <signal.h>
#include <sys/resource.h>

#include "store_file.h"

#define KEY   0x0123456789abcdefULL
#define BYTES 1000

static char *checkpoint_of(const char *name)
{
    static char file[PATH_TEXT];
    snprintf(file, sizeof file, "%.400s.checkpoint/%016llx", place(name), (unsigned long long)KEY);
    return file;
}

static void fill(unsigned char state[BYTES], unsigned seed)
{
    for (size_t i = 0; i < BYTES; i++)
        state[i] = (unsigned char)(i * 31 + seed);
}

static void save(const char *name, unsigned seed)
{
    unsigned char state[BYTES];
    fill(state, seed);
    ck_assert_ok(mts_checkpoint_save(place(name), KEY, 0.25, state, BYTES));
}

/* The checkpoint is there and is that of `seed`. */
static void expect(const char *name, unsigned seed)
{
    unsigned char state[BYTES];
    void *loaded;
    size_t bytes;
    fill(state, seed);
    ck_assert_ok(mts_checkpoint_load(place(name), KEY, &loaded, &bytes));
    ck_assert_ptr_nonnull(loaded);
    ck_assert_uint_eq(bytes, BYTES);
    ck_assert_mem_eq(loaded, state, BYTES);
    mts_free(loaded);
}

static void expect_refused(const char *name, uint64_t key)
{
    void *loaded;
    size_t bytes;
    ck_assert_int_eq(mts_checkpoint_load(place(name), key, &loaded, &bytes), MTS_ERR_FOREIGN);
    ck_assert_ptr_null(loaded);
    ck_assert(strstr(mts_message(), "the run starts anew") != NULL);
    ck_assert(mts_checkpoint_done(place(name), key) >= 0);
}

static void tidy(const char *name)
{
    mts_checkpoint_remove(place(name), KEY);
    mts_checkpoint_remove_folder(place(name));
}

START_TEST(what_is_saved_is_loaded_and_the_last_one_counts)
{
    char beside[PATH_TEXT];
    save("saved", 1);
    expect("saved", 1);
    save("saved", 2);
    expect("saved", 2);
    ck_assert(mts_checkpoint_done(place("saved"), KEY) == 0.25);
    tidy("saved");
    snprintf(beside, sizeof beside, "%.400s.checkpoint", place("saved"));
    ck_assert(access(beside, F_OK) != 0);
}
END_TEST

START_TEST(no_checkpoint_is_no_fault)
{
    void *loaded;
    size_t bytes;
    ck_assert_ok(mts_checkpoint_load(place("none"), KEY, &loaded, &bytes));
    ck_assert_ptr_null(loaded);
    ck_assert(mts_checkpoint_done(place("none"), KEY) == 0);
    tidy("none");
}
END_TEST

START_TEST(every_flipped_bit_and_every_cut_is_found)
{
    unsigned char file[2 * BYTES];
    save("flipped", 3);
    int fd = open(checkpoint_of("flipped"), O_RDWR);
    ck_assert_int_ge(fd, 0);
    const ssize_t n = read(fd, file, sizeof file);
    ck_assert_int_gt(n, BYTES);
    for (ssize_t i = 0; i < n; i++) {
        const unsigned char flipped = file[i] ^ (unsigned char)(1 << i % 8);
        ck_assert_int_eq(pwrite(fd, &flipped, 1, i), 1);
        expect_refused("flipped", KEY);
        ck_assert_int_eq(pwrite(fd, &file[i], 1, i), 1);
    }
    expect("flipped", 3);
    for (ssize_t length = n - 1; length >= 0; length -= 7) {
        ck_assert_int_eq(ftruncate(fd, length), 0);
        expect_refused("flipped", KEY);
    }
    close(fd);
    tidy("flipped");
}
END_TEST

START_TEST(a_checkpoint_of_another_run_is_refused)
{
    char other[PATH_TEXT];
    save("foreign", 4);
    snprintf(other, sizeof other, "%.400s.checkpoint/%016llx", place("foreign"), KEY + 1ULL);
    ck_assert_int_eq(rename(checkpoint_of("foreign"), other), 0);
    expect_refused("foreign", KEY + 1);
    ck_assert_int_eq(unlink(other), 0);
    tidy("foreign");
}
END_TEST

START_TEST(links_under_its_names_are_not_followed)
{
    char temporary[PATH_TEXT + 8], victim[PATH_TEXT], beside[PATH_TEXT];
    unsigned char state[BYTES];
    struct stat info;
    save("linked", 5);
    snprintf(victim, sizeof victim, "%.400s", place("victim"));
    fclose(fopen(victim, "w"));
    snprintf(temporary, sizeof temporary, "%s.tmp", checkpoint_of("linked"));
    ck_assert_int_eq(symlink(victim, temporary), 0);
    save("linked", 6);
    expect("linked", 6);
    ck_assert_int_eq(stat(victim, &info), 0);
    ck_assert_int_eq(info.st_size, 0);
    tidy("linked");

    fill(state, 7);
    snprintf(beside, sizeof beside, "%.400s.checkpoint", place("elsewhere"));
    ck_assert_int_eq(symlink("/tmp", beside), 0);
    ck_assert_int_eq(mts_checkpoint_save(place("elsewhere"), KEY, 0, state, BYTES), MTS_ERR_IO);
    unlink(beside);
    unlink(victim);
}
END_TEST

START_TEST(what_dead_writers_left_goes_with_the_folder)
{
    char left[PATH_TEXT + 16], beside[PATH_TEXT];
    save("left", 10);
    snprintf(left, sizeof left, "%s.77.tmp", checkpoint_of("left"));
    fclose(fopen(left, "w"));
    ck_assert(mts_checkpoint_time(place("left"), KEY) > mts_now() - 1000);
    mts_checkpoint_remove_folder(place("left"));
    expect("left", 10); /* a run that is under way keeps its own */
    mts_checkpoint_remove(place("left"), KEY);
    mts_checkpoint_remove_folder(place("left"));
    snprintf(beside, sizeof beside, "%.400s.checkpoint", place("left"));
    ck_assert_int_ne(access(beside, F_OK), 0);
    ck_assert(mts_checkpoint_time(place("left"), KEY) == 0);
}
END_TEST

START_TEST(where_it_cannot_be_written_the_one_before_stays)
{
    unsigned char state[BYTES];
    struct rlimit before, small;
    save("full", 8);
    fill(state, 9);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = BYTES / 2;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    const mts_status st = mts_checkpoint_save(place("full"), KEY, 0, state, BYTES);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(st, MTS_ERR_IO);
    ck_assert(strstr(mts_message(), "cannot write checkpoint") != NULL);
    expect("full", 8);
    tidy("full");
}
END_TEST

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const TTest *const tests[] = {
        what_is_saved_is_loaded_and_the_last_one_counts,
        no_checkpoint_is_no_fault,
        every_flipped_bit_and_every_cut_is_found,
        a_checkpoint_of_another_run_is_refused,
        links_under_its_names_are_not_followed,
        what_dead_writers_left_goes_with_the_folder,
        where_it_cannot_be_written_the_one_before_stays,
    };
    folder_create();
    const int status = run_mpi_suite("store_checkpoint", tests, sizeof tests / sizeof *tests);
    folder_remove();
    MPI_Finalize();
    return status;
}
