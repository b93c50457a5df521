/* loss.h: what a loss is to net.c: one const table. */
#ifndef MTSWEEP_NN_LOSS_H
#define MTSWEEP_NN_LOSS_H

#include "mtsweep/nn.h"

typedef struct mts_loss {
    const char *name;
    mts_real decided; /* z > 0 is right where the target is above this */
    double log_odds;  /* as mts_net_log_odds */

    /* Returns the sum over n of the weighted loss of z, and writes dz = scale times its derivative.
     * weight may be NULL. Not finite if a z is not. */
    double (*apply)(const mts_net_spec *spec, const mts_kernels *kernels, size_t n,
                    const mts_real *z, const mts_real *target, const mts_real *weight,
                    mts_real scale, mts_real *dz);
} mts_loss;

#define MTS_LOSS_EXTERN(name) extern const mts_loss mts_loss_##name;
MTS_LOSSES(MTS_LOSS_EXTERN)
extern const mts_loss mts_loss_accumulate; /* that of the family, no choice of field loss */

/* The loss of this name (NULL: the first of the registry), or NULL with the message set. */
const mts_loss *mts_loss_find(const char *name);

#endif
