/* trainer.h: a network in training. */
#ifndef MTSWEEP_RUN_TRAINER_H
#define MTSWEEP_RUN_TRAINER_H

#include "feed.h"
#include "mtsweep/optim.h"

struct mts_trainer {
    mts_run_shape shape;
    uint64_t identity;
    mts_arena arena; /* of this struct and the parameters */
    mts_task *task;
    mts_real *encoder_theta;
    mts_feed feed;
    mts_net *net;
    mts_adam *adam;
    size_t P;
    mts_real *theta, *gradient;
    uint64_t batch; /* next one */
};

/* Bytes that mts_trainer_create allocates. */
double mts_run_trainer_memory(const mts_run_shape *shape);

#endif
