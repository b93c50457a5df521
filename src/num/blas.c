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
static void sums(size_t m, size_t n, const mts_term *term, size_t n_terms, const mts_real *init,
                 size_t ld_init, mts_real *y, size_t ldy)
{
    bool fresh = !init; /* y holds nothing yet */
    if (!fresh && init != y)
        for (size_t i = 0; i < m; i++)
            memcpy(y + i * ldy, init + i * ld_init, n * sizeof(*y));
    for (size_t t = 0; t < n_terms; t++) {
        if (term[t].k == 0 || m == 0 || n == 0)
            continue;
        GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)m, (blasint)n, (blasint)term[t].k,
             1, term[t].x, (blasint)term[t].ldx, term[t].packed, (blasint)n, fresh ? 0 : 1, y,
             (blasint)ldy);
        fresh = false;
    }
    if (fresh)
        for (size_t i = 0; i < m; i++)
            memset(y + i * ldy, 0, n * sizeof(*y));
}

/* The activation is a sum without terms. */
static void affine(size_t m, size_t n, const mts_term *term, size_t n_terms, const mts_real *init,
                   size_t ld_init, mts_act act, mts_real *y, size_t ldy)
{
    sums(m, n, term, n_terms, init, ld_init, y, ldy);
    if (act != MTS_ACT_NONE)
        mts_own_kernels()->affine(m, n, NULL, 0, y, ldy, act, y, ldy);
}

static void affine_back(size_t m, size_t n, const mts_term *term, size_t n_terms,
                        const mts_real *init, size_t ld_init, mts_act act, mts_real gain,
                        const mts_real *a, size_t lda, mts_real *y, size_t ldy)
{
    sums(m, n, term, n_terms, init, ld_init, y, ldy);
    mts_own_kernels()->affine_back(m, n, NULL, 0, y, ldy, act, gain, a, lda, y, ldy);
}

static void outer(size_t m, size_t k, size_t n, const mts_real *x, size_t ldx, const mts_real *dy,
                  size_t lddy, mts_real *dw, size_t lddw)
{
    if (m == 0 || k == 0 || n == 0)
        return;
    GEMM(CblasRowMajor, CblasTrans, CblasNoTrans, (blasint)k, (blasint)n, (blasint)m, 1, x,
         (blasint)ldx, dy, (blasint)lddy, 1, dw, (blasint)lddw);
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
