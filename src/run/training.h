/* training.h: all the batches of a run. */
#ifndef MTSWEEP_RUN_TRAINING_H
#define MTSWEEP_RUN_TRAINING_H

#include "advance.h"
#include "trainer.h"

/* Trains to the end; fills history_*, result_loss and result_accuracy. MTS_DIVERGED, with
 * result_diverged_at and the history up to it; MTS_STOPPED. */
mts_status mts_run_train(mts_trainer *trainer, mts_progress *progress, mts_result *result);

#endif
