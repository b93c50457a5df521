/* What a new file is made of: groups, coordinates, datasets with their attributes. */
#include "internal.h"

#include <assert.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CONVENTIONS "CF-1.10"
#define TEXT        "bytes of text along the last axis, padded with nulls"
#define DIMENSION_ORDER                                                                            \
    "row-major, as documented: (run, ...), the last axis varies fastest; MATLAB, Octave and "      \
    "Julia show the dimensions of every dataset in reverse order"

/* ---- attributes ---- */

/* The names of all config fields and columns of results that there are when the file is made: what is
 * none of them has come later, what is one and is not in the file has been lost. */
static mts_status add_columns(mts_store_maker *m)
{
    const mts_store_specs *specs = m->specs;
    char *text = mts_alloc((mts_n_fields + MTS_N_COLUMNS), SPEC_PATH);
    size_t used = 0;
    if (!text)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < mts_n_fields + MTS_N_COLUMNS; i++) {
        const size_t number =
            i < mts_n_fields ? specs->config + i : specs->result + i - mts_n_fields;
        used +=
            (size_t)sprintf(text + used, "%s%s", i > 0 ? " " : "", specs->spec[number].path + 1);
    }
    mts_status st = mts_store_put_words(m, m->file, "/", "columns", text);
    mts_free(text);
    return st;
}

static mts_status add_root_attributes(mts_store_maker *m)
{
    const mts_schema *schema = m->schema;
    int64_t version = MTS_FORMAT_VERSION;
    mts_status st = mts_store_put_text(m, m->file, "/", "format", MTS_FORMAT);
    if (st == MTS_OK)
        st = mts_store_put_attribute(m, m->file, "/", "format_version", KIND_I64, 0, &version);
    if (st == MTS_OK)
        st = mts_store_put_text(m, m->file, "/", "Conventions", CONVENTIONS);
    if (st == MTS_OK)
        st = mts_store_put_words(m, m->file, "/", "dimension_order", DIMENSION_ORDER);
    if (st == MTS_OK)
        st = add_columns(m);
    if (st == MTS_OK && *m->specs->dropped)
        st = mts_store_put_text(m, m->file, "/", "dropped", m->specs->dropped);
    for (size_t i = 0; i < schema->n_attributes && st == MTS_OK; i++)
        st = (schema->attribute[i].words ? mts_store_put_words : mts_store_put_text)(
            m, m->file, "/", schema->attribute[i].name, schema->attribute[i].text);
    return st;
}

/* flag_values 0, 1, ... and flag_meanings "first second ...": names, whose blanks become "_". */
static mts_status add_flags(mts_store_maker *m, const mts_store_spec *spec, hid_t data,
                            const char *const *names, size_t n)
{
    const size_t room = n * NAME_TEXT + 1;
    uint8_t *bytes = mts_alloc(n, sizeof *bytes);
    int64_t *numbers = mts_alloc(n, sizeof *numbers);
    char *meanings = mts_alloc(room, 1);
    mts_status st = bytes && numbers && meanings ? MTS_OK : MTS_ERR_MEMORY;
    size_t used = 0;
    for (size_t i = 0; i < n && st == MTS_OK; i++) {
        bytes[i] = (uint8_t)i;
        numbers[i] = (int64_t)i;
        used += (size_t)snprintf(meanings + used, room - used, "%s%s", i > 0 ? " " : "", names[i]);
        assert(used < room);
        for (char *blank = meanings + used - strlen(names[i]); (blank = strchr(blank, ' '));)
            *blank = '_';
    }
    if (st == MTS_OK)
        st = mts_store_put_attribute(m, data, spec->path, "flag_values", spec->kind, n,
                                     spec->kind == KIND_I64 ? (const void *)numbers : bytes);
    if (st == MTS_OK)
        st = mts_store_put_text(m, data, spec->path, "flag_meanings", meanings);
    mts_free(meanings);
    mts_free(numbers);
    mts_free(bytes);
    return st;
}

/* What the numbers of a dataset stand for: choices, splits, folds. */
static mts_status add_meanings(mts_store_maker *m, const mts_store_spec *spec, hid_t data)
{
    size_t n = 0;
    if (spec->scale && spec->axis[0] == MTS_AXIS_split)
        return add_flags(m, spec, data, mts_split_name, spec->dims[0]);
    if (spec->scale && spec->axis[0] == MTS_AXIS_fold)
        return add_flags(m, spec, data, m->schema->fold_name, spec->dims[0]);
    while (spec->choices && spec->choices[n])
        n++;
    return n > 0 ? add_flags(m, spec, data, spec->choices, n) : MTS_OK;
}

/* The value that says none, as an attribute or as a property. Coordinates have no attribute: they
 * have no gaps, and readers would turn their whole numbers into floating-point ones; nor has text,
 * which nulls end. */
