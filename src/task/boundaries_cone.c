/* boundaries_cone.c: nearly parallel boundaries: normals within the angle `cone` of the axis
 * a = (1, ..., 1) / sqrt(D) [open], so that the tasks hardly differ.
 *
 *     c = cos(t) a + sin(t) e,   t = cone u,   e = (g - (g . a) a) / |g - (g . a) a|
 *
 * g: normal numbers 0 .. D-1 of item k of the stream MTS_FOR_NORMALS; u: uniform number 0 of item k
 * of MTS_FOR_CONE. For D = 2 the angle to the axis is U(-cone, cone).
 */
#include "family.h"

#include <math.h>

static mts_status normals(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                          double *normal)
{
    const mts_stream stream = {identity, MTS_FOR_NORMALS}, angles = {identity, MTS_FOR_CONE};
    const size_t K = (size_t)config->tasks, D = (size_t)config->latents;
    const double widest = config->cone * (3.14159265358979323846 / 180);
    const double axis = 1 / sqrt((double)D);
    mts_real *draw = mts_alloc(D * K, sizeof *draw); /* [D][K] */
    if (!draw)
        return MTS_ERR_MEMORY;
    kernels->normal(stream, 0, K, D, draw);
    for (size_t k = 0; k < K; k++) {
        double mean = 0, square = 0, part, angle;
        mts_real u;
        mts_uniform(angles, k, 1, &u);
        angle = widest * (double)u;
        for (size_t d = 0; d < D; d++)
            mean += (double)draw[d * K + k] / (double)D;
        for (size_t d = 0; d < D; d++)
            square += ((double)draw[d * K + k] - mean) * ((double)draw[d * K + k] - mean);
        part = square > 0 ? sin(angle) / sqrt(square) : 0; /* a draw along the axis stays there */
        for (size_t d = 0; d < D; d++)
            normal[k * D + d] =
                (square > 0 ? cos(angle) : 1) * axis + part * ((double)draw[d * K + k] - mean);
    }
    mts_free(draw);
    return MTS_OK;
}

const mts_boundary_kind mts_boundary_cone = {.normals = normals};
