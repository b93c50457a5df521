/* init.c: initial values of parameters. */
#include "mtsweep/nn.h"

#include <math.h>
#include <string.h>

static const double sparse_share = 0.15;

/* Word 0 of a block, and a normal number from its words 1 and 2. */
typedef struct drawn {
    uint32_t word;
    double normal;
} drawn;

static drawn draw(mts_stream stream, uint64_t item, size_t block)
{
    const double turn = 6.283185307179586477;
    uint32_t word[4];
    double u0, u1;
    mts_bits(stream, item, (uint32_t)block, word);
    u0 = ((double)(word[1] >> 9) + 0.5) * 0x1p-23;
    u1 = ((double)(word[2] >> 9) + 0.5) * 0x1p-23;
    return (drawn){word[0], sqrt(-2 * log(u0)) * cos(turn * u1)};
}

static mts_status uniform(const mts_tensor *tensor, mts_stream stream, uint64_t item, mts_real *w)
{
    const size_t n = tensor->rows * tensor->cols;
    mts_uniform(stream, item, n, w);
    for (size_t j = 0; j < n; j++)
        w[j] = (mts_real)tensor->scale * (2 * w[j] - 1);
    return MTS_OK;
}

static mts_status normal(const mts_tensor *tensor, mts_stream stream, uint64_t item, mts_real *w)
{
    for (size_t j = 0; j < tensor->rows * tensor->cols; j++)
        w[j] = (mts_real)(tensor->scale * draw(stream, item, j).normal);
    return MTS_OK;
}

static mts_status constant(const mts_tensor *tensor, mts_stream stream, uint64_t item, mts_real *w)
{
    (void)stream;
    (void)item;
    for (size_t j = 0; j < tensor->rows * tensor->cols; j++)
        w[j] = (mts_real)tensor->scale;
    return MTS_OK;
}

/* Selection sampling (Knuth, algorithm S): element j of a row is chosen with the chance that is left,
 * (wanted - chosen) / (cols - j), so each row gets as many as are wanted, any of them equally
 * likely. */
static mts_status sparse(const mts_tensor *tensor, mts_stream stream, uint64_t item, mts_real *w)
{
    const size_t cols = tensor->cols,
                 wanted = cols - (size_t)ceil((1 - sparse_share) * (double)cols);
    for (size_t i = 0; i < tensor->rows; i++)
        for (size_t j = 0, chosen = 0; j < cols; j++) {
            const drawn d = draw(stream, item, i * cols + j);
            const double u = ((double)d.word + 0.5) * 0x1p-32;
            const bool take = u * (double)(cols - j) < (double)(wanted - chosen);
            w[i * cols + j] = take ? (mts_real)(tensor->scale * d.normal) : 0;
            chosen += take;
        }
    return MTS_OK;
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* Takes out of row[n] what lies along the rows before it, and brings it to length 1. */
static void orthogonalise(size_t n, size_t before, const double *rows, double *row)
{
    double length;
    for (size_t k = 0; k < before; k++) {
        const double along = dot(n, rows + k * n, row);
        for (size_t j = 0; j < n; j++)
            row[j] -= along * rows[k * n + j];
    }
    length = sqrt(dot(n, row, row));
    for (size_t j = 0; j < n; j++)
        row[j] /= length;
}

/* The rows that Gram-Schmidt makes of normal ones are uniformly distributed among orthogonal
 * matrices: it is the QR decomposition whose R has a positive diagonal (Mezzadri 2007). */
static mts_status orthogonal(const mts_tensor *tensor, mts_stream stream, uint64_t item,
                             mts_real *w)
{
    const size_t n = tensor->cols;
    double *rows = mts_alloc(n * n, sizeof *rows);
    if (!rows)
        return MTS_ERR_MEMORY;
    for (size_t i = 0; i < n * n; i++)
        rows[i] = draw(stream, item, i).normal;
    for (size_t i = 0; i < n; i++) {
        orthogonalise(n, i, rows, rows + i * n);
        orthogonalise(n, i, rows, rows + i * n);
    }
    for (size_t i = 0; i < n * n; i++)
        w[i] = (mts_real)(tensor->scale * rows[i]);
    mts_free(rows);
    return MTS_OK;
}

static mts_status (*const fill[])(const mts_tensor *tensor, mts_stream stream, uint64_t item,
                                  mts_real *w) = {[MTS_INIT_UNIFORM] = uniform,
                                                  [MTS_INIT_NORMAL] = normal,
                                                  [MTS_INIT_CONSTANT] = constant,
                                                  [MTS_INIT_SPARSE] = sparse,
                                                  [MTS_INIT_ORTHOGONAL] = orthogonal};

mts_status mts_layout_init(const mts_layout *layout, mts_stream stream, mts_real *theta)
{
    mts_status st = MTS_OK;
    for (size_t i = 0; st == MTS_OK && i < layout->n; i++)
        st = fill[layout->tensor[i].init](&layout->tensor[i], stream, i,
                                          theta + layout->tensor[i].offset);
    return st;
}
