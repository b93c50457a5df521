/* boundaries_auto.c: the fan for D = 2, else random normals. */
#include "family.h"

static mts_status normals(const mts_config *config, uint64_t identity, const mts_kernels *kernels,
                          double *normal)
{
    const mts_boundary_kind *kind = config->latents == 2 ? &mts_boundary_fan : &mts_boundary_random;
    return kind->normals(config, identity, kernels, normal);
}

const mts_boundary_kind mts_boundary_auto = {.normals = normals};
