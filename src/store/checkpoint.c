/* Checkpoints beside the file: a folder, and in it a file for each run that is under way.
 *
 *     OUT.checkpoint/0123456789abcdef        name: key of the run, see mts_config_key
 *
 *     | magic 8 | version 4 | crc 4 | key 8 | bytes 8 | done 8 | what mts_run saved: bytes |
 *
 * Numbers are little-endian, as the machines that this runs on; a file from another one has another
 * version as it reads it. The CRC is that of all that follows it. A file is written under a
 * temporary name, synced and renamed, so that under its own name it is whole or the one before. The
 * temporary name is the writer's own: one that was given up may wake and write beside its successor.
 */
#include "internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define VERSION   1u
#define MOST      ((uint64_t)1 << 36) /* bytes; more is a damaged length */
#define PATH_ROOM 64                  /* for what is added to the path of the file */

static const char magic[8] = "mtscheck";

typedef struct head {
    char magic[8];
    uint32_t version, crc;
    uint64_t key, bytes;
    double done;
} head;

static uint32_t crc_of(const head *h, const void *state)
{
    const unsigned char *start = (const unsigned char *)&h->key;
    uLong crc = crc32(0, start, (uInt)(sizeof *h - offsetof(head, key)));
    const unsigned char *p = state;
    for (uint64_t left = h->bytes, n; left > 0; left -= n, p += n) {
        n = left < 1u << 30 ? left : 1u << 30; /* zlib counts in 32 bits */
        crc = crc32(crc, p, (uInt)n);
    }
    return (uint32_t)crc;
}

/* PATH.checkpoint, and a file in it; the caller frees. */
static char *place(const char *path, uint64_t key, const char *end)
{
    const size_t room = strlen(path) + PATH_ROOM;
    char *text = mts_alloc(room, 1);
    if (text && end)
        snprintf(text, room, "%s.checkpoint/%016llx%s", path, (unsigned long long)key, end);
    else if (text)
        snprintf(text, room, "%s.checkpoint", path);
    return text;
}

/* ---- saving ---- */

static mts_status cannot(const char *path)
{
    return mts_fail(MTS_ERR_IO, "cannot write checkpoint %s: %s", path, strerror(errno));
}

