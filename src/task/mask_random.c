/* mask_random.c: one step counts, drawn from the sixth on; the last one where there are fewer [code
 * train.py, rand_pen, where it is the same for a whole batch]. */
#include "family.h"

enum { EARLIEST = 5 };

static size_t earliest(const mts_timing *timing)
{
    return timing->T > EARLIEST ? EARLIEST : timing->T - 1;
}

static double weight(const mts_timing *timing, size_t t, double u)
{
    const size_t first = earliest(timing);
    return t == first + (size_t)(u * (double)(timing->T - first)) ? (double)timing->T : 0;
}

static double mean(const mts_timing *timing, size_t t)
{
    const size_t first = earliest(timing);
    return t < first ? 0 : (double)timing->T / (double)(timing->T - first);
}

const mts_mask mts_mask_random = {.drawn = true, .weight = weight, .mean = mean};