static mts_status add_fill(mts_store_maker *m, const mts_store_spec *spec, hid_t data, hid_t list)
{
    static const struct {
        double f64;
        float f32;
        int64_t i64;
        uint8_t u8, text;
    } none = {(double)NAN, NAN, -1, UINT8_MAX, 0};
    const void *const value[] = {[KIND_F64] = &none.f64,
                                 [KIND_F32] = &none.f32,
                                 [KIND_I64] = &none.i64,
                                 [KIND_U8] = &none.u8,
                                 [KIND_TEXT] = &none.text};
    if (list < 0)
        return mts_store_put_attribute(m, data, spec->path, "_FillValue", spec->kind, 0,
                                       value[spec->kind]);
    return H5_FAILED(m->path, spec->path,
                     H5Pset_fill_value(list, mts_store_h5_memory(spec->kind), value[spec->kind]))
               ? MTS_ERR_IO
               : MTS_OK;
}

/* What tables and figures show of a column: title, digits after the point, and the dataset of its
 * ideal value. */
static mts_status add_shown(mts_store_maker *m, const mts_store_spec *spec, hid_t data)
{
    const mts_column *column = spec->column;
    const int64_t digits = column->digits;
    char ideal[SPEC_PATH];
    mts_status st = mts_store_put_words(m, data, spec->path, "title", column->title);
    if (st == MTS_OK)
        st = mts_store_put_attribute(m, data, spec->path, "digits", KIND_I64, 0, &digits);
    if (st != MTS_OK || column->ideal == MTS_COL_none)
        return st;
    snprintf(ideal, sizeof ideal, "/%s/%s", mts_columns[column->ideal].group,
             mts_columns[column->ideal].name);
    return mts_store_put_text(m, data, spec->path, "ideal", ideal);
}

static mts_status describe(mts_store_maker *m, const mts_store_spec *spec, hid_t data)
{
    mts_status st = mts_store_put_text(m, data, spec->path, "units", spec->unit);
    if (st == MTS_OK)
        st = mts_store_put_words(m, data, spec->path, "long_name", spec->doc);
    if (st == MTS_OK && spec->kind == KIND_TEXT)
        st = mts_store_put_words(m, data, spec->path, "text", TEXT);
    if (st == MTS_OK)
        st = add_meanings(m, spec, data);
    if (st == MTS_OK && spec->column && spec->column->title)
        st = add_shown(m, spec, data);
    if (st == MTS_OK && !spec->scale && spec->kind != KIND_TEXT)
        st = add_fill(m, spec, data, H5I_INVALID_HID);
    return st;
}

mts_status mts_store_hold_attributes(mts_store_maker *m)
{
    mts_status st = add_root_attributes(m);
    for (size_t i = 0; i < m->specs->n && st == MTS_OK; i++)
        if (m->data[i] >= 0)
            st = describe(m, &m->specs->spec[i], m->data[i]);
    return st;
}

/* ---- datasets ---- */

static mts_status add_group(mts_store_maker *m, const mts_store_spec *spec)
{
    char name[SPEC_PATH];
    hid_t group;
    htri_t there;
    snprintf(name, sizeof name, "%.*s", (int)spec->group_length, spec->path);
    if (H5_FAILED(m->path, name, there = H5Lexists(m->file, name, H5P_DEFAULT)))
        return MTS_ERR_IO;
    if (there > 0)
        return MTS_OK;
    if (H5_FAILED(m->path, name,
                  group = H5Gcreate2(m->file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)))
        return MTS_ERR_IO;
    H5Gclose(group);
    return MTS_OK;
}

/* Attaches the coordinates, and links each into the dataset's group: xarray and netCDF look for a
 * dimension in the group itself. */
static mts_status attach_axes(mts_store_maker *m, const mts_store_spec *spec, hid_t data)
{
    char name[SPEC_PATH];
    for (unsigned i = 0; i < spec->n_axes; i++) {
        const mts_store_spec *axis = &m->specs->spec[m->specs->axis + spec->axis[i]];
        htri_t there;
        if (H5_FAILED(m->path, spec->path,
                      H5DSattach_scale(data, m->data[m->specs->axis + spec->axis[i]], i)))
            return MTS_ERR_IO;
        snprintf(name, sizeof name, "%.*s/%s", (int)spec->group_length, spec->path,
                 mts_axis_name[spec->axis[i]]);
        if (H5_FAILED(m->path, name, there = H5Lexists(m->file, name, H5P_DEFAULT)))
            return MTS_ERR_IO;
        if (there == 0 &&
            H5_FAILED(m->path, name,
                      H5Lcreate_hard(m->file, axis->path, m->file, name, H5P_DEFAULT, H5P_DEFAULT)))
            return MTS_ERR_IO;
    }
    return MTS_OK;
}

