/* One sweep at a time on a file: PATH.lock.
 *
 *     n12 4711 1093 1795370531.25       host, process, batch job or "-", start
 *     ...                               what the holder has noted, which is not looked at here
 *
 * A kernel lock on it (of the open file, not of the process: Linux fcntl F_OFD_SETLK) ends with its
 * holder, however that ends. Between hosts not every file system knows it; there a holder lives as
 * long as the modification time moves. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_LINE 256
#define MOST      (1 << 22) /* bytes; no holder notes more */
#define LOCK_PATH 4096

struct mts_lock {
    int fd;
    off_t head; /* bytes of the first line */
    char file[LOCK_PATH];
};

typedef struct holder {
    char host[MTS_HOST_TEXT], job[MTS_HOST_TEXT];
    long pid;
    double started;
} holder;

/* ---- who ---- */

static holder self(void)
{
    const char *job = getenv("SLURM_JOB_ID");
    char host[256] = "";
    holder me = {.pid = (long)getpid(), .started = mts_now()};
    gethostname(host, sizeof host - 1);
    mts_store_text(me.host, sizeof me.host, host[0] != '\0' ? host : "unknown");
    mts_store_text(me.job, sizeof me.job, job && job[0] != '\0' ? job : "-");
    return me;
}

/* False if the file does not begin with a line that write_holder writes: nobody's. */
static bool read_holder(int fd, holder *who)
{
    char line[LOCK_LINE] = "";
    const ssize_t got = pread(fd, line, sizeof line - 1, 0);
    const char *newline = got > 0 ? memchr(line, '\n', (size_t)got) : NULL;
    const ptrdiff_t n = newline ? newline - line : 0;
    int end = 0;
    *who = (holder){0};
    for (ptrdiff_t i = 0; i < n; i++)
        if (line[i] < ' ' || line[i] > '~')
            return false;
    return sscanf(line, "%63s %10ld %63s %20lf%n", who->host, &who->pid, who->job, &who->started,
                  &end) == 4 &&
           end == n && who->pid > 0 && isfinite(who->started);
}

static bool write_holder(mts_lock *lock, const holder *who)
{
    char line[LOCK_LINE];
    lock->head = snprintf(line, sizeof line, "%s %ld %s %.2f\n", who->host, who->pid, who->job,
                          who->started);
    return ftruncate(lock->fd, 0) == 0 &&
           pwrite(lock->fd, line, (size_t)lock->head, 0) == lock->head;
}

static void describe(const holder *who, char text[MTS_LOCK_TEXT])
{
    char age[MTS_DURATION_TEXT];
    bool in_job = strcmp(who->job, "-") != 0;
    mts_duration_text(fmax(0, mts_now() - who->started), age); /* clocks differ */
    snprintf(text, MTS_LOCK_TEXT, "host %.48s, pid %ld%s%.32s, since %s", who->host, who->pid,
             in_job ? ", job " : "", in_job ? who->job : "", age);
    mts_clean(text);
}

/* ---- alive? ---- */

typedef enum { KERNEL_FREE, KERNEL_TAKEN, KERNEL_UNKNOWN } kernel_answer;

/* F_OFD_SETLK takes the lock if it is free, F_OFD_GETLK only asks. */
static kernel_answer kernel_lock(int fd, int command)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, command, &lock) != 0)
        return errno == EAGAIN || errno == EACCES ? KERNEL_TAKEN : KERNEL_UNKNOWN;
    return command == F_OFD_GETLK && lock.l_type != F_UNLCK ? KERNEL_TAKEN : KERNEL_FREE;
}

