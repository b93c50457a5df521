/* registry.c: the task families and noise kinds there are. To add one, write its file and name it
 * here, in the order of the choices of config field family or noise. */
#include <assert.h>

#include "family.h"

static const mts_family *const families[] = {&mts_family_linear};
static const mts_noise *const noises[] = {&mts_noise_gauss};

const char *const mts_family_names[] = {"linear", NULL};
const char *const mts_noise_names[] = {"gauss", NULL};

_Static_assert(sizeof mts_family_names / sizeof *mts_family_names ==
                   sizeof families / sizeof *families + 1,
               "one name per family");
_Static_assert(sizeof mts_noise_names / sizeof *mts_noise_names ==
                   sizeof noises / sizeof *noises + 1,
               "one name per noise kind");

const mts_family *mts_family_at(int64_t number)
{
    assert(number >= 0 && (size_t)number < sizeof families / sizeof *families);
    return families[number];
}

const mts_noise *mts_noise_at(int64_t number)
{
    assert(number >= 0 && (size_t)number < sizeof noises / sizeof *noises);
    return noises[number];
}
