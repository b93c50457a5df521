/* How a new file gets on the disk: whole, with its space reserved, or not at all.
 *
 *     an empty HDF5 file in memory -> PATH.tmp -> reserve all space -> fill -> fsync -> rename
 *
 * The space is reserved before HDF5 opens the file, because HDF5 does not survive a full disk: when
 * it cannot write its metadata at closing, it crashes as the process ends. */
#include "internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Metadata lie together in blocks of this size: opening reads few places. */
#define METADATA_BLOCK 65536

/* What the index of a dataset's chunks takes, about: some nodes of it. */
#define CHUNK_INDEX 16384.0

static mts_status no_room(const char *path, double bytes, int error)
{
    return mts_fail(MTS_ERR_IO,
                    "cannot reserve %.1f MiB for %s: %s; free space, or choose another place",
                    bytes / 1048576, path, strerror(error));
}

/* The bytes of an HDF5 file with nothing in it. The caller frees *image. */
static mts_status empty_file(const char *path, void **image, size_t *bytes)
{
    hid_t access = H5I_INVALID_HID, file = H5I_INVALID_HID;
    mts_status st = MTS_ERR_IO;
    ssize_t length;
    *image = NULL;
    if (H5_FAILED(path, "", access = H5Pcreate(H5P_FILE_ACCESS)) ||
        H5_FAILED(path, "", H5Pset_fapl_core(access, METADATA_BLOCK, 0)) ||
        H5_FAILED(path, "", H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST)) ||
        H5_FAILED(path, "", file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access)) ||
        H5_FAILED(path, "", H5Fflush(file, H5F_SCOPE_LOCAL)) ||
        H5_FAILED(path, "", length = H5Fget_file_image(file, NULL, 0)))
        goto done;
    *bytes = (size_t)length;
    *image = mts_alloc(*bytes, 1);
    if (!*image)
        st = MTS_ERR_MEMORY;
    else if (!H5_FAILED(path, "", H5Fget_file_image(file, *image, *bytes)))
        st = MTS_OK;
done:
    if (file >= 0)
        H5Fclose(file);
    if (access >= 0)
        H5Pclose(access);
    return st;
}

/* PATH.tmp: an empty HDF5 file, with `bytes` bytes reserved for what comes. */
static mts_status reserve(const char *path, const char *temporary, double bytes)
{
    void *image = NULL;
    size_t length = 0;
    int error, fd = -1;
    mts_status st = empty_file(temporary, &image, &length);
    if (st != MTS_OK)
        goto done;
    /* What a creation that was killed has left, or a link that leads elsewhere, goes; the lock of
     * the file is held. */
    (void)unlink(temporary);
    fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        st = mts_fail(MTS_ERR_IO, "cannot create %s: %s", temporary, strerror(errno));
    else if ((error = posix_fallocate(fd, 0, (off_t)bytes)) != 0)
        st = no_room(path, bytes, error);
    else if (pwrite(fd, image, length, 0) != (ssize_t)length)
        st = mts_fail(MTS_ERR_IO, "cannot write %s: %s", temporary, strerror(errno));
done:
    if (fd >= 0)
        close(fd);
    mts_free(image);
    return st;
}

static mts_status fill(const char *temporary, const mts_store_specs *specs,
                       const mts_schema *schema)
{
    hid_t access = H5I_INVALID_HID, file = H5I_INVALID_HID;
    mts_status st = MTS_ERR_IO;
    if (H5_FAILED(temporary, "", access = mts_store_h5_serial()) ||
        H5_FAILED(temporary, "", H5Pset_meta_block_size(access, METADATA_BLOCK)) ||
        H5_FAILED(temporary, "", file = H5Fopen(temporary, H5F_ACC_RDWR, access)))
        goto done;
    st = mts_store_fill(file, temporary, specs, schema);
done:
    if (file >= 0 && st != MTS_OK) /* the first message stays */
        H5Fclose(file);
    else if (file >= 0 && H5_FAILED(temporary, "", H5Fclose(file)))
        st = MTS_ERR_IO;
    if (access >= 0)
        H5Pclose(access);
    return st;
}

/* HDF5 has cut the file to what it uses. If that is more than was reserved, reserves the rest; and what
 * a compressed file may grow to at most, which closing it after its last row cuts off. */
