/* Opens a file after checking it, and closes it. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- before HDF5 sees the file ---- */

/* Place of the file's length in the superblock that libver earliest writes (version 0; HDF5 file
 * format specification, II.A). */
#define SUPERBLOCK_VERSION 8
#define SUPERBLOCK_LENGTH  40

/* Faults for which HDF5 has no words that help. */
static mts_status check_bytes(const char *path, mts_store_mode mode)
{
    static const char signature[] = "\211HDF\r\n\032\n";
    unsigned char head[48] = {0};
    struct stat info;
    ssize_t got;
    uint64_t length = 0;
    mts_status st = MTS_OK;
    /* Not to wait for the other end of a FIFO. */
    int fd = open(path, (mode != MTS_STORE_READ ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == EISDIR)
        return mts_fail(MTS_ERR_IO, "cannot open %s: it is a folder", path);
    if (fd < 0)
        return mts_fail(MTS_ERR_IO, "cannot open %s%s: %s", *path ? path : "''",
                        mode != MTS_STORE_READ ? " for writing" : "", strerror(errno));
    if (fstat(fd, &info) != 0 || (S_ISREG(info.st_mode) && (got = pread(fd, head, 48, 0)) < 0)) {
        st = mts_fail(MTS_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        st = mts_fail(MTS_ERR_IO, "cannot open %s: it is %s", path, mts_file_kind(info.st_mode));
    } else if (memcmp(head, signature, 8) != 0) {
        st = mts_fail(MTS_ERR_FOREIGN, "%s is not an HDF5 file", path);
    } else if (head[SUPERBLOCK_VERSION] == 0) {
        for (int i = 7; i >= 0; i--)
            length = length << 8 | head[SUPERBLOCK_LENGTH + i];
        if ((uint64_t)info.st_size < length)
            st = mts_fail(MTS_ERR_IO,
                          "%s is cut short: %llu of %llu bytes are there; restore it from a copy",
                          path, (unsigned long long)info.st_size, (unsigned long long)length);
    }
    close(fd);
    return st;
}

#define SIEVE_BYTES 65536

/* The serial driver. A file that is being built has no readers, but many small rows in turn. */
static mts_status serial(const mts_store *store, hid_t *access)
{
    if (H5_FAILED(store->path, "", *access = mts_store_h5_serial()) ||
        (store->mode == MTS_STORE_BUILD &&
         H5_FAILED(store->path, "", H5Pset_sieve_buf_size(*access, SIEVE_BYTES))))
        return MTS_ERR_IO;
    return MTS_OK;
}

static mts_status open_file(mts_store *store)
{
    hid_t access = H5I_INVALID_HID;
    mts_status st = MTS_ERR_IO;
    if (store->mode != MTS_STORE_WRITE) {
        if (serial(store, &access) != MTS_OK)
            goto done;
    } else if (H5_FAILED(store->path, "", access = H5Pcreate(H5P_FILE_ACCESS)) ||
               H5_FAILED(store->path, "", H5Pset_fapl_mpio(access, MPI_COMM_SELF, MPI_INFO_NULL))) {
        goto done;
    }
    if (H5_FAILED(store->path, "",
                  store->file = H5Fopen(
                      store->path, store->mode == MTS_STORE_READ ? H5F_ACC_RDONLY : H5F_ACC_RDWR,
                      access)))
        goto done;
    if (store->mode == MTS_STORE_WRITE && (store->fd = open(store->path, O_RDWR | O_CLOEXEC)) < 0) {
        mts_fail(MTS_ERR_IO, "cannot open %s for writing: %s", store->path, strerror(errno));
        goto done;
    }
    st = MTS_OK;
done:
    if (access >= 0)
        H5Pclose(access);
    return st;
}

/* ---- attributes ---- */

mts_status mts_store_attribute(mts_store *store, const char *name, char **text)
{
    return mts_store_h5_text(store->file, store->path, name, text);
}

mts_status mts_store_line(mts_store *store, const char *name, char **text)
{
    const mts_status st = mts_store_attribute(store, name, text);
    if (st == MTS_OK)
        mts_clean(*text);
    return st;
}

static bool read_version(mts_store *store, int64_t *version)
{
    hid_t attribute = H5Aopen(store->file, "format_version", H5P_DEFAULT);
    bool good = attribute >= 0 && mts_store_h5_is_one(attribute) &&
                H5Aread(attribute, H5T_NATIVE_INT64, version) >= 0;
    if (attribute >= 0)
        H5Aclose(attribute);
    return good;
}

static mts_status check_format(mts_store *store)
{
    char *format = NULL;
    int64_t version = 0;
    const mts_status st = mts_store_attribute(store, "format", &format);
    const bool ours = st == MTS_OK && strcmp(format, MTS_FORMAT) == 0;
    mts_free(format);
    if (st == MTS_ERR_MEMORY)
        return st;
    if (!ours)
        return mts_fail(MTS_ERR_FOREIGN, "%s is an HDF5 file, but not one of mtsweep", store->path);
    if (!read_version(store, &version))
        return mts_fail(MTS_ERR_IO, "%s is damaged: attribute 'format_version' is no number",
                        store->path);
    if (version != MTS_FORMAT_VERSION)
        return mts_fail(MTS_ERR_FOREIGN,
                        "%s has format version %lld, and this mtsweep knows version %d only; use "
                        "%s mtsweep",
                        store->path, (long long)version, MTS_FORMAT_VERSION,
                        version > MTS_FORMAT_VERSION ? "a newer" : "an older");
    return MTS_OK;
}

/* ---- datasets ---- */

/* Only hard links count: others may lead out of the file, or in a circle. */
static bool is_linked(const mts_store *store, const char *path)
{
    H5L_info_t link;
    return H5Lexists(store->file, path, H5P_DEFAULT) > 0 &&
           H5Lget_info(store->file, path, &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_HARD;
}

static bool dataset_there(const mts_store *store, const char *path)
{
    char group[SPEC_PATH];
    snprintf(group, sizeof group, "%.*s", (int)(strchr(path + 1, '/') - path), path);
    return is_linked(store, group) && is_linked(store, path);
}

/* The extents are what the coordinates say; all other datasets must agree with them. */
static mts_status read_extents(mts_store *store)
{
    char path[SPEC_PATH];
    for (mts_axis axis = 0; axis < MTS_N_AXES; axis++) {
        const size_t fixed = mts_store_fixed_extent(axis);
        hid_t data, space;
        hsize_t n = 0;
        snprintf(path, sizeof path, "/axis/%s", mts_axis_name[axis]);
        if (!dataset_there(store, path)) {
            if (axis == MTS_AXIS_run || fixed > 0)
                return mts_fail(MTS_ERR_IO, "%s is damaged: dataset %s is missing", store->path,
                                path);
            continue;
        }
        if (H5_FAILED(store->path, path, data = H5Dopen2(store->file, path, H5P_DEFAULT)))
            return MTS_ERR_IO;
        space = H5Dget_space(data);
        if (space >= 0 && H5Sget_simple_extent_ndims(space) == 1)
            H5Sget_simple_extent_dims(space, &n, NULL);
        if (space >= 0)
            H5Sclose(space);
        H5Dclose(data);
        if (n == 0 || (fixed > 0 && n != fixed))
            return mts_fail(MTS_ERR_IO, "%s is damaged: dataset %s has another shape", store->path,
                            path);
        store->extents.n[axis] = n;
    }
    return MTS_OK;
}

static bool same_type(const mts_store_spec *spec, hid_t data)
{
    const hid_t type = H5Dget_type(data);
    const bool same = type >= 0 && H5Tequal(mts_store_h5_disk(spec->kind), type) > 0;
    if (type >= 0)
        H5Tclose(type);
    return same;
}

static bool same_shape(const mts_store_spec *spec, hid_t data)
{
    hsize_t dims[SPEC_MAX_AXES];
    hid_t space = H5Dget_space(data);
    bool same = space >= 0 && H5Sget_simple_extent_ndims(space) == (int)spec->n_axes &&
                H5Sget_simple_extent_dims(space, dims, NULL) >= 0 &&
                memcmp(dims, spec->dims, spec->n_axes * sizeof *dims) == 0;
    if (space >= 0)
        H5Sclose(space);
    return same;
}

/* Where a dataset's numbers are: in one piece in the file, in chunks, or elsewhere (in another file,
 * or composed of other datasets), where nothing is read or written. */
typedef enum { IN_ONE_PIECE, IN_CHUNKS, ELSEWHERE } place;

static place place_of(hid_t data)
{
    hid_t list = H5Dget_create_plist(data);
    place where = ELSEWHERE;
    if (list >= 0 && H5Pget_external_count(list) == 0)
        where = H5Pget_layout(list) == H5D_CONTIGUOUS ? IN_ONE_PIECE
                : H5Pget_layout(list) == H5D_CHUNKED  ? IN_CHUNKS
                                                      : ELSEWHERE;
    if (list >= 0)
        H5Pclose(list);
    return where;
}

#define DEFLATE_MOST 1100 /* bytes that become one, at most (zlib's documentation: 1032) */

static mts_status refuse_copy(const mts_store *store)
{
    return mts_fail(MTS_ERR_IO,
                    "%s is a %s copy, which can be read but not continued; use the original",
                    store->path, *store->dropped ? "slim" : "compressed");
}

/* Which groups the file lacks on purpose. */
static mts_status read_dropped(mts_store *store)
{
    mts_status st = MTS_OK;
    if (H5Aexists(store->file, "dropped") > 0)
        st = mts_store_attribute(store, "dropped", &store->dropped);
    else if (!(store->dropped = mts_alloc(1, 1)))
        st = MTS_ERR_MEMORY;
    if (st == MTS_OK && !mts_store_can_drop(store->dropped))
        st = mts_fail(MTS_ERR_IO,
                      "%s is damaged: attribute 'dropped' names groups that no copy lacks",
                      store->path);
    if (st == MTS_OK && *store->dropped && store->mode == MTS_STORE_WRITE)
        st = refuse_copy(store);
    return st;
}

static mts_status open_dataset(mts_store *store, size_t number, uint64_t file_bytes)
{
    const mts_store_spec *spec = &store->specs.spec[number];
    hid_t data;
    if (spec->total == 0 && dataset_there(store, spec->path))
        return mts_fail(MTS_ERR_IO,
                        "%s is damaged: dataset %s is there, but not its coordinates; restore it "
                        "from a copy",
                        store->path, spec->path);
    if (spec->total == 0)
        return MTS_OK;
    if (!dataset_there(store, spec->path) && mts_store_is_later(store, number))
        return MTS_OK;
    if (!dataset_there(store, spec->path))
        return mts_fail(MTS_ERR_IO, "%s is damaged: dataset %s is missing", store->path,
                        spec->path);
    if (H5_FAILED(store->path, spec->path, data = H5Dopen2(store->file, spec->path, H5P_DEFAULT)))
        return MTS_ERR_IO;
    store->data[number] = data;
    if (!same_type(spec, data))
        return mts_fail(MTS_ERR_IO, "%s is damaged: dataset %s has another type", store->path,
                        spec->path);
    if (!same_shape(spec, data))
        return mts_fail(MTS_ERR_IO, "%s is damaged: dataset %s has another shape", store->path,
                        spec->path);
    const place where = place_of(data);
    if (where == ELSEWHERE)
        return mts_fail(MTS_ERR_IO, "%s is damaged: dataset %s lies elsewhere than in the file",
                        store->path, spec->path);
    if (where == IN_CHUNKS && spec->scale &&
        spec->total > DEFLATE_MOST * (double)H5Dget_storage_size(data))
        return mts_fail(MTS_ERR_IO, "%s is damaged: dataset %s has more entries than are stored",
                        store->path, spec->path);
    if (where == IN_ONE_PIECE) {
        haddr_t offset = H5Dget_offset(data);
        if (offset == HADDR_UNDEF || (double)offset + spec->total > (double)file_bytes)
            return mts_fail(MTS_ERR_IO, "%s is damaged: dataset %s reaches beyond its end",
                            store->path, spec->path);
    } else if (store->mode == MTS_STORE_WRITE) {
        return refuse_copy(store);
    }
    return MTS_OK;
}

typedef struct stretch {
    haddr_t first, end;
    size_t spec;
} stretch;

static int by_place(const void *a, const void *b)
{
    const stretch *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* Two datasets in one place: what is written into one would change the other. */
static mts_status refuse_overlaps(const mts_store *store)
{
    size_t n = 0;
    mts_status st = MTS_OK;
    stretch *all = mts_alloc(store->specs.n, sizeof *all);
    if (!all)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < store->specs.n; i++)
        if (store->data[i] >= 0 && place_of(store->data[i]) == IN_ONE_PIECE) {
            const haddr_t first = H5Dget_offset(store->data[i]);
            all[n++] = (stretch){first, first + (haddr_t)store->specs.spec[i].total, i};
        }
    qsort(all, n, sizeof *all, by_place);
    for (size_t i = 1; i < n && st == MTS_OK; i++)
        if (all[i].first < all[i - 1].end)
            st = mts_fail(MTS_ERR_IO, "%s is damaged: datasets %s and %s lie in the same place",
                          store->path, store->specs.spec[all[i - 1].spec].path,
                          store->specs.spec[all[i].spec].path);
    mts_free(all);
    return st;
}

/* Readers look for a coordinate in the group of the dataset; there it must be that of /axis. */
static mts_status check_coordinates(const mts_store *store, const mts_store_spec *spec)
{
    char path[SPEC_PATH];
    for (size_t i = 0; i < spec->n_axes; i++) {
        const char *axis = store->specs.spec[store->specs.axis + spec->axis[i]].path;
        H5L_info_t here = {0}, there = {0};
        snprintf(path, sizeof path, "%.*s/%s", (int)spec->group_length, spec->path,
                 mts_axis_name[spec->axis[i]]);
        if (!is_linked(store, path) || H5Lget_info(store->file, path, &here, H5P_DEFAULT) < 0 ||
            H5Lget_info(store->file, axis, &there, H5P_DEFAULT) < 0 ||
            memcmp(&here.u, &there.u, sizeof here.u) != 0)
            return mts_fail(MTS_ERR_IO,
                            "%s is damaged: %s is not the coordinate %s; restore it from a copy",
                            store->path, path, axis);
    }
    return MTS_OK;
}

static mts_status open_datasets(mts_store *store)
{
    struct stat info;
    mts_status st = read_dropped(store);
    if (st == MTS_OK)
        st = mts_store_specs_create(&store->extents, store->dropped, &store->specs);
    if (st == MTS_OK)
        st = mts_store_read_columns(store);
    if (st != MTS_OK)
        return st;
    store->data = mts_alloc(store->specs.n, sizeof *store->data);
    if (!store->data)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < store->specs.n; i++)
        store->data[i] = H5I_INVALID_HID;
    if (stat(store->path, &info) != 0)
        return mts_fail(MTS_ERR_IO, "cannot read %s: %s", store->path, strerror(errno));
    for (size_t i = 0; i < store->specs.n && st == MTS_OK; i++)
        st = open_dataset(store, i, (uint64_t)info.st_size);
    if (st == MTS_OK)
        st = refuse_overlaps(store);
    for (size_t i = 0; i < store->specs.n && st == MTS_OK; i++)
        if (store->data[i] >= 0 && !store->specs.spec[i].scale)
            st = check_coordinates(store, &store->specs.spec[i]);
    if (st == MTS_OK)
        st = mts_store_read_choices(store);
    if (st == MTS_OK)
        st = mts_store_read_numbers(store);
    if (st == MTS_OK && *store->later && store->mode == MTS_STORE_WRITE)
        st =
            mts_fail(MTS_ERR_FOREIGN,
                     "%s was made by a newer mtsweep, which this one can show but not continue: it "
                     "has %s",
                     store->path, store->later);
    return st;
}

/* ---- the object ---- */

/* Frees everything. Returns `status`, or what went wrong here if that was MTS_OK: the first message
 * stays. */
static mts_status destroy(mts_store *store, mts_status st)
{
    for (size_t i = 0; store->data && i < store->specs.n; i++)
        if (store->data[i] >= 0)
            H5Dclose(store->data[i]);
    if (store->file >= 0 && st != MTS_OK)
        H5Fclose(store->file);
    else if (store->file >= 0 && H5_FAILED(store->path, "", H5Fclose(store->file)))
        st = MTS_ERR_IO;
    if (store->fd >= 0 && close(store->fd) != 0 && st == MTS_OK)
        st = mts_fail(MTS_ERR_IO, "cannot close %s: %s", store->path, strerror(errno));
    mts_store_specs_destroy(&store->specs);
    mts_free(store->config);
    mts_free(store->config_one);
    mts_free(store->columns);
    mts_free(store->later);
    mts_free(store->dropped);
    mts_free(store->choices);
    mts_free(store->number);
    mts_free(store->data);
    mts_free(store->path);
    mts_free(store);
    return st;
}

static mts_status open_here(const char *path, mts_store_mode mode, mts_store **store)
{
    static mts_status (*const step[])(mts_store *) = {open_file, check_format, read_extents,
                                                      open_datasets};
    mts_status st = MTS_OK;
    mts_store *s = mts_alloc(1, sizeof *s);
    *store = NULL;
    if (!s)
        return MTS_ERR_MEMORY;
    s->mode = mode;
    s->fd = -1;
    s->file = H5I_INVALID_HID;
    s->path = mts_alloc(strlen(path) + 1, 1);
    if (!s->path)
        return destroy(s, MTS_ERR_MEMORY);
    memcpy(s->path, path, strlen(path));
    for (size_t i = 0; i < sizeof step / sizeof *step && st == MTS_OK; i++)
        st = step[i](s);
    if (st != MTS_OK)
        return destroy(s, st);
    *store = s;
    return MTS_OK;
}

mts_status mts_store_open(const char *path, mts_store_mode mode, mts_store **store)
{
    *store = NULL;
    mts_store_h5_quiet();
    mts_status st = check_bytes(path, mode);
    return st == MTS_OK ? open_here(path, mode, store) : st;
}

/* Reads an attribute of plain values, as the checks of a file do. */
static herr_t try_attribute(hid_t object, const char *name, const H5A_info_t *info, void *ctx)
{
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute),
                space = H5Aget_space(attribute);
    const H5T_class_t class = H5Tget_class(type);
    const hssize_t points = H5Sget_simple_extent_npoints(space);
    (void)info;
    (void)ctx;
    if (points > 0 && points <= ATTRIBUTE_MAX && H5Tget_size(type) <= ATTRIBUTE_MAX + 1 &&
        (class == H5T_INTEGER || class == H5T_FLOAT ||
         (class == H5T_STRING && H5Tis_variable_str(type) == 0))) {
        void *values = mts_alloc((size_t)points, H5Tget_size(type));
        if (values)
            H5Aread(attribute, type, values);
        mts_free(values);
    }
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return 0;
}

void mts_store_try(const char *path)
{
    mts_store *store;
    mts_store_h5_quiet();
    if (open_here(path, MTS_STORE_READ, &store) != MTS_OK)
        return;
    for (size_t i = 0; i < store->specs.n; i++) {
        const mts_store_spec *spec = &store->specs.spec[i];
        void *row = store->data[i] < 0 ? NULL : mts_alloc(spec->row, spec->bytes);
        if (row)
            (void)mts_store_read(store, i, spec->dims[0] - 1, 1, row);
        if (store->data[i] >= 0)
            H5Aiterate2(store->data[i], H5_INDEX_NAME, H5_ITER_NATIVE, NULL, try_attribute, NULL);
        mts_free(row);
    }
    (void)mts_store_close(store);
}

mts_status mts_store_close(mts_store *store)
{
    mts_status st = MTS_OK;
    if (!store)
        return MTS_OK;
    if (store->mode == MTS_STORE_WRITE)
        st = mts_store_sync(store);
    return destroy(store, st);
}