enum {
    CHUNK_LEAST = 16384,  /* smaller datasets lie in one piece: an index of chunks takes some KiB */
    CHUNK_BYTES = 262144, /* fits the cache of chunks, 1 MiB, which rows written in turn fill */
    CHUNK_DEFLATE = 6
};

/* Several rows, or a part of one along its first axes. */
static mts_status set_chunks(mts_store_maker *m, const mts_store_spec *spec, hid_t list)
{
    hsize_t chunk[SPEC_MAX_AXES];
    double bytes = (double)spec->bytes;
    for (size_t i = spec->n_axes; i-- > 0;) {
        const double fit = bytes < CHUNK_BYTES ? CHUNK_BYTES / bytes : 1;
        chunk[i] = fit < (double)spec->dims[i] ? (hsize_t)fit : spec->dims[i];
        bytes *= (double)chunk[i];
    }
    if (H5_FAILED(m->path, spec->path, H5Pset_chunk(list, (int)spec->n_axes, chunk)) ||
        H5_FAILED(m->path, spec->path, H5Pset_shuffle(list)) ||
        H5_FAILED(m->path, spec->path, H5Pset_deflate(list, CHUNK_DEFLATE)))
        return MTS_ERR_IO;
    return MTS_OK;
}

static mts_status set_place(mts_store_maker *m, const mts_store_spec *spec, hid_t list)
{
    if (m->schema->compressed && !spec->scale && spec->total >= CHUNK_LEAST)
        return set_chunks(m, spec, list);
    if (H5_FAILED(m->path, spec->path, H5Pset_layout(list, H5D_CONTIGUOUS)) ||
        H5_FAILED(m->path, spec->path, H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY)) ||
        H5_FAILED(m->path, spec->path,
                  H5Pset_fill_time(list, spec->bulk ? H5D_FILL_TIME_NEVER : H5D_FILL_TIME_ALLOC)))
        return MTS_ERR_IO;
    return MTS_OK;
}

static mts_status add_dataset(mts_store_maker *m, size_t number)
{
    const mts_store_spec *spec = &m->specs->spec[number];
    const hid_t type = mts_store_h5_disk(spec->kind);
    hid_t list = H5I_INVALID_HID, space = H5I_INVALID_HID;
    hid_t *data = &m->data[number];
    mts_status st = add_group(m, spec);
    if (st != MTS_OK)
        return st;
    st = MTS_ERR_IO;
    if (H5_FAILED(m->path, spec->path, list = H5Pcreate(H5P_DATASET_CREATE)) ||
        H5_FAILED(m->path, spec->path, H5Pset_obj_track_times(list, 0)))
        goto done;
    if ((st = set_place(m, spec, list)) != MTS_OK ||
        (st = add_fill(m, spec, H5I_INVALID_HID, list)) != MTS_OK)
        goto done;
    st = MTS_ERR_IO;
    if (H5_FAILED(m->path, spec->path,
                  space = H5Screate_simple((int)spec->n_axes, spec->dims, NULL)) ||
        H5_FAILED(m->path, spec->path,
                  *data =
                      H5Dcreate2(m->file, spec->path, type, space, H5P_DEFAULT, list, H5P_DEFAULT)))
        goto done;
    if (spec->scale) {
        if (H5_FAILED(m->path, spec->path, H5DSset_scale(*data, mts_axis_name[spec->axis[0]])))
            goto done;
    } else if (attach_axes(m, spec, *data) != MTS_OK) {
        goto done;
    }
    st = describe(m, spec, *data);
done:
    if (space >= 0)
        H5Sclose(space);
    if (list >= 0)
        H5Pclose(list);
    return st;
}

mts_status mts_store_fill(hid_t file, const char *path, const mts_store_specs *specs,
                          const mts_schema *schema)
{
    mts_store_maker m = {.file = file, .path = path, .specs = specs, .schema = schema};
    mts_status st;
    m.data = mts_alloc(specs->n, sizeof *m.data);
    if (!m.data)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < specs->n; i++)
        m.data[i] = H5I_INVALID_HID;

    st = add_root_attributes(&m);
    for (size_t i = 0; i < specs->n && st == MTS_OK; i++)
        if (specs->spec[i].total > 0)
            st = add_dataset(&m, i);
    if (st == MTS_OK)
        st = mts_store_contents(&m);
    for (size_t i = 0; i < specs->n; i++) {
        if (m.data[i] < 0)
            continue;
        if (st != MTS_OK) /* the first message stays */
            H5Dclose(m.data[i]);
        else if (H5_FAILED(path, specs->spec[i].path, H5Dclose(m.data[i])))
            st = MTS_ERR_IO;
    }
    mts_free(m.data);
    return st;
}
