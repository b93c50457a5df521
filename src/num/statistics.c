/* Least squares in double precision from sums of products. */
#include "tables.h"

#include <math.h>
#include <string.h>

#ifdef MTS_DOUBLE
#include "vector/gram.h"
#endif

void mts_gram_add(const mts_gram *sum)
{
#ifdef MTS_DOUBLE
    gram_add(sum);
#else
    mts_own_vector()->gram_add(sum);
#endif
}

mts_status mts_least_squares(size_t n, size_t d, const double *gram, const double *cross,
                             double cutoff, double *w)
{
    size_t s = n + 1;
    for (size_t i = 0; i < s * d; i++)
        if (!isfinite(cross[i]))
            return mts_fail(MTS_DIVERGED,
                            "least squares: the sums with the targets are not finite");
    double *vectors = mts_alloc(s * s + s, sizeof(double));
    if (!vectors)
        return MTS_ERR_MEMORY;
    double *values = vectors + s * s;
    mts_status st = mts_eigen_symmetric(s, gram, values, vectors);
    if (st != MTS_OK)
        goto cleanup;

    /* w = sum over the eigenvectors v that count of v (v' cross) / lambda */
    memset(w, 0, s * d * sizeof(double));
    for (size_t e = 0; e < s; e++) {
        const double *v = vectors + e * s;
        if (!(values[e] > cutoff * values[s - 1]))
            continue;
        for (size_t c = 0; c < d; c++) {
            double dot = 0;
            for (size_t a = 0; a < s; a++)
                dot += v[a] * cross[a * d + c];
            for (size_t a = 0; a < s; a++)
                w[a * d + c] += v[a] * dot / values[e];
        }
    }
cleanup:
    mts_free(vectors);
    return st;
}
