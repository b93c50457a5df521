/* Eigenvalues in double precision, by LAPACK. */
#include "mtsweep/num.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

/* LAPACK: eigenvalues w, ascending, and eigenvectors (the columns of a, column-major) of a symmetric
 * matrix. */
void dsyev_(const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda,
            double *w, double *work, const blasint *lwork, blasint *info);

/* LAPACK: eigenvalues wr + i wi of any matrix, which is overwritten; vl and vr are not referenced
 * where no eigenvectors are asked for. */
void dgeev_(const char *jobvl, const char *jobvr, const blasint *n, double *a, const blasint *lda,
            double *wr, double *wi, double *vl, const blasint *ldvl, double *vr,
            const blasint *ldvr, double *work, const blasint *lwork, blasint *info);

#define BLOCK 32 /* LAPACK's panels have at most so many columns */

static mts_status check_finite(size_t n, const double *a)
{
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(a[i]))
            return mts_fail(MTS_DIVERGED, "eigenvalues: the matrix is not finite");
    return MTS_OK;
}

static mts_status check_info(const char *routine, blasint info)
{
    if (info == 0)
        return MTS_OK;
    return mts_fail(MTS_DIVERGED, "eigenvalues: %s did not converge (info %d)", routine, (int)info);
}

typedef struct workspace {
    double *copy; /* [n][n], of mts_eigen_general only */
    double *work;
    size_t n_work;
} workspace;

static void take_symmetric(size_t n, mts_arena *arena, workspace *w)
{
    w->n_work = (BLOCK + 2) * n;
    w->work = mts_take(arena, w->n_work, sizeof *w->work);
}

static void take_general(size_t n, mts_arena *arena, workspace *w)
{
    w->n_work = (BLOCK + 3) * n;
    w->copy = mts_take(arena, n * n, sizeof *w->copy);
    w->work = mts_take(arena, w->n_work, sizeof *w->work);
}

size_t mts_eigen_symmetric_memory(size_t n)
{
    mts_arena arena = {0};
    workspace w;
    take_symmetric(n, &arena, &w);
    return arena.used;
}

size_t mts_eigen_general_memory(size_t n)
{
    mts_arena arena = {0};
    workspace w;
    take_general(n, &arena, &w);
    return arena.used;
}

mts_status mts_eigen_symmetric(size_t n, const double *a, double *value, double *vector)
{
    const blasint order = (blasint)n;
    blasint info = 0;
    mts_arena arena = {0};
    workspace w;
    mts_status st = check_finite(n, a);
    if (st != MTS_OK || n == 0)
        return st;
    take_symmetric(n, &arena, &w);
    st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_symmetric(n, &arena, &w);
    const blasint n_work = (blasint)w.n_work;
    memcpy(vector, a, n * n * sizeof *a);
    dsyev_("V", "U", &order, vector, &order, value, w.work, &n_work, &info);
    mts_arena_close(&arena);
    return check_info("dsyev", info);
}

mts_status mts_eigen_general(size_t n, const double *a, double *real, double *imaginary)
{
    const blasint order = (blasint)n, one = 1;
    blasint info = 0;
    double none = 0;
    mts_arena arena = {0};
    workspace w;
    mts_status st = check_finite(n, a);
    if (st != MTS_OK || n == 0)
        return st;
    take_general(n, &arena, &w);
    st = mts_arena_open(&arena);
    if (st != MTS_OK)
        return st;
    take_general(n, &arena, &w);
    const blasint n_work = (blasint)w.n_work;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            w.copy[j * n + i] = a[i * n + j];
    dgeev_("N", "N", &order, w.copy, &order, real, imaginary, &none, &one, &none, &one, w.work,
           &n_work, &info);
    mts_arena_close(&arena);
    return check_info("dgeev", info);
}