static mts_status settle(const char *path, const char *temporary, double reserved, bool grows)
{
    struct stat info;
    mts_status st = MTS_OK;
    int error = 0, fd = open(temporary, O_RDWR | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0)
        st = mts_fail(MTS_ERR_IO, "cannot open %s: %s", temporary, strerror(errno));
    else if ((double)info.st_size > reserved && (error = posix_fallocate(fd, 0, info.st_size)) != 0)
        st = no_room(path, (double)info.st_size, error);
    else if (grows && (error = posix_fallocate(fd, 0, (off_t)(2 * METADATA_BLOCK + reserved))) != 0)
        st = no_room(path, reserved, error);
    else if (fsync(fd) != 0)
        st = mts_fail(MTS_ERR_IO, "cannot write %s: %s", temporary, strerror(errno));
    if (fd >= 0)
        close(fd);
    return st;
}

/* Gives the finished file its name. */
static mts_status give_name(const char *temporary, const char *path, bool replace)
{
    char folder[PATH_MAX];
    int fd;
    if ((replace ? rename(temporary, path)
                 : renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE)) != 0 &&
        (replace || (errno != EINVAL && errno != ENOSYS) || rename(temporary, path) != 0))
        return mts_fail(MTS_ERR_IO, "cannot rename %s to %s: %s", temporary, path, strerror(errno));

    snprintf(folder, sizeof folder, "%s", path);
    fd = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd); /* some file systems cannot; the name is there nevertheless */
        close(fd);
    }
    return MTS_OK;
}

mts_status mts_store_publish(const char *from, const char *to, bool replace)
{
    const int fd = open(from, O_RDWR | O_CLOEXEC);
    mts_status st = MTS_OK;
    if (fd < 0 || fsync(fd) != 0)
        st = mts_fail(MTS_ERR_IO, "cannot write %s: %s", from, strerror(errno));
    if (fd >= 0)
        close(fd);
    return st == MTS_OK ? give_name(from, to, replace) : st;
}

/* Checks what the schema must say, and completes the extents. */
static mts_status complete(const char *path, const mts_schema *schema, mts_extents *extents)
{
    const size_t *n = schema->extents.n;
    struct stat info;
    assert(n[MTS_AXIS_split] <= MTS_N_SPLITS);
    assert(n[MTS_AXIS_fold] == 0 || schema->fold_name);
    assert(!schema->dropped || mts_store_can_drop(schema->dropped));
    if (lstat(path, &info) == 0)
        return mts_fail(MTS_ERR_IO, "cannot create %s: it exists already", path);
    if (strlen(path) + sizeof ".tmp" > PATH_MAX)
        return mts_fail(MTS_ERR_IO, "cannot create a file: its name is too long");
    if (n[MTS_AXIS_run] == 0)
        return mts_fail(MTS_ERR_USAGE, "cannot create %s: the sweep has no runs", path);
    const mts_status st = mts_store_extents_of(schema, schema->dropped, extents);
    if (st != MTS_OK)
        return st;
    if (mts_store_size(extents, NULL) > 0x1p60)
        return mts_fail(MTS_ERR_IO, "cannot create %s: it would be larger than a file can be",
                        path);
    return MTS_OK;
}

static mts_status make(const char *path, const char *temporary, const mts_store_specs *specs,
                       const mts_schema *schema)
{
    double bytes =
        mts_store_specs_bytes(specs) + (schema->compressed ? CHUNK_INDEX * (double)specs->n : 0);
    mts_status st;
    for (size_t i = 0; i < schema->n_attributes; i++)
        bytes += (double)strlen(schema->attribute[i].text);
    st = reserve(path, temporary, bytes);
    if (st != MTS_OK)
        return st;
    st = fill(temporary, specs, schema);
    if (st != MTS_OK)
        return st;
    st = settle(path, temporary, bytes, schema->compressed);
    return st == MTS_OK ? give_name(temporary, path, false) : st;
}

mts_status mts_store_create(const char *path, const mts_schema *schema)
{
    char temporary[PATH_MAX];
    mts_store_specs specs = {0};
    mts_extents extents;
    mts_status st = complete(path, schema, &extents);
    if (st != MTS_OK)
        return st;
    mts_store_h5_quiet();
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    st = mts_store_specs_create(&extents, schema->dropped, &specs);
    if (st == MTS_OK)
        st = make(path, temporary, &specs, schema);
    if (st != MTS_OK)
        unlink(temporary);
    mts_store_specs_destroy(&specs);
    return st;
}
