/* trust.c: whether a file of results can be believed: a first look that a damaged file cannot turn
 * into a crash, and the sweep in the file held against its rows. */
#include "app.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_SECONDS = 60, FIRST_TEXT = 256 };

/* Ends this process where it computes for so long: libhdf5 never comes to an end with some damaged
 * files. That it waits says nothing of the file: a disk may be slow, and a machine busy. */
static void limit_seconds(void)
{
    struct rlimit limit;
    signal(SIGXCPU, SIG_DFL);
    if (getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_cur <= LOOK_SECONDS)
        return;
    limit.rlim_cur = LOOK_SECONDS;
    (void)setrlimit(RLIMIT_CPU, &limit);
}

/* libhdf5 itself crashes on some damaged files, so a child goes first. What it has to say, the caller
 * finds out as well. */
mts_status mts_app_look(const char *path)
{
    struct stat info;
    int status = 0;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return MTS_OK; /* whoever opens it says so */
    fflush(NULL);
    const pid_t child = fork();
    if (child < 0)
        return MTS_OK; /* no process to spare: without a first look, then */
    if (child == 0) {
        const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (nowhere >= 0)
            dup2(nowhere, STDERR_FILENO);
        limit_seconds();
        mts_store_try(path);
        _exit(0);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return MTS_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return MTS_OK;
    return mts_fail(MTS_ERR_IO,
                    "%s is damaged: the HDF5 library cannot read its structure; restore it from a "
                    "copy",
                    path);
}

mts_status mts_app_open(const char *path, mts_store **store)
{
    *store = NULL;
    const mts_status st = mts_app_look(path);
    return st == MTS_OK ? mts_store_open(path, MTS_STORE_READ, store) : st;
}

/* ---- the sweep in the file ---- */

/* Pointers to the lines of text, which is cut into them; at most MTS_APP_HAVE_MAX. */
static size_t split_lines(char *text, const char *line[MTS_APP_HAVE_MAX])
{
    size_t n = 0;
    char *rest = text;
    for (char *one; n < MTS_APP_HAVE_MAX && (one = strtok_r(rest, "\n", &rest));)
        line[n++] = one;
    return n;
}

static mts_status say_damaged(const char *path)
{
    char why[MTS_MESSAGE_MAX];
    snprintf(why, sizeof why, "%s", mts_message());
    return mts_fail(MTS_ERR_IO, "%s is damaged, or of another version: %s", path, why);
}

mts_status mts_app_sweep_whole(const char *path, mts_store *store, mts_app_sweep *sweep)
{
    *sweep = (mts_app_sweep){0};
    mts_status st = mts_store_attribute(store, "sweep", &sweep->text);
    if (st == MTS_OK)
        st = mts_store_attribute(store, "sweep_set", &sweep->sets);
    if (st == MTS_OK) {
        sweep->n_sets = split_lines(sweep->sets, sweep->set);
        st = mts_grid_parse(sweep->text, strlen(sweep->text), "its sweep", sweep->set,
                            sweep->n_sets, &sweep->grid);
        if (st == MTS_ERR_SWEEP || st == MTS_ERR_USAGE)
            st = say_damaged(path);
    }
    if (st != MTS_OK)
        mts_app_sweep_free(sweep);
    return st;
}

/* Keeps the runs that the file has. */
static mts_status keep_part(const char *path, const mts_store *store, mts_grid *grid)
{
    const size_t n = mts_store_runs(store);
    size_t *number = mts_alloc(n, sizeof *number);
    mts_status st = number ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t row = 0; row < n && number; row++)
        number[row] = mts_store_number(store, row);
    if (st == MTS_OK)
        st = mts_grid_keep(grid, n, number);
    mts_free(number);
    return st == MTS_ERR_USAGE ? say_damaged(path) : st;
}

mts_status mts_app_sweep_own(const char *path, mts_store *store, mts_app_sweep *sweep)
{
    mts_status st = mts_app_sweep_whole(path, store, sweep);
    if (st == MTS_OK && mts_store_is_part(store))
        st = keep_part(path, store, sweep->grid);
    if (st != MTS_OK)
        mts_app_sweep_free(sweep);
    return st;
}

