/* advance.h: how far a run is. */
#ifndef MTSWEEP_RUN_ADVANCE_H
#define MTSWEEP_RUN_ADVANCE_H

#include "mtsweep/run.h"

/* Tells the caller how far the run is, and asks whether to go on. */
typedef struct mts_progress {
    const mts_run_hooks *hooks;
    double done, total, loss;
    double unreported; /* work since the hooks were called */
    bool save;         /* asked to, since the last time */
} mts_progress;

/* Adds work, and calls the hooks where enough of it has come together; MTS_STOPPED with a message
 * if asked to stop. */
mts_status mts_run_advance(mts_progress *progress, double work);

/* Calls the hooks now. Returns as advance. */
mts_status mts_run_consult(mts_progress *progress);

/* Reports that all is done, whatever was estimated. */
void mts_run_finish(mts_progress *progress);

#endif
