/* fixed.c: trials whose periods have fixed lengths [code train.py]. */
#include "fixed.h"

#include <string.h>

mts_timing mts_fixed_timing(const mts_config *config)
{
    const size_t decision = (size_t)(config->fixation + config->stimulus + config->delay);
    return (mts_timing){.T = decision + (size_t)config->decision,
                        .stimulus_first = (size_t)config->fixation,
                        .stimulus = (size_t)config->stimulus,
                        .decision_first = decision,
                        .channels = 1};
}

size_t mts_fixed_n_asked(const mts_config *config)
{
    return (size_t)config->tasks;
}

void mts_fixed_prepare(const void *state, const mts_config *config, mts_batch *batch)
{
    const size_t decision = mts_fixed_timing(config).decision_first, B = batch->B;
    (void)state;
    for (size_t t = 0; t < batch->T; t++)
        for (size_t b = 0; b < B; b++)
            batch->channel[(t * B + b) * batch->C] = t < decision ? 1 : 0;
    for (size_t i = 0; i < decision * B * batch->K; i++)
        batch->target[i] = (mts_real)0.5;
}

void mts_fixed_target(const mts_timing *timing,
                      void (*labels)(const void *state, const mts_real *x, mts_real *y),
                      const void *state, mts_batch *batch)
{
    const size_t decision = timing->decision_first;
    const size_t B = batch->B, D = batch->D, K = batch->K;
    mts_real *y = batch->target + decision * B * K;
    for (size_t b = 0; b < B; b++)
        labels(state, batch->latent + b * D, y + b * K);
    for (size_t t = decision + 1; t < batch->T; t++)
        memcpy(batch->target + t * B * K, y, B * K * sizeof *y);
}
