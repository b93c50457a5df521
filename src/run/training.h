/* training.h: all the batches of a run. */
#ifndef MTSWEEP_RUN_TRAINING_H
#define MTSWEEP_RUN_TRAINING_H

#include "position.h"

/* Trains from the position to the end; fills history_*, result_loss and result_accuracy. MTS_DIVERGED, with
 * result_diverged_at and the history up to it; MTS_STOPPED. */
mts_status mts_run_train(mts_position *position);

#endif
