/* What is in a file before its first run, and never changes: coordinates, configs, evaluation trials,
 * and where each tensor lies. All of it follows from the sweep, so the code that fills a new file also
 * holds an old one to its sweep, and repairs it. */
#include "internal.h"

#include <string.h>

#define CONFIG_BLOCK 4096 /* runs whose configs are written at once */

/* Says once for each dataset that it differs, with the first row that does. */
static void report(mts_store_maker *m, size_t number, size_t row)
{
    if (m->reported[number])
        return;
    m->reported[number] = true;
    m->differing++;
    if (m->differs)
        m->differs(m->ctx, m->specs->spec[number].path, row);
}

/* Holds rows first .. first + n - 1 of the file to `values`. */
static mts_status compare(mts_store_maker *m, size_t number, size_t first, size_t n,
                          const void *values)
{
    const mts_store_spec *spec = &m->specs->spec[number];
    const size_t row = spec->row * spec->bytes;
    bool same = true;
    unsigned char *there = mts_alloc(n, row);
    if (!there)
        return MTS_ERR_MEMORY;
    mts_status st = mts_store_h5_transfer(m->data[number], m->path, spec, false, first, n, there);
    for (size_t i = 0; i < n && st == MTS_OK; i++)
        if (memcmp(there + i * row, (const unsigned char *)values + i * row, row) != 0) {
            report(m, number, first + i);
            same = false;
            break;
        }
    mts_free(there);
    if (st == MTS_OK && !same && m->mode == CONTENTS_REPAIR)
        st = mts_store_h5_transfer(m->data[number], m->path, spec, true, first, n, (void *)values);
    return st;
}

static mts_status put(mts_store_maker *m, size_t number, size_t first, size_t n, const void *values)
{
    if (m->data[number] < 0 || n == 0)
        return MTS_OK;
    if (m->mode != CONTENTS_FILL)
        return compare(m, number, first, n, values);
    return mts_store_h5_transfer(m->data[number], m->path, &m->specs->spec[number], true, first, n,
                                 (void *)values);
}

/* All of a dataset, from `values`; nothing if there are none. */
static mts_status put_all(mts_store_maker *m, size_t number, const void *values)
{
    return !values ? MTS_OK : put(m, number, 0, m->specs->spec[number].dims[0], values);
}

/* The same of uint32_t, which are wider in the file. */
static mts_status put_numbers(mts_store_maker *m, size_t number, const void *values)
{
    const uint32_t *narrow = values;
    size_t n = m->specs->spec[number].dims[0];
    if (!narrow)
        return MTS_OK;
    int64_t *wide = mts_alloc(n, sizeof *wide);
    if (!wide)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        wide[i] = narrow[i];
    mts_status st = put_all(m, number, wide);
    mts_free(wide);
    return st;
}

/* Whole numbers 0, 1, ..., or those of the runs of a part. */
static mts_status put_coordinate(mts_store_maker *m, mts_axis axis)
{
    const size_t n = m->specs->spec[m->specs->axis + axis].dims[0];
    int64_t *values = mts_alloc(n, sizeof *values);
    if (!values)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        values[i] = (int64_t)(axis == MTS_AXIS_run && m->schema->number ? m->schema->number[i] : i);
    mts_status st = put_all(m, m->specs->axis + axis, values);
    mts_free(values);
    return st;
}

/* Names of splits, or of folds. */
static mts_status put_names(mts_store_maker *m, size_t number, const void *values)
{
    const char *const *name = values;
    const size_t n = m->specs->spec[number].dims[0];
    char(*text)[NAME_TEXT] = mts_alloc(n, sizeof *text);
    if (!text)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        mts_store_text(text[i], sizeof text[i], name[i]);
    mts_status st = put_all(m, number, text);
    mts_free(text);
    return st;
}

static mts_status put_configs(mts_store_maker *m)
{
    size_t runs = m->specs->spec[m->specs->axis + MTS_AXIS_run].dims[0];
    mts_config *config = mts_alloc(CONFIG_BLOCK, sizeof *config);
    void *column = mts_alloc(CONFIG_BLOCK, sizeof(double));
    mts_status st = config && column ? MTS_OK : MTS_ERR_MEMORY;
    for (size_t first = 0; first < runs && st == MTS_OK; first += CONFIG_BLOCK) {
        size_t n = runs - first < CONFIG_BLOCK ? runs - first : CONFIG_BLOCK;
        for (size_t i = 0; i < n; i++)
            m->schema->config(m->schema->ctx, first + i, &config[i]);
        for (size_t f = 0; f < mts_n_fields && st == MTS_OK; f++) {
            mts_store_kind kind = m->specs->spec[m->specs->config + f].kind;
            for (size_t i = 0; i < n; i++) {
                double value = mts_config_value(&config[i], &mts_fields[f]);
                if (kind == KIND_F64)
                    ((double *)column)[i] = value;
                else if (kind == KIND_I64)
                    ((int64_t *)column)[i] = (int64_t)value;
                else
                    ((uint8_t *)column)[i] = (uint8_t)value;
            }
            st = put(m, m->specs->config + f, first, n, column);
        }
    }
    mts_free(column);
    mts_free(config);
    return st;
}

