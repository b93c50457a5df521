/* moments.c: how Adam's two moments are weighed from step to step. */
#include "mtsweep/num.h"

#include <math.h>

static const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

mts_adam_step mts_adam_next(mts_adam_state *state, double learning_rate)
{
    state->power1 *= beta1;
    state->power2 *= beta2;
    return (mts_adam_step){.beta1 = (mts_real)beta1,
                           .beta2 = (mts_real)beta2,
                           .epsilon = (mts_real)epsilon,
                           .step = (mts_real)(learning_rate / (1 - state->power1)),
                           .root = (mts_real)(1 / sqrt(1 - state->power2))};
}
