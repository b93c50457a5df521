/* sweep_file.c: from the sweep file to a choice of runs, and from a finished file back to its sweep. */
#include "app.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TEXT_MAX (16u << 20) /* bytes of a sweep file */

mts_status mts_app_read(const char *path, char **text, size_t *length)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* waits for no FIFO */
    FILE *file = fd >= 0 ? fdopen(fd, "rb") : NULL;
    struct stat info;
    size_t room = 65536, n;
    mts_status st = MTS_ERR_MEMORY;
    *text = NULL;
    *length = 0;
    if (!file)
        return mts_fail(MTS_ERR_IO, "cannot read %s: %s", *path ? path : "''", strerror(errno));
    if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode)) {
        st = mts_fail(MTS_ERR_IO, "cannot read %s: it is %s", path, mts_file_kind(info.st_mode));
        goto fail;
    }
    for (;;) {
        char *more = mts_alloc(room + 1, 1);
        if (!more)
            goto fail;
        if (*text)
            memcpy(more, *text, *length);
        mts_free(*text);
        *text = more;
        n = fread(*text + *length, 1, room - *length, file);
        *length += n;
        if (ferror(file)) {
            st = mts_fail(MTS_ERR_IO, "cannot read %s: %s", path, strerror(errno));
            goto fail;
        }
        if (*length < room)
            break;
        room *= 2;
        if (room > TEXT_MAX) {
            st = mts_fail(MTS_ERR_SWEEP, "%s: longer than %u MiB; this is no sweep file", path,
                          TEXT_MAX >> 20);
            goto fail;
        }
    }
    fclose(file);
    return MTS_OK;

fail:
    fclose(file);
    mts_free(*text);
    *text = NULL;
    return st;
}

/* The grid does not know what scores there are. */
static mts_status check_expects(const char *file, const mts_grid *grid)
{
    char why[MTS_MESSAGE_MAX];
    for (size_t i = 0; i < mts_grid_expects(grid); i++) {
        mts_expect *expect;
        const mts_status st = mts_expect_parse(mts_grid_expect(grid, i), &expect);
        mts_expect_destroy(expect);
        if (st == MTS_ERR_USAGE) {
            snprintf(why, sizeof why, "%s", mts_message());
            return mts_fail(MTS_ERR_SWEEP, "%s: expect, entry %zu: %s", file, i + 1, why);
        }
        if (st != MTS_OK)
            return st;
    }
    return MTS_OK;
}

mts_status mts_app_grid_parse(const mts_app_args *args, const char *file, const char *text,
                              size_t length, mts_grid **grid)
{
    const char *set[MTS_APP_HAVE_MAX];
    const size_t n_sets = mts_app_texts(args, "set", set);
    mts_status st = mts_grid_parse(text, length, file, set, n_sets, grid);
    if (st == MTS_OK)
        st = check_expects(file, *grid);
    if (st != MTS_OK) {
        mts_grid_destroy(*grid);
        *grid = NULL;
    }
    return st;
}

mts_status mts_app_grid(const mts_app_args *args, mts_grid **grid)
{
    char *text;
    size_t length;
    mts_status st = mts_app_read(args->argument[0], &text, &length);
    *grid = NULL;
    if (st == MTS_OK)
        st = mts_app_grid_parse(args, args->argument[0], text, length, grid);
    mts_free(text);
    return st;
}

void mts_app_sweep_free(mts_app_sweep *sweep)
{
    mts_grid_destroy(sweep->grid);
    mts_free(sweep->text);
    mts_free(sweep->sets);
    *sweep = (mts_app_sweep){0};
}

mts_status mts_app_sweep_read(const mts_app_args *args, const char *file, mts_app_sweep *sweep)
{
    size_t length;
    *sweep = (mts_app_sweep){0};
    sweep->n_sets = mts_app_texts(args, "set", sweep->set);
    mts_status st = mts_app_read(file, &sweep->text, &length);
    if (st == MTS_OK)
        st = mts_app_grid_parse(args, file, sweep->text, length, &sweep->grid);
    if (st != MTS_OK)
        mts_app_sweep_free(sweep);
    return st;
}

mts_status mts_app_expects(const mts_grid *grid, const char ***text)
{
    *text = mts_alloc(mts_grid_expects(grid) + 1, sizeof **text);
    if (!*text)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < mts_grid_expects(grid); i++)
        (*text)[i] = mts_grid_expect(grid, i);
    return MTS_OK;
}

