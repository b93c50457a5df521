/* Tests of store.h: the file itself. That its metadata never change, how creation fails, and what
 * opening refuses. Every rank runs every test on a file of its own. */
#include <errno.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "store_file.h"

/* ---- metadata ---- */

typedef struct extent {
    haddr_t offset;
    hsize_t bytes;
} extent;

typedef struct extents_found {
    extent extent[256];
    size_t n;
} extents_found;

static herr_t add_extent(hid_t file, const char *name, const H5O_info_t *info, void *ctx)
{
    extents_found *found = ctx;
    if (info->type == H5O_TYPE_DATASET) {
        hid_t data = H5Dopen2(file, name, H5P_DEFAULT);
        ck_assert_uint_lt(found->n, 256);
        found->extent[found->n++] = (extent){H5Dget_offset(data), H5Dget_storage_size(data)};
        H5Dclose(data);
    }
    return 0;
}

/* Hash of all bytes of the file that no dataset holds. */
static uint64_t metadata_hash(const char *path)
{
    extents_found found = {.n = 0};
    struct stat info;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), file;
    H5Pset_fapl_sec2(access);
    file = H5Fopen(path, H5F_ACC_RDONLY, access);
#if H5_VERSION_GE(1, 12, 0)
    ck_assert_int_ge(
        H5Ovisit3(file, H5_INDEX_NAME, H5_ITER_NATIVE, add_extent, &found, H5O_INFO_BASIC), 0);
#else
    ck_assert_int_ge(H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, add_extent, &found), 0);
#endif
    H5Fclose(file);
    H5Pclose(access);
    ck_assert_uint_gt(found.n, 100);

    int fd = open(path, O_RDONLY);
    ck_assert_int_eq(fstat(fd, &info), 0);
    char *bytes = malloc((size_t)info.st_size);
    ck_assert_int_eq(read(fd, bytes, (size_t)info.st_size), info.st_size);
    close(fd);
    for (size_t i = 0; i < found.n; i++)
        memset(bytes + found.extent[i].offset, 0, found.extent[i].bytes);
    const uint64_t hash = mts_hash(0, bytes, (size_t)info.st_size);
    free(bytes);
    return hash;
}

START_TEST(metadata_are_the_same_after_100_rows_and_ten_openings)
{
    mts_session session = {.started = 1, .host = "h", .pid = 2, .ranks = 3};
    mts_store *store = toy_open("metadata.h5");
    ck_assert_ok(mts_store_close(store));
    const uint64_t before = metadata_hash(place("metadata.h5"));
    for (size_t i = 0; i < 100; i++) {
        if (i % 10 == 0)
            ck_assert_ok(mts_store_open(place("metadata.h5"), MTS_STORE_WRITE, &store));
        commit(store, i % N_RUNS, i);
        ck_assert(metadata_hash(place("metadata.h5")) == before);
        if (i % 10 == 9) {
            ck_assert_ok(mts_store_reset(store, i % N_RUNS, true));
            ck_assert_ok(mts_store_session_begin(store, &session));
            ck_assert_ok(mts_store_session_end(store, &session));
            ck_assert_ok(mts_store_close(store));
        }
    }
    ck_assert(metadata_hash(place("metadata.h5")) == before);
}
END_TEST

/* ---- creation ---- */

