/* rebuild.c: a new file whose rows come from others. */
#include "rebuild.h"
#include "verb_run.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".mtsweep-new" /* of the file that is being made */

enum {
    BLOCK = 1024,         /* stamps that are read at once */
    HISTORY_TEXT = 16384, /* bytes */
    RENEW_SECONDS = 5     /* between signs of life in the locks */
};

/* ---- files that are read ---- */

/* No lock where nobody here can write: then no sweep of ours can start either. */
static mts_status lock_source(mts_app_source *source)
{
    char holder[MTS_LOCK_TEXT], folder[PATH_MAX];
    mts_lock_holder(source->path, holder);
    snprintf(folder, sizeof folder, "%s", source->path);
    if (!*holder && access(dirname(folder), W_OK) != 0)
        return MTS_OK;
    return mts_lock_take(source->path, &source->lock);
}

mts_status mts_app_source_open(const char *path, mts_app_source *source)
{
    mts_session session[MTS_SESSIONS];
    *source = (mts_app_source){.path = path};
    /* Looked at first, so that a wrong name leaves no lock file behind. */
    mts_status st = mts_app_open(path, &source->store);
    if (st == MTS_OK)
        st = lock_source(source);
    if (st == MTS_OK && *mts_store_later(source->store))
        st = mts_fail(MTS_ERR_FOREIGN, "%s was made by a newer mtsweep, which has %s; use that",
                      path, mts_store_later(source->store));
    if (st == MTS_OK)
        st = mts_app_check_configs(path, source->store);
    if (st == MTS_OK)
        st = mts_app_sweep_own(path, source->store, &source->sweep);
    if (st == MTS_OK)
        st = mts_result_create(mts_store_extents(source->store), &source->row);
    if (st == MTS_OK) /* those that cannot be are found before rows are looked at */
        st = mts_store_sessions(source->store, session);
    source->runs = st == MTS_OK ? mts_store_runs(source->store) : 0;
    return st;
}

void mts_app_source_close(mts_app_source *source)
{
    (void)mts_store_close(source->store);
    mts_lock_release(source->lock);
    mts_app_sweep_free(&source->sweep);
    mts_result_destroy(source->row);
    mts_free(source->state);
    *source = (mts_app_source){0};
}

static mts_status say_damaged(const mts_app_source *source, size_t row, bool tolerate)
{
    const size_t run = mts_store_number(source->store, row);
    if (!tolerate)
        return mts_fail(MTS_ERR_IO,
                        "%s is damaged: the checksum of run %zu disagrees with its row; 'mtsweep "
                        "verify --repair %s' makes such rows pending",
                        source->path, run, source->path);
    mts_log("%s: run %zu does not agree with its checksum and counts as pending", source->path,
            run);
    return MTS_OK;
}

mts_status mts_app_source_states(mts_app_source *source, bool tolerate)
{
    mts_stamp *stamp = mts_alloc(BLOCK, sizeof *stamp);
    double renewed = mts_seconds();
    source->state = mts_alloc(source->runs, sizeof *source->state);
    mts_status st = stamp && source->state ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t run = 0; run < source->runs && st == MTS_OK; run++) {
        bool good = true;
        if (run % BLOCK == 0)
            st = mts_store_states(source->store, run,
                                  source->runs - run < BLOCK ? source->runs - run : BLOCK, stamp);
        if (st != MTS_OK)
            break;
        const mts_state state = stamp[run % BLOCK].state;
        if (mts_app_finished(state))
            st = mts_store_check(source->store, run, source->row, &good);
        source->state[run] = state == MTS_STATE_RUNNING || !good ? MTS_STATE_PENDING : state;
        if (st == MTS_OK && !good)
            st = say_damaged(source, run, tolerate);
        if (source->lock && mts_seconds() > renewed + RENEW_SECONDS) {
            mts_lock_renew(source->lock);
            renewed = mts_seconds();
        }
    }
    mts_free(stamp);
    return st;
}

/* ---- rows ---- */

