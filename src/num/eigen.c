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

mts_status mts_eigen_symmetric(size_t n, const double *a, double *value, double *vector)
{
    const blasint order = (blasint)n, n_work = (blasint)((BLOCK + 2) * n);
    blasint info = 0;
    mts_status st = check_finite(n, a);
    if (st != MTS_OK || n == 0)
        return st;
    double *work = mts_alloc((BLOCK + 2) * n, sizeof *work);
    if (!work)
        return MTS_ERR_MEMORY;
    memcpy(vector, a, n * n * sizeof *a);
    dsyev_("V", "U", &order, vector, &order, value, work, &n_work, &info);
    mts_free(work);
    return check_info("dsyev", info);
}

mts_status mts_eigen_general(size_t n, const double *a, double *real, double *imaginary)
{
    const blasint order = (blasint)n, one = 1, n_work = (blasint)((BLOCK + 3) * n);
    blasint info = 0;
    double none = 0;
    mts_status st = check_finite(n, a);
    if (st != MTS_OK || n == 0)
        return st;
    double *copy = mts_alloc(n * n + (BLOCK + 3) * n, sizeof *copy);
    if (!copy)
        return MTS_ERR_MEMORY;
    double *work = copy + n * n;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            copy[j * n + i] = a[i * n + j];
    dgeev_("N", "N", &order, copy, &order, real, imaginary, &none, &one, &none, &one, work, &n_work,
           &info);
    mts_free(copy);
    return check_info("dgeev", info);
}
