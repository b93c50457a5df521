/* Whatever call for memory or to the file system fails, store, checkpoints and farm end in their
 * status, hold nothing afterwards, and leave on the disk what was there or what should be; and the next
 * attempt succeeds. A rank alone does it all; of several there is the farm. */
#include "faults.h"
#include "mtsweep/farm.h"
#include "store_file.h"

#define KEY   0x0123456789abcdefULL
#define BYTES 1000

#define MANY 1000000

/* Lets the 1st, 2nd, 3rd ... call of an attempt fail, until one meets no failure. Of many calls, those
 * of the same kind in the middle, only some thirty. */
typedef struct trial {
    void (*prepare)(void);
    mts_status (*attempt)(void);
    void (*judge)(mts_status st, bool met); /* then also clears */
} trial;

static void try_all(const trial *t)
{
    bool met = true;
    size_t calls, n;
    t->prepare();
    faults_arm(MANY);
    ck_assert_ok(t->attempt());
    calls = faults_count(MANY);
    faults_disarm();
    t->judge(MTS_OK, false);
    for (n = 0; met;) {
        char message[MTS_MESSAGE_MAX];
        mts_status st;
        if (n >= 25 && n + 25 < calls)
            n += calls / 32 < calls - 25 - n ? calls / 32 : calls - 25 - n;
        t->prepare();
        const size_t pieces = faults.n, files = open_files();
        const ssize_t objects = H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL);
        mts_fail(MTS_OK, "%s", "");
        faults_arm(++n);
        st = t->attempt();
        met = faults_disarm();
        snprintf(message, sizeof message, "call %zu, status %d: %.900s", n, st, mts_message());
        ck_assert_msg(faults.n == pieces, "%s: %zu pieces of memory stay", message,
                      faults.n - pieces);
        ck_assert_msg(open_files() == files, "%s: open files stay", message);
        ck_assert_msg(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) == objects,
                      "%s: HDF5 objects stay", message);
        ck_assert_msg(st == MTS_OK || st == MTS_ERR_IO || st == MTS_ERR_MEMORY, "%s", message);
        ck_assert_msg(met || st == MTS_OK, "%s", message);
        ck_assert_msg(st == MTS_OK || mts_message()[0], "%s", message);
        t->judge(st, met);
    }
    ck_assert(calls > 0 && n == calls + 1);
}

static void nothing(void)
{
}

/* ---- checkpoints ---- */

static const char *beside(const char *name, const char *end)
{
    static char path[PATH_TEXT];
    snprintf(path, sizeof path, "%.400s%s", place(name), end);
    return path;
}

static mts_status save(unsigned seed)
{
    unsigned char state[BYTES];
    memset(state, (int)seed, sizeof state);
    return mts_checkpoint_save(place("c"), KEY, seed / 8.0, state, sizeof state);
}

static void save_first(void)
{
    ck_assert_ok(save(1));
}

static mts_status save_second(void)
{
    return save(2);
}

static void judge_saved(mts_status st, bool met)
{
    void *state;
    size_t bytes;
    (void)met;
    ck_assert_ok(mts_checkpoint_load(place("c"), KEY, &state, &bytes));
    ck_assert_uint_eq(bytes, BYTES);
    ck_assert_uint_eq(((unsigned char *)state)[BYTES - 1], st == MTS_OK ? 2 : 1);
    mts_free(state);
    ck_assert(!exists(beside("c", ".checkpoint/0123456789abcdef.tmp")));
    mts_checkpoint_remove(place("c"), KEY);
    mts_checkpoint_remove_folder(place("c"));
    ck_assert(!exists(beside("c", ".checkpoint")));
}

START_TEST(a_checkpoint_is_the_new_one_or_the_one_before)
{
    try_all(&(trial){save_first, save_second, judge_saved});
}
END_TEST

static mts_status load(void)
{
    void *state;
    size_t bytes;
    const mts_status st = mts_checkpoint_load(place("c"), KEY, &state, &bytes);
    if (st == MTS_OK)
        ck_assert(state && bytes == BYTES);
    else
        ck_assert_ptr_null(state);
    mts_free(state);
    /* Its file cannot be opened: for the caller as good as none. */
    return st == MTS_ERR_FOREIGN ? MTS_ERR_IO : st;
}

static void judge_kept(mts_status st, bool met)
{
    (void)st;
    (void)met;
    ck_assert_ok(load());
}

