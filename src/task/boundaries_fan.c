/* boundaries_fan.c: lines through the origin, evenly turned [code tasks.py], D = 2.
 *
 * y_k = [x2 > tan(phi_k) x1], phi_k = (k + 1/2) pi / K. Multiplied by cos(phi_k), whose sign turns
 * the inequality, and without the tangent, which has no value at 90 degrees:
 *
 *     phi < 90:  c = (-sin phi, cos phi)
 *     phi = 90:  c = (-1, 0): y = [x1 < 0], the limit from below, which is what floating-point
 *                tan(pi / 2) = 1.6e16 gives the authors
 *     phi > 90:  c = (sin phi, -cos phi)
 */
#include "family.h"

#include <math.h>

static mts_status check(const mts_config *config)
{
    if (config->latents != 2)
        return mts_fail(
            MTS_ERR_SWEEP,
            "boundaries fan needs latents 2, not %lld; set boundaries to auto or random",
            (long long)config->latents);
    return MTS_OK;
}

static mts_status normals(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                          double *normal)
{
    const double pi = 3.14159265358979323846;
    const size_t K = (size_t)config->tasks;
    (void)identity;
    (void)kernels;
    for (size_t k = 0; k < K; k++) {
        const double phi = ((double)k + 0.5) * pi / (double)K;
        const double side = 2 * k + 1 > K ? -1 : 1;
        const bool vertical = 2 * k + 1 == K;
        normal[2 * k] = vertical ? -1 : -side * sin(phi);
        normal[2 * k + 1] = vertical ? 0 : side * cos(phi);
    }
    return MTS_OK;
}

const mts_boundary_kind mts_boundary_fan = {.check = check, .normals = normals};
