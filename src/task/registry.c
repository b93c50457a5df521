/* registry.c: the task families, boundaries, kinds of noise and masks there are. To add one, write
 * its file and name it here, in the order of the choices of its config field. */
#include "family.h"

#include <assert.h>

#define FAMILY(name_)   &mts_family_##name_,
#define BOUNDARY(name_) &mts_boundary_##name_,
#define NOISE(name_)    &mts_noise_##name_,
#define MASK(name_)     &mts_mask_##name_,
static const mts_family *const families[] = {MTS_FAMILIES(FAMILY)};
static const mts_boundary_kind *const boundaries[] = {MTS_BOUNDARY_KINDS(BOUNDARY)};
static const mts_noise *const noises[] = {MTS_NOISES(NOISE)};
static const mts_mask *const masks[] = {MTS_MASKS(MASK)};

const char *const mts_family_names[] = {MTS_FAMILIES(MTS_NAME) NULL};
const char *const mts_boundaries_names[] = {MTS_BOUNDARY_KINDS(MTS_NAME) NULL};
const char *const mts_noise_names[] = {MTS_NOISES(MTS_NAME) NULL};
const char *const mts_mask_names[] = {MTS_MASKS(MTS_NAME) NULL};

#define COUNT(list) (sizeof(list) / sizeof *(list))

const mts_family *mts_family_at(int64_t number)
{
    assert(number >= 0 && (size_t)number < COUNT(families));
    return families[number];
}

const mts_boundary_kind *mts_boundary_at(int64_t number)
{
    assert(number >= 0 && (size_t)number < COUNT(boundaries));
    return boundaries[number];
}

const mts_noise *mts_noise_at(int64_t number)
{
    assert(number >= 0 && (size_t)number < COUNT(noises));
    return noises[number];
}

const mts_mask *mts_mask_at(int64_t number)
{
    assert(number >= 0 && (size_t)number < COUNT(masks));
    return masks[number];
}