START_TEST(a_checkpoint_that_cannot_be_read_stays)
{
    try_all(&(trial){save_first, load, judge_kept});
    mts_checkpoint_remove(place("c"), KEY);
    mts_checkpoint_remove_folder(place("c"));
}
END_TEST

/* ---- the file ---- */

static mts_status create(void)
{
    static toy t;
    toy_fill(&t);
    return mts_store_create(place("new"), &t.schema);
}

static void judge_created(mts_status st, bool met)
{
    (void)met;
    ck_assert(exists(place("new")) == (st == MTS_OK));
    ck_assert(!exists(beside("new", ".tmp")));
    if (st == MTS_OK) {
        mts_store *store;
        ck_assert_ok(mts_store_open(place("new"), MTS_STORE_READ, &store));
        ck_assert_ok(mts_store_close(store));
        unlink(place("new"));
    }
}

START_TEST(a_file_is_made_whole_or_not_at_all)
{
    try_all(&(trial){nothing, create, judge_created});
}
END_TEST

static void must_not_differ(void *ctx, const char *dataset, size_t at)
{
    (void)ctx;
    (void)at;
    ck_abort_msg("%s is said to differ", dataset);
}

static mts_status hold(void)
{
    static toy t;
    mts_store *store = NULL;
    size_t differing = 0;
    mts_status st = mts_store_open(place("new"), MTS_STORE_READ, &store), closed;
    toy_fill(&t);
    t.schema.same_revision = true;
    if (st == MTS_OK)
        st = mts_store_compare(store, &t.schema, false, NULL, must_not_differ, &differing);
    closed = mts_store_close(store);
    return st == MTS_OK ? closed : st;
}

static void judge_held(mts_status st, bool met)
{
    ck_assert(!met || st != MTS_OK);
}

START_TEST(a_file_that_cannot_be_compared_is_not_said_to_differ)
{
    ck_assert_ok(create());
    try_all(&(trial){nothing, hold, judge_held});
    unlink(place("new"));
}
END_TEST

static mts_result *row;

static void one_row(void)
{
    mts_store *store = toy_open("rows");
    commit(store, 0, 10);
    if (!row)
        row = row_create(store);
    toy_row(row, 20);
    ck_assert_ok(mts_store_close(store));
}

/* As a worker does it. */
static mts_status write_row(void)
{
    const mts_stamp stamp = done_stamp();
    mts_store *store = NULL;
    mts_status st = mts_store_open(place("rows"), MTS_STORE_WRITE, &store), closed;
    if (st == MTS_OK)
        st = mts_store_begin(store, 1, 1.7e9, "here");
    if (st == MTS_OK)
        st = mts_store_put(store, 1, row, &stamp);
    closed = mts_store_close(store);
    return st == MTS_OK ? closed : st;
}

static void judge_rows(mts_status st, bool met)
{
    mts_store *store;
    mts_stamp stamp[2];
    (void)met;
    ck_assert_ok(mts_store_open(place("rows"), MTS_STORE_READ, &store));
    ck_assert_ok(mts_store_stamps(store, 0, 2, stamp));
    ck_assert_int_eq(stamp[0].state, MTS_STATE_DONE);
    ck_assert(holds(store, 0, 10));
    if (st == MTS_OK)
        ck_assert_int_eq(stamp[1].state, MTS_STATE_DONE);
    if (stamp[1].state == MTS_STATE_DONE)
        ck_assert(holds(store, 1, 20));
    ck_assert_ok(mts_store_close(store));
    /* The next attempt goes through. */
    ck_assert_ok(write_row());
    ck_assert_ok(mts_store_open(place("rows"), MTS_STORE_READ, &store));
    ck_assert(holds(store, 0, 10) && holds(store, 1, 20));
    ck_assert_ok(mts_store_close(store));
    unlink(place("rows"));
}

START_TEST(a_row_is_committed_or_not_and_no_other_changes)
{
    try_all(&(trial){one_row, write_row, judge_rows});
    mts_result_destroy(row);
    row = NULL;
}
END_TEST

/* ---- the lock ---- */

static mts_status lock(void)
{
    mts_lock *held = NULL;
    const mts_status st = mts_lock_take(place("l"), &held);
    ck_assert((st == MTS_OK) == (held != NULL));
    mts_lock_release(held);
    return st;
}

static void judge_lock(mts_status st, bool met)
{
    (void)st;
    (void)met;
    ck_assert_ok(lock());
}

START_TEST(a_lock_that_cannot_be_taken_is_free)
{
    try_all(&(trial){nothing, lock, judge_lock});
    unlink(beside("l", ".lock"));
}
END_TEST

