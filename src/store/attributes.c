/* Attributes: written into a new file; in an old one held to what they must be, and mended. */
#include "internal.h"

#include <string.h>

/* At least two bytes: readers take text of one byte for an array of characters. */
static size_t text_bytes(const char *text)
{
    return *text ? strlen(text) + 1 : 2;
}

/* The type of a text; negative on failure. The caller closes it. */
static hid_t text_type(size_t bytes)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, bytes) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
                      H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        return H5I_INVALID_HID;
    }
    return type;
}

/* ---- writing ---- */

static mts_status write_new(const mts_store_maker *m, hid_t object, const char *name, hid_t disk,
                            hid_t memory, size_t n, const void *value)
{
    hsize_t length = n;
    hid_t space = H5I_INVALID_HID, attribute = H5I_INVALID_HID;
    mts_status st = MTS_ERR_IO;
    if (H5_FAILED(m->path, name,
                  space = n == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &length, NULL)) ||
        H5_FAILED(m->path, name,
                  attribute = H5Acreate2(object, name, disk, space, H5P_DEFAULT, H5P_DEFAULT)) ||
        H5_FAILED(m->path, name, H5Awrite(attribute, memory, value)))
        goto done;
    st = MTS_OK;
done:
    if (attribute >= 0)
        H5Aclose(attribute);
    if (space >= 0)
        H5Sclose(space);
    return st;
}

static mts_status write_text(const mts_store_maker *m, hid_t object, const char *name,
                             const char *text)
{
    const size_t length = strlen(text), bytes = text_bytes(text);
    mts_status st = MTS_ERR_IO;
    if (length > ATTRIBUTE_MAX)
        return mts_fail(MTS_ERR_IO,
                        "%s: attribute '%s' would be %zu bytes long, and an HDF5 attribute holds "
                        "%d; shorten the sweep file",
                        m->path, name, length, ATTRIBUTE_MAX);
    char *padded = mts_alloc(bytes, 1);
    if (!padded)
        return MTS_ERR_MEMORY;
    memcpy(padded, text, length);
    const hid_t type = text_type(bytes);
    if (!H5_FAILED(m->path, name, type))
        st = write_new(m, object, name, type, type, 0, padded);
    if (type >= 0)
        H5Tclose(type);
    mts_free(padded);
    return st;
}

/* ---- holding ---- */

/* Tells that an attribute differs, once for each dataset, and removes it if it shall be mended. */
static mts_status tell(mts_store_maker *m, hid_t object, const char *where, const char *name,
                       bool *mend)
{
    char what[SPEC_PATH + 64];
    snprintf(what, sizeof what, "%s, attribute %s", where, name);
    m->differing++;
    if (m->differs)
        m->differs(m->ctx, what, SIZE_MAX);
    *mend = m->mode == CONTENTS_REPAIR;
    if (*mend && H5Aexists(object, name) > 0 && H5_FAILED(m->path, name, H5Adelete(object, name)))
        return MTS_ERR_IO;
    return MTS_OK;
}

/* What cannot be read is not the same; MTS_ERR_MEMORY says nothing of it. A file of another revision may
 * lack choices that came later. */
static mts_status same_numbers(const mts_store_maker *m, hid_t object, const char *name,
                               hid_t memory, size_t n, const void *value, bool *same)
{
    const size_t bytes = H5Tget_size(memory), least = n == 0 ? 1 : n;
    hid_t attribute = H5I_INVALID_HID, space = H5I_INVALID_HID;
    unsigned char *there = mts_alloc(least, bytes);
    *same = false;
    if (!there)
        return MTS_ERR_MEMORY;
    if (H5Aexists(object, name) > 0 && (attribute = H5Aopen(object, name, H5P_DEFAULT)) >= 0 &&
        (space = H5Aget_space(attribute)) >= 0) {
        const hssize_t points = H5Sget_simple_extent_npoints(space);
        const bool scalar = H5Sget_simple_extent_type(space) == H5S_SCALAR;
        const bool fits = points == (hssize_t)least || (n > 0 && !m->schema->same_revision &&
                                                        points > 0 && points < (hssize_t)least);
        *same = fits && scalar == (n == 0) && H5Aread(attribute, memory, there) >= 0 &&
                memcmp(there, value, (size_t)points * bytes) == 0;
    }
    if (space >= 0)
        H5Sclose(space);
    if (attribute >= 0)
        H5Aclose(attribute);
    mts_free(there);
    return MTS_OK;
}

static mts_status same_text(const mts_store_maker *m, hid_t object, const char *name,
                            const char *text, bool *same)
{
    char *there = NULL;
    const mts_status st = mts_store_h5_text(object, m->path, name, &there);
    const size_t length = st == MTS_OK ? strlen(there) : 0;
    *same = st == MTS_OK;
    if (*same && strcmp(name, "flag_meanings") == 0 && !m->schema->same_revision)
        *same = strncmp(text, there, length) == 0 && (!text[length] || text[length] == ' ');
    else if (*same)
        *same = strcmp(text, there) == 0;
    mts_free(there);
    return st == MTS_ERR_MEMORY ? st : MTS_OK;
}

/* ---- both ---- */

mts_status mts_store_put_attribute(mts_store_maker *m, hid_t object, const char *where,
                                   const char *name, mts_store_kind kind, size_t n,
                                   const void *value)
{
    const hid_t memory = mts_store_h5_memory(kind);
    bool write = m->mode == CONTENTS_FILL, same = true;
    mts_status st = write ? MTS_OK : same_numbers(m, object, name, memory, n, value, &same);
    if (st == MTS_OK && !same)
        st = tell(m, object, where, name, &write);
    return st == MTS_OK && write
               ? write_new(m, object, name, mts_store_h5_disk(kind), memory, n, value)
               : st;
}

mts_status mts_store_put_text(mts_store_maker *m, hid_t object, const char *where, const char *name,
                              const char *text)
{
    bool write = m->mode == CONTENTS_FILL, same = true;
    mts_status st = write ? MTS_OK : same_text(m, object, name, text, &same);
    if (st == MTS_OK && !same)
        st = tell(m, object, where, name, &write);
    return st == MTS_OK && write ? write_text(m, object, name, text) : st;
}

mts_status mts_store_put_words(mts_store_maker *m, hid_t object, const char *where,
                               const char *name, const char *text)
{
    if (m->mode != CONTENTS_FILL && !m->schema->same_revision)
        return MTS_OK;
    return mts_store_put_text(m, object, where, name, text);
}