mts_status mts_app_sweep_write(const mts_grid *like, size_t n, const mts_config *config,
                               mts_app_sweep *sweep)
{
    mts_grid_title title = {.name = mts_grid_name(like),
                            .question = mts_grid_question(like),
                            .claim = mts_grid_claim(like)};
    const char **expect;
    *sweep = (mts_app_sweep){0};
    mts_status st = mts_app_expects(like, &expect);
    title.n_expects = mts_grid_expects(like);
    title.expect = expect;
    if (st == MTS_OK)
        st = mts_grid_write(&title, n, config, &sweep->text);
    mts_free(expect);
    if (st == MTS_OK)
        st = mts_grid_parse(sweep->text, strlen(sweep->text), "the sweep of the new file", NULL, 0,
                            &sweep->grid);
    if (st != MTS_OK)
        mts_app_sweep_free(sweep);
    return st;
}

static int by_key(const void *a, const void *b)
{
    const mts_app_key *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

mts_status mts_app_keys_create(const mts_table_runs *runs, mts_app_keys *keys)
{
    mts_config config;
    mts_status st = MTS_OK;
    *keys = (mts_app_keys){runs->n, mts_alloc(runs->n, sizeof *keys->sorted)};
    if (!keys->sorted)
        return MTS_ERR_MEMORY;
    for (size_t run = 0; run < runs->n && st == MTS_OK; run++) {
        st = runs->config(runs->ctx, run, &config);
        if (st == MTS_OK)
            keys->sorted[run] = (mts_app_key){mts_config_key(&config), run};
    }
    qsort(keys->sorted, keys->n, sizeof *keys->sorted, by_key);
    return st;
}

void mts_app_keys_free(mts_app_keys *keys)
{
    mts_free(keys->sorted);
    *keys = (mts_app_keys){0};
}

size_t mts_app_keys_find(const mts_app_keys *keys, uint64_t key)
{
    const mts_app_key wanted = {.key = key};
    const mts_app_key *found =
        bsearch(&wanted, keys->sorted, keys->n, sizeof *keys->sorted, by_key);
    return found ? found->run : SIZE_MAX;
}

const mts_field *mts_app_wide_difference(const mts_config *a, const mts_config *b)
{
    for (size_t f = 0; f < mts_n_fields; f++)
        if (mts_fields[f].flags & MTS_SWEEP_WIDE &&
            mts_config_value(a, &mts_fields[f]) != mts_config_value(b, &mts_fields[f]))
            return &mts_fields[f];
    return NULL;
}

static mts_status grid_config(void *grid, size_t run, mts_config *config)
{
    mts_grid_config(grid, run, config);
    return MTS_OK;
}

static mts_status store_config(void *store, size_t run, mts_config *config)
{
    return mts_store_config(store, run, config);
}

mts_table_runs mts_app_grid_runs(const mts_grid *grid)
{
    return (mts_table_runs){(void *)(uintptr_t)grid, mts_grid_size(grid), grid_config};
}

mts_table_runs mts_app_store_runs(mts_store *store)
{
    return (mts_table_runs){store, mts_store_runs(store), store_config};
}

/* How many of the runs of `here` are not in `there`, whose runs are all in `here`; 0 where they are
 * not. */
static mts_status count_more(const mts_table_runs *there, const mts_table_runs *here, size_t *more)
{
    mts_app_keys keys = {0};
    bool all = there->n < here->n;
    mts_status st = mts_app_keys_create(here, &keys);
    for (size_t run = 0; run < there->n && all && st == MTS_OK; run++) {
        mts_config config;
        st = there->config(there->ctx, run, &config);
        all = st == MTS_OK && mts_app_keys_find(&keys, mts_config_key(&config)) != SIZE_MAX;
    }
    mts_app_keys_free(&keys);
    *more = all ? here->n - there->n : 0;
    return st;
}

mts_status mts_app_same_sweep(const char *path, mts_store *store, const mts_grid *grid)
{
    const mts_table_runs there = mts_app_store_runs(store), here = mts_app_grid_runs(grid);
    char *hash = NULL, mine[32], difference[MTS_TABLE_DIFFERENCE_TEXT];
    size_t more = 0;
    mts_status st = mts_store_attribute(store, "sweep_hash", &hash);
    snprintf(mine, sizeof mine, "%016llx", (unsigned long long)mts_grid_hash(grid));
    if (st == MTS_OK && strcmp(hash, mine) != 0) {
        st = mts_table_difference(&there, &here, difference);
        if (st == MTS_OK)
            st = count_more(&there, &here, &more);
        if (st == MTS_OK && more > 0)
            st = mts_fail(MTS_ERR_FOREIGN,
                          "%s belongs to a part of this sweep: %s; 'mtsweep extend %s SWEEP' adds "
                          "the %zu run%s missing",
                          path, difference, path, more, more == 1 ? " that is" : "s that are");
        else if (st == MTS_OK)
            st = mts_fail(MTS_ERR_FOREIGN,
                          "%s belongs to another sweep: %s; choose another -o, or the old sweep "
                          "file",
                          path, difference);
    }
    mts_free(hash);
    return st;
}