/* ---- the farm ---- */

enum { ITEMS = 4 };
static bool is_done[ITEMS];

static mts_outcome work(void *ctx, size_t index, mts_farm_line *line, char reason[MTS_FARM_REASON])
{
    (void)ctx;
    (void)index;
    (void)reason;
    return mts_farm_stopping(line) ? MTS_FARM_STOPPED : MTS_FARM_DONE;
}

static void watch(void *ctx, const mts_farm_view *view)
{
    (void)ctx;
    (void)view;
}

static bool ended(void *ctx, size_t index, int from, mts_outcome outcome, double seconds,
                  const char *reason)
{
    (void)ctx;
    (void)from;
    (void)seconds;
    (void)reason;
    is_done[index] = is_done[index] || outcome == MTS_FARM_DONE;
    return false;
}

static bool interrupted(void *ctx)
{
    (void)ctx;
    return false;
}

/* What is left, as a sweep that continues does. Nobody counts as lost: who waits for nothing hangs. */
static mts_status farm_of(MPI_Comm comm)
{
    size_t index[ITEMS], n = 0;
    const double cost[ITEMS] = {1, 1, 1, 1};
    mts_farm_view view;
    for (size_t i = 0; i < ITEMS; i++)
        if (!is_done[i])
            index[n++] = i;
    const mts_farm farm = {.n = n,
                           .index = index,
                           .cost = cost,
                           .deadline = INFINITY,
                           .lost_after = INFINITY,
                           .work = work,
                           .watch = watch,
                           .ended = ended,
                           .interrupted = interrupted};
    return mts_farm_run(comm, &farm, &view);
}

static mts_status farm_rest(void)
{
    return farm_of(MPI_COMM_SELF);
}

static void none_done(void)
{
    memset(is_done, 0, sizeof is_done);
}

static void judge_farm(mts_status st, bool met)
{
    (void)met;
    for (size_t i = 0; i < ITEMS; i++)
        ck_assert(st != MTS_OK || is_done[i]);
    ck_assert_ok(farm_rest());
    for (size_t i = 0; i < ITEMS; i++)
        ck_assert(is_done[i]);
}

START_TEST(a_farm_in_which_memory_fails_ends_and_the_rest_can_be_done)
{
    try_all(&(trial){none_done, farm_rest, judge_farm});
}
END_TEST

/* Memory of one of the ranks fails, once or from then on; whether it got so far. */
static bool farm_with_fault(int who, size_t n, bool lasting)
{
    int met = 0;
    mts_status st;
    none_done();
    mts_fail(MTS_OK, "%s", "");
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == who)
        (lasting ? faults_arm_from : faults_arm)(n);
    st = farm_of(MPI_COMM_WORLD);
    if (rank == who)
        met = faults_disarm();
    ck_assert_msg(st == MTS_OK || (st == MTS_ERR_MEMORY && mts_message()[0]),
                  "rank %d, fault %zu in rank %d: status %d: %s", rank, n, who, st, mts_message());
    ck_assert_ok(farm_of(MPI_COMM_WORLD));
    for (size_t i = 0; i < ITEMS && rank == 0; i++)
        ck_assert(is_done[i]);
    MPI_Bcast(&met, 1, MPI_INT, who, MPI_COMM_WORLD);
    return met;
}

START_TEST(a_rank_in_which_memory_fails_holds_up_no_other)
{
    for (int who = 0; who < size; who++)
        for (int lasting = 0; lasting < 2; lasting++) {
            size_t n = 1;
            while (farm_with_fault(who, n, lasting))
                n++;
            ck_assert_uint_gt(n, 1);
        }
}
END_TEST

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    H5open();
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const TTest *const alone[] = {
        a_checkpoint_is_the_new_one_or_the_one_before,
        a_checkpoint_that_cannot_be_read_stays,
        a_file_is_made_whole_or_not_at_all,
        a_file_that_cannot_be_compared_is_not_said_to_differ,
        a_row_is_committed_or_not_and_no_other_changes,
        a_lock_that_cannot_be_taken_is_free,
        a_farm_in_which_memory_fails_ends_and_the_rest_can_be_done,
    };
    const TTest *const together[] = {a_rank_in_which_memory_fails_holds_up_no_other};
    folder_create();
    const int status = size == 1
                           ? run_mpi_suite("faults", alone, sizeof alone / sizeof *alone)
                           : run_mpi_suite("faults", together, sizeof together / sizeof *together);
    folder_remove();
    H5close();
    MPI_Finalize();
    return status;
}
