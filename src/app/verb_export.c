/* verb_export.c: `mtsweep export`: results for other programs. */
#include "export.h"
#include "rebuild.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static const mts_app_option options[] = {
    {"what", 0, "COLUMNS",
     "a group or columns: score (default), result, history, measure/sparsity, trace/hidden, ...; "
     "several with commas",
     0},
    {"csv", 0, NULL, "a line a value, with its coordinates (default)", 0},
    {"json", 0, NULL, "the same as a list of objects", 0},
    {"npz", 0, NULL, "arrays for numpy, one a column, with the coordinates of their axes", 0},
    {"published", 0, NULL,
     "with --npz: r_sq and angles (tasks, network, quadrant, fit) and n_tasks, as the authors' "
     "code "
     "saves them",
     0},
    {"split", 0, "NAME", "with --published: id, ood, or ood_published (default)", 0},
    {"where", 0, "CONDITIONS", "only runs like arch=lstm,tasks=2,24", 0},
    {"ids", 0, "NUMBERS", "only these runs, like 3-9,12", MTS_APP_MANY},
    {"output", 'o', "FILE", "the new file; there must be none of this name; else standard output",
     0},
    {NULL, 0, NULL, NULL, 0}};

static const char more[] =
    "Runs that are done; what is missing in all columns has no line. The columns of a "
    "line have the same axes; those of --npz need not.\n";

enum { BUFFER = 1 << 20, BLOCK = 1024 };

/* ---- which columns and runs ---- */

static bool is_there(const mts_app_export *e, size_t c)
{
    return mts_store_has(e->store, c) &&
           mts_column_count(&mts_columns[c], mts_store_extents(e->store)) > 0;
}

/* One word of --what: a group, or "group/column". */
static mts_status add_columns(mts_app_export *e, const char *word, size_t length)
{
    size_t known = 0, before = e->n_columns;
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        char name[MTS_APP_NAME_TEXT];
        const int n =
            snprintf(name, sizeof name, "%s/%s", mts_columns[c].group, mts_columns[c].name);
        const bool group =
            strlen(mts_columns[c].group) == length && memcmp(name, word, length) == 0;
        if (!group && ((size_t)n != length || memcmp(name, word, length) != 0))
            continue;
        known++;
        bool twice = !is_there(e, c);
        for (size_t i = 0; i < e->n_columns; i++)
            twice = twice || e->column[i] == c;
        if (!twice)
            e->column[e->n_columns++] = c;
    }
    if (known == 0)
        return mts_fail(MTS_ERR_USAGE,
                        "--what '%.*s': no group and no column; 'mtsweep fields' lists them, like "
                        "score, or score/r2",
                        (int)(length < 60 ? length : 60), word);
    if (e->n_columns == before)
        return mts_fail(MTS_ERR_USAGE, "--what %.*s: %s has none of it", (int)length, word,
                        e->path);
    return MTS_OK;
}

static mts_status choose_columns(mts_app_export *e, const char *what)
{
    mts_status st = MTS_OK;
    for (const char *word = what; word && st == MTS_OK;) {
        const size_t length = strcspn(word, ",");
        st = add_columns(e, word, length);
        word = word[length] ? word + length + 1 : NULL;
    }
    for (size_t c = 1; c < e->n_columns; c++)
        e->groups = e->groups ||
                    strcmp(mts_columns[e->column[c]].group, mts_columns[e->column[0]].group) != 0;
    return st;
}

static bool same_axes(const mts_column *a, const mts_column *b)
{
    return a->n_axes == b->n_axes && memcmp(a->axis, b->axis, a->n_axes * sizeof *a->axis) == 0;
}

/* Lines have one set of coordinates. Of whole groups those columns stay that have the axes of the first. */
static mts_status check_axes(mts_app_export *e, bool named)
{
    size_t kept = 1, used = 0;
    for (size_t c = 1; c < e->n_columns; c++) {
        const mts_column *first = &mts_columns[e->column[0]], *here = &mts_columns[e->column[c]];
        if (same_axes(first, here))
            e->column[kept++] = e->column[c];
        else if (named)
            return mts_fail(
                MTS_ERR_USAGE,
                "--what: %s/%s and %s/%s have different axes; export them one by one, or "
                "as --npz",
                first->group, first->name, here->group, here->name);
        else if (used < sizeof e->left)
            used += (size_t)snprintf(e->left + used, sizeof e->left - used, "%s%s/%s",
                                     used ? ", " : "", here->group, here->name);
    }
    e->n_columns = kept;
    return MTS_OK;
}

static mts_status choose_rows(const mts_app_args *args, mts_app_export *e)
{
    const size_t n = mts_store_runs(e->store);
    bool *chosen = mts_alloc(n, sizeof *chosen);
    mts_stamp *stamp = mts_alloc(BLOCK, sizeof *stamp);
    size_t n_chosen;
    e->row = mts_alloc(n, sizeof *e->row);
    mts_status st =
        chosen && stamp && e->row
            ? mts_app_choose_rows(args, "where", e->path, e->store, chosen, &n_chosen, NULL)
            : MTS_ERR_MEMORY;
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        if (i % BLOCK == 0)
            st = mts_store_states(e->store, i, n - i < BLOCK ? n - i : BLOCK, stamp);
        if (st == MTS_OK && chosen[i] && stamp[i % BLOCK].state == MTS_STATE_DONE)
            e->row[e->n++] = i;
    }
    if (st == MTS_OK && e->n == 0)
        st = mts_fail(MTS_ERR_USAGE, "none of the runs of %s that are asked for is done", e->path);
    mts_free(chosen);
    mts_free(stamp);
    return st;
}