START_TEST(a_file_without_traces_decoders_or_encoder_has_only_the_other_datasets)
{
    toy t;
    mts_store *store;
    mts_stamp stamp;
    toy_fill(&t);
    t.schema.extents.n[MTS_AXIS_trial] = 0;
    t.schema.extents.n[MTS_AXIS_fit] = 0;
    t.schema.extents.n[MTS_AXIS_encoder_parameter] = 0;
    ck_assert_ok(mts_store_create(place("few.h5"), &t.schema));
    ck_assert_ok(mts_store_open(place("few.h5"), MTS_STORE_WRITE, &store));
    commit(store, 3, 8);
    ck_assert(holds(store, 3, 8));
    ck_assert_ok(mts_store_stamps(store, 3, 1, &stamp));
    ck_assert_int_eq(stamp.state, MTS_STATE_DONE);
    ck_assert_uint_eq(mts_store_extents(store)->n[MTS_AXIS_fit], 0);
    ck_assert_uint_eq(mts_store_extents(store)->n[MTS_AXIS_fold], 4);
    ck_assert_ok(mts_store_close(store));

    hid_t access = H5Pcreate(H5P_FILE_ACCESS), file;
    H5Pset_fapl_sec2(access);
    file = H5Fopen(place("few.h5"), H5F_ACC_RDONLY, access);
    ck_assert_int_eq(H5Lexists(file, "/axis/fit", H5P_DEFAULT), 0);
    ck_assert_int_eq(H5Lexists(file, "/trace/hidden", H5P_DEFAULT), 0);
    ck_assert_int_eq(H5Lexists(file, "/weights/encoder", H5P_DEFAULT), 0);
    ck_assert_int_gt(H5Lexists(file, "/weights/parameters", H5P_DEFAULT), 0);
    H5Fclose(file);
    H5Pclose(access);
}
END_TEST

START_TEST(the_predicted_size_is_the_size)
{
    double group[4];
    struct stat info;
    size_t scores = 0;
    toy t;
    toy_fill(&t);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) /* of two latents there is one pair */
        scores += strcmp(mts_columns[c].group, "score") == 0;
    t.schema.extents.n[MTS_AXIS_unit] = 500;
    t.schema.extents.n[MTS_AXIS_parameter] = 70000;
    t.schema.extents.n[MTS_AXIS_fit] = 100;
    ck_assert_ok(mts_store_create(place("size.h5"), &t.schema));
    ck_assert_int_eq(stat(place("size.h5"), &info), 0);
    ck_assert_double_eq_tol(mts_store_size(&t.schema.extents, group), (double)info.st_size, 1e5);
    ck_assert_int_ge(info.st_blocks * 512, info.st_size); /* reserved, holes too */
    ck_assert_double_eq(group[0], 7 * 6 * 4 * (500 + 6) * 4.0 + 7 * 8 + 2 * 6 * 2 * 4 * (1 + 3) +
                                      7 * 4 + 2 * 2 * 6);
    ck_assert_double_eq(group[1], 7 * (70000 * 4.0 + 11 * 4 + 12 * 8 + 6 * 8 + 8));
    ck_assert_double_eq(group[2], 7 * 3 * 4 * 100 * 8.0 * (double)scores);
    ck_assert_double_eq(group[0] + group[1] + group[2] + group[3],
                        mts_store_size(&t.schema.extents, NULL));
}
END_TEST

START_TEST(attributes_come_back)
{
    char *text;
    mts_store *store = toy_open("attribute.h5");
    ck_assert_ok(mts_store_attribute(store, "question", &text));
    ck_assert_str_eq(text, QUESTION);
    mts_free(text);
    ck_assert_ok(mts_store_attribute(store, "empty", &text));
    ck_assert_str_eq(text, "");
    mts_free(text);
    ck_assert_fails(mts_store_attribute(store, "answer", &text), MTS_ERR_IO,
                    "attribute.h5 has no attribute 'answer'");
    ck_assert_ptr_null(text);
    ck_assert_fails(mts_store_attribute(store, "format_version", &text), MTS_ERR_IO,
                    "attribute 'format_version' is not fixed-length text");
    ck_assert_ok(mts_store_close(store));
}
END_TEST

/* Creation of place(name) fails, and nothing is there afterwards. */
static void create_fails(const char *name, const mts_schema *schema, const char *text)
{
    char temporary[64];
    ck_assert_fails(mts_store_create(place(name), schema), MTS_ERR_IO, text);
    ck_assert(!exists(place(name)));
    snprintf(temporary, sizeof temporary, "%s.tmp", name);
    ck_assert(!exists(place(temporary)));
}