static void renew(const mts_app_rebuild *r, double *renewed)
{
    if (mts_seconds() < *renewed + RENEW_SECONDS)
        return;
    *renewed = mts_seconds();
    mts_lock_renew(r->lock);
    for (size_t i = 0; i < r->n_sources; i++)
        if (r->source[i].lock)
            mts_lock_renew(r->source[i].lock);
}

/* What is pending keeps its attempts alone. */
static mts_status copy_row(const mts_app_rebuild *r, mts_store *to, size_t run, mts_result *row)
{
    const mts_app_source *from = &r->source[r->pick[run].source];
    const size_t there = r->pick[run].run;
    const mts_state state = from->state[there];
    mts_stamp stamp;
    mts_status st = mts_store_stamps(from->store, there, 1, &stamp);
    if (st == MTS_OK && mts_app_finished(state)) {
        st = mts_store_get(from->store, there, from->row);
        if (st == MTS_OK)
            mts_result_copy(from->row, row);
    }
    if (st != MTS_OK)
        return st;
    if (state == MTS_STATE_PENDING)
        stamp = (mts_stamp){
            .attempts = stamp.attempts, .started = NAN, .finished = NAN, .seconds = NAN};
    stamp.state = state;
    return mts_store_place(to, run, mts_app_finished(state) ? row : NULL, &stamp);
}

static mts_status copy_rows(const mts_app_rebuild *r, mts_store *to)
{
    mts_result *row = NULL;
    double renewed = mts_seconds();
    mts_status st = mts_result_create(mts_store_extents(to), &row);
    for (size_t run = 0; run < mts_store_runs(to) && st == MTS_OK; run++) {
        renew(r, &renewed);
        if (r->pick[run].source != MTS_APP_NOWHERE)
            st = copy_row(r, to, run, row);
    }
    mts_result_destroy(row);
    return st;
}

/* ---- sessions ---- */

static int by_start(const void *a, const void *b)
{
    const mts_session *x = a, *y = b;
    if (x->started != y->started)
        return x->started < y->started ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static bool same_session(const mts_session *a, const mts_session *b)
{
    return a->started == b->started && a->pid == b->pid && strcmp(a->host, b->host) == 0;
}

/* Those of one file keep their numbers; those of several are numbered by their start, once each. */
static mts_status copy_sessions(const mts_app_rebuild *r, mts_store *to)
{
    mts_session *all = mts_alloc(r->n_sources * MTS_SESSIONS, sizeof *all);
    size_t n = 0, kept = 0;
    mts_status st = all ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t i = 0; i < r->n_sources && st == MTS_OK; i++) {
        mts_session *here = all + n;
        st = mts_store_sessions(r->source[i].store, here);
        for (size_t k = 0; k < MTS_SESSIONS && st == MTS_OK; k++)
            if (here[k].number > 0)
                all[n++] = here[k];
    }
    if (st == MTS_OK && r->n_sources > 1) {
        qsort(all, n, sizeof *all, by_start);
        for (size_t i = 0; i < n; i++)
            if (i == 0 || !same_session(&all[i], &all[kept - 1]))
                all[kept++] = all[i];
        n = kept;
        for (size_t i = 0; i < n; i++)
            all[i].number = (int64_t)i + 1;
    }
    for (size_t i = n > MTS_SESSIONS ? n - MTS_SESSIONS : 0; i < n && st == MTS_OK; i++)
        st = mts_store_session_place(to, &all[i]);
    mts_free(all);
    return st;
}

/* ---- the file ---- */

/* What a file says of its making is told on where it can be read; nothing depends on it. */
static mts_status find_text(mts_store *store, const char *name, char **text)
{
    *text = NULL;
    const mts_status st = mts_store_attribute(store, name, text);
    return st == MTS_ERR_MEMORY ? st : MTS_OK;
}