/* The columns that begin at 0 and not at "none". */
static mts_status put_zeros(mts_store_maker *m)
{
    const size_t number[] = {m->specs->state + STATE_STATE, m->specs->state + STATE_ATTEMPTS,
                             m->specs->session};
    mts_status st = MTS_OK;
    for (size_t i = 0; i < sizeof number / sizeof *number && st == MTS_OK; i++) {
        const mts_store_spec *spec = &m->specs->spec[number[i]];
        void *zeros = mts_alloc(spec->dims[0], spec->bytes);
        st = zeros ? put_all(m, number[i], zeros) : MTS_ERR_MEMORY;
        mts_free(zeros);
    }
    return st;
}

static mts_status put_tensor(mts_store_maker *m, size_t line, size_t layout, uint8_t block,
                             const mts_tensor *tensor)
{
    const int64_t number[] = {(int64_t)layout, (int64_t)tensor->offset, (int64_t)tensor->rows,
                              (int64_t)tensor->cols};
    char name[NAME_TEXT];
    mts_store_text(name, sizeof name, tensor->name);
    const struct {
        size_t extra;
        const void *value;
    } cell[] = {{EXTRA_TENSOR_LAYOUT, &number[0]}, {EXTRA_TENSOR_BLOCK, &block},
                {EXTRA_TENSOR_NAME, name},         {EXTRA_TENSOR_OFFSET, &number[1]},
                {EXTRA_TENSOR_ROWS, &number[2]},   {EXTRA_TENSOR_COLS, &number[3]}};
    mts_status st = MTS_OK;
    for (size_t i = 0; i < sizeof cell / sizeof *cell && st == MTS_OK; i++)
        st = put(m, m->specs->extra + cell[i].extra, line, 1, cell[i].value);
    return st;
}

static mts_status put_tensors(mts_store_maker *m, size_t layouts)
{
    const mts_layout *const block[2] = {m->schema->layout, m->schema->encoder_layout};
    mts_status st = MTS_OK;
    size_t line = 0;
    for (size_t i = 0; i < layouts; i++)
        for (uint8_t b = 0; b < 2; b++)
            for (size_t t = 0; t < block[b][i].n && st == MTS_OK; t++)
                st = put_tensor(m, line++, i, b, &block[b][i].tensor[t]);
    return st;
}

mts_status mts_store_contents(mts_store_maker *m)
{
    const struct {
        size_t extra;
        mts_status (*put)(mts_store_maker *m, size_t number, const void *values);
        const void *values;
    } given[] = {{EXTRA_SPLIT_NAME, put_names, mts_split_name},
                 {EXTRA_FOLD_NAME, put_names, m->schema->fold_name},
                 {EXTRA_PHASE, put_all, m->schema->phase},
                 {EXTRA_TRIAL_KIND, put_all, m->schema->trial_kind},
                 {EXTRA_QUADRANT, put_all, m->schema->quadrant},
                 {EXTRA_RUN_SET, put_numbers, m->schema->run_set},
                 {EXTRA_LATENTS, put_all, m->schema->latent},
                 {EXTRA_OBSERVATIONS, put_all, m->schema->observation},
                 {EXTRA_RUN_LAYOUT, put_numbers, m->schema->run_layout}};
    mts_status st = MTS_OK;
    for (mts_axis axis = 0; axis < MTS_N_AXES && st == MTS_OK; axis++)
        st = put_coordinate(m, axis);
    if (st == MTS_OK)
        st = put_configs(m);
    if (st == MTS_OK && m->mode == CONTENTS_FILL)
        st = put_zeros(m);
    for (size_t i = 0; i < sizeof given / sizeof *given && st == MTS_OK; i++)
        st = given[i].put(m, m->specs->extra + given[i].extra, given[i].values);
    return st == MTS_OK ? put_tensors(m, m->schema->extents.n[MTS_AXIS_layout]) : st;
}
