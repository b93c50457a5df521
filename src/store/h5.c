/* HDF5's errors and types. */
#include "internal.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DETAIL   400
#define TEXT_MAX 1048576 /* more than any attribute of a file holds */

static herr_t copy_first(unsigned n, const H5E_error2_t *error, void *detail)
{
    if (n == 0 && error->desc)
        snprintf(detail, DETAIL, "%s", error->desc);
    return 0;
}

bool mts_store_h5_failed(int64_t value, const char *path, const char *subject, const char *call,
                         const char *file, int line)
{
    char detail[DETAIL] = "no reason given", rank_text[32] = "";
    int ready = 0, over = 0, rank = 0;
    if (value >= 0)
        return false;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, copy_first, detail); /* upward: innermost first */

    /* The name of the function within the text of the call. */
    const char *name = strstr(call, "H5"), *slash = strrchr(file, '/');
    size_t length;
    name = name ? name : call;
    length = strcspn(name, "(");

    MPI_Initialized(&ready);
    MPI_Finalized(&over);
    if (ready && !over && MPI_Comm_rank(MPI_COMM_WORLD, &rank) == MPI_SUCCESS)
        snprintf(rank_text, sizeof rank_text, "rank %d, ", rank);
    mts_fail(MTS_ERR_IO, "%s: %.*s failed%s%s (%s%s:%d): %s", path, (int)length, name,
             subject[0] != '\0' ? " for " : "", subject, rank_text, slash ? slash + 1 : file, line,
             detail);
    return true;
}

void mts_store_h5_quiet(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

hid_t mts_store_h5_serial(void)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    if (list < 0)
        return list;
    if (H5Pset_fapl_sec2(list) < 0 || H5Pset_sieve_buf_size(list, 0) < 0 ||
        H5Pset_libver_bounds(list, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST) < 0)
        goto failed;
        /* File systems of clusters often have no locks, and a reader may look while a sweep writes.
         * Older versions know the environment variable only. */
#if H5_VERSION_GE(1, 14, 0) || (H5_VERSION_GE(1, 12, 1) && !H5_VERSION_GE(1, 13, 0)) ||            \
    (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 11, 0))
    if (H5Pset_file_locking(list, 0, 1) < 0)
        goto failed;
#else
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0);
#endif
    return list;
failed:
    H5Pclose(list);
    return H5I_INVALID_HID;
}

hid_t mts_store_h5_disk(mts_store_kind kind)
{
    return kind == KIND_F64   ? H5T_IEEE_F64LE
           : kind == KIND_F32 ? H5T_IEEE_F32LE
           : kind == KIND_I64 ? H5T_STD_I64LE
                              : H5T_STD_U8LE;
}

hid_t mts_store_h5_memory(mts_store_kind kind)
{
    return kind == KIND_F64   ? H5T_NATIVE_DOUBLE
           : kind == KIND_F32 ? H5T_NATIVE_FLOAT
           : kind == KIND_I64 ? H5T_NATIVE_INT64
                              : H5T_NATIVE_UINT8;
}

void mts_store_text(char *field, size_t bytes, const char *text)
{
    size_t length = strnlen(text, bytes - 1);
    memset(field, 0, bytes);
    for (size_t i = 0; i < length; i++)
        field[i] = (char)(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
}

mts_status mts_store_h5_transfer(hid_t data, const char *path, const mts_store_spec *spec,
                                 bool write, size_t first, size_t n, void *buffer)
{
    hsize_t start[SPEC_MAX_AXES] = {first}, count[SPEC_MAX_AXES], length = n * spec->row;
    const hid_t type = mts_store_h5_memory(spec->kind);
    hid_t memory = H5I_INVALID_HID, disk = H5I_INVALID_HID;
    mts_status st = MTS_ERR_IO;
    count[0] = n;
    for (size_t i = 1; i < spec->n_axes; i++)
        count[i] = spec->dims[i];

    if (H5_FAILED(path, spec->path, memory = H5Screate_simple(1, &length, NULL)) ||
        H5_FAILED(path, spec->path, disk = H5Dget_space(data)) ||
        H5_FAILED(path, spec->path,
                  H5Sselect_hyperslab(disk, H5S_SELECT_SET, start, NULL, count, NULL)))
        goto done;
    if (write ? H5_FAILED(path, spec->path, H5Dwrite(data, type, memory, disk, H5P_DEFAULT, buffer))
              : H5_FAILED(path, spec->path, H5Dread(data, type, memory, disk, H5P_DEFAULT, buffer)))
        goto done;
    st = MTS_OK;
done:
    if (disk >= 0)
        H5Sclose(disk);
    if (memory >= 0)
        H5Sclose(memory);
    return st;
}

bool mts_store_h5_is_one(hid_t attribute)
{
    const hid_t space = H5Aget_space(attribute);
    const bool one = space >= 0 && H5Sget_simple_extent_npoints(space) == 1;
    if (space >= 0)
        H5Sclose(space);
    return one;
}

mts_status mts_store_h5_text(hid_t object, const char *path, const char *name, char **text)
{
    hid_t attribute = H5I_INVALID_HID, type = H5I_INVALID_HID;
    mts_status st = MTS_ERR_IO;
    *text = NULL;
    if (H5Aexists(object, name) <= 0)
        return mts_fail(MTS_ERR_IO, "%s has no attribute '%s'", path, name);
    if (H5_FAILED(path, name, attribute = H5Aopen(object, name, H5P_DEFAULT)) ||
        H5_FAILED(path, name, type = H5Aget_type(attribute)))
        goto done;
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0) {
        mts_fail(MTS_ERR_IO, "%s: attribute '%s' is not fixed-length text", path, name);
        goto done;
    }
    if (!mts_store_h5_is_one(attribute) || H5Tget_size(type) > TEXT_MAX) {
        mts_fail(MTS_ERR_IO, "%s is damaged: attribute '%s' is not one text", path, name);
        goto done;
    }
    *text = mts_alloc(H5Tget_size(type) + 1, 1);
    if (!*text)
        st = MTS_ERR_MEMORY;
    else if (!H5_FAILED(path, name, H5Aread(attribute, type, *text)))
        st = MTS_OK;
done:
    if (st != MTS_OK) {
        mts_free(*text);
        *text = NULL;
    }
    if (type >= 0)
        H5Tclose(type);
    if (attribute >= 0)
        H5Aclose(attribute);
    return st;
}
