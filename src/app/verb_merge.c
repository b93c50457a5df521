/* verb_merge.c: `mtsweep merge`: one file of the runs of several. */
#include "rebuild.h"
#include "verb_run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const mts_app_option options[] = {
    {"output", 'o', "OUT", "the new file; there must be none of this name", MTS_APP_REQUIRED},
    {NULL, 0, NULL, NULL, 0}};

static const char more[] =
    "Files of one sweep, such as those of --shard, or of several. A run that is in "
    "several files is taken once, finished before failed before pending; where two have "
    "finished it, every bit of its results must be the same (but for the name of the "
    "kernels). Where one of the sweeps has all runs, the new file is of that sweep, or of "
    "a part of it; else its sweep is their product, or a list.\n";

enum {
    SWEEP_TEXT = 60000, /* bytes that the attribute of a file holds */
    RENEW_SECONDS = 5
};

typedef struct {
    size_t n;
    mts_app_source *source;
    mts_app_sweep sweep; /* of the new file */
    mts_app_keys keys;
    mts_app_pick *pick;
    size_t *found; /* [runs of the sweep] how many files have it */
    mts_result *row[2];
    double renewed;
} merger;

/* ---- what is merged ---- */

static mts_status refuse_twice(const merger *m, const char *path)
{
    struct stat a, b;
    if (stat(path, &a) != 0)
        return MTS_OK; /* whoever opens it says so */
    for (size_t i = 0; m->source[i].path; i++)
        if (stat(m->source[i].path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
            return mts_fail(MTS_ERR_USAGE, "%s and %s are one file", m->source[i].path, path);
    return MTS_OK;
}

static mts_status open_source(merger *m, size_t i, const char *path)
{
    mts_app_source *source = &m->source[i];
    char a[MTS_VALUE_TEXT], b[MTS_VALUE_TEXT];
    mts_config first, here;
    mts_status st = refuse_twice(m, path);
    if (st == MTS_OK)
        st = mts_app_source_open(path, source);
    if (st == MTS_OK && *mts_store_dropped(source->store))
        st = mts_fail(MTS_ERR_FOREIGN,
                      "%s is a slim copy, which lacks %s; merge the originals, then 'mtsweep slim'",
                      path, mts_store_dropped(source->store));
    if (st == MTS_OK)
        st = mts_store_config(m->source[0].store, 0, &first);
    if (st == MTS_OK)
        st = mts_store_config(source->store, 0, &here);
    const mts_field *field = st == MTS_OK ? mts_app_wide_difference(&first, &here) : NULL;
    if (field) {
        mts_config_text(&first, field, a);
        mts_config_text(&here, field, b);
        st = mts_fail(MTS_ERR_FOREIGN,
                      "%s has %s %s and %s %s, which is one value for all runs of a file; they "
                      "cannot be merged",
                      m->source[0].path, field->name, a, path, b);
    }
    return st == MTS_OK ? mts_app_source_states(source, false) : st;
}

/* ---- the sweep of the new file ---- */

/* Takes the sweep in a file if it has all runs of all files. */
static mts_status try_sweep(merger *m, const mts_app_source *like, bool *taken)
{
    mts_app_keys keys = {0};
    mts_app_sweep sweep;
    mts_status st = mts_app_sweep_whole(like->path, like->store, &sweep);
    bool *chosen = NULL;
    *taken = false;
    if (st != MTS_OK)
        return st;
    const mts_table_runs runs = mts_app_grid_runs(sweep.grid);
    st = mts_app_keys_create(&runs, &keys);
    if (st == MTS_OK && !(chosen = mts_alloc(runs.n, sizeof *chosen)))
        st = MTS_ERR_MEMORY;
    *taken = st == MTS_OK;
    for (size_t i = 0; i < m->n && *taken; i++)
        for (size_t run = 0; run < m->source[i].runs && *taken; run++) {
            mts_config config;
            st = mts_store_config(m->source[i].store, run, &config);
            const size_t there =
                st == MTS_OK ? mts_app_keys_find(&keys, mts_config_key(&config)) : SIZE_MAX;
            *taken = there != SIZE_MAX;
            if (*taken)
                chosen[there] = true;
        }
    if (*taken)
        st = mts_app_keep(sweep.grid, chosen);
    if (*taken && st == MTS_OK)
        m->sweep = sweep;
    else
        mts_app_sweep_free(&sweep);
    mts_app_keys_free(&keys);
    mts_free(chosen);
    return st;
}

/* Fields in the order in which their values sort the runs: what no axis of the first file is, then its
 * axes. */
static size_t field_order(const mts_grid *first, const mts_field **order)
{
    size_t n = 0;
    for (size_t f = 0; f < mts_n_fields; f++) {
        bool axis = (mts_fields[f].flags & MTS_EXECUTION) != 0;
        for (size_t a = 0; a < mts_grid_axes(first); a++)
            axis = axis || mts_grid_axis_at(first, a).field == &mts_fields[f];
        if (!axis)
            order[n++] = &mts_fields[f];
    }
    for (size_t a = 0; a < mts_grid_axes(first); a++)
        order[n++] = mts_grid_axis_at(first, a).field;
    order[n] = NULL;
    return n;
}

static int by_values(const void *a, const void *b, void *order)
{
    for (const mts_field **field = order; *field; field++) {
        const double x = mts_config_value(a, *field), y = mts_config_value(b, *field);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

static mts_status write_sweep(merger *m)
{
    const mts_grid *first = m->source[0].sweep.grid;
    const mts_field **order = mts_alloc(mts_n_fields + 1, sizeof *order);
    mts_config *config = NULL;
    size_t n = 0, kept = 1;
    for (size_t i = 0; i < m->n; i++)
        n += m->source[i].runs;
    config = mts_alloc(n, sizeof *config);
    mts_status st = order && config ? MTS_OK : MTS_ERR_MEMORY;
    n = 0;
    for (size_t i = 0; i < m->n && st == MTS_OK; i++)
        for (size_t run = 0; run < m->source[i].runs && st == MTS_OK; run++)
            st = mts_store_config(m->source[i].store, run, &config[n++]);
    if (st == MTS_OK) {
        field_order(first, order);
        qsort_r(config, n, sizeof *config, by_values, order);
        for (size_t i = 1; i < n; i++)
            if (by_values(&config[i], &config[kept - 1], order) != 0)
                config[kept++] = config[i];
        st = mts_app_sweep_write(first, kept, config, &m->sweep);
    }
    if (st == MTS_OK && strlen(m->sweep.text) > SWEEP_TEXT)
        st = mts_fail(MTS_ERR_FOREIGN,
                      "%s and the others are not the product of axes together, and a list of their "
                      "%zu runs is too long for one file; merge fewer",
                      m->source[0].path, kept);
    mts_free(config);
    mts_free(order);
    return st;
}

static mts_status find_sweep(merger *m)
{
    bool taken = false;
    mts_status st = MTS_OK;
    for (size_t i = 0; i < m->n && !taken && st == MTS_OK; i++)
        st = try_sweep(m, &m->source[i], &taken);
    return st == MTS_OK && !taken ? write_sweep(m) : st;
}

/* ---- rows ---- */

static void renew(merger *m, mts_lock *lock)
{
    if (mts_seconds() < m->renewed + RENEW_SECONDS)
        return;
    m->renewed = mts_seconds();
    mts_lock_renew(lock);
    for (size_t i = 0; i < m->n; i++)
        if (m->source[i].lock)
            mts_lock_renew(m->source[i].lock);
}

static mts_status load(const mts_app_source *source, size_t run, mts_result *row)
{
    const mts_status st = mts_store_get(source->store, run, source->row);
    if (st == MTS_OK)
        mts_result_copy(source->row, row);
    return st;
}

/* Two rows of one run, both finished. */
static mts_status check_same(merger *m, size_t new, const mts_app_pick *a, const mts_app_pick *b)
{
    const mts_app_source *one = &m->source[a->source], *other = &m->source[b->source];
    const mts_table_runs runs = mts_app_grid_runs(m->sweep.grid);
    char text[MTS_TABLE_RUN_TEXT];
    mts_table_axes axes = {0};
    mts_config config;
    mts_status st = load(one, a->run, m->row[0]);
    if (st == MTS_OK)
        st = load(other, b->run, m->row[1]);
    const size_t column =
        st == MTS_OK ? mts_app_row_difference(one->store, m->row[0], other->store, m->row[1])
                     : MTS_COL_none;
    if (column == MTS_COL_none)
        return st;
    st = mts_table_axes_find(&runs, &axes);
    if (st != MTS_OK)
        return st;
    mts_grid_config(m->sweep.grid, new, &config);
    mts_table_run_text(&axes, &config, text);
    mts_table_axes_free(&axes);
    return mts_fail(MTS_ERR_FOREIGN,
                    "run %zu of %s and run %zu of %s are the same (%s), but their results differ, "
                    "first in %s/%s; 'mtsweep diff' shows where, 'mtsweep verify --rerun' which is "
                    "right",
                    mts_store_number(one->store, a->run), one->path,
                    mts_store_number(other->store, b->run), other->path, text,
                    mts_columns[column].group, mts_columns[column].name);
}

static int rank(mts_state state)
{
    return mts_app_finished(state) ? 2 : state == MTS_STATE_FAILED ? 1 : 0;
}

static mts_status offer(merger *m, size_t source, size_t run)
{
    const mts_app_pick here = {source, run};
    mts_config config;
    mts_status st = mts_store_config(m->source[source].store, run, &config);
    if (st != MTS_OK)
        return st;
    const size_t new = mts_app_keys_find(&m->keys, mts_config_key(&config));
    mts_app_pick *pick = &m->pick[new];
    m->found[new]++;
    if (pick->source == MTS_APP_NOWHERE) {
        *pick = here;
        return MTS_OK;
    }
    const int there = rank(m->source[pick->source].state[pick->run]),
              mine = rank(m->source[source].state[run]);
    if (there == 2 && mine == 2)
        return check_same(m, new, pick, &here);
    if (mine > there)
        *pick = here;
    return MTS_OK;
}

static mts_status match(merger *m, mts_lock *lock)
{
    const mts_table_runs runs = mts_app_grid_runs(m->sweep.grid);
    mts_extents extents = {0};
    mts_status st = mts_app_keys_create(&runs, &m->keys);
    if (st == MTS_OK)
        st = mts_app_extents(m->sweep.grid, &extents);
    m->pick = mts_alloc(runs.n, sizeof *m->pick);
    m->found = mts_alloc(runs.n, sizeof *m->found);
    if (st == MTS_OK && (!m->pick || !m->found))
        st = MTS_ERR_MEMORY;
    for (size_t i = 0; i < 2 && st == MTS_OK; i++)
        st = mts_result_create(&extents, &m->row[i]);
    for (size_t run = 0; run < runs.n && st == MTS_OK; run++)
        m->pick[run].source = MTS_APP_NOWHERE;
    for (size_t i = 0; i < m->n && st == MTS_OK; i++)
        for (size_t run = 0; run < m->source[i].runs && st == MTS_OK; run++) {
            renew(m, lock);
            st = offer(m, i, run);
        }
    return st;
}

/* ---- the whole ---- */

static void say(const merger *m, const char *path)
{
    const size_t n = mts_grid_size(m->sweep.grid), whole = mts_grid_whole(m->sweep.grid);
    size_t finished = 0, twice = 0;
    char part[64] = "";
    for (size_t run = 0; run < n; run++) {
        finished += mts_app_finished(m->source[m->pick[run].source].state[m->pick[run].run]);
        twice += m->found[run] > 1;
    }
    if (n < whole)
        snprintf(part, sizeof part, ", of the %zu of its sweep", whole);
    printf("%s: %zu run%s of %zu files%s, %zu finished, %zu in several files\n", path, n,
           mts_app_s(n), m->n, part, finished, twice);
}

static mts_status merge(const mts_app_args *args, merger *m, mts_lock **lock)
{
    const char *path = mts_app_text(args, "output");
    mts_status st = mts_app_refuse_existing(path);
    if (st == MTS_OK && args->n_arguments < 2)
        st = mts_fail(MTS_ERR_USAGE, "merge needs at least two files");
    m->n = args->n_arguments;
    m->source = mts_alloc(m->n + 1, sizeof *m->source);
    if (st == MTS_OK && !m->source)
        st = MTS_ERR_MEMORY;
    for (size_t i = 0; i < m->n && st == MTS_OK; i++)
        st = open_source(m, i, args->argument[i]);
    if (st == MTS_OK)
        st = find_sweep(m);
    if (st == MTS_OK)
        st = mts_lock_take(path, lock);
    if (st == MTS_OK)
        st = match(m, *lock);
    const mts_app_rebuild rebuild = {.args = args,
                                     .path = path,
                                     .lock = *lock,
                                     .source = m->source,
                                     .n_sources = m->n,
                                     .sweep = &m->sweep,
                                     .pick = m->pick};
    if (st == MTS_OK)
        st = mts_app_rebuild_run(&rebuild);
    if (st == MTS_OK)
        say(m, path);
    return st;
}

static int merge_main(const mts_app_args *args)
{
    merger m = {0};
    mts_lock *lock = NULL;
    const mts_status st = merge(args, &m, &lock);
    for (size_t i = 0; m.source && i < m.n; i++)
        mts_app_source_close(&m.source[i]);
    mts_lock_release(lock);
    mts_app_sweep_free(&m.sweep);
    mts_app_keys_free(&m.keys);
    mts_result_destroy(m.row[0]);
    mts_result_destroy(m.row[1]);
    mts_free(m.source);
    mts_free(m.pick);
    mts_free(m.found);
    return mts_app_report(st);
}

const mts_app_verb mts_app_verb_merge = {
    "merge",
    "FILE...",
    "join files of one sweep or of several",
    options,
    more,
    merge_main,
    {{"mtsweep merge part.1.h5 part.2.h5 part.3.h5 -o fig3.h5", "the files of --shard 1/3 to 3/3"},
     {"mtsweep merge ours.h5 theirs.h5 -o both.h5", "what two machines have done"}}};
