/* The tables of axes and result columns, and the row.
 *
 * A row's block, each column at the next multiple of 64 bytes, gaps zero:
 *
 *     | column 0 ... | 0 | column 1 ... | 0 | ... | last column ... | 0 |
 */
#include "mtsweep/record.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

#define AXIS_NAME(axis_, doc_) #axis_,
#define AXIS_DOC(axis_, doc_)  doc_,
const char *const mts_axis_name[MTS_N_AXES] = {MTS_AXES(AXIS_NAME)};
const char *const mts_axis_doc[MTS_N_AXES] = {MTS_AXES(AXIS_DOC)};

const char *const mts_split_name[MTS_N_SPLITS] = {"id", "ood", "ood_published"};

/* The axes of a column are filled up with `none`, so that a row of the table has always four. */
#define MTS_AXIS_none MTS_N_AXES
#define USED(axis_)   (MTS_AXIS_##axis_ != MTS_AXIS_none)
#define IS_BULK(axis_)                                                                             \
    (MTS_AXIS_##axis_ == MTS_AXIS_trial || MTS_AXIS_##axis_ == MTS_AXIS_parameter ||               \
     MTS_AXIS_##axis_ == MTS_AXIS_encoder_parameter || MTS_AXIS_##axis_ == MTS_AXIS_cell ||        \
     MTS_AXIS_##axis_ == MTS_AXIS_start || MTS_AXIS_##axis_ == MTS_AXIS_fixed_point)
/* Tuples, which stay one argument where a macro passes them on. */
#define HIDDEN                         (NULL, 0, MTS_COL_none)
#define SHOWN(title_, digits_, ideal_) (title_, digits_, MTS_COL_##ideal_)
#define MEMBERS(...)                   __VA_ARGS__
#define COLUMN_ROW(...)                COLUMN_ROW_(__VA_ARGS__, none, none, none, none, )
#define COLUMN_ROW_(group_, name_, type_, unit_, shown_, doc_, a, b, c, d, ...)                    \
    {#group_,                                                                                      \
     #name_,                                                                                       \
     MTS_##type_,                                                                                  \
     unit_,                                                                                        \
     doc_,                                                                                         \
     USED(a) + USED(b) + USED(c) + USED(d),                                                        \
     {MTS_AXIS_##a, MTS_AXIS_##b, MTS_AXIS_##c, MTS_AXIS_##d},                                     \
     IS_BULK(a) || IS_BULK(b) || IS_BULK(c) || IS_BULK(d),                                         \
     MEMBERS shown_},

const mts_column mts_columns[MTS_N_COLUMNS] = {MTS_RESULT_COLUMNS(COLUMN_ROW)};

#define ALIGNMENT 64
#define CRC_MOST  ((size_t)1 << 30) /* zlib counts in 32 bits */

size_t mts_column_size(mts_column_type type)
{
    static const size_t size[] = {
        [MTS_F64] = sizeof(MTS_C_F64),
        [MTS_F32] = sizeof(MTS_C_F32),
        [MTS_I64] = sizeof(MTS_C_I64),
        [MTS_U8] = sizeof(MTS_C_U8),
    };
    return size[type];
}

size_t mts_column_count(const mts_column *column, const mts_extents *extents)
{
    size_t count = 1;
    bool overflow = false;
    for (size_t i = 0; i < column->n_axes; i++)
        overflow |= __builtin_mul_overflow(count, extents->n[column->axis[i]], &count);
    return overflow ? SIZE_MAX : count;
}

/* Where each column starts; false if the block is too large to address. */
static bool place_columns(const mts_extents *extents, size_t start[MTS_N_COLUMNS], size_t *bytes)
{
    size_t end = 0;
    for (size_t i = 0; i < MTS_N_COLUMNS; i++) {
        size_t count = mts_column_count(&mts_columns[i], extents), size;
        start[i] = end;
        if (__builtin_mul_overflow(count, mts_column_size(mts_columns[i].type), &size) ||
            size > SIZE_MAX / 4 - end)
            return false;
        end += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    *bytes = end;
    return true;
}

#define SET_MEMBER(group_, name_, type_, ...)                                                      \
    r->group_##_##name_ = (MTS_C_##type_ *)r->column[MTS_COL_##group_##_##name_];

mts_status mts_result_create(const mts_extents *extents, mts_result **result)
{
    size_t start[MTS_N_COLUMNS];
    mts_result *r = mts_alloc(1, sizeof *r);
    *result = NULL;
    if (!r)
        return MTS_ERR_MEMORY;
    if (!place_columns(extents, start, &r->bytes)) {
        mts_result_destroy(r);
        return mts_fail(MTS_ERR_MEMORY, "out of memory: one result is larger than memory can "
                                        "address; lower trace_trials, trace_grid or units");
    }
    r->extents = *extents;
    r->block = mts_alloc(r->bytes, 1);
    if (!r->block) {
        mts_result_destroy(r);
        return MTS_ERR_MEMORY;
    }
    for (size_t i = 0; i < MTS_N_COLUMNS; i++)
        r->column[i] = (char *)r->block + start[i];
    MTS_RESULT_COLUMNS(SET_MEMBER)
    mts_result_fill(r);
    *result = r;
    return MTS_OK;
}

void mts_result_destroy(mts_result *result)
{
    if (!result)
        return;
    mts_free(result->block);
    mts_free(result);
}

double mts_result_number(double v)
{
    return isnan(v) ? (double)NAN : v;
}

void mts_column_fill(const mts_column *column, const mts_extents *extents, void *values)
{
    const size_t n = mts_column_count(column, extents);
    double *f64 = values;
    float *f32 = values;
    switch (column->type) {
    case MTS_F64:
        for (size_t i = 0; i < n; i++)
            f64[i] = (double)NAN;
        break;
    case MTS_F32:
        for (size_t i = 0; i < n; i++)
            f32[i] = NAN;
        break;
    case MTS_I64: /* -1 and 255 are all bits set */
    case MTS_U8:
        memset(values, 0xff, n * mts_column_size(column->type));
        break;
    }
}

void mts_result_fill(mts_result *result)
{
    for (size_t i = 0; i < MTS_N_COLUMNS; i++)
        mts_column_fill(&mts_columns[i], &result->extents, result->column[i]);
}

/* Copies the part that both have of an array of `axes` axes, the last of which is contiguous. */
static void copy_part(size_t axes, const size_t *from_n, const size_t *to_n, size_t size,
                      const char *from, char *to)
{
    size_t from_stride = size, to_stride = size;
    for (size_t i = 1; i < axes; i++) {
        from_stride *= from_n[i];
        to_stride *= to_n[i];
    }
    const size_t n = axes == 0 ? 1 : from_n[0] < to_n[0] ? from_n[0] : to_n[0];
    if (axes <= 1) {
        memcpy(to, from, n * size);
        return;
    }
    for (size_t i = 0; i < n; i++)
        copy_part(axes - 1, from_n + 1, to_n + 1, size, from + i * from_stride, to + i * to_stride);
}

void mts_result_copy(const mts_result *from, mts_result *to)
{
    mts_result_fill(to);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const mts_column *column = &mts_columns[c];
        size_t from_n[MTS_COLUMN_MAX_AXES] = {0}, to_n[MTS_COLUMN_MAX_AXES] = {0};
        for (size_t i = 0; i < column->n_axes; i++) {
            from_n[i] = from->extents.n[column->axis[i]];
            to_n[i] = to->extents.n[column->axis[i]];
        }
        if (mts_column_count(column, &from->extents) > 0 &&
            mts_column_count(column, &to->extents) > 0)
            copy_part(column->n_axes, from_n, to_n, mts_column_size(column->type), from->column[c],
                      to->column[c]);
    }
}

uint32_t mts_result_crc(const mts_result *result, uint64_t key, const bool *missing)
{
    unsigned char byte[8];
    for (size_t i = 0; i < sizeof byte; i++)
        byte[i] = (unsigned char)(key >> (8 * i));
    uLong crc = crc32(0, byte, sizeof byte);
    for (size_t c = 0; c < MTS_N_COLUMNS; c++) {
        const unsigned char *p = result->column[c];
        size_t left = mts_column_count(&mts_columns[c], &result->extents) *
                      mts_column_size(mts_columns[c].type);
        if (missing && missing[c])
            continue;
        for (size_t n; left > 0; left -= n, p += n) {
            n = left < CRC_MOST ? left : CRC_MOST;
            crc = crc32(crc, p, (uInt)n);
        }
    }
    return (uint32_t)crc;
}
