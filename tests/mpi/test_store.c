/* Tests of store.h: rows, states, checksums, sessions. Every rank runs every test on a file of its
 * own, but for the one that says otherwise.
 *
 *     test_store --make FILE    writes a file for the tests of readers, with some rows done
 *     test_store --read FILE    counts its finished rows without MPI
 */
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

#include "store_file.h"

/* ---- rows ---- */

static uint64_t key_of(mts_store *store, size_t run)
{
    mts_config config;
    ck_assert_ok(mts_store_config(store, run, &config));
    return mts_config_key(&config);
}

START_TEST(a_new_file_has_every_row_pending_and_leaves_no_other_file)
{
    mts_stamp stamp[N_RUNS];
    mts_store *store = toy_open("new.h5");
    ck_assert_uint_eq(mts_store_runs(store), N_RUNS);
    ck_assert_ok(mts_store_stamps(store, 0, N_RUNS, stamp));
    for (size_t i = 0; i < N_RUNS; i++) {
        ck_assert_int_eq(stamp[i].state, MTS_STATE_PENDING);
        ck_assert_int_eq(stamp[i].attempts, 0);
        ck_assert(isnan(stamp[i].started) && isnan(stamp[i].finished) && isnan(stamp[i].seconds));
        ck_assert_str_eq(stamp[i].host, "");
        ck_assert_str_eq(stamp[i].reason, "");
    }
    ck_assert_ok(mts_store_close(store));
    ck_assert(!exists(place("new.h5.tmp")));
}
END_TEST