/* Fields that vary over the rows that are exported. */
static mts_status row_config(void *ctx, size_t i, mts_config *config)
{
    const mts_app_export *e = ctx;
    return mts_store_config(e->store, e->row[i], config);
}

/* ---- the file ---- */

/* MTS_N_SPLITS for a name of none. */
static size_t split_of(const mts_app_args *args)
{
    const char *name = mts_app_text(args, "split");
    size_t split = 0;
    if (!name)
        return MTS_SPLIT_OOD_PUBLISHED;
    while (split < MTS_N_SPLITS && strcmp(mts_split_name[split], name) != 0)
        split++;
    return split;
}

static mts_status write_to(const mts_app_args *args, const mts_app_export *e, FILE *to)
{
    if (mts_app_text(args, "published"))
        return mts_app_export_published(e, split_of(args), to);
    if (mts_app_text(args, "npz"))
        return mts_app_export_arrays(e, to);
    return mts_app_export_lines(e, mts_app_text(args, "json") != NULL, to);
}

/* A new file gets its name when it is whole. */
static mts_status write_file(const mts_app_args *args, const mts_app_export *e, const char *path)
{
    char temporary[PATH_MAX];
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.mtsweep-new", path) >= sizeof temporary)
        return mts_fail(MTS_ERR_IO, "cannot create a file: its name is too long");
    unlink(temporary);
    const int fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *to = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!to)
        return mts_fail(MTS_ERR_IO, "cannot create %s: %s", path, strerror(errno));
    setvbuf(to, NULL, _IOFBF, BUFFER);
    errno = 0;
    mts_status st = write_to(args, e, to);
    const bool bad = ferror(to) != 0;
    if ((fclose(to) != 0 || bad) && st == MTS_OK)
        st = mts_fail(MTS_ERR_IO, "cannot write %s: %s", path, strerror(errno ? errno : EIO));
    if (st == MTS_OK)
        st = mts_store_publish(temporary, path, false);
    if (st != MTS_OK)
        unlink(temporary);
    return st;
}

static mts_status check(const mts_app_args *args)
{
    const bool npz = mts_app_text(args, "npz") != NULL;
    const int formats =
        npz + (mts_app_text(args, "csv") != NULL) + (mts_app_text(args, "json") != NULL);
    const char *path = mts_app_text(args, "output");
    if (formats > 1)
        return mts_fail(MTS_ERR_USAGE, "--csv, --json and --npz: choose one");
    if (mts_app_text(args, "published") && (!npz || mts_app_text(args, "what")))
        return mts_fail(MTS_ERR_USAGE, "--published goes with --npz, and without --what");
    if (mts_app_text(args, "split") && !mts_app_text(args, "published"))
        return mts_fail(MTS_ERR_USAGE, "--split goes with --published");
    if (split_of(args) == MTS_N_SPLITS)
        return mts_fail(MTS_ERR_USAGE, "--split must be one of id, ood, ood_published");
    if (npz && !path)
        return mts_fail(MTS_ERR_USAGE, "--npz needs a file: -o FILE.npz");
    return path ? mts_app_refuse_existing(path) : MTS_OK;
}

static mts_status export(const mts_app_args *args, mts_app_export *e)
{
    const char *what = mts_app_text(args, "what"), *path = mts_app_text(args, "output");
    mts_status st = check(args);
    e->path = args->argument[0];
    if (st == MTS_OK)
        st = mts_app_open(e->path, &e->store);
    if (st == MTS_OK)
        st = mts_app_check_configs(e->path, e->store);
    if (st == MTS_OK)
        st = choose_columns(e, what ? what : "score");
    if (st == MTS_OK && !mts_app_text(args, "npz"))
        st = check_axes(e, what && strpbrk(what, ",/"));
    if (st == MTS_OK)
        st = choose_rows(args, e);
    if (st == MTS_OK) {
        const mts_table_runs runs = {e, e->n, row_config};
        st = mts_table_axes_find(&runs, &e->axes);
    }
    if (st == MTS_OK && path)
        return write_file(args, e, path);
    if (st == MTS_OK) {
        setvbuf(stdout, NULL, _IOFBF, BUFFER);
        st = write_to(args, e, stdout);
    }
    return st;
}

static int export_main(const mts_app_args *args)
{
    mts_app_export *e = mts_alloc(1, sizeof *e);
    mts_status st = e ? export(args, e) : MTS_ERR_MEMORY;
    if (st == MTS_OK && *e->left)
        mts_log("left out, as their axes are others: %s; --what exports one, --npz all", e->left);
    if (e) {
        const mts_status closed = mts_store_close(e->store);
        st = st == MTS_OK ? closed : st;
        mts_table_axes_free(&e->axes);
        mts_free(e->row);
    }
    mts_free(e);
    return mts_app_report(st);
}

const mts_app_verb mts_app_verb_export = {
    "export",
    "OUT",
    "results as csv, json or numpy arrays",
    options,
    more,
    export_main,
    {{"mtsweep export fig3.h5 --what score/r2 -o r2.csv",
      "a line a run, split, fold and fit, with the fields that vary"},
     {"mtsweep export fig3.h5 --npz --published --where arch=rnn -o r_squared.npz",
      "arrays r_sq and angles as the authors' scripts load them"}}};
