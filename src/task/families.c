/* families.c: the task families there are, from the list in record.h. */
#include "family.h"

#include <assert.h>

#define FAMILY(name_) &mts_family_##name_,
static const mts_family *const families[] = {MTS_FAMILIES(FAMILY)};

const char *const mts_family_names[] = {MTS_FAMILIES(MTS_NAME) NULL};

const mts_family *mts_family_at(int64_t number)
{
    assert(number >= 0 && number < MTS_N_FAMILIES);
    return families[number];
}