START_TEST(extents_come_back)
{
    const mts_extents expected = toy_extents();
    mts_store *store = toy_open("extents.h5");
    for (mts_axis axis = 0; axis < MTS_AXIS_tensor; axis++)
        ck_assert_uint_eq(mts_store_extents(store)->n[axis], expected.n[axis]);
    ck_assert_uint_eq(mts_store_extents(store)->n[MTS_AXIS_tensor], 4);
    ck_assert_uint_eq(mts_store_extents(store)->n[MTS_AXIS_session], MTS_SESSIONS);
    ck_assert_uint_eq(mts_store_extents(store)->n[MTS_AXIS_text32], 32);
    ck_assert_uint_eq(mts_store_extents(store)->n[MTS_AXIS_text256], 256);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(configs_come_back_exactly)
{
    mts_store *store = toy_open("config.h5");
    for (size_t i = N_RUNS; i-- > 0;) {
        mts_config expected, config;
        memset(&expected, 0, sizeof expected);
        memset(&config, 0, sizeof config);
        toy_config(NULL, i, &expected);
        ck_assert_ok(mts_store_config(store, i, &config));
        ck_assert_mem_eq(&config, &expected, sizeof config);
    }
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(a_row_comes_back_bit_for_bit_and_others_stay_as_they_are)
{
    mts_store *store = toy_open("row.h5");
    commit(store, 2, 5);
    commit(store, 4, 6);
    commit(store, 3, 7);
    ck_assert(holds(store, 2, 5));
    ck_assert(holds(store, 3, 7));
    ck_assert(holds(store, 4, 6));
    ck_assert(!holds(store, 1, 5));
    ck_assert_ok(mts_store_close(store));

    ck_assert_ok(mts_store_open(place("row.h5"), MTS_STORE_READ, &store));
    ck_assert(holds(store, 3, 7));
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(a_row_of_special_numbers_comes_back_bit_for_bit)
{
    static const double special[] = {(double)NAN, -(double)NAN, (double)INFINITY, -0.0, 5e-324};
    const mts_stamp stamp = done_stamp();
    mts_store *store = toy_open("special.h5");
    mts_result *row = row_create(store), *there = row_create(store);
    bool good;
    toy_row(row, 1);
    memcpy(row->history_loss, special, sizeof special);
    row->trace_hidden[3] = NAN;
    ck_assert_ok(mts_store_put(store, 0, row, &stamp));
    ck_assert_ok(mts_store_get(store, 0, there));
    ck_assert_mem_eq(row->block, there->block, row->bytes);
    ck_assert_ok(mts_store_check(store, 0, there, &good));
    ck_assert(good);
    mts_result_destroy(row);
    mts_result_destroy(there);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(a_column_of_many_runs_is_read_at_once)
{
    mts_store *store = toy_open("column.h5");
    mts_result *row = row_create(store);
    const size_t n = mts_column_count(&mts_columns[MTS_COL_score_r2], &row->extents);
    double *r2 = malloc(3 * n * sizeof *r2);
    for (size_t i = 0; i < N_RUNS; i++)
        commit(store, i, 10 + i);
    ck_assert_ok(mts_store_column(store, MTS_COL_score_r2, 2, 3, r2));
    for (size_t i = 0; i < 3; i++) {
        toy_row(row, 12 + i);
        ck_assert_mem_eq(r2 + i * n, row->score_r2, n * sizeof *r2);
    }
    free(r2);
    mts_result_destroy(row);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(rows_that_do_not_exist_are_refused)
{
    mts_stamp stamp[2];
    mts_config config;
    mts_store *store = toy_open("range.h5");
    mts_result *row = row_create(store);
    ck_assert_fails(mts_store_stamps(store, N_RUNS - 1, 2, stamp), MTS_ERR_USAGE,
                    "has 7 rows on axis run, none from 6 to 7");
    ck_assert_fails(mts_store_begin(store, N_RUNS, 0, ""), MTS_ERR_USAGE, "range.h5 has 7 rows");
    ck_assert_int_eq(mts_store_put(store, SIZE_MAX, row, stamp), MTS_ERR_USAGE);
    ck_assert_int_eq(mts_store_get(store, N_RUNS, row), MTS_ERR_USAGE);
    ck_assert_int_eq(mts_store_config(store, N_RUNS, &config), MTS_ERR_USAGE);
    ck_assert_int_eq(mts_store_reset(store, N_RUNS, true), MTS_ERR_USAGE);
    ck_assert_int_eq(mts_store_column(store, 0, 1, SIZE_MAX, row), MTS_ERR_USAGE);
    mts_result_destroy(row);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(a_row_of_other_extents_is_refused_and_changes_nothing)
{
    const mts_stamp done = done_stamp();
    mts_extents other = toy_extents();
    mts_stamp stamp;
    mts_result *row;
    mts_store *store = toy_open("other.h5");
    other.n[MTS_AXIS_unit]++;
    ck_assert_ok(mts_result_create(&other, &row));
    ck_assert_fails(mts_store_put(store, 0, row, &done), MTS_ERR_USAGE, "trace/hidden");
    ck_assert_fails(mts_store_get(store, 0, row), MTS_ERR_USAGE, "trace/hidden");
    ck_assert_ok(mts_store_stamps(store, 0, 1, &stamp));
    ck_assert_int_eq(stamp.state, MTS_STATE_PENDING);
    mts_result_destroy(row);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

/* ---- states ---- */

START_TEST(begin_and_put_write_the_stamp)
{
    mts_stamp stamp = {.state = MTS_STATE_DIVERGED, .finished = 1.75e9, .seconds = 0.25}, state;
    mts_store *store = toy_open("stamp.h5");
    mts_result *row = row_create(store);
    toy_row(row, 1);
    ck_assert_ok(mts_store_begin(store, 1, 1.7e9, "node-1"));
    ck_assert_ok(mts_store_begin(store, 1, 1.71e9, "node-2"));
    memset(stamp.reason, 'x', MTS_REASON_TEXT - 1);
    memcpy(stamp.reason, "loss \xc3\xa4\n", 8);
    ck_assert_ok(mts_store_put(store, 1, row, &stamp));

    memset(&stamp, 0xee, sizeof stamp);
    ck_assert_ok(mts_store_stamps(store, 1, 1, &stamp));
    ck_assert_int_eq(stamp.state, MTS_STATE_DIVERGED);
    ck_assert_int_eq(stamp.attempts, 2);
    ck_assert_double_eq(stamp.started, 1.71e9);
    ck_assert_double_eq(stamp.finished, 1.75e9);
    ck_assert_double_eq(stamp.seconds, 0.25);
    ck_assert_str_eq(stamp.host, "node-2");
    ck_assert_uint_eq(stamp.crc, mts_result_crc(row, key_of(store, 1), NULL));
    ck_assert_uint_eq(strlen(stamp.reason), MTS_REASON_TEXT - 1);
    ck_assert_int_eq(strncmp(stamp.reason, "loss ???x", 9), 0); /* ASCII only, one line */

    memset(&state, 0xee, sizeof state);
    ck_assert_ok(mts_store_states(store, 1, 1, &state));
    ck_assert_str_eq(state.host, "");
    ck_assert_str_eq(state.reason, "");
    ck_assert_int_eq(state.state, stamp.state);
    ck_assert_int_eq(state.attempts, stamp.attempts);
    ck_assert_double_eq(state.seconds, stamp.seconds);
    ck_assert_uint_eq(state.crc, stamp.crc);

    /* The next attempt is not taken for finished. */
    ck_assert_ok(mts_store_begin(store, 1, 1.76e9, "node-3"));
    ck_assert_ok(mts_store_stamps(store, 1, 1, &stamp));
    ck_assert_int_eq(stamp.state, MTS_STATE_RUNNING);
    ck_assert(isnan(stamp.finished) && isnan(stamp.seconds));
    ck_assert_str_eq(stamp.reason, "");
    mts_result_destroy(row);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(a_failed_run_has_a_reason_and_no_payload)
{
    mts_stamp stamp = {.state = MTS_STATE_FAILED, .finished = 1.7e9, .seconds = 1};
    mts_store *store = toy_open("failed.h5");
    mts_result *row = row_create(store);
    bool good;
    commit(store, 0, 1);
    strcpy(stamp.reason, "out of memory");
    ck_assert_ok(mts_store_begin(store, 0, 1, "a"));
    ck_assert_ok(mts_store_put(store, 0, NULL, &stamp));
    ck_assert_ok(mts_store_stamps(store, 0, 1, &stamp));
    ck_assert_int_eq(stamp.state, MTS_STATE_FAILED);
    ck_assert_str_eq(stamp.reason, "out of memory");
    ck_assert_ok(mts_store_check(store, 0, row, &good));
    ck_assert(!good);
    mts_result_destroy(row);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(reset_makes_a_row_pending_and_forgets_attempts_if_asked)
{
    mts_stamp stamp;
    mts_store *store = toy_open("reset.h5");
    commit(store, 5, 1);
    ck_assert_ok(mts_store_reset(store, 5, false));
    ck_assert_ok(mts_store_stamps(store, 5, 1, &stamp));
    ck_assert_int_eq(stamp.state, MTS_STATE_PENDING);
    ck_assert_int_eq(stamp.attempts, 1);
    ck_assert(isnan(stamp.started) && isnan(stamp.finished));
    ck_assert_str_eq(stamp.host, "");
    ck_assert(holds(store, 5, 1));
    ck_assert_ok(mts_store_reset(store, 5, true));
    ck_assert_ok(mts_store_stamps(store, 5, 1, &stamp));
    ck_assert_int_eq(stamp.attempts, 0);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(a_write_that_fails_commits_nothing)
{
    const mts_stamp done = done_stamp();
    struct rlimit before, limit;
    mts_stamp stamp;
    mts_store *store = toy_open("limit.h5");
    mts_result *row = row_create(store);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    toy_row(row, 1);
    ck_assert_ok(mts_store_begin(store, 0, 1, "a"));
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 4096;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const mts_status status = mts_store_put(store, 0, row, &done);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    ck_assert_int_eq(status, MTS_ERR_IO);
    ck_assert_ptr_nonnull(
        strstr(mts_message(), "limit.h5: H5Dwrite failed for /result/loss (rank"));
    ck_assert_ok(mts_store_stamps(store, 0, 1, &stamp));
    ck_assert_int_eq(stamp.state, MTS_STATE_RUNNING);
    ck_assert_ok(mts_store_put(store, 0, row, &done)); /* it can be tried again */
    ck_assert(holds(store, 0, 1));
    mts_result_destroy(row);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

/* ---- checksums ---- */

/* Changes one byte of row `run` of a dataset behind the store's back. */
static void damage(const char *path, const char *dataset, size_t run, size_t row_bytes)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), file, data;
    unsigned char byte;
    H5Pset_fapl_sec2(access);
    file = H5Fopen(path, H5F_ACC_RDONLY, access);
    data = H5Dopen2(file, dataset, H5P_DEFAULT);
    const off_t offset = (off_t)(H5Dget_offset(data) + run * row_bytes + row_bytes / 2);
    H5Dclose(data);
    H5Fclose(file);
    H5Pclose(access);
    int fd = open(path, O_RDWR);
    ck_assert_int_eq(pread(fd, &byte, 1, offset), 1);
    byte ^= 0x10;
    ck_assert_int_eq(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
}

START_TEST(a_damaged_byte_is_found_and_the_run_named)
{
    size_t checked, bad;
    bool good;
    mts_store *store = toy_open("damage.h5");
    mts_result *row = row_create(store);
    for (size_t i = 0; i < N_RUNS; i++)
        commit(store, i, i);
    ck_assert_ok(mts_store_reset(store, 6, false)); /* no finished row */
    ck_assert_ok(mts_store_verify(store, &checked, &bad));
    ck_assert_uint_eq(checked, 6);
    ck_assert_uint_eq(bad, 0);
    ck_assert_ok(mts_store_close(store));

    damage(place("damage.h5"), "/trace/hidden", 3, N_TRIALS * 4 * 8 * sizeof(float));
    damage(place("damage.h5"), "/score/ols_angle", 4, MTS_N_SPLITS * 4 * 2 * sizeof(double));
    ck_assert_ok(mts_store_open(place("damage.h5"), MTS_STORE_READ, &store));
    ck_assert_fails(mts_store_verify(store, &checked, &bad), MTS_ERR_IO,
                    "damage.h5 is damaged: the checksum of run 3 disagrees with its row (2 such of "
                    "6 finished)");
    ck_assert_uint_eq(bad, 2);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_ok(mts_store_check(store, i, row, &good));
        ck_assert_int_eq(good, i != 3 && i != 4);
    }
    mts_result_destroy(row);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(a_row_cut_short_is_not_believed)
{
    static const char *const column[] = {"/result/loss", "/weights/parameters"};
    mts_stamp stamp;
    mts_store *store = toy_open("short.h5");
    mts_result *row = row_create(store);
    bool good;
    /* A worker died within its payload: the state stays as begin wrote it. */
    commit(store, 0, 1);
    ck_assert_ok(mts_store_begin(store, 0, 1, "a"));
    ck_assert_ok(mts_store_close(store));
    damage(place("short.h5"), column[0], 0, sizeof(double));
    ck_assert_ok(mts_store_open(place("short.h5"), MTS_STORE_WRITE, &store));
    ck_assert_ok(mts_store_stamps(store, 0, 1, &stamp));
    ck_assert_int_eq(stamp.state, MTS_STATE_RUNNING);
    ck_assert_ok(mts_store_check(store, 0, row, &good));
    ck_assert(!good);
    /* A machine died, and the state came to the disk before the payload. */
    commit(store, 0, 2);
    ck_assert_ok(mts_store_close(store));
    damage(place("short.h5"), column[1], 0, 30 * sizeof(float));
    ck_assert_ok(mts_store_open(place("short.h5"), MTS_STORE_WRITE, &store));
    ck_assert_ok(mts_store_stamps(store, 0, 1, &stamp));
    ck_assert_int_eq(stamp.state, MTS_STATE_DONE);
    ck_assert_ok(mts_store_check(store, 0, row, &good));
    ck_assert(!good);
    mts_result_destroy(row);
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(a_state_that_is_none_is_found)
{
    size_t checked, bad;
    mts_store *store = toy_open("state.h5");
    ck_assert_ok(mts_store_close(store));
    damage(place("state.h5"), "/state/state", 2, 1);
    ck_assert_ok(mts_store_open(place("state.h5"), MTS_STORE_READ, &store));
    ck_assert_fails(mts_store_verify(store, &checked, &bad), MTS_ERR_IO,
                    "is damaged: run 2 has state 16, which is none");
    ck_assert_ok(mts_store_close(store));
}
END_TEST

/* ---- several at a time ---- */

START_TEST(all_ranks_write_different_rows_of_one_file)
{
    char path[PATH_TEXT] = "";
    toy t;
    mts_store *store;
    if (rank == 0) {
        toy_fill(&t);
        snprintf(path, sizeof path, "%s", place("ranks.h5"));
        ck_assert_ok(mts_store_create(path, &t.schema));
    }
    MPI_Bcast(path, sizeof path, MPI_CHAR, 0, MPI_COMM_WORLD);
    ck_assert_ok(mts_store_open(path, MTS_STORE_WRITE, &store));
    for (uint64_t round = 0; round < 5; round++)
        for (size_t run = (size_t)rank; run < N_RUNS; run += (size_t)size)
            commit(store, run, 100 * round + run);
    ck_assert_ok(mts_store_close(store));
    MPI_Barrier(MPI_COMM_WORLD);
    ck_assert_ok(mts_store_open(path, MTS_STORE_READ, &store));
    for (size_t run = 0; run < N_RUNS; run++)
        ck_assert(holds(store, run, 400 + run));
    ck_assert_ok(mts_store_close(store));
    MPI_Barrier(MPI_COMM_WORLD);
}
END_TEST

START_TEST(a_reader_sees_rows_as_they_are_written)
{
    mts_stamp stamp;
    mts_store *reader, *writer = toy_open("live.h5");
    ck_assert_ok(mts_store_open(place("live.h5"), MTS_STORE_READ, &reader));
    for (uint64_t i = 0; i < 3; i++) {
        commit(writer, 1, i);
        ck_assert(holds(reader, 1, i));
        ck_assert_ok(mts_store_stamps(reader, 1, 1, &stamp));
        ck_assert_int_eq(stamp.state, MTS_STATE_DONE);
        ck_assert_int_eq(stamp.attempts, (int64_t)i + 1);
    }
    ck_assert_ok(mts_store_close(reader));
    ck_assert_ok(mts_store_close(writer));
}
END_TEST

START_TEST(sessions_fill_a_ring)
{
    static mts_session there[MTS_SESSIONS];
    mts_session session = {0};
    mts_store *store = toy_open("session.h5");
    ck_assert_ok(mts_store_sessions(store, there));
    for (size_t i = 0; i < MTS_SESSIONS; i++)
        ck_assert_int_eq(there[i].number, 0);
    for (int64_t i = 1; i <= MTS_SESSIONS + 3; i++) {
        session = (mts_session){.started = (double)i, .pid = 100 + i, .ranks = 4};
        snprintf(session.host, sizeof session.host, "n%d", (int)i);
        strcpy(session.kernels, "x86-64-v3");
        ck_assert_ok(mts_store_session_begin(store, &session));
        ck_assert_int_eq(session.number, i);
    }
    session.ended = 99;
    session.exit = 75;
    ck_assert_ok(mts_store_session_end(store, &session));
    ck_assert_ok(mts_store_sessions(store, there));
    for (size_t i = 0; i < MTS_SESSIONS; i++) {
        const int64_t number = (int64_t)(i < 3 ? MTS_SESSIONS + i + 1 : i + 1);
        ck_assert_int_eq(there[i].number, number);
        ck_assert_int_eq(there[i].pid, 100 + number);
        ck_assert_int_eq(there[i].exit, number == session.number ? 75 : -1);
        ck_assert_int_eq(isnan(there[i].ended), number != session.number);
        ck_assert_str_eq(there[i].kernels, "x86-64-v3");
        ck_assert_int_eq(atoi(there[i].host + 1), (int)number);
    }
    ck_assert_ok(mts_store_close(store));
}
END_TEST

/* ---- files for the tests of readers ---- */

static const char *file_to_make;

START_TEST(make_a_file)
{
    toy t;
    mts_store *store;
    mts_session session = {.started = 1.7e9, .host = "node-1", .pid = 4711, .ranks = 3};
    const mts_stamp failed = {.state = MTS_STATE_FAILED, .finished = 1.8e9, .reason = "no memory"};
    toy_fill(&t);
    ck_assert_ok(mts_store_create(file_to_make, &t.schema));
    ck_assert_ok(mts_store_open(file_to_make, MTS_STORE_WRITE, &store));
    ck_assert_ok(mts_store_session_begin(store, &session));
    for (size_t i = 0; i < 4; i++)
        commit(store, i, i);
    ck_assert_ok(mts_store_begin(store, 4, 1.7e9, "node-2"));
    ck_assert_ok(mts_store_put(store, 4, NULL, &failed));
    ck_assert_ok(mts_store_begin(store, 5, 1.7e9, "node-3"));
    ck_assert_ok(mts_store_close(store));
}
END_TEST

static int read_file(const char *path)
{
    size_t checked, bad;
    mts_store *store;
    if (mts_store_open(path, MTS_STORE_READ, &store) != MTS_OK ||
        mts_store_verify(store, &checked, &bad) != MTS_OK || mts_store_close(store) != MTS_OK) {
        fprintf(stderr, "%s\n", mts_message());
        return EXIT_FAILURE;
    }
    printf("%zu finished\n", checked);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const TTest *const tests[] = {
        a_new_file_has_every_row_pending_and_leaves_no_other_file,
        extents_come_back,
        configs_come_back_exactly,
        a_row_comes_back_bit_for_bit_and_others_stay_as_they_are,
        a_row_of_special_numbers_comes_back_bit_for_bit,
        a_column_of_many_runs_is_read_at_once,
        rows_that_do_not_exist_are_refused,
        a_row_of_other_extents_is_refused_and_changes_nothing,
        begin_and_put_write_the_stamp,
        a_failed_run_has_a_reason_and_no_payload,
        reset_makes_a_row_pending_and_forgets_attempts_if_asked,
        a_write_that_fails_commits_nothing,
        a_damaged_byte_is_found_and_the_run_named,
        a_row_cut_short_is_not_believed,
        a_state_that_is_none_is_found,
        all_ranks_write_different_rows_of_one_file,
        a_reader_sees_rows_as_they_are_written,
        sessions_fill_a_ring,
    };
    int status;
    if (argc == 3 && strcmp(argv[1], "--read") == 0)
        return read_file(argv[2]);
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc == 3 && strcmp(argv[1], "--make") == 0) {
        file_to_make = argv[2];
        status = run_mpi_suite("make", &(const TTest *){make_a_file}, 1);
    } else {
        folder_create();
        status = run_mpi_suite("store", tests, sizeof tests / sizeof *tests);
        folder_remove();
    }
    MPI_Finalize();
    return status;
}