START_TEST(an_existing_file_is_not_overwritten)
{
    toy t;
    char text[8] = "";
    toy_fill(&t);
    FILE *file = fopen(place("mine.txt"), "w");
    fputs("mine", file);
    fclose(file);
    ck_assert_fails(mts_store_create(place("mine.txt"), &t.schema), MTS_ERR_IO,
                    "mine.txt: it exists already");
    file = fopen(place("mine.txt"), "r");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    ck_assert_str_eq(text, "mine");
}
END_TEST

START_TEST(what_a_killed_creator_left_is_replaced)
{
    mts_store *store;
    FILE *file = fopen(place("again.h5.tmp"), "w");
    fputs("half a file", file);
    fclose(file);
    store = toy_open("again.h5");
    ck_assert(!exists(place("again.h5.tmp")));
    ck_assert_ok(mts_store_close(store));
}
END_TEST

START_TEST(creation_in_a_folder_that_is_not_there_fails)
{
    toy t;
    toy_fill(&t);
    create_fails("nowhere/new.h5", &t.schema, "nowhere/new.h5.tmp: No such file or directory");
}
END_TEST

START_TEST(an_attribute_that_is_too_long_fails)
{
    toy t;
    static char text[70000];
    memset(text, 'x', sizeof text - 1);
    toy_fill(&t);
    t.attribute[1] = (mts_attribute){.name = "sweep", .text = text};
    create_fails("long.h5", &t.schema,
                 "attribute 'sweep' would be 69999 bytes long, and an HDF5 attribute holds 64000; "
                 "shorten the sweep file");
    text[64000] = '\0';
    ck_assert_ok(mts_store_create(place("long.h5"), &t.schema));
}
END_TEST

START_TEST(a_sweep_without_runs_is_refused)
{
    toy t;
    toy_fill(&t);
    t.schema.extents.n[MTS_AXIS_run] = 0;
    ck_assert_fails(mts_store_create(place("none.h5"), &t.schema), MTS_ERR_USAGE,
                    "none.h5: the sweep has no runs");
}
END_TEST

START_TEST(creation_beyond_the_limit_of_file_sizes_leaves_nothing)
{
    toy t;
    struct rlimit before, limit;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    toy_fill(&t);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 100000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const mts_status status = mts_store_create(place("limit.h5"), &t.schema);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    ck_assert_int_eq(status, MTS_ERR_IO);
    ck_assert_ptr_nonnull(strstr(mts_message(), "cannot reserve 0.2 MiB for "));
    ck_assert_ptr_nonnull(strstr(mts_message(), "File too large"));
    ck_assert(!exists(place("limit.h5")) && !exists(place("limit.h5.tmp")));
}
END_TEST

START_TEST(creation_on_a_full_disk_leaves_nothing)
{
    toy t;
    char disk[PATH_TEXT];
    toy_fill(&t);
    t.schema.extents.n[MTS_AXIS_parameter] = 100000;
    snprintf(disk, sizeof disk, "%s", place("disk"));
    ck_assert_int_eq(mkdir(disk, 0777), 0);
    if (mount("none", disk, "tmpfs", 0, "size=1m") != 0) {
        if (rank == 0)
            printf("ok creation_on_a_full_disk_leaves_nothing # SKIP cannot mount a small disk\n");
        return;
    }
    const mts_status status = mts_store_create(place("disk/full.h5"), &t.schema);
    const bool left = exists(place("disk/full.h5")) || exists(place("disk/full.h5.tmp"));
    ck_assert_int_eq(umount(disk), 0);
    ck_assert_int_eq(status, MTS_ERR_IO);
    ck_assert_ptr_nonnull(strstr(mts_message(), "full.h5: No space left on device; free space"));
    ck_assert(!left);
}
END_TEST

/* ---- what opening refuses ---- */

/* Opening place(name) fails with this status and exactly this message, in which %s is the path. */
#define open_fails(name, mode, status, format)                                                     \
    do {                                                                                           \
        char expected_[2 * PATH_TEXT];                                                             \
        mts_store *store_ = (mts_store *)1;                                                        \
        snprintf(expected_, sizeof expected_, format, place(name));                                \
        ck_assert_int_eq(mts_store_open(place(name), mode, &store_), status);                      \
        ck_assert_str_eq(mts_message(), expected_);                                                \
        ck_assert_ptr_null(store_);                                                                \
    } while (0)

