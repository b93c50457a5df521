/* failing_calls.c: preloaded into a program, lets the Nth call of a kind fail: FAILING="write 3", where a kind is "memory",
 * "write", "sync" or "rename". Only what touches files whose path holds FAILING_PATH counts, and of memory what is asked of
 * aligned_alloc, as the project alone does. FAILING_COUNT names a file that holds the number of calls afterwards. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long *calls; /* outlives a process that is killed */
static long strike;
static char kind[16];
static const char *path;

static void begin(void)
{
    static long without;
    const char *text = getenv("FAILING"), *count = getenv("FAILING_COUNT");
    if (calls)
        return;
    calls = &without;
    path = getenv("FAILING_PATH");
    if (!text || sscanf(text, "%15s %ld", kind, &strike) != 2)
        return;
    const int fd = count ? open(count, O_RDWR | O_CREAT, 0644) : -1;
    void *map = fd >= 0 && ftruncate(fd, sizeof *calls) == 0
                    ? mmap(NULL, sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                    : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (map != MAP_FAILED)
        calls = map;
}

static int strikes(const char *what, const char *touched, int error)
{
    begin();
    if (strcmp(what, kind) != 0 || (touched && (!path || !strstr(touched, path))))
        return 0;
    if (++*calls != strike)
        return 0;
    errno = error;
    return 1;
}

static int strikes_file(const char *what, int fd, int error)
{
    char link[64], touched[4096];
    const int before = errno;
    begin();
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = strcmp(what, kind) == 0 ? readlink(link, touched, sizeof touched - 1) : -1;
    errno = before;
    if (n < 0)
        return 0;
    touched[n] = '\0';
    return strikes(what, touched, error);
}

#define REAL(type, name, ...)                                                                      \
    static type (*real)(__VA_ARGS__);                                                              \
    if (!real)                                                                                     \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

void *aligned_alloc(size_t alignment, size_t bytes)
{
    REAL(void *, aligned_alloc, size_t, size_t);
    return strikes("memory", NULL, ENOMEM) ? NULL : real(alignment, bytes);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    REAL(ssize_t, write, int, const void *, size_t);
    return strikes_file("write", fd, ENOSPC) ? -1 : real(fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    return strikes_file("write", fd, ENOSPC) ? -1 : real(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    return strikes_file("write", fd, ENOSPC) ? -1 : real(fd, bytes, n, at);
}

ssize_t pwritev(int fd, const struct iovec *pieces, int n, off_t at)
{
    REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t);
    return strikes_file("write", fd, ENOSPC) ? -1 : real(fd, pieces, n, at);
}

int posix_fallocate(int fd, off_t at, off_t bytes)
{
    REAL(int, posix_fallocate, int, off_t, off_t);
    return strikes_file("write", fd, ENOSPC) ? ENOSPC : real(fd, at, bytes);
}

int fsync(int fd)
{
    REAL(int, fsync, int);
    return strikes_file("sync", fd, EIO) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL(int, fdatasync, int);
    return strikes_file("sync", fd, EIO) ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
    REAL(int, rename, const char *, const char *);
    return strikes("rename", to, EACCES) ? -1 : real(from, to);
}

int renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
    REAL(int, renameat2, int, const char *, int, const char *, unsigned);
    return strikes("rename", to, EACCES) ? -1 : real(a, from, b, to, flags);
}
