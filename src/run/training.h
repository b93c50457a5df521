/* training.h: all the batches of a run. */
#ifndef MTSWEEP_RUN_TRAINING_H
#define MTSWEEP_RUN_TRAINING_H

#include "position.h"

/* Trains from the position to the end; fills history_*, result_loss and result_accuracy. MTS_DIVERGED, with
 * result_diverged_at and the history up to it; MTS_STOPPED. */
mts_status mts_run_train(mts_position *position);

/* Takes what is left of it from a finished row of the same network and the same extents. MTS_STOPPED. */
mts_status mts_run_take_training(mts_position *position, const mts_result *from);

#endif
