/* mask_balanced.c: the decision weighs as much as all steps before it together, of which the last
 * two do not count: a time of grace [code train.py, bal_err]. Without steps that count before it,
 * the decision is all. */
#include "family.h"

enum { GRACE = 2 };

static double mean(const mts_timing *timing, size_t t)
{
    const size_t first = timing->decision_first, T = timing->T;
    const size_t before = first > GRACE ? first - GRACE : 0;
    const double half = (double)T / (before > 0 ? 2 : 1);
    if (t >= first)
        return half / (double)(T - first);
    return t < before ? half / (double)before : 0;
}

static double weight(const mts_timing *timing, size_t t, double u)
{
    (void)u;
    return mean(timing, t);
}

const mts_mask mts_mask_balanced = {.weight = weight, .mean = mean};
