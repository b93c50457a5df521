/* Products through OpenBLAS, and what else concerns that library. Everything that is not a product
 * comes from the fastest other kernels of this CPU. */
#include "tables.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>

#ifdef MTS_DOUBLE
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

static size_t packed_size(size_t k, size_t n)
{
    return k * n;
}

static void pack(size_t k, size_t n, const mts_real *w, size_t ldw, mts_real *packed)
{
    for (size_t p = 0; p < k; p++)
        memcpy(packed + p * n, w + p * ldw, n * sizeof(*w));
}

/* A transposed operand costs sgemm a quarter of its speed; transposing once a step does not. */
static void pack_transposed(size_t k, size_t n, const mts_real *w, size_t ldw, mts_real *packed)
{
    for (size_t p = 0; p < k; p++)
        for (size_t j = 0; j < n; j++)
            packed[p * n + j] = w[j * ldw + p];
}

/* y = init + sum of x w */
static void sums(const mts_affine *sum)
{
    const size_t m = sum->m, n = sum->n, row = n * sizeof(mts_real);
    bool fresh = !sum->init; /* y holds nothing yet */
    if (!fresh && sum->init != sum->y)
        for (size_t i = 0; i < m; i++)
            memcpy(sum->y + i * sum->ldy, sum->init + i * sum->ld_init, row);
    for (const mts_term *term = sum->term; term < sum->term + 2; term++) {
        if (term->k == 0 || m == 0 || n == 0)
            continue;
        GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)m, (blasint)n, (blasint)term->k, 1,
             term->x, (blasint)term->ldx, term->packed, (blasint)n, fresh ? 0 : 1, sum->y,
             (blasint)sum->ldy);
        fresh = false;
    }
    if (fresh)
        for (size_t i = 0; i < m; i++)
            memset(sum->y + i * sum->ldy, 0, row);
}

/* What follows the products is a sum without terms. */
static mts_affine rest_of(const mts_affine *sum)
{
    mts_affine rest = *sum;
    rest.term[0].k = rest.term[1].k = 0;
    rest.init = sum->y;
    rest.ld_init = sum->ldy;
    return rest;
}

static void affine(const mts_affine *sum)
{
    const mts_affine rest = rest_of(sum);
    sums(sum);
    if (sum->act != MTS_ACT_NONE)
        mts_own_kernels()->affine(&rest);
}

static void affine_back(const mts_affine *sum)
{
    const mts_affine rest = rest_of(sum);
    sums(sum);
    mts_own_kernels()->affine_back(&rest);
}

static void outer(const mts_outer *sum)
{
    if (sum->m == 0 || sum->k == 0 || sum->n == 0)
        return;
    GEMM(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)sum->k, (blasint)sum->n, (blasint)sum->m,
         1, sum->x, (blasint)sum->ldx, sum->dy, (blasint)sum->lddy, 1, sum->dw, (blasint)sum->lddw);
}

const mts_kernels *mts_blas_kernels(void)
{
    /* Filled at the first call, always with the same values. */
    static mts_kernels table;
    if (!table.name) {
        mts_kernels made = *mts_own_kernels();
        made.packed_size = packed_size;
        made.pack = pack;
        made.pack_transposed = pack_transposed;
        made.affine = affine;
        made.affine_back = affine_back;
        made.outer = outer;
        made.name = "blas";
        table = made;
    }
    return &table;
}

const char *mts_blas_text(void)
{
    static char text[128];
    const char *config = openblas_get_config(); /* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." */
    int name = (int)strcspn(config, " ");
    int version = config[name] == ' ' ? (int)strcspn(config + name + 1, " ") + 1 : 0;
    int threads = openblas_get_num_threads();
    snprintf(text, sizeof(text), "%.*s, %s kernels, %d thread%s", name + version, config,
             openblas_get_corename(), threads, threads == 1 ? "" : "s");
    return text;
}

void mts_blas_single_thread(void)
{
    openblas_set_num_threads(1);
}