static bool write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t wrote = write(fd, p, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        p += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

/* The folder's own entry, so that the new name outlives a loss of power. File systems that cannot
 * are as they are. */
static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

/* A link of this name would lead the checkpoints, and what is removed, to somewhere else. */
static bool make_folder(const char *folder)
{
    struct stat info;
    if (mkdir(folder, 0755) == 0)
        return true;
    if (errno != EEXIST || lstat(folder, &info) != 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(info.st_mode);
}

/* KEY.WRITER.tmp */
#define TEMPORARY ".tmp"

static char *temporary_place(const char *path, uint64_t key)
{
    char end[PATH_ROOM - 32];
    snprintf(end, sizeof end, ".%lx%llx" TEMPORARY, (unsigned long)getpid() & 0xffffffff,
             (unsigned long long)(mts_now() * 1e6) & 0xffffffff);
    return place(path, key, end);
}

static mts_status write_file(const char *temporary, const head *h, const void *state)
{
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return cannot(temporary);
    bool good = write_all(fd, h, sizeof *h) && write_all(fd, state, h->bytes) && fsync(fd) == 0;
    mts_status st = good ? MTS_OK : cannot(temporary);
    if (close(fd) != 0 && st == MTS_OK)
        st = cannot(temporary);
    return st;
}

mts_status mts_checkpoint_save(const char *path, uint64_t key, double done, const void *state,
                               size_t bytes)
{
    head h = {.version = VERSION, .key = key, .bytes = bytes, .done = done};
    char *folder = place(path, key, NULL), *file = place(path, key, ""),
         *temporary = temporary_place(path, key);
    mts_status st = folder && file && temporary ? MTS_OK : MTS_ERR_MEMORY;
    if (st != MTS_OK)
        goto cleanup;
    memcpy(h.magic, magic, sizeof magic);
    h.crc = crc_of(&h, state);
    if (!make_folder(folder))
        st = cannot(folder);
    else
        st = write_file(temporary, &h, state);
    if (st == MTS_OK && rename(temporary, file) != 0)
        st = cannot(file);
    if (st == MTS_OK)
        sync_folder(folder);
    else
        (void)unlink(temporary);
cleanup:
    mts_free(folder);
    mts_free(file);
    mts_free(temporary);
    return st;
}

/* ---- reading ---- */

/* A file that is no checkpoint, or none of this run. */
static mts_status refuse(const char *file, const char *why)
{
    return mts_fail(MTS_ERR_FOREIGN, "checkpoint %s is %s; the run starts anew", file, why);
}

static bool read_all(int fd, void *bytes, size_t n)
{
    char *p = bytes;
    while (n > 0) {
        ssize_t got = read(fd, p, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

/* Opens the file and reads its head; *fd is -1 where there is none. */
static mts_status read_head(const char *file, uint64_t key, int *fd, head *h)
{
    struct stat info;
    *fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (*fd < 0 && errno == ENOENT)
        return MTS_OK;
    if (*fd < 0)
        return mts_fail(MTS_ERR_FOREIGN, "cannot read checkpoint %s: %s; the run starts anew", file,
                        strerror(errno));
    if (fstat(*fd, &info) != 0 || !S_ISREG(info.st_mode) || !read_all(*fd, h, sizeof *h) ||
        memcmp(h->magic, magic, sizeof magic) != 0)
        return refuse(file, "none of mtsweep's, or cut short");
    if (h->version != VERSION)
        return refuse(file, "of another version of mtsweep");
    if (h->key != key)
        return refuse(file, "that of another run");
    if (h->bytes > MOST || (uint64_t)info.st_size != sizeof *h + h->bytes)
        return refuse(file, "cut short or damaged");
    return MTS_OK;
}

mts_status mts_checkpoint_load(const char *path, uint64_t key, void **state, size_t *bytes)
{
    head h = {.bytes = 0};
    int fd = -1;
    char *file = place(path, key, "");
    *state = NULL;
    *bytes = 0;
    mts_status st = file ? read_head(file, key, &fd, &h) : MTS_ERR_MEMORY;
    if (st != MTS_OK || fd < 0)
        goto cleanup;
    void *read = mts_alloc(h.bytes, 1);
    if (!read)
        st = MTS_ERR_MEMORY;
    else if (!read_all(fd, read, h.bytes) || crc_of(&h, read) != h.crc)
        st = refuse(file, "damaged");
    if (st == MTS_OK) {
        *state = read;
        *bytes = h.bytes;
    } else {
        mts_free(read);
    }
cleanup:
    if (fd >= 0)
        close(fd);
    mts_free(file);
    return st;
}

double mts_checkpoint_done(const char *path, uint64_t key)
{
    head h = {.done = 0};
    int fd = -1;
    char *file = place(path, key, "");
    mts_status st = file ? read_head(file, key, &fd, &h) : MTS_ERR_MEMORY;
    bool there = st == MTS_OK && fd >= 0 && h.done >= 0 && h.done <= 1;
    if (fd >= 0)
        close(fd);
    mts_free(file);
    return there ? h.done : 0;
}

double mts_checkpoint_time(const char *path, uint64_t key)
{
    struct stat info;
    char *file = place(path, key, "");
    const bool there = file && lstat(file, &info) == 0;
    mts_free(file);
    return there ? (double)info.st_mtim.tv_sec + 1e-9 * (double)info.st_mtim.tv_nsec : 0;
}

bool mts_checkpoint_any(const char *path)
{
    struct stat info;
    char *folder = place(path, 0, NULL);
    const bool there = folder && lstat(folder, &info) == 0 && S_ISDIR(info.st_mode);
    mts_free(folder);
    return there;
}

/* ---- the end ---- */

void mts_checkpoint_remove(const char *path, uint64_t key)
{
    char *file = place(path, key, "");
    if (file)
        (void)unlink(file);
    mts_free(file);
}

/* What writers that died have left. */
static void remove_temporaries(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        const size_t length = strlen(entry->d_name), end = strlen(TEMPORARY);
        if (length > end && strcmp(entry->d_name + length - end, TEMPORARY) == 0)
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir)
        closedir(dir);
}

void mts_checkpoint_remove_folder(const char *path)
{
    char *folder = place(path, 0, NULL);
    struct stat info;
    if (folder && lstat(folder, &info) == 0 && S_ISDIR(info.st_mode)) {
        remove_temporaries(folder);
        (void)rmdir(folder); /* stays where it is not empty */
    }
    mts_free(folder);
}
