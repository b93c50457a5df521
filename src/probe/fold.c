/* fold.c: which regions of the latent cube the folds hold out, and the sizes of the protocol. */
#include "mtsweep/probe.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

size_t mts_probe_folds(int64_t folds, size_t D)
{
    if (folds == MTS_FOLDS_last_two)
        return 4;
    if (folds == MTS_FOLDS_orthant) {
        assert(D <= MTS_PROBE_PATTERNS);
        return (size_t)1 << D;
    }
    return 1;
}

mts_pattern mts_probe_held_out(int64_t folds, size_t D, size_t fold)
{
    assert(D >= 2 && fold < mts_probe_folds(folds, D));
    if (folds == MTS_FOLDS_last_two || (folds == MTS_FOLDS_orthant && D == 2)) {
        /* Quadrants (+,+), (-,+), (-,-), (+,-): bit 0 of a value is the last latent but one. */
        static const uint32_t quadrant[4] = {3, 2, 0, 1};
        return (mts_pattern){3u << (D - 2), quadrant[fold] << (D - 2)};
    }
    if (folds == MTS_FOLDS_orthant) {
        mts_pattern orthant = {(1u << D) - 1, 0};
        for (size_t d = 0; d < D; d++)
            if (fold >> (D - 1 - d) & 1)
                orthant.sign |= 1u << d;
        return orthant;
    }
    assert((size_t)(folds - MTS_FOLDS_sign_1) < D);
    uint32_t half = 1u << (folds - MTS_FOLDS_sign_1);
    return (mts_pattern){half, half};
}

size_t mts_probe_published(int64_t folds, size_t D, size_t fold,
                           mts_pattern pattern[MTS_PROBE_PATTERNS])
{
    uint32_t all = (1u << D) - 1;
    pattern[0] = mts_probe_held_out(folds, D, fold);
    if (pattern[0].mask != all || pattern[0].sign == all || pattern[0].sign == 0)
        return 1;
    uint32_t sign = pattern[0].sign;
    for (size_t d = 0; d < D; d++)
        pattern[d] = (mts_pattern){all, sign >> d & 1 ? all : 0};
    return D;
}

void mts_probe_fold_text(int64_t folds, size_t D, size_t fold, char text[MTS_FOLD_TEXT])
{
    mts_pattern region = mts_probe_held_out(folds, D, fold);
    size_t used = 0;
    text[0] = '\0';
    for (size_t d = 0; d < D && used < MTS_FOLD_TEXT; d++)
        if (region.mask >> d & 1)
            used += (size_t)snprintf(text + used, MTS_FOLD_TEXT - used, "%sx%zu %c",
                                     used > 0 ? " " : "", d + 1, region.sign >> d & 1 ? '+' : '-');
}

size_t mts_probe_batches(size_t K)
{
    if (K <= 3)
        return 3000;
    if (K >= 12)
        return 1000;
    /* 1000 fewer per doubling: through 3000 at 3, 2000 at 6 and 1000 at 12. */
    return (size_t)lround(3000 - 1000 * log2((double)K / 3));
}
