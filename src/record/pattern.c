/* pattern.c: sign patterns of latents. */
#include "mtsweep/record.h"

bool mts_pattern_holds(mts_pattern pattern, size_t D, const mts_real *x)
{
    for (size_t d = 0; d < D; d++)
        if (pattern.mask >> d & 1 && (x[d] > 0) != (pattern.sign >> d & 1))
            return false;
    return true;
}