static void write_text(const char *name, const char *text)
{
    FILE *file = fopen(place(name), "w");
    fputs(text, file);
    fclose(file);
}

/* Opens place(name) for changes behind the store's back, creating it as a plain HDF5 file. */
static hid_t open_raw(const char *name)
{
    hid_t file, access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_sec2(access);
    file = exists(place(name)) ? H5Fopen(place(name), H5F_ACC_RDWR, access)
                               : H5Fcreate(place(name), H5F_ACC_EXCL, H5P_DEFAULT, access);
    H5Pclose(access);
    ck_assert_int_ge(file, 0);
    return file;
}

static void make(const char *name)
{
    toy t;
    toy_fill(&t);
    ck_assert_ok(mts_store_create(place(name), &t.schema));
}

START_TEST(what_is_no_file_is_refused)
{
    open_fails("not.h5", MTS_STORE_READ, MTS_ERR_IO, "cannot open %s: No such file or directory");
    open_fails("not.h5", MTS_STORE_WRITE, MTS_ERR_IO,
               "cannot open %s for writing: No such file or directory");
    ck_assert(!exists(place("not.h5")));
    open_fails("", MTS_STORE_READ, MTS_ERR_IO, "cannot open %s: it is a folder");
    open_fails("", MTS_STORE_WRITE, MTS_ERR_IO, "cannot open %s: it is a folder");
}
END_TEST

