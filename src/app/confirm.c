/* confirm.c: looks at the file under its path once more, as a reader will, before its end is told.
 * Whoever removes, replaces or empties it while the sweep runs takes away what the ranks write. */
#include "verb_run.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 1024 };

mts_status mts_app_identify(const char *path, mts_app_identity *identity)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return mts_fail(MTS_ERR_IO, "cannot find %s: %s", path, strerror(errno));
    *identity = (mts_app_identity){.device = (uint64_t)info.st_dev,
                                   .inode = (uint64_t)info.st_ino,
                                   .bytes = (uint64_t)info.st_size};
    return MTS_OK;
}

static mts_status count_finished(const mts_app_run *run, size_t *finished)
{
    mts_stamp *stamp = mts_alloc(BLOCK, sizeof *stamp);
    mts_store *store = NULL;
    mts_status st = stamp ? mts_store_open(run->path, MTS_STORE_READ, &store) : MTS_ERR_MEMORY,
               closed;
    *finished = 0;
    if (st == MTS_OK && mts_store_runs(store) != run->n)
        st = mts_fail(MTS_ERR_IO, "it has %zu rows instead of %zu", mts_store_runs(store), run->n);
    for (size_t first = 0; first < run->n && st == MTS_OK; first += BLOCK) {
        const size_t n = run->n - first < BLOCK ? run->n - first : BLOCK;
        st = mts_store_states(store, first, n, stamp);
        for (size_t i = 0; i < n && st == MTS_OK; i++)
            *finished += run->chosen[first + i] &&
                         (stamp[i].state == MTS_STATE_DONE || stamp[i].state == MTS_STATE_DIVERGED);
    }
    closed = mts_store_close(store);
    mts_free(stamp);
    return st == MTS_OK ? closed : st;
}

/* What has become of the file since the farm started. */
static mts_status same_file(const mts_app_run *run)
{
    const mts_app_identity *was = &run->file;
    mts_app_identity is;
    if (mts_app_identify(run->path, &is) != MTS_OK) {
        if (errno != ENOENT) /* a file server that does not answer just now */
            return MTS_OK;
        return mts_fail(MTS_ERR_IO,
                        "%s is gone: it was removed or renamed while the sweep ran, and what was "
                        "written since is lost",
                        run->path);
    }
    if (is.device != was->device || is.inode != was->inode)
        return mts_fail(MTS_ERR_IO,
                        "%s is another file now: it was replaced while the sweep ran, and what was "
                        "written since is lost",
                        run->path);
    if (is.bytes < was->bytes)
        return mts_fail(MTS_ERR_IO,
                        "%s was cut short while the sweep ran: %llu of %llu bytes were left; "
                        "restore it from a copy, or start it anew",
                        run->path, (unsigned long long)is.bytes, (unsigned long long)was->bytes);
    return MTS_OK;
}

void mts_app_keep_eye(mts_app_run *run)
{
    const double now = mts_seconds();
    if (run->fault[0] || now - run->looked < 1)
        return;
    run->looked = now;
    if (same_file(run) != MTS_OK)
        snprintf(run->fault, sizeof run->fault, "%s", mts_message());
}

mts_status mts_app_confirm(mts_app_run *run, size_t finished, double patience, size_t *there)
{
    const double end = mts_seconds() + patience;
    mts_status st;
    *there = 0;
    run->looked = 0;
    mts_app_keep_eye(run);
    if (run->fault[0])
        return mts_fail(MTS_ERR_IO, "%s", run->fault);
    for (;;) {
        st = count_finished(run, there);
        if ((st == MTS_OK && *there >= finished) || mts_seconds() > end)
            break;
        mts_pause(0.2);
    }
    if (st == MTS_ERR_MEMORY)
        return st;
    if (st != MTS_OK)
        return mts_fail(MTS_ERR_IO,
                        "%s was damaged while the sweep ran (%s); restore it from a "
                        "copy, or start it anew",
                        run->path, mts_message());
    if (*there < finished)
        return mts_fail(MTS_ERR_IO,
                        "%s was changed by others while the sweep ran: %zu runs are finished, and "
                        "%zu rows say so; the same command does the others again",
                        run->path, finished, *there);
    return MTS_OK;
}