static bool process_lives(long pid)
{
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

/* Opens the file anew each time: network file systems then ask the server. */
static bool modified(const char *file, struct timespec *time)
{
    struct stat info;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    bool known = fd >= 0 && fstat(fd, &info) == 0;
    if (known)
        *time = info.st_mtim;
    if (fd >= 0)
        close(fd);
    return known;
}

/* Watches the modification time for `patience` seconds; clocks of two hosts need not agree. */
static bool moves(const char *path, const char *file, const holder *who, double patience)
{
    struct timespec before, now;
    char text[MTS_LOCK_TEXT];
    double end = mts_seconds() + patience;
    if (!modified(file, &before))
        return false;
    describe(who, text);
    mts_log("%s: last used by %s; watching for up to %.0f s whether it still runs", path, text,
            patience);
    while (mts_seconds() < end) {
        mts_pause(0.2);
        if (!modified(file, &now))
            return false;
        if (now.tv_sec != before.tv_sec || now.tv_nsec != before.tv_nsec)
            return true;
    }
    return false;
}

/* Whether the holder that the file names lives, once the kernel lock is not in the way. */
static bool lives(const char *path, const char *file, const holder *who, kernel_answer kernel,
                  double patience)
{
    holder me = self();
    if (strcmp(who->host, me.host) == 0)
        return kernel == KERNEL_UNKNOWN && process_lives(who->pid);
    if (strcmp(who->job, "-") != 0 && strcmp(who->job, me.job) == 0)
        return false;
    return moves(path, file, who, patience);
}

/* ---- the lock ---- */

/* Opens PATH.lock, and takes the kernel lock of the file that has this name: a holder that ends in
 * between removes the one that was opened. Returns the descriptor, or -1. */
static int open_lock(const char *file, kernel_answer *kernel)
{
    for (;;) {
        struct stat opened, named;
        int fd = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        if (fd < 0)
            return -1;
        if (fstat(fd, &opened) == 0 && !S_ISREG(opened.st_mode)) {
            close(fd);
            errno = EEXIST;
            return -1;
        }
        *kernel = kernel_lock(fd, F_OFD_SETLK);
        if (fstat(fd, &opened) == 0 && stat(file, &named) == 0 && opened.st_ino == named.st_ino &&
            opened.st_dev == named.st_dev)
            return fd;
        close(fd);
    }
}

mts_status mts_lock_take_patiently(const char *path, double patience, mts_lock **lock)
{
    char text[MTS_LOCK_TEXT] = "an unknown process";
    kernel_answer kernel;
    holder who, me;
    bool known;
    mts_lock *l = mts_alloc(1, sizeof *l);
    mts_status st = MTS_OK;
    *lock = NULL;
    if (!l)
        return MTS_ERR_MEMORY;
    snprintf(l->file, sizeof l->file, "%s.lock", path);
    l->fd = open_lock(l->file, &kernel);
    if (l->fd < 0) {
        st = mts_fail(MTS_ERR_IO, "cannot create %s: %s%s", l->file, strerror(errno),
                      errno == ELOOP || errno == EEXIST ? "; remove what has this name" : "");
        goto done;
    }
    known = read_holder(l->fd, &who);
    if (kernel == KERNEL_TAKEN || (known && lives(path, l->file, &who, kernel, patience))) {
        if (known)
            describe(&who, text);
        st = mts_fail(MTS_ERR_IO,
                      "%s is in use by another sweep (%s); wait for it to end, or stop it", path,
                      text);
        goto done;
    }
    me = self();
    if (!write_holder(l, &me) || futimens(l->fd, NULL) != 0)
        st = mts_fail(MTS_ERR_IO, "cannot write %s: %s", l->file, strerror(errno));
done:
    if (st == MTS_OK) {
        *lock = l;
    } else {
        if (l->fd >= 0)
            close(l->fd);
        mts_free(l);
    }
    return st;
}

mts_status mts_lock_take(const char *path, mts_lock **lock)
{
    return mts_lock_take_patiently(path, MTS_LOCK_PATIENCE, lock);
}

void mts_lock_renew(mts_lock *lock)
{
    futimens(lock->fd, NULL);
}

void mts_lock_note(mts_lock *lock, const char *text)
{
    const size_t n = strlen(text);
    /* The old tail is behind what the reader takes, and a text that is not written is none. */
    if (pwrite(lock->fd, text, n, lock->head) != (ssize_t)n)
        (void)ftruncate(lock->fd, lock->head);
    else
        (void)ftruncate(lock->fd, lock->head + (off_t)n);
    mts_lock_renew(lock);
}

void mts_lock_release(mts_lock *lock)
{
    if (!lock)
        return;
    unlink(lock->file); /* while it is held: open_lock sees that the name is gone */
    close(lock->fd);
    mts_free(lock);
}

static int open_to_look(const char *path)
{
    char file[LOCK_PATH];
    snprintf(file, sizeof file, "%s.lock", path);
    return open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

mts_status mts_lock_notes(const char *path, char **text)
{
    struct stat info = {0};
    const int fd = open_to_look(path);
    const bool there = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    const size_t room = !there ? 0 : info.st_size < MOST ? (size_t)info.st_size : MOST;
    ssize_t n = 0;
    *text = mts_alloc(room + 1, 1);
    if (*text && room > 0)
        n = pread(fd, *text, room, 0);
    if (fd >= 0)
        close(fd);
    if (!*text)
        return MTS_ERR_MEMORY;
    (*text)[n > 0 ? n : 0] = '\0';
    const size_t head = strcspn(*text, "\n") + 1;
    const size_t length = strlen(*text);
    if (head >= length)
        **text = '\0';
    else
        memmove(*text, *text + head, length - head + 1);
    return MTS_OK;
}

void mts_lock_holder(const char *path, char text[MTS_LOCK_TEXT])
{
    struct stat info;
    holder who, me = self();
    bool alive = false;
    const int fd = open_to_look(path);
    text[0] = '\0';
    if (fd < 0)
        return;
    if (read_holder(fd, &who)) {
        kernel_answer kernel = kernel_lock(fd, F_OFD_GETLK);
        if (kernel == KERNEL_TAKEN)
            alive = true;
        else if (strcmp(who.host, me.host) == 0)
            alive = kernel == KERNEL_UNKNOWN && process_lives(who.pid);
        else /* by the clocks, as far as they agree: a look at the status does not wait */
            alive = fstat(fd, &info) == 0 &&
                    mts_now() - (double)info.st_mtim.tv_sec < MTS_LOCK_PATIENCE;
        if (alive)
            describe(&who, text);
    }
    close(fd);
}
