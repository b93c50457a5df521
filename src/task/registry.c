/* registry.c: the task families, boundaries, kinds of noise and masks there are. To add one, write
 * its file and name it here, in the order of the choices of its config field. */
#include "family.h"

#include <assert.h>

static const mts_family *const families[] = {&mts_family_linear, &mts_family_multiplicative,
                                             &mts_family_interleaved, &mts_family_context,
                                             &mts_family_accumulate};
static const mts_boundary_kind *const boundaries[] = {&mts_boundary_auto, &mts_boundary_fan,
                                                      &mts_boundary_random, &mts_boundary_cone};
static const mts_noise *const noises[] = {&mts_noise_gauss, &mts_noise_gumbel, &mts_noise_ar1,
                                          &mts_noise_anisotropic};
static const mts_mask *const masks[] = {&mts_mask_all, &mts_mask_last, &mts_mask_random,
                                        &mts_mask_balanced};

const char *const mts_family_names[] = {"linear",  "multiplicative", "interleaved",
                                        "context", "accumulate",     NULL};
const char *const mts_boundaries_names[] = {"auto", "fan", "random", "cone", NULL};
const char *const mts_noise_names[] = {"gauss", "gumbel", "ar1", "anisotropic", NULL};
const char *const mts_mask_names[] = {"all", "last", "random", "balanced", NULL};

#define COUNT(list) (sizeof(list) / sizeof *(list))
_Static_assert(COUNT(mts_family_names) == COUNT(families) + 1, "one name per family");
_Static_assert(COUNT(mts_boundaries_names) == COUNT(boundaries) + 1, "one name per kind");
_Static_assert(COUNT(mts_noise_names) == COUNT(noises) + 1, "one name per noise kind");
_Static_assert(COUNT(mts_mask_names) == COUNT(masks) + 1, "one name per mask");

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