START_TEST(a_file_without_permission_is_refused)
{
    const uid_t user = geteuid();
    make("mode.h5");
    ck_assert_int_eq(chmod(place("mode.h5"), 0444), 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    if (user == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    open_fails("mode.h5", MTS_STORE_WRITE, MTS_ERR_IO,
               "cannot open %s for writing: Permission denied");
    if (user == 0)
        ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(place("mode.h5"), 0), 0);
    if (user == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    open_fails("mode.h5", MTS_STORE_READ, MTS_ERR_IO, "cannot open %s: Permission denied");
    if (user == 0)
        ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(a_file_of_another_kind_is_refused)
{
    write_text("text.h5", "name: fig3\n");
    write_text("nothing.h5", "");
    H5Fclose(open_raw("other.h5"));
    open_fails("text.h5", MTS_STORE_WRITE, MTS_ERR_FOREIGN, "%s is not an HDF5 file");
    open_fails("nothing.h5", MTS_STORE_READ, MTS_ERR_FOREIGN, "%s is not an HDF5 file");
    open_fails("other.h5", MTS_STORE_READ, MTS_ERR_FOREIGN,
               "%s is an HDF5 file, but not one of mtsweep");
    open_fails("other.h5", MTS_STORE_WRITE, MTS_ERR_FOREIGN,
               "%s is an HDF5 file, but not one of mtsweep");
}
END_TEST

static void set_version(const char *name, int64_t version)
{
    hid_t file = open_raw(name), attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
    ck_assert_int_ge(H5Awrite(attribute, H5T_NATIVE_INT64, &version), 0);
    H5Aclose(attribute);
    H5Fclose(file);
}

/* Opening a file that says it is of this version. */
static void version_fails(int version, mts_store_mode mode, const char *which)
{
    char expected[2 * PATH_TEXT];
    mts_store *store;
    set_version("version.h5", version);
    snprintf(expected, sizeof expected,
             "%s has format version %d, and this mtsweep knows version %d only; use %s mtsweep",
             place("version.h5"), version, MTS_FORMAT_VERSION, which);
    ck_assert_int_eq(mts_store_open(place("version.h5"), mode, &store), MTS_ERR_FOREIGN);
    ck_assert_str_eq(mts_message(), expected);
}

START_TEST(another_format_version_is_refused)
{
    make("version.h5");
    version_fails(MTS_FORMAT_VERSION + 1, MTS_STORE_READ, "a newer");
    for (int version = 1; version < MTS_FORMAT_VERSION; version++)
        version_fails(version, MTS_STORE_WRITE, "an older");
    hid_t file = open_raw("version.h5");
    H5Adelete(file, "format_version");
    H5Fclose(file);
    open_fails("version.h5", MTS_STORE_READ, MTS_ERR_IO,
               "%s is damaged: attribute 'format_version' is no number");
}
END_TEST

START_TEST(a_file_cut_short_is_refused_at_every_length)
{
    struct stat info;
    char expected[64];
    make("cut.h5");
    ck_assert_int_eq(stat(place("cut.h5"), &info), 0);
    const off_t cuts[] = {info.st_size - 1, info.st_size - 4096, info.st_size / 2, 4096, 96, 48};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        mts_store *store;
        ck_assert_int_eq(truncate(place("cut.h5"), cuts[i]), 0);
        snprintf(expected, sizeof expected, "is cut short: %lld of %lld bytes are there",
                 (long long)cuts[i], (long long)info.st_size);
        ck_assert_fails(mts_store_open(place("cut.h5"), MTS_STORE_READ, &store), MTS_ERR_IO,
                        expected);
        ck_assert_fails(mts_store_open(place("cut.h5"), MTS_STORE_WRITE, &store), MTS_ERR_IO,
                        expected);
    }
    ck_assert_int_eq(truncate(place("cut.h5"), 20), 0);
    ck_assert_int_ne(mts_store_open(place("cut.h5"), MTS_STORE_READ, &(mts_store *){NULL}), MTS_OK);
    ck_assert_int_eq(truncate(place("cut.h5"), 4), 0);
    open_fails("cut.h5", MTS_STORE_READ, MTS_ERR_FOREIGN, "%s is not an HDF5 file");
}
END_TEST

/* Replaces a dataset by one of another type or shape, or by nothing if there is no type. */
static void replace(const char *name, const char *path, hid_t type, hsize_t n,
                    H5D_alloc_time_t when)
{
    hid_t file = open_raw(name), space = H5Screate_simple(1, &n, NULL);
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(list, when);
    ck_assert_int_ge(H5Ldelete(file, path, H5P_DEFAULT), 0);
    if (type >= 0)
        H5Dclose(H5Dcreate2(file, path, type, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Pclose(list);
    H5Sclose(space);
    H5Fclose(file);
}

START_TEST(missing_and_changed_datasets_are_refused)
{
    make("missing.h5");
    replace("missing.h5", "/score/ols_r2", -1, 1, H5D_ALLOC_TIME_EARLY);
    open_fails("missing.h5", MTS_STORE_READ, MTS_ERR_IO,
               "%s is damaged: dataset /score/ols_r2 is missing");
    make("type.h5");
    replace("type.h5", "/state/state", H5T_STD_I32LE, N_RUNS, H5D_ALLOC_TIME_EARLY);
    open_fails("type.h5", MTS_STORE_WRITE, MTS_ERR_IO,
               "%s is damaged: dataset /state/state has another type");
    make("text_type.h5");
    replace("text_type.h5", "/state/host", H5T_C_S1, N_RUNS, H5D_ALLOC_TIME_EARLY);
    open_fails("text_type.h5", MTS_STORE_WRITE, MTS_ERR_IO,
               "%s is damaged: dataset /state/host has another type");
    make("shape.h5");
    replace("shape.h5", "/config/tasks", H5T_STD_I64LE, N_RUNS + 1, H5D_ALLOC_TIME_EARLY);
    open_fails("shape.h5", MTS_STORE_READ, MTS_ERR_IO,
               "%s is damaged: dataset /config/tasks has another shape");
    make("axis.h5");
    replace("axis.h5", "/axis/run", H5T_STD_I64LE, N_RUNS - 1, H5D_ALLOC_TIME_EARLY);
    open_fails("axis.h5", MTS_STORE_READ, MTS_ERR_IO,
               "%s is damaged: dataset /config/arch has another shape");
    replace("axis.h5", "/axis/run", -1, 1, H5D_ALLOC_TIME_EARLY);
    open_fails("axis.h5", MTS_STORE_READ, MTS_ERR_IO,
               "%s is damaged: dataset /axis/run is missing");
    make("group.h5");
    replace("group.h5", "/history", -1, 1, H5D_ALLOC_TIME_EARLY);
    open_fails("group.h5", MTS_STORE_READ, MTS_ERR_IO,
               "%s is damaged: dataset /history/batch is missing");
}
END_TEST

START_TEST(a_group_in_place_of_a_dataset_is_refused)
{
    mts_store *store;
    make("kind.h5");
    hid_t file = open_raw("kind.h5");
    H5Ldelete(file, "/result/loss", H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "/result/loss", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    ck_assert_fails(mts_store_open(place("kind.h5"), MTS_STORE_READ, &store), MTS_ERR_IO,
                    "H5Dopen2 failed for /result/loss");
}
END_TEST

START_TEST(a_dataset_that_was_never_allocated_is_refused)
{
    make("late.h5");
    replace("late.h5", "/result/loss", H5T_IEEE_F64LE, N_RUNS, H5D_ALLOC_TIME_LATE);
    open_fails("late.h5", MTS_STORE_WRITE, MTS_ERR_IO,
               "%s is damaged: dataset /result/loss reaches beyond its end");
}
END_TEST

START_TEST(damaged_metadata_are_refused_or_read_but_never_crash)
{
    make("fuzz.h5");
    FILE *file = fopen(place("fuzz.h5"), "rb");
    static unsigned char bytes[1 << 19];
    const size_t n = fread(bytes, 1, sizeof bytes, file);
    size_t refused = 0;
    fclose(file);
    for (uint32_t i = 0; i < 60; i++) {
        mts_store *store;
        uint32_t word[4];
        mts_bits((mts_stream){1, 98}, i, 0, word);
        const size_t at = 96 + word[0] % 100000;
        file = fopen(place("fuzzed.h5"), "wb");
        fwrite(bytes, 1, at, file);
        for (size_t j = 0; j < 64; j++)
            fputc(bytes[at + j] ^ (int)(word[1] >> j % 24 & 0xff), file);
        fwrite(bytes + at + 64, 1, n - at - 64, file);
        fclose(file);
        const mts_status status = mts_store_open(place("fuzzed.h5"), MTS_STORE_READ, &store);
        ck_assert(status == MTS_OK || status == MTS_ERR_IO || status == MTS_ERR_FOREIGN);
        refused += status != MTS_OK;
        ck_assert_ok(mts_store_close(store));
    }
    ck_assert_uint_gt(refused, 20);
}
END_TEST

START_TEST(closing_nothing_is_fine)
{
    ck_assert_ok(mts_store_close(NULL));
}
END_TEST

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const TTest *const tests[] = {
        metadata_are_the_same_after_100_rows_and_ten_openings,
        a_file_without_traces_decoders_or_encoder_has_only_the_other_datasets,
        the_predicted_size_is_the_size,
        attributes_come_back,
        an_existing_file_is_not_overwritten,
        what_a_killed_creator_left_is_replaced,
        creation_in_a_folder_that_is_not_there_fails,
        an_attribute_that_is_too_long_fails,
        a_sweep_without_runs_is_refused,
        creation_beyond_the_limit_of_file_sizes_leaves_nothing,
        creation_on_a_full_disk_leaves_nothing,
        what_is_no_file_is_refused,
        a_file_without_permission_is_refused,
        a_file_of_another_kind_is_refused,
        another_format_version_is_refused,
        a_file_cut_short_is_refused_at_every_length,
        missing_and_changed_datasets_are_refused,
        a_group_in_place_of_a_dataset_is_refused,
        a_dataset_that_was_never_allocated_is_refused,
        damaged_metadata_are_refused_or_read_but_never_crash,
        closing_nothing_is_fine,
    };
    folder_create();
    const int status = run_mpi_suite("store_file", tests, sizeof tests / sizeof *tests);
    folder_remove();
    MPI_Finalize();
    return status;
}
