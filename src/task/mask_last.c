/* mask_last.c: only the decision counts [code train.py, pen_end]. */
#include "family.h"

static double mean(const mts_timing *timing, size_t t)
{
    const size_t first = timing->decision_first, T = timing->T;
    return t < first ? 0 : (double)T / (double)(T - first);
}

static double weight(const mts_timing *timing, size_t t, double u)
{
    (void)u;
    return mean(timing, t);
}

const mts_mask mts_mask_last = {.weight = weight, .mean = mean};