mts_status mts_app_own_grid(const char *path, mts_store *store, mts_grid **grid)
{
    mts_app_sweep sweep;
    const mts_status st = mts_app_sweep_own(path, store, &sweep);
    *grid = sweep.grid;
    sweep.grid = NULL;
    mts_app_sweep_free(&sweep);
    return st;
}

/* The first field in which two configs differ that say what a run is; NULL: none. */
static const mts_field *first_difference(const mts_config *a, const mts_config *b)
{
    for (size_t f = 0; f < mts_n_fields; f++)
        if (!(mts_fields[f].flags & MTS_EXECUTION) &&
            mts_config_value(a, &mts_fields[f]) != mts_config_value(b, &mts_fields[f]))
            return &mts_fields[f];
    return NULL;
}

static mts_status refuse(const char *path, size_t run, const mts_field *field,
                         const mts_config *there, const mts_config *own)
{
    char a[MTS_VALUE_TEXT], b[MTS_VALUE_TEXT];
    mts_config_text(there, field, a);
    mts_config_text(own, field, b);
    return mts_fail(MTS_ERR_IO,
                    "%s is damaged: config/%s of run %zu is %s, but %s by the sweep in the file; "
                    "'mtsweep verify --repair %s' mends it",
                    path, field->name, run, a, b, path);
}

mts_status mts_app_check_names(const char *path, const mts_store *store)
{
    const char *renamed = mts_store_renamed(store);
    return !renamed ? MTS_OK
                    : mts_fail(MTS_ERR_IO,
                               "%s is damaged: the flag_meanings of %s are not those of its "
                               "numbers; 'mtsweep verify --repair %s' mends them",
                               path, renamed, path);
}

mts_status mts_app_check_configs(const char *path, mts_store *store)
{
    mts_grid *grid = NULL;
    mts_status st = mts_app_check_names(path, store);
    if (st != MTS_OK || *mts_store_later(store)) /* whose sweep may say what is not known here */
        return st;
    st = mts_app_own_grid(path, store, &grid);
    if (st == MTS_OK && mts_grid_size(grid) != mts_store_runs(store))
        st = mts_fail(MTS_ERR_IO, "%s is damaged: it has %zu runs, but %zu by the sweep in it",
                      path, mts_store_runs(store), mts_grid_size(grid));
    for (size_t run = 0; st == MTS_OK && run < mts_store_runs(store); run++) {
        const mts_field *field;
        mts_config there, own;
        st = mts_store_config(store, run, &there);
        mts_grid_config(grid, run, &own);
        if (st == MTS_OK && memcmp(&there, &own, sizeof own) != 0 &&
            (field = first_difference(&there, &own)))
            st = refuse(path, mts_store_number(store, run), field, &there, &own);
    }
    mts_grid_destroy(grid);
    return st;
}

/* The first difference, as "/config/tasks, row 3". */
static void note_first(void *ctx, const char *dataset, size_t row)
{
    char *first = ctx;
    if (*first)
        return;
    const int n = snprintf(first, FIRST_TEXT, "%s", dataset);
    if (row != SIZE_MAX && n > 0 && n < FIRST_TEXT)
        snprintf(first + n, (size_t)(FIRST_TEXT - n), ", row %zu", row);
}

mts_status mts_app_check_contents(const char *path, mts_store *store)
{
    char first[FIRST_TEXT] = "";
    mts_app_schema *schema = NULL;
    mts_grid *grid = NULL;
    size_t differing = 0;
    mts_status st = mts_app_check_configs(path, store);
    if (st != MTS_OK || *mts_store_later(store))
        return st;
    st = mts_app_own_grid(path, store, &grid);
    if (st == MTS_OK)
        st = mts_app_schema_create(grid, &schema);
    if (st == MTS_OK)
        st = mts_app_schema_hold(schema, store, false, first, note_first, &differing);
    if (st == MTS_OK && differing > 0)
        st = mts_fail(MTS_ERR_IO,
                      "%s is damaged: %s, is not what follows from the sweep in the file; 'mtsweep "
                      "verify --repair %s' mends it",
                      path, first, path);
    mts_app_schema_destroy(schema);
    mts_grid_destroy(grid);
    return st;
}
