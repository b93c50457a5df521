/* boundaries_random.c: normals in all directions alike: normalised normal draws, numbers 0 .. D-1
 * of item k of the stream MTS_FOR_NORMALS [code tasks.py]. */
#include "family.h"

#include <math.h>

static mts_status normals(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                          double *normal)
{
    const mts_stream stream = {identity, MTS_FOR_NORMALS};
    const size_t K = (size_t)config->tasks, D = (size_t)config->latents;
    mts_real *draw = mts_alloc(D * K, sizeof *draw); /* [D][K] */
    if (!draw)
        return MTS_ERR_MEMORY;
    kernels->normal(stream, 0, K, D, draw);
    for (size_t k = 0; k < K; k++) {
        double square = 0;
        for (size_t d = 0; d < D; d++)
            square += (double)draw[d * K + k] * (double)draw[d * K + k];
        for (size_t d = 0; d < D; d++)
            normal[k * D + d] = (double)draw[d * K + k] / sqrt(square);
    }
    mts_free(draw);
    return MTS_OK;
}

const mts_boundary_kind mts_boundary_random = {.normals = normals};
