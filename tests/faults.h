/* faults.h: what a test program asks of memory and files fails at the Nth time, once or for good. The linker puts
 * these functions in the place of the C library's (Makefile, -Wl,--wrap) for the project's own objects;
 * what HDF5 and MPI do inside is not touched. A program includes it once. */
#ifndef MTSWEEP_TESTS_FAULTS_H
#define MTSWEEP_TESTS_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAULTS_PIECES = 8192 };

static struct {
    size_t left; /* calls until the one that fails; 0: none will */
    bool met, lasting;
    size_t n; /* pieces of memory that are held */
    const void *piece[FAULTS_PIECES];
} faults;

static inline void faults_arm(size_t n)
{
    faults.left = n;
    faults.met = faults.lasting = false;
}

/* The Nth and all that follow. */
static inline void faults_arm_from(size_t n)
{
    faults_arm(n);
    faults.lasting = true;
}

/* Calls since it was armed with more than there are. */
static inline size_t faults_count(size_t armed)
{
    return armed - faults.left;
}

/* Whether a call has failed. */
static inline bool faults_disarm(void)
{
    faults.left = 0;
    return faults.met;
}

static inline bool strikes(int error)
{
    if (faults.left == 0 || --faults.left > 0)
        return false;
    faults.met = true;
    faults.left = faults.lasting;
    errno = error;
    return true;
}

#define WRAPPED(type, name, ...)                                                                   \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

WRAPPED(void *, aligned_alloc, size_t alignment, size_t size)
{
    void *p = strikes(ENOMEM) ? NULL : __real_aligned_alloc(alignment, size);
    if (p && faults.n == FAULTS_PIECES)
        abort();
    if (p)
        faults.piece[faults.n++] = p;
    return p;
}

/* Also of pieces that come from elsewhere. */
WRAPPED(void, free, void *p)
{
    for (size_t i = faults.n; p && i-- > 0;)
        if (faults.piece[i] == p) {
            faults.piece[i] = faults.piece[--faults.n];
            break;
        }
    __real_free(p);
}

WRAPPED(ssize_t, write, int fd, const void *bytes, size_t n)
{
    return strikes(ENOSPC) ? -1 : __real_write(fd, bytes, n);
}

WRAPPED(ssize_t, pwrite, int fd, const void *bytes, size_t n, off_t at)
{
    return strikes(ENOSPC) ? -1 : __real_pwrite(fd, bytes, n, at);
}

WRAPPED(int, fsync, int fd)
{
    return strikes(EIO) ? -1 : __real_fsync(fd);
}

WRAPPED(int, fdatasync, int fd)
{
    return strikes(EIO) ? -1 : __real_fdatasync(fd);
}

WRAPPED(int, posix_fallocate, int fd, off_t at, off_t bytes)
{
    return strikes(ENOSPC) ? ENOSPC : __real_posix_fallocate(fd, at, bytes);
}

WRAPPED(int, rename, const char *from, const char *to)
{
    return strikes(EACCES) ? -1 : __real_rename(from, to);
}

WRAPPED(int, renameat2, int a, const char *from, int b, const char *to, unsigned flags)
{
    return strikes(EACCES) ? -1 : __real_renameat2(a, from, b, to, flags);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    const unsigned mode = flags & O_CREAT ? va_arg(list, unsigned) : 0;
    va_end(list);
    return strikes(EMFILE) ? -1 : __real_open(path, flags, mode);
}

static inline size_t open_files(void)
{
    size_t n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

#endif
