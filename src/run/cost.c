/* cost.c: what a run needs: work, memory, extents. */
#include "output.h"

#include "mtsweep/run.h"

double mts_run_cost(const mts_config *config)
{
    const mts_run_shape shape = mts_run_shape_of(config);
    return (double)config->batches * mts_run_cost_batch(&shape) + mts_run_outputs_cost(&shape);
}

double mts_run_cost_step(const mts_config *config)
{
    const mts_run_shape shape = mts_run_shape_of(config);
    return mts_run_cost_batch(&shape);
}

double mts_run_cost_training(const mts_config *config)
{
    return (double)config->batches * mts_run_cost_step(config);
}

double mts_run_memory(const mts_config *config)
{
    const mts_run_shape shape = mts_run_shape_of(config);
    return mts_run_trainer_memory(&shape) + mts_run_frozen_memory(&shape) +
           mts_run_outputs_memory(&shape);
}

void mts_run_extents(const mts_config *config, mts_extents *extents)
{
    const mts_run_shape s = mts_run_shape_of(config);
    mts_layout net = {0}, encoder = {0};
    (void)mts_run_shape_layouts(&s, &net, &encoder); /* fails for an unknown arch only */
    const struct {
        mts_axis axis;
        size_t n;
    } all[] = {{MTS_AXIS_split, MTS_N_SPLITS},
               {MTS_AXIS_fold, mts_probe_folds(config->folds, s.D)},
               {MTS_AXIS_fit, 1},
               {MTS_AXIS_pair, s.D * (s.D - 1) / 2},
               {MTS_AXIS_point, (size_t)config->history_points},
               {MTS_AXIS_trial, 1},
               {MTS_AXIS_step, 1},
               {MTS_AXIS_stimulus_step, s.evaluation.stimulus},
               {MTS_AXIS_unit, s.N},
               {MTS_AXIS_task, s.K},
               {MTS_AXIS_latent, s.D},
               {MTS_AXIS_parameter, net.total},
               {MTS_AXIS_encoder_parameter, encoder.total > 0 ? encoder.total : 1}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mts_run_widen(extents, all[i].axis, all[i].n);
    mts_run_outputs_extents(&s, extents);
}
