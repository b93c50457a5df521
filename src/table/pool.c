/* pool.c: the numbers of a score, cell by cell. */
#include "mtsweep/num.h"
#include "mtsweep/table.h"

#include <math.h>
#include <string.h>

#define BLOCK 256 /* runs read at once */

static void values_free(mts_table_values *p)
{
    mts_free(p->value);
    mts_free(p->first);
    *p = (mts_table_values){0};
}

void mts_table_pool_free(mts_table_pool *pool)
{
    values_free(&pool->scores);
    values_free(&pool->ideal);
}

/* One column of n runs, as numbers; NaN for whole numbers that say "none". */
static mts_status read_column(const mts_table_source *source, size_t column, size_t first, size_t n,
                              size_t count, double *out)
{
    int64_t *whole;
    mts_status st;
    if (mts_columns[column].type == MTS_F64)
        return source->column(source->runs.ctx, column, first, n, out);
    whole = mts_alloc(n * count, sizeof *whole);
    if (!whole)
        return MTS_ERR_MEMORY;
    st = source->column(source->runs.ctx, column, first, n, whole);
    for (size_t i = 0; i < n * count && st == MTS_OK; i++)
        out[i] = whole[i] < 0 ? NAN : (double)whole[i];
    mts_free(whole);
    return st;
}

/* Room for `per` values of each run that is done. */
static mts_status make_room(const mts_table_cells *v, size_t per, mts_table_values *p)
{
    size_t total = 0;
    p->first = mts_alloc(v->cells + 1, sizeof *p->first);
    for (size_t c = 0; c < v->cells && p->first; c++) {
        p->first[c] = total;
        total += v->present[c] * per;
        p->first[c + 1] = total;
    }
    p->value = mts_alloc(total, sizeof *p->value);
    return p->first && p->value ? MTS_OK : MTS_ERR_MEMORY;
}

/* Only numbers are left, in their order. */
static void drop_missing(size_t cells, mts_table_values *p)
{
    size_t n = 0;
    for (size_t c = 0; c < cells; c++) {
        const size_t begin = p->first[c];
        p->first[c] = n;
        for (size_t i = begin; i < p->first[c + 1]; i++)
            if (!isnan(p->value[i]))
                p->value[n++] = p->value[i];
    }
    p->first[cells] = n;
}

/* Which elements of a run's part of a column: `per` from `skip`, less those from `minus` unless that
 * is SIZE_MAX. */
typedef struct {
    size_t column, per, skip, minus;
} part;

static mts_status fill(const mts_table_cells *v, const part *which, mts_table_values *p)
{
    const mts_table_source *source = v->source;
    const size_t count = mts_column_count(&mts_columns[which->column], source->extents);
    double *block = mts_alloc(BLOCK * count, sizeof *block);
    size_t *used = mts_alloc(v->cells, sizeof *used);
    mts_status st = block && used ? make_room(v, which->per, p) : MTS_ERR_MEMORY;
    for (size_t first = 0; first < source->runs.n && st == MTS_OK; first += BLOCK) {
        const size_t n = source->runs.n - first < BLOCK ? source->runs.n - first : BLOCK;
        st = read_column(source, which->column, first, n, count, block);
        for (size_t i = 0; i < n && st == MTS_OK; i++) {
            const size_t cell = v->cell[first + i];
            const double *row = block + i * count;
            double *value = p->value + p->first[cell] + used[cell];
            if (!v->done[first + i])
                continue;
            for (size_t k = 0; k < which->per; k++)
                value[k] =
                    row[which->skip + k] - (which->minus == SIZE_MAX ? 0 : row[which->minus + k]);
            used[cell] += which->per;
        }
    }
    if (st == MTS_OK)
        drop_missing(v->cells, p);
    mts_free(block);
    mts_free(used);
    return st;
}

static mts_status fill_scores(const mts_table_cells *v, const mts_table_score *s,
                              mts_table_values *p)
{
    const size_t *extent = v->source->extents->n,
                 count = mts_column_count(&mts_columns[s->column], v->source->extents),
                 per = s->split < 0 || !extent[MTS_AXIS_split] ? 1 : count / extent[MTS_AXIS_split];
    const part which = {.column = s->column,
                        .per = per,
                        .skip = s->split < 0 ? s->element : per * (size_t)s->split,
                        .minus = s->minus < 0 ? SIZE_MAX : per * (size_t)s->minus};
    /* Where there is no such element there is no value. */
    return which.skip + per > count ? make_room(v, 0, p) : fill(v, &which, p);
}

mts_status mts_table_pool_create(const mts_table_cells *v, const mts_table_score *score,
                                 mts_table_pool *pool)
{
    const part ideal = {.column = score->ideal, .per = 1, .minus = SIZE_MAX};
    mts_status st;
    *pool = (mts_table_pool){.score = score};
    st = fill_scores(v, score, &pool->scores);
    if (st == MTS_OK && score->ideal < MTS_N_COLUMNS)
        st = fill(v, &ideal, &pool->ideal);
    if (st != MTS_OK)
        mts_table_pool_free(pool);
    return st;
}

mts_status mts_table_run_values(const mts_table_cells *v, const mts_table_score *score,
                                double *value)
{
    const size_t n = v->source->runs.n;
    mts_table_values values = {0};
    size_t *numbers = mts_alloc(2 * n, sizeof *numbers);
    if (!numbers)
        return MTS_ERR_MEMORY;
    mts_table_cells each = {.source = v->source, .cells = n, .done = v->done};
    each.cell = numbers; /* each run is a cell of its own */
    each.present = numbers + n;
    for (size_t run = 0; run < n; run++) {
        each.cell[run] = run;
        each.present[run] = v->done[run];
    }
    const mts_status st = fill_scores(&each, score, &values);
    for (size_t run = 0; run < n && st == MTS_OK; run++)
        value[run] = mts_table_quantile(&values, run, .5);
    values_free(&values);
    mts_free(numbers);
    return st;
}

double mts_table_quantile(const mts_table_values *p, size_t cell, double q)
{
    if (!p->first)
        return NAN;
    return mts_quantile(p->first[cell + 1] - p->first[cell], p->value + p->first[cell], q);
}

bool mts_table_any(const mts_table_cells *v, const mts_table_values *p)
{
    return p->first && p->first[v->cells] > 0;
}