/* A line for each source: what it says of itself, or when it was created and by which command. */
static mts_status write_history(const mts_app_rebuild *r, char *history)
{
    mts_status st = MTS_OK;
    size_t used = 0;
    for (size_t i = 0; i < r->n_sources && st == MTS_OK && used < HISTORY_TEXT; i++) {
        char *there = NULL, *created = NULL, *command = NULL;
        st = find_text(r->source[i].store, "history", &there);
        if (st == MTS_OK)
            st = find_text(r->source[i].store, "created", &created);
        if (st == MTS_OK)
            st = find_text(r->source[i].store, "command", &command);
        if (st == MTS_OK)
            used += (size_t)snprintf(history + used, HISTORY_TEXT - used, "%s%s%s%s: %s",
                                     i > 0 ? "\n" : "", there ? there : "", there ? "\n" : "",
                                     created ? created : "at an unknown time",
                                     command ? command : "by an unknown command");
        mts_free(there);
        mts_free(created);
        mts_free(command);
    }
    return st;
}

static mts_status create(const mts_app_rebuild *r, const char *temporary)
{
    mts_app_origin origin = {.path = temporary,
                             .text = r->sweep->text,
                             .set = r->sweep->set,
                             .n_sets = r->sweep->n_sets,
                             .argc = r->args->argc,
                             .argv = r->args->argv,
                             .dropped = r->dropped,
                             .compressed = r->compressed};
    char *history = mts_alloc(HISTORY_TEXT, 1);
    mts_status st = history ? write_history(r, history) : MTS_ERR_MEMORY;
    origin.history = history;
    if (st == MTS_OK)
        st = mts_app_create(&origin, r->sweep->grid);
    mts_free(history);
    return st;
}

static mts_status fill(const mts_app_rebuild *r, const char *temporary)
{
    mts_store *to = NULL;
    mts_status st = mts_store_open(temporary, MTS_STORE_BUILD, &to), closed;
    if (st == MTS_OK)
        st = copy_rows(r, to);
    if (st == MTS_OK)
        st = copy_sessions(r, to);
    closed = mts_store_close(to);
    return st == MTS_OK ? closed : st;
}

/* Who may read and write the old file may do so with the new one, as far as that is ours to say. */
static void keep_mode(const char *path, const char *temporary)
{
    struct stat info;
    if (stat(path, &info) == 0 && chmod(temporary, info.st_mode & 07777) == 0 &&
        chown(temporary, (uid_t)-1, info.st_gid) != 0)
        errno = 0;
}

mts_status mts_app_rebuild_run(const mts_app_rebuild *r)
{
    char path[PATH_MAX], temporary[PATH_MAX + 32];
    if (strlen(r->path) + sizeof SUFFIX + 4 > PATH_MAX)
        return mts_fail(MTS_ERR_IO, "cannot create a file: its name is too long");
    /* Of a link the file that it leads to is replaced. */
    if (!r->replace || !realpath(r->path, path))
        snprintf(path, sizeof path, "%s", r->path);
    snprintf(temporary, sizeof temporary, "%s" SUFFIX, path);
    unlink(temporary);
    mts_status st = create(r, temporary);
    if (st == MTS_OK)
        st = fill(r, temporary);
    if (st == MTS_OK && r->replace)
        keep_mode(path, temporary);
    if (st == MTS_OK)
        st = mts_store_publish(temporary, path, r->replace);
    if (st != MTS_OK)
        unlink(temporary);
    return st;
}

size_t mts_app_row_difference(const mts_store *a, const mts_result *x, const mts_store *b,
                              const mts_result *y)
{
    for (size_t c = 0; c < MTS_N_COLUMNS; c++)
        if (c != MTS_COL_result_kernels && mts_store_has(a, c) && mts_store_has(b, c) &&
            memcmp(x->column[c], y->column[c],
                   mts_column_count(&mts_columns[c], &x->extents) *
                       mts_column_size(mts_columns[c].type)) != 0)
            return c;
    return MTS_COL_none;
}

mts_status mts_app_refuse_existing(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return MTS_OK;
    return mts_fail(MTS_ERR_IO, "%s exists already; choose another -o, or remove it", path);
}
