/* registry.c: the kinds of boundaries and noise and the masks there are, from the lists in record.h.
 * Families use them, and so are listed apart, in families.c. */
#include "family.h"

#include <assert.h>

#define BOUNDARY(name_) &mts_boundary_##name_,
#define NOISE(name_)    &mts_noise_##name_,
#define MASK(name_)     &mts_mask_##name_,
static const mts_boundary_kind *const boundaries[] = {MTS_BOUNDARY_KINDS(BOUNDARY)};
static const mts_noise *const noises[] = {MTS_NOISES(NOISE)};
static const mts_mask *const masks[] = {MTS_MASKS(MASK)};

const char *const mts_boundaries_names[] = {MTS_BOUNDARY_KINDS(MTS_NAME) NULL};
const char *const mts_noise_names[] = {MTS_NOISES(MTS_NAME) NULL};
const char *const mts_mask_names[] = {MTS_MASKS(MTS_NAME) NULL};

const mts_boundary_kind *mts_boundary_at(int64_t number)
{
    assert(number >= 0 && number < MTS_N_BOUNDARY_KINDS);
    return boundaries[number];
}

const mts_noise *mts_noise_at(int64_t number)
{
    assert(number >= 0 && number < MTS_N_NOISES);
    return noises[number];
}

const mts_mask *mts_mask_at(int64_t number)
{
    assert(number >= 0 && number < MTS_N_MASKS);
    return masks[number];
}
